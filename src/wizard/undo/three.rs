//! The three values of a field: before an effect, as the effect left it, and
//! now.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;

use super::ours::{Object, Ours};
use crate::{
    site::Reading,
    wizard::{
        FieldRow, FieldState,
        effect::{Fields, says},
        steps::{label, plain},
    },
};

/// How a field stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::wizard) enum Stands {
    /// As before the effect.
    AsBefore,
    /// As the effect left it, or a later change of this program's.
    AsLeft,
    /// As neither.
    Otherwise,
}

/// One field with its three values, as people read them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::wizard) struct Three {
    /// The field.
    pub(in crate::wizard) name: String,
    /// Before the effect.
    pub(in crate::wizard) before: String,
    /// As the effect left it.
    pub(in crate::wizard) left: String,
    /// Now.
    pub(in crate::wizard) now: String,
    /// Which of the two it is now.
    pub(in crate::wizard) stands: Stands,
}

impl Three {
    /// A field that is compared as text.
    pub(super) fn of(
        name: impl Into<String>,
        before: impl Into<String>,
        left: impl Into<String>,
        now: impl Into<String>,
    ) -> Self {
        let (before, left, now) = (before.into(), left.into(), now.into());
        let stands = if now == before {
            Stands::AsBefore
        } else if now == left {
            Stands::AsLeft
        } else {
            Stands::Otherwise
        };
        Self { name: name.into(), before, left, now, stands }
    }

    /// The same where a later change of this program's left that value.
    pub(super) fn or_ours(mut self, ours: &str) -> Self {
        if self.stands == Stands::Otherwise && self.now == ours {
            self.stands = Stands::AsLeft;
        }
        self
    }

    /// A field as it is stored. `ours`: what later changes of this program's made
    /// of it.
    fn stored(
        key: &str,
        before: Option<&Value>,
        (left, ours): (&Value, &Value),
        now: &Value,
    ) -> Self {
        let stands = if before.is_some_and(|before| says(now, before)) {
            Stands::AsBefore
        } else if says(now, left) || says(now, ours) {
            Stands::AsLeft
        } else {
            Stands::Otherwise
        };
        let before = before.map_or_else(|| NOT_THERE.to_owned(), plain);
        let (left, now) = (plain(left), plain(now));
        Self { name: label(key), before, left, now, stands }
    }

    /// The row of a card: what it becomes beside what it is.
    pub(super) fn row(&self) -> FieldRow {
        let state =
            if self.stands == Stands::AsBefore { FieldState::Same } else { FieldState::Differs };
        FieldRow {
            name: self.name.clone(),
            wanted: self.before.clone(),
            live: Reading::Known {
                value: Some(self.now.clone()),
                at: Timestamp::now(),
                took: Duration::ZERO,
            },
            state,
            edit: None,
        }
    }

    /// All three in a sentence.
    pub(super) fn spelled(&self) -> String {
        let said = |text: &str| match text {
            NOT_THERE => text.to_owned(),
            text => format!("`{}`", text.replace('\n', ", ")),
        };
        format!(
            "{}: {} before that run, {} as it left it, {} now.",
            self.name,
            said(&self.before),
            said(&self.left),
            said(&self.now)
        )
    }
}

/// What an object was before somebody made it.
pub(super) const NOT_THERE: &str = "not there";

/// The fields of an effect beside an object as it is now. `before`: `None` for
/// an object that the effect made.
pub(super) fn threes(
    left: &Fields,
    before: Option<&Fields>,
    now: &Fields,
    (ours, object): (&Ours, Object<'_>),
) -> Vec<Three> {
    left.iter()
        .map(|(key, left)| {
            let null = Value::Null;
            let before = before.map(|before| before.get(key).unwrap_or(&null));
            let ours = ours.field(object, key, left);
            Three::stored(key, before, (left, &ours), now.get(key).unwrap_or(&null))
        })
        .collect()
}

/// These fields of an object.
pub(super) fn picked<'a>(keys: impl Iterator<Item = &'a String>, now: &Fields) -> Fields {
    keys.map(|key| (key.clone(), now.get(key).cloned().unwrap_or(Value::Null))).collect()
}
