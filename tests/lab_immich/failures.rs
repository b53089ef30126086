//! The recorded ways in which a login fails, played by the lab: status and
//! message of Immich's answers are those that were recorded.

use std::{collections::BTreeSet, time::Duration};

use axum::{
    Router,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use immich_sso_lab::{Person, authentik::Authentik};
use serde_json::{Value, json};

use crate::{
    contract::fixtures,
    front::Front,
    http::Asker,
    pki::Authority,
    site::{Site, WEB, browser},
};

/// The recorded releases, and what the lab plays for them.
const RELEASES: [(&str, &str); 2] = [("2.7", "2.7.5"), ("3.1", "3.1.0")];

/// The modes that the lab does not play, one a line: release and mode. A mode
/// that it plays is struck out; none is to come.
const UNPLAYED: &str = include_str!("unplayed.txt");

/// Whether a recording is of a mode that is played here, or listed as not
/// played.
pub fn covers(release: &str, name: &str) -> bool {
    name.starts_with("failure.") && RELEASES.iter().any(|(known, _)| *known == release)
}

/// What a person brings back to Immich.
enum Back {
    /// What authentik sent them back with.
    AsSent,
    /// The same after so long.
    Late(Duration),
    /// The same, a second time.
    Twice,
    /// The same, in a browser without cookies.
    ElsewhereThanBegun,
    /// Other words of an address, with the right state for `STATE`.
    Address(&'static str),
}

fn issuer(site: &Site, path: &str) -> Value {
    format!("{}{path}", site.authentik.url()).into()
}

async fn set(site: &Site, key: &str, value: Value) {
    site.put(|oauth| oauth[key] = value).await;
}

/// Changes alice, the provider or the application as the administrator.
async fn patch(site: &Site, path: &str, change: Value) {
    let admin = Asker::new(&site.authentik.url(), Some(site.authentik.admin_token().expose()));
    let answer = admin.json("PATCH", &format!("/api/v3/{path}"), &change).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
}

async fn provider(site: &Site, change: Value) {
    let pk = site.authentik.providers()[0]["pk"].clone();
    patch(site, &format!("providers/oauth2/{pk}/"), change).await;
}

/// The mappings of these scopes.
async fn mappings(site: &Site, scopes: &[&str]) {
    let admin = Asker::new(&site.authentik.url(), Some(site.authentik.admin_token().expose()));
    let rows = admin.get("/api/v3/propertymappings/provider/scope/").await.json();
    let wanted = |row: &&Value| scopes.contains(&row["scope_name"].as_str().unwrap());
    let keys: Vec<Value> = rows["results"]
        .as_array()
        .unwrap()
        .iter()
        .filter(wanted)
        .map(|row| row["pk"].clone())
        .collect();
    assert_eq!(keys.len(), scopes.len());
    provider(site, json!({ "property_mappings": keys })).await;
}

/// A server in authentik's place that answers everything alike.
async fn proxy(site: &Site, answer: fn() -> Response) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/application/o/immich/", listener.local_addr().unwrap());
    let app = Router::new().fallback(move || async move { answer() });
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    set(site, "issuerUrl", url.into()).await;
}

/// Where the application's provider is at authentik.
const SLUG: &str = "/application/o/immich";

/// Puts TLS in front of authentik for a mode, which lasts as long as the value.
/// The front passes bytes on and says nothing of its own.
async fn encrypt(site: &Site, authority: &Authority, mode: &str) -> Option<Front> {
    let identity = match mode {
        // Without the header authentik takes the login for plain HTTP.
        "17-no-x-forwarded-proto" => authority.issue("localhost"),
        "28-self-signed" => Authority::new().issue("localhost"),
        "28b-name-mismatch" => authority.issue("other.example.com"),
        _ => return None,
    };
    let mut config = (*identity.config).clone();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    let front = Front::start(&config, &site.authentik.url()).await;
    set(site, "issuerUrl", format!("{}{SLUG}/", front.url()).into()).await;
    Some(front)
}

/// Brings a site into a mode; `None`: the lab does not play it.
async fn arrange(site: &Site, mode: &str) -> Option<Back> {
    let back = brought_back(mode);
    if back.is_some() {
        return back;
    }
    (set_immich(site, mode).await || set_authentik(site, mode).await).then_some(Back::AsSent)
}

/// What a person brings back where the site itself is right.
fn brought_back(mode: &str) -> Option<Back> {
    Some(match mode {
        "00-ok" | "03-mobile-not-registered" | "61-user-inactive" | "62-wrong-password" => {
            Back::AsSent
        }
        "25-code-expired" => Back::Late(Duration::from_hours(1)),
        "25b-code-reused" => Back::Twice,
        "54-state-wrong" => Back::Address("?code=abc&state=zzz"),
        "54b-no-cookies" => Back::ElsewhereThanBegun,
        "54c-error-access-denied" => Back::Address("?error=access_denied&state=STATE"),
        "54d-code-garbage" => Back::Address("?code=abc&state=STATE"),
        "54e-no-code" => Back::Address(""),
        _ => return None,
    })
}

/// Sets Immich for a mode. False: the mode is none of its settings.
async fn set_immich(site: &Site, mode: &str) -> bool {
    match mode {
        "08-client-id-wrong" => set(site, "clientId", "nobody".into()).await,
        "09-secret-wrong" => set(site, "clientSecret", "wrong".into()).await,
        "09b-secret-empty-in-immich" => set(site, "clientSecret", "".into()).await,
        "10-secret-trailing-blank" => set(site, "clientSecret", "secret1 ".into()).await,
        "14-wrong-slug" => {
            set(site, "issuerUrl", issuer(site, "/application/o/nobody/")).await;
        }
        "16-issuer-no-slash" => set(site, "issuerUrl", issuer(site, SLUG)).await,
        "16b-issuer-other-host" => {
            let url = site.authentik.url().replace("127.0.0.1", "localhost");
            set(site, "issuerUrl", format!("{url}{SLUG}/").into()).await;
        }
        "16c-issuer-wellknown" | "16d-issuer-wellknown-slash" => {
            let end = if mode.starts_with("16d") { "/" } else { "" };
            let path = format!("{SLUG}/.well-known/openid-configuration{end}");
            set(site, "issuerUrl", issuer(site, &path)).await;
        }
        "16e-issuer-root" => set(site, "issuerUrl", issuer(site, "/")).await,
        "20d-scope-without-openid" => set(site, "scope", "email profile".into()).await,
        "27-refused" => set(site, "issuerUrl", "http://127.0.0.1:1/".into()).await,
        "27b-dns" => set(site, "issuerUrl", "http://auth.invalid/".into()).await,
        "29-http-not-allowed" => set(site, "allowInsecureRequests", false.into()).await,
        "30-proxy-403" => proxy(site, || StatusCode::FORBIDDEN.into_response()).await,
        "30-proxy-502" => proxy(site, || StatusCode::BAD_GATEWAY.into_response()).await,
        "30-proxy-html" => {
            let page = || ([(header::CONTENT_TYPE, "text/html")], "<html></html>").into_response();
            proxy(site, page).await;
        }
        "30-proxy-json" => {
            let other = || axum::Json(json!({ "status": "ok" })).into_response();
            proxy(site, other).await;
        }
        "30-proxy-redir" => {
            let away = || {
                let to = [(header::LOCATION, "https://auth.example.com/")];
                (StatusCode::FOUND, to).into_response()
            };
            proxy(site, away).await;
        }
        // The API refuses it; who writes into the database may store it.
        "36-issuer-garbage" => {
            let storage = site.immich.storage();
            storage.tables().metadata.as_mut().unwrap()["oauth"]["issuerUrl"] = "not a url".into();
        }
        "39-no-autoregister" => set(site, "autoRegister", false.into()).await,
        "55-client-secret-basic" => {
            set(site, "tokenEndpointAuthMethod", "client_secret_basic".into()).await;
        }
        "57-userinfo-signed" => {
            provider(site, json!({ "include_claims_in_id_token": false })).await;
            set(site, "profileSigningAlgorithm", "RS256".into()).await;
        }
        "58-oauth-disabled" => set(site, "enabled", false.into()).await,
        "60-prompt-none" => set(site, "prompt", "none".into()).await,
        "60b-prompt-login" => set(site, "prompt", "login".into()).await,
        _ => return false,
    }
    true
}

/// Changes what is at authentik for a mode. False: the mode is none of that.
async fn set_authentik(site: &Site, mode: &str) -> bool {
    match mode {
        "01-grant-types-empty" | "01b-grant-types-refresh-only" => {
            let left = if mode.starts_with("01-") { json!([]) } else { json!(["refresh_token"]) };
            let change = |row: &mut serde_json::Map<String, Value>| {
                row.insert("grant_types".into(), left);
            };
            assert!(site.authentik.change_provider("immich-oauth-provider", change));
        }
        "02-redirect-not-registered" => {
            let uris = json!([{"matching_mode": "strict", "url": "https://other.example.com/"}]);
            provider(site, json!({ "redirect_uris": uris })).await;
        }
        "11-no-signing-key" => provider(site, json!({ "signing_key": null })).await,
        "11b-hs256-both" => {
            provider(site, json!({ "signing_key": null })).await;
            set(site, "signingAlgorithm", "HS256".into()).await;
        }
        "12-ec-key" | "12b-es256-both" => {
            let key = site.authentik.add_curve_key("curve").unwrap();
            provider(site, json!({ "signing_key": key })).await;
            if mode.starts_with("12b") {
                set(site, "signingAlgorithm", "ES256".into()).await;
            }
        }
        "13-encryption-key" => {
            let key = site.authentik.providers()[0]["signing_key"].clone();
            provider(site, json!({ "encryption_key": key })).await;
        }
        "14b-no-application" => {
            let token = site.authentik.admin_token();
            let admin = Asker::new(&site.authentik.url(), Some(token.expose()));
            let path = "/api/v3/core/applications/immich/";
            assert_eq!(admin.send("DELETE", path, &[], None).await.unwrap().status, 204);
        }
        "18-issuer-mode-global" => provider(site, json!({ "issuer_mode": "global" })).await,
        "19-user-without-email" => {
            let token = site.authentik.admin_token();
            let admin = Asker::new(&site.authentik.url(), Some(token.expose()));
            let found = admin.get("/api/v3/core/users/?username=alice").await.json();
            let path = format!("core/users/{}/", found["results"][0]["pk"]);
            patch(site, &path, json!({ "email": "" })).await;
        }
        "20-no-profile-mapping" => mappings(site, &["openid", "email"]).await,
        "20b-no-openid-mapping" => mappings(site, &["email", "profile"]).await,
        "20c-no-mappings" => mappings(site, &[]).await,
        "22-denied-by-binding" => {
            let token = site.authentik.admin_token();
            let admin = Asker::new(&site.authentik.url(), Some(token.expose()));
            let group = json!({ "name": "others" });
            let group = admin.json("POST", "/api/v3/core/groups/", &group).await.json();
            let target = site.authentik.applications()[0]["pk"].clone();
            let binding = json!({ "target": target, "group": group["pk"], "order": 0 });
            let made = admin.json("POST", "/api/v3/policies/bindings/", &binding).await;
            assert_eq!(made.status, 201, "{}", made.text);
        }
        "46-sub-mode-changed" => {
            assert_eq!(site.log_in().await.0, 201);
            provider(site, json!({ "sub_mode": "user_username" })).await;
        }
        "63-public-client" => provider(site, json!({ "client_type": "public" })).await,
        "64-provider-client-id-changed" => provider(site, json!({ "client_id": "other" })).await,
        _ => return false,
    }
    true
}

/// What Immich answers to what the person brings back.
async fn come_back(site: &Site, link: &str, back: &Back) -> (u16, Value) {
    let callback = "/api/oauth/callback";
    let arrived = if let Back::Address(words) = back {
        let link = url::Url::parse(link).unwrap();
        let state = link.query_pairs().find(|(key, _)| key == "state").unwrap().1.into_owned();
        format!("{WEB}{}", words.replace("STATE", &state))
    } else {
        let alice = Person::new("alice", Authentik::password("alice"));
        alice.sign_in(link, WEB).await.unwrap()
    };
    let body = json!({ "url": arrived });
    match back {
        Back::Late(by) => site.authentik.advance(*by),
        Back::Twice => assert_eq!(site.post(callback, &body).await.0, 201),
        Back::ElsewhereThanBegun => {
            let url = format!("{}{callback}", site.immich.url());
            let answer = browser().post(url).json(&body).send().await.unwrap();
            return (answer.status().as_u16(), answer.json().await.unwrap());
        }
        Back::AsSent | Back::Address(_) => {}
    }
    site.post(callback, &body).await
}

/// How an answer differs from the recorded one.
fn difference(recorded: &Value, (status, answer): &(u16, Value)) -> Option<String> {
    let (theirs, body) = (&recorded["response"]["status"], &recorded["response"]["body"]);
    let said = (answer["message"].as_str(), answer["error"].as_str());
    let says = (body["message"].as_str(), body["error"].as_str());
    let equal = *theirs == *status && said == says;
    (!equal).then(|| format!("{status} {said:?} instead of {theirs} {says:?}"))
}

/// Plays a mode; `None`: the lab does not.
async fn play(release: &str, version: &str, mode: &str) -> Option<Vec<String>> {
    let set = format!("immich-{release}");
    let recorded = |part: &str| format!("failure.{mode}.{part}");
    let callback = fixtures::recordings(&set)
        .into_iter()
        .find(|(name, _)| *name == recorded("callback"))
        .map(|(_, recorded)| recorded);
    let authorize = fixtures::recording(&set, &recorded("authorize"));
    let authority = Authority::new();
    let trusted = authority.file();
    let authorities = Some(trusted.path().to_owned());
    let site = Site::start_trusting(version, authorities, |_| ()).await;
    let front = encrypt(&site, &authority, mode).await;
    let back = if front.is_some() { Back::AsSent } else { arrange(&site, mode).await? };
    let mut body = authorize["request"]["body"].clone();
    if body["redirectUri"].as_str().unwrap().starts_with("http") {
        body["redirectUri"] = WEB.into();
    }
    let begun = site.post("/api/oauth/authorize", &body).await;
    let mut wrong: Vec<String> =
        difference(authorize, &begun).map(|how| format!("authorize: {how}")).into_iter().collect();
    if let (Some(recorded), Some(link)) = (callback, begun.1["url"].as_str()) {
        let answer = come_back(&site, link, &back).await;
        wrong.extend(difference(recorded, &answer).map(|how| format!("callback: {how}")));
    }
    Some(wrong)
}

#[tokio::test]
async fn recorded_failures_have_the_recorded_answers() {
    let (mut wrong, mut played) = (Vec::new(), 0);
    let mut unplayed = BTreeSet::new();
    for (release, version) in RELEASES {
        let modes: BTreeSet<&str> = fixtures::recordings(&format!("immich-{release}"))
            .into_iter()
            .filter_map(|(name, _)| name.strip_prefix("failure.")?.rsplit_once('.'))
            .map(|(mode, _)| mode)
            .collect();
        for mode in modes {
            match play(release, version, mode).await {
                Some(found) => {
                    played += 1;
                    wrong.extend(found.into_iter().map(|how| format!("{version} {mode}: {how}")));
                }
                None => {
                    unplayed.insert(format!("{version} {mode}"));
                }
            }
        }
    }
    println!("{played} modes played; not played:");
    for one in &unplayed {
        println!("  {one}");
    }
    assert!(wrong.is_empty(), "{} differ:\n  {}", wrong.len(), wrong.join("\n  "));
    let pinned: BTreeSet<String> = UNPLAYED.lines().map(str::to_owned).collect();
    assert_eq!(unplayed, pinned, "a mode that is played is struck out of unplayed.txt");
}
