//! What the tables know of a field, and how it is asked for.

use serde_json::Value;

use super::{ApplicationField, ProfileKey, ProviderField, SettingsField};
use crate::site::{Profile, ValueError, Version, slot::Slot, value_check::Check};

/// An object that has fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Object {
    /// The provider in authentik.
    Provider,
    /// The application in authentik.
    Application,
    /// Immich's OAuth settings.
    Settings,
}

/// How Immich acts where a field of its settings is not stored.
#[derive(Clone, Copy, Debug)]
pub(super) enum Unset {
    Flag(bool),
    Text(&'static str),
}

/// Where the new value of a field of Immich's settings comes from.
#[derive(Clone, Copy, Debug)]
pub(super) enum Source {
    /// It is always on.
    On,
    /// Discovery tells it.
    Issuer,
    /// The secret store has it.
    Secret,
    /// A value of the profile that is edited at its row.
    Edited(ProfileKey),
    /// A value of the profile that is edited in its file only.
    InFile(Slot),
}

/// A value of the profile.
pub(super) struct KeyRow {
    /// How the profile's file spells it, with its section.
    name: &'static str,
    /// The first object that it is about.
    object: Object,
    /// Where the profile keeps it.
    slot: Slot,
    /// Whether a text will do.
    check: Check,
}

/// A field of an object in authentik.
pub(super) struct AuthentikRow {
    /// The key under which authentik stores it.
    key: &'static str,
    /// The value of the profile that decides it, where one does.
    edit: Option<ProfileKey>,
}

/// A field of Immich's settings.
pub(super) struct SettingsRow {
    /// The key under which Immich stores it.
    key: &'static str,
    /// The release that it came with; `None`: one that is too old to matter.
    since: Option<[u32; 3]>,
    /// How Immich acts where it is not stored.
    unset: Unset,
    /// Where its new value comes from.
    source: Source,
}

impl ProfileKey {
    /// How the profile's file spells it, with its section.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// The first object that it is about.
    #[must_use]
    pub fn object(self) -> Object {
        self.row().object
    }

    /// The value, as it is typed.
    #[must_use]
    pub fn get(self, profile: &Profile) -> String {
        self.row().slot.get(profile)
    }

    /// Whether it may be left out: then what the server has stays.
    #[must_use]
    pub fn may_be_left_out(self) -> bool {
        self.row().slot.may_be_left_out()
    }

    /// A value of a server as it is typed for this one. `None`: this one cannot
    /// have it.
    #[must_use]
    pub fn typed(self, value: &Value) -> Option<String> {
        self.row().slot.typed(value)
    }

    /// Where it is kept.
    pub(in crate::site) fn slot(self) -> Slot {
        self.row().slot
    }

    /// Whether the texts of the profile's value will do.
    pub(in crate::site) fn checked(self, profile: &Profile) -> Vec<ValueError> {
        let KeyRow { slot, check, .. } = self.row();
        slot.texts(profile).iter().filter_map(|text| check(text).err()).collect()
    }
}

/// Lets a field of an authentik object say what its row says.
macro_rules! authentik_field {
    ($name:ident) => {
        impl $name {
            /// The key under which authentik stores it.
            #[must_use]
            pub fn key(self) -> &'static str {
                self.row().key
            }

            /// The field that is stored under a key.
            #[must_use]
            pub fn of(key: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|field| field.key() == key)
            }

            /// The value of the profile that decides it, where one does.
            #[must_use]
            pub fn edit(self) -> Option<ProfileKey> {
                self.row().edit
            }
        }
    };
}

authentik_field!(ProviderField);
authentik_field!(ApplicationField);

impl SettingsField {
    /// The key under which Immich stores it.
    #[must_use]
    pub fn key(self) -> &'static str {
        self.row().key
    }

    /// The field that is stored under a key.
    #[must_use]
    pub fn of(key: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|field| field.key() == key)
    }

    /// Whether a release has it. Another one would drop it without a word.
    #[must_use]
    pub fn is_known_to(self, version: &Version) -> bool {
        self.row().since.is_none_or(|[major, minor, patch]| version.at_least(major, minor, patch))
    }

    /// The value of the profile that decides it and is edited at its row.
    #[must_use]
    pub fn edit(self) -> Option<ProfileKey> {
        match self.row().source {
            Source::Edited(key) => Some(key),
            Source::On | Source::Issuer | Source::Secret | Source::InFile(_) => None,
        }
    }

    /// How Immich acts where it is not stored.
    #[must_use]
    pub fn unset(self) -> Value {
        match self.row().unset {
            Unset::Flag(flag) => flag.into(),
            Unset::Text(text) => text.into(),
        }
    }

    /// The value that the profile asks for. `None`: the profile leaves it as it is,
    /// or it is the client secret, which no profile holds.
    #[must_use]
    pub fn wanted(self, profile: &Profile, issuer: &str) -> Option<Value> {
        match self.row().source {
            Source::On => Some(true.into()),
            Source::Issuer => Some(issuer.into()),
            Source::Secret => None,
            Source::Edited(key) => key.slot().json(profile),
            Source::InFile(slot) => slot.json(profile),
        }
    }
}

pub(super) const fn kept(object: Object, name: &'static str, slot: Slot, check: Check) -> KeyRow {
    KeyRow { name, object, slot, check }
}

pub(super) const fn in_authentik(key: &'static str, edit: Option<ProfileKey>) -> AuthentikRow {
    AuthentikRow { key, edit }
}

pub(super) const fn in_immich(
    key: &'static str,
    since: Option<[u32; 3]>,
    unset: Unset,
    source: Source,
) -> SettingsRow {
    SettingsRow { key, since, unset, source }
}
