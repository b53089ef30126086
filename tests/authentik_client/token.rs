//! The program's own token, made against recorded answers.

use immich_sso::{
    authentik::{AccessPart, Call, KnownAccess, Permission, TokenLife, TokenRow, TokenWish},
    site::FaultKind,
    text,
};
use jiff::SignedDuration;
use serde_json::{Value, json};
use testkit::{said, said_with};

use crate::{
    recordings::{RELEASES, Recording, newest, one},
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

fn wish(life: TokenLife) -> TokenWish {
    TokenWish {
        identifier: "immich-sso-laptop".into(),
        life,
        permissions: Permission::SETUP.to_vec(),
        known: KnownAccess::default(),
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
    let account = one(release, "8.service_account");
    let role = one(release, "8.role-create");
    let uuid = role.body["pk"].as_str().unwrap().to_owned();
    let mut token = one(release, "8.token-create");
    token.body["user"] = account.body["user_pk"].clone();
    let identifier = token.body["identifier"].as_str().unwrap().to_owned();
    vec![
        one(release, "1.users-me"),
        list("/api/v3/core/tokens/", &json!([{"identifier": "immich-sso-laptop"}])),
        list("/api/v3/core/users/", &json!([])),
        list("/api/v3/core/groups/", &json!([])),
        list("/api/v3/rbac/roles/", &json!([])),
        account,
        role,
        moved(
            "8.role-assign",
            &format!("/api/v3/rbac/permissions/assigned_by_roles/{uuid}/assign/"),
        ),
        one(release, "8.role-group"),
        token,
        moved("8.view_key", "/api/v3/core/tokens/immich-sso-laptop-2/view_key/"),
        answer("DELETE", &format!("/api/v3/core/tokens/{identifier}/"), 204, Value::Null),
        answer(
            "DELETE",
            "/api/v3/core/tokens/service-account-immich-sso-laptop-2-password/",
            204,
            Value::Null,
        ),
    ]
}

#[tokio::test]
async fn superuser_gets_a_token_of_a_service_account_with_least_rights() {
    for release in RELEASES {
        let replay = Replay::of(of_superuser(release)).await;
        let client = replay.client();
        let plan = client.plan_token(&wish(TokenLife::Unlimited)).await.unwrap();
        assert!(replay.asked().iter().all(|asked| asked.method == "GET"), "a plan changes nothing");
        // Another one has the name.
        assert_eq!(plan.identifier(), "immich-sso-laptop-2");
        let calls = plan.parts.iter().flat_map(AccessPart::calls);
        let planned: Vec<String> = calls
            .chain(plan.token.calls().all())
            .map(|call| format!("{} {}", call.method(), text::template(call.path())))
            .collect();
        assert_eq!(
            planned,
            [
                "POST /api/v3/core/users/service_account/",
                "DELETE /api/v3/core/tokens/service-account-immich-sso-laptop-2-password/",
                "POST /api/v3/rbac/roles/",
                "POST /api/v3/rbac/permissions/assigned_by_roles/{role}/assign/",
                "POST /api/v3/core/groups/",
                "POST /api/v3/core/tokens/",
                "PATCH /api/v3/core/tokens/immich-sso-laptop-2/",
                "GET /api/v3/core/tokens/immich-sso-laptop-2/view_key/",
            ]
        );

        let before = replay.asked().len();
        let made = client.make_all(&plan).await.unwrap();
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
        assert_eq!(body("/service_account/")["expiring"], false);
        assert_eq!(body("/core/tokens/")["user"], user);
        assert_eq!(body("/core/tokens/")["intent"], "api");
        assert_eq!(body("/core/tokens/")["expiring"], false);
        assert_eq!(made.row.expires, None, "as authentik has it");
        assert_eq!(made.token.expose(), one(release, "8.view_key").body["key"]);
        assert!(!format!("{made:?}").contains(made.token.expose()));
        let last = asked.last().unwrap();
        let bearer = format!("Bearer {}", made.token.expose());
        assert_eq!(last.header("authorization"), Some(bearer.as_str()), "it is tried once");
    }
}

#[tokio::test]
async fn known_account_role_and_group_are_used_again() {
    let uuid = |n: u8| format!("0000000{n}-954c-4efd-9a74-8a06094eb24c");
    let replay = Replay::of(vec![
        answer(
            "GET",
            "/api/v3/core/users/me/",
            200,
            json!({"user": {"pk": 4, "username": "akadmin", "is_superuser": true}}),
        ),
        answer(
            "GET",
            "/api/v3/core/users/26/",
            200,
            json!({"pk": 26, "username": "immich-sso-laptop"}),
        ),
        answer(
            "GET",
            &format!("/api/v3/rbac/roles/{}/", uuid(1)),
            200,
            json!({"pk": uuid(1), "name": "immich-sso-laptop"}),
        ),
        answer(
            "GET",
            &format!("/api/v3/core/groups/{}/", uuid(2)),
            200,
            json!({"pk": uuid(2), "name": "immich-sso-laptop", "users": [26], "roles": [uuid(1)]}),
        ),
        list("/api/v3/core/tokens/", &json!([{"identifier": "immich-sso-laptop"}])),
        list("/api/v3/core/users/", &json!([{"pk": 9, "username": "immich-sso-laptop"}])),
    ])
    .await;
    let mut wish = wish(TokenLife::Unlimited);
    wish.known = KnownAccess {
        account: Some((26, "immich-sso-laptop".into())),
        role: Some((uuid(1), "immich-sso-laptop".into())),
        group: Some((uuid(2), "immich-sso-laptop".into())),
        retired: vec!["immich-sso-laptop".into()],
    };
    let plan = replay.client().plan_token(&wish).await.unwrap();
    let calls = plan.parts.iter().flat_map(AccessPart::calls);
    let planned: Vec<String> =
        calls.chain(plan.token.calls().all()).map(|call| text::template(call.path())).collect();
    assert_eq!(
        planned,
        [
            path_of_assign(&uuid(1)),
            "/api/v3/core/tokens/".into(),
            "/api/v3/core/tokens/immich-sso-laptop/".into(),
            "/api/v3/core/tokens/immich-sso-laptop/view_key/".into(),
        ],
        "nothing is made twice"
    );
    // What has another name by now may be somebody else's.
    let others = |what: &str| {
        let mut wish = wish.clone();
        let known = match what {
            "role" => &mut wish.known.role,
            _ => &mut wish.known.group,
        };
        known.as_mut().unwrap().1 = "immich-sso-desktop".into();
        wish
    };
    for what in ["role", "group"] {
        let fault = replay.client().plan_token(&others(what)).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::Refused, "{what}: {fault}");
        assert!(fault.answer.contains("immich-sso-laptop"), "{what}: {fault}");
    }
    // A number alone may be another user's once authentik was set up again.
    wish.known.account = Some((26, "somebody".into()));
    let plan = replay.client().plan_token(&wish).await;
    let asked = replay.asked();
    assert!(asked.iter().any(|asked| asked.path.starts_with("/api/v3/core/users/?")));
    assert!(plan.unwrap().identifier().ends_with("-2"), "the name is somebody else's");
}

#[tokio::test]
async fn row_of_another_key_than_asked_for_is_refused() {
    let (asked, other) = ("11111111-954c-4efd", "22222222-954c-4efd");
    let replay = Replay::of(vec![
        answer(
            "GET",
            "/api/v3/core/users/26/",
            200,
            json!({"pk": 4, "username": "immich-sso-laptop"}),
        ),
        answer(
            "GET",
            &format!("/api/v3/rbac/roles/{asked}/"),
            200,
            json!({"pk": other, "name": "immich-sso-laptop"}),
        ),
        answer(
            "GET",
            &format!("/api/v3/core/groups/{asked}/"),
            200,
            json!({"pk": other, "name": "immich-sso-laptop", "users": [], "roles": []}),
        ),
    ])
    .await;
    let client = replay.client();
    let account = client.account_row(26).await.map(drop);
    let role = client.role_row(asked).await.map(drop);
    let group = client.group_row(asked).await.map(drop);
    for (found, pk) in [(account, "4"), (role, other), (group, other)] {
        let fault = found.unwrap_err();
        assert_eq!(fault.kind, FaultKind::Unexpected, "{fault}");
        assert!(fault.answer.contains(pk), "{fault}");
    }
}

fn path_of_assign(role: &str) -> String {
    format!("/api/v3/rbac/permissions/assigned_by_roles/{role}/assign/")
}

#[tokio::test]
async fn refused_role_is_a_fault_that_says_it_may_be_there() {
    let release = "2026.5";
    let mut answers = of_superuser(release);
    for recording in &mut answers {
        if recording.method == "POST" && recording.path.ends_with("/assign/") {
            let assign = recording.path.clone();
            *recording = one(release, "8.role-assign-bad");
            recording.path = assign;
        }
    }
    let replay = Replay::of(answers).await;
    let client = replay.client();
    let plan = client.plan_token(&wish(TokenLife::Unlimited)).await.unwrap();
    let fault = client.make_all(&plan).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::NotKept, "the role is there: {fault}");
    let posted = replay.asked();
    assert!(
        !posted.iter().any(|a| a.method == "POST" && a.path.ends_with("/core/tokens/")),
        "no token with other rights is made instead"
    );
}

