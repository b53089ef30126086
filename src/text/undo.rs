//! What an undo and a recovery find.

use super::{effects::undo_way, fields::access_kind};
use crate::wizard::{NothingToUndo, Remains, Tally};

/// Why there is nothing to undo, in sentences.
#[must_use]
pub fn nothing_to_undo(why: &NothingToUndo) -> String {
    match why {
        NothingToUndo::Effect(way) => undo_way(*way),
        NothingToUndo::NoProvider { client_id } => {
            say!("authentik has no provider with the client id `{client_id}`.", client_id)
        }
        NothingToUndo::OtherProvider { client_id, number } => say!(
            "The provider with the client id `{client_id}` is number {number} now: not the one that \
             this run made, which is gone.",
            client_id,
            number
        ),
        NothingToUndo::ProviderGone { number, name } => {
            say!("authentik has no provider number {number} (`{name}`) any more.", number, name)
        }
        NothingToUndo::ProviderAsBefore { name } => {
            say!("The provider `{name}` is as it was before that run.", name)
        }
        NothingToUndo::GrantTypesStay => grant_types_stay(),
        NothingToUndo::NoApplication { slug } => {
            say!("authentik has no application `{slug}`.", slug)
        }
        NothingToUndo::ApplicationGone { slug } => {
            say!("authentik has no application `{slug}` any more.", slug)
        }
        NothingToUndo::ApplicationAsBefore { slug } => {
            say!("The application `{slug}` is as it was before that run.", slug)
        }
        NothingToUndo::SettingsAsBefore => {
            say!("Immich's OAuth settings are as they were before that run.")
        }
        NothingToUndo::LinksAsBefore => {
            say!("Immich's accounts are linked as they were before that run.")
        }
        NothingToUndo::AccessGone { kind, name } => say!(
            "The {kind} `{name}` that this program made is gone.",
            kind = access_kind(*kind),
            name
        ),
        NothingToUndo::AccessReplaced { kind, name } => say!(
            "The {kind} `{name}` that this program made is gone. Another one has its name now: it \
             is somebody else's, and is left.",
            kind = access_kind(*kind),
            name
        ),
        NothingToUndo::KeyNotListed { name } => say!(
            "Immich lists no API key `{name}` of this program for whoever signed in: it is gone, or \
             another administrator's.",
            name
        ),
        NothingToUndo::SecretUnknown => say!("The journal does not say which secret it was."),
        NothingToUndo::OtherSecret => say!("The secret store holds another secret by now."),
        NothingToUndo::SecretNotKept => say!("The secret store does not hold it."),
    }
}

/// Said of a provider that had no grant types, as the API of authentik 2026.5 and
/// later makes them where none are sent.
pub(super) fn grant_types_stay() -> String {
    say!(
        "The provider had no grant types before. authentik does not accept an empty list, so the \
         new ones stay."
    )
}

/// What an undo came to, in a sentence or two.
#[must_use]
pub fn tally(tally: &Tally) -> String {
    let counted = tally_counted(tally);
    if tally.remains.is_empty() {
        return counted;
    }
    let remains: Vec<String> = tally.remains.iter().map(self::remains).collect();
    say!("{counted} Still there: {remains}.", counted, remains = remains.join("; "))
}

/// How many changes an undo took back and left, in a sentence.
#[must_use]
pub fn tally_counted(tally: &Tally) -> String {
    match (tally.taken_back, tally.left) {
        (0, 0) => say!("There was nothing to take back."),
        (0, left) => {
            say!("Nothing was taken back; {changes} left as they are.", changes = changes(left))
        }
        (done, 0) if tally.remains.is_empty() => say!(
            "Taken back: {changes}. All is as it was before that run.",
            changes = changes(done)
        ),
        (done, 0) => say!("Taken back: {changes}.", changes = changes(done)),
        (done, left) => say!(
            "Taken back: {done}. Left as they are: {left}.",
            done = changes(done),
            left = changes(left)
        ),
    }
}

fn changes(count: usize) -> String {
    match count {
        1 => say!("1 change"),
        count => say!("{count} changes", count),
    }
}

/// What a removal of access came to, in a sentence.
#[must_use]
pub fn access_tally(tally: &Tally) -> String {
    match (tally.taken_back, tally.left) {
        (0, 0) => {
            say!("There is nothing to remove: no access that this program made is left.")
        }
        (done, 0) => {
            say!("Removed: {done}. Nothing of this program's access is left.", done)
        }
        (done, left) => say!("Removed: {done}. Left as they are: {left}.", done, left),
    }
}

/// What an undo leaves behind, as a noun phrase.
#[must_use]
pub fn remains(remains: &Remains) -> String {
    match remains {
        Remains::EmptyRow => say!(
            "an empty settings row (`{empty}`) in Immich, which means the defaults, if it had none \
             before",
            empty = "{}"
        ),
        Remains::OtherSettings => {
            say!("settings of Immich that others changed since, as they are now")
        }
        Remains::Token(identifier) => {
            say!("the API token `{identifier}` in authentik", identifier)
        }
        Remains::Key(name) => say!("the API key `{name}` in Immich", name),
        Remains::Access(name) => say!("account, role and group `{name}` in authentik", name),
        Remains::OldSecrets => {
            say!(
                "older client secrets in the secret store (`{us} secret list`)",
                us = crate::say::us()
            )
        }
        Remains::Logins => say!("accounts that logins made or linked in Immich"),
        Remains::LostLines => say!("what the missing lines of the journal say"),
    }
}
