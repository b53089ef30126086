//! Law 9: everything has a deadline; and what goes wrong is told apart.

use std::time::Duration;

use immich_sso::{
    net::{Auth, Http, Request, Trust},
    secret::Secret,
    site::{FaultKind, System},
};
use reqwest::Method;
use serde_json::json;

use crate::server::{Certificate, Server, answer, ok};

fn http(server: &Server) -> Http {
    server.http("http", "127.0.0.1", &Trust::default())
}

#[tokio::test]
async fn a_server_that_never_answers_is_given_up() {
    let server = Server::plain(vec![Vec::new()]).await;
    let mut request = Request::get("/");
    request.deadline = Duration::from_millis(200);
    let fault = http(&server).send(request).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Late);
}

#[tokio::test]
async fn reads_are_tried_again_and_writes_never() {
    let unwell = || answer("503 Service Unavailable", "");
    let server = Server::plain(vec![unwell(), unwell(), ok("well")]).await;
    let got = http(&server).send(Request::get("/")).await.unwrap();
    assert_eq!(got.text(), "well");
    assert_eq!(server.connections(), 3);

    let server = Server::plain(vec![unwell(), ok("well")]).await;
    let request = Request::new(Method::POST, "/").json(json!({}));
    assert_eq!(http(&server).send(request).await.unwrap().status.as_u16(), 503);
    assert_eq!(server.connections(), 1);

    // Cut off in the middle of the answer.
    let torn = b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf".to_vec();
    let server = Server::plain(vec![torn.clone(), ok("whole")]).await;
    assert_eq!(http(&server).send(Request::get("/")).await.unwrap().text(), "whole");
    let server = Server::plain(vec![torn]).await;
    let request = Request::new(Method::PATCH, "/").json(json!({}));
    let fault = http(&server).send(request).await.unwrap_err();
    assert_eq!((fault.kind, server.connections()), (FaultKind::Lost, 1));
}

#[tokio::test]
async fn schemes_that_are_mixed_up_are_named() {
    let plain = Server::plain(vec![ok("hello")]).await;
    let https = plain.http("https", "localhost", &Trust::default());
    let fault = https.send(Request::get("/")).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Unreachable);
    assert!(fault.remedy.contains("http://"), "{fault}");

    let certificate = Certificate::for_name("localhost", false);
    let tls = Server::tls(vec![ok("hello")], &certificate).await;
    let fault = http(&tls).send(Request::get("/")).await.unwrap_err();
    assert!(matches!(fault.kind, FaultKind::Unreachable | FaultKind::Lost), "{fault}");
}

#[tokio::test]
async fn nobody_there_and_no_such_name_are_told_apart() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    for (url, part) in [
        (format!("http://127.0.0.1:{port}/"), "nobody listens"),
        ("http://photos.invalid/".to_owned(), "name is not known"),
    ] {
        let http = Http::new(System::Immich, url.parse().unwrap(), &Trust::default()).unwrap();
        let fault = http.send(Request::get("/")).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::Unreachable, "{fault}");
        assert!(fault.answer.contains(part), "{part:?} is not in {fault}");
        assert!(!fault.remedy.is_empty());
    }
}

#[tokio::test]
async fn an_answer_without_end_is_cut_off() {
    let endless = answer("200 OK", &"x".repeat(9 << 20));
    let server = Server::plain(vec![endless]).await;
    let fault = http(&server).send(Request::get("/")).await.unwrap_err();
    assert!(fault.answer.contains("more than"), "{fault}");
}

/// Law 7.
#[test]
fn a_request_prints_without_what_is_secret_in_it() {
    let request = Request::new(Method::POST, "/")
        .auth(Auth::Bearer(Secret::new("hunter2")))
        .form(vec![("client_secret".into(), "hunter3".into())]);
    let json = Request::new(Method::POST, "/").json(json!({"password": "hunter4"}));
    let printed = format!("{request:?} {json:?}");
    assert!(!printed.contains("hunter"), "{printed}");
}
