//! Recorded requests about users, their sessions and their keys.

use serde_json::{Value, json};

use super::stage::Stage;
use crate::recordings::Recording;

/// Arranges a request of `sessions.*` or `admin-users.*`.
pub async fn arrange(mut stage: Stage, what: &str, one: &Recording) -> Option<Stage> {
    // The newest is first, so nobody but the administrator was there yet.
    if one.answer[0]["isAdmin"] == true {
        return Some(stage);
    }
    let alice = stage.log_in("alice").await;
    let id = alice["userId"].as_str().unwrap().to_owned();
    let user = format!("/admin/users/{id}");
    match what {
        "users" | "of-alice" | "small-key" | "delete-noforce" | "delete-soft" | "delete-force" => {}
        "without-permission" | "delete-small-key" => {
            let key = stage.site.immich.make_key(&["adminUser.read"]);
            stage.with_key(key.expose());
        }
        "delete-force-small-key" => {
            let key = stage.site.immich.make_key(&["adminUser.delete"]);
            stage.with_key(key.expose());
        }
        "delete-probe-key" => {
            let key = json!({ "name": "probe", "permissions": ["adminUser.read"] });
            let made = stage.ask("POST", "/api-keys", &key).await.1;
            stage.with_id(made["apiKey"]["id"].as_str().unwrap());
            return Some(stage);
        }
        "delete-force-on-soft-deleted" | "restore" => {
            assert_eq!(stage.ask("DELETE", &user, &json!({})).await.0, 200);
        }
        _ => return None,
    }
    stage.with_id(&id);
    Some(stage)
}

/// Makes a user of Immich's, deleted for a while.
pub async fn soft_deleted(stage: &Stage, email: &str) {
    let users = stage.ask("GET", "/admin/users", &Value::Null).await.1;
    let known = users.as_array().unwrap().iter().find(|user| user["email"] == email);
    let id = match known {
        Some(user) => user["id"].as_str().unwrap().to_owned(),
        None => stage.make_local(email, false).await,
    };
    assert_eq!(stage.ask("DELETE", &format!("/admin/users/{id}"), &json!({})).await.0, 200);
}
