//! What became of links that were ended.

use super::{
    sight::Sight,
    three::{Stands, Three},
};
use crate::{
    immich::Relink,
    site::Fault,
    wizard::{
        FieldId, FieldValue, NothingToUndo, UndoNote, effect::Inverse, links, systems::Systems,
    },
};

/// Links that a run ended.
pub(super) async fn ended(systems: &Systems, accounts: &[Relink]) -> Result<Sight, Fault> {
    let linked = links::linked(systems).await?;
    let now = |account: &Relink| {
        let found = linked.iter().find(|other| other.id == account.id);
        found.map(|found| found.oauth_id.clone()).unwrap_or_default()
    };
    let threes: Vec<Three> = accounts
        .iter()
        .map(|account| {
            let id = FieldId::Account { email: account.email.clone() };
            Three::of(id, told(&account.from), told(&account.to), told(&now(account)))
        })
        .collect();
    let back: Vec<Relink> = accounts
        .iter()
        .zip(&threes)
        .filter(|(_, three)| three.stands != Stands::AsBefore)
        .map(|(account, _)| Relink {
            id: account.id.clone(),
            email: account.email.clone(),
            from: now(account),
            to: account.from.clone(),
        })
        .collect();
    if back.is_empty() {
        return Ok(Sight { threes, ..Sight::nothing(NothingToUndo::LinksAsBefore) });
    }
    Ok(Sight {
        threes,
        inverse: Some(Inverse::Relink { accounts: back }),
        notes: vec![UndoNote::OldLinks.into()],
        ..Sight::default()
    })
}

fn told(subject: &str) -> FieldValue {
    match subject {
        "" => FieldValue::NotLinked,
        other => FieldValue::LinkedTo(other.to_owned()),
    }
}
