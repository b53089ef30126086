//! The recorded logins, step by step: what a browser sent, cookies and all,
//! and where each step led.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::{contract::fixtures, difference::shape, http::Asker, names::Names};

/// Walks a recorded login anew and says where it went another way.
pub async fn walk(release: &str, name: &str, anybody: &Asker, names: &mut Names) -> Vec<String> {
    let steps = fixtures::recording(&format!("authentik-{release}"), name).as_array().unwrap();
    let steps: Vec<&Value> = steps.iter().collect();
    walk_steps(&format!("{release}.{name}"), &steps, &mut BTreeMap::new(), anybody, names).await
}

/// Walks these steps anew in a browser with these cookies.
pub async fn walk_steps(
    name: &str,
    steps: &[&Value],
    cookies: &mut BTreeMap<String, String>,
    anybody: &Asker,
    names: &mut Names,
) -> Vec<String> {
    let mut wrong = Vec::new();
    for (number, step) in steps.iter().enumerate() {
        let (request, response) = (&step["request"], &step["response"]);
        let line: Vec<String> =
            cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let line = line.join("; ");
        let csrf = cookies.get("authentik_csrf").cloned().unwrap_or_default();
        let mut headers = vec![("cookie", line.as_str())];
        let mut is_secure = false;
        for (name, value) in request["headers"].as_object().unwrap() {
            let value = value.as_str().unwrap();
            is_secure |= value.starts_with("https://auth.example.com");
            match name.as_str() {
                // The jar of the recorded browser, after the answer.
                "Cookie" => {}
                "X-authentik-CSRF" => headers.push((name, &csrf)),
                _ => headers.push((name, value)),
            }
        }
        if is_secure {
            headers.push(("x-forwarded-proto", "https"));
        }
        // What Referer and Origin name.
        headers.push(("x-forwarded-host", "auth.example.com"));
        let body =
            request["body"].as_object().map(|_| names.body(&request["body"], "").to_string());
        let path = names.text(request["path"].as_str().unwrap());
        let answer =
            anybody.send(request["method"].as_str().unwrap(), &path, &headers, body).await.unwrap();
        for line in answer.headers.get_all("set-cookie") {
            let (name, value) =
                line.to_str().unwrap().split(';').next().unwrap().split_once('=').unwrap();
            cookies.insert(name.to_owned(), value.to_owned());
        }
        let mut say = |how: String| wrong.push(format!("{name} step {number} ({path}): {how}"));
        if u64::from(answer.status) != response["status"].as_u64().unwrap() {
            say(format!(
                "{} instead of {}: {:.200}",
                answer.status, response["status"], answer.text
            ));
            continue;
        }
        let own = answer.json();
        if response["body"].is_object() {
            if let Some(how) = shape(&response["body"], &own, "") {
                say(how);
            }
            if own["component"] != response["body"]["component"] {
                say(format!("{} instead of {}", own["component"], response["body"]["component"]));
            }
            names.learn(&response["body"], &own);
        }
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let recorded = [&response["location"], &response["headers"]["location"]];
        let location = recorded.into_iter().find(|to| to.is_string()).unwrap_or(&Value::Null);
        for (recorded, own) in [
            (text(location), answer.header("location").to_owned()),
            (text(&response["body"]["to"]), text(&own["to"])),
        ] {
            let expected = names.text(&recorded);
            if without_code(&expected) != without_code(&own) {
                say(format!("leads to {own} instead of {expected}"));
            }
            if let (Some(old), Some(new)) = (code(&recorded), code(&own)) {
                names.texts.insert(old, new);
            }
        }
    }
    wrong
}

fn code(address: &str) -> Option<String> {
    let query = address.split_once("?code=")?.1;
    Some(query.split('&').next().unwrap_or_default().to_owned())
}

fn without_code(address: &str) -> String {
    code(address).map_or_else(|| address.to_owned(), |code| address.replace(&code, ""))
}
