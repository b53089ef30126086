//! Lists have a bound as a whole: in pages, in rows, in time.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use axum::{Json, Router, extract::Query};
use immich_sso::{
    authentik::Client,
    net::{Http, Trust},
    secret::Secret,
    site::{Fault, FaultKind, System},
};
use serde::Deserialize;
use serde_json::{Value, json};
use testkit::said;

#[derive(Deserialize)]
struct Asked {
    page: usize,
}

/// What a server with so many pages of so many rows says, how slowly it may be,
/// and how often it was asked.
async fn users(pages: usize, rows: usize, pause: Duration) -> (Result<usize, Fault>, usize) {
    users_of(pages, rows, pause, None).await
}

/// The same where it says how many rows there are.
async fn users_of(
    pages: usize,
    rows: usize,
    pause: Duration,
    all: Option<Value>,
) -> (Result<usize, Fault>, usize) {
    let count = Arc::new(AtomicUsize::new(0));
    let counter = count.clone();
    let app = Router::new().fallback(move |Query(asked): Query<Asked>| async move {
        counter.fetch_add(1, Ordering::SeqCst);
        tokio::time::sleep(pause).await;
        let next = if asked.page < pages { asked.page + 1 } else { 0 };
        let row = json!({"pk": 1, "username": "a", "name": "A", "email": "a@example.com"});
        let results: Vec<Value> = vec![row; rows];
        let mut pagination = json!({"next": next});
        if let Some(all) = all {
            pagination["count"] = all;
        }
        Json(json!({"pagination": pagination, "results": results}))
    });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let server = tokio::spawn(async move { axum::serve(listener, app).await });
    let http = Http::new(System::Authentik, address.parse().unwrap(), &Trust::default());
    let client = Client::new(http.unwrap(), Some(Secret::new("the-token")));
    let found = client.users().await.map(|users| users.len());
    server.abort();
    (found, count.load(Ordering::SeqCst))
}

#[tokio::test]
async fn lists_are_read_to_their_end() {
    assert_eq!(users(3, 2, Duration::ZERO).await, (Ok(6), 3));
}

#[tokio::test]
async fn list_that_ends_before_its_end_is_no_list() {
    for count in [json!(6), json!(6.0), json!(5), json!("many"), json!(null)] {
        let (found, _) = users_of(3, 2, Duration::ZERO, Some(count.clone())).await;
        assert_eq!(found, Ok(6), "{count}");
    }
    for count in [json!(7), json!(600.0), json!(999_999)] {
        let (found, _) = users_of(3, 2, Duration::ZERO, Some(count.clone())).await;
        let fault = found.unwrap_err();
        assert_eq!(fault.kind, FaultKind::Unexpected, "{fault}");
        assert!(fault.answer.starts_with(&*said("the list ends after 6 of ")), "{fault}");
    }
}

#[tokio::test]
async fn lists_without_an_end_are_no_lists() {
    // Never taken for whole: something may be missing.
    let (found, asked) = users(usize::MAX, 1, Duration::ZERO).await;
    let fault = found.unwrap_err();
    assert_eq!((fault.kind.clone(), asked), (FaultKind::Unexpected, 50), "{fault}");
    assert!(fault.answer.contains(&*said("50 rows")), "{fault}");
    let (found, asked) = users(usize::MAX, 2000, Duration::ZERO).await;
    assert_eq!((found.unwrap_err().kind, asked), (FaultKind::Unexpected, 3));
}

/// Each page comes in time, all of them together do not.
#[tokio::test]
async fn lists_have_a_deadline_as_a_whole() {
    let began = Instant::now();
    let (found, _) = users(usize::MAX, 1, Duration::from_millis(900)).await;
    let fault = found.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Late, "{fault}");
    assert!(fault.answer.contains(&*said("20 s")), "{fault}");
    assert!(began.elapsed() < Duration::from_secs(40), "{:?}", began.elapsed());
}
