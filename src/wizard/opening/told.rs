//! What changed since last time, in sentences.

use super::Look;
use crate::{
    secret::{Fingerprint, Label},
    wizard::{FieldRow, FieldState, Note, StepId, keep, memory::Memory, steps, systems::Systems},
};

/// What there is to say, a sentence each.
#[derive(Debug, Default)]
pub(super) struct Changes {
    pub(super) lines: Vec<Note>,
    /// How many of them are about what is another than last time. Of the rest
    /// nobody knows that it ever was as wanted.
    pub(super) since: usize,
}

impl Changes {
    /// Adds what is another than last time, where there was a last time.
    pub(super) fn changed(&mut self, systems: &Systems, line: String) {
        self.since += usize::from(systems.memory.is_some());
        self.lines.push(line.into());
    }
}

/// What changed, and what else is not as wanted.
pub(super) fn changes(
    systems: &Systems,
    looks: &[(StepId, Look)],
    kept: &[(Label, Fingerprint)],
) -> Changes {
    let (mut told, mut lines) = (Changes::default(), Vec::new());
    if let Some(memory) = &systems.memory {
        places(systems, memory, &mut lines);
        objects(systems, memory, &mut lines);
    }
    secrets(systems, kept, &mut lines);
    for line in lines {
        told.changed(systems, line);
    }
    for (id, look) in looks {
        fields(systems, *id, look, &mut told);
        for fault in &look.blockers {
            told.changed(systems, format!("{}: {}.", fault.system, fault.answer));
        }
    }
    told
}

/// Addresses and releases.
fn places(systems: &Systems, memory: &Memory, told: &mut Vec<String>) {
    let mut moved = |what: &str, then: &str, now: &str| {
        if then != now && !then.is_empty() {
            told.push(format!("{what}: {then} last time, {now} now."));
        }
    };
    moved("authentik's address", &memory.authentik, &systems.profile.authentik.url);
    moved("Immich's address", &memory.immich, &systems.profile.immich.url);
    let text = |version: Option<String>| version.unwrap_or_default();
    moved(
        "authentik's release",
        &text(memory.authentik_version.clone()),
        &text(systems.authentik_version().map(ToString::to_string)),
    );
    moved(
        "Immich's release",
        &text(memory.immich_version.clone()),
        &text(systems.immich_version().ok().map(ToString::to_string)),
    );
    if let (Some(then), Some(now)) = (memory.saw.route, systems.saw.route) {
        moved("The way to Immich's settings", then.name(), now.name());
    }
}

/// The provider, the application, the settings.
fn objects(systems: &Systems, memory: &Memory, told: &mut Vec<String>) {
    let (then, now) = (&memory.saw, &systems.saw);
    match (then.provider, now.provider) {
        (Some(number), None) => told.push(format!(
            "authentik has no provider for Immich any more (it was number {number}): it was \
             rebuilt, or somebody deleted it. It is made again with the same client id and the \
             client secret that is kept here."
        )),
        (Some(then), Some(now)) if then != now => told.push(format!(
            "authentik has another provider than last time: number {now} instead of {then}."
        )),
        _ => {}
    }
    if then.application.is_some() && now.application.is_none() {
        told.push(format!(
            "authentik has no application `{}` any more. It is made again under the same slug, so \
             that the issuer stays what it was.",
            systems.profile.application.slug
        ));
    }
    if then.signing_key.is_some()
        && now.signing_key.is_some()
        && then.signing_key != now.signing_key
    {
        told.push("authentik signs tokens with another key than last time.".into());
    }
    if then.is_set && !now.is_set {
        told.push(
            "Immich has no OAuth settings any more: it was rebuilt, or somebody reset them. They \
             are written again with the client secret that is kept here."
                .into(),
        );
    }
}

/// Which secret each side holds.
fn secrets(systems: &Systems, kept: &[(Label, Fingerprint)], told: &mut Vec<String>) {
    let label = |label| kept.iter().find(|(known, _)| *known == label).map(|(_, print)| print);
    let Some(ours) = label(Label::ClientSecret) else { return };
    let sides =
        [("authentik", &systems.saw.authentik_secret), ("Immich", &systems.saw.immich_secret)];
    for (side, held) in sides {
        let Some(held) = held.as_ref().filter(|held| **held != ours.to_string()) else { continue };
        let was_ours = kept.iter().any(|(_, print)| print.to_string() == *held);
        told.push(if was_ours {
            format!(
                "{side} holds a client secret that was in use before ({held}): it seems to come \
                 from an older backup. The present one ({ours}) is set again."
            )
        } else {
            format!(
                "{side} holds a client secret that is not ours ({held}). Ours ({ours}) is set \
                 again, and that one is kept as the previous one."
            )
        });
    }
}

/// Fields of objects that are there. One that this program set, or that was as
/// wanted last time, changed since then.
fn fields(systems: &Systems, id: StepId, look: &Look, told: &mut Changes) {
    let left = keep::left(systems, id);
    let agreed = |row: &FieldRow| {
        let seen = systems.memory.as_ref().map(|memory| &memory.saw.agreed);
        left.contains_key(&row.id)
            || seen.zip(row.id.id()).is_some_and(|(agreed, id)| agreed.contains_key(&id))
    };
    let differs = |row: &&FieldRow| row.state == FieldState::Differs && !row.id.is_client_secret();
    for row in look.fields.iter().filter(differs) {
        let Some(says) = steps::difference(Some(id), row) else { continue };
        told.since += usize::from(agreed(row));
        told.lines.push(says);
    }
}
