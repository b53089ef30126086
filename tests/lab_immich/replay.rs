//! Recorded requests, sent to the lab in the order in which real servers got
//! them: what they answered, the lab answers.

use std::collections::HashMap;

use immich_sso_lab::{
    Version,
    immich::{Immich, Options, StorageKind},
};
use serde_json::Value;

use super::recordings::{Got, Recording};

/// What a recording and the lab differ in on purpose.
const KNOWINGLY: &[(&str, &str)] = &[];

/// 2.7.5, from a fresh server on.
const RELEASE_2: &[&str] = &[
    "01-ping",
    "01-version",
    "01-wellknown",
    "01-about-noauth",
    "01-unknown-path",
    "01-config-fresh",
    "01-features-fresh",
    "01-admin-signup",
    "01-admin-signup-again",
    "01-config-after-signup",
    "01-login-bad",
    "01-login",
    "01-version-history",
    "02-key-create-all",
    "02-key-create-min",
    "02-key-create-readonly",
    "02-key-create-unknownfield",
    "02-key-create-badperm",
    "02-key-create-emptyperm",
    "02-key-create-noperm",
    "02-key-create-apikeycreate",
    "02-key-create-by-minkey",
    "02-key-escalate",
    "02-key-me",
    "02-key-me-all",
    "02-keys-list",
    "02-about",
    "02-about-minkey",
    "02-users-minkey",
    "02-usersme-minkey",
    "02-validateToken-minkey",
    "02-sysconfig-nokey",
    "02-sysconfig-badkey",
    "02-sysconfig-badbearer",
    "02-sysconfig-minkey",
    "02-query-param-key",
    "02-put-rokey",
    "02-create-user",
    "02-admin-users",
    "02-bob-login",
    "02-bob-key",
    "02-bob-me",
    "02-bob-features",
    "02-bob-sysconfig",
    "02-bob-sysconfig-put",
    "02-users-nonadmin",
    "03-get",
    "03-get-clear",
    "03-defaults",
    "03-put-empty",
    "03-put-only-oauth",
    "03-put-only-full-oauth",
    "03-put-badjson",
    "03-put-wrongtype",
    "03-put-strbool",
    "03-put-unknown_field",
    "03-put-unknown_top",
    "03-put-enabled_emptyissuer",
    "03-put-enabled_badissuer",
    "03-put-enabled_emptyclient",
    "03-put-enabled_emptysecret",
    "03-put-badsigning",
    "03-put-emptysigning",
    "03-put-badauthmethod",
    "03-put-timeout0",
    "03-put-mobile_bad",
    "03-put-mobile_localhost",
    "03-put-mobile_http",
    "03-put-missing-roleClaim",
    "03-put-missing-optional",
    "03-put-secretnull",
    "03-put-scopeempty",
    "03-put-ifmatch",
    "03-put-ok",
    "03-config-after",
    "03-features-after",
    "07-authorize-noredirect",
    "07-callback-nostate",
    "07-callback-noverifier",
    "07-mobile-redirect",
    "07-unlink-noauth",
    "07-unlink-minkey",
    "07-unlink",
    "07-unlink-key",
    "09-apikey-still-valid",
    "09-session-still-valid",
];

/// 3.0.3, from a fresh server on.
const RELEASE_3: &[&str] = &[
    "v3-version",
    "v3-about-noauth",
    "v3-config",
    "v3-features",
    "v3-public-config",
    "v3-sysconfig-nokey",
    "v3-sysconfig-badkey",
    "v3-signup",
    "v3-login",
    "v3-key-min",
    "v3-key-all",
    "v3-key-noperm",
    "v3-key-badperm",
    "v3-admin-config",
    "v3-users-minkey",
    "v3-get",
    "v3-defaults",
    "v3-put-empty",
    "v3-put-onlyoauth",
    "v3-put-v2body",
    "v3-put-wrongtype",
    "v3-put-strbool",
    "v3-put-secretnull",
    "v3-put-timeout0",
    "v3-put-badauthmethod",
    "v3-put-emptysigning",
    "v3-put-enabled_badissuer",
    "v3-put-enabled_emptyissuer",
    "v3-put-enabled_emptyclient",
    "v3-put-enabled_emptysecret",
    "v3-put-missing_prompt",
    "v3-put-missing_roleClaim",
    "v3-put-missing_timeout",
    "v3-put-mobile_bad",
    "v3-put-mobile_bad2",
    "v3-put-unknown_field",
    "v3-put-unknown_top",
    "v3-put-http-issuer",
    "v3-authorize-http-issuer",
];

