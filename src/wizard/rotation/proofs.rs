//! What proves that a stage of a rotation did what it is for.

use super::{
    Story,
    standing::{Phase, Standing},
};
use crate::{
    oidc::{Discovery, SecretVerdict, probe_secret},
    secret::Secret,
    site::{Fault, FaultKind, System, UniformFailure},
    wizard::{Claim, Evidence, Point, Proof, Road, StepId, systems::Systems},
};

/// Proves that a stage did what it is for.
pub(in crate::wizard) async fn verify(id: StepId, systems: &Systems) -> Vec<Proof> {
    let standing = match Standing::read(systems).await {
        Ok(standing) => standing,
        Err(fault) => return vec![proof(Claim::SidesReadable, Err(fault))],
    };
    match id {
        StepId::Create => {
            let discovery = systems.discovery().await.ok();
            vec![created(&standing), reaches(systems, discovery.as_ref()).await]
        }
        StepId::Set => vec![agreed(&standing)],
        StepId::Test => tested(systems, &standing).await,
        _ => vec![finished(&standing)],
    }
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
async fn tested(systems: &Systems, standing: &Standing) -> Vec<Proof> {
    let in_use = standing.authentik();
    let mut proofs = vec![agreed(standing)];
    let others = [&standing.kept.current, &standing.kept.pending, &standing.kept.previous];
    let others: Vec<&Secret> =
        others.into_iter().flatten().filter(|secret| *secret != in_use).collect();
    let discovery = systems.discovery().await;
    match &discovery {
        Err(fault) => proofs.push(proof(Claim::DiscoveryAnswers, Err(fault.clone()))),
        Ok(discovery) => {
            let endpoint = systems.endpoint(discovery, &discovery.token_endpoint);
            let client_id = &systems.profile.provider.client_id;
            let method = systems.profile.settings.token_endpoint_auth_method;
            match endpoint {
                Err(fault) => {
                    proofs.push(proof(Claim::TokenEndpointAnswers, Err(fault)));
                }
                Ok((http, url)) => {
                    let verdict = probe_secret(http, &url, client_id, in_use, method).await;
                    proofs.push(accepted(in_use, verdict));
                    for other in others {
                        let verdict = probe_secret(http, &url, client_id, other, method).await;
                        proofs.push(refused(other, verdict));
                    }
                }
            }
        }
    }
    proofs.push(reaches(systems, discovery.as_ref().ok()).await);
    proofs
}

/// That Immich itself gets through: it is asked before the switch, too, or the
/// switch would be blamed for what was broken before.
async fn reaches(systems: &Systems, discovery: Option<&Discovery>) -> Proof {
    let proof = proof(
        Claim::LeadsToAuthentik,
        systems.begin_login(discovery).await.map(|_| Evidence::LinkLeads),
    );
    Proof { on: Some((Road::ImmichToAuthentik, Point::Reach)), ..proof }
}

fn accepted(secret: &Secret, verdict: SecretVerdict) -> Proof {
    let what = Claim::SecretInUseAccepted;
    let proof = proof(
        what,
        match verdict {
            SecretVerdict::Right => Ok(Evidence::Accepted(secret.fingerprint().to_string())),
            SecretVerdict::Wrong => {
                Err(Fault::of(&NotSo::WrongClient, say!("check the secret in use")))
            }
            SecretVerdict::Unclear(fault) => Err(fault),
        },
    );
    Proof { on: Some((Road::ImmichToAuthentik, Point::Secret)), ..proof }
}

fn refused(secret: &Secret, verdict: SecretVerdict) -> Proof {
    let what = Claim::SecretRefused { fingerprint: secret.fingerprint().to_string() };
    proof(
        what,
        match verdict {
            SecretVerdict::Wrong => Ok(Evidence::WrongClient),
            SecretVerdict::Right => {
                Err(Fault::of(&NotSo::AcceptedStill, say!("see the old secret refused")))
            }
            SecretVerdict::Unclear(fault) => Err(fault),
        },
    )
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
    /// authentik refuses the secret in use.
    #[error("invalid_client")]
    WrongClient,
    /// authentik takes the old secret still.
    #[error("{}", say!("authentik still accepts it"))]
    AcceptedStill,
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
