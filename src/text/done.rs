//! What came of effects that were done.

use crate::{
    authentik::{MadeNote, spelled_time},
    site::Fault,
    wizard::DoneNote,
};

/// What came of an effect that was done, in a few words.
#[must_use]
pub fn done_note(note: &DoneNote) -> String {
    match note {
        DoneNote::Kept { fingerprint: Some(print) } => say!("kept, fingerprint {print}", print),
        DoneNote::Kept { fingerprint: None } => say!("kept"),
        DoneNote::KeptPending { fingerprint: Some(print) } => {
            say!("kept as pending, fingerprint {print}", print)
        }
        DoneNote::KeptPending { fingerprint: None } => say!("kept as pending"),
        DoneNote::MadeCurrent { fingerprint } => {
            say!("{fingerprint} is the current one", fingerprint)
        }
        DoneNote::Forgotten => say!("forgotten"),
        DoneNote::WasGone => say!("it was gone already"),
        DoneNote::ProviderMade { number } => say!("provider number {number}", number),
        DoneNote::ApplicationMade { slug } => say!("application `{slug}`", slug),
        DoneNote::Changed => say!("changed, and read back"),
        DoneNote::Written { copy: Some(copy) } => {
            say!("written, and read back; the old text is kept in {copy}", copy)
        }
        DoneNote::Written { copy: None } => say!("written, and read back"),
        DoneNote::Answers { seconds } => {
            say!("Immich answers again, after {seconds} s", seconds)
        }
        DoneNote::PartMade { was_there: true, notes } => noted(say!("done."), notes),
        DoneNote::PartMade { was_there: false, notes } => noted(say!("created."), notes),
        DoneNote::TokenMade { identifier, owner, ends: Some(at), notes } => {
            let at = spelled_time(*at);
            noted(
                say!("token `{identifier}` of {owner}, ends at {at}.", identifier, owner, at),
                notes,
            )
        }
        DoneNote::TokenMade { identifier, owner, ends: None, notes } => noted(
            say!("token `{identifier}` of {owner}, does not end by itself.", identifier, owner),
            notes,
        ),
        DoneNote::KeyMade { name, without } if without.is_empty() => {
            say!("API key `{name}`", name)
        }
        DoneNote::KeyMade { name, without } => {
            let without = without.join(", ");
            say!("API key `{name}`, without {without}: refused", name, without)
        }
        DoneNote::SetBack { exact, copy_left } => set_back(*exact, copy_left.as_deref()),
        DoneNote::Deleted => say!("deleted"),
        DoneNote::HasSecret { fingerprint } => say!("has {fingerprint}", fingerprint),
        DoneNote::HasSecretAgain { fingerprint } => say!("has {fingerprint} again", fingerprint),
        DoneNote::Revoked { access, refresh } => {
            say!("{access} access and {refresh} refresh tokens revoked", access, refresh)
        }
        DoneNote::FoundDone | DoneNote::SeenDone => {
            say!("not confirmed then, and found done at the next look")
        }
        DoneNote::FoundInImmich => say!("not confirmed then, and found in Immich at the next look"),
        DoneNote::Nothing => say!("nothing to do"),
        DoneNote::Words(words) => words.clone(),
    }
}

/// The same with what did not go as planned, one sentence after the other.
fn noted(done: String, notes: &[MadeNote]) -> String {
    notes.iter().map(made_note).fold(done, |text, note| format!("{text} {note}"))
}

/// What did not go as planned while something was made.
fn made_note(note: &MadeNote) -> String {
    match note {
        MadeNote::Failed { tried, answer } => {
            say!("Could not {tried}: {answer}.", tried, answer)
        }
        MadeNote::Ends(at) => say!(
            "authentik ends the token at {time}: only an administrator can make one that does not \
             end.",
            time = spelled_time(*at)
        ),
        MadeNote::Endless => {
            say!("authentik made the token without an end. Delete it when you no longer need it.")
        }
    }
}

fn set_back(exact: bool, copy_left: Option<&Fault>) -> String {
    match (exact, copy_left) {
        (true, None) => say!("set back, and read back: all as before"),
        (false, None) => say!("set back, and read back"),
        (true, Some(fault)) => {
            say!("set back, and read back: all as before; a copy may be left: {fault}", fault)
        }
        (false, Some(fault)) => {
            say!("set back, and read back; a copy may be left: {fault}", fault)
        }
    }
}
