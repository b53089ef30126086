//! What the lab answers, held against what each release declares.

use immich_sso::site::Version;
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    contract,
    site::{browser, immich},
};

/// The releases whose settings the lab has whole. Between two of them it plays
/// those of the older one, except for the settings of OAuth, which are each
/// release's own: nothing but these is read or written by a client of ours.
const WHOLE: [&str; 4] = ["1.105.1", "1.106.4", "2.7.5", "3.2.2"];

/// Whether a complaint is about a block of the settings that no client of ours
/// knows, of a release that the lab does not have whole.
fn is_of_another_block(release: &str, complaint: &str) -> bool {
    if WHOLE.contains(&release) {
        return false;
    }
    match complaint.strip_prefix("answer.") {
        Some(inner) => !inner.starts_with("oauth"),
        // A whole block that the release added.
        None => ["backup", "metadata", "templates", "nightlyTasks"]
            .iter()
            .any(|block| complaint == format!("answer: \"{block}\" is missing")),
    }
}

#[tokio::test]
async fn answers_are_what_the_contracts_declare() {
    let mut compared = 0;
    for contract in contract::all("immich") {
        let version: Version = contract.version.parse().unwrap();
        // Older ones keep nothing that a client of ours can reach.
        if !version.at_least(1, 105, 0) {
            continue;
        }
        let immich = immich(&contract.version).await;
        let mut wrong = Vec::new();
        let mut ask = async |method: Method, path: &str, body: Value| {
            // Before 1.137 `me` is taken for the id of a key.
            let is_old = contract.version.starts_with('1') && path.ends_with("/me");
            if is_old && path.starts_with("/api-key") || !contract.has(method.as_str(), path) {
                return;
            }
            let answer = browser()
                .request(method.clone(), format!("{}/api{path}", immich.url()))
                .header("x-api-key", immich.admin_key().expose())
                .json(&body)
                .send()
                .await
                .unwrap();
            let status = answer.status().as_u16();
            let body = answer.json().await.unwrap_or_default();
            // The contracts of 3.x were derived from an SDK, which does not tell
            // 201 from 200.
            let declared =
                if status == 201 && contract.version.starts_with('3') { 200 } else { status };
            match contract.answer(method.as_str(), path, declared, &body) {
                Some(mut found) => {
                    // The SDK spells these numbers as texts; 3.0.3 answered numbers.
                    found.retain(|one| !one.contains("realtime.resolutions"));
                    if path.contains("config") && !path.starts_with("/server") {
                        found.retain(|one| !is_of_another_block(&contract.version, one));
                    }
                    wrong.extend(found.into_iter().map(|one| format!("{method} {path}: {one}")));
                }
                None => wrong.push(format!("{method} {path}: {status} is not declared: {body}")),
            }
            compared += 1;
        };
        for prefix in ["/server", "/server-info"] {
            for what in ["ping", "version", "features", "config", "about", "version-history"] {
                ask(Method::GET, &format!("{prefix}/{what}"), Value::Null).await;
            }
        }
        for path in [
            "/users",
            "/users/me",
            "/user/me",
            "/admin/users",
            "/api-key",
            "/api-keys",
            "/api-keys/me",
            "/system-config",
            "/system-config/defaults",
            "/admin/config",
            "/admin/config/defaults",
        ] {
            ask(Method::GET, path, Value::Null).await;
        }
        for path in ["/system-config", "/admin/config"] {
            ask(Method::PUT, path, immich.settings().unwrap()).await;
        }
        let key = json!({ "name": "one", "permissions": ["all"] });
        ask(Method::POST, "/api-keys", key.clone()).await;
        ask(Method::POST, "/api-key", key).await;
        let person = json!({ "email": "bob@example.com", "name": "Bob", "password": "bob's" });
        ask(Method::POST, "/admin/users", person.clone()).await;
        let login =
            json!({ "email": "admin@example.com", "password": immich.admin_password().expose() });
        ask(Method::POST, "/auth/login", login).await;
        ask(Method::POST, "/auth/validateToken", Value::Null).await;
        ask(Method::POST, "/oauth/unlink", Value::Null).await;
        ask(Method::POST, "/auth/logout", Value::Null).await;
        assert!(wrong.is_empty(), "{}:\n  {}", contract.version, wrong.join("\n  "));
    }
    println!("{compared} answers held against contracts");
}
