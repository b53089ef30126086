//! What comes back. What is decided by it is read as it came; what is shown of
//! it went through the search for the run's secrets.

use std::{fmt, sync::Arc, time::Duration};

use reqwest::{StatusCode, header::HeaderMap};
use serde::de::DeserializeOwned;
use serde_json::{Value, error::Category};
use zeroize::Zeroizing;

use super::carried::Carried;
use crate::secret::{Foreign, Known};

/// How many words of a body that is no JSON are shown.
const WORDS: usize = 40;
/// How many lists and objects of a body may lie in each other.
const DEPTH: usize = 16;
/// How many texts of a body are shown.
const TEXTS: usize = 40;

/// What came back, whatever its status.
#[derive(Clone)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// From sending to the last byte.
    pub took: Duration,
    headers: HeaderMap,
    body: Arc<Zeroizing<Vec<u8>>>,
    known: Known,
    carried: Option<Arc<Carried>>,
}

impl Answer {
    /// An answer to a request that carried no secret in its body.
    #[must_use]
    pub fn new(status: StatusCode, headers: HeaderMap, body: Vec<u8>) -> Self {
        Self {
            status,
            took: Duration::ZERO,
            headers,
            body: Arc::new(Zeroizing::new(body)),
            known: Known::default(),
            carried: None,
        }
    }

    /// The same, in a run that knows these secrets, to a request with that body.
    pub(super) fn to(mut self, known: &Known, carried: Option<Arc<Carried>>) -> Self {
        self.known = known.clone();
        self.carried = carried;
        self
    }

    /// The same, after so long.
    pub(super) const fn after(mut self, took: Duration) -> Self {
        self.took = took;
        self
    }

    /// The body, not further than [`MAX_BODY`](super::MAX_BODY) bytes: to decide
    /// by, not to show.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// The body as JSON, if it is some: to decide by, not to show.
    #[must_use]
    pub fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }

    /// The body as what it should be.
    ///
    /// # Errors
    /// What is wrong with it, without a value of it.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, Foreign> {
        serde_json::from_slice(&self.body).map_err(|error| unreadable(&error, &self.known))
    }

    /// Whether the body says that: to decide by.
    #[must_use]
    pub fn says(&self, part: &str) -> bool {
        let part = part.as_bytes();
        self.body.windows(part.len()).any(|window| window == part)
    }

    /// A header, if it is there and readable: to decide by, not to show.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// All lines of a header: to decide by, not to show.
    pub fn header_lines(&self, name: &str) -> impl Iterator<Item = &str> {
        self.headers.get_all(name).iter().filter_map(|value| value.to_str().ok())
    }

    pub(super) const fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// A header to show. What follows a question mark may be a secret of
    /// somebody's login and is left out.
    #[must_use]
    pub fn shown_header(&self, name: &str) -> Option<Foreign> {
        let value = self.headers.get(name)?;
        let text = String::from_utf8_lossy(value.as_bytes());
        let text = self.words(&text);
        Some(text.part(|text| text.split(['?', '#']).next().unwrap_or_default().to_owned()))
    }

    /// A text out of this answer, to show.
    #[must_use]
    pub fn words(&self, text: &str) -> Foreign {
        match &self.carried {
            Some(carried) => self.known.words_beside(text, carried.secrets()),
            None => self.known.words(text),
        }
    }

    /// The body as JSON to show, if it is some: every text of it searched for
    /// secrets, not more of it than anybody reads. Where the request carried a
    /// secret, only what is said about its own fields.
    #[must_use]
    pub fn shown_json(&self) -> Option<Value> {
        let body = Zeroizing::new(self.body.to_vec());
        let mut value: Value = serde_json::from_slice(&body).ok()?;
        let mut left = TEXTS;
        self.clean(&mut value, 0, &mut left);
        Some(value)
    }

    /// The body as text to show. `None` where it is empty, and where the request
    /// carried a secret.
    #[must_use]
    pub fn shown_text(&self) -> Option<ShownText> {
        if self.carried.is_some() {
            return None;
        }
        let text = Zeroizing::new(String::from_utf8_lossy(&self.body).into_owned());
        let text = self.words(&text);
        let title = text.part(|page| page_title(page).unwrap_or_default());
        if !title.is_empty() {
            return Some(ShownText::Page { title });
        }
        let words =
            text.part(|text| text.split_whitespace().take(WORDS).collect::<Vec<_>>().join(" "));
        (!words.is_empty()).then_some(ShownText::Words(words))
    }

    fn clean(&self, value: &mut Value, depth: usize, left: &mut usize) {
        if depth > DEPTH || *left == 0 {
            *value = Value::Null;
            return;
        }
        match value {
            Value::String(text) => {
                *left -= 1;
                *text = self.words(text).to_string();
            }
            Value::Array(items) => {
                items.truncate(TEXTS);
                for item in items {
                    self.clean(item, depth + 1, left);
                }
            }
            Value::Object(fields) => {
                let all = std::mem::take(fields);
                for (key, mut value) in all.into_iter().take(TEXTS) {
                    if self.carried.as_ref().is_some_and(|carried| !carried.has(&key)) {
                        continue;
                    }
                    match (&self.carried, key.as_str(), &mut value) {
                        (Some(carried), "path", Value::Array(parts)) => parts.retain(|part| {
                            part.is_number() || part.as_str().is_some_and(|name| carried.has(name))
                        }),
                        _ => self.clean(&mut value, depth + 1, left),
                    }
                    fields.insert(self.known.name(&key).to_string(), value);
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer")
            .field("status", &self.status)
            .field("bytes", &self.body.len())
            .field("took", &self.took)
            .finish_non_exhaustive()
    }
}

/// A body that is no JSON, as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ShownText {
    /// A page.
    Page {
        /// Its title.
        title: Foreign,
    },
    /// Its first words.
    Words(Foreign),
}

impl fmt::Display for ShownText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Page { title } => f.write_str(&say!("a page with the title “{title}”", title)),
            Self::Words(words) => words.fmt(f),
        }
    }
}

