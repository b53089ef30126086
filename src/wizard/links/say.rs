//! Stale links in plain words.

use super::{Next, Stale};
use crate::wizard::systems::Systems;

/// How many accounts are named.
const NAMED: usize = 5;

/// What is so and what comes of it, a sentence or two for each kind.
pub(in crate::wizard) fn told(systems: &Systems, stale: &[Stale]) -> Vec<String> {
    let of = |next: Next| stale.iter().filter(move |one| one.next == next).collect::<Vec<_>>();
    let mut told = Vec::new();
    let refused = of(Next::Refused);
    if !refused.is_empty() {
        told.push(format!(
            "{} linked to an account that authentik does not know any more. authentik gives \
             everybody a new id when it is rebuilt. At the next login through authentik Immich \
             says no to {}: “already linked to another account”.",
            names(&refused),
            if refused.len() == 1 { "its owner" } else { "their owners" },
        ));
    }
    let elsewhere = of(Next::Elsewhere);
    if !elsewhere.is_empty() {
        let next = if systems.profile.settings.auto_register {
            "the next login of its owner makes a second, empty account"
        } else {
            "the next login of its owner is refused"
        };
        told.push(format!(
            "{} linked to an account that authentik does not know any more, and nobody in \
             authentik has that e-mail address: {next}. Give the person in authentik the address \
             that the account has in Immich; the next run then offers to end the old link.",
            names(&elsewhere),
        ));
    }
    told
}

/// What is to be said where authentik is another one and its users cannot be
/// seen.
pub(in crate::wizard) fn unseen_after_rebuild() -> String {
    "authentik is not as it was. If it was rebuilt, it gives everybody a new id, and accounts in \
     Immich that are linked to the old ones cannot be logged in to. Whether there are any cannot \
     be seen: this program's token may not list authentik's users (authentik_core.view_user)."
        .into()
}

/// The accounts, with their verb.
fn names(accounts: &[&Stale]) -> String {
    let one = |stale: &&Stale| match stale.account.name.as_str() {
        "" => stale.account.email.clone(),
        name => format!("{name} ({})", stale.account.email),
    };
    let named: Vec<String> = accounts.iter().take(NAMED).map(one).collect();
    let more = accounts.len() - named.len();
    match (accounts.len(), more) {
        (1, _) => format!("{} is", named.join(", ")),
        (_, 0) => format!("{} are", named.join(", ")),
        (_, more) => format!("{} and {more} more accounts are", named.join(", ")),
    }
}
