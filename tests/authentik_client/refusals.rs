//! What authentik's refusals become.

use immich_sso::{
    authentik::{Client, Permission},
    site::{Fault, FaultKind},
};
use serde_json::{Value, json};
use testkit::said;

use crate::{
    recordings::{RELEASES, Recording, one},
    replay::Replay,
    writes,
};

fn made_up(method: &str, path: &str, status: u16, kind: &str, body: Value) -> Recording {
    Recording {
        method: method.into(),
        path: path.into(),
        status,
        headers: vec![("content-type".into(), kind.into())],
        body,
    }
}

fn complete(fault: &Fault) {
    assert!(
        !fault.tried.is_empty() && !fault.answer.is_empty() && !fault.remedy.is_empty(),
        "{fault:?}"
    );
}

/// Posts what was recorded as refused and returns the fault.
async fn refused(release: &str, name: &str) -> Fault {
    let replay = Replay::of(vec![one(release, name)]).await;
    let client = replay.client();
    let recording = one(release, name);
    let body = json!({"name": "x"});
    let fault = match recording.method.as_str() {
        "POST" if recording.path.contains("applications") => {
            writes::create_application(&client, &body).await.map(drop)
        }
        "POST" => writes::create_provider(&client, &body).await.map(drop),
        "PATCH" if recording.path.contains("applications") => {
            writes::patch_application(&client, "immich", &body).await.map(drop)
        }
        "PATCH" => {
            let pk =
                recording.path.trim_end_matches('/').rsplit('/').next().unwrap().parse().unwrap();
            writes::patch_provider(&client, pk, &body).await.map(drop)
        }
        _ => client.me().await.map(drop),
    }
    .unwrap_err();
    complete(&fault);
    fault
}

#[tokio::test]
async fn refusals_keep_the_servers_words_and_name_the_field() {
    for release in RELEASES {
        let fault = refused(release, "3.post-dup-name").await;
        assert_eq!(fault.kind, FaultKind::Refused);
        assert_eq!(fault.answer, "name: provider with this name already exists.");
        let fault = refused(release, "3.post-dup-client_id").await;
        assert!(fault.answer.starts_with("client_id: "), "{}", fault.answer);
        let fault = refused(release, "3.redirect-bad-mode").await;
        assert!(fault.answer.starts_with("redirect_uris"), "{}", fault.answer);
        assert!(fault.answer.contains("matching_mode: "), "{}", fault.answer);
        let fault = refused(release, "3.redirect-oldstring").await;
        assert_eq!(fault.answer, "redirect_uris: Expected a list of items but got type \"str\".");
        let fault = refused(release, "4.post-dup-slug").await;
        assert!(fault.answer.starts_with("slug: "), "{}", fault.answer);
    }
}

#[tokio::test]
async fn every_kind_of_403_is_told_apart_by_its_words() {
    for release in RELEASES {
        for (name, kind) in [
            ("1.users-me-noauth", FaultKind::NotSignedIn),
            ("1.version-badtoken", FaultKind::NotSignedIn),
            ("1.version-basic", FaultKind::NotSignedIn),
            ("8.noperm-prov-list", FaultKind::NotAllowed),
        ] {
            let mut recording = one(release, name);
            recording.path = "/api/v3/core/users/me/".into();
            let fault = Replay::of(vec![recording]).await.client().me().await.unwrap_err();
            complete(&fault);
            assert_eq!(fault.kind, kind, "{release}.{name}: {fault}");
        }
    }
}

#[tokio::test]
async fn a_crash_that_calls_itself_a_wrong_method_is_called_a_crash() {
    for release in RELEASES {
        let fault = refused(release, "3.corrupt-patch-no-url").await;
        assert_eq!(fault.kind, FaultKind::Crashed, "{fault}");
        assert!(fault.remedy.contains(&*said("log")), "{fault}");
    }
}

