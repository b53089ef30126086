//! The recorded requests of real servers, sent to the lab that plays the same
//! release: status and shape of the answers have to agree.

mod aside;
mod order;

use std::{collections::BTreeMap, fs};

use jiff::fmt::rfc2822;
use serde_json::{Map, Value, json};

use crate::{
    contract::material,
    http::{Answer, Asker},
    walks::walk,
};
use aside::aside;
use immich_sso::lab::authentik::{Authentik, Options};
use order::ORDER;

/// The recorded releases, and what they called themselves.
const RELEASES: [(&str, &str); 2] = [("2025.10", "2025.10.0-rc1"), ("2026.5", "2026.5.0-rc1")];

/// The token that the recorded servers were started with.
const TOKEN: &str = "ak-bootstrap-token-0123456789";

/// What the lab knowingly answers differently, or not at all.
const KNOWN: [(&str, &str); 10] = [
    ("1.system", "the lab shows nothing of its process; no client of ours asks"),
    ("2.brands", "the lab has the current brand alone, which is at another path"),
    ("3.options", "the lab describes no fields; no client of ours asks"),
    ("5.jwks", "the lab's key has no certificate (x5c, x5t), which no client needs"),
    ("7.actions", "no client of ours asks for the names of all actions"),
    ("7.app-metrics-volume", "no client of ours asks for statistics"),
    ("7.user_consent", "no client of ours asks who consented"),
    ("8.tokens-list", "the recorded server had a token of an outpost first"),
    ("11.host-bad", "the lab answers by whatever name it is asked"),
    ("11.userinfo-after-rotation", "its token was issued without being recorded"),
];

/// Sections that are not played: blueprints, measurements.
const UNPLAYED: [&str; 2] = ["9.", "10."];

struct Recording {
    name: String,
    second: i64,
    method: String,
    path: String,
    headers: Vec<(String, String)>,
    body: Value,
    status: u16,
    location: String,
    is_json: bool,
    answer: Value,
}

fn recordings(release: &str) -> Option<Vec<Recording>> {
    let folder = material("facts/authentik")?;
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let file = path.file_name().unwrap().to_string_lossy().into_owned();
        let Some(name) = file.strip_prefix(release).and_then(|rest| rest.strip_prefix('.')) else {
            continue;
        };
        let Some(name) = name.strip_suffix(".json") else { continue };
        let exchange: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        let (request, response) = (&exchange["request"], &exchange["response"]);
        if !request.is_object() || UNPLAYED.iter().any(|section| name.starts_with(section)) {
            continue;
        }
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let date = text(&response["headers"]["date"]);
        let headers = request["headers"].as_object().cloned().unwrap_or_default();
        all.push(Recording {
            name: name.to_owned(),
            // This one is dated by a clock that lagged behind a second.
            second: rfc2822::parse(&date).unwrap().timestamp().as_second()
                + i64::from(name == "3.get-detail"),
            method: text(&request["method"]),
            path: text(&request["path"]),
            headers: headers.iter().map(|(key, value)| (key.clone(), text(value))).collect(),
            body: request["body"].clone(),
            status: response["status"].as_u64().unwrap().try_into().unwrap(),
            location: text(&response["headers"]["location"]),
            is_json: text(&response["headers"]["content-type"]).starts_with("application/json"),
            answer: response["body"].clone(),
        });
    }
    let rank = |name: &str| ORDER.iter().position(|known| *known == name).unwrap_or(ORDER.len());
    all.sort_by_key(|one| (one.second, rank(&one.name), one.name.clone()));
    Some(all)
}

/// What a recorded name stands for in the lab.
#[derive(Default)]
pub struct Names {
    pub texts: BTreeMap<String, String>,
    users: BTreeMap<i64, i64>,
    providers: BTreeMap<i64, i64>,
}

impl Names {
    /// Learns from two objects that are the same one.
    pub fn learn(&mut self, recorded: &Value, lab: &Value) {
        match (recorded, lab) {
            (Value::Object(recorded), Value::Object(lab)) => {
                let kind = if recorded.contains_key("username") || recorded.contains_key("user_pk")
                {
                    Some(&mut self.users)
                } else if recorded.contains_key("authorization_flow") {
                    Some(&mut self.providers)
                } else {
                    None
                };
                let number = |row: &Map<String, Value>| {
                    row.get("pk").or(row.get("user_pk")).and_then(Value::as_i64)
                };
                if let (Some(kind), Some(old), Some(new)) = (kind, number(recorded), number(lab)) {
                    kind.insert(old, new);
                }
                for (key, value) in recorded {
                    if let Some(own) = lab.get(key) {
                        self.learn(value, own);
                    }
                }
            }
            (Value::Array(recorded), Value::Array(lab)) => {
                for row in recorded {
                    let same = |own: &&Value| {
                        let keys =
                            ["slug", "managed", "identifier", "username", "client_id", "name"];
                        let key = keys.iter().find(|key| row[**key].is_string());
                        key.is_some_and(|key| own[*key] == row[*key])
                    };
                    if let Some(own) = lab.iter().find(same) {
                        self.learn(row, own);
                    }
                }
            }
            (Value::String(recorded), Value::String(lab)) => {
                let uuid = recorded.len() == 36 && recorded.matches('-').count() == 4;
                if (uuid || recorded.len() > 39) && recorded != lab && !recorded.contains(' ') {
                    self.texts.insert(recorded.clone(), lab.clone());
                }
            }
            _ => {}
        }
    }

