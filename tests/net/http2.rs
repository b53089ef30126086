//! HTTP/2: spoken where the server offers it, and what its faults are taken
//! for.

use std::{borrow::Cow, time::Duration};

use h2::Reason;
use immich_sso::{
    net::{Answer, Http, Request, Trust},
    site::{Fault, FaultKind, System},
};
use reqwest::Method;
use testkit::said;

use crate::{
    pki::Authority,
    server::{Server, answer, fine},
    server2::{Server2, Turn},
};

/// A server that does this, a turn a request, and a client that trusts it.
async fn with(turns: Vec<Turn>) -> (Server2, Http) {
    let authority = Authority::new();
    let server = Server2::start(&authority.issue("localhost"), turns).await;
    let file = authority.file();
    let trust = Trust { ca_file: Some(file.path().into()), ..Trust::default() };
    let http = Http::new(System::Immich, server.https().parse().unwrap(), &trust).unwrap();
    (server, http)
}

async fn read(http: &Http) -> Result<Answer, Fault> {
    http.send(Request::get("/api/thing")).await
}

async fn write(http: &Http) -> Result<Answer, Fault> {
    http.send(Request::new(Method::PUT, "/api/thing")).await
}

#[tokio::test]
async fn http2_is_spoken_where_the_server_offers_it() {
    let (server, http) = with(vec![Turn::Fine]).await;
    assert_eq!(read(&http).await.unwrap().json().unwrap()["fine"], true);
    assert_eq!(write(&http).await.unwrap().status, 200);
    assert_eq!((server.requests(), server.connections()), (2, 1));
}

#[tokio::test]
async fn http2_certificates_are_checked() {
    let authority = Authority::new();
    let server = Server2::start(&authority.issue("photos.example.com"), vec![Turn::Fine]).await;
    let file = authority.file();
    for ca_file in [None, Some(file.path().into())] {
        let trust = Trust { ca_file, ..Trust::default() };
        let http = Http::new(System::Immich, server.https().parse().unwrap(), &trust).unwrap();
        let fault = read(&http).await.unwrap_err();
        assert!(matches!(fault.kind, FaultKind::Untrusted { fingerprint: Some(_) }), "{fault}");
    }
    assert_eq!(server.requests(), 0);
}

/// Every way in which HTTP/2 ends a request without an answer.
fn ends() -> Vec<(Turn, Cow<'static, str>)> {
    vec![
        (Turn::Reset(Reason::REFUSED_STREAM), "REFUSED_STREAM".into()),
        (Turn::Reset(Reason::INTERNAL_ERROR), "INTERNAL_ERROR".into()),
        (Turn::Reset(Reason::CANCEL), "CANCEL".into()),
        (Turn::Reset(Reason::HTTP_1_1_REQUIRED), said("HTTP/1.1 only")),
        (Turn::GoAway(Reason::NO_ERROR), said("GOAWAY")),
        (Turn::GoAway(Reason::ENHANCE_YOUR_CALM), said("too many requests")),
        (Turn::GoAway(Reason::INTERNAL_ERROR), "INTERNAL_ERROR".into()),
        (Turn::Half(Reason::INTERNAL_ERROR), "INTERNAL_ERROR".into()),
        (Turn::Cut, said("the connection broke")),
    ]
}

#[tokio::test]
async fn http2_faults_lose_a_write_which_is_sent_once() {
    for (end, word) in ends() {
        // The connection is in use already: its end comes as a surprise.
        let (server, http) = with(vec![Turn::Fine, end, Turn::Fine]).await;
        read(&http).await.unwrap();
        let fault = write(&http).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::Lost, "{end:?}: {fault}");
        assert!(fault.answer.contains(&*word), "{end:?}: {fault}");
        assert!(!fault.to_string().contains("hush"), "{fault}");
        assert_eq!(server.requests(), 2, "{end:?}");
        assert_eq!(write(&http).await.unwrap().status, 200, "{end:?}");
    }
}

