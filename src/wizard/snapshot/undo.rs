//! What an undo and a recovery find.

use serde::{Deserialize, Serialize};

use super::Act;
use crate::{
    site::{
        System,
        harmless::{Each, Shape::Line},
    },
    wizard::{UndoWay, effect::Effect, fields::AccessKind},
};

/// Why there is nothing to undo; [`crate::text::nothing_to_undo`] says it. The
/// journal keeps it as it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind", content = "value")]
pub enum NothingToUndo {
    /// The effect is never undone by itself, and this says why.
    Effect(UndoWay),
    /// There is no provider with that client id.
    NoProvider {
        /// The client id.
        client_id: String,
    },
    /// The provider with that client id is not the one that was made.
    OtherProvider {
        /// The client id.
        client_id: String,
        /// Its number.
        number: i64,
    },
    /// The provider that was changed is gone.
    ProviderGone {
        /// Its number.
        number: i64,
        /// Its name.
        name: String,
    },
    /// The provider is as it was before.
    ProviderAsBefore {
        /// Its name.
        name: String,
    },
    /// All that is left of a change are grant types, and they stay.
    GrantTypesStay,
    /// There is no such application.
    NoApplication {
        /// Its slug.
        slug: String,
    },
    /// The application that was changed is gone.
    ApplicationGone {
        /// Its slug.
        slug: String,
    },
    /// The application is as it was before.
    ApplicationAsBefore {
        /// Its slug.
        slug: String,
    },
    /// Immich's OAuth settings are as they were before.
    SettingsAsBefore,
    /// Immich's accounts are linked as they were before.
    LinksAsBefore,
    /// What gave this program access is gone.
    AccessGone {
        /// What it was.
        kind: AccessKind,
        /// Its name.
        name: String,
    },
    /// What gave this program access is gone, and something of somebody else's
    /// has its name.
    AccessReplaced {
        /// What it was.
        kind: AccessKind,
        /// Its name.
        name: String,
    },
    /// Whoever signed in at Immich has no such key.
    KeyNotListed {
        /// Its name.
        name: String,
    },
    /// The journal does not say which secret was made.
    SecretUnknown,
    /// The secret store holds another secret in its place.
    OtherSecret,
    /// The secret store does not hold the secret.
    SecretNotKept,
}

/// What to know before an effect is undone; [`crate::text::note`] says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UndoNote {
    /// What an earlier run did.
    Did(Box<Effect>),
    /// This program made it, and may delete it.
    MadeHere,
    /// The same of an application, whose provider stays.
    ApplicationMadeHere,
    /// Grant types stay, because authentik does not take an empty list.
    GrantTypesStay,
    /// The provider had no redirect URI before.
    NoRedirectUri,
    /// With the old links back Immich refuses logins.
    OldLinks,
    /// The old settings are nothing that Immich can read.
    OldSettingsUnreadable,
    /// These redirect URIs are of an earlier address or release.
    OldRedirectUris {
        /// The redirect URIs.
        uris: Vec<String>,
    },
    /// What it means for browsers that they go.
    OldAddresses,
    /// What became of something that was cut short.
    CutShort {
        /// What was begun.
        act: Act,
        /// What became of it.
        fate: Fate,
    },
}

/// What became of something that was begun and cut short.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// An account, a role or a group was created.
    Created,
    /// An account, a role or a group was not created.
    NotCreated,
    /// A token was made, and is kept.
    TokenKept,
    /// A token was made, and nobody has it.
    TokenLost,
    /// A token was not made.
    TokenNotMade,
    /// A key was made, and is kept.
    KeyKept,
    /// Nobody has a key; whether it was made is not known.
    KeyUnclaimed {
        /// Its name.
        name: String,
    },
    /// Something that gave access was deleted.
    Deleted,
    /// Something that gave access was not deleted.
    NotDeleted,
    /// A later run deleted it.
    DeletedLater,
    /// Another release began it.
    OtherRelease,
    /// A secret is kept.
    SecretKept,
    /// A secret was not kept.
    SecretNotKept,
    /// The restart is still due.
    RestartDue,
    /// Something was undone.
    Undone,
    /// Something was not undone.
    NotUndone,
    /// What was to be undone is not known.
    UndoneUnknown,
    /// The system shows nothing of it.
    NotDone(System),
    /// The system has it as the run wanted it.
    Done(System),
    /// The system has something else than before and than was wanted.
    ChangedSince(System),
}

