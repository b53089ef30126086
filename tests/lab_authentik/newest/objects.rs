//! Recorded requests to the REST API and for discovery.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{
    RELEASE,
    stage::{MAPPINGS, Stage},
};
use crate::{contract::fixtures, difference::difference, recordings::Recording};

/// What an administrator adds for the role.
const ROLE: &str = r#"return {"immich_role": "admin" if ak_is_group_member(request.user, name="immich-admins") else "user"}"#;

/// What an administrator adds so that addresses are verified.
const VERIFIED: &str = r#"return {"email": request.user.email, "email_verified": True}"#;

/// Requests that were made one after the other, about the same objects.
const CHAIN: [&str; 7] = [
    "tokens.service-account",
    "tokens.not-expiring",
    "tokens.expires-clamped",
    "tokens.patch-expires",
    "tokens.patch-not-expiring",
    "tokens.delete-account",
    "tokens.tokens-after-account",
];

/// Plays the chain: how each answer differs.
pub async fn chain() -> BTreeMap<&'static str, Vec<String>> {
    let mut stage = Stage::new().await;
    let mut all = BTreeMap::new();
    for name in CHAIN {
        let exchange = fixtures::recording(&format!("authentik-{}", RELEASE.0), name);
        let one = Recording::read(name, exchange);
        let token = stage.admin.token.clone().unwrap();
        let answer = stage.send(&one, &token).await;
        if one.status < 400 && one.is_json {
            stage.names.learn(&one.answer, &answer.json());
        }
        all.insert(name, difference(&one, &answer).into_iter().collect());
    }
    all
}

/// Plays one request; `None`: the lab does not.
pub async fn play(name: &str, exchange: &Value) -> Option<Vec<String>> {
    let one = Recording::read(name, exchange);
    let mut stage = Stage::new().await;
    let (topic, what) = name.split_once('.')?;
    match topic {
        "admin" | "application" => {}
        "tokens" if what == "settings" => {}
        "binding" => match what {
            "post-group" | "post-user" => {}
            "list" => {
                stage.bind().await;
            }
            "delete" => {
                let pk = stage.bind().await;
                stage.names.texts.insert(id_in(&one.path), pk);
            }
            "post-small-token-all" | "post-small-token-none" => {
                let add: &[&str] = &["authentik_policies.add_policybinding"];
                let token = stage.small_token(if what.ends_with("all") { add } else { &[] }).await;
                let answer = stage.send(&one, &token).await;
                return Some(difference(&one, &answer).into_iter().collect());
            }
            _ => return None,
        },
        "check_access" => {
            stage.bind().await;
            let answer = stage.admin.get(&stage.names.text(&one.path)).await.json();
            let (said, theirs) = (&answer["passing"], &one.answer["passing"]);
            if said != theirs {
                return Some(vec![format!("passing is {said} instead of {theirs}")]);
            }
        }
        "discovery" | "preview_user" => return claims(&stage, what, &one).await,
        "provider" => {
            if what == "patch-mappings" {
                let made = stage.make_mapping("profile", ROLE).await;
                stage.learn("scopemapping.post-role", &json!({ "pk": made }));
            }
        }
        "scopemapping" => {
            if what == "list-scope_name-email" {
                stage.make_mapping("email", VERIFIED).await;
                let rows = stage.admin.get(&format!("{MAPPINGS}?scope_name=email")).await.json();
                if rows["results"].as_array().unwrap().len() != 2 {
                    return Some(vec![format!("lists {rows}")]);
                }
            }
        }
        "robot" => match what {
            "user-create" => {}
            "user-delete" | "user-set_password" => {
                let number = one.path.split('/').find_map(|part| part.parse::<i64>().ok())?;
                let pk = stage.person("robot-tmp-1").await;
                stage.names.users.insert(number, pk);
            }
            _ => return None,
        },
        _ => return None,
    }
    Some(stage.differs(&one).await)
}

/// The id in a path.
fn id_in(path: &str) -> String {
    path.split('/').find(|part| part.len() == 36).unwrap().to_owned()
}

/// Plays what a provider says of itself and of people, by its mappings.
async fn claims(stage: &Stage, what: &str, one: &Recording) -> Option<Vec<String>> {
    match what {
        "email-both" => stage.map("email", VERIFIED).await,
        "email-none" => stage.unmap("email").await,
        "email-replaced" => {
            stage.map("email", VERIFIED).await;
            stage.unmap("email").await;
        }
        "own-scope" => stage.map("immich", ROLE).await,
        "two-profile-mappings" | "role-alice" | "role-carol" => stage.map("profile", ROLE).await,
        "failing-mapping" => stage.map("profile", "return nothing_of_that_name").await,
        "noclaims" => stage.patch(&json!({ "include_claims_in_id_token": false })).await,
        _ => return None,
    }
    let mut wrong = stage.differs(one).await;
    // What the shape does not tell.
    let answer = stage.admin.get(&stage.names.text(&one.path)).await.json();
    let scopes = |body: &Value| {
        let list = body["scopes_supported"].as_array().cloned().unwrap_or_default();
        let mut scopes: Vec<String> = list.iter().map(ToString::to_string).collect();
        scopes.sort();
        scopes
    };
    let said = |body: &Value| {
        let preview = &body["preview"];
        [
            scopes(body),
            vec![preview["email_verified"].to_string(), preview["immich_role"].to_string()],
        ]
        .concat()
    };
    let (theirs, ours) = (said(&one.answer), said(&answer));
    if theirs != ours {
        wrong.push(format!("says {ours:?} instead of {theirs:?}"));
    }
    Some(wrong)
}
