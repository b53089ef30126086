//! What proves that a stage of a rotation did what it is for.

use super::{
    Story,
    standing::{Phase, Standing},
};
use crate::{
    site::{Fault, FaultKind, System, UniformFailure},
    wizard::{
        Claim, Evidence, Proof, StepId,
        checks::{Rotating, Site, Suite},
        systems::{Systems, check},
    },
};

/// Proves that a stage did what it is for.
pub(in crate::wizard) async fn verify(id: StepId, systems: &Systems) -> Vec<Proof> {
    let standing = match Standing::read(systems).await {
        Ok(standing) => standing,
        Err(fault) => return vec![proof(Claim::SidesReadable, Err(fault))],
    };
    let proofs = match id {
        StepId::Create => made(systems, &standing).await,
        StepId::Set => Ok(vec![agreed(&standing)]),
        StepId::Test => tested(systems, &standing).await,
        _ => Ok(vec![finished(&standing)]),
    };
    proofs.unwrap_or_else(|fault| vec![proof(Claim::SidesReadable, Err(fault))])
}

fn created(standing: &Standing) -> Proof {
    let what = Claim::NewSecretKept;
    match &standing.kept.pending {
        Some(pending) => {
            proof(what, Ok(Evidence::KeptAsPending(pending.fingerprint().to_string())))
        }
        None if standing.phase() == Phase::Rest => proof(what, Ok(Evidence::NothingToKeep)),
        None => {
            proof(what, Err(Fault::of(&NotSo::NoneKept, say!("find the new secret in the store"))))
        }
    }
}

fn agreed(standing: &Standing) -> Proof {
    let what = Claim::SidesAgree;
    match standing.phase() {
        Phase::Half | Phase::Apart => {
            let not_so = NotSo::Standing(standing.story());
            proof(what, Err(Fault::of(&not_so, say!("find both sides on one secret"))))
        }
        _ => proof(what, Ok(Evidence::Holding(standing.side(System::Authentik)))),
    }
}

fn finished(standing: &Standing) -> Proof {
    let what = Claim::RotationFinished;
    if standing.phase() == Phase::Rest {
        return proof(what, Ok(Evidence::Holding(standing.side(System::Authentik))));
    }
    let not_so = NotSo::Standing(standing.story());
    proof(what, Err(Fault::of(&not_so, say!("find the rotation finished"))))
}

/// What can be proved of the secret in use without a person.
async fn tested(systems: &Systems, standing: &Standing) -> Result<Vec<Proof>, Fault> {
    let in_use = standing.authentik();
    let kept = [&standing.kept.current, &standing.kept.pending, &standing.kept.previous];
    let others = kept.into_iter().flatten().filter(|secret| *secret != in_use);
    let rotating = Rotating { in_use: in_use.clone(), others: others.cloned().collect() };
    let site = Site { rotating: Some(rotating), ..systems.site()? };
    let mut proofs = vec![agreed(standing)];
    proofs.extend(check(Suite::Rotation, &site).await);
    Ok(proofs)
}

/// That Immich itself gets through is asked before the switch, too, or the switch
/// would be blamed for what was broken before.
async fn made(systems: &Systems, standing: &Standing) -> Result<Vec<Proof>, Fault> {
    let mut proofs = vec![created(standing)];
    proofs.extend(check(Suite::Reach, &systems.site()?).await);
    Ok(proofs)
}

const fn proof(what: Claim, outcome: Result<Evidence, Fault>) -> Proof {
    Proof { what, outcome, on: None }
}

/// Why a proof does not hold.
#[derive(Debug, thiserror::Error)]
enum NotSo {
    /// The secret store has no new secret.
    #[error("{}", say!("none is kept"))]
    NoneKept,
    /// The two sides stand like this.
    #[error("{0}")]
    Standing(Story),
}

impl UniformFailure for NotSo {
    const SYSTEM: System = System::Authentik;
    const KIND: FaultKind = FaultKind::NotKept;

    fn hint(&self) -> String {
        say!(
            "Look again; if it stays so, something else writes these settings, such as a blueprint."
        )
    }
}
