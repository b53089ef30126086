//! The client against the lab's Immich, of each release that differs.

use std::time::Duration;

use immich_sso::{
    immich::{
        Access, Call, Client, Fields, KeyCalls, LISTS_SESSIONS, RouteKind, SettingsChange,
        needed_permissions, route,
    },
    net::{Http, Trust},
    secret::Secret,
    site::{Fault, FaultKind, HostProfile, System, Version},
};
use immich_sso_lab::immich::{ADMIN_EMAIL, Immich, Mishap, Options, StorageKind};
use serde_json::json;
use testkit::{said, said_with};

pub const RELEASES: [&str; 5] = ["1.105.1", "1.106.4", "2.7.5", "3.0.3", "3.2.2"];

pub async fn immich(version: &str) -> Immich {
    let mut options = Options::new(StorageKind::Database);
    options.version = version.parse().unwrap();
    options.restart = Duration::from_millis(1);
    Immich::start(options).await.unwrap()
}

pub fn client(url: &str, access: Option<Access>) -> Client {
    let url = format!("{url}/").parse().unwrap();
    Client::new(Http::new(System::Immich, url, &Trust::default()).unwrap(), access)
}

fn with_key(lab: &Immich) -> Client {
    client(&lab.url(), Some(Access::ApiKey(Secret::new(lab.admin_key()))))
}

fn change(fields: &[(&str, serde_json::Value)]) -> SettingsChange {
    let fields: Fields = fields.iter().map(|(k, v)| ((*k).to_owned(), v.clone())).collect();
    SettingsChange::set(fields, true)
}

#[tokio::test]
async fn every_release_is_recognised_with_its_version() {
    for release in RELEASES {
        let lab = immich(release).await;
        let seen = client(&lab.url(), None).look().await.unwrap();
        assert_eq!(seen.version.to_string(), release);
        assert!(!seen.config_file);
        assert!(seen.is_initialized);
    }
}

#[tokio::test]
async fn signing_in_makes_a_key_with_exactly_the_permissions_that_are_needed() {
    for release in RELEASES {
        let lab = immich(release).await;
        let version: Version = release.parse().unwrap();
        let session = client(&lab.url(), None)
            .sign_in(ADMIN_EMAIL, &Secret::new(lab.admin_password()))
            .await
            .unwrap();
        let permissions: Vec<String> =
            needed_permissions(&version).into_iter().map(str::to_owned).collect();
        let made =
            session.make_key(&Call::make_key("immich-sso-test", &permissions)).await.unwrap();
        session.sign_out().await.unwrap();
        let owner = session.users().await.unwrap_err();
        assert_eq!(owner.kind, FaultKind::NotSignedIn, "{release}: the session is over");

        let client = client(&lab.url(), Some(Access::ApiKey(made.secret)));
        assert_eq!(client.missing_permissions(&version).await.unwrap(), [""; 0], "{release}");
        assert!(!client.users().await.unwrap().is_empty(), "{release}");
        let settings = open(&client, &version).read().await.unwrap();
        assert_eq!(settings.fields["enabled"], false, "{release}");
    }
}

/// Only Immich itself says that it does not know the name of a permission.
#[tokio::test]
async fn a_key_gets_fewer_permissions_only_where_immich_does_not_know_their_names() {
    let lab = immich("2.7.5").await;
    let session = client(&lab.url(), None)
        .sign_in(ADMIN_EMAIL, &Secret::new(lab.admin_password()))
        .await
        .unwrap();
    let needed = ["systemConfig.read".to_owned()];
    let before = lab.key_names().len();
    for status in [400, 403, 405] {
        let (method, path) = ("POST".to_owned(), "/api/api-keys".to_owned());
        lab.mishap(Mishap::Answer { method, path, status });
        let optional = [LISTS_SESSIONS.to_owned()];
        let calls = KeyCalls::new("immich-sso-test", &needed, &optional);
        session.make_best_key(&calls).await.unwrap_err();
        assert_eq!(lab.key_names().len(), before, "{status}");
    }
    for (optional, has_all) in [(LISTS_SESSIONS, true), ("nobody.knows", false)] {
        let optional = [optional.to_owned()];
        let calls = KeyCalls::new("immich-sso-test", &needed, &optional);
        let made = session.make_best_key(&calls).await.unwrap();
        assert_eq!(made.1, has_all, "{optional:?}");
    }
}

