//! Recorded logins of several steps: how Immich begins them and what it says
//! at their end. What lies between is authentik's.

use serde_json::{Value, json};

use super::stage::Stage;
use crate::{
    recordings::{Got, Recording},
    site::{WEB, browser},
};

/// What the app calls itself.
const APP: &str = "app.immich:///oauth-callback";

/// Where a user links an account.
const PAGE: &str = "https://photos.example.com/user-settings";

/// Plays a recorded login; `None`: the lab does not.
pub async fn play(version: &str, name: &str, recorded: &Value) -> Option<Vec<String>> {
    let steps = recorded.as_array().unwrap();
    let first = of_step(&steps[0]);
    let stage = Stage::of(version, &first).await;
    let name = name.strip_prefix("v3-").unwrap_or(name);
    let who = arrange(&stage, name).await?;
    let mut begin = first.body.clone();
    let asked = begin["redirectUri"].as_str().unwrap().replace("http://", "https://");
    begin["redirectUri"] = asked.clone().into();
    let is_app = asked == APP;
    if is_app {
        // The challenge of the verifier that is sent at the end.
        begin["state"] = "state1".into();
        begin["codeChallenge"] = "n4bQgYhMfWWaL-qgxVrQFaO_TxsrC4Is0V1sFbDwCgg".into();
    }
    let (client, names) = (browser(), stage.names());
    let post = async |path: &str, body: &Value, token: &str| {
        let url = format!("{}/api/oauth/{path}", stage.site.immich.url());
        let mut request = client.post(url).json(body);
        if !token.is_empty() {
            request = request.bearer_auth(token);
        }
        Got::from(request.send().await.unwrap(), &names).await
    };
    let begun = post("authorize", &begin, "").await;
    let mut wrong = first.differences(&begun);
    let last = steps.iter().map(of_step).find(|step| step.body["url"].is_string());
    let Some(last) = last.filter(|_| begun.body["url"].is_string()) else { return Some(wrong) };
    let mut arrived = stage.arrive(&client, &begin, who, &asked).await;
    match name {
        "07-callback-wrong-code" => arrived = arrived.replace("code=", "code=x"),
        "07-callback-wrong-state" | "e2e-wrong-state" => {
            arrived = arrived.replace("state=", "state=x");
        }
        // The secret changes while somebody is on their way.
        "12-rotate-halfway" => stage.provider(&json!({ "client_secret": "secret2" })).await,
        "12-rotate-inflight" => {
            stage.provider(&json!({ "client_secret": "secret2" })).await;
            stage.set(|oauth| oauth["clientSecret"] = "secret2".into()).await;
        }
        _ => {}
    }
    let mut body = json!({ "url": arrived });
    if is_app {
        let query = arrived.split_once('?').unwrap().1;
        body = json!({
            "url": format!("{APP}?{query}"), "state": "state1", "codeVerifier": "test",
        });
    }
    let (path, token) = if asked == PAGE {
        ("link", stage.log_in_locally("local@example.com", "password").await)
    } else {
        ("callback", String::new())
    };
    wrong.extend(last.differences(&post(path, &body, &token).await));
    Some(wrong)
}

/// A step has no headers.
fn of_step(step: &Value) -> Recording {
    let mut step = step.clone();
    step["request"]["headers"] = json!({});
    step["request"]["path"] = "/".into();
    if step["request"]["method"].is_null() {
        step["request"]["method"] = "POST".into();
    }
    Recording::of(&step)
}

/// Brings a site into the recorded state. Returns who logs in.
async fn arrange(stage: &Stage, name: &str) -> Option<&'static str> {
    let issuer = format!("{}/application/o/immich", stage.site.authentik.url());
    let set = async |key: &str, value: Value| stage.set(|oauth| oauth[key] = value).await;
    match name {
        "07-callback-wrong-code"
        | "07-callback-wrong-state"
        | "e2e-wrong-state"
        | "08-e2e-carol-newuser"
        | "08-e2e-frank"
        | "08-e2e-final"
        | "e2e-carol"
        | "e2e-final"
        | "07-mobile-body"
        | "07-unregistered-redirect"
        | "12-rotate-halfway"
        | "12-rotate-inflight" => {}
        "08-e2e-erin" => stage.claim("profile", r#"return {"immich_role": "admin"}"#).await,
        "07-callback-wrong-secret" | "e2e-wrong-secret" => {
            set("clientSecret", "wrong".into()).await;
        }
        "07-issuer-no-slash" | "issuer-no-slash" => set("issuerUrl", issuer.into()).await,
        "07-issuer-other-host" => {
            set("issuerUrl", format!("{issuer}/").replace("127.0.0.1", "localhost").into()).await;
        }
        "07-issuer-wellknown" => {
            let document = format!("{issuer}/.well-known/openid-configuration");
            set("issuerUrl", document.into()).await;
        }
        "07-issuer-wrong-slug" => {
            set("issuerUrl", issuer.replace("/immich", "/nobody/").into()).await;
        }
        "07-signing-mismatch" => stage.provider(&json!({ "signing_key": null })).await,
        "07-wrong-client-id" => set("clientId", "nobody".into()).await,
        "07-link" | "07-link-dup" => {
            let uris = [WEB, PAGE].map(|url| json!({ "matching_mode": "strict", "url": url }));
            stage.provider(&json!({ "redirect_uris": uris })).await;
            stage.make_local("local@example.com", true).await;
            if name == "07-link-dup" {
                stage.log_in("alice").await;
            }
        }
        "08-e2e-bob-linked-by-email" => {
            stage.make_local("alice@example.com", true).await;
        }
        "08-e2e-carol-again" => {
            stage.log_in("alice").await;
        }
        "08-e2e-dave-noregister" | "e2e-noregister" => set("autoRegister", false.into()).await,
        "08-e2e-nomail" => stage.has_email("alice", "").await,
        "08-email-linked-to-other" => {
            stage.log_in("alice").await;
            stage.provider(&json!({ "sub_mode": "user_username" })).await;
        }
        "09-oauth-while-pw-off" => {
            let mut config = stage.ask("GET", "/system-config", &Value::Null).await.1;
            config["passwordLogin"]["enabled"] = false.into();
            assert_eq!(stage.ask("PUT", "/system-config", &config).await.0, 200);
        }
        "12-rotate-done" => {
            stage.provider(&json!({ "client_secret": "secret2" })).await;
            set("clientSecret", "secret2".into()).await;
        }
        "e2e-prompt-login" => set("prompt", "login".into()).await,
        _ => return None,
    }
    Some("alice")
}
