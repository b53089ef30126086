//! What an undo leaves behind: "all is as it was" is said only where nothing is
//! known to be left, and everything that it means was seen.

use std::collections::BTreeSet;

use crate::{
    authentik::TokenLife,
    immich::RouteKind,
    wizard::{
        AccessKind, Entry, Record, Remains,
        effect::Effect,
        links,
        made::{Made, ours},
        record::{self, Begun, Runs},
        systems::Systems,
    },
};

/// What is still there of these runs.
pub(super) async fn remains(systems: &Systems, runs: &Runs) -> Vec<Remains> {
    let mut found = Vec::new();
    let kept: Option<BTreeSet<String>> = match systems.vault() {
        Ok(vault) => vault
            .list()
            .await
            .ok()
            .map(|kept| kept.into_iter().map(|(_, print)| print.to_string()).collect()),
        Err(_) => None,
    };
    let (mut old_secrets, mut logins) = (false, false);
    let all = record::begun(systems.history());
    for begun in all.iter().filter(|begun| begun.is_done() && runs.has(begun.run)) {
        let is_back = begun.taken_back.is_some();
        match begun.value() {
            Some(Effect::WriteSettings { route, .. }) if is_back => {
                logins = true;
                if !is_as_before(&all, begun) {
                    push(&mut found, Remains::OtherSettings);
                }
                if route == RouteKind::Api {
                    push(&mut found, Remains::EmptyRow);
                }
            }
            Some(Effect::SetSecretAside { fingerprint, .. }) => {
                old_secrets |= kept.as_ref().is_none_or(|kept| kept.contains(&fingerprint));
            }
            // What is left of these is counted, or is none of a run's.
            _ => {}
        }
    }
    let access = ours(systems.history());
    // A token for one run is deleted at its end.
    let stays = |made: &&Made| runs.has(&made.run) && made.life != TokenLife::Run;
    for made in access.iter().filter(stays) {
        let name = made.name.clone();
        push(
            &mut found,
            match made.kind {
                AccessKind::Token => Remains::Token(name),
                AccessKind::Key => Remains::Key(name),
                AccessKind::Account | AccessKind::Role | AccessKind::Group => Remains::Access(name),
            },
        );
    }
    if logins && has_links(systems).await {
        push(&mut found, Remains::Logins);
    }
    if old_secrets {
        push(&mut found, Remains::OldSecrets);
    }
    if is_cut(systems.history()) {
        push(&mut found, Remains::LostLines);
    }
    found
}

/// Whether what was undone was seen to be as before, to the last setting.
fn is_as_before(all: &[Begun<'_>], undone: &Begun<'_>) -> bool {
    let of = |begun: &&Begun<'_>| begun.effect.undoes == Some(undone.seq) && begun.is_done();
    all.iter().filter(of).any(Begun::was_exact)
}

/// Whether Immich has accounts that are linked. Where that cannot be seen it may.
async fn has_links(systems: &Systems) -> bool {
    links::linked(systems).await.map_or(true, |linked| !linked.is_empty())
}

fn is_cut(history: &[Entry]) -> bool {
    history.iter().any(|entry| matches!(entry.record, Record::Cut { .. }))
}

fn push(found: &mut Vec<Remains>, what: Remains) {
    if !found.contains(&what) {
        found.push(what);
    }
}
