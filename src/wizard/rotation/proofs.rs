//! What proves that a stage of a rotation did what it is for.

use super::standing::{Phase, Standing};
use crate::{
    oidc::{Discovery, SecretVerdict, probe_secret},
    secret::Secret,
    site::{Fault, FaultKind, System},
    wizard::{Claim, Evidence, Point, Proof, Road, StepId, systems::Systems},
};

/// Proves that a stage did what it is for.
pub(in crate::wizard) async fn verify(id: StepId, systems: &Systems) -> Vec<Proof> {
    let standing = match Standing::read(systems).await {
        Ok(standing) => standing,
        Err(fault) => return vec![proof("both sides can be read", Err::<String, _>(fault))],
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
    let what = "the new secret is kept, and nothing uses it yet";
    match &standing.kept.pending {
        Some(pending) => proof(what, Ok(format!("{} is kept as pending", pending.fingerprint()))),
        None if standing.phase() == Phase::Rest => proof(what, Ok("nothing to keep")),
        None => broken(what, "find the new secret in the store", "none is kept"),
    }
}

fn agreed(standing: &Standing) -> Proof {
    let what = "both sides hold the same secret";
    match standing.phase() {
        Phase::Half | Phase::Apart => {
            broken(what, "find both sides on one secret", &standing.story().to_string())
        }
        _ => proof(what, Ok(standing.side(System::Authentik).to_string())),
    }
}

fn finished(standing: &Standing) -> Proof {
    let what = "the secret in use is the current one, and none is pending";
    match standing.phase() {
        Phase::Rest => proof(what, Ok(standing.side(System::Authentik).to_string())),
        _ => broken(what, "find the rotation finished", &standing.story().to_string()),
    }
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
        Err(fault) => proofs.push(proof("discovery answers", Err::<String, _>(fault.clone()))),
        Ok(discovery) => {
            let endpoint = systems.endpoint(discovery, &discovery.token_endpoint);
            let client_id = &systems.profile.provider.client_id;
            let method = systems.profile.settings.token_endpoint_auth_method;
            match endpoint {
                Err(fault) => {
                    proofs.push(proof("the token endpoint answers", Err::<String, _>(fault)));
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
        "Immich finds authentik and sends browsers there",
        systems.begin_login(discovery).await.map(|_| "its link leads to authentik's login"),
    );
    Proof { on: Some((Road::ImmichToAuthentik, Point::Reach)), ..proof }
}

fn accepted(secret: &Secret, verdict: SecretVerdict) -> Proof {
    let what = "the token endpoint accepts the secret in use";
    let proof = proof(
        what,
        match verdict {
            SecretVerdict::Right => Ok(format!("it accepts {}", secret.fingerprint())),
            SecretVerdict::Wrong => Err(not_so("check the secret in use", "invalid_client")),
            SecretVerdict::Unclear(fault) => Err(fault),
        },
    );
    Proof { on: Some((Road::ImmichToAuthentik, Point::Secret)), ..proof }
}

fn refused(secret: &Secret, verdict: SecretVerdict) -> Proof {
    let what = format!("the token endpoint refuses {}", secret.fingerprint());
    proof(
        what,
        match verdict {
            SecretVerdict::Wrong => Ok("invalid_client"),
            SecretVerdict::Right => {
                Err(not_so("see the old secret refused", "authentik still accepts it"))
            }
            SecretVerdict::Unclear(fault) => Err(fault),
        },
    )
}

fn not_so(tried: &str, answer: &str) -> Fault {
    Fault::new(System::Authentik, FaultKind::NotKept, tried).answered(answer).remedy(
        "Look again; if it stays so, something else writes these settings, such as a blueprint.",
    )
}

/// A proof that does not hold.
fn broken(what: &str, tried: &str, answer: &str) -> Proof {
    proof(what, Err::<String, _>(not_so(tried, answer)))
}

fn proof(what: impl Into<Claim>, outcome: Result<impl Into<Evidence>, Fault>) -> Proof {
    Proof { what: what.into(), outcome: outcome.map(Into::into), on: None }
}
