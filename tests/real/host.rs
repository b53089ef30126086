//! The Immich host as it is: OpenSSH, Docker, PostgreSQL, and a compose
//! project. One engine serves all of it, so this is one test in parts.

mod spied_on;

use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

use immich_sso::{
    host::{Host, Psql, RestartCommands},
    immich::{Client, Fields, Route, RouteKind, SettingsChange, Stored, route},
    net::{Http, SshAccess, Trust},
    secret::{GivenSecret, Label, Secret},
    site::{DockerAccess, FaultKind, HostProfile, System, Version},
};
use serde_json::{Value, json};

use crate::support::{
    engine::Engine,
    left_out,
    sshd::{Sshd, Sudoer, User},
};
use crate::{accounts, prepared};
use spied_on::spied_on;
use testkit::said;

/// What quoting by hand gets wrong.
const HOSTILE: &str = "a'b\"c\\d$e$$f`g`h$(touch /tmp/x);--\né\u{1f600} %s {{}} $wz_$ \\u0041";

const PSQL: Psql<'_> = Psql { container: "immich_postgres", user: "postgres", database: "immich" };

pub struct Place {
    pub engine: Engine,
    sshd: Sshd,
    pub host: Host,
    pub profile: HostProfile,
}

#[tokio::test]
async fn immich_on_its_own_host() {
    if left_out() {
        return;
    }
    let engine = Engine::start();
    let sshd = Sshd::start(&engine.environment());
    let host = Host::connect(&sshd.access(), DockerAccess::Direct).await.unwrap();
    let profile =
        HostProfile { folder: engine.project().display().to_string(), ..HostProfile::default() };
    let place = Place { engine, sshd, host, profile };
    place.host.check().await.unwrap();
    place
        .engine
        .docker(&[
            "exec",
            "immich_postgres",
            "psql",
            "-U",
            "postgres",
            "-c",
            "CREATE DATABASE immich",
        ])
        .output()
        .unwrap();
    sql(&place).await;
    who_may_not_is_told_so(&place).await;
    new_settings(&place).await;
    prepared::in_the_database(&place).await;
    accounts::links(&place).await;
    old_settings(&place).await;
    config_file(&place).await;
    prepared::in_the_config_file(&place).await;
    behind_a_login_script_that_speaks(&place).await;
    restart(&place, &place.host).await;
    if let Some(environment) = place.engine.environment_with_plugin() {
        let sshd = Sshd::start(&environment);
        let host = Host::connect(&sshd.access(), DockerAccess::Direct).await.unwrap();
        restart(&place, &host).await;
    }
}

/// Values go to PostgreSQL and come back as they were; what fails is named.
async fn sql(place: &Place) {
    let echo = format!("SELECT to_json($tag${HOSTILE}$tag$::text)");
    let answer = place.host.psql(&PSQL, &Secret::new(echo)).await.unwrap();
    assert_eq!(serde_json::from_str::<Value>(answer.trim()).unwrap(), HOSTILE);

    let fault =
        place.host.psql(&PSQL, &Secret::new("SELECT * FROM nowhere -- hunter2")).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Refused);
    assert!(fault.answer.contains(r#"relation "nowhere" does not exist"#), "{fault}");
    assert!(!fault.to_string().contains("hunter2"), "the statement is not told: {fault}");

    let none = Psql { database: "nope", ..PSQL };
    let fault = place.host.psql(&none, &Secret::new("SELECT 1")).await.unwrap_err();
    assert!(
        fault.answer.contains("does not exist") && fault.remedy.contains(&*said("database")),
        "{fault}"
    );
    let none = Psql { container: "nobody", ..PSQL };
    let fault = place.host.psql(&none, &Secret::new("SELECT 1")).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::NotFound, "{fault}");
}

