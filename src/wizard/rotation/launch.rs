//! The launch: both writes prepared, a last look at both sides, then both sent so
//! that they take effect together, with a probe beside them.

use std::time::{Duration, Instant};

use super::{
    hold::{Holds, Times},
    probe::Probe,
};
use crate::{
    authentik::Provider,
    immich::{Check, Release, RouteKind},
    net::Fills,
    secret::Secret,
    site::{Failure, Fault, FaultKind, System},
    wizard::{
        DoneNote, SwitchView,
        effect::{RotationEffect, Sends, SettingsWrite},
        systems::Systems,
    },
};

/// Both writes, answered; the probe is still asking.
pub(super) struct Launched {
    /// What came of each write.
    pub(super) outcomes: Vec<Result<DoneNote, Fault>>,
    /// When the first was sent.
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
    let (kind, _) = systems.chosen_route()?;
    let route = systems.route(kind)?;
    let sends = writes.iter().find_map(|write| match write {
        RotationEffect::SwitchImmich { .. } => Some(write.sends()),
        _ => None,
    });
    let settings = sends.as_ref().map(Sends::settings).transpose()?;
    let switch = writes.iter().find_map(|write| match write {
        RotationEffect::SwitchAuthentik { provider, from, .. } => {
            Some((*write, *provider, from.as_str()))
        }
        _ => None,
    });
    let (last_look, prepared) = tokio::join!(
        async {
            match switch {
                Some((_, pk, from)) => unmoved(systems, pk, from).await,
                None => Ok(()),
            }
        },
        async {
            match settings {
                Some(SettingsWrite { change, basis, .. }) => {
                    route.prepare(change, Some(secret), basis).await.map(Some)
                }
                None => Ok(None),
            }
        }
    );
    last_look?;
    let release = prepared?;
    probe.warm().await;
    let holds = match (&switch, &release) {
        (Some((_, pk, _)), Some(_)) => holds(systems, *pk, kind).await,
        _ => Holds::default(),
    };
    let at = Instant::now();
    probe.launches(at);
    let (authentik, immich) = tokio::join!(
        async {
            match switch {
                Some((write, ..)) => {
                    tokio::time::sleep(holds.authentik).await;
                    Some(patch(systems, write, secret).await)
                }
                None => None,
            }
        },
        async {
            match release {
                Some(release) => {
                    tokio::time::sleep(holds.immich).await;
                    Some(carry_out(systems, kind, release).await)
                }
                None => None,
            }
        }
    );
    let answered = (authentik.as_ref().map(|(_, at)| *at), immich.as_ref().map(|(_, at)| *at));
    let mut immich = match immich {
        Some((Ok(check), _)) => Some(check.await.map(|()| done(secret))),
        Some((Err(fault), _)) => Some(Err(fault)),
        None => None,
    };
    let mut authentik = authentik.map(|(outcome, _)| outcome);
    let outcome = |write: &&RotationEffect| {
        let side = match write {
            RotationEffect::SwitchAuthentik { .. } => authentik.take(),
            _ => immich.take(),
        };
        side.unwrap_or(Ok(DoneNote::Nothing))
    };
    let outcomes = writes.iter().map(outcome).collect();
    Ok(Launched { outcomes, at, answered, probe })
}

/// How long each side is held back, so that both change at the same moment.
async fn holds(systems: &Systems, pk: i64, kind: RouteKind) -> Holds {
    let answers = tokio::join!(authentik_answer(systems, pk), immich_answer(systems, kind));
    let authentik = Times { write: systems.seen.provider_write.last(), answer: answers.0 };
    let immich = Times { write: systems.seen.settings_writes.of(kind).last(), answer: answers.1 };
    Holds::between(authentik, immich)
}

