//! Values that somebody changed by hand since this program set them: to be put
//! back, or kept in the profile.

use std::collections::HashMap;

use super::{
    FieldRow, FieldState, StepId,
    effect::Effect,
    record::{self, Begun},
    steps::plain,
    systems::Systems,
};
use crate::site::{ProfileKey, Reading};

/// One of them.
pub(super) struct Change {
    /// The profile's value.
    pub(super) key: ProfileKey,
    /// What it would become.
    pub(super) value: String,
    /// Both, in a sentence.
    pub(super) says: String,
}

/// What differs at a step that this program had set up, where the profile could
/// say what is there instead.
pub(super) fn changed_by_hand(systems: &Systems, id: StepId, rows: &[FieldRow]) -> Vec<Change> {
    if !was_set_up(systems, id) {
        return Vec::new();
    }
    let left = left(systems, id);
    rows.iter()
        .filter(|row| row.state == FieldState::Differs)
        .filter_map(|row| one(systems, &left, row))
        .collect()
}

/// What this program left in the fields of a step, as rows name and show them:
/// a field that is still so was changed in the profile, not on the server.
fn left(systems: &Systems, id: StepId) -> HashMap<String, String> {
    let mut left = HashMap::new();
    for begun in record::begun(systems.history()) {
        let effect = begun.value().filter(|effect| begun.is_done() && effect.step() == id);
        let Some(
            Effect::CreateProvider { fields, .. }
            | Effect::ChangeProvider { fields, .. }
            | Effect::CreateApplication { fields, .. }
            | Effect::ChangeApplication { fields, .. }
            | Effect::WriteSettings { fields, .. },
        ) = effect
        else {
            continue;
        };
        left.extend(fields.iter().map(|(key, value)| (words(key), plain(value))));
    }
    left
}

/// A key in words: `client_id` and `clientId` are "client id".
fn words(key: &str) -> String {
    let mut words = String::new();
    for c in key.trim_start_matches("meta_").chars() {
        if c == '_' {
            words.push(' ');
            continue;
        }
        if c.is_uppercase() {
            words.push(' ');
        }
        words.extend(c.to_lowercase());
    }
    words
}

fn one(systems: &Systems, left: &HashMap<String, String>, row: &FieldRow) -> Option<Change> {
    let key = row.edit.as_ref()?.key;
    // What is listed there is not what the profile lists.
    if key == ProfileKey::OtherUrls || row.name == "scope mappings" {
        return None;
    }
    let Reading::Known { value: Some(live), .. } = &row.live else { return None };
    if left.get(&row.name.to_lowercase()) == Some(live) || systems.was_edited {
        return None;
    }
    let mut changed = systems.profile.clone();
    key.set(&mut changed, live).ok()?;
    (changed != systems.profile).then(|| Change {
        key,
        value: live.clone(),
        says: format!("{}: it is {live} now; the profile says {}.", row.name, row.wanted),
    })
}

fn was_set_up(systems: &Systems, id: StepId) -> bool {
    let done = |begun: &Begun<'_>| begun.is_done() && begun.taken_back.is_none();
    systems.memory.is_some()
        || record::begun(systems.history())
            .iter()
            .any(|begun| done(begun) && begun.value().is_some_and(|effect| effect.step() == id))
}
