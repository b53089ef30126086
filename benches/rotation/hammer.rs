//! The hammer: logins that come to their end at a fixed rate. The codes are
//! fetched beforehand, by a person who is logged in to authentik already; each
//! attempt is the whole exchange: Immich is handed the code, runs discovery,
//! redeems the code at authentik, and checks the token's signature.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use immich_sso::site::Profile;
use immich_sso_lab::{Homelab, Person, authentik::Authentik};
use reqwest::{Client, Url, redirect};
use ring::digest::{SHA256, digest};
use serde_json::json;
use tokio::{
    task::JoinHandle,
    time::{Instant, sleep_until},
};

/// How many attempts there are.
pub const ATTEMPTS: usize = 1_000;
/// How long after one attempt the next begins.
pub const EVERY: Duration = Duration::from_millis(10);

/// A login that lacks only its last step.
struct Prepared {
    url: String,
    state: String,
    verifier: String,
}

/// How an attempt came out.
#[derive(Clone, Copy)]
struct Attempt {
    at: Instant,
    well: bool,
}

/// The attempts of one measurement.
pub struct Hammer {
    immich: String,
    prepared: Vec<Prepared>,
}

/// What was measured.
pub struct Outcome {
    /// From the first failed to the last failed attempt; an attempt stands for
    /// the time until the next.
    pub outage: Duration,
    /// How many failed.
    pub failed: usize,
}

impl Hammer {
    /// Fetches the codes.
    pub async fn prepare(lab: &Homelab, profile: &Profile) -> Self {
        let browser = browser(true);
        let alice = Person::new("alice", Authentik::password("alice")).in_browser(browser);
        let mut prepared = Vec::with_capacity(ATTEMPTS);
        let redirect_uri = profile.login_redirect_uri();
        for number in 0..ATTEMPTS {
            let verifier = format!("{number:043}");
            let challenge = URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes()));
            let state = format!("state-{number}");
            let mut link =
                Url::parse(&format!("{}/application/o/authorize/", lab.authentik.url())).unwrap();
            link.query_pairs_mut()
                .append_pair("client_id", &profile.provider.client_id)
                .append_pair("redirect_uri", &redirect_uri)
                .append_pair("response_type", "code")
                .append_pair("scope", "openid email profile")
                .append_pair("state", &state)
                .append_pair("code_challenge", &challenge)
                .append_pair("code_challenge_method", "S256");
            let url = alice.sign_in(link.as_str(), &redirect_uri).await.unwrap();
            prepared.push(Prepared { url, state, verifier });
        }
        Self { immich: lab.immich.url(), prepared }
    }

    /// Begins to hammer; the handle's end is the last attempt's.
    pub fn begin(self) -> JoinHandle<Outcome> {
        tokio::spawn(async move {
            let (client, attempts) = (browser(false), Arc::new(Mutex::new(Vec::new())));
            let begun = Instant::now();
            let mut running = Vec::new();
            for (number, login) in self.prepared.into_iter().enumerate() {
                let at = begun + EVERY * u32::try_from(number).unwrap();
                sleep_until(at).await;
                let request = client
                    .post(format!("{}/api/oauth/callback", self.immich))
                    .json(&json!({"url": login.url, "state": login.state, "codeVerifier": login.verifier}));
                let attempts = Arc::clone(&attempts);
                running.push(tokio::spawn(async move {
                    let well =
                        request.send().await.is_ok_and(|answer| answer.status().is_success());
                    attempts.lock().unwrap().push(Attempt { at, well });
                }));
            }
            for attempt in running {
                attempt.await.unwrap();
            }
            let attempts = attempts.lock().unwrap();
            assert_eq!(attempts.len(), ATTEMPTS);
            outcome(&attempts)
        })
    }
}

fn outcome(attempts: &[Attempt]) -> Outcome {
    let failed: Vec<Instant> =
        attempts.iter().filter(|attempt| !attempt.well).map(|attempt| attempt.at).collect();
    let outage = match (failed.iter().min(), failed.iter().max()) {
        (Some(first), Some(last)) => *last - *first + EVERY,
        _ => Duration::ZERO,
    };
    Outcome { outage, failed: failed.len() }
}

fn browser(cookies: bool) -> Client {
    Client::builder()
        .tls_certs_only([])
        .cookie_store(cookies)
        .redirect(redirect::Policy::none())
        .timeout(Duration::from_secs(30))
        .no_proxy()
        .build()
        .unwrap()
}