    pub fn text(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (old, new) in &self.texts {
            text = text.replace(old, new);
        }
        for (prefix, numbers) in [
            ("/core/users/", &self.users),
            ("for_user=", &self.users),
            ("/providers/oauth2/", &self.providers),
        ] {
            if let Some(at) = text.find(prefix) {
                let at = at + prefix.len();
                let digits: String = text[at..].chars().take_while(char::is_ascii_digit).collect();
                if let Some(new) = digits.parse().ok().and_then(|old: i64| numbers.get(&old)) {
                    text.replace_range(at..at + digits.len(), &new.to_string());
                }
            }
        }
        text
    }

    pub fn body(&self, value: &Value, key: &str) -> Value {
        match value {
            Value::Object(fields) => {
                fields.iter().map(|(key, value)| (key.clone(), self.body(value, key))).collect()
            }
            Value::Array(items) => items.iter().map(|item| self.body(item, key)).collect(),
            Value::String(text) => json!(self.texts.get(text).unwrap_or(text)),
            Value::Number(number) => {
                let number = number.as_i64().unwrap_or_default();
                let known = match key {
                    "user" | "users" | "pk" => self.users.get(&number),
                    "provider" => self.providers.get(&number),
                    _ => None,
                };
                json!(known.copied().unwrap_or(number))
            }
            other => other.clone(),
        }
    }
}

/// How an answer differs from the recorded one.
fn difference(recording: &Recording, answer: &Answer) -> Option<String> {
    if answer.status != recording.status {
        return Some(format!(
            "{} instead of {}: {:.200}",
            answer.status, recording.status, answer.text
        ));
    }
    if recording.is_json {
        let own = answer.json();
        if recording.status >= 400 {
            // What is refused is refused in the same words.
            let bare = |value: &Value| {
                let mut value = value.clone();
                if let Some(fields) = value.as_object_mut() {
                    fields.remove("request_id");
                }
                let text = value.to_string();
                text.split("pk ").next().unwrap_or_default().to_owned()
            };
            let (a, b) = (bare(&recording.answer), bare(&own));
            return (a != b).then(|| format!("{b} instead of {a}"));
        }
        return shape(&recording.answer, &own, "");
    }
    if !recording.location.is_empty() {
        let bare =
            |to: &str| -> String { to.split("state=").next().unwrap_or_default().to_owned() };
        let (a, b) = (bare(&recording.location), bare(answer.header("location")));
        return (a != b).then(|| format!("leads to {b} instead of {a}"));
    }
    let page = recording.answer.as_str().unwrap_or_default();
    for mark in
        ["Redirect URI Error", "Client ID Error", "Permission denied", "Bad Request", "Not Found"]
    {
        if page.contains(mark) && !answer.text.contains(mark) {
            return Some(format!("the page lacks `{mark}`"));
        }
    }
    (page.is_empty() != answer.text.is_empty()).then(|| "one body is empty".to_owned())
}

/// How the shape of a value differs: keys and types, and of lists their first
/// rows.
pub fn shape(recorded: &Value, own: &Value, at: &str) -> Option<String> {
    // The recorded server's suggestions for its search box.
    if at.ends_with(".autocomplete") || at.ends_with(".attributes") || at.ends_with(".context") {
        return None;
    }
    match (recorded, own) {
        (Value::Object(a), Value::Object(b)) => {
            let keys = |map: &Map<String, Value>| {
                let mut keys: Vec<String> = map.keys().cloned().collect();
                keys.sort();
                keys
            };
            if keys(a) != keys(b) {
                let lacks: Vec<_> = a.keys().filter(|key| !b.contains_key(*key)).collect();
                let more: Vec<_> = b.keys().filter(|key| !a.contains_key(*key)).collect();
                return Some(format!("{at} lacks {lacks:?} and has {more:?}"));
            }
            a.iter().find_map(|(key, value)| shape(value, &b[key], &format!("{at}.{key}")))
        }
        (Value::Array(a), Value::Array(b)) => match (a.first(), b.first()) {
            (Some(first), Some(b)) => {
                // Equal names leave the order to the database.
                let key =
                    ["slug", "client_id", "name"].into_iter().find(|key| first[*key].is_string());
                let same = key.and_then(|key| a_row(own, key, &first[key]));
                shape(first, same.unwrap_or(b), &format!("{at}[]"))
            }
            (None, Some(_)) | (Some(_), None) if at.ends_with("results") => {
                Some(format!("{at} has {} rows instead of {}", b.len(), a.len()))
            }
            _ => None,
        },
        _ => {
            let kind = |value: &Value| std::mem::discriminant(value);
            // When somebody last signed in depends on who did.
            let same = kind(recorded) == kind(own) || at.ends_with("last_login");
            (!same).then(|| format!("{at} is {own} instead of {recorded}"))
        }
    }
}