async fn who_may_not_is_told_so(place: &Place) {
    let user = User::create();
    let access = SshAccess {
        accepted_fingerprint: Some(place.sshd.fingerprint()),
        ..place.sshd.access_as(&user.name)
    };
    let host = Host::connect(&access, DockerAccess::Direct).await.unwrap();
    let fault = host.check().await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::NotAllowed, "{fault}");
    assert!(fault.remedy.contains(&*said("sudo")), "{fault}");

    // By sudo, which wants a password at first.
    let host = Host::connect(&access, DockerAccess::Sudo).await.unwrap();
    let fault = host.check().await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::NotAllowed, "{fault}");
    assert!(fault.remedy.contains(&*said("NOPASSWD")), "{fault}");
    let _rule = Sudoer::make(&user.name);
    host.check().await.unwrap();
    assert_eq!(host.psql(&PSQL, &Secret::new("SELECT 7")).await.unwrap().trim(), "7");
}

pub fn nobody() -> Client {
    let url = "http://127.0.0.1:9/".parse().unwrap();
    Client::new(Http::new(System::Immich, url, &Trust::default()).unwrap(), None)
}

pub fn change(secret: &str) -> (SettingsChange, Secret) {
    let fields: Fields = [
        ("enabled".to_owned(), json!(true)),
        ("clientId".to_owned(), json!(HOSTILE)),
        ("issuerUrl".to_owned(), json!("https://auth.example.com/application/o/immich/")),
    ]
    .into_iter()
    .collect();
    (SettingsChange::set(fields, true), Secret::new(secret))
}

/// From 1.106 on: a row that is not there, then one with other settings.
async fn new_settings(place: &Place) {
    let (client, version) = (nobody(), Version::new(2, 7, 5));
    let open = || {
        route::open(RouteKind::Database, &client, Some(&place.host), &place.profile, &version)
            .unwrap()
    };
    place
        .engine
        .sql("CREATE TABLE system_metadata (key varchar PRIMARY KEY, value jsonb NOT NULL)");
    let (wish, secret) = change(HOSTILE);
    let route = open();
    let fresh = route.read().await.unwrap();
    assert_eq!(fresh.fields["enabled"], false);
    assert!(fresh.client_secret.is_none());
    spied_on(place, &wish, &secret, &*route, &fresh.basis).await;
    let stored = route.read().await.unwrap();
    assert_eq!(stored.fields["clientId"], HOSTILE);
    assert_eq!(stored.client_secret.as_ref(), Some(&secret));

    // Somebody else writes: our old basis is worth nothing any more.
    place.engine.sql(
        "UPDATE system_metadata SET value = jsonb_set(value, '{trash}', '{\"days\": 99}'::jsonb)",
    );
    let (other, new) = change("another secret");
    let fault = route.write(&other, Some(&new), &stored.basis).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Moved);
    assert_eq!(route.read().await.unwrap().client_secret.as_ref(), Some(&secret));

    // On the new one it is written, and the other setting stays.
    let basis = route.read().await.unwrap().basis;
    route.write(&other, Some(&new), &basis).await.unwrap();
    let row = place.engine.sql("SELECT value FROM system_metadata WHERE key = 'system-config'");
    let row: Value = serde_json::from_str(&row).unwrap();
    assert_eq!(row["trash"]["days"], 99);
    assert_eq!(row["oauth"]["clientSecret"], "another secret");

    // A basis that no reading gave is no SQL of ours.
    let forged = "none' OR 'a' = 'a";
    let fault = route.write(&wish, Some(&secret), forged).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Moved);

    taken_back(place, &*route, &wish, &secret).await;

    // An oauth block that is there and holds nothing is filled.
    place.engine.sql("UPDATE system_metadata SET value = jsonb_set(value, '{oauth}', 'null')");
    let basis = route.read().await.unwrap().basis;
    route.write(&wish, Some(&secret), &basis).await.unwrap();
    let row = place.engine.sql("SELECT value FROM system_metadata WHERE key = 'system-config'");
    let row: Value = serde_json::from_str(&row).unwrap();
    assert_eq!(row["oauth"]["clientId"], HOSTILE);
    assert_eq!(row["trash"]["days"], 99);
}

