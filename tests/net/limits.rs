//! Law 9 and what belongs to it: retries of reads, never of changes; bounds on
//! size; nothing secret in what is printed.

use std::time::{Duration, Instant};

use immich_sso::{
    net::{Auth, MAX_BODY, Request, Trust},
    secret::Secret,
    site::FaultKind,
};
use reqwest::Method;
use serde_json::json;
use testkit::said;

use crate::{
    client, get,
    server::{Server, answer, fine},
};

#[tokio::test]
async fn a_read_is_tried_three_times_at_most() {
    let busy = || answer("503 Service Unavailable", "", "");
    let server = Server::plain(vec![busy(), busy(), fine()]).await;
    assert_eq!(get(&server.http()).await.unwrap().status, 200);
    assert_eq!(server.requests(), 3);

    let server = Server::plain(vec![busy()]).await;
    assert_eq!(get(&server.http()).await.unwrap().status, 503);
    assert_eq!(server.requests(), 3);
}

#[tokio::test]
async fn a_change_is_sent_once() {
    let server = Server::plain(vec![answer("503 Service Unavailable", "", ""), fine()]).await;
    let http = client(&server.http(), &Trust::default());
    for (sent, method) in
        [Method::POST, Method::PUT, Method::PATCH, Method::DELETE].into_iter().enumerate()
    {
        http.send(Request::new(method, "/")).await.unwrap();
        assert_eq!(server.requests(), sent + 1);
    }
}

#[tokio::test]
async fn a_pause_that_the_server_asks_for_is_kept_where_it_is_short() {
    let later =
        |seconds| answer("429 Too Many Requests", &format!("retry-after: {seconds}\r\n"), "");
    let server = Server::plain(vec![later("1"), fine()]).await;
    let began = Instant::now();
    assert_eq!(get(&server.http()).await.unwrap().status, 200);
    assert!(began.elapsed() >= Duration::from_secs(1));
    assert_eq!(server.requests(), 2);

    let server = Server::plain(vec![later("3600"), fine()]).await;
    assert_eq!(get(&server.http()).await.unwrap().status, 429);
    assert_eq!(server.requests(), 1);
}

#[tokio::test]
async fn a_body_beyond_the_bound_is_a_fault() {
    let announced = answer("200 OK", "", &"x".repeat(MAX_BODY + 1));
    let mut unannounced = b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n".to_vec();
    unannounced.extend(vec![b'x'; MAX_BODY + 1]);
    for body in [announced, unannounced] {
        let server = Server::plain(vec![body]).await;
        let fault = get(&server.http()).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::Unexpected);
        assert!(fault.answer.contains(&*said("8 MB")), "{fault}");
        assert_eq!(server.requests(), 1);
    }
}

#[tokio::test]
async fn nothing_secret_is_printed() {
    let request = Request::get("/callback?code=hush-query")
        .auth(Auth::Bearer(Secret::new("hush-token".to_owned())))
        .header("x-csrf", "hush-header");
    let with_json = request.clone().json(json!({ "clientSecret": "hush-json" }));
    let with_form = request.form(vec![("client_secret".into(), "hush-form".into())]);
    let server =
        Server::plain(vec![answer("200 OK", "set-cookie: a=hush-cookie\r\n", "hush-body")]).await;
    let answer = get(&server.http()).await.unwrap();
    for printed in [format!("{with_json:?}"), format!("{with_form:#?}"), format!("{answer:?}")] {
        assert!(!printed.contains("hush"), "{printed}");
    }
}
