//! The recorded requests of real servers, sent to the lab that plays the same
//! release: status and shape of the answers have to agree.

mod aside;
mod order;

use jiff::fmt::rfc2822;
use serde_json::{Value, json};

use crate::{contract::fixtures, difference::difference, http::Asker, names::Names, walks::walk};
use aside::aside;
use immich_sso_lab::authentik::{Authentik, Options};
use order::ORDER;

/// The recorded releases, and what they called themselves.
const RELEASES: [(&str, &str); 2] = [("2025.10", "2025.10.0-rc1"), ("2026.5", "2026.5.0-rc1")];

/// The token that the recorded servers were started with.
const TOKEN: &str = "made-up-admin-token";

/// What the lab knowingly answers differently, or not at all.
const KNOWN: [(&str, &str); 6] = [
    ("2.brands", "the lab has the current brand alone, which is at another path"),
    ("5.jwks", "the lab's key has no certificate (x5c, x5t), which no client needs"),
    ("7.user_consent", "no client of ours asks who consented"),
    ("8.tokens-list", "the recorded server had a token of an outpost first"),
    ("11.host-bad", "the lab answers by whatever name it is asked"),
    ("11.userinfo-after-rotation", "its token was issued without being recorded"),
];

pub struct Recording {
    pub name: String,
    second: i64,
    pub method: String,
    pub path: String,
    pub headers: Vec<(String, String)>,
    pub body: Value,
    pub status: u16,
    pub location: String,
    pub is_json: bool,
    pub answer: Value,
}

impl Recording {
    /// Reads a recording of one exchange.
    pub fn read(name: &str, exchange: &Value) -> Self {
        let (request, response) = (&exchange["request"], &exchange["response"]);
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let date = text(&response["headers"]["date"]);
        let headers = request["headers"].as_object().cloned().unwrap_or_default();
        Self {
            name: name.to_owned(),
            // This one is dated by a clock that lagged behind a second.
            second: rfc2822::parse(&date).map_or(0, |date| date.timestamp().as_second())
                + i64::from(name == "3.get-detail"),
            method: text(&request["method"]),
            path: text(&request["path"]),
            headers: headers.iter().map(|(key, value)| (key.clone(), text(value))).collect(),
            body: request["body"].clone(),
            status: response["status"].as_u64().unwrap().try_into().unwrap(),
            location: text(&response["headers"]["location"]),
            is_json: text(&response["headers"]["content-type"]).starts_with("application/json"),
            answer: response["body"].clone(),
        }
    }
}

/// The recorded exchanges of a release in the order in which they were made.
pub fn recordings(release: &str) -> Vec<Recording> {
    let mut all: Vec<Recording> = fixtures::recordings(&format!("authentik-{release}"))
        .into_iter()
        .filter(|(_, recorded)| recorded.is_object())
        .map(|(name, recorded)| Recording::read(name, recorded))
        .collect();
    let rank = |name: &str| ORDER.iter().position(|known| *known == name).unwrap_or(ORDER.len());
    all.sort_by_key(|one| (one.second, rank(&one.name), one.name.clone()));
    all
}

#[tokio::test]
async fn the_lab_answers_recorded_requests_as_the_recorded_servers_did() {
    let mut wrong = Vec::new();
    for (release, version) in RELEASES {
        let recordings = recordings(release);
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