/// Every answer that the rights are read from, for somebody who has them.
fn of_delegate() -> Vec<Recording> {
    let options = |path: &str, action: &str| {
        answer("OPTIONS", path, 200, json!({"renders": [], "actions": {action: {}}}))
    };
    vec![
        answer(
            "GET",
            "/api/v3/core/users/me/",
            200,
            json!({"user": {"pk": 9, "username": "alice"}}),
        ),
        list("/api/v3/flows/instances/", &json!([])),
        list("/api/v3/propertymappings/provider/scope/", &json!([])),
        list("/api/v3/crypto/certificatekeypairs/", &json!([])),
        list("/api/v3/providers/oauth2/", &json!([])),
        answer("GET", "/api/v3/core/applications/immich/", 404, json!({"detail": "Not found."})),
        options("/api/v3/providers/oauth2/", "POST"),
        options("/api/v3/core/applications/", "POST"),
        list("/api/v3/core/tokens/", &json!([])),
        answer("DELETE", "/api/v3/core/tokens/immich-sso-laptop/", 204, Value::Null),
    ]
}

fn token_row(expiring: bool) -> Value {
    json!({
        "pk": "fc943693-40d9-4113-95ba-c66efaa5fac4", "identifier": "immich-sso-laptop",
        "user": 9, "expiring": expiring, "expires": "2026-11-23T10:52:22.694804Z",
    })
}