/// The last look at authentik; it also opens the connection that the write
/// will go over.
async fn unmoved(systems: &Systems, pk: i64, from: &str) -> Result<(), Fault> {
    let tried = || say!("give the provider another secret");
    let provider = systems.authentik()?.provider(pk).await?;
    let provider = provider.ok_or_else(|| Fault::of(&Unfit::ProviderGone, tried()))?;
    if provider.client_secret.fingerprint().to_string() == from {
        return Ok(());
    }
    Err(Fault::of(&Unfit::ProviderChanged, tried()))
}

/// Gives authentik's provider its secret, and when that was answered.
pub(super) async fn patch(
    systems: &Systems,
    write: &RotationEffect,
    secret: &Secret,
) -> (Result<DoneNote, Fault>, Instant) {
    let sent = give(systems, write, secret).await;
    let at = Instant::now();
    let outcome = sent.and_then(|provider| {
        if provider.client_secret == *secret {
            Ok(done(secret))
        } else {
            Err(Fault::of(&Unfit::OtherSecretKept, say!("read the provider back")))
        }
    });
    (outcome, at)
}

async fn give(
    systems: &Systems,
    write: &RotationEffect,
    secret: &Secret,
) -> Result<Provider, Fault> {
    let fills = match write {
        RotationEffect::SwitchAuthentik { to, .. } => Fills::default().secret(*to, secret),
        _ => Fills::default(),
    };
    let sends = write.sends();
    let write = systems.authentik()?.write_provider(sends.call()?, &fills);
    systems.seen.provider_write.measure(write).await
}

/// How long an answer takes over the connection that authentik's write goes
/// over. It is open by now, and need not be the one of browsers.
async fn authentik_answer(systems: &Systems, pk: i64) -> Option<Duration> {
    let client = systems.authentik().ok()?;
    let began = Instant::now();
    client.provider(pk).await.ok()?;
    Some(began.elapsed())
}

/// The same for Immich's write.
async fn immich_answer(systems: &Systems, route: RouteKind) -> Option<Duration> {
    match route {
        RouteKind::Api => {
            let client = systems.immich().ok()?;
            let began = Instant::now();
            client.is_up().await.then(|| began.elapsed())
        }
        RouteKind::Database | RouteKind::ConfigFile => systems.host().ok()?.round_trip().await,
    }
}

/// Sends the word, and when it was seen to be carried out.
async fn carry_out<'a>(
    systems: &Systems,
    route: RouteKind,
    release: Release<'a>,
) -> (Result<Check<'a>, Fault>, Instant) {
    let sent = Instant::now();
    match release.await {
        Ok(carried_out) => {
            systems.seen.settings_writes.of(route).took(carried_out.took);
            (Ok(carried_out.check), sent + carried_out.took)
        }
        Err(fault) => (Err(fault), Instant::now()),
    }
}

fn done(secret: &Secret) -> DoneNote {
    DoneNote::HasSecret { fingerprint: secret.fingerprint().to_string() }
}

/// What is wrong with the provider that is to get another secret.
#[derive(Debug, thiserror::Error)]
enum Unfit {
    /// It is not there any more.
    #[error("{}", say!("the provider is gone; nothing was sent"))]
    ProviderGone,
    /// It has another secret than the plan says.
    #[error("{}", say!("somebody changed it since the plan was made; nothing was sent"))]
    ProviderChanged,
    /// It did not keep the secret that it was sent.
    #[error("{}", say!("it holds another secret than was sent"))]
    OtherSecretKept,
}

impl Failure for Unfit {
    fn system(&self) -> System {
        System::Authentik
    }

    fn kind(&self) -> FaultKind {
        match self {
            Self::ProviderGone | Self::ProviderChanged => FaultKind::Moved,
            Self::OtherSecretKept => FaultKind::NotKept,
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::ProviderGone => say!("Walk the set-up: it sees what is there now."),
            Self::ProviderChanged => say!("Look again: the new state is read and planned anew."),
            Self::OtherSecretKept => String::new(),
        }
    }
}
