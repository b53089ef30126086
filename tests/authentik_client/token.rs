//! The program's own token, made against recorded answers.

use immich_sso::{
    authentik::{Permission, TokenWish},
    site::FaultKind,
};
use serde_json::{Value, json};

use crate::{
    recordings::{RELEASES, Recording, at_hand, one},
    replay::Replay,
};

fn answer(method: &str, path: &str, status: u16, body: Value) -> Recording {
    Recording {
        method: method.into(),
        path: path.into(),
        status,
        headers: vec![("content-type".into(), "application/json".into())],
        body,
    }
}

fn list(path: &str, results: &Value) -> Recording {
    answer("GET", path, 200, json!({"pagination": {"next": 0}, "results": results}))
}

fn wish() -> TokenWish {
    TokenWish {
        identifier: "immich-sso-laptop".into(),
        expires: Some("2027-02-01T12:00:00.5Z".parse().unwrap()),
        permissions: Permission::SETUP.to_vec(),
    }
}

/// What a superuser's authentik answers, with recorded answers where something
/// is made.
fn of_superuser(release: &str) -> Vec<Recording> {
    let moved = |name: &str, path: &str| {
        let mut recording = one(release, name);
        recording.path = path.into();
        recording
    };
    let role = one(release, "8.role-create");
    let uuid = role.body["pk"].as_str().unwrap().to_owned();
    vec![
        one(release, "1.users-me"),
        list("/api/v3/core/tokens/", &json!([{"identifier": "immich-sso-laptop"}])),
        list("/api/v3/core/users/", &json!([])),
        list("/api/v3/core/groups/", &json!([])),
        list("/api/v3/rbac/roles/", &json!([])),
        one(release, "8.service_account"),
        role,
        moved(
            "8.role-assign",
            &format!("/api/v3/rbac/permissions/assigned_by_roles/{uuid}/assign/"),
        ),
        one(release, "8.role-group"),
        one(release, "8.token-create"),
        moved("8.view_key", "/api/v3/core/tokens/immich-sso-laptop-2/view_key/"),
        answer(
            "DELETE",
            "/api/v3/core/tokens/service-account-immich-sso-laptop-2-password/",
            204,
            Value::Null,
        ),
    ]
}

#[tokio::test]
async fn a_superuser_gets_a_token_of_a_service_account_with_just_the_permissions() {
    if !at_hand() {
        return;
    }
    for release in RELEASES {
        let replay = Replay::of(of_superuser(release)).await;
        let client = replay.client();
        let plan = client.plan_token(&wish()).await.unwrap();
        assert!(replay.asked().iter().all(|asked| asked.method == "GET"), "a plan changes nothing");
        assert!(
            plan.lines.iter().any(|line| line.contains("immich-sso-laptop-2")),
            "{:?}",
            plan.lines
        );
        assert_eq!(plan.identifier(), "immich-sso-laptop-2");
        let planned: Vec<String> =
            plan.calls.iter().map(|call| format!("{} {}", call.method, call.path)).collect();
        assert_eq!(
            planned,
            [
                "POST /api/v3/core/users/service_account/",
                "DELETE /api/v3/core/tokens/service-account-immich-sso-laptop-2-password/",
                "POST /api/v3/rbac/roles/",
                "POST /api/v3/rbac/permissions/assigned_by_roles/{role}/assign/",
                "POST /api/v3/core/groups/",
                "POST /api/v3/core/tokens/",
                "GET /api/v3/core/tokens/immich-sso-laptop-2/view_key/",
            ]
        );

        let before = replay.asked().len();
        let made = client.make_token(&plan).await.unwrap();
        let asked = &replay.asked()[before..];
        let body = |end: &str| {
            &asked.iter().find(|a| a.method == "POST" && a.path.ends_with(end)).unwrap().body
        };
        let user = one(release, "8.service_account").body["user_pk"].clone();
        let role = one(release, "8.role-create").body["pk"].clone();
        assert_eq!(
            *body("/core/groups/"),
            json!({"name": "immich-sso-laptop-2", "users": [user], "roles": [role]})
        );
        assert_eq!(body("/assign/")["permissions"].as_array().unwrap().len(), 9);
        assert_eq!(body("/core/tokens/")["user"], user);
        assert_eq!(body("/core/tokens/")["intent"], "api");
        assert_eq!(body("/core/tokens/")["expires"], "2027-02-01T12:00:00Z");
        assert_eq!(made.token.expose(), one(release, "8.view_key").body["key"]);
        assert!(!format!("{made:?}").contains(made.token.expose()));
        let last = asked.last().unwrap();
        let bearer = format!("Bearer {}", made.token.expose());
        assert_eq!(last.header("authorization"), Some(bearer.as_str()), "it is tried once");
        assert_eq!(made.made.len(), 4, "{:?}", made.made);
        assert!(made.made[0].starts_with("/api/v3/core/tokens/"), "the token goes first");
    }
}

