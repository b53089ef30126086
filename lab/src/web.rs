//! The client with which the lab's own parts ask one another.

use std::{io, path::Path, time::Duration};

use reqwest::{Certificate, Client, ClientBuilder, redirect};

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
