//! The live pane.

use crate::wizard::{LiveSubject, LiveValue};

/// What a line of the live pane is about.
#[must_use]
pub fn live_subject(subject: &LiveSubject) -> String {
    match subject {
        LiveSubject::Text(text) => text.clone(),
    }
}

/// What a server says about it.
#[must_use]
pub fn live_value(value: &LiveValue) -> String {
    match value {
        LiveValue::Text(text) => text.clone(),
    }
}
