//! Recorded answers of real authentik servers.

use serde_json::Value;

use crate::contract::fixtures;

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

/// All recordings of these releases.
pub fn all() -> Vec<(String, &'static Value)> {
    RELEASES
        .iter()
        .flat_map(|release| {
            fixtures::recordings(&format!("authentik-{release}"))
                .into_iter()
                .map(move |(name, recorded)| (format!("{release}.{name}"), recorded))
        })
        .collect()
}

/// The exchanges of one recording: most have one, a login has several.
pub fn exchanges(release: &str, name: &str) -> Vec<Recording> {
    match fixtures::recording(&format!("authentik-{release}"), name) {
        Value::Array(steps) => steps.iter().map(exchange).collect(),
        one => vec![exchange(one)],
    }
}

/// The only exchange of a recording.
pub fn one(release: &str, name: &str) -> Recording {
    exchanges(release, name).remove(0)
}

/// One exchange with authentik 2026.8.0-rc1.
pub fn newest(name: &str) -> Recording {
    one("2026.8", name)
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
