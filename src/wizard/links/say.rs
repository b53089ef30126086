//! What is to be known of stale links.

use super::{Next, Stale};
use crate::wizard::{LinkNote, LinkedAccount, systems::Systems};

/// What is so and what comes of it, for each kind.
pub(in crate::wizard) fn told(systems: &Systems, stale: &[Stale]) -> Vec<LinkNote> {
    let of = |next: Next| {
        let of_kind = stale.iter().filter(move |one| one.next == next);
        let account = |Stale { account, next: _ }: &Stale| LinkedAccount {
            name: account.name.clone(),
            email: account.email.clone(),
        };
        of_kind.map(account).collect::<Vec<_>>()
    };
    let (refused, elsewhere) = (of(Next::Refused), of(Next::Elsewhere));
    let registers = systems.profile.settings.auto_register;
    let refused = (!refused.is_empty()).then_some(LinkNote::Refused { accounts: refused });
    let elsewhere =
        (!elsewhere.is_empty()).then_some(LinkNote::Elsewhere { accounts: elsewhere, registers });
    refused.into_iter().chain(elsewhere).collect()
}
