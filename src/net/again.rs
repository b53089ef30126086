//! Whether and when a read that failed is tried again.

use std::time::Duration;

use reqwest::{
    StatusCode,
    header::{self, HeaderMap},
};

/// Whether a status is one of a moment: asked again, the answer may be another.
pub(super) const fn is_passing(status: StatusCode) -> bool {
    matches!(status.as_u16(), 429 | 502 | 503 | 504)
}

/// Whether nobody took the connection, or it was cut off.
pub(super) fn is_refusal(error: &reqwest::Error) -> bool {
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref::<std::io::Error>() {
            use std::io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
            return matches!(error.kind(), ConnectionRefused | ConnectionReset | ConnectionAborted);
        }
        cause = error.source();
    }
    false
}

/// How long the server asks to wait: seconds or a date (RFC 9110, 10.2.3).
pub(super) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let at = jiff::fmt::rfc2822::parse(text).ok()?.timestamp();
    Some(Duration::try_from(at.duration_since(jiff::Timestamp::now())).unwrap_or_default())
}