#[tokio::test]
async fn where_no_role_can_be_made_the_own_token_is_made_and_nothing_is_left_behind() {
    if !at_hand() {
        return;
    }
    let release = "2026.5";
    let mut answers = of_superuser(release);
    let user = one(release, "8.service_account").body["user_pk"].clone();
    for recording in &mut answers {
        if recording.method == "POST" && recording.path.ends_with("/assign/") {
            let assign = recording.path.clone();
            *recording = one(release, "8.role-assign-bad");
            recording.path = assign;
        }
    }
    let role = one(release, "8.role-create").body["pk"].as_str().unwrap().to_owned();
    answers.push(answer("DELETE", &format!("/api/v3/core/users/{user}/"), 204, Value::Null));
    answers.push(answer("DELETE", &format!("/api/v3/rbac/roles/{role}/"), 204, Value::Null));
    let replay = Replay::of(answers).await;
    let client = replay.client();
    let plan = client.plan_token(&wish()).await.unwrap();
    assert!(!plan.fallback.is_empty());
    let made = client.make_token(&plan).await.unwrap();
    assert_eq!(made.username, "akadmin");
    assert!(made.notes[0].contains("permits all that you may do"), "{:?}", made.notes);
    let deleted: Vec<String> = replay
        .asked()
        .into_iter()
        .filter(|asked| asked.method == "DELETE" && !asked.path.contains("password"))
        .map(|asked| asked.path)
        .collect();
    assert_eq!(
        deleted,
        [format!("/api/v3/rbac/roles/{role}/"), format!("/api/v3/core/users/{user}/")]
    );
    let posted = replay.asked();
    let own =
        posted.iter().rfind(|a| a.method == "POST" && a.path.ends_with("/core/tokens/")).unwrap();
    assert_eq!(own.body.get("user"), None);
}

#[tokio::test]
async fn somebody_without_all_rights_gets_a_token_of_his_own() {
    let replay = Replay::of(vec![
        answer("GET", "/api/v3/core/users/me/", 200, json!({"user": {"pk": 9, "username": "alice"}})),
        list("/api/v3/core/tokens/", &json!([])),
        answer("POST", "/api/v3/core/tokens/", 201, json!({
            "identifier": "immich-sso-laptop", "expiring": true, "expires": "2026-11-23T10:52:22.694804Z",
        })),
        answer("GET", "/api/v3/core/tokens/immich-sso-laptop/view_key/", 200, json!({"key": "k-0123"})),
    ])
    .await;
    let client = replay.client();
    let plan = client.plan_token(&wish()).await.unwrap();
    assert!(plan.fallback.is_empty());
    let made = client.make_token(&plan).await.unwrap();
    assert_eq!((made.username.as_str(), made.identifier.as_str()), ("alice", "immich-sso-laptop"));
    // authentik sets the end of API tokens itself, whatever is asked for.
    assert_eq!(made.expires.unwrap().to_string(), "2026-11-23T10:52:22.694804Z");
    assert!(made.notes[0].contains("Default token duration"), "{:?}", made.notes);
    assert_eq!(made.made, ["/api/v3/core/tokens/immich-sso-laptop/"]);
}

#[tokio::test]
async fn a_token_that_may_not_be_seen_is_a_fault_and_is_deleted_again() {
    let replay = Replay::of(vec![
        answer(
            "GET",
            "/api/v3/core/users/me/",
            200,
            json!({"user": {"pk": 9, "username": "alice"}}),
        ),
        list("/api/v3/core/tokens/", &json!([])),
        answer("POST", "/api/v3/core/tokens/", 201, json!({"identifier": "immich-sso-laptop"})),
        answer(
            "GET",
            "/api/v3/core/tokens/immich-sso-laptop/view_key/",
            403,
            json!({"detail": "You do not have permission to perform this action."}),
        ),
        answer("DELETE", "/api/v3/core/tokens/immich-sso-laptop/", 204, Value::Null),
    ])
    .await;
    let client = replay.client();
    let plan = client.plan_token(&wish()).await.unwrap();
    let fault = client.make_token(&plan).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::NotAllowed);
    assert_eq!(replay.asked().last().unwrap().method, "DELETE");
}
