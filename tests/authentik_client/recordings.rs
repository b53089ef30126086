//! Recorded answers of real authentik servers, where they are at hand.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde_json::Value;

use crate::contract::material;

/// The releases that were recorded.
pub const RELEASES: [&str; 2] = ["2025.10", "2026.5"];

/// One recorded exchange.
#[derive(Clone, Debug)]
pub struct Recording {
    pub method: String,
    pub path: String,
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Value,
}

fn folder() -> Option<PathBuf> {
    material("facts/authentik")
}

/// Whether there are recordings; says so when there are none.
pub fn at_hand() -> bool {
    folder().is_some()
}

/// All files of the recordings as JSON.
pub fn all() -> Vec<(String, Value)> {
    let Some(folder) = folder() else { return Vec::new() };
    let mut all: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .map(|path| {
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            let text = fs::read_to_string(&path).unwrap();
            (name, serde_json::from_str(&text).unwrap())
        })
        .collect();
    all.sort_by(|(a, _), (b, _)| a.cmp(b));
    all
}

/// The exchanges of one recording: most have one, a login has several.
pub fn exchanges(release: &str, name: &str) -> Vec<Recording> {
    let folder = folder().expect("asked for only where recordings are at hand");
    let file = format!("{release}.{name}.json");
    let text = fs::read_to_string(folder.join(&file)).unwrap_or_else(|_| panic!("no {file}"));
    let value: Value = serde_json::from_str(&text).unwrap();
    match value {
        Value::Array(steps) => steps.iter().map(exchange).collect(),
        one => vec![exchange(&one)],
    }
}

/// The only exchange of a recording.
pub fn one(release: &str, name: &str) -> Recording {
    exchanges(release, name).remove(0)
}

/// One exchange with authentik 2026.8.0-rc1 that is kept in the repository.
pub fn newest(name: &str) -> Recording {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/authentik_client/recorded");
    let text = fs::read_to_string(folder.join(format!("2026.8.0-rc1.{name}.json"))).unwrap();
    exchange(&serde_json::from_str(&text).unwrap())
}

fn exchange(value: &Value) -> Recording {
    let text = |pointer: &str| value.pointer(pointer).and_then(Value::as_str);
    let mut headers: Vec<(String, String)> = value
        .pointer("/response/headers")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .filter(|(key, _)| {
            ["content-type", "x-authentik-id", "location", "allow", "server"]
                .contains(&key.as_str())
        })
        .filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned())))
        .collect();
    if let Some(location) = text("/response/location") {
        headers.push(("location".into(), location.into()));
    }
    for cookie in
        value.pointer("/response/set_cookie").and_then(Value::as_array).into_iter().flatten()
    {
        headers.push(("set-cookie".into(), cookie.as_str().unwrap().into()));
    }
    let body = value.pointer("/response/body").cloned().unwrap_or_default();
    if body.is_object() && !headers.iter().any(|(key, _)| key == "content-type") {
        headers.push(("content-type".into(), "application/json".into()));
    }
    Recording {
        method: text("/request/method").unwrap().to_owned(),
        path: text("/request/path").unwrap().to_owned(),
        status: u16::try_from(value.pointer("/response/status").unwrap().as_u64().unwrap())
            .unwrap(),
        headers,
        body,
    }
}