/// Undo: the row is afterwards what it was, to the byte, whether there was a
/// block, a row, or none of both.
async fn taken_back(place: &Place, route: &dyn Route, wish: &SettingsChange, secret: &Secret) {
    let row = || place.engine.sql("SELECT value FROM system_metadata WHERE key = 'system-config'");
    for before in [
        "",
        r#"{"trash": {"days": 99}}"#,
        r#"{"oauth": {}, "trash": {"days": 1.50}}"#,
        r#"{"x": 1e400, "oauth": {"y": 1e400, "z": 12345678901234567890123}}"#,
        r#"{"oauth": {"clientId": 12345678901234567890123, "enabled": 1e400}}"#,
        r#"{"oauth": {"clientId": "old", "roleClaim": "role", "clientSecret": "theirs"}}"#,
    ] {
        place.engine.sql("DELETE FROM system_metadata");
        if !before.is_empty() {
            let insert =
                format!("INSERT INTO system_metadata VALUES ('system-config', '{before}')");
            place.engine.sql(&insert);
        }
        let (was, stored) = (row(), route.read().await.unwrap());
        let back = going_back(&stored, wish);
        route.write(wish, Some(secret), &stored.basis).await.unwrap();
        assert_ne!(row(), was);
        // Somebody else's basis takes nothing back.
        let fault =
            route.write(&back, stored.client_secret.as_ref(), &stored.basis).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::Moved);
        let now = route.read().await.unwrap().basis;
        route.write(&back, stored.client_secret.as_ref(), &now).await.unwrap();
        assert_eq!(row(), was, "after {before}");
    }
    place.engine.sql(r#"INSERT INTO system_metadata VALUES ('system-config', '{"trash": {"days": 99}}') ON CONFLICT (key) DO UPDATE SET value = EXCLUDED.value"#);
}

/// The secret that was stored.
fn given(stored: &Stored) -> GivenSecret {
    let kept = GivenSecret::Kept(Label::ClientSecret);
    stored.client_secret.as_ref().map_or(GivenSecret::Nothing, |_| kept)
}

/// What takes `wish` back where `stored` was there before.
pub fn going_back(stored: &Stored, wish: &SettingsChange) -> SettingsChange {
    let old = wish.fields.keys().map(|key| (key.clone(), stored.fields[key].clone())).collect();
    SettingsChange {
        absent: stored.absent(&wish.fields, true),
        verbatim: Some(stored.basis.clone()),
        secret: Some(given(stored)),
        ..SettingsChange::set(old, false)
    }
}

