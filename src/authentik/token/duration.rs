//! How long authentik lets API tokens last.

use jiff::SignedDuration;
use serde_json::Value;

use crate::{
    authentik::{Client, path},
    site::{Fault, FaultKind},
};

impl Client {
    /// How long an API token lasts that ends at all: the setting
    /// `default_token_duration`. Whatever is asked for, authentik ends it then,
    /// also an administrator's. `None`: this release or this user does not see
    /// the setting.
    pub async fn default_token_duration(&self) -> Result<Option<SignedDuration>, Fault> {
        let tried = word!("read how long tokens last");
        match self.find(tried, path::SETTINGS).await {
            Ok(Some((body, _))) => {
                let text = body.get("default_token_duration").and_then(Value::as_str);
                Ok(text.and_then(parse_duration))
            }
            Ok(None) => Ok(None),
            Err(fault) if matches!(fault.kind, FaultKind::NotAllowed | FaultKind::NotFound) => {
                Ok(None)
            }
            Err(fault) => Err(fault),
        }
    }
}

/// A duration as authentik writes it: `hours=1;minutes=30`.
fn parse_duration(text: &str) -> Option<SignedDuration> {
    let mut sum = SignedDuration::ZERO;
    for part in text.split(';').map(str::trim).filter(|part| !part.is_empty()) {
        let (unit, number) = part.split_once('=')?;
        let number: i64 = number.trim().parse().ok()?;
        let seconds = |each: i64| number.checked_mul(each).map(SignedDuration::from_secs);
        let part = match unit.trim() {
            "weeks" => seconds(7 * 24 * 3600)?,
            "days" => seconds(24 * 3600)?,
            "hours" => seconds(3600)?,
            "minutes" => seconds(60)?,
            "seconds" => seconds(1)?,
            "milliseconds" => SignedDuration::from_millis(number),
            "microseconds" => SignedDuration::from_micros(number),
            _ => return None,
        };
        sum = sum.checked_add(part)?;
    }
    Some(sum).filter(|sum| *sum > SignedDuration::ZERO)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn duration_is_read_as_authentik_writes_it() {
        let minutes = |minutes| Some(SignedDuration::from_mins(minutes));
        assert_eq!(parse_duration("minutes=30"), minutes(30));
        assert_eq!(parse_duration("hours=1; minutes=30"), minutes(90));
        assert_eq!(parse_duration("days=365"), minutes(365 * 24 * 60));
        assert_eq!(parse_duration("weeks=9223372036854775807"), None, "too long to count");
        assert_eq!(parse_duration("minutes=0"), None);
        assert_eq!(parse_duration("soon"), None);
    }
}