fn open<'a>(client: &'a Client, version: &'a Version) -> Box<dyn immich_sso::immich::Route + 'a> {
    static HOST: std::sync::LazyLock<HostProfile> = std::sync::LazyLock::new(HostProfile::default);
    route::open(RouteKind::Api, client, None, &HOST, version).unwrap()
}

#[tokio::test]
async fn a_key_with_too_few_rights_is_told_what_it_lacks() {
    let lab = immich("2.7.5").await;
    let version: Version = "2.7.5".parse().unwrap();
    let key = Secret::new(lab.make_key(&["systemConfig.read"]));
    let client = client(&lab.url(), Some(Access::ApiKey(key)));
    let missing = client.missing_permissions(&version).await.unwrap();
    assert_eq!(missing, ["systemConfig.update", "adminUser.read"]);
    let fault = client.users().await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::NotAllowed);
    assert!(fault.answer.contains("adminUser.read"), "{fault}");
}

#[tokio::test]
async fn a_wrong_password_and_a_wrong_key_are_named() {
    for release in RELEASES {
        let lab = immich(release).await;
        let wrong = client(&lab.url(), None).sign_in(ADMIN_EMAIL, &Secret::new("no")).await;
        let fault = wrong.unwrap_err();
        assert_eq!(fault.kind, FaultKind::NotSignedIn, "{release}: {fault}");
        let stranger = client(&lab.url(), Some(Access::ApiKey(Secret::new("no"))));
        let fault = stranger.missing_permissions(&release.parse().unwrap()).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::NotSignedIn, "{release}: {fault}");
        assert!(!fault.remedy.is_empty());
    }
}

#[tokio::test]
async fn settings_are_written_read_back_and_nothing_else_changes() {
    for release in ["1.106.4", "2.7.5", "3.0.3", "3.2.2"] {
        let lab = immich(release).await;
        let version: Version = release.parse().unwrap();
        let client = with_key(&lab);
        let route = open(&client, &version);
        let before = lab.settings().unwrap();
        let basis = route.read().await.unwrap().basis;
        let secret = Secret::new("a'b\"c\\d$e\u{e9}");
        let wish = change(&[("clientId", json!("immich")), ("buttonText", json!("Los"))]);
        route.write(&wish, Some(&secret), &basis).await.unwrap();
        let mut after = lab.settings().unwrap();
        assert_eq!(after["oauth"]["clientSecret"], secret.expose(), "{release}");
        assert_eq!(after["oauth"]["clientId"], "immich", "{release}");
        for key in ["clientId", "clientSecret", "buttonText"] {
            after["oauth"][key] = before["oauth"][key].clone();
        }
        assert_eq!(after, before, "{release}");
    }
}

#[tokio::test]
async fn a_write_on_an_old_basis_is_refused_and_nothing_is_sent() {
    let lab = immich("2.7.5").await;
    let version: Version = "2.7.5".parse().unwrap();
    let client = with_key(&lab);
    let route = open(&client, &version);
    let basis = route.read().await.unwrap().basis;
    lab.storage().tables().metadata = Some(json!({"trash": {"days": 99}}));
    let before = lab.mutations();
    let wish = change(&[("clientId", json!("immich"))]);
    let fault = route.write(&wish, Some(&Secret::new("s")), &basis).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Moved);
    assert_eq!(lab.mutations(), before);
}

#[tokio::test]
async fn settings_are_found_where_only_the_new_address_answers() {
    let mut options = Options::new(StorageKind::Database);
    options.only_admin_config = true;
    let lab = Immich::start(options).await.unwrap();
    let version = lab.version().to_string().parse().unwrap();
    let client = with_key(&lab);
    let route = open(&client, &version);
    let basis = route.read().await.unwrap().basis;
    let wish = change(&[("clientId", json!("immich"))]);
    route.write(&wish, Some(&Secret::new("s")), &basis).await.unwrap();
    assert_eq!(lab.settings().unwrap()["oauth"]["clientId"], "immich");
}