/// Up to 1.105: rows of JSON texts, none at first; one broken by hand.
async fn old_settings(place: &Place) {
    let (client, version) = (nobody(), Version::new(1, 105, 1));
    let route =
        route::open(RouteKind::Database, &client, Some(&place.host), &place.profile, &version)
            .unwrap();
    // Both tables exist in that release; the version decides.
    place.engine.sql("CREATE TABLE system_config (key varchar PRIMARY KEY, value varchar)");
    let (wish, secret) = change(HOSTILE);
    let basis = route.read().await.unwrap().basis;
    route.write(&wish, Some(&secret), &basis).await.unwrap();
    let kept = route.read().await.unwrap();
    assert_eq!(kept.client_secret.as_ref(), Some(&secret));
    let row = place.engine.sql("SELECT value FROM system_config WHERE key = 'oauth.enabled'");
    assert_eq!(row, "true");
    let row = place.engine.sql("SELECT value FROM system_config WHERE key = 'oauth.clientId'");
    assert_eq!(serde_json::from_str::<Value>(&row).unwrap(), HOSTILE, "its quotes are inside");

    // Taken back, the rows are as they were: some of ours, some of others.
    let rows = || place.engine.sql("SELECT key, value FROM system_config ORDER BY key");
    place.engine.sql("DELETE FROM system_config");
    place.engine.sql(
        r#"INSERT INTO system_config VALUES ('ffmpeg.crf', '21'), ('oauth.clientId', '"old"')"#,
    );
    let (was, stored) = (rows(), route.read().await.unwrap());
    let back = going_back(&stored, &wish);
    route.write(&wish, Some(&secret), &stored.basis).await.unwrap();
    assert_ne!(rows(), was);
    let now = route.read().await.unwrap().basis;
    route.write(&back, None, &now).await.unwrap();
    assert_eq!(rows(), was);
    place.engine.sql("DELETE FROM system_config");
    let basis = route.read().await.unwrap().basis;
    route.write(&wish, Some(&secret), &basis).await.unwrap();

    // What the tutorial's own statement does to such a server.
    place.engine.sql("INSERT INTO system_config VALUES ('ffmpeg.crf', '20')");
    place.engine.sql("UPDATE system_config SET value = 'immich' WHERE key = 'oauth.clientId'");
    let broken = route.read().await.unwrap();
    assert_eq!(broken.fields["clientId"], "immich");
    route.write(&wish, Some(&secret), &broken.basis).await.unwrap();
    let row = place.engine.sql("SELECT value FROM system_config WHERE key = 'oauth.clientId'");
    assert!(serde_json::from_str::<Value>(&row).is_ok(), "it is mended: {row}");
    assert_eq!(place.engine.sql("SELECT value FROM system_config WHERE key = 'ffmpeg.crf'"), "20");
}

/// The file is found through the container's mounts, changed, and kept.
async fn config_file(place: &Place) {
    let (client, version) = (nobody(), Version::new(2, 7, 5));
    let route =
        route::open(RouteKind::ConfigFile, &client, Some(&place.host), &place.profile, &version)
            .unwrap();
    let file = place.engine.project().join("config/immich.yaml");
    let before = fs::read_to_string(&file).unwrap();
    let (wish, secret) = change(HOSTILE);
    let first = route.read().await.unwrap();
    let basis = first.basis.clone();
    let seen = place.host.config_file(&place.profile.folder, "immich-server").await.unwrap();
    assert_eq!((Path::new(&seen.path), seen.is_mounted_itself), (file.as_path(), false));
    route.write(&wish, Some(&secret), &basis).await.unwrap();
    let stored = route.read().await.unwrap();
    assert_eq!(stored.client_secret.as_ref(), Some(&secret));
    let after = fs::read_to_string(&file).unwrap();
    assert!(after.starts_with(&before), "all else stays: {after}");
    let kept: Vec<String> = fs::read_dir(file.parent().unwrap())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| *path != file)
        .map(|path| fs::read_to_string(path).unwrap())
        .collect();
    assert_eq!(kept, [before.as_str()], "the old one is kept, and nothing else is left");

    let fault = route.write(&wish, Some(&secret), &basis).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Moved, "an old basis: {fault}");

    // Taken back, the file is the one that it was.
    let kept = &going_back(&first, &wish);
    let now = route.read().await.unwrap().basis;
    route.write(kept, None, &now).await.unwrap();
    assert_eq!(fs::read_to_string(&file).unwrap(), before);
    assert_eq!(fs::read_dir(file.parent().unwrap()).unwrap().count(), 1, "no copy is left");
}