/// 1.106.4, from a fresh server on.
const RELEASE_1_106: &[&str] = &[
    "v1106-ping",
    "v1106-features-new",
    "v1106-features",
    "v1106-signup",
    "v1106-login",
    "v1106-key",
    "v1106-put",
];

/// 1.105.1, from a fresh server on.
const RELEASE_1_105: &[&str] = &[
    "v1105-ping",
    "v1105-ping-new",
    "v1105-version",
    "v1105-about",
    "v1105-features-new",
    "v1105-features",
    "v1105-signup",
    "v1105-login",
    "v1105-key",
    "v1105-put-partial",
    "v1105-put",
    "v1105-features-after-put",
];

/// Whether a recording is sent here.
pub fn sends(release: &str, name: &str) -> bool {
    let sent = match release {
        "2.7" => RELEASE_2,
        "3.0" => RELEASE_3,
        "1.106" => RELEASE_1_106,
        "1.105" => RELEASE_1_105,
        _ => &[],
    };
    sent.contains(&name)
}

/// Sends recordings to one lab, and remembers which of its secrets stand for
/// which recorded ones.
struct Replay {
    url: String,
    client: reqwest::Client,
    secrets: HashMap<String, String>,
}

impl Replay {
    fn new(url: String) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap();
        Self { url, client, secrets: HashMap::new() }
    }

    fn ours(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (recorded, own) in &self.secrets {
            text = text.replace(recorded, own);
        }
        text
    }

    async fn send(&mut self, recording: &Recording) -> Vec<String> {
        let method = recording.method.parse().unwrap();
        let url = format!("{}{}", self.url, self.ours(&recording.path));
        let mut request = self.client.request(method, url);
        for (name, value) in &recording.headers {
            request = request.header(name, self.ours(value.as_str().unwrap()));
        }
        request = match &recording.body {
            Value::Null => request,
            // A recorded text is a body that is no JSON.
            Value::String(text) => request.body(text.clone()),
            body => request.body(body.to_string()),
        };
        let response = request.send().await.unwrap();
        let got = Got::from(response, &[]).await;
        for key in ["accessToken", "secret"] {
            if let (Some(theirs), Some(own)) =
                (recording.answer[key].as_str(), got.body[key].as_str())
            {
                self.secrets.insert(theirs.to_owned(), own.to_owned());
            }
        }
        recording.differences(&got)
    }
}

async fn replay(version: Version, names: &[&str]) {
    let parts = version.to_string();
    let release = parts.rsplit_once('.').unwrap().0;
    let options =
        Options { version: version.clone(), fresh: true, ..Options::new(StorageKind::Database) };
    let immich = Immich::start(options).await.unwrap();
    let mut lab = Replay::new(immich.url());
    let mut wrong = Vec::new();
    for name in names {
        let found = lab.send(&Recording::read(release, name)).await;
        let excused = KNOWINGLY.iter().any(|(known, _)| known == name);
        assert!(!(excused && found.is_empty()), "{name} does not differ any more: strike it out");
        if !excused {
            wrong.extend(found.into_iter().map(|difference| format!("{name}: {difference}")));
        }
    }
    println!("{version}: {} recordings replayed", names.len());
    assert!(wrong.is_empty(), "{} differences\n  {}", wrong.len(), wrong.join("\n  "));
}

#[tokio::test]
async fn what_2_7_5_answered_the_lab_answers() {
    replay(Version::new(2, 7, 5), RELEASE_2).await;
}

#[tokio::test]
async fn what_3_0_3_answered_the_lab_answers() {
    replay(Version::new(3, 0, 3), RELEASE_3).await;
}

#[tokio::test]
async fn what_1_106_4_answered_the_lab_answers() {
    replay(Version::new(1, 106, 4), RELEASE_1_106).await;
}

#[tokio::test]
async fn what_1_105_1_answered_the_lab_answers() {
    replay(Version::new(1, 105, 1), RELEASE_1_105).await;
}
