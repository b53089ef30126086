//! What a server can answer instead of the truth.

use std::{convert::Infallible, fmt::Write};

use axum::{body::Body, http::Response};
use futures::{StreamExt, stream};
use jiff::Timestamp;
use reqwest::StatusCode;
use serde_json::Value;

use crate::{proxy::Seen, runs::Run};

/// A path that would lead to another object.
pub const CLIMBS: &str = "../../core/users/1";

/// How a server lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The answer is `null`.
    Null,
    /// The answer is an empty object.
    EmptyObject,
    /// The answer is an empty list.
    EmptyList,
    /// The answer is empty, with 204.
    NoContent,
    /// The answer is a page.
    Page,
    /// Lists within lists, 5000 of them.
    Deep,
    /// Every number is beyond what programs count with.
    Numbers,
    /// Every key is there twice.
    Doubled,
    /// Every value is of another type.
    OtherTypes,
    /// Every text that names an object is a path that leads out.
    Climbing,
    /// Every address, such as those of discovery, is one of another server.
    Strange(String),
    /// Every time is in the year 9999.
    Later,
    /// Every time is before there were such servers.
    Earlier,
    /// A list holds one item less than it says.
    Fewer,
    /// Every text is a megabyte.
    Long,
    /// The answer does not end.
    Flood,
    /// The answer ends in the middle.
    Cut,
    /// The answer stops in the middle, and the connection stays.
    Stalled,
    /// The answer leads to another server.
    Elsewhere(String),
    /// "It is done", and it is not.
    NotDone,
}

impl Kind {
    /// All of them; the stranger's address is where one leads to.
    pub fn all(stranger: &str) -> Vec<Self> {
        vec![
            Self::Null,
            Self::EmptyObject,
            Self::EmptyList,
            Self::NoContent,
            Self::Page,
            Self::Deep,
            Self::Numbers,
            Self::Doubled,
            Self::OtherTypes,
            Self::Climbing,
            Self::Strange(stranger.to_owned()),
            Self::Later,
            Self::Earlier,
            Self::Fewer,
            Self::Long,
            Self::Flood,
            Self::Cut,
            Self::Stalled,
            Self::Elsewhere(stranger.to_owned()),
            Self::NotDone,
        ]
    }

    /// Whether the server behind never hears of the request.
    pub const fn keeps_it_from_the_server(&self) -> bool {
        matches!(self, Self::NotDone | Self::Elsewhere(_))
    }
}

/// A server that lies about one kind of request.
#[derive(Clone, Debug)]
pub struct Lie {
    pub to: Seen,
    pub kind: Kind,
}

impl Lie {
    /// What it is called in a run.
    pub fn name(&self, run: Run) -> String {
        let Seen { system, method, path } = &self.to;
        format!("{system} {method} {path} in {run:?}: {:?}", self.kind)
    }

    /// Whether it lies about this request, the `nth` of its kind. A server that
    /// stalls does so once: each time costs a whole deadline.
    pub fn meets(&self, seen: &Seen, nth: usize) -> bool {
        *seen == self.to && (self.kind != Kind::Stalled || nth == 1)
    }
}

fn json(status: StatusCode, body: Body) -> Response<Body> {
    Response::builder()
        .status(status)
        .header("content-type", "application/json")
        .body(body)
        .unwrap()
}

/// The lie of a server that does not look at what is asked.
pub fn without(kind: &Kind, asked: &[u8]) -> Response<Body> {
    if let Kind::Elsewhere(stranger) = kind {
        let to = format!("{stranger}/api/v3/core/users/me/");
        let answer = Response::builder().status(307).header("location", to);
        return answer.body(Body::empty()).unwrap();
    }
    let mut said = serde_json::from_slice(asked).unwrap_or(Value::Null);
    if let Some(fields) = said.as_object_mut() {
        fields.entry("pk").or_insert_with(|| 4711.into());
        fields.entry("id").or_insert_with(|| "00000000-0000-4000-8000-000000004711".into());
    }
    json(StatusCode::CREATED, Body::from(said.to_string()))
}

