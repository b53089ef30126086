//! The three values of a field: before an effect, as the effect left it, and
//! now.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;

use super::ours::{Object, Ours};
use crate::{
    site::Reading,
    wizard::{
        FieldId, FieldRow, FieldState, FieldValue, Note,
        effect::{Fields, says},
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

/// One field with its three values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::wizard) struct Three {
    /// The field.
    pub(in crate::wizard) id: FieldId,
    /// Before the effect.
    pub(in crate::wizard) before: FieldValue,
    /// As the effect left it.
    pub(in crate::wizard) left: FieldValue,
    /// Now.
    pub(in crate::wizard) now: FieldValue,
    /// Which of the two it is now.
    pub(in crate::wizard) stands: Stands,
}

impl Three {
    /// A field whose values are compared as they are.
    pub(super) fn of(id: FieldId, before: FieldValue, left: FieldValue, now: FieldValue) -> Self {
        let stands = if now == before {
            Stands::AsBefore
        } else if now == left {
            Stands::AsLeft
        } else {
            Stands::Otherwise
        };
        Self { id, before, left, now, stands }
    }

    /// The same where a later change of this program's left that value.
    pub(super) fn or_ours(mut self, ours: &FieldValue) -> Self {
        if self.stands == Stands::Otherwise && self.now == *ours {
            self.stands = Stands::AsLeft;
        }
        self
    }

    /// A field as it is stored. `ours`: what later changes of this program's made
    /// of it.
    fn stored(
        id: FieldId,
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
        let before = before.map_or(FieldValue::NotThere, FieldValue::of);
        Self { id, before, left: FieldValue::of(left), now: FieldValue::of(now), stands }
    }

    /// The row of a card: what it becomes beside what it is.
    pub(super) fn row(&self) -> FieldRow {
        let state =
            if self.stands == Stands::AsBefore { FieldState::Same } else { FieldState::Differs };
        FieldRow {
            id: self.id.clone(),
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

    /// All three.
    pub(super) fn note(&self) -> Note {
        Note::ChangedSince {
            id: self.id.clone(),
            before: self.before.clone(),
            left: self.left.clone(),
            now: self.now.clone(),
        }
    }
}

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
            let id = object.field(key);
            Three::stored(id, before, (left, &ours), now.get(key).unwrap_or(&null))
        })
        .collect()
}

/// These fields of an object.
pub(super) fn picked<'a>(keys: impl Iterator<Item = &'a String>, now: &Fields) -> Fields {
    keys.map(|key| (key.clone(), now.get(key).cloned().unwrap_or(Value::Null))).collect()
}