#[tokio::test]
async fn a_missing_object_is_none_and_a_missing_path_is_a_fault() {
    for release in RELEASES {
        let mut application = one(release, "4.get-404");
        application.path = "/api/v3/core/applications/immich/".into();
        let replay = Replay::of(vec![application, one(release, "3.get-404")]).await;
        let pk = one(release, "3.get-404").path;
        let pk = pk.trim_end_matches('/').rsplit('/').next().unwrap().parse().unwrap();
        assert_eq!(replay.client().application("immich").await.unwrap(), None);
        assert_eq!(replay.client().provider(pk).await.unwrap(), None);
        let mut page = one(release, "2.scopes-old-path");
        page.path = "/api/v3/core/applications/immich/".into();
        let fault = Replay::of(vec![page]).await.client().application("immich").await.unwrap_err();
        complete(&fault);
        assert_eq!(fault.kind, FaultKind::NotFound);
    }
}

#[tokio::test]
async fn scope_mappings_are_found_at_the_path_of_old_releases() {
    let mut old = one("2026.5", "2.scopes-managed");
    old.path = old.path.replace("/provider/scope/", "/scope/");
    let mut new = one("2026.5", "2.scopes-old-path");
    new.path = "/api/v3/propertymappings/provider/scope/".into();
    let client = Replay::of(vec![old, new]).await.client();
    assert_eq!(client.scope_mappings(&["email"]).await.unwrap()[0].scope_name, "email");
}

#[tokio::test]
async fn what_is_not_authentik_is_named() {
    let brand = "/api/v3/core/brands/current/";
    let page = "<html><head><title>Welcome to nginx!</title></head></html>";
    let client =
        Replay::of(vec![made_up("GET", brand, 200, "text/html", page.into())]).await.client();
    let fault = client.look().await.unwrap_err();
    complete(&fault);
    assert_eq!(fault.kind, FaultKind::WrongProduct);
    assert!(fault.answer.contains("Welcome to nginx!"), "{fault}");

    for (status, body) in [
        (200, json!({"error": "authentik starting"})),
        (503, json!({"error": "authentik starting"})),
    ] {
        let client = Replay::of(vec![made_up("GET", brand, status, "application/json", body)])
            .await
            .client();
        let fault = client.look().await.unwrap_err();
        complete(&fault);
        assert_eq!(fault.kind, FaultKind::Late, "{fault}");
    }
}

#[tokio::test]
async fn without_a_token_the_version_comes_from_the_head_of_the_description() {
    let schema = r#"{"openapi":"3.0.3","info":{"title":"authentik","version":"2026.8.3","description":"x"},"paths":{}}"#;
    let replay = Replay::of(vec![
        made_up(
            "GET",
            "/api/v3/core/brands/current/",
            200,
            "application/json",
            json!({"branding_title": "Home"}),
        ),
        made_up("GET", "/api/v3/schema/", 200, "application/json", schema.into()),
    ])
    .await;
    let seen = Client::new(replay.http(), None).look().await.unwrap();
    assert_eq!(seen.brand, "Home");
    assert_eq!(seen.version.unwrap().to_string(), "2026.8.3");
}

#[tokio::test]
async fn a_token_with_too_few_rights_is_found_out_and_each_permission_named() {
    for release in RELEASES {
        let recordings = ["me", "prov-list", "flows", "scopes", "certs", "app-detail", "events"]
            .map(|name| one(release, &format!("8.noperm-{name}")));
        let replay = Replay::of(recordings.to_vec()).await;
        let missing = replay.client().preflight(&Permission::ALL).await.unwrap();
        let missing: Vec<_> = missing.iter().map(|missing| missing.permission).collect();
        assert_eq!(
            missing,
            [
                Permission::ViewFlow,
                Permission::ViewScopeMapping,
                Permission::ViewKeyPair,
                Permission::ViewProvider,
                Permission::ViewApplication,
                Permission::ViewEvent,
            ],
            "{release}"
        );
        for asked in replay.asked() {
            assert!(matches!(asked.method.as_str(), "GET" | "OPTIONS"), "{asked:?}");
        }
    }
}

