//! Law 8: the peer is who it says.

use std::path::PathBuf;

use immich_sso::{
    net::{Http, Request, Trust},
    site::{Fault, FaultKind},
};

use crate::server::{Certificate, Server, ok};

async fn get(http: &Http) -> Result<String, Fault> {
    http.send(Request::get("/")).await.map(|answer| answer.text())
}

#[tokio::test]
async fn a_certificate_of_an_unknown_authority_is_refused_with_its_fingerprint() {
    let certificate = Certificate::for_name("localhost", false);
    let server = Server::tls(vec![ok("hello")], &certificate).await;
    let fault = get(&server.http("https", "localhost", &Trust::default())).await.unwrap_err();
    let fingerprint = Some(certificate.fingerprint());
    assert_eq!(fault.kind, FaultKind::Untrusted { fingerprint }, "{fault}");
}

#[tokio::test]
async fn the_operators_own_authority_is_trusted_for_its_names_and_dates_only() {
    let folder = tempfile::tempdir().unwrap();
    let with_ca = |certificate: &Certificate| {
        let path = folder.path().join("ca.pem");
        std::fs::write(&path, &certificate.authority).unwrap();
        Trust { ca_file: Some(path), ..Trust::default() }
    };
    let right = Certificate::for_name("localhost", false);
    let server = Server::tls(vec![ok("hello")], &right).await;
    assert_eq!(get(&server.http("https", "localhost", &with_ca(&right))).await.unwrap(), "hello");
    for (certificate, part) in [
        (Certificate::for_name("photos.example.com", false), "not valid for"),
        (Certificate::for_name("localhost", true), "expired"),
    ] {
        let server = Server::tls(vec![ok("hello")], &certificate).await;
        let fault = get(&server.http("https", "localhost", &with_ca(&certificate))).await;
        let fault = fault.unwrap_err();
        assert!(matches!(fault.kind, FaultKind::Untrusted { .. }), "{fault}");
        assert!(fault.answer.contains(part), "{part:?} is not in {fault}");
    }
}

#[tokio::test]
async fn a_file_of_authorities_that_is_none_is_named() {
    let url = "https://localhost/".parse().unwrap();
    let trust = Trust { ca_file: Some(PathBuf::from("/nonexistent/ca.pem")), ..Trust::default() };
    let fault = Http::new(immich_sso::site::System::Immich, url, &trust).unwrap_err();
    assert!(fault.tried.contains("/nonexistent/ca.pem"), "{fault}");
}

#[tokio::test]
async fn a_pinned_certificate_and_no_other_is_accepted() {
    let pinned = Certificate::for_name("other.example.com", true);
    let server = Server::tls(vec![ok("hello")], &pinned).await;
    let pin = pinned.fingerprint().to_lowercase();
    let trust = Trust { pinned_certificate: Some(pin), ..Trust::default() };
    assert_eq!(get(&server.http("https", "localhost", &trust)).await.unwrap(), "hello");

    let other = Certificate::for_name("localhost", false);
    let server = Server::tls(vec![ok("hello")], &other).await;
    let fault = get(&server.http("https", "localhost", &trust)).await.unwrap_err();
    assert_eq!(
        fault.kind,
        FaultKind::Untrusted { fingerprint: None },
        "not to be accepted lightly"
    );
    assert!(fault.answer.contains(&other.fingerprint()), "{fault}");
}

/// The file is read from the environment, so this runs in a child process of
/// its own.
#[tokio::test]
async fn the_authorities_of_ssl_cert_file_are_the_systems() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ca.pem");
    let certificate = Certificate::for_name("localhost", false);
    std::fs::write(&path, &certificate.authority).unwrap();
    let server = Server::tls(vec![ok("hello")], &certificate).await;
    let child = tokio::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "tls::trusts_ssl_cert_file", "--ignored"])
        .env("SSL_CERT_FILE", &path)
        .env("IMMICH_SSO_TEST_PORT", server.address.port().to_string())
        .output()
        .await
        .unwrap();
    assert!(child.status.success(), "{}", String::from_utf8_lossy(&child.stdout));
}

#[tokio::test]
#[ignore = "a child of the_authorities_of_ssl_cert_file_are_the_systems"]
async fn trusts_ssl_cert_file() {
    let port = std::env::var("IMMICH_SSO_TEST_PORT").unwrap();
    let url = format!("https://localhost:{port}/").parse().unwrap();
    let http = Http::new(immich_sso::site::System::Immich, url, &Trust::default()).unwrap();
    assert_eq!(get(&http).await.unwrap(), "hello");
}
