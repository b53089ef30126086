//! Accounts of Immich whose link leads nowhere: what a look at them found, and what
//! comes of it.

use super::{LinkNote, LinkedAccount};
use crate::{
    immich::User,
    site::{Fault, Profile},
};

/// What is known of the links.
#[derive(Clone, Debug, Default)]
pub(super) struct Links {
    /// The accounts whose link leads nowhere.
    pub(super) stale: Vec<Stale>,
    /// Why that could not be looked at.
    pub(super) unseen: Option<Fault>,
    /// The plan that the operator did not want.
    pub(super) left: Option<String>,
}

impl Links {
    /// What a look came to.
    pub(super) fn of(looked: Result<Vec<Stale>, Fault>) -> Self {
        match looked {
            Ok(stale) => Self { stale, ..Self::default() },
            Err(fault) => Self { unseen: Some(fault), ..Self::default() },
        }
    }

    /// Whether the link of that account leads nowhere.
    pub(super) fn is_stale(&self, account: &User) -> bool {
        self.stale.iter().any(|stale| stale.account.id == account.id)
    }
}

/// An account that is linked to a subject that authentik gives nobody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stale {
    /// The account.
    pub(super) account: User,
    /// What its owner's next login comes to.
    pub(super) next: Next,
}

/// What a login comes to while the link is stale.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Somebody in authentik has the account's e-mail address: Immich refuses
    /// the login, for the account is linked to somebody else as it seems.
    Refused,
    /// Nobody has: the login makes a second account, where Immich makes
    /// accounts at all.
    Elsewhere,
}

/// What is so and what comes of it, for each kind.
pub(super) fn told(profile: &Profile, stale: &[Stale]) -> Vec<LinkNote> {
    let of = |next: Next| {
        let of_kind = stale.iter().filter(move |one| one.next == next);
        let account = |Stale { account, next: _ }: &Stale| LinkedAccount {
            name: account.name.clone(),
            email: account.email.clone(),
        };
        of_kind.map(account).collect::<Vec<_>>()
    };
    let (refused, elsewhere) = (of(Next::Refused), of(Next::Elsewhere));
    let registers = profile.settings.auto_register;
    let refused = (!refused.is_empty()).then_some(LinkNote::Refused { accounts: refused });
    let elsewhere =
        (!elsewhere.is_empty()).then_some(LinkNote::Elsewhere { accounts: elsewhere, registers });
    refused.into_iter().chain(elsewhere).collect()
}
