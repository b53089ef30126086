//! Rotation: the new client secret becomes the current one.

use super::{
    Look, Looked, Proved, Step, When, proof,
    staged::{NotSo, row},
};
use crate::{
    secret::Secret,
    site::{Fault, Profile, System},
    wizard::{
        About, Claim, Evidence, FieldId, FieldState, FieldValue, Proof, RotationNote, StepTopic,
        effect::{Effect, RotationEffect},
        memory::Saw,
        rotation::{self, Phase, Standing},
        systems::Systems,
    },
};

/// The step.
pub(super) struct Finish;

impl Step for Finish {
    fn about(&self, _: &Profile) -> About {
        About::NewIsCurrent
    }

    fn look<'a>(&self, systems: &'a Systems, when: When) -> Looked<'a> {
        Box::pin(async move {
            let (mut look, standing) = rotation::begin_look(systems).await?;
            let Some(standing) = standing else { return Ok(look) };
            finish(systems, &standing, when, &mut look);
            Ok(look)
        })
    }

    fn asks(&self, effects: &[Effect]) -> Option<StepTopic> {
        let forgets = matches!(effects, [Effect::Rotation(RotationEffect::Drop { .. })]);
        forgets.then_some(StepTopic::ForgetPending)
    }

    fn verify<'a>(&self, systems: &'a Systems, _: &'a mut Saw) -> Proved<'a> {
        Box::pin(async { Ok(vec![finished(&Standing::read(systems).await?)]) })
    }
}

fn finish(systems: &Systems, standing: &Standing, when: When, look: &mut Look) {
    let kept = &standing.kept;
    let print = |secret: &Option<Secret>| secret.as_ref().map(|s| s.fingerprint().to_string());
    let (current, pending, previous) =
        (print(&kept.current), print(&kept.pending), print(&kept.previous));
    let phase = standing.phase();
    // What was promoted already is not promoted again, whoever plans ahead.
    let promotes = match phase {
        Phase::Switched => true,
        Phase::Promoted => false,
        _ => when != When::Walked,
    };
    let effect = if promotes {
        // A secret that is not kept yet is taken over by the first stage.
        let from = current.clone();
        let from = from.unwrap_or_else(|| standing.authentik().fingerprint().to_string());
        let older = previous.clone().filter(|older| *older != from);
        Some(RotationEffect::Promote { from, older })
    } else {
        let left =
            phase == Phase::Promoted || phase == Phase::Created && systems.rotation.rotates_back;
        pending.clone().filter(|_| left).map(|fingerprint| RotationEffect::Drop { fingerprint })
    };
    let shown = |print: Option<String>| print.map_or(FieldValue::Nothing, FieldValue::Fingerprint);
    let (current, pending, previous) = (shown(current), shown(pending), shown(previous));
    let new = match &pending {
        FieldValue::Nothing => FieldValue::SecretToCome,
        pending => pending.clone(),
    };
    let wanted = if promotes {
        [new, FieldValue::Nothing, current.clone()]
    } else {
        [current.clone(), FieldValue::Nothing, previous.clone()]
    };
    let ids = [FieldId::CurrentSecret, FieldId::PendingSecret, FieldId::PreviousSecret];
    for ((id, live), wanted) in ids.into_iter().zip([current, pending, previous]).zip(wanted) {
        let state = if live == wanted { FieldState::Same } else { FieldState::Differs };
        look.fields.push(row(id, wanted, live, state));
    }
    look.effects.extend(effect.map(Effect::Rotation));
    if phase == Phase::Promoted {
        look.note(RotationNote::Standing(standing.story()));
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
