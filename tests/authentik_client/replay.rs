//! A server on loopback that answers with recordings, and remembers what it
//! was asked.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{Request, State},
    response::Response,
};
use immich_sso::{
    authentik::Client,
    net::{Http, Trust},
    secret::Secret,
    site::System,
};
use serde_json::Value;

use crate::recordings::Recording;

/// What was asked.
#[derive(Clone, Debug)]
pub struct Asked {
    pub method: String,
    pub path: String,
    pub headers: Vec<(String, String)>,
    pub body: Value,
}

impl Asked {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

#[derive(Default)]
struct Tape {
    answers: Mutex<VecDeque<(Matching, Recording)>>,
    asked: Mutex<Vec<Asked>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Matching {
    /// Any number of times.
    Always,
    /// Once, then the next one that fits.
    Once,
}

/// The server. It ends with the test's runtime.
pub struct Replay {
    pub address: String,
    tape: Arc<Tape>,
}

impl Replay {
    /// Serves each of the recordings as often as it is asked for.
    pub async fn of(recordings: Vec<Recording>) -> Self {
        Self::start(Matching::Always, recordings).await
    }

    /// Serves each of the recordings once, in the order of those that fit.
    pub async fn in_order(recordings: Vec<Recording>) -> Self {
        Self::start(Matching::Once, recordings).await
    }

    async fn start(matching: Matching, recordings: Vec<Recording>) -> Self {
        let tape = Arc::new(Tape::default());
        *tape.answers.lock().unwrap() =
            recordings.into_iter().map(|recording| (matching, recording)).collect();
        let app = Router::new().fallback(answer).with_state(tape.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { address, tape }
    }

    pub fn http(&self) -> Http {
        Http::new(System::Authentik, self.address.parse().unwrap(), &Trust::default()).unwrap()
    }

    pub fn client(&self) -> Client {
        Client::new(self.http(), Some(Secret::new("the-token")))
    }

    pub fn asked(&self) -> Vec<Asked> {
        self.tape.asked.lock().unwrap().clone()
    }
}

async fn answer(State(tape): State<Arc<Tape>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let bytes = to_bytes(body, 1 << 20).await.unwrap();
    let asked = Asked {
        method: parts.method.to_string(),
        path: parts.uri.to_string(),
        headers: parts
            .headers
            .iter()
            .map(|(key, value)| (key.to_string(), value.to_str().unwrap_or_default().to_owned()))
            .collect(),
        body: serde_json::from_slice(&bytes)
            .unwrap_or_else(|_| String::from_utf8_lossy(&bytes).into_owned().into()),
    };
    let found = tape.take(&asked);
    tape.asked.lock().unwrap().push(asked.clone());
    let Some(recording) = found else {
        return Response::builder()
            .status(404)
            .header("content-type", "text/html")
            .body(Body::from(format!("nothing is recorded for {} {}", asked.method, asked.path)))
            .unwrap();
    };
    let mut response = Response::builder().status(recording.status);
    for (key, value) in &recording.headers {
        response = response.header(key, value);
    }
    let body = match &recording.body {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        json => at_host(json, &asked),
    };
    response.body(Body::from(body)).unwrap()
}

/// A discovery document names the host that was asked, as authentik does.
fn at_host(body: &Value, asked: &Asked) -> String {
    const MADE_UP: &str = "auth.example.com";
    let text = body.to_string();
    let Some(issuer) = body["issuer"].as_str() else { return text };
    let recorded = issuer.split('/').nth(2).unwrap_or_default();
    let recorded = if text.contains(MADE_UP) { MADE_UP } else { recorded };
    let host = asked.header("host").unwrap_or_default();
    text.replace(&format!("{recorded}/"), &format!("{host}/"))
}

impl Tape {
    /// The recording of the very same query, or else of the same path.
    fn take(&self, asked: &Asked) -> Option<Recording> {
        let mut answers = self.answers.lock().unwrap();
        let fits = |exactly: bool| {
            answers.iter().position(|(_, known)| {
                known.method == asked.method
                    && if exactly {
                        known.path == asked.path
                    } else {
                        without_query(&known.path) == without_query(&asked.path)
                    }
            })
        };
        let index = fits(true).or_else(|| fits(false))?;
        let (matching, recording) = answers[index].clone();
        if matching == Matching::Once {
            answers.remove(index);
        }
        Some(recording)
    }
}

fn without_query(path: &str) -> &str {
    path.split('?').next().unwrap_or_default()
}