impl Fate {
    /// Whether it happened.
    pub(in crate::wizard) const fn is_done(&self) -> bool {
        match self {
            Self::Created
            | Self::TokenKept
            | Self::TokenLost
            | Self::KeyKept
            | Self::Deleted
            | Self::SecretKept
            | Self::Undone
            | Self::Done(_)
            | Self::ChangedSince(_) => true,
            Self::NotCreated
            | Self::TokenNotMade
            | Self::KeyUnclaimed { .. }
            | Self::NotDeleted
            | Self::DeletedLater
            | Self::OtherRelease
            | Self::SecretNotKept
            | Self::RestartDue
            | Self::NotUndone
            | Self::UndoneUnknown
            | Self::NotDone(_) => false,
        }
    }

    /// Whether a look said so: of some nobody can say what became of them.
    pub(in crate::wizard) const fn is_seen(&self) -> bool {
        !matches!(
            self,
            Self::KeyUnclaimed { .. } | Self::OtherRelease | Self::RestartDue | Self::UndoneUnknown
        )
    }

    /// Does something with every text that came from outside.
    fn each_text(&mut self, each: Each<'_>) {
        match self {
            Self::KeyUnclaimed { name } => each(name, Line),
            Self::Created
            | Self::NotCreated
            | Self::TokenKept
            | Self::TokenLost
            | Self::TokenNotMade
            | Self::KeyKept
            | Self::Deleted
            | Self::NotDeleted
            | Self::DeletedLater
            | Self::OtherRelease
            | Self::SecretKept
            | Self::SecretNotKept
            | Self::RestartDue
            | Self::Undone
            | Self::NotUndone
            | Self::UndoneUnknown
            | Self::NotDone(_)
            | Self::Done(_)
            | Self::ChangedSince(_) => {}
        }
    }
}

impl NothingToUndo {
    /// Does something with every text that came from outside.
    pub(super) fn each_text(&mut self, each: Each<'_>) {
        match self {
            Self::NoProvider { client_id: text }
            | Self::OtherProvider { client_id: text, number: _ }
            | Self::ProviderGone { number: _, name: text }
            | Self::ProviderAsBefore { name: text }
            | Self::NoApplication { slug: text }
            | Self::ApplicationGone { slug: text }
            | Self::ApplicationAsBefore { slug: text }
            | Self::AccessGone { kind: _, name: text }
            | Self::AccessReplaced { kind: _, name: text }
            | Self::KeyNotListed { name: text } => each(text, Line),
            Self::Effect(_)
            | Self::GrantTypesStay
            | Self::SettingsAsBefore
            | Self::LinksAsBefore
            | Self::SecretUnknown
            | Self::OtherSecret
            | Self::SecretNotKept => {}
        }
    }
}

impl UndoNote {
    /// Does something with every text that came from outside.
    pub(super) fn each_text(&mut self, each: Each<'_>) {
        match self {
            Self::Did(effect) => effect.each_text(each),
            Self::OldRedirectUris { uris } => {
                for uri in uris {
                    each(uri, Line);
                }
            }
            Self::CutShort { act, fate } => {
                act.each_text(each);
                fate.each_text(each);
            }
            Self::MadeHere
            | Self::ApplicationMadeHere
            | Self::GrantTypesStay
            | Self::NoRedirectUri
            | Self::OldLinks
            | Self::OldSettingsUnreadable
            | Self::OldAddresses => {}
        }
    }
}
