//! One part of the live state: what is known of it, since when.

use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;

use super::Fault;

/// What is known about one part of the live state.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "state")]
pub enum Reading<T> {
    /// Nobody has looked yet.
    #[default]
    Unknown,
    /// Somebody is looking; `last` is what was seen before, if anything.
    Reading {
        /// When the look began.
        since: Timestamp,
        /// The last value that was seen.
        last: Option<Last<T>>,
    },
    /// Seen.
    Known {
        /// What was seen.
        value: T,
        /// When.
        at: Timestamp,
        /// How long the answer took.
        took: Duration,
    },
    /// Looked, and could not see.
    Failed {
        /// Why not.
        why: Fault,
        /// When.
        at: Timestamp,
        /// The last value that was seen.
        last: Option<Last<T>>,
    },
}

/// A value that was seen before the present look.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Last<T> {
    /// What was seen.
    pub value: T,
    /// When.
    pub at: Timestamp,
}

impl<T> Reading<T> {
    /// The value, if it is known now.
    pub const fn known(&self) -> Option<&T> {
        match self {
            Self::Known { value, .. } => Some(value),
            _ => None,
        }
    }

    /// The value, or else the last one that was seen.
    pub const fn last(&self) -> Option<&T> {
        match self {
            Self::Known { value, .. } => Some(value),
            Self::Reading { last: Some(last), .. } | Self::Failed { last: Some(last), .. } => {
                Some(&last.value)
            }
            Self::Reading { .. } | Self::Failed { .. } | Self::Unknown => None,
        }
    }

    /// When [`Self::last`] was seen.
    pub const fn last_at(&self) -> Option<Timestamp> {
        match self {
            Self::Known { at, .. } => Some(*at),
            Self::Reading { last: Some(last), .. } | Self::Failed { last: Some(last), .. } => {
                Some(last.at)
            }
            Self::Reading { .. } | Self::Failed { .. } | Self::Unknown => None,
        }
    }

    /// Why the look failed, if it did.
    pub const fn fault(&self) -> Option<&Fault> {
        match self {
            Self::Failed { why, .. } => Some(why),
            _ => None,
        }
    }

    /// The same state of knowledge about something derived from the value.
    pub fn map<U>(&self, f: impl Fn(&T) -> U) -> Reading<U> {
        let old = |last: &Option<Last<T>>| {
            last.as_ref().map(|last| Last { value: f(&last.value), at: last.at })
        };
        match self {
            Self::Unknown => Reading::Unknown,
            Self::Reading { since, last } => Reading::Reading { since: *since, last: old(last) },
            Self::Known { value, at, took } => {
                Reading::Known { value: f(value), at: *at, took: *took }
            }
            Self::Failed { why, at, last } => {
                Reading::Failed { why: why.clone(), at: *at, last: old(last) }
            }
        }
    }

    /// Marks it as being looked at again, keeping what was seen last.
    pub fn begin(&mut self) {
        let last = self.take_last();
        *self = Self::Reading { since: Timestamp::now(), last };
    }

    /// Takes in the outcome of a look that took `took`.
    pub fn finish(&mut self, outcome: Result<T, Fault>, took: Duration) {
        let at = Timestamp::now();
        *self = match outcome {
            Ok(value) => Self::Known { value, at, took },
            Err(why) => Self::Failed { why, at, last: self.take_last() },
        };
    }

    fn take_last(&mut self) -> Option<Last<T>> {
        match std::mem::replace(self, Self::Unknown) {
            Self::Known { value, at, .. } => Some(Last { value, at }),
            Self::Reading { last, .. } | Self::Failed { last, .. } => last,
            Self::Unknown => None,
        }
    }
}
