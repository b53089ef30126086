//! What this program itself did to an object after an effect: a value that one
//! of its later runs left is not somebody else's.

use serde_json::Value;

use crate::{
    site::{self, System},
    wizard::{
        Entry, FieldId,
        effect::{Effect, Fields, Inverse, RotationEffect, says},
        record::{self, Begun},
    },
};

/// An object that effects change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Object<'a> {
    /// The provider of that primary key.
    Provider(i64),
    /// The application of that slug.
    Application(&'a str),
    /// Immich's OAuth settings.
    Settings,
}

impl Object<'_> {
    /// The field of it that is stored under a key.
    pub(super) fn field(self, key: &str) -> FieldId {
        let object = match self {
            Self::Provider(_) => site::Object::Provider,
            Self::Application(_) => site::Object::Application,
            Self::Settings => site::Object::Settings,
        };
        FieldId::stored(object, key)
    }
}

/// One later change of this program's.
struct Change {
    effect: Effect,
    /// The fingerprint of the client secret that it kept or sent.
    secret: Option<String>,
}

/// See the module.
pub(super) struct Ours(Vec<Change>);

impl Ours {
    /// What was done after `begun`, oldest first.
    pub(super) fn after(history: &[Entry], begun: &Begun<'_>) -> Self {
        let later = record::begun(history).into_iter();
        let done = later.filter(|other| other.seq > begun.seq && other.is_done());
        let changes = done.filter_map(|other| {
            Some(Change { effect: other.value()?, secret: other.effect.secret.clone() })
        });
        Self(changes.collect())
    }

    /// The value of a field, where an unbroken chain of our own changes led to
    /// it from `left`.
    pub(super) fn field(&self, object: Object<'_>, key: &str, left: &Value) -> Value {
        let mut now = left.clone();
        for change in &self.0 {
            let Some((before, after)) = fields(&change.effect, object) else { continue };
            let Some(after) = after.get(key) else { continue };
            let found = before.map(|before| before.get(key).unwrap_or(&Value::Null));
            if found.is_some_and(|found| !says(found, &now)) {
                return now;
            }
            now = after.clone();
        }
        now
    }

    /// The fingerprint of the client secret of a system, where an unbroken chain
    /// of our own changes led to it from `left`.
    pub(super) fn secret(&self, of: System, left: &str) -> String {
        let mut now = left.to_owned();
        for change in &self.0 {
            match (&change.effect, of) {
                // What was set aside is what was there.
                (Effect::SetSecretAside { of: system, fingerprint, .. }, _)
                    if *system == of && *fingerprint != now =>
                {
                    return now;
                }
                (
                    Effect::Rotation(RotationEffect::SwitchAuthentik { from, .. }),
                    System::Authentik,
                )
                | (
                    Effect::Rotation(RotationEffect::SwitchImmich { from: Some(from), .. }),
                    System::Immich,
                ) => {
                    // One of our own that a switch in between left there, whose end
                    // nobody saw, is nobody else's.
                    if *from != now && !self.rotated().any(|ours| ours == from) {
                        return now;
                    }
                    now = change.secret.clone().unwrap_or(now);
                }
                (Effect::ChangeProvider { secret: true, .. }, System::Authentik)
                | (
                    Effect::WriteSettings { secret: true, .. }
                    | Effect::Rotation(RotationEffect::SwitchImmich { from: None, .. }),
                    System::Immich,
                ) => now = change.secret.clone().unwrap_or(now),
                (
                    Effect::TakeBack {
                        inverse: Inverse::RestoreProvider { secret: Some(old), .. },
                        ..
                    },
                    System::Authentik,
                )
                | (
                    Effect::TakeBack {
                        inverse: Inverse::RestoreSettings { secret: Some(old), .. },
                        ..
                    },
                    System::Immich,
                ) => now.clone_from(&old.fingerprint),
                _ => {}
            }
        }
        now
    }

    /// The fingerprints of the client secrets that rotations made.
    pub(super) fn rotated(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|change| match &change.effect {
            Effect::Rotation(RotationEffect::Create) => change.secret.as_deref(),
            _ => None,
        })
    }
}

/// What an effect found, where it says so, and left of an object's fields.
fn fields<'a>(effect: &'a Effect, object: Object<'_>) -> Option<(Option<&'a Fields>, &'a Fields)> {
    match (effect, object) {
        (Effect::ChangeProvider { provider, fields, before, .. }, Object::Provider(pk))
            if *provider == pk =>
        {
            Some((Some(before), fields))
        }
        (
            Effect::TakeBack {
                inverse: Inverse::RestoreProvider { provider, fields, now, .. },
                ..
            },
            Object::Provider(pk),
        ) if *provider == pk => Some((Some(now), fields)),
        (Effect::ChangeApplication { slug, fields, before, .. }, Object::Application(known))
            if slug == known =>
        {
            Some((Some(before), fields))
        }
        (
            Effect::TakeBack { inverse: Inverse::RestoreApplication { slug, fields, now }, .. },
            Object::Application(known),
        ) if slug == known => Some((Some(now), fields)),
        (Effect::WriteSettings { fields, before, .. }, Object::Settings) => {
            Some((Some(before), fields))
        }
        (
            Effect::TakeBack { inverse: Inverse::RestoreSettings { fields, .. }, .. },
            Object::Settings,
        ) => Some((None, fields)),
        _ => None,
    }
}
