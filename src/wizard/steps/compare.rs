//! Wanted against live, field by field.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;

use crate::{
    secret::Secret,
    site::Reading,
    wizard::{FieldId, FieldRow, FieldState, FieldValue, Note, StepId, effect::Fields},
};

/// Compares one object's fields: collects the rows for the card, and of what
/// differs the new and the old values.
pub(super) struct Comparison {
    /// The rows, in the order in which they were compared.
    pub(super) rows: Vec<FieldRow>,
    /// The fields to send.
    pub(super) fields: Fields,
    /// What they were; `null` where there was nothing.
    pub(super) before: Fields,
    exists: bool,
    at: Timestamp,
    took: Duration,
}

impl Comparison {
    /// A comparison with an object that exists or not, read in `took`.
    pub(super) fn new(exists: bool, took: Duration) -> Self {
        Self {
            rows: Vec::new(),
            fields: Fields::new(),
            before: Fields::new(),
            exists,
            at: Timestamp::now(),
            took,
        }
    }

    /// A field whose value reads as it is stored.
    pub(super) fn field(&mut self, id: FieldId, wanted: Value, live: Option<&Value>) {
        let same = live == Some(&wanted);
        let shown = (FieldValue::of(&wanted), live.map(FieldValue::of));
        self.put(id, (wanted, shown.0), (live.cloned(), shown.1), same);
    }

    /// A field that is stored as one thing and shown as another: each side is
    /// the stored value and the one that is shown.
    pub(super) fn put(
        &mut self,
        id: FieldId,
        wanted: (Value, FieldValue),
        live: (Option<Value>, Option<FieldValue>),
        same: bool,
    ) {
        if let Some(key) = id.key().filter(|_| !same) {
            self.fields.insert(key.to_owned(), wanted.0);
            self.before.insert(key.to_owned(), live.0.unwrap_or(Value::Null));
        }
        self.row(id, wanted.1, live.1, same);
    }

    /// A row without a field that is sent: what is compared but set otherwise.
    pub(super) fn row(
        &mut self,
        id: FieldId,
        wanted: FieldValue,
        live: Option<FieldValue>,
        same: bool,
    ) {
        let state = match (self.exists, same) {
            (false, _) => FieldState::New,
            (true, true) => FieldState::Same,
            (true, false) => FieldState::Differs,
        };
        let live = self.exists.then(|| live.unwrap_or(FieldValue::NotSet));
        let live = Reading::Known { value: live, at: self.at, took: self.took };
        self.rows.push(FieldRow { id, wanted, live, state, edit: None });
    }

    /// A row of what the profile says nothing about: it stays as it is.
    pub(super) fn kept(&mut self, id: FieldId, live: FieldValue) {
        self.row(id, live.clone(), Some(live), true);
        if let Some(row) = self.rows.last_mut() {
            row.state = FieldState::Kept;
        }
    }

    /// Whether anything differs.
    pub(super) fn differs(&self) -> bool {
        !self.fields.is_empty()
    }
}

/// A secret as it is shown: by its fingerprint.
pub(super) fn shown_secret(secret: &Secret) -> FieldValue {
    if secret.is_empty() {
        FieldValue::Empty
    } else {
        FieldValue::Secret(secret.fingerprint().to_string())
    }
}

/// How a field differs: what is there, and what the profile says. `None`: what
/// is there is not known.
pub(in crate::wizard) fn difference(step: Option<StepId>, row: &FieldRow) -> Option<Note> {
    let Reading::Known { value: Some(live), .. } = &row.live else { return None };
    let (id, live, wanted) = (row.id.clone(), live.clone(), row.wanted.clone());
    Some(Note::Difference { step, id, live, wanted })
}
