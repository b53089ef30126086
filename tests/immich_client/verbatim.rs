//! What is not ours goes back to Immich byte for byte.

use immich_sso::{
    immich::{Access, Fields, Route, RouteKind, SettingsChange, route},
    secret::Secret,
    site::{FaultKind, HostProfile, Version},
};
use serde_json::json;
use testkit::{said, said_with};

use crate::{lab::client, stub::Stub};

/// Settings with all that a parser may lose: numbers that no type holds, odd
/// spellings, unknown keys, an order that no alphabet gives.
const HOSTILE: &str = r#"{"z":12345678901234567890123,"huge":1e400, "tiny":-0.000e-0,
 "smtp":{"password":"\u0068ush\/", "port":587.0},
 "oauth":{"timeout":30000.000,"clientSecret" : "old-client-secret","enabled":false,"unknown":[1e400,{"b":1,"a":2}]},
 "a":{}}"#;

async fn immich(settings: &str) -> Stub {
    Stub::start((2, 7, 5), settings, |_, _| true).await
}

fn enabled() -> SettingsChange {
    let fields: Fields = [("enabled".to_owned(), json!(true))].into_iter().collect();
    SettingsChange::set(fields, true)
}

/// Does something by the API's route.
async fn with_route(stub: &Stub, act: impl AsyncFnOnce(&dyn Route)) {
    let client = client(&stub.url, Some(Access::ApiKey(Secret::new("an-api-key-of-the-stub"))));
    let (version, host) = (Version::new(2, 7, 5), HostProfile::default());
    act(route::open(RouteKind::Api, &client, None, &host, &version).unwrap().as_ref()).await;
}

/// The bodies of all writes.
fn written(stub: &Stub) -> Vec<String> {
    let all = stub.asked().into_iter();
    all.filter(|asked| asked.method == "PUT").map(|asked| asked.text).collect()
}

#[tokio::test]
async fn settings_of_others_go_back_byte_for_byte() {
    let expected = HOSTILE.replace("old-client", "new-client").replace("false", "true");
    let (change, secret) = (enabled(), Secret::new("new-client-secret"));
    let stub = immich(HOSTILE).await;
    with_route(&stub, async |route| {
        let basis = route.read().await.unwrap().basis;
        route.write(&change, Some(&secret), &basis).await.unwrap();
    })
    .await;
    assert_eq!(written(&stub), std::slice::from_ref(&expected));

    let stub = immich(HOSTILE).await;
    with_route(&stub, async |route| {
        let basis = route.read().await.unwrap().basis;
        let release = route.prepare(&change, Some(&secret), &basis).await.unwrap();
        release.await.unwrap().check.await.unwrap();
    })
    .await;
    assert_eq!(written(&stub), [expected]);
}

#[tokio::test]
async fn settings_with_a_key_twice_are_refused() {
    let twice = HOSTILE.replace("\"port\":587.0", "\"port\":587,\"port\":25");
    let stub = immich(&twice).await;
    with_route(&stub, async |route| {
        let refused = route.read().await.unwrap_err();
        assert_eq!(refused.kind, FaultKind::Refused);
        assert!(
            refused.answer.contains(&said_with("{} occurs twice", &[&"\"smtp\" > \"port\""])),
            "{refused}"
        );
        let refused =
            route.write(&enabled(), Some(&Secret::new("new-client-secret")), "basis").await;
        assert!(refused.unwrap_err().answer.contains(&*said("occurs twice")));
    })
    .await;
    assert!(written(&stub).is_empty());
}

#[tokio::test]
async fn a_number_that_changed_meanwhile_is_noticed() {
    let stub = immich(HOSTILE).await;
    let mut basis = String::new();
    with_route(&stub, async |route| basis = route.read().await.unwrap().basis).await;
    for other in [
        HOSTILE.replace("12345678901234567890123", "12345678901234567890124"),
        HOSTILE.replace("1e400,", "1e401,"),
    ] {
        let stub = immich(&other).await;
        with_route(&stub, async |route| {
            let refused =
                route.write(&enabled(), Some(&Secret::new("new-client-secret")), &basis).await;
            assert_eq!(refused.unwrap_err().kind, FaultKind::Moved);
        })
        .await;
        assert!(written(&stub).is_empty());
    }
}
