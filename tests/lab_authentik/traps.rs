//! What authentik does that nobody expects.

use std::time::{Duration, Instant};

use immich_sso_lab::authentik::{Authentik, Mishap, MishapKind, Options};
use serde_json::{Value, json};

use crate::http::{Asker, started};

const APPLICATIONS: &str = "/api/v3/core/applications/";

#[tokio::test]
async fn the_list_of_applications_remembers_an_answer_whatever_it_is_asked_next() {
    let (authentik, asker) = started("2026.8.3").await;
    asker.site(&authentik, |_| ()).await;
    let other = json!({"name": "Other", "slug": "other"});
    asker.json("POST", APPLICATIONS, &other).await;
    asker.get(&format!("{APPLICATIONS}?slug=immich")).await;
    let nope = asker.get(&format!("{APPLICATIONS}?slug=nope")).await.json();
    assert_eq!(nope["pagination"]["count"], 0);
    assert_eq!(nope["results"][0]["slug"], "immich");
    let all = asker.get(&format!("{APPLICATIONS}?superuser_full_list=true")).await.json();
    assert_eq!(all["results"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_broken_redirect_uri_is_saved_and_breaks_the_list() {
    let (authentik, asker) = started("2026.8.3").await;
    let provider = asker.site(&authentik, |_| ()).await;
    let path = format!("/api/v3/providers/oauth2/{}/", provider["pk"]);
    let broken = json!({"redirect_uris": [{"matching_mode": "strict"}]});
    let answer = asker.json("PATCH", &path, &broken).await;
    assert_eq!((answer.status, answer.text.as_str()), (405, ""));
    assert_eq!(answer.header("allow"), "GET, HEAD, OPTIONS");
    for path in [path.as_str(), "/api/v3/providers/oauth2/"] {
        assert_eq!(asker.get(path).await.status, 500, "{path}");
    }
    let mended =
        json!({"redirect_uris": [{"matching_mode": "strict", "url": "https://a.example/"}]});
    assert_eq!(asker.json("PATCH", &path, &mended).await.status, 200);
    assert_eq!(asker.get("/api/v3/providers/oauth2/").await.status, 200);
}

#[tokio::test]
async fn pages_are_cut_at_a_hundred_from_2025_12_on() {
    for (version, rows, size) in [("2025.10.4", 130, 130), ("2025.12.4", 100, 20)] {
        let (authentik, asker) = started(version).await;
        for number in 0..127 {
            let user = json!({"username": format!("u{number}"), "name": ""});
            asker.json("POST", "/api/v3/core/users/", &user).await;
        }
        let page = asker.get("/api/v3/core/users/?page_size=1000").await.json();
        assert_eq!(page["results"].as_array().unwrap().len(), rows, "{version}");
        let page = asker.get("/api/v3/core/users/").await.json();
        assert_eq!(page["results"].as_array().unwrap().len(), size.min(100), "{version}");
        drop(authentik);
    }
}

#[tokio::test]
async fn a_token_ends_after_half_an_hour_unless_told_otherwise() {
    let (authentik, asker) = started("2026.8.3").await;
    let token = json!({"identifier": "short", "intent": "api"});
    asker.json("POST", "/api/v3/core/tokens/", &token).await;
    let key = asker.get("/api/v3/core/tokens/short/view_key/").await.json();
    let short = asker.with(key["key"].as_str());
    assert_eq!(short.get("/api/v3/core/users/me/").await.status, 200);
    authentik.advance(Duration::from_mins(31));
    let answer = short.get("/api/v3/core/users/me/").await;
    assert_eq!(answer.status, 403);
    assert_eq!(answer.json(), json!({"detail": "Token invalid/expired"}));
}

#[tokio::test]
async fn a_role_permits_what_it_names_and_nothing_else() {
    let (_authentik, asker) = started("2026.8.3").await;
    let account = json!({"name": "wizard", "create_group": false, "expiring": false});
    let account = asker.json("POST", "/api/v3/core/users/service_account/", &account).await.json();
    let app_password = asker.with(account["token"].as_str());
    assert_eq!(app_password.get("/api/v3/core/users/me/").await.status, 403);
    let token = json!({"identifier": "wizard", "user": account["user_pk"], "expiring": false});
    asker.json("POST", "/api/v3/core/tokens/", &token).await;
    let key = asker.get("/api/v3/core/tokens/wizard/view_key/").await.json();
    let wizard = asker.with(key["key"].as_str());
    let flows = "/api/v3/flows/instances/?page_size=1";
    assert_eq!(wizard.get(flows).await.status, 403);
    let role = asker.json("POST", "/api/v3/rbac/roles/", &json!({"name": "wizard"})).await.json();
    let path = format!(
        "/api/v3/rbac/permissions/assigned_by_roles/{}/assign/",
        role["pk"].as_str().unwrap()
    );
    let flow = json!({"permissions": ["authentik_flows.view_flow"]});
    assert_eq!(asker.json("POST", &path, &flow).await.status, 200);
    let unknown = json!({"permissions": ["authentik_flows.make_coffee"]});
    assert_eq!(asker.json("POST", &path, &unknown).await.status, 405);
    let group = json!({"name": "wizard", "users": [account["user_pk"]], "roles": [role["pk"]]});
    asker.json("POST", "/api/v3/core/groups/", &group).await;
    assert_eq!(wizard.get(flows).await.status, 200);
    assert_eq!(wizard.get("/api/v3/providers/oauth2/").await.status, 403);
    // A plain user who names another gets a token of their own.
    let grab = json!({"identifier": "grab", "user": 3});
    let made = wizard.json("POST", "/api/v3/core/tokens/", &grab).await;
    assert_eq!((made.status, &made.json()["user"]), (201, &account["user_pk"]));
}

#[tokio::test]
async fn what_is_meant_to_go_wrong_does_once() {
    let (authentik, asker) = started("2026.8.3").await;
    let version = "/api/v3/admin/version/";
    authentik.let_fail(Mishap::new("/admin/version", MishapKind::BadGateway));
    assert_eq!(asker.get(version).await.status, 502);
    authentik.let_fail(Mishap::new("/admin/version", MishapKind::Drop));
    assert!(asker.send("GET", version, &[], None).await.is_err());
    authentik
        .let_fail(Mishap::new("/core/groups", MishapKind::DropAfter).on(reqwest::Method::POST));
    let body = Some(json!({"name": "kept"}).to_string());
    let headers = [("content-type", "application/json")];
    assert!(asker.send("POST", "/api/v3/core/groups/", &headers, body).await.is_err());
    let kept = asker.get("/api/v3/core/groups/?name=kept").await.json();
    assert_eq!(kept["pagination"]["count"], 1);
    authentik.let_fail(Mishap::new("/admin/version", MishapKind::Delay(Duration::from_millis(80))));
    let began = Instant::now();
    assert_eq!(asker.get(version).await.status, 200);
    assert!(began.elapsed() >= Duration::from_millis(80));
    assert_eq!(authentik.mutations().len(), 1, "{:?}", authentik.mutations());
}

#[tokio::test]
async fn an_unknown_path_is_a_page_or_an_empty_405_and_a_missing_object_is_json() {
    let (_authentik, asker) = started("2026.8.3").await;
    let page = asker.get("/api/v3/nope/").await;
    assert_eq!((page.status, page.json()), (404, Value::Null));
    assert_eq!(asker.json("POST", "/api/v3/nope/", &json!({})).await.status, 405);
    let missing = asker.get(&format!("{APPLICATIONS}nope/")).await;
    assert_eq!(missing.json(), json!({"detail": "No Application matches the given query."}));
    assert_eq!(missing.header("x-authentik-id").len(), 32);
}

#[tokio::test]
async fn a_stopped_server_leaves_its_port() {
    let (authentik, asker) = started("2026.8.3").await;
    let port: u16 = authentik.url().rsplit(':').next().unwrap().parse().unwrap();
    assert_eq!(asker.get("/-/health/ready/").await.status, 200);
    authentik.stop().await;
    let options = Options { port: Some(port), ..Options::default() };
    let again = Authentik::start(options).await.unwrap();
    assert_eq!(Asker::new(&again.url(), None).get("/-/health/ready/").await.status, 200);
}
