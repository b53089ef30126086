//! Whether anybody on the host can see a secret that is written.

use std::fs;

use immich_sso::{
    immich::{Route, SettingsChange},
    secret::Secret,
    site::FaultKind,
};

use super::{Place, change};

/// Law 7: while a secret goes to the database, no process of this machine has
/// it among its arguments or in its environment, and PostgreSQL's log does not
/// get it either, not even when the statement fails.
pub(super) async fn spied_on(
    place: &Place,
    wish: &SettingsChange,
    secret: &Secret,
    route: &dyn Route,
    basis: &str,
) {
    let (stop, stopped) = std::sync::mpsc::channel::<()>();
    let needle = secret.expose().to_owned();
    let spy = std::thread::spawn(move || {
        let mut looks = 0_u32;
        while stopped.try_recv().is_err() {
            for entry in fs::read_dir("/proc").unwrap().flatten() {
                for part in ["cmdline", "environ"] {
                    let text = fs::read(entry.path().join(part)).unwrap_or_default();
                    let found =
                        text.windows(needle.len()).any(|window| window == needle.as_bytes());
                    assert!(!found, "{}/{part} holds the secret", entry.path().display());
                }
            }
            looks += 1;
        }
        looks
    });
    route.write(wish, Some(secret), basis).await.unwrap();
    stop.send(()).unwrap();
    assert!(spy.join().unwrap() > 0);
    // The same write, made to fail in the middle.
    place.engine.sql(
        "ALTER TABLE system_metadata ADD CONSTRAINT no CHECK (key <> 'system-config') NOT VALID",
    );
    let basis = route.read().await.unwrap().basis;
    let (other, failing) = change("a-secret-that-must-not-be-logged");
    let fault = route.write(&other, Some(&failing), &basis).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Refused, "{fault}");
    assert!(!fault.to_string().contains(failing.expose()), "{fault}");
    place.engine.sql("ALTER TABLE system_metadata DROP CONSTRAINT no");
    let log = place.engine.docker(&["logs", "immich_postgres"]).output().unwrap();
    let log = String::from_utf8_lossy(&[log.stdout, log.stderr].concat()).into_owned();
    assert!(log.contains("violates check constraint"), "it did fail: {log}");
    assert!(!log.contains(failing.expose()), "PostgreSQL logged the secret: {log}");
}
