//! Recorded requests about Immich's settings, and what anybody may ask.

use std::fs;

use immich_sso_lab::immich::{Immich, Options, StorageKind};
use serde_json::{Value, json};

use super::stage::Stage;
use crate::{
    contract::fixtures,
    recordings::{Got, Recording},
    site::browser,
};

/// The body of the recorded PUT of that name.
fn recorded_body(stage: &Stage, name: &str) -> Value {
    let version = stage.site.immich.version().to_string();
    let release = version.rsplit_once('.').unwrap().0;
    let name = format!("system-config.{name}");
    fixtures::recording(&format!("immich-{release}"), &name)["request"]["body"].clone()
}

/// Arranges a request of `system-config.*`, `server.*` or `put.*`.
pub async fn arrange(stage: Stage, what: &str, one: &Recording) -> Option<Stage> {
    let config = match what {
        "get-after-demotion" => {
            stage.claim("profile", r#"return {"immich_role": "user"}"#).await;
            stage.log_in("akadmin").await;
            if one.status != 200 {
                return Some(stage);
            }
            one.answer.clone()
        }
        "defaults" | "config-fresh" | "features-fresh" => {
            stage.ask("GET", "/system-config/defaults", &Value::Null).await.1
        }
        "features-autolaunch" => recorded_body(&stage, "put-autolaunch"),
        "features-password-off" => recorded_body(&stage, "put-password-off"),
        "features-both-off" => {
            let mut config = recorded_body(&stage, "put-password-off");
            config["oauth"]["enabled"] = false.into();
            config
        }
        "get-before" => one.answer.clone(),
        "config-after" => {
            fixtures::recording("immich-1.105", "put.system-config")["request"]["body"].clone()
        }
        "system-config" | "back" => return Some(stage),
        put => return put.starts_with("put-").then_some(stage),
    };
    let (status, told) = stage.ask("PUT", "/system-config", &config).await;
    assert_eq!(status, 200, "{told}");
    Some(stage)
}

/// Plays what was recorded of settings that the host keeps: a config file
/// (`04-*`), the database (`05-*`), and login with a password off (`09-*`).
pub async fn stored(version: &str, name: &str, one: &Recording) -> Option<Vec<String>> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("immich.yaml");
    let (storage, row) = match name {
        "04-file-config"
        | "04-file-features"
        | "04-file-put"
        | "04-file-put-invalid"
        | "04-file-edited-config"
        | "04-yaml-features" => {
            let text = one.answer["oauthButtonText"].as_str().unwrap_or("Login with OAuth");
            let on = one.answer["oauth"].as_bool().unwrap_or_default();
            let launch = one.answer["oauthAutoLaunch"].as_bool().unwrap_or_default();
            let oauth = json!({ "buttonText": text, "enabled": on, "autoLaunch": launch });
            fs::write(&path, json!({ "oauth": oauth }).to_string()).unwrap();
            (StorageKind::ConfigFile(path.clone()), Value::Null)
        }
        "04-file-get" => {
            fs::write(&path, one.answer.to_string()).unwrap();
            (StorageKind::ConfigFile(path.clone()), Value::Null)
        }
        "04-file-broken-features" | "04-file-broken-login" | "04-file-unparsable" => {
            fs::write(&path, "{}").unwrap();
            (StorageKind::ConfigFile(path.clone()), Value::Null)
        }
        "05-config-after-sql" => {
            let row = json!({ "oauth": { "buttonText": one.answer["oauthButtonText"] } });
            (StorageKind::Database, row)
        }
        "05-features-after-sql" | "v1106-features-cache" => {
            (StorageKind::Database, json!({ "oauth": { "enabled": true } }))
        }
        "v1105-put-with-bad-rows" => (StorageKind::Database, Value::Null),
        // What `jsonb_set` leaves behind where quotes are wrong.
        "05-features-stringtrue" => {
            (StorageKind::Database, json!({ "oauth": { "enabled": "true" } }))
        }
        "05-features-pwoff" | "09-login-disabled" | "09-login-pwoff" | "v3-09-login-pwoff" => {
            let mut row = json!({ "passwordLogin": { "enabled": false } });
            row["oauth"]["enabled"] = one.answer["oauth"].as_bool().unwrap_or_default().into();
            (StorageKind::Database, row)
        }
        "09-features-both-off" | "09-features-after-admin" => {
            let row = json!({
                "passwordLogin": { "enabled": one.answer["passwordLogin"] },
                "oauth": { "enabled": one.answer["oauth"] },
            });
            (StorageKind::Database, row)
        }
        "05-get-after-sql" | "05-get-bogus" => {
            (StorageKind::Database, json!({ "oauth": one.answer["oauth"] }))
        }
        _ => return None,
    };
    let options = Options { version: version.parse().unwrap(), ..Options::new(storage) };
    let immich = Immich::start(options).await.unwrap();
    if !row.is_null() {
        immich.storage().tables().metadata = Some(row);
    }
    if name.contains("broken") || name.contains("unparsable") {
        fs::write(&path, "oauth: [").unwrap();
    }
    if name.ends_with("bad-rows") {
        // A text without its quotes.
        let storage = immich.storage();
        storage.tables().rows.as_mut().unwrap().insert("oauth.clientId".into(), "bare".into());
    }
    let mut request =
        browser().request(one.method.parse().unwrap(), format!("{}{}", immich.url(), one.path));
    for (name, value) in &one.headers {
        let key = immich.admin_key();
        let value = if name == "x-api-key" { key.expose() } else { value.as_str().unwrap() };
        request = request.header(name, value);
    }
    if !one.body.is_null() {
        request = request.body(one.body.to_string());
    }
    Some(one.differences(&Got::from(request.send().await.unwrap(), &[]).await))
}