/// What is wrong with JSON, without the value that is: serde quotes it.
pub fn unreadable(error: &serde_json::Error, known: &Known) -> Foreign {
    known.words(&JsonError::of(error).to_string())
}

/// What is wrong with JSON.
#[derive(Debug, thiserror::Error)]
enum JsonError {
    /// A field is not there, in the words of serde.
    #[error("{0}")]
    NoField(String),
    /// A value that was taken out of its text.
    #[error("{}", say!("a value is not of the expected type"))]
    OtherType,
    #[error("{}", say!("a value is not of the expected type (line {line}, column {column})", line = .line, column = .column))]
    OtherTypeAt { line: usize, column: usize },
    #[error("{}", say!("it ends too early (line {line}, column {column})", line = .line, column = .column))]
    TooShort { line: usize, column: usize },
    #[error("{}", say!("it is not JSON (line {line}, column {column})", line = .line, column = .column))]
    NoJson { line: usize, column: usize },
}

impl JsonError {
    fn of(error: &serde_json::Error) -> Self {
        let (line, column) = (error.line(), error.column());
        match error.classify() {
            Category::Data => {
                let said = error.to_string();
                if said.starts_with("missing field") {
                    Self::NoField(said)
                } else if line == 0 {
                    Self::OtherType
                } else {
                    Self::OtherTypeAt { line, column }
                }
            }
            Category::Eof => Self::TooShort { line, column },
            Category::Syntax | Category::Io => Self::NoJson { line, column },
        }
    }
}

/// What Go's and nginx's servers say to plain HTTP on a port of TLS.
pub(super) fn complains_of_plain_http(answer: &Answer) -> Option<&'static str> {
    const COMPLAINTS: [&str; 2] = [
        "Client sent an HTTP request to an HTTPS server",
        "The plain HTTP request was sent to HTTPS port",
    ];
    let refused = answer.status == StatusCode::BAD_REQUEST;
    COMPLAINTS.into_iter().find(|complaint| refused && answer.says(complaint))
}

/// What the title of a page says.
fn page_title(page: &str) -> Option<String> {
    let lower = page.to_ascii_lowercase();
    let start = lower.find("<title")?;
    let start = start + lower.get(start..)?.find('>')? + 1;
    let end = start + lower.get(start..)?.find("</title")?;
    let title = page.get(start..end)?.split_whitespace().collect::<Vec<_>>().join(" ");
    (!title.is_empty()).then_some(title)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_of_the_wrong_type_is_not_quoted() {
        let answer = Answer::new(StatusCode::OK, HeaderMap::new(), br#"["hunter2hunter2"]"#.into());
        let error = answer.read::<Vec<u8>>().unwrap_err().to_string();
        assert_eq!(error, JsonError::OtherTypeAt { line: 1, column: 17 }.to_string());
    }
}
