//! Recorded walks of a browser through a login, step by step.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::stage::Stage;
use crate::{http::Answer, walks::walk_steps};
use immich_sso_lab::authentik::Authentik;

/// Where the recorded Immich was.
const WEB: &str = "http://photos.example.com/auth/login";

/// Where the recorded robot came back to.
const CALLBACK: &str = "https://x.example/cb";

/// The address of the robot's login.
const AUTHORIZE: &str = "/application/o/authorize/?client_id=robot&response_type=code\
                         &scope=openid+email+profile\
                         &redirect_uri=https%3A%2F%2Fx.example%2Fcb&state=st";

/// A browser's cookies.
type Jar = BTreeMap<String, String>;

/// Whether a recording is of a login.
pub fn is_one(name: &str) -> bool {
    let (topic, what) = name.split_once('.').unwrap_or_default();
    matches!(topic, "login" | "denied" | "authorize" | "csrf")
        || topic == "robot" && !what.starts_with("user-")
}

/// Plays a recorded walk; `None`: the lab does not.
pub async fn play(name: &str, steps: &[&Value]) -> Option<Vec<String>> {
    let mut stage = Stage::new().await;
    let mut jar = Jar::new();
    let robot = stage.person("robot-tmp-1").await;
    // The recorded robot has a flow of its own, like that for everybody.
    let own = "default-authentication-flow".to_owned();
    stage.names.texts.insert("robot-auth".into(), own);
    stage.names.texts.insert("made-up-password-1".into(), "password".into());
    stage.names.texts.insert("made-up-password-4".into(), "password".into());
    let alices = Authentik::password("alice").expose().to_owned();
    stage.names.texts.insert("made-up-password-2".into(), alices);
    let (topic, what) = name.split_once('.').unwrap();
    match topic {
        "login" | "denied" | "authorize" => {
            let implicit = "default-provider-authorization-implicit-consent";
            let uris = json!([{ "matching_mode": "strict", "url": WEB }]);
            let flow = stage.admin.pk_of_flow(implicit).await;
            let change = json!({ "redirect_uris": uris, "authorization_flow": flow });
            stage.patch(&change).await;
            if topic != "login" {
                stage.bind().await;
            }
            if topic == "authorize" {
                sign_in(&stage, &mut jar, "bob").await;
            }
        }
        "csrf" if what.starts_with("prelogin") => {
            make_robots_site(&stage, true).await;
            begin(&stage, &mut jar).await;
        }
        "csrf" => {
            make_robots_site(&stage, true).await;
            consent(&mut stage, &mut jar, steps[0]).await;
        }
        "robot" => match what {
            "stage-mfa-skip" => make_robots_site(&stage, false).await,
            "inactive" => {
                make_robots_site(&stage, false).await;
                let path = format!("/api/v3/core/users/{robot}/");
                stage.admin.json("PATCH", &path, &json!({ "is_active": false })).await;
            }
            "consent" => {
                make_robots_site(&stage, true).await;
                sign_in(&stage, &mut jar, "robot-tmp-1").await;
            }
            "consent-get"
            | "consent-post-bad-token"
            | "consent-post-csrf-only"
            | "consent-post-nothing"
            | "consent-post-referer-only" => {
                make_robots_site(&stage, true).await;
                consent(&mut stage, &mut jar, steps[0]).await;
            }
            _ => return None,
        },
        _ => return None,
    }
    let nobody = stage.admin.with(None);
    let is_secure = name.contains("https") || topic == "robot";
    let steps: Vec<Value> = steps.iter().map(|step| secured(step, is_secure)).collect();
    let steps: Vec<&Value> = steps.iter().collect();
    Some(walk_steps(name, &steps, &mut jar, &nobody, &mut stage.names).await)
}

/// A step, said to have come over TLS where the recorded server was reached so.
fn secured(step: &Value, is_secure: bool) -> Value {
    let mut step = step.clone();
    if is_secure {
        step["request"]["headers"]["x-forwarded-proto"] = "https".into();
    }
    step
}

