//! The client with which the lab's own parts ask one another, and what is noted
//! of requests.

use std::{io, path::Path, time::Duration};

use axum::http::{HeaderMap, header};
use reqwest::{Certificate, Client, ClientBuilder, redirect};
use serde_json::Value;

/// One that trusts the authorities in the file and nobody else, and follows no
/// redirect.
///
/// # Errors
/// When the file cannot be read or holds no certificate.
pub(super) fn client(authorities: Option<&Path>, patience: Duration) -> io::Result<ClientBuilder> {
    // The lab speaks plain HTTP mostly; without this the client could not even
    // be built on a machine that has no certificates.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let trusted = match authorities {
        Some(path) => {
            Certificate::from_pem_bundle(&std::fs::read(path)?).map_err(io::Error::other)?
        }
        None => Vec::new(),
    };
    Ok(Client::builder()
        .tls_certs_only(trusted)
        .redirect(redirect::Policy::none())
        .timeout(patience)
        .no_proxy())
}

/// The body of a request, if it says that it is JSON, and is.
pub(super) fn json_of(headers: &HeaderMap, body: &[u8]) -> Option<Value> {
    let kind = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    kind.starts_with("application/json").then(|| serde_json::from_slice(body).ok())?
}

/// The header of a request that says who asks.
pub(super) fn who_asks(headers: &HeaderMap) -> Option<String> {
    ["authorization", "x-api-key", "cookie"].into_iter().find_map(|name| {
        let value = headers.get(name)?.to_str().ok()?;
        Some(format!("{name}: {value}"))
    })
}
