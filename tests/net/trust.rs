//! Law 8: the peer is who it says.

use std::process::Command;

use immich_sso::{
    net::{Http, Request, Trust},
    site::{FaultKind, System},
};
use testkit::{said, said_with};

use crate::{
    client, get,
    pki::Authority,
    server::{Server, fine},
};

fn pinned(fingerprint: &str) -> Trust {
    Trust { pinned_certificate: Some(fingerprint.to_owned()), ..Trust::default() }
}

#[tokio::test]
async fn a_certificate_of_an_unknown_authority_is_refused_and_its_fingerprint_told() {
    let identity = Authority::new().issue("localhost");
    let server = Server::tls(&identity, vec![fine()]).await;
    let fault = get(&server.https()).await.unwrap_err();
    let fingerprint = Some(identity.fingerprint);
    assert_eq!(fault.kind, FaultKind::Untrusted { fingerprint });
    assert!(fault.answer.contains(&*said("authority that this machine does not know")), "{fault}");
    assert_eq!(server.requests(), 0);
}

#[tokio::test]
async fn a_short_rsa_key_is_named_as_what_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "rsa:1024", "-nodes", "-subj", "/CN=localhost"])
        .args(["-addext", "subjectAltName=DNS:localhost", "-days", "2", "-keyout"])
        .arg(at("key"))
        .arg("-out")
        .arg(at("certificate"))
        .output()
        .unwrap();
    assert!(made.status.success(), "{made:?}");
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut server = Command::new("openssl")
        .args(["s_server", "-www", "-quiet", "-cipher", "ALL@SECLEVEL=0", "-accept"])
        .arg(format!("127.0.0.1:{port}"))
        .arg("-cert")
        .arg(at("certificate"))
        .arg("-key")
        .arg(at("key"))
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    while tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_err() {
        assert!(server.try_wait().unwrap().is_none(), "openssl ended");
        tokio::task::yield_now().await;
    }
    let print = Command::new("openssl")
        .args(["x509", "-noout", "-fingerprint", "-sha256", "-in"])
        .arg(at("certificate"))
        .output()
        .unwrap();
    let print = String::from_utf8(print.stdout).unwrap();
    let pin = pinned(print.trim().split_once('=').unwrap().1);
    let authority = Trust { ca_file: Some(at("certificate")), ..Trust::default() };
    for trust in [pin, authority, Trust::default()] {
        let client = client(&format!("https://localhost:{port}"), &trust);
        let fault = client.send(Request::get("/")).await.unwrap_err();
        // Not to be accepted: it could not be pinned either.
        assert_eq!(fault.kind, FaultKind::Untrusted { fingerprint: None }, "{trust:?}: {fault}");
        assert!(fault.answer.contains(&*said("RSA key with 1024 bits")), "{trust:?}: {fault}");
    }
    server.kill().unwrap();
    server.wait().unwrap();
}

#[tokio::test]
async fn a_ca_file_that_is_no_file_is_refused_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    for (path, what) in [
        (pipe.as_path(), "named pipe"),
        (std::path::Path::new("/dev/zero"), "a device"),
        (folder.path(), "a folder"),
    ] {
        let trust = Trust { ca_file: Some(path.into()), ..Trust::default() };
        let address =
            immich_sso::site::Address::parse("https://localhost:1").unwrap().url().clone();
        let fault = Http::new(System::Immich, address.clone(), &trust).unwrap_err();
        assert!(fault.answer.contains(&*said(what)), "{fault}");
    }
}

