//! Rotation: a new client secret is made and kept beside the current one.

use super::{
    Look, Looked, Proved, Step, When, proof,
    staged::{NotSo, row},
};
use crate::{
    secret::Secret,
    site::{Fault, Profile},
    wizard::{
        About, Claim, Evidence, FieldId, FieldState, FieldValue, Proof, Purpose, RotationNote,
        Staged, StepTopic,
        checks::Suite,
        effect::{Effect, RotationEffect},
        memory::Saw,
        rotation::{self, Obstacle, Phase, Standing},
        systems::{Systems, check},
    },
};

/// The step.
pub(super) struct Create;

impl Step for Create {
    fn about(&self, _: &Profile) -> About {
        About::NewSecret
    }

    fn look<'a>(&self, systems: &'a Systems, _: When) -> Looked<'a> {
        Box::pin(async {
            let (mut look, standing) = rotation::begin_look(systems).await?;
            let Some(standing) = standing else { return Ok(look) };
            look.add_notes(systems.agent_note());
            create(systems, &standing, &mut look);
            Ok(look)
        })
    }

    fn asks(&self, effects: &[Effect]) -> Option<StepTopic> {
        let recalls =
            |effect: &Effect| matches!(effect, Effect::Rotation(RotationEffect::Recall { .. }));
        effects.iter().any(recalls).then_some(StepTopic::TakePrevious)
    }

    fn verify<'a>(&self, systems: &'a Systems, _: &'a mut Saw) -> Proved<'a> {
        Box::pin(async { made(systems, &Standing::read(systems).await?).await })
    }
}

fn create(systems: &Systems, standing: &Standing, look: &mut Look) {
    let shown = |secret: &Option<Secret>| {
        let secret = secret.as_ref()?;
        Some(FieldValue::Secret(secret.fingerprint().to_string()))
    };
    let phase = standing.phase();
    let makes = matches!(phase, Phase::Rest | Phase::Unkept) && !systems.rotation.rotates_back;
    if phase == Phase::Unkept {
        let theirs = standing.authentik().fingerprint().to_string();
        look.effects
            .push(Effect::AdoptSecret { provider: standing.provider.pk, fingerprint: theirs });
    }
    let back = matches!(&systems.purpose, Purpose::Rotate(wish) if wish.back);
    // Back from a rotation that is unfinished: which of its secrets is meant, nobody
    // can tell before it is finished, one way or the other.
    if back && !makes && !systems.rotation.rotates_back {
        let tried = say!("go back to the previous secret");
        look.blockers.push(Fault::of(&Obstacle::Unfinished, tried));
        return;
    }
    if makes && back {
        let Some(previous) = &standing.kept.previous else {
            let tried = say!("find the previous secret");
            look.blockers.push(Fault::of(&Obstacle::NoPrevious, tried));
            return;
        };
        let fingerprint = previous.fingerprint().to_string();
        let stage = Staged::Previous;
        let wanted = FieldValue::StagedSecret { fingerprint: fingerprint.clone(), stage };
        look.fields.push(row(FieldId::NewSecret, wanted, FieldValue::NoneYet, FieldState::New));
        look.effects.push(Effect::Rotation(RotationEffect::Recall { fingerprint }));
        look.add_notes(affected(systems, standing));
    } else if makes {
        look.effects.push(Effect::Rotation(RotationEffect::Create));
        look.fields.push(row(
            FieldId::NewSecret,
            FieldValue::SecretToMake,
            FieldValue::NoneYet,
            FieldState::New,
        ));
        look.add_notes(affected(systems, standing));
    } else if let Some(pending) = shown(&standing.kept.pending) {
        look.fields.push(row(FieldId::NewSecret, pending.clone(), pending, FieldState::Same));
    }
    if let Some(current) = shown(&standing.kept.current) {
        look.fields.push(row(FieldId::CurrentSecret, current.clone(), current, FieldState::Same));
    }
}

/// Who notices, and who does not.
fn affected(systems: &Systems, standing: &Standing) -> Vec<RotationNote> {
    let ours = systems.profile.redirect_uris();
    let uris: Vec<String> = standing
        .provider
        .redirect_uris
        .spelled()
        .into_iter()
        .filter(|uri| !ours.iter().any(|own| uri.contains(own)))
        .collect();
    let client = systems.profile.provider.client_id.clone();
    let users = if uris.is_empty() {
        RotationNote::OnlyImmichUses { client }
    } else {
        RotationNote::OthersUse { client, uris }
    };
    let mut notes = vec![RotationNote::NobodyIsLoggedOut, users];
    if systems.restart_is_ever_needed() {
        notes.push(RotationNote::ImmichIsRestarted);
    }
    notes
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

/// That Immich itself gets through is asked before the switch, too, or the switch
/// would be blamed for what was broken before.
async fn made(systems: &Systems, standing: &Standing) -> Result<Vec<Proof>, Fault> {
    let mut proofs = vec![created(standing)];
    proofs.extend(check(Suite::Reach, &systems.site()?).await);
    Ok(proofs)
}
