//! What changed since last time.

use super::Look;
use crate::{
    secret::{Fingerprint, Label},
    site::System,
    wizard::{
        FieldRow, FieldState, Note, OpeningNote, StepId, keep, memory::Memory, steps,
        systems::Systems,
    },
};

/// What there is to say.
#[derive(Debug, Default)]
pub(super) struct Changes {
    pub(super) lines: Vec<Note>,
    /// How many of them are about what is another than last time. Of the rest
    /// nobody knows that it ever was as wanted.
    pub(super) since: usize,
}

impl Changes {
    /// Adds what is another than last time, where there was a last time.
    pub(super) fn changed(&mut self, systems: &Systems, line: impl Into<Note>) {
        self.since += usize::from(systems.seen.memory.is_some());
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
    if let Some(memory) = &systems.seen.memory {
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
            told.changed(systems, OpeningNote::Blocked(fault.clone()));
        }
    }
    told
}

/// Addresses and releases.
fn places(systems: &Systems, memory: &Memory, told: &mut Vec<OpeningNote>) {
    let mut moved = |then: &str, now: &str, note: &dyn Fn(String, String) -> OpeningNote| {
        if then != now && !then.is_empty() {
            told.push(note(then.to_owned(), now.to_owned()));
        }
    };
    let profile = &systems.profile;
    let text = |version: Option<String>| version.unwrap_or_default();
    for (system, then, now) in [
        (System::Authentik, &memory.authentik, &profile.authentik.url),
        (System::Immich, &memory.immich, &profile.immich.url),
    ] {
        moved(then, now, &|then, now| OpeningNote::AnotherAddress { system, then, now });
    }
    let authentik = systems.authentik_version().map(ToString::to_string);
    let immich = systems.immich_version().ok().map(ToString::to_string);
    for (system, then, now) in [
        (System::Authentik, memory.authentik_version.clone(), authentik),
        (System::Immich, memory.immich_version.clone(), immich),
    ] {
        let (then, now) = (text(then), text(now));
        moved(&then, &now, &|then, now| OpeningNote::AnotherRelease { system, then, now });
    }
    if let (Some(then), Some(now)) = (memory.saw.route, systems.seen.saw.route)
        && then != now
    {
        told.push(OpeningNote::AnotherRoute { then, now });
    }
}

/// The provider, the application, the settings.
fn objects(systems: &Systems, memory: &Memory, told: &mut Vec<OpeningNote>) {
    let (then, now) = (&memory.saw, &systems.seen.saw);
    match (then.provider, now.provider) {
        (Some(number), None) => told.push(OpeningNote::ProviderGone { number }),
        (Some(then), Some(now)) if then != now => {
            told.push(OpeningNote::AnotherProvider { then, now });
        }
        _ => {}
    }
    if then.application.is_some() && now.application.is_none() {
        let slug = systems.profile.application.slug.clone();
        told.push(OpeningNote::ApplicationGone { slug });
    }
    if then.signing_key.is_some()
        && now.signing_key.is_some()
        && then.signing_key != now.signing_key
    {
        told.push(OpeningNote::AnotherSigningKey);
    }
    if then.is_set && !now.is_set {
        told.push(OpeningNote::SettingsGone);
    }
}

/// Which secret each side holds.
fn secrets(systems: &Systems, kept: &[(Label, Fingerprint)], told: &mut Vec<OpeningNote>) {
    let label = |label| kept.iter().find(|(known, _)| *known == label).map(|(_, print)| print);
    let Some(ours) = label(Label::ClientSecret).map(ToString::to_string) else { return };
    let sides = [
        (System::Authentik, &systems.seen.saw.authentik_secret),
        (System::Immich, &systems.seen.saw.immich_secret),
    ];
    for (system, held) in sides {
        let Some(held) = held.clone().filter(|held| *held != ours) else { continue };
        let was_ours = kept.iter().any(|(_, print)| print.to_string() == held);
        let ours = ours.clone();
        told.push(if was_ours {
            OpeningNote::OlderSecret { system, held, ours }
        } else {
            OpeningNote::ForeignSecret { system, held, ours }
        });
    }
}

/// Fields of objects that are there. One that this program set, or that was as
/// wanted last time, changed since then.
fn fields(systems: &Systems, id: StepId, look: &Look, told: &mut Changes) {
    let left = keep::left(systems, id);
    let agreed = |row: &FieldRow| {
        let seen = systems.seen.memory.as_ref().map(|memory| &memory.saw.agreed);
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
