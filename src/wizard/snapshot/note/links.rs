//! What to know about accounts in Immich that are linked to nobody.

use crate::site::harmless::{Each, Shape::Line};

/// Something to know about the links of accounts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinkNote {
    /// Immich refuses the next logins to these accounts.
    Refused {
        /// The accounts.
        accounts: Vec<LinkedAccount>,
    },
    /// Nobody in authentik has the addresses of these accounts.
    Elsewhere {
        /// The accounts.
        accounts: Vec<LinkedAccount>,
        /// Whether a login makes an account where there is none.
        registers: bool,
    },
    /// authentik was rebuilt, and its users cannot be seen.
    UnseenAfterRebuild,
    /// How the owner of an account ends its link.
    OwnersUnlink,
    /// How an administrator ends all links.
    AdministratorUnlinks,
    /// Who gets an account whose link was ended.
    WhoGetsIt,
}

/// An account of Immich's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkedAccount {
    /// The name of its owner; may be empty.
    pub name: String,
    /// Its address.
    pub email: String,
}

impl LinkNote {
    /// Does something with every text that came from outside.
    pub(in crate::wizard::snapshot) fn each_text(&mut self, each: Each<'_>) {
        match self {
            Self::Refused { accounts } | Self::Elsewhere { accounts, registers: _ } => {
                for LinkedAccount { name, email } in accounts {
                    each(name, Line);
                    each(email, Line);
                }
            }
            Self::UnseenAfterRebuild
            | Self::OwnersUnlink
            | Self::AdministratorUnlinks
            | Self::WhoGetsIt => {}
        }
    }
}
