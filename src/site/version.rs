//! Version numbers as both servers report them.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// A server's version: `2.7.5`, `2026.8.3`, `2025.10.0-rc1`. Ordered as the
/// numbers are; a pre-release comes before its release.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Version {
    major: u32,
    minor: u32,
    patch: u32,
    pre: Option<String>,
}

impl Version {
    /// A release.
    #[must_use]
    pub const fn new(major: u32, minor: u32, patch: u32) -> Self {
        Self { major, minor, patch, pre: None }
    }

    /// The first number.
    #[must_use]
    pub const fn major(&self) -> u32 {
        self.major
    }

    /// Whether this is `major.minor.patch` or later. A pre-release counts as
    /// the release that it leads up to: it already behaves like it.
    #[must_use]
    pub fn at_least(&self, major: u32, minor: u32, patch: u32) -> bool {
        (self.major, self.minor, self.patch) >= (major, minor, patch)
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        let numbers = |v: &Self| (v.major, v.minor, v.patch);
        numbers(self)
            .cmp(&numbers(other))
            .then_with(|| self.pre.is_none().cmp(&other.pre.is_none()))
            .then_with(|| self.pre.cmp(&other.pre))
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// Text that is no version.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", say!("`{text}` is not a version such as 2.7.5 or 2026.8.3", text = .0))]
pub struct NotAVersion(String);

impl FromStr for Version {
    type Err = NotAVersion;

    /// Reads `1.2.3`, `v1.2.3`, `1.2` and `1.2.3-rc1`.
    fn from_str(text: &str) -> Result<Self, NotAVersion> {
        let wrong = || NotAVersion(text.to_owned());
        let trimmed = text.trim();
        let bare = trimmed.strip_prefix('v').unwrap_or(trimmed);
        let (numbers, pre) = match bare.split_once(['-', '+']) {
            Some((numbers, pre)) => (numbers, Some(pre.to_owned())),
            None => (bare, None),
        };
        let mut parts = numbers.split('.');
        let mut next = |required: bool| match parts.next() {
            Some(part) => part.parse::<u32>().map_err(|_| wrong()),
            None if required => Err(wrong()),
            None => Ok(0),
        };
        let version = Self { major: next(true)?, minor: next(true)?, patch: next(false)?, pre };
        if parts.next().is_some() { Err(wrong()) } else { Ok(version) }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)?;
        self.pre.as_ref().map_or(Ok(()), |pre| write!(f, "-{pre}"))
    }
}

impl From<Version> for String {
    fn from(version: Version) -> Self {
        version.to_string()
    }
}

impl TryFrom<String> for Version {
    type Error = NotAVersion;

    fn try_from(text: String) -> Result<Self, NotAVersion> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_servers_report_and_orders_it() {
        let v = |text: &str| text.parse::<Version>().unwrap();
        assert!(v("v2.7.5") > v("1.106.4"));
        assert!(v("2026.5.0-rc1") < v("2026.5.0"));
        assert!(v("2026.5.0-rc1").at_least(2026, 5, 0));
        assert_eq!(v("2025.10").to_string(), "2025.10.0");
        for wrong in ["", "2", "a.b.c", "1.2.3.4", "1..3"] {
            assert!(wrong.parse::<Version>().is_err(), "{wrong}");
        }
    }
}