#[tokio::test]
async fn delegate_gets_a_token_and_its_true_end_is_read_back() {
    let mut answers = of_delegate();
    answers.extend([
        answer("POST", "/api/v3/core/tokens/", 201, token_row(true)),
        answer(
            "GET",
            "/api/v3/core/tokens/immich-sso-laptop/view_key/",
            200,
            json!({"key": "k-0123"}),
        ),
    ]);
    let replay = Replay::of(answers).await;
    let client = replay.client();
    let plan = client.plan_token(&wish(TokenLife::Run)).await.unwrap();
    assert!(plan.parts.is_empty());
    let made = client.make_all(&plan).await.unwrap();
    assert_eq!(made.username, "alice");
    // authentik sets the end of API tokens itself, whatever is asked for.
    assert_eq!(made.row.expires.unwrap().to_string(), "2026-11-23T10:52:22.694804Z");
    let posted = replay.asked();
    let sent = posted.iter().find(|a| a.method == "POST").unwrap();
    assert_eq!(sent.body.get("user"), None);
    assert_eq!(sent.body.get("expires"), None, "what is not heeded is not asked for");
}

#[tokio::test]
async fn ordinary_user_is_refused_before_anything_is_made() {
    let mut answers = of_delegate();
    for recording in &mut answers {
        if recording.path.starts_with("/api/v3/providers/oauth2/") && recording.method == "GET" {
            recording.status = 403;
            recording.body =
                json!({"detail": "You do not have permission to perform this action."});
        }
    }
    let replay = Replay::of(answers).await;
    let fault = replay.client().plan_token(&wish(TokenLife::Unlimited)).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::NotAllowed);
    assert!(fault.answer.contains(&said_with("`{}` lacks", &[&"alice"])), "{fault}");
    assert!(fault.answer.contains("view_oauth2provider"), "{fault}");
    assert!(fault.remedy.contains(&*said("Sign in as an administrator")), "{fault}");
    assert!(replay.asked().iter().all(|asked| ["GET", "OPTIONS"].contains(&asked.method.as_str())));
}

