//! Ages and times as they are given on the command line.

use std::time::Duration;

use jiff::{SignedDuration, Span, SpanRelativeTo};

/// Why a text is no age and no time.
#[derive(Debug, thiserror::Error)]
pub(super) enum SpanError {
    #[error("{}", say!("write it like 90d, 12w or 36h"))]
    NoAge,
    #[error("{}", say!("write it in hours, days or weeks"))]
    OddUnit,
    #[error("{}", say!("it is negative"))]
    Negative,
    #[error("{}", say!("write it like 90s or 5m"))]
    NoTime,
}

/// An age in hours, days or weeks.
pub(super) fn age(text: &str) -> Result<SignedDuration, SpanError> {
    let span: Span = text.parse().map_err(|_| SpanError::NoAge)?;
    let relative = SpanRelativeTo::days_are_24_hours();
    let age = span.to_duration(relative).map_err(|_| SpanError::OddUnit)?;
    if age.is_negative() { Err(SpanError::Negative) } else { Ok(age) }
}

/// A time in seconds or minutes.
pub(super) fn time(text: &str) -> Result<Duration, SpanError> {
    let time: SignedDuration = text.parse().map_err(|_| SpanError::NoTime)?;
    Duration::try_from(time).ok().filter(|time| !time.is_zero()).ok_or(SpanError::NoTime)
}
