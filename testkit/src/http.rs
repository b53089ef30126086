//! Plain requests, without a client of ours in between.

use std::time::Duration;

use immich_sso_lab::{
    Version,
    authentik::{Authentik, Options},
};
use reqwest::{Client, Method, header::HeaderMap, redirect};
use serde_json::Value;

/// Somebody who asks.
pub struct Asker {
    client: Client,
    /// The address of the server, without a slash at its end.
    pub base: String,
    /// The bearer token that is sent.
    pub token: Option<String>,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// All headers.
    pub headers: HeaderMap,
    /// The body.
    pub text: String,
}

impl Answer {
    /// The body as JSON; null where it is none.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_default()
    }

    /// A header; empty where it is missing or no text.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

/// An authentik of a release, and its administrator.
pub async fn started(version: &str) -> (Authentik, Asker) {
    let options = Options { version: version.parse().unwrap(), ..Options::default() };
    let authentik = Authentik::start(options).await.unwrap();
    let asker = Asker::new(&authentik.url(), Some(authentik.admin_token().expose()));
    (authentik, asker)
}

impl Asker {
    /// Somebody with this token, or nobody.
    pub fn new(base: &str, token: Option<&str>) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .tls_certs_only([])
            .redirect(redirect::Policy::none())
            .timeout(Duration::from_secs(30))
            .no_proxy()
            .build()
            .unwrap();
        Self { client, base: base.to_owned(), token: token.map(str::to_owned) }
    }

    /// The same, as somebody else or nobody.
    #[must_use]
    pub fn with(&self, token: Option<&str>) -> Self {
        Self {
            client: self.client.clone(),
            base: self.base.clone(),
            token: token.map(str::to_owned),
        }
    }

    /// Sends a request; an error where no answer came.
    pub async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<String>,
    ) -> Result<Answer, reqwest::Error> {
        let method: Method = method.parse().unwrap();
        let mut request = self.client.request(method, format!("{}{path}", self.base));
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(body) = body {
            request = request.body(body);
        }
        let answer = request.send().await?;
        Ok(Answer {
            status: answer.status().as_u16(),
            headers: answer.headers().clone(),
            text: answer.text().await?,
        })
    }

    /// A GET.
    pub async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[], None).await.unwrap()
    }

    /// A request with a JSON body.
    pub async fn json(&self, method: &str, path: &str, body: &Value) -> Answer {
        let headers = [("content-type", "application/json")];
        self.send(method, path, &headers, Some(body.to_string())).await.unwrap()
    }

    /// A POST of a form.
    pub async fn form(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body =
            url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let headers = [("content-type", "application/x-www-form-urlencoded")];
        self.send("POST", path, &headers, Some(body)).await.unwrap()
    }

    /// The keys of the flows, mappings and key pair that a provider needs.
    pub async fn pk_of_flow(&self, slug: &str) -> Value {
        self.get(&format!("/api/v3/flows/instances/{slug}/")).await.json()["pk"].clone()
    }

    /// Makes what the wizard makes: a provider and an application `immich`.
    /// `change` may alter the provider before it is sent.
    pub async fn site(&self, authentik: &Authentik, change: impl FnOnce(&mut Value)) -> Value {
        let version = authentik.version();
        let scopes = if version.at_least(2024, 8, 0) { "provider/scope" } else { "scope" };
        let mappings = self.get(&format!("/api/v3/propertymappings/{scopes}/")).await.json();
        let mappings: Vec<Value> = mappings["results"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|row| {
                ["openid", "email", "profile"].contains(&row["scope_name"].as_str().unwrap())
            })
            .map(|row| row["pk"].clone())
            .collect();
        let keys = self.get("/api/v3/crypto/certificatekeypairs/?has_key=true").await.json();
        let uris = ["https://photos.example.com/auth/login", "app.immich:///oauth-callback"];
        let listed = takes_a_list(version);
        let mut provider = serde_json::json!({
            "name": "immich-oauth-provider",
            "client_id": "immich",
            "client_secret": "secret1",
            "authorization_flow": self.pk_of_flow("default-provider-authorization-explicit-consent").await,
            "invalidation_flow": self.pk_of_flow("default-provider-invalidation-flow").await,
            "property_mappings": mappings,
            "signing_key": keys["results"][0]["pk"],
            "redirect_uris": if listed {
                uris.iter().map(|url| serde_json::json!({"matching_mode": "strict", "url": url})).collect()
            } else {
                Value::from(uris.join("\n"))
            },
            "grant_types": ["authorization_code", "refresh_token"],
        });
        change(&mut provider);
        let made = self.json("POST", "/api/v3/providers/oauth2/", &provider).await;
        assert_eq!(made.status, 201, "{}", made.text);
        let made = made.json();
        let application =
            serde_json::json!({"name": "Immich", "slug": "immich", "provider": made["pk"]});
        let application = self.json("POST", "/api/v3/core/applications/", &application).await;
        assert_eq!(application.status, 201, "{}", application.text);
        made
    }
}

/// Whether redirect URIs are a list in a release.
fn takes_a_list(version: &Version) -> bool {
    version.at_least(2024, 10, 3)
        || (version.at_least(2024, 8, 5) && !version.at_least(2024, 10, 0))
}
