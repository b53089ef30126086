//! Changes that are prepared on a real host and wait for one word: PostgreSQL
//! in Docker, and files, behind sshd.

use std::{fs, time::Duration};

use immich_sso::{
    immich::{RouteKind, route},
    site::{FaultKind, Version},
};

use crate::host::{Place, change, nobody};

const SECRET: &str =
    "SELECT value->'oauth'->>'clientSecret' FROM system_metadata WHERE key = 'system-config'";

/// Nothing changes before the word; dropped instead, nothing changes at all,
/// and nobody is kept waiting.
pub async fn in_the_database(place: &Place) {
    let (client, version) = (nobody(), Version::new(2, 7, 5));
    let route =
        route::open(RouteKind::Database, &client, Some(&place.host), &place.profile, &version)
            .unwrap();
    let before = route.read().await.unwrap();
    let old = place.engine.sql(SECRET);

    let (wish, secret) = change("at the word");
    let release = route.prepare(&wish, Some(&secret), &before.basis).await.unwrap();
    assert_eq!(place.engine.sql(SECRET), old, "it waits");
    let check = release.await.unwrap();
    assert_eq!(place.engine.sql(SECRET), "at the word");
    check.check.await.unwrap();

    let (wish, secret) = change("never");
    let fault = route.prepare(&wish, Some(&secret), &before.basis).await.err().unwrap();
    assert_eq!(fault.kind, FaultKind::Moved, "an old basis: {fault}");

    let basis = route.read().await.unwrap().basis;
    drop(route.prepare(&wish, Some(&secret), &basis).await.unwrap());
    // It would wait for the lock for ever, were that not let go.
    place.engine.sql(
        "UPDATE system_metadata SET value = jsonb_set(value, '{trash}', '{\"days\": 7}'::jsonb)",
    );
    assert_eq!(place.engine.sql(SECRET), "at the word");
}

/// The same with a file: what somebody else writes meanwhile stays.
pub async fn in_the_config_file(place: &Place) {
    let (client, version) = (nobody(), Version::new(2, 7, 5));
    let route =
        route::open(RouteKind::ConfigFile, &client, Some(&place.host), &place.profile, &version)
            .unwrap();
    let file = place.engine.project().join("config/immich.yaml");
    let beside = || fs::read_dir(file.parent().unwrap()).unwrap().count();
    let text = || fs::read_to_string(&file).unwrap();

    let (wish, secret) = change("at the word");
    let (basis, before) = (route.read().await.unwrap().basis, text());
    let release = route.prepare(&wish, Some(&secret), &basis).await.unwrap();
    assert_eq!(text(), before, "it waits");
    release.await.unwrap().check.await.unwrap();
    assert!(text().contains("at the word"));
    let kept = fs::read_dir(file.parent().unwrap()).unwrap();
    let kept = kept.filter_map(|entry| fs::read_to_string(entry.unwrap().path()).ok());
    assert!(kept.into_iter().any(|text| text == before), "the old one is kept");

    let (wish, secret) = change("never");
    let (basis, count) = (route.read().await.unwrap().basis, beside());
    let release = route.prepare(&wish, Some(&secret), &basis).await.unwrap();
    let theirs = text() + "# theirs\n";
    fs::write(&file, &theirs).unwrap();
    let fault = release.await.err().unwrap();
    assert_eq!(fault.kind, FaultKind::Moved, "{fault}");
    assert_eq!((text(), beside()), (theirs.clone(), count));

    let basis = route.read().await.unwrap().basis;
    drop(route.prepare(&wish, Some(&secret), &basis).await.unwrap());
    let tidied = async {
        while beside() > count {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), tidied).await.expect("it tidies up");
    assert_eq!(text(), theirs);
}
