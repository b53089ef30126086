//! Values that somebody changed by hand since this program set them: to be put
//! back, or kept in the profile.

use std::collections::HashMap;

use super::{
    FieldId, FieldRow, FieldState, FieldValue, Note, StepId,
    effect::Effect,
    record::{self, Begun},
    steps::{self, difference},
    systems::Systems,
};
use crate::site::{Profile, ProfileKey, Reading};

/// One of them.
pub(super) struct Change {
    /// The profile's value.
    pub(super) key: ProfileKey,
    /// What it would become.
    pub(super) value: String,
    /// Both.
    pub(super) says: Note,
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

/// What this program left in the fields of a step: a field that is still so was
/// changed in the profile, not on the server.
pub(super) fn left(systems: &Systems, id: StepId) -> HashMap<FieldId, FieldValue> {
    let mut left = HashMap::new();
    let Some(object) = steps::of(id).object() else { return left };
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
        let fields = fields.iter();
        left.extend(
            fields.map(|(key, value)| (FieldId::stored(object, key), FieldValue::of(value))),
        );
    }
    left
}

fn one(systems: &Systems, left: &HashMap<FieldId, FieldValue>, row: &FieldRow) -> Option<Change> {
    let key = row.edit.as_ref()?.key;
    let Reading::Known { value: Some(live), .. } = &row.live else { return None };
    let as_left = left.get(&row.id) == Some(live);
    let seen = systems.seen.memory.as_ref().and_then(|memory| memory.saw.agreed.get(&row.id.id()?));
    if as_left || seen == Some(live) || systems.choices.was_edited {
        return None;
    }
    let value = match (key, live) {
        (ProfileKey::OtherUrls, FieldValue::Lines(uris)) => addresses(&systems.profile, uris)?,
        (ProfileKey::Scope, FieldValue::Mappings { scopes, .. }) if !scopes.is_empty() => {
            scopes.join(" ")
        }
        // The provider's key decides how tokens are signed: alone this value
        // would end every login.
        (ProfileKey::SigningAlgorithm, _) => return None,
        _ => live.for_profile(key)?,
    };
    let mut changed = systems.profile.clone();
    key.set(&mut changed, &value).ok()?;
    let says = difference(None, row)?;
    (changed != systems.profile).then_some(Change { key, value, says })
}

/// The further addresses of which all redirect URIs are there. `None`: what is
/// missing is not an address of which the profile could do without.
fn addresses(profile: &Profile, live: &[String]) -> Option<String> {
    let is_there = |profile: &Profile| profile.redirect_uris().iter().all(|uri| live.contains(uri));
    let mut fitting = profile.clone();
    fitting.immich.other_urls.retain(|url| {
        let mut alone = profile.clone();
        alone.immich.url.clone_from(url);
        alone.immich.other_urls.clear();
        is_there(&alone)
    });
    is_there(&fitting).then(|| fitting.immich.other_urls.join(" "))
}

fn was_set_up(systems: &Systems, id: StepId) -> bool {
    let done = |begun: &Begun<'_>| begun.is_done() && begun.taken_back.is_none();
    systems.seen.memory.is_some()
        || record::begun(systems.history())
            .iter()
            .any(|begun| done(begun) && begun.value().is_some_and(|effect| effect.step() == id))
}
