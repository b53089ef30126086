//! Where a rotation stands: what the secret store keeps under each label,
//! beside what both sides hold. Nothing else is remembered, so that a run that
//! was killed anywhere is understood by the next one.

use crate::{
    authentik::Provider,
    immich::{RouteKind, Stored},
    secret::{Label, Secret},
    site::{Fault, FaultKind, Reading, System, UniformFailure},
    wizard::{Holding, RotationView, Side, Staged, Story, SwitchView, systems::Systems},
};

/// What the store keeps.
pub(in crate::wizard) struct Kept {
    pub(in crate::wizard) current: Option<Secret>,
    pub(in crate::wizard) pending: Option<Secret>,
    pub(in crate::wizard) previous: Option<Secret>,
}

/// See the module.
pub(in crate::wizard) struct Standing {
    pub(in crate::wizard) kept: Kept,
    pub(in crate::wizard) provider: Provider,
    pub(in crate::wizard) route: RouteKind,
    pub(in crate::wizard) stored: Stored,
}

/// How far a rotation came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::wizard) enum Phase {
    /// None is under way, and all three hold the same secret.
    Rest,
    /// None is under way; both sides hold the same secret, and the store none.
    Unkept,
    /// None is under way, and they do not agree.
    Apart,
    /// There is a new secret, and it is used nowhere.
    Created,
    /// The two sides do not hold the same secret: logins fail.
    Half,
    /// Both sides hold the new secret, and the store knows it as pending.
    Switched,
    /// The store, too, knows it as the current one; the pending entry is left.
    Promoted,
}

impl Kept {
    pub(in crate::wizard) async fn read(systems: &Systems) -> Result<Self, Fault> {
        let vault = systems.vault()?;
        Ok(Self {
            current: vault.get(Label::ClientSecret).await?,
            pending: vault.get(Label::ClientSecretPending).await?,
            previous: vault.get(Label::ClientSecretPrevious).await?,
        })
    }

    /// Which of ours a secret is.
    fn which(&self, secret: &Secret) -> Option<Staged> {
        let is = |kept: &Option<Secret>| kept.as_ref() == Some(secret);
        if is(&self.current) {
            Some(Staged::Current)
        } else if is(&self.pending) {
            Some(Staged::Pending)
        } else if is(&self.previous) {
            Some(Staged::Previous)
        } else {
            None
        }
    }
}

impl Standing {
    /// Reads the store and both sides.
    pub(in crate::wizard) async fn read(systems: &Systems) -> Result<Self, Fault> {
        let (route, _) = systems.chosen_route()?;
        let reader = systems.route(route)?;
        let client_id = &systems.profile.provider.client_id;
        let authentik = systems.authentik()?;
        let (kept, provider, stored) = tokio::join!(
            Kept::read(systems),
            authentik.provider_by_client_id(client_id),
            reader.read()
        );
        let provider = provider?.ok_or_else(|| {
            let none = NoProvider { client_id: client_id.clone() };
            Fault::of(&none, say!("find the provider of this client"))
        })?;
        Ok(Self { kept: kept?, provider, route, stored: stored? })
    }

    /// What authentik holds.
    pub(in crate::wizard) const fn authentik(&self) -> &Secret {
        &self.provider.client_secret
    }

    /// What Immich holds.
    pub(in crate::wizard) const fn immich(&self) -> Option<&Secret> {
        self.stored.client_secret.as_ref()
    }

    /// Whether both sides hold that secret.
    pub(in crate::wizard) fn both_hold(&self, secret: &Secret) -> bool {
        self.authentik() == secret && self.immich() == Some(secret)
    }

    pub(in crate::wizard) fn phase(&self) -> Phase {
        let both = |kept: &Option<Secret>| kept.as_ref().is_some_and(|kept| self.both_hold(kept));
        match &self.kept.pending {
            None if both(&self.kept.current) => Phase::Rest,
            None if self.kept.current.is_none()
                && !self.authentik().is_empty()
                && self.both_hold(self.authentik()) =>
            {
                Phase::Unkept
            }
            None => Phase::Apart,
            pending if *pending == self.kept.current => Phase::Promoted,
            pending if both(pending) => Phase::Switched,
            _ if both(&self.kept.current) => Phase::Created,
            _ => Phase::Half,
        }
    }

    /// What is so.
    pub(in crate::wizard) fn story(&self) -> Story {
        let (authentik, immich) = (self.side(System::Authentik), self.side(System::Immich));
        match self.phase() {
            Phase::Rest => Story::Rest { both: authentik },
            Phase::Unkept => Story::Unkept { both: authentik },
            Phase::Created => Story::Created { both: authentik },
            Phase::Switched => Story::Switched { both: authentik },
            Phase::Promoted => Story::Promoted,
            Phase::Half | Phase::Apart => Story::Apart { authentik, immich },
        }
    }

    /// What one side holds.
    pub(in crate::wizard) fn side(&self, system: System) -> Holding {
        let secret = match system {
            System::Authentik => Some(self.authentik()).filter(|secret| !secret.is_empty()),
            _ => self.immich(),
        };
        Holding {
            fingerprint: secret.map(|secret| secret.fingerprint().to_string()),
            which: secret.and_then(|secret| self.kept.which(secret)),
        }
    }

    /// What a face shows of it.
    pub(in crate::wizard) fn view(&self, switch: Option<SwitchView>) -> RotationView {
        let kept = [
            (Staged::Current, &self.kept.current),
            (Staged::Pending, &self.kept.pending),
            (Staged::Previous, &self.kept.previous),
        ];
        let kept = kept
            .into_iter()
            .filter_map(|(stage, kept)| Some((stage, kept.as_ref()?.fingerprint().to_string())));
        let side = |system| Side {
            system,
            holds: Reading::Known {
                value: self.side(system),
                at: jiff::Timestamp::now(),
                took: std::time::Duration::ZERO,
            },
        };
        RotationView {
            kept: kept.collect(),
            sides: vec![side(System::Authentik), side(System::Immich)],
            switch,
        }
    }
}

/// authentik has no provider of this client.
#[derive(Debug, thiserror::Error)]
#[error("{}", say!("authentik has none with the client id `{client_id}`", client_id = .client_id))]
struct NoProvider {
    /// The client id.
    client_id: String,
}

impl UniformFailure for NoProvider {
    const SYSTEM: System = System::Authentik;
    const KIND: FaultKind = FaultKind::NotFound;

    fn hint(&self) -> String {
        say!(
            "There is nothing to rotate yet: walk the set-up first (`{us}`).",
            us = crate::say::us()
        )
    }
}
