//! An Immich of no release in particular: answers settings of a given form,
//! and remembers what it was asked.

use std::sync::{Arc, Mutex};

use axum::{
    Json, Router,
    body::Bytes,
    extract::State,
    http::{Method, StatusCode, Uri},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

/// A request that was received.
#[derive(Clone, Debug)]
pub struct Asked {
    pub method: String,
    /// Below `/api`.
    pub path: String,
    pub query: Vec<(String, String)>,
    pub body: Option<Value>,
    /// The body as it came.
    pub text: String,
}

/// See the module.
pub struct Stub {
    pub url: String,
    asked: Arc<Mutex<Vec<Asked>>>,
    task: tokio::task::JoinHandle<()>,
}

/// Whether a method and a path are known.
type Knows = Box<dyn Fn(&str, &str) -> bool + Send + Sync>;

struct Shared {
    version: (u32, u32, u32),
    /// The settings as they are spelled.
    config: Mutex<String>,
    asked: Arc<Mutex<Vec<Asked>>>,
    /// The paths that it knows.
    knows: Knows,
}

impl Stub {
    pub async fn start(
        version: (u32, u32, u32),
        config: &str,
        knows: impl Fn(&str, &str) -> bool + Send + Sync + 'static,
    ) -> Self {
        let asked = Arc::new(Mutex::new(Vec::new()));
        let shared = Arc::new(Shared {
            version,
            config: Mutex::new(config.to_owned()),
            asked: Arc::clone(&asked),
            knows: Box::new(knows),
        });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let app = Router::new().fallback(answer).with_state(shared);
        let task = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { url, asked, task }
    }

    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

impl Drop for Stub {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn answer(
    State(shared): State<Arc<Shared>>,
    method: Method,
    uri: Uri,
    body: Bytes,
) -> Response {
    let path = uri.path().strip_prefix("/api").unwrap_or_default().to_owned();
    let text = String::from_utf8(body.to_vec()).unwrap();
    let body: Option<Value> = serde_json::from_str(&text).ok();
    let query = uri.query().unwrap_or_default();
    let query = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let method_name = method.to_string();
    let asked = Asked { method: method_name, path: path.clone(), query, body, text: text.clone() };
    shared.asked.lock().unwrap().push(asked);
    if !(shared.knows)(method.as_str(), &path) {
        let body = json!({"message": format!("Cannot {method} {path}")});
        return (StatusCode::NOT_FOUND, Json(body)).into_response();
    }
    let (major, minor, patch) = shared.version;
    let made = json!({"secret": "made", "apiKey": {"id": "1"}});
    match (method.as_str(), path.as_str()) {
        (_, path) if path.ends_with("/version") => {
            Json(json!({"major": major, "minor": minor, "patch": patch})).into_response()
        }
        ("PUT", "/system-config" | "/admin/config") => {
            shared.config.lock().unwrap().clone_from(&text);
            spelled(text)
        }
        ("GET", "/system-config" | "/admin/config") => {
            spelled(shared.config.lock().unwrap().clone())
        }
        ("POST", "/auth/login") => {
            let body = json!({"accessToken": "token", "isAdmin": true});
            (StatusCode::CREATED, Json(body)).into_response()
        }
        ("POST", "/api-keys" | "/api-key") => (StatusCode::CREATED, Json(made)).into_response(),
        ("POST", "/oauth/authorize") => {
            (StatusCode::CREATED, Json(json!({"url": "https://auth.example.com"}))).into_response()
        }
        ("GET", path) if path.ends_with("/sessions") => Json(json!([])).into_response(),
        ("GET", "/admin/users" | "/user") => Json(json!([])).into_response(),
        _ => Json(json!({})).into_response(),
    }
}

fn spelled(text: String) -> Response {
    ([("content-type", "application/json")], text).into_response()
}