#[tokio::test]
async fn an_authority_from_a_file_is_trusted() {
    let authority = Authority::new();
    let file = authority.file();
    let server = Server::tls(&authority.issue("localhost"), vec![fine()]).await;
    let trust = Trust { ca_file: Some(file.path().into()), ..Trust::default() };
    let answer = client(&server.https(), &trust).send(Request::get("/")).await.unwrap();
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn a_further_authority_does_not_excuse_a_wrong_name_or_a_past_date() {
    let authority = Authority::new();
    let file = authority.file();
    let trust = Trust { ca_file: Some(file.path().into()), ..Trust::default() };
    let other = said_with("it is not for {} but for {}", &[&"localhost", &"photos.example.com"]);
    for (identity, why) in [
        (authority.issue("photos.example.com"), other),
        (authority.issue_until("localhost", 2021), said("it expired on 2021-01-01").into_owned()),
    ] {
        let server = Server::tls(&identity, vec![fine()]).await;
        let fault = client(&server.https(), &trust).send(Request::get("/")).await.unwrap_err();
        let fingerprint = Some(identity.fingerprint);
        assert_eq!(fault.kind, FaultKind::Untrusted { fingerprint });
        assert!(fault.answer.contains(&why), "{fault}");
        assert_eq!(server.requests(), 0);
    }
}

#[tokio::test]
async fn a_pinned_certificate_is_accepted_whatever_its_authority_name_and_date() {
    let identity = Authority::new().issue_until("photos.example.com", 2021);
    let server = Server::tls(&identity, vec![fine()]).await;
    let as_typed = identity.fingerprint.replace(':', "").to_lowercase();
    for pin in [identity.fingerprint, as_typed] {
        let answer = client(&server.https(), &pinned(&pin)).send(Request::get("/")).await.unwrap();
        assert_eq!(answer.status, 200);
    }
}

#[tokio::test]
async fn another_certificate_than_the_pinned_one_is_refused_and_not_offered() {
    let authority = Authority::new();
    let (old, new) = (authority.issue("localhost"), authority.issue("localhost"));
    let server = Server::tls(&new, vec![fine()]).await;
    // The authority is known even: a pin means this one certificate.
    let file = authority.file();
    let trust = Trust { ca_file: Some(file.path().into()), ..pinned(&old.fingerprint) };
    let fault = client(&server.https(), &trust).send(Request::get("/")).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Untrusted { fingerprint: None });
    assert!(fault.answer.contains(&old.fingerprint), "{fault}");
    assert!(fault.answer.contains(&new.fingerprint), "{fault}");
    assert!(fault.remedy.contains(&*said("pinned_certificate")), "{fault}");
    assert_eq!(server.requests(), 0);
}

#[test]
fn trust_that_cannot_be_read_is_said_at_once() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let missing = file.path().with_extension("missing");
    for (trust, kind) in [
        (Trust { ca_file: Some(missing), ..Trust::default() }, FaultKind::NotFound),
        (Trust { ca_file: Some(file.path().into()), ..Trust::default() }, FaultKind::Refused),
        (pinned("AA:BB"), FaultKind::Refused),
    ] {
        let base = "https://localhost".parse().unwrap();
        let fault = Http::new(System::Immich, base, &trust).unwrap_err();
        assert_eq!(fault.kind, kind);
        assert!(!fault.remedy.is_empty());
    }
}

/// The environment is read where a process starts, so this test runs itself
/// again as a child.
#[tokio::test]
async fn authorities_named_by_ssl_cert_file_are_trusted() {
    const ADDRESS: &str = "IMMICH_SSO_TEST_ADDRESS";
    if let Ok(address) = std::env::var(ADDRESS) {
        get(&address).await.unwrap();
        return;
    }
    let authority = Authority::new();
    let server = Server::tls(&authority.issue("localhost"), vec![fine()]).await;
    let (file, other) = (authority.file(), Authority::new().file());
    for (roots, succeeds) in [(&file, true), (&other, false)] {
        let mut child = Command::new(std::env::current_exe().unwrap());
        child
            .args(["--exact", "trust::authorities_named_by_ssl_cert_file_are_trusted"])
            .env(ADDRESS, server.https())
            .env("SSL_CERT_FILE", roots.path())
            .env_remove("SSL_CERT_DIR");
        let run = tokio::task::spawn_blocking(move || child.output()).await.unwrap().unwrap();
        assert_eq!(run.status.success(), succeeds, "{}", String::from_utf8_lossy(&run.stdout));
    }
    assert_eq!(server.requests(), 1);
}