#[tokio::test]
async fn token_that_may_not_be_seen_is_a_fault_and_is_deleted_again() {
    let mut answers = of_delegate();
    answers.extend([
        answer("POST", "/api/v3/core/tokens/", 201, token_row(true)),
        answer(
            "GET",
            "/api/v3/core/tokens/immich-sso-laptop/view_key/",
            403,
            json!({"detail": "You do not have permission to perform this action."}),
        ),
    ]);
    let replay = Replay::of(answers).await;
    let client = replay.client();
    let plan = client.plan_token(&wish(TokenLife::Run)).await.unwrap();
    let fault = client.make_all(&plan).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::NotAllowed);
    assert_eq!(replay.asked().last().unwrap().method, "DELETE");
}

/// A change that does not name the user hands the token to whoever asks: the
/// recording shows it, and the client names the user.
#[tokio::test]
async fn change_of_a_token_always_names_its_user() {
    let handed_over = newest("tokens.patch-not-expiring");
    let made = newest("tokens.expires-clamped");
    assert_ne!(made.body["user"], handed_over.body["user"], "what the trap is");
    let row = TokenRow {
        pk: made.body["pk"].as_str().unwrap().into(),
        identifier: made.body["identifier"].as_str().unwrap().into(),
        user: made.body["user"].as_i64().unwrap(),
        expires: None,
    };
    let mut right = handed_over.clone();
    right.body["user"] = made.body["user"].clone();
    let replay = Replay::in_order(vec![right, handed_over]).await;
    let client = replay.client();
    let after =
        client.change_token(&row, &Call::change_token(&row.identifier, false)).await.unwrap();
    assert_eq!((after.user, after.expires), (row.user, None));
    assert_eq!(replay.asked()[0].body, json!({"user": row.user, "expiring": false}));
    // And where a server hands it over all the same, that is no success.
    let fault =
        client.change_token(&row, &Call::change_token(&row.identifier, false)).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::NotKept);
}

#[tokio::test]
async fn setting_for_how_long_tokens_last_is_read() {
    let settings = newest("tokens.settings");
    let replay = Replay::of(vec![settings]).await;
    let lasts = replay.client().default_token_duration().await.unwrap();
    assert_eq!(lasts, Some(SignedDuration::from_mins(30)));
    let hidden = answer(
        "GET",
        "/api/v3/admin/settings/",
        403,
        json!({"detail": "You do not have permission to perform this action."}),
    );
    let replay = Replay::of(vec![hidden]).await;
    assert_eq!(replay.client().default_token_duration().await.unwrap(), None);
}

/// A clamped end and a token without one, as 2026.8 answers them.
#[tokio::test]
async fn end_is_read_from_what_authentik_says_and_not_from_a_time_it_shows() {
    for (name, ends) in [("tokens.expires-clamped", true), ("tokens.not-expiring", false)] {
        let mut recording = newest(name);
        assert!(recording.body["expires"].is_string(), "shown in either case");
        recording.method = "GET".into();
        recording.path =
            format!("/api/v3/core/tokens/{}/", recording.body["identifier"].as_str().unwrap());
        let identifier = recording.body["identifier"].as_str().unwrap().to_owned();
        let replay = Replay::of(vec![recording]).await;
        let row = replay.client().token_row(&identifier).await.unwrap().unwrap();
        assert_eq!(row.expires.is_some(), ends, "{name}");
    }
}