#[tokio::test]
async fn http2_faults_let_a_read_be_tried_again() {
    for (end, _) in ends() {
        let (server, http) = with(vec![end, Turn::Fine]).await;
        assert_eq!(read(&http).await.unwrap().status, 200, "{end:?}");
        assert_eq!(server.requests(), 2, "{end:?}");
        let (server, http) = with(vec![end]).await;
        assert_eq!(read(&http).await.unwrap_err().kind, FaultKind::Lost, "{end:?}");
        assert_eq!(server.requests(), 3, "{end:?}");
    }
}

#[tokio::test]
async fn http2_answer_before_a_goaway_counts() {
    let (server, http) = with(vec![Turn::LastOne, Turn::Fine]).await;
    assert_eq!(write(&http).await.unwrap().status, 200);
    assert_eq!(write(&http).await.unwrap().status, 200);
    assert_eq!((server.requests(), server.connections()), (2, 2));
}

/// Time itself is what this is about: a pause as long as a person needs.
#[tokio::test]
async fn http2_write_after_a_pause_gets_a_new_connection() {
    let (server, http) = with(vec![Turn::Fine]).await;
    read(&http).await.unwrap();
    tokio::time::sleep(Duration::from_millis(4200)).await;
    write(&http).await.unwrap();
    assert_eq!((server.requests(), server.connections()), (2, 2));
}

#[tokio::test]
async fn http2_connection_that_died_is_given_up() {
    let (server, http) = with(vec![Turn::Fine, Turn::Freeze, Turn::Fine]).await;
    read(&http).await.unwrap();
    // In use without a pause: the rule about idle connections does not help.
    let request = Request::get("/").within(Duration::from_secs(30));
    assert_eq!(http.send(request).await.unwrap().status, 200);
    assert_eq!((server.requests(), server.connections()), (3, 2));
}

#[tokio::test]
async fn odd_answers_of_proxies_are_understood() {
    let hints = "HTTP/1.1 103 Early Hints\r\nlink: </a.css>; rel=preload\r\n\r\n";
    let early = [hints.as_bytes(), &fine()].concat();
    let chunked = b"HTTP/1.1 200 OK\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\
        trailer: x-sum\r\n\r\n0d;name=\"a\"\r\n{\"fine\":true}\r\n000\r\nx-sum: 1\r\n\r\n";
    let old = b"HTTP/1.0 200 OK\r\n\r\n{\"fine\":true}";
    let elsewhere = answer("200 OK", "alt-svc: h3=\":1\"; ma=86400\r\n", "{\"fine\":true}");
    for odd in [early, chunked.to_vec(), old.to_vec(), elsewhere] {
        let server = Server::plain(vec![odd.clone(), fine()]).await;
        let http = crate::client(&server.http(), &Trust::default());
        for _ in 0..2 {
            let answer = read(&http).await.unwrap();
            assert_eq!(answer.json().unwrap()["fine"], true, "{}", String::from_utf8_lossy(&odd));
        }
        assert_eq!(server.requests(), 2);
    }
    let (_server, http) = with(vec![Turn::Hints, Turn::Trailers, Turn::LargeHeaders]).await;
    for _ in 0..3 {
        assert_eq!(read(&http).await.unwrap().json().unwrap()["fine"], true);
    }
}

#[tokio::test]
async fn compressed_answers_are_said_to_be_so() {
    let server = Server::plain(vec![answer("200 OK", "content-encoding: gzip\r\n", "\x1f")]).await;
    let fault = crate::get(&server.http()).await.unwrap_err();
    assert!(fault.answer.contains("gzip"), "{fault}");
    assert!(server.heads().contains("accept-encoding: identity"), "{}", server.heads());
}

#[tokio::test]
async fn requests_in_the_name_of_another_host_go_over_http1() {
    let authority = Authority::new();
    let server = Server2::start(&authority.issue("localhost"), vec![Turn::Fine]).await;
    let file = authority.file();
    let trust = Trust { ca_file: Some(file.path().into()), ..Trust::default() };
    let http = Http::new(System::Authentik, server.https().parse().unwrap(), &trust).unwrap();
    read(&http).await.unwrap();
    let request = Request::get("/").header("Host", "auth.example.com");
    assert_eq!(http.send(request).await.unwrap().status, 200);
    assert_eq!(server.asked(), ["localhost over HTTP/2.0", "auth.example.com over HTTP/1.1"]);
}