/// What a login script prints becomes part of nothing: settings in the database
/// and in the file, the list of containers, the log.
async fn behind_a_login_script_that_speaks(place: &Place) {
    let home = tempfile::tempdir().unwrap();
    let speaks = "echo '# nas'; printf 'disk|81%%'; echo hint: look >&2; trap 'echo bye' EXIT\n";
    fs::write(home.path().join(".bashrc"), speaks).unwrap();
    let environment = format!("{} HOME={}", place.engine.environment(), home.path().display());
    let sshd = Sshd::start(&environment);
    let host = Host::connect(&sshd.access(), DockerAccess::Direct).await.unwrap();
    host.check().await.unwrap();
    let (client, version) = (nobody(), Version::new(2, 7, 5));
    let file = place.engine.project().join("config/immich.yaml");
    for kind in [RouteKind::ConfigFile, RouteKind::Database] {
        let quiet =
            route::open(kind, &client, Some(&place.host), &place.profile, &version).unwrap();
        let route = route::open(kind, &client, Some(&host), &place.profile, &version).unwrap();
        quiet.forget_copies().await.unwrap();
        let first = route.read().await.unwrap();
        assert_eq!(first.basis, quiet.read().await.unwrap().basis, "{kind}");
        let (wish, secret) = change("behind noise");
        route.write(&wish, Some(&secret), &first.basis).await.unwrap();
        let basis = route.read().await.unwrap().basis;
        let release = route.prepare(&wish, Some(&secret), &basis).await.unwrap();
        release.await.unwrap().check.await.unwrap();
        let text = fs::read_to_string(&file).unwrap();
        assert!(!text.contains("nas") && !text.contains("disk") && !text.contains("bye"), "{text}");
        let now = route.read().await.unwrap();
        assert_eq!(now.client_secret.as_ref(), Some(&secret), "{kind}");
        let back = going_back(&first, &wish);
        route.write(&back, first.client_secret.as_ref(), &now.basis).await.unwrap();
        assert_eq!(quiet.read().await.unwrap().basis, first.basis, "{kind}");
    }
    let condition = host.condition(&place.profile.folder, "immich-server").await.unwrap();
    assert_eq!(condition.status, "running");
    let log = host.compose_logs(&place.profile.folder, "immich-server", 5).await.unwrap();
    assert!(!log.mentions("nas") && !log.mentions("bye"), "{log}");
    assert_eq!(host.noise(), Some("# nas↵disk|81%"));
}

fn restarts(folder: &str, services: &[String]) -> RestartCommands {
    RestartCommands::new(DockerAccess::Direct, folder, services)
}

/// The service is another process afterwards, its log can be read, and what
/// ends at its start is told apart from what takes its time.
async fn restart(place: &Place, host: &Host) {
    let started = || {
        let inspect = ["inspect", "-f", "{{.State.StartedAt}}", "immich_server"];
        place.engine.docker(&inspect).output().unwrap().stdout
    };
    let (before, folder) = (started(), &place.profile.folder);
    let services = ["immich-server".to_owned()];
    host.compose_restart(&restarts(folder, &services)).await.unwrap();
    assert_ne!(started(), before);
    let log = host.compose_logs(folder, "immich-server", 5).await.unwrap();
    assert!(log.mentions("Immich Server is listening"), "{log}");
    let none = ["nobody".to_owned()];
    let fault = host.compose_restart(&restarts(folder, &none)).await.unwrap_err();
    assert!(fault.answer.to_lowercase().contains("no such service"), "{fault}");

    let well = host.condition(folder, "immich-server").await.unwrap();
    assert_eq!((well.status.as_str(), well.is_hopeless()), ("running", false));
    let broken = place.engine.project().join("config/broken");
    fs::write(&broken, "").unwrap();
    host.compose_restart(&restarts(folder, &services)).await.unwrap();
    let mut ill = host.condition(folder, "immich-server").await.unwrap();
    let deadline = Instant::now() + Duration::from_mins(1);
    while !ill.is_hopeless() && Instant::now() < deadline {
        ill = host.condition(folder, "immich-server").await.unwrap();
    }
    assert!(ill.restarts >= 2, "{ill:?}");
    fs::remove_file(&broken).unwrap();
    host.compose_restart(&restarts(folder, &services)).await.unwrap();
    let well = host.condition(folder, "immich-server").await.unwrap();
    assert!(!well.is_hopeless(), "{well:?}");
}