#[tokio::test]
async fn what_keeps_immich_from_authentik_is_explained() {
    let lab = immich("2.7.5").await;
    let client = with_key(&lab);
    let begin = async || client.authorize("https://photos.example.com/auth/login").await;
    let told = |fault: &Fault, part: &str| {
        assert!(fault.to_string().contains(part), "{part:?} is not in {fault}");
        assert!(!fault.remedy.is_empty());
    };
    told(&begin().await.unwrap_err(), "OAuth is not enabled");
    // A port that was free a moment ago.
    // A port that is taken, so that no other test gets it, and not listened on.
    let taken = tokio::net::TcpSocket::new_v4().unwrap();
    taken.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let nobody = taken.local_addr().unwrap();
    for (issuer, part) in [
        ("not a url".to_owned(), said("no URL")),
        (format!("http://{nobody}/application/o/immich/"), said("cannot reach authentik")),
        (format!("{}/application/o/nope/", lab.url()), "Error in OAuth discovery".into()),
    ] {
        lab.storage().tables().metadata =
            Some(json!({"oauth": {"enabled": true, "clientId": "immich", "issuerUrl": issuer}}));
        told(&begin().await.unwrap_err(), &part);
    }
}

#[tokio::test]
async fn what_is_not_immich_is_said_to_be_something_else() {
    let lab = immich("2.7.5").await;
    for (status, kind) in [(502, FaultKind::Unreachable), (403, FaultKind::WrongProduct)] {
        // Reads are tried again, so the trouble has to last.
        for _ in 0..6 {
            lab.mishap(Mishap::Answer {
                method: "GET".into(),
                path: "/api/server/version".into(),
                status,
            });
        }
        let fault = client(&lab.url(), None).look().await.unwrap_err();
        assert_eq!(fault.kind, kind, "{status}: {fault}");
        while client(&lab.url(), None).look().await.is_err() {}
    }
}

/// What stands in front of Immich answers for it: an application that has its
/// page at every path, a login portal, a password of the proxy's, another API.
#[tokio::test]
async fn what_answers_in_immichs_place_is_described() {
    use axum::{
        Router,
        http::{StatusCode, header::LOCATION},
        response::Html,
    };
    let portal = (LOCATION, "https://login.example.com/start?state=hunter2");
    let leads = said_with("leads to {})", &[&"https://login.example.com/start"]);
    let fronts: [(Router, [&str; 2]); 4] = [
        (Router::new().fallback(async || Html("<html>")), ["200 OK", "text/html"]),
        (
            Router::new().fallback(async move || (StatusCode::FOUND, [portal], Html(""))),
            ["302", &leads],
        ),
        (
            Router::new().fallback(async || (StatusCode::UNAUTHORIZED, Html("<html>"))),
            ["401", "text/html"],
        ),
        (Router::new().fallback(async || axum::Json(json!({"version": 3}))), ["200", "OK"]),
    ];
    for (front, parts) in fronts {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let serving = tokio::spawn(async move { axum::serve(listener, front).await.unwrap() });
        let fault = client(&url, None).look().await.unwrap_err();
        serving.abort();
        assert_eq!(fault.kind, FaultKind::WrongProduct, "{fault}");
        for part in parts {
            assert!(fault.answer.contains(part), "{part:?} is not in {fault}");
        }
        assert!(!fault.to_string().contains("hunter2"), "{fault}");
        assert!(fault.remedy.contains(&*said("/api")), "{fault}");
    }
}

#[tokio::test]
async fn who_is_no_administrator_is_refused_and_leaves_no_session() {
    let lab = immich("3.0.3").await;
    let password = Secret::new("a password of her own");
    lab.create_user_with("anna@example.com", "Anna", password.expose().into());
    let refused = client(&lab.url(), None).sign_in("anna@example.com", &password).await;
    let fault = refused.unwrap_err();
    assert_eq!(fault.kind, FaultKind::NotAllowed, "{fault}");
    let asked = lab.requests();
    assert_eq!(asked.last().unwrap().path, "/api/auth/logout", "{asked:?}");
}

#[tokio::test]
async fn signing_in_where_passwords_are_switched_off_says_how_to_go_on() {
    let lab = immich("2.7.5").await;
    lab.storage().tables().metadata = Some(json!({"passwordLogin": {"enabled": false}}));
    let refused =
        client(&lab.url(), None).sign_in(ADMIN_EMAIL, &Secret::new(lab.admin_password())).await;
    let fault = refused.unwrap_err();
    assert!(fault.answer.contains("disabled"), "{fault}");
    assert!(fault.remedy.contains(&*said("API key")), "{fault}");
}