/// The provider and application `robot`, with or without consent.
async fn make_robots_site(stage: &Stage, asks: bool) {
    let kind = if asks { "explicit" } else { "implicit" };
    let flow = format!("default-provider-authorization-{kind}-consent");
    let provider = json!({
        "name": "robot", "client_id": "robot", "client_secret": "secret",
        "authorization_flow": stage.admin.pk_of_flow(&flow).await,
        "invalidation_flow": stage.admin.pk_of_flow("default-provider-invalidation-flow").await,
        "property_mappings": stage.mappings().await,
        "redirect_uris": [{ "matching_mode": "strict", "url": CALLBACK }],
        "grant_types": ["authorization_code"],
    });
    let made = stage.admin.json("POST", "/api/v3/providers/oauth2/", &provider).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let application = json!({ "name": "Robot", "slug": "robot", "provider": made.json()["pk"] });
    let made = stage.admin.json("POST", "/api/v3/core/applications/", &application).await;
    assert_eq!(made.status, 201, "{}", made.text);
}

/// Asks with the cookies of a jar, and keeps those that come.
async fn ask(stage: &Stage, jar: &mut Jar, path: &str, body: Option<Value>) -> Answer {
    let line: Vec<String> = jar.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let line = line.join("; ");
    let method = if body.is_some() { "POST" } else { "GET" };
    let headers = [("cookie", line.as_str()), ("content-type", "application/json")];
    let body = body.map(|body| body.to_string());
    let answer = stage.admin.with(None).send(method, path, &headers, body).await.unwrap();
    for line in answer.headers.get_all("set-cookie") {
        let pair = line.to_str().unwrap().split(';').next().unwrap();
        let (name, value) = pair.split_once('=').unwrap();
        jar.insert(name.to_owned(), value.to_owned());
    }
    answer
}

/// Opens the robot's login, up to its first question.
async fn begin(stage: &Stage, jar: &mut Jar) {
    let opened = ask(stage, jar, AUTHORIZE, None).await;
    assert_eq!(opened.status, 302);
    let query = opened.header("location").split_once('?').unwrap().1.to_owned();
    let query: String = url::form_urlencoded::byte_serialize(query.as_bytes()).collect();
    let path = format!("/api/v3/flows/executor/default-authentication-flow/?query={query}");
    assert_eq!(ask(stage, jar, &path, None).await.status, 200);
}

/// Signs somebody in whose password is `password`.
async fn sign_in(stage: &Stage, jar: &mut Jar, username: &str) {
    let path = "/api/v3/flows/executor/default-authentication-flow/?query=next%3D%252F";
    ask(stage, jar, path, None).await;
    ask(stage, jar, path, Some(json!({ "uid_field": username }))).await;
    ask(stage, jar, path, Some(json!({ "password": "password" }))).await;
    assert_eq!(ask(stage, jar, path, None).await.status, 302);
    let over = ask(stage, jar, path, None).await.json();
    assert_eq!(over["component"], "xak-flow-redirect", "{over}");
}

/// Signs the robot in and goes on to where consent is asked for; the recorded
/// step may bring the token of that question.
async fn consent(stage: &mut Stage, jar: &mut Jar, step: &Value) {
    sign_in(stage, jar, "robot-tmp-1").await;
    assert_eq!(ask(stage, jar, AUTHORIZE, None).await.status, 302);
    let path = step["request"]["path"].as_str().unwrap();
    let asked = ask(stage, jar, path, None).await.json();
    assert_eq!(asked["component"], "ak-stage-consent", "{asked}");
    if let Some(token) = step["request"]["body"]["token"].as_str().filter(|token| token.len() == 36)
    {
        let own = asked["token"].as_str().unwrap().to_owned();
        stage.names.texts.insert(token.to_owned(), own);
    }
}