fn a_row<'a>(rows: &'a Value, key: &str, value: &Value) -> Option<&'a Value> {
    rows.as_array()?.iter().find(|row| row[key] == *value)
}

#[tokio::test]
async fn the_lab_answers_recorded_requests_as_the_recorded_servers_did() {
    let mut wrong = Vec::new();
    for (release, version) in RELEASES {
        let Some(recordings) = recordings(release) else { return };
        let options = Options {
            version: version.parse().unwrap(),
            admin_token: Some(TOKEN.into()),
            ..Options::default()
        };
        let authentik = Authentik::start(options).await.unwrap();
        let admin = Asker::new(&authentik.url(), Some(TOKEN));
        let anybody = admin.with(None);
        // The recorded servers had no such people.
        for row in admin.get("/api/v3/core/users/").await.json()["results"].as_array().unwrap() {
            if row["username"] != "akadmin" {
                admin
                    .send("DELETE", &format!("/api/v3/core/users/{}/", row["pk"]), &[], None)
                    .await
                    .unwrap();
            }
        }
        let mut names = Names::default();
        for one in recordings.iter().filter(|one| one.name.starts_with("2.") && one.status == 200) {
            names.learn(&one.answer, &anybody.with(Some(TOKEN)).get(&one.path).await.json());
        }
        let (mut equal, mut known) = (0, 0);
        let mut differing = Vec::new();
        for one in &recordings {
            if one.name == "6.user-create" && one.status == 400 {
                // Recorded when the user was there already.
                let made = admin.json("POST", "/api/v3/core/users/", &one.body).await.json();
                names.users.insert(6, made["pk"].as_i64().unwrap());
            }
            aside(&one.name, &admin, &mut names).await;
            if one.name == "6.token-exchange" {
                for login in ["6.login-wrong-password", "6.login-unknown-user", "6.login-explicit"]
                {
                    wrong.extend(walk(release, login, &anybody, &mut names).await);
                }
            }
            if one.name == "6.check_access-alice" {
                let change = json!({
                    "authorization_flow":
                        admin.pk_of_flow("default-provider-authorization-implicit-consent").await,
                });
                let path = names.text("/api/v3/providers/oauth2/16/");
                assert_eq!(admin.json("PATCH", &path, &change).await.status, 200);
                wrong.extend(walk(release, "6.login-implicit", &anybody, &mut names).await);
            }
            let mut headers: Vec<(String, String)> = one.headers.clone();
            for (_, value) in &mut headers {
                *value = names.text(value);
            }
            let body = match &one.body {
                Value::Null => None,
                Value::Object(fields)
                    if headers.iter().any(|(_, v)| v.contains("form-urlencoded")) =>
                {
                    let pairs = fields.iter().map(|(k, v)| (k, names.text(v.as_str().unwrap())));
                    Some(
                        url::form_urlencoded::Serializer::new(String::new())
                            .extend_pairs(pairs)
                            .finish(),
                    )
                }
                body => Some(names.body(body, "").to_string()),
            };
            let given: Vec<(&str, &str)> =
                headers.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
            let answer =
                anybody.send(&one.method, &names.text(&one.path), &given, body).await.unwrap();
            if one.is_json && one.status < 400 && answer.status < 400 {
                names.learn(&one.answer, &answer.json());
            }
            match difference(one, &answer) {
                None => equal += 1,
                Some(how) => match KNOWN.iter().find(|(name, _)| *name == one.name) {
                    Some((name, _)) => {
                        known += 1;
                        differing.push(*name);
                    }
                    None => wrong.push(format!("{release}.{}: {how}", one.name)),
                },
            }
        }
        println!(
            "{release}: {} replayed, {equal} equal, {known} knowingly different",
            recordings.len()
        );
    }
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
}
