//! The releases that the lab plays.

use std::{fmt, str::FromStr};

/// A release: `2.7.5`, `2026.8.3`, `2025.10.0-rc1`. A pre-release behaves like
/// the release that it leads up to, and comes before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    numbers: (u32, u32, u32),
    pre: Option<String>,
}

impl Version {
    /// A release.
    #[must_use]
    pub const fn new(major: u32, minor: u32, patch: u32) -> Self {
        Self { numbers: (major, minor, patch), pre: None }
    }

    /// The first number.
    #[must_use]
    pub const fn major(&self) -> u32 {
        self.numbers.0
    }

    /// Whether this is one of those releases, such as `2.7`, whatever its patch.
    #[must_use]
    pub fn is_of(&self, releases: &[&str]) -> bool {
        let (major, minor, _) = self.numbers;
        releases.contains(&format!("{major}.{minor}").as_str())
    }

    /// Whether this is `major.minor.patch` or later, or leads up to it.
    #[must_use]
    pub fn at_least(&self, major: u32, minor: u32, patch: u32) -> bool {
        self.numbers >= (major, minor, patch)
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        let key = |version: &Self| (version.numbers, version.pre.is_none(), version.pre.clone());
        key(self).cmp(&key(other))
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// A text that names no release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotAVersion(String);

impl fmt::Display for NotAVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is not a version such as 2.7.5 or 2026.8.3", self.0)
    }
}

impl std::error::Error for NotAVersion {}

impl FromStr for Version {
    type Err = NotAVersion;

    /// Reads `1.2.3`, `1.2` and `1.2.3-rc1`.
    fn from_str(text: &str) -> Result<Self, NotAVersion> {
        let wrong = || NotAVersion(text.to_owned());
        let (numbers, pre) = match text.split_once('-') {
            Some((numbers, pre)) => (numbers, Some(pre.to_owned())),
            None => (text, None),
        };
        let numbers: Vec<u32> =
            numbers.split('.').map(str::parse).collect::<Result<_, _>>().map_err(|_| wrong())?;
        match numbers[..] {
            [major, minor] => Ok(Self { numbers: (major, minor, 0), pre }),
            [major, minor, patch] => Ok(Self { numbers: (major, minor, patch), pre }),
            _ => Err(wrong()),
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (major, minor, patch) = self.numbers;
        write!(f, "{major}.{minor}.{patch}")?;
        self.pre.as_ref().map_or(Ok(()), |pre| write!(f, "-{pre}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_are_ordered_by_their_numbers() {
        let v = |text: &str| text.parse::<Version>().unwrap();
        assert!(v("2.7.5") > v("1.106.4"));
        assert!(v("2026.5.0-rc1") < v("2026.5.0"));
        assert!(v("2026.5.0-rc1").at_least(2026, 5, 0));
        assert_eq!(v("2025.10").to_string(), "2025.10.0");
        for wrong in ["", "2", "a.b.c", "1.2.3.4", "1..3"] {
            assert!(wrong.parse::<Version>().is_err(), "{wrong}");
        }
    }
}
