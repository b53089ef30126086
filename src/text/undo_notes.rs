//! What to know before an effect is undone, and after one was cut short.

use super::{journal::act, undo::grant_types_stay};
use crate::wizard::{Fate, UndoNote};

/// What to know before an effect is undone.
pub(super) fn undo_note(note: &UndoNote) -> String {
    match note {
        UndoNote::Did(effect) => say!("An earlier run did this: {effect}.", effect),
        UndoNote::MadeHere => say!("This program made it, so it may delete it."),
        UndoNote::ApplicationMadeHere => {
            say!("This program made it, so it may delete it. The provider stays.")
        }
        UndoNote::GrantTypesStay => grant_types_stay(),
        UndoNote::NoRedirectUri => say!(
            "The provider had no redirect URI before: authentik trusts the first one that anybody \
             asks for."
        ),
        UndoNote::OldLinks => say!(
            "With the old links back, Immich refuses these logins again unless the authentik that \
             gave them is back, too."
        ),
        UndoNote::OldSettingsUnreadable => say!(
            "What was there before is no JSON, as Immich up to 1.105 wants it: with it back, Immich \
             does not come up again after its next restart."
        ),
        UndoNote::OldRedirectUris { uris } => say!(
            "This program registered them for an earlier address of Immich or an earlier release \
             of authentik: {uris}.",
            uris = uris.join(", ")
        ),
        UndoNote::OldAddresses => say!(
            "Browsers that still open Immich there cannot log in afterwards. An address that \
             somebody else may get one day should not stay."
        ),
        UndoNote::CutShort { act: what, fate } => say!(
            "It was about to do this: {what}. {fate}",
            what = act(what),
            fate = self::fate(fate)
        ),
    }
}

fn fate(fate: &Fate) -> String {
    match fate {
        Fate::Created => say!("It was created."),
        Fate::NotCreated => say!("It was not created."),
        Fate::TokenKept => say!("The token was made, and is kept."),
        Fate::TokenLost => say!(
            "The token was made, but not kept. The next token takes its place; `{us} access \
             remove` deletes it.",
            us = crate::say::us()
        ),
        Fate::TokenNotMade => say!("The token was not made."),
        Fate::KeyKept => say!("The key was made, and is kept."),
        Fate::KeyUnclaimed { name } => say!(
            "Nobody has it. If Immich lists an API key `{name}` of this program that nobody has, \
             the next one that is made takes its place; `{us} access remove` deletes it.",
            name,
            us = crate::say::us()
        ),
        Fate::Deleted => say!("It was deleted."),
        Fate::NotDeleted => say!("It was not deleted."),
        Fate::DeletedLater => say!("A later run deleted it."),
        Fate::OtherRelease => say!("Another release of immich-sso began it; look yourself."),
        Fate::SecretKept => say!("The secret is kept."),
        Fate::SecretNotKept => say!("The secret was not kept."),
        Fate::RestartDue => {
            say!("Whether Immich was restarted is not known; it is still due.")
        }
        Fate::Undone => say!("It was taken back."),
        Fate::NotUndone => say!("It was not taken back."),
        Fate::UndoneUnknown => say!("What it was to take back is not known."),
        Fate::NotDone(system) => say!("{system} shows nothing of it: it was not done.", system),
        Fate::Done(system) => {
            say!("{system} has it as that run wanted it: it was done.", system)
        }
        Fate::ChangedSince(system) => say!(
            "{system} has something else than before and than that run wanted: somebody changed it \
             since.",
            system
        ),
    }
}