/// The lie instead of a true answer.
pub fn about(kind: &Kind, status: StatusCode, truth: &[u8]) -> Response<Body> {
    let mut value = serde_json::from_slice(truth).unwrap_or(Value::Null);
    if *kind == Kind::Fewer
        && let Some(results) = value.get_mut("results").and_then(Value::as_array_mut)
    {
        results.pop();
    }
    let half = truth[..truth.len() / 2].to_vec();
    match kind {
        Kind::Null => json(status, Body::from("null")),
        Kind::EmptyObject => json(status, Body::from("{}")),
        Kind::EmptyList => json(status, Body::from("[]")),
        Kind::NoContent => json(StatusCode::NO_CONTENT, Body::empty()),
        Kind::Page => Response::builder()
            .status(status)
            .header("content-type", "text/html")
            .body(Body::from("<!doctype html><html><title>Welcome</title><p>Hello</html>"))
            .unwrap(),
        Kind::Deep => json(status, Body::from(format!("{}{}", "[".repeat(5000), "]".repeat(5000)))),
        Kind::Flood => {
            let more = || Ok::<_, Infallible>(vec![b'['; 1 << 16]);
            json(status, Body::from_stream(stream::repeat_with(more)))
        }
        Kind::Cut => {
            let end = Err(std::io::Error::other("cut"));
            json(status, Body::from_stream(stream::iter([Ok(half), end])))
        }
        Kind::Stalled => {
            let begun = stream::iter([Ok::<_, Infallible>(half)]);
            json(status, Body::from_stream(begun.chain(stream::pending())))
        }
        _ => {
            let mut text = String::new();
            write(&mut text, "", &value, kind);
            json(status, Body::from(text))
        }
    }
}

/// The value as JSON, with the lie in it.
fn write(text: &mut String, key: &str, value: &Value, kind: &Kind) {
    match value {
        Value::Object(fields) if *kind == Kind::OtherTypes && !key.is_empty() => {
            let values: Vec<Value> = fields.values().cloned().collect();
            list(text, &values, kind);
        }
        Value::Object(fields) => {
            text.push('{');
            let times = if *kind == Kind::Doubled { 2 } else { 1 };
            let mut first = true;
            for (key, value) in fields {
                for _ in 0..times {
                    if !first {
                        text.push(',');
                    }
                    first = false;
                    write!(text, "{}:", Value::from(key.as_str())).unwrap();
                    write(text, key, value, kind);
                }
            }
            text.push('}');
        }
        Value::Array(_) if *kind == Kind::OtherTypes && key != "results" => {
            text.push_str("{\"0\":{}}");
        }
        Value::Array(items) => list(text, items, kind),
        value => text.push_str(&leaf(key, value, kind)),
    }
}

fn list(text: &mut String, items: &[Value], kind: &Kind) {
    text.push('[');
    for (nth, item) in items.iter().enumerate() {
        if nth > 0 {
            text.push(',');
        }
        write(text, "item", item, kind);
    }
    text.push(']');
}

fn leaf(key: &str, value: &Value, kind: &Kind) -> String {
    const NAMES: [&str; 9] =
        ["pk", "id", "slug", "uuid", "identifier", "name", "token", "authorization_flow", "user"];
    match (kind, value) {
        (Kind::Numbers, Value::Number(number)) if number.is_f64() => "1e400".into(),
        (Kind::Numbers, Value::Number(_)) => "12345678901234567890123".into(),
        (Kind::OtherTypes, Value::Number(number)) => format!("\"{number}\""),
        (Kind::OtherTypes, Value::String(_)) => "17".into(),
        (Kind::OtherTypes, Value::Bool(_)) => "null".into(),
        (Kind::OtherTypes, Value::Null) => "false".into(),
        (Kind::Climbing, Value::String(_) | Value::Number(_)) if NAMES.contains(&key) => {
            format!("\"{CLIMBS}\"")
        }
        (Kind::Strange(stranger), Value::String(text)) if text.starts_with("http") => {
            let path = text.splitn(4, '/').nth(3).unwrap_or_default();
            Value::from(format!("{stranger}/{path}")).to_string()
        }
        (Kind::Later, Value::String(text)) if text.parse::<Timestamp>().is_ok() => {
            "\"9999-12-30T00:00:00Z\"".into()
        }
        (Kind::Earlier, Value::String(text)) if text.parse::<Timestamp>().is_ok() => {
            "\"1970-01-01T00:00:00Z\"".into()
        }
        (Kind::Long, Value::String(_)) => format!("\"{}\"", "x".repeat(1 << 20)),
        (_, value) => value.to_string(),
    }
}
