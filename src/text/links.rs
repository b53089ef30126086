//! Accounts in Immich that are linked to nobody whom authentik knows.

use crate::wizard::{LinkNote, LinkedAccount};

/// How many accounts are named.
const NAMED: usize = 5;

/// Something to know about the links of accounts.
pub(super) fn note(note: &LinkNote) -> String {
    match note {
        LinkNote::Refused { accounts } => {
            let owners = if accounts.len() == 1 { say!("its owner") } else { say!("their owners") };
            say!(
                "{accounts} linked to an account that authentik does not know any more. authentik \
                 gives everybody a new id when it is rebuilt. At the next login through authentik \
                 Immich says no to {owners}: “already linked to another account”.",
                accounts = names(accounts),
                owners
            )
        }
        LinkNote::Elsewhere { accounts, registers } => {
            let next = if *registers {
                say!("the next login of its owner makes a second, empty account")
            } else {
                say!("the next login of its owner is refused")
            };
            say!(
                "{accounts} linked to an account that authentik does not know any more, and nobody \
                 in authentik has that e-mail address: {next}. Give the person in authentik the \
                 address that the account has in Immich; the next run then offers to end the old \
                 link.",
                accounts = names(accounts),
                next
            )
        }
        LinkNote::UnseenAfterRebuild => say!(
            "authentik is not as it was. If it was rebuilt, it gives everybody a new id, and \
             accounts in Immich that are linked to the old ones cannot be logged in to. Whether \
             there are any cannot be seen: this program's token may not list authentik's users \
             (authentik_core.view_user)."
        ),
        LinkNote::OwnersUnlink => say!(
            "Each owner can: log in to Immich with the password, then Account Settings, OAuth, \
             Unlink. An administrator may have to set a password first."
        ),
        LinkNote::AdministratorUnlinks => say!(
            "From Immich 1.144 on an administrator can do it for everybody at once: \
             Administration, Settings, Authentication, “Unlink all OAuth accounts”. That ends \
             links that are in order, too; the next login links each account anew by its e-mail \
             address."
        ),
        LinkNote::WhoGetsIt => say!(
            "Once a link is ended, whoever has that e-mail address in authentik gets the account \
             at the next login. Read the list with that in mind."
        ),
    }
}

/// The accounts, with their verb.
fn names(accounts: &[LinkedAccount]) -> String {
    let one = |LinkedAccount { name, email }: &LinkedAccount| match name.as_str() {
        "" => email.clone(),
        name => format!("{name} ({email})"),
    };
    let named: Vec<String> = accounts.iter().take(NAMED).map(one).collect();
    let more = accounts.len() - named.len();
    let named = named.join(", ");
    match (accounts.len(), more) {
        (1, _) => say!("{named} is", named),
        (_, 0) => say!("{named} are", named),
        (_, more) => say!("{named} and {more} more accounts are", named, more),
    }
}
