//! The three places where an Immich may keep its settings, and what goes
//! wrong with them.

use std::{fs, time::Duration};

use immich_sso_lab::{
    Version,
    immich::{Immich, Mishap, Options, StorageKind},
};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::site::{browser, immich};

async fn ask(immich: &Immich, method: Method, path: &str, body: Option<&Value>) -> (u16, Value) {
    let mut request = browser()
        .request(method, format!("{}{path}", immich.url()))
        .header("x-api-key", immich.admin_key().expose());
    if let Some(body) = body {
        request = request.json(body);
    }
    let answer = request.send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap_or_default())
}

async fn oauth(immich: &Immich) -> Value {
    ask(immich, Method::GET, "/api/system-config", None).await.1["oauth"].clone()
}

async fn put(immich: &Immich, client_id: &str) -> (u16, Value) {
    let mut config = ask(immich, Method::GET, "/api/system-config", None).await.1;
    config["oauth"]["clientId"] = client_id.into();
    ask(immich, Method::PUT, "/api/system-config", Some(&config)).await
}

#[tokio::test]
async fn the_row_holds_only_what_differs_and_a_change_by_sql_shows_at_once() {
    for version in ["1.106.4", "2.7.5", "3.0.3", "3.2.2"] {
        let immich = immich(version).await;
        let storage = immich.storage();
        assert_eq!(storage.tables().metadata, None);
        assert_eq!(put(&immich, "immich").await.0, 200);
        let row = storage.tables().metadata.clone();
        assert_eq!(row, Some(json!({ "oauth": { "clientId": "immich" } })), "{version}");
        storage.tables().metadata = Some(json!({ "oauth": { "clientId": "by SQL", "bogus": 1 } }));
        let now = oauth(&immich).await;
        assert_eq!((&now["clientId"], &now["bogus"]), (&json!("by SQL"), &json!(1)), "{version}");
        // Keys that Immich does not know are gone with its next write.
        put(&immich, "again").await;
        assert_eq!(oauth(&immich).await.get("bogus"), None);
    }
}

#[tokio::test]
async fn rows_of_1_105_are_read_at_the_start_and_broken_ones_keep_it_down() {
    let immich = immich("1.105.1").await;
    let storage = immich.storage();
    let set = |value: &str| {
        let mut tables = storage.tables();
        tables.rows.as_mut().unwrap().insert("oauth.clientId".into(), value.into());
    };
    set("\"by SQL\"");
    assert_eq!(oauth(&immich).await["clientId"], "");
    immich.restart().await.unwrap();
    assert_eq!(oauth(&immich).await["clientId"], "by SQL");
    // What the written tutorial does: a text without its quotes.
    set("bare");
    let (status, refused) = put(&immich, "immich").await;
    assert_eq!((status, refused["message"].as_str()), (500, Some("Failed to update config")));
    immich.restart().await.unwrap();
    assert!(browser().get(immich.url()).send().await.is_err());
    assert!(immich.log().iter().any(|line| line.contains("exited with code 1")));
    set("\"mended\"");
    immich.restart().await.unwrap();
    assert_eq!(oauth(&immich).await["clientId"], "mended");
}

#[tokio::test]
async fn a_config_file_is_read_anew_and_written_by_nobody_else() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("immich.yaml");
    fs::write(&path, "oauth:\n  buttonText: from the file\n").unwrap();
    let kind = StorageKind::ConfigFile(path.clone());
    let options = Options { version: Version::new(2, 7, 5), ..Options::new(kind) };
    let immich = Immich::start(options).await.unwrap();
    let features = async || ask(&immich, Method::GET, "/api/server/features", None).await;
    assert_eq!(features().await.1["configFile"], true);
    assert_eq!(oauth(&immich).await["buttonText"], "from the file");
    let (status, refused) = put(&immich, "immich").await;
    let words = "Cannot update configuration while IMMICH_CONFIG_FILE is in use";
    assert_eq!((status, refused["message"].as_str()), (400, Some(words)));
    fs::write(&path, r#"{"oauth": {"buttonText": "edited"}}"#).unwrap();
    assert_eq!(oauth(&immich).await["buttonText"], "edited");
    fs::write(&path, "oauth: [").unwrap();
    let (status, refused) = features().await;
    assert_eq!((status, refused["message"].as_str()), (500, Some("Failed to get server features")));
}

#[tokio::test]
async fn a_foreign_change_between_reading_and_writing_is_lost_as_with_the_real_one() {
    let immich = immich("2.7.5").await;
    let path = "/api/system-config".to_owned();
    immich.mishap(Mishap::ForeignChange {
        method: "PUT".into(),
        path: path.clone(),
        block: "server".into(),
        key: "loginPageMessage".into(),
        value: "hello".into(),
    });
    let config = put(&immich, "immich").await.1;
    assert_eq!(config["server"]["loginPageMessage"], "");
    assert_eq!(immich.mutations(), 1);
}

#[tokio::test]
async fn requests_go_wrong_as_they_are_told_to() {
    let immich = immich("2.7.5").await;
    let (method, path) = ("PUT".to_owned(), "/api/system-config".to_owned());
    immich.mishap(Mishap::Answer { method: method.clone(), path: path.clone(), status: 502 });
    assert_eq!(put(&immich, "immich").await.0, StatusCode::BAD_GATEWAY);
    assert_eq!(oauth(&immich).await["clientId"], "");
    for (after, client_id) in [(false, ""), (true, "immich")] {
        let mut config = ask(&immich, Method::GET, &path, None).await.1;
        config["oauth"]["clientId"] = "immich".into();
        immich.mishap(Mishap::Drop { method: method.clone(), path: path.clone(), after });
        let request = browser()
            .put(format!("{}{path}", immich.url()))
            .header("x-api-key", immich.admin_key().expose())
            .json(&config);
        assert!(request.send().await.is_err());
        assert_eq!(oauth(&immich).await["clientId"], client_id);
    }
    let by = Duration::from_millis(120);
    immich.mishap(Mishap::Late { method: "GET".into(), path: "/api/server/ping".into(), by });
    let begun = std::time::Instant::now();
    assert_eq!(ask(&immich, Method::GET, "/api/server/ping", None).await.0, 200);
    assert!(begun.elapsed() >= by);
}

#[tokio::test]
async fn from_3_2_on_the_settings_have_a_second_address_with_permissions_of_its_own() {
    let immich = immich("3.2.2").await;
    let get = async |path: &str, key: &str| {
        let request = browser().get(format!("{}{path}", immich.url())).header("x-api-key", key);
        request.send().await.unwrap().status().as_u16()
    };
    let old = immich.make_key(&["systemConfig.read"]);
    let new = immich.make_key(&["adminConfig.read"]);
    for (path, good, bad) in [("/api/system-config", &old, &new), ("/api/admin/config", &new, &old)]
    {
        assert_eq!(get(path, good.expose()).await, 200);
        assert_eq!(get(path, bad.expose()).await, 403);
    }
    let only = Options { only_admin_config: true, ..Options::new(StorageKind::Database) };
    let only = Immich::start(only).await.unwrap();
    assert_eq!(ask(&only, Method::GET, "/api/system-config", None).await.0, 404);
    assert_eq!(ask(&only, Method::GET, "/api/admin/config", None).await.0, 200);
}
