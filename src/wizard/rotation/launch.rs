//! The launch: both writes prepared, a last look at both sides, then both sent at
//! the same moment, with a probe beside them.

use std::time::{Duration, Instant};

use serde_json::json;

use super::{SwitchView, probe::Probe};
use crate::{
    immich::{Check, Release, SettingsChange},
    secret::Secret,
    site::{Fault, FaultKind, System},
    wizard::{effect::RotationEffect, systems::Systems},
};

/// How long the faster side is held back at most.
const MOST_HELD: Duration = Duration::from_secs(3);

/// Both writes, answered; the probe is still asking.
pub(super) struct Launched {
    /// What came of each write.
    pub(super) outcomes: Vec<Result<String, Fault>>,
    /// When they were sent.
    pub(super) at: Instant,
    /// When authentik and Immich answered.
    answered: (Option<Instant>, Option<Instant>),
    probe: Probe,
}

impl Launched {
    /// What the probe saw of it.
    pub(super) async fn seen(&self, came_off: bool) -> SwitchView {
        self.probe.seen(self.at, self.answered, came_off).await
    }
}

/// Prepares both writes and launches them together. An error: nothing was
/// sent.
pub(super) async fn both(
    systems: &Systems,
    writes: &[&RotationEffect],
    secret: &Secret,
) -> Result<Launched, Fault> {
    let probe = Probe::begin(systems, secret).await;
    let change = SettingsChange { secret: true, ..SettingsChange::default() };
    let (route, _) = systems.chosen_route()?;
    let route = systems.route(route)?;
    let basis = writes.iter().find_map(|write| match write {
        RotationEffect::SwitchImmich { basis, .. } => Some(basis.as_str()),
        _ => None,
    });
    let provider = writes.iter().find_map(|write| match write {
        RotationEffect::SwitchAuthentik { provider, from, .. } => Some((*provider, from.as_str())),
        _ => None,
    });
    let (last_look, prepared) = tokio::join!(
        async {
            match provider {
                Some((pk, from)) => unmoved(systems, pk, from).await,
                None => Ok(()),
            }
        },
        async {
            match basis {
                Some(basis) => route.prepare(&change, Some(secret), basis).await.map(Some),
                None => Ok(None),
            }
        }
    );
    last_look?;
    let release = prepared?;
    probe.warm().await;
    // authentik's write takes longer than Immich's, whose part is prepared:
    // that one waits, so that both come into effect at the same moment.
    let hold = match (systems.provider_write.last(), probe.plain_answer()) {
        (Some(write), Some(plain)) if provider.is_some() => write.saturating_sub(plain),
        _ => Duration::ZERO,
    };
    let hold = hold.min(MOST_HELD);
    let at = Instant::now();
    let (authentik, immich) = tokio::join!(
        async {
            match provider {
                Some((pk, _)) => Some(patch(systems, pk, secret).await),
                None => None,
            }
        },
        async {
            match release {
                Some(release) => {
                    tokio::time::sleep(hold).await;
                    Some(carry_out(release).await)
                }
                None => None,
            }
        }
    );
    let answered = (authentik.as_ref().map(|(_, at)| *at), immich.as_ref().map(|(_, at)| *at));
    let mut immich = match immich {
        Some((Ok(check), at)) => Some((check.await.map(|()| done(secret)), at)),
        Some((Err(fault), at)) => Some((Err(fault), at)),
        None => None,
    };
    let mut authentik = authentik;
    let outcomes = writes
        .iter()
        .map(|write| {
            let side = match write {
                RotationEffect::SwitchAuthentik { .. } => authentik.take(),
                _ => immich.take(),
            };
            side.map_or_else(|| Ok(String::new()), |(outcome, _)| outcome)
        })
        .collect();
    Ok(Launched { outcomes, at, answered, probe })
}

/// The last look at authentik; it also opens the connection that the write
/// will go over.
async fn unmoved(systems: &Systems, pk: i64, from: &str) -> Result<(), Fault> {
    let tried = "give the provider another secret";
    let provider = systems.authentik()?.provider(pk).await?.ok_or_else(|| {
        Fault::new(System::Authentik, FaultKind::Moved, tried)
            .answered("the provider is gone; nothing was sent")
            .remedy("Walk the set-up: it sees what is there now.")
    })?;
    if provider.client_secret.fingerprint().to_string() == from {
        return Ok(());
    }
    Err(Fault::new(System::Authentik, FaultKind::Moved, tried)
        .answered("somebody changed it since the plan was made; nothing was sent")
        .remedy("Look again: the new state is read and planned anew."))
}

pub(super) async fn patch(
    systems: &Systems,
    pk: i64,
    secret: &Secret,
) -> (Result<String, Fault>, Instant) {
    let body = json!({ "client_secret": secret.expose() });
    let sent = match systems.authentik() {
        Ok(client) => {
            let write = client.patch_provider(pk, &body);
            systems.provider_write.measure(write).await
        }
        Err(fault) => Err(fault),
    };
    let at = Instant::now();
    let outcome = sent.and_then(|provider| {
        if provider.client_secret == *secret {
            Ok(done(secret))
        } else {
            Err(Fault::new(System::Authentik, FaultKind::NotKept, "read the provider back")
                .answered("it holds another secret than was sent"))
        }
    });
    (outcome, at)
}

async fn carry_out(release: Release<'_>) -> (Result<Check<'_>, Fault>, Instant) {
    let outcome = release.await;
    (outcome, Instant::now())
}

fn done(secret: &Secret) -> String {
    format!("has {}", secret.fingerprint())
}