#[tokio::test]
async fn the_right_to_add_is_taken_from_what_is_offered() {
    let me = json!({"user": {"pk": 7, "username": "u", "is_superuser": false, "system_permissions": []}});
    let offer = |actions: Value| {
        let mut body = json!({"name": "x", "renders": ["application/json"], "parses": []});
        if !actions.is_null() {
            body["actions"] = actions;
        }
        body
    };
    let replay = Replay::of(vec![
        made_up("GET", "/api/v3/core/users/me/", 200, "application/json", me),
        made_up(
            "OPTIONS",
            "/api/v3/providers/oauth2/",
            200,
            "application/json",
            offer(Value::Null),
        ),
        made_up(
            "OPTIONS",
            "/api/v3/core/applications/",
            200,
            "application/json",
            offer(json!({"POST": {}})),
        ),
    ])
    .await;
    let missing = replay.client().preflight(&Permission::SETUP).await.unwrap();
    let missing: Vec<_> = missing.iter().map(|missing| missing.permission.codename()).collect();
    assert_eq!(missing, ["authentik_providers_oauth2.add_oauth2provider"]);
}

#[tokio::test]
async fn a_refused_call_names_the_permission_that_it_needs() {
    for release in RELEASES {
        let fault = refused(release, "8.noperm-prov-post").await;
        assert_eq!(fault.kind, FaultKind::NotAllowed);
        assert!(fault.remedy.contains("authentik_providers_oauth2.add_oauth2provider"), "{fault}");
        let fault = refused(release, "8.noperm-app-patch").await;
        assert!(fault.remedy.contains("authentik_core.change_application"), "{fault}");
    }
}

#[tokio::test]
async fn secrets_that_a_refusal_repeats_are_not_shown() {
    let spelled = ["the-token", "the%2Dtoken", "the\\u002dtoken", "the&#45;token", "dGhlLXRva2Vu"];
    for (said, status) in spelled.iter().zip([400, 403, 404, 409, 500]) {
        let mut answers = vec![
            made_up(
                "GET",
                "/api/v3/core/users/me/",
                status,
                "application/json",
                json!({
                    "detail": said, (*said): [said], "password": [{"deep": said}],
                }),
            ),
            made_up(
                "GET",
                "/api/v3/core/users/me/",
                status,
                "text/html",
                json!(format!("<title>No {said}</title>{said}")),
            ),
            made_up("GET", "/api/v3/core/users/me/", status, "text/plain", json!(said)),
        ];
        for answer in &mut answers {
            for name in ["x-authentik-id", "server", "location"] {
                answer.headers.push((name.into(), (*said).into()));
            }
        }
        for answer in answers {
            let fault = Replay::of(vec![answer]).await.client().me().await.unwrap_err();
            for trace in spelled {
                assert!(!fault.to_string().contains(trace), "{status}: {fault}");
            }
        }
    }
}

#[tokio::test]
async fn a_refusal_of_a_secret_says_what_is_about_its_own_fields() {
    let path = "/api/v3/providers/oauth2/";
    let answer = json!({
        "name": ["This field must be unique."],
        "client_secret": ["`Zk3-9f!q` is too short."],
        "received": {"smtp": "other"},
        "detail": "got Zk3-9f!q",
    });
    let refused = made_up("POST", path, 400, "application/json", answer);
    let client = Replay::of(vec![refused]).await.client();
    let body = json!({"name": "immich", "client_secret": "Zk3-9f!q"});
    let answer = writes::create_provider(&client, &body).await.unwrap_err().answer;
    assert!(answer.contains("name: This field must be unique."), "{answer}");
    assert!(!answer.contains("Zk3") && !answer.contains("other"), "{answer}");
}

#[tokio::test]
async fn a_large_error_is_cut_after_it_was_searched() {
    let text = format!("{}the-token{}", "x".repeat(590), "y".repeat(2 << 20));
    let refused = made_up("GET", "/api/v3/core/users/me/", 500, "text/plain", json!(text));
    let fault = Replay::of(vec![refused]).await.client().me().await.unwrap_err().to_string();
    assert!(fault.len() < 2_000 && !fault.contains("the-tok"), "{fault}");
}
