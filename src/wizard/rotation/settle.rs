//! What a run that was killed left in the journal: begun, and nobody wrote how
//! it ended. What is there now says so.

use super::standing::{Kept, Standing};
use crate::{
    secret::{Label, Secret},
    site::{Fault, FaultKind, System},
    wizard::{
        Outcome, Record,
        effect::{Effect, RotationEffect},
        journal::Seq,
        systems::Systems,
    },
};

/// Ends the rotation's unfinished lines of the journal by what is seen now.
/// Nothing else is changed. Returns whether there were any.
pub(super) fn settle(systems: &mut Systems, standing: &Standing) -> Result<bool, Fault> {
    let unfinished: Vec<(Seq, RotationEffect)> = systems
        .journal()?
        .unfinished()
        .filter_map(|entry| match &entry.record {
            Record::Begin { effect, .. } => {
                match serde_json::from_value(effect.body.clone()).ok()? {
                    Effect::Rotation(effect) => Some((entry.seq, effect)),
                    _ => None,
                }
            }
            Record::End { .. } => None,
        })
        .collect();
    for (seq, effect) in &unfinished {
        let outcome = match happened(effect, standing) {
            Some(true) => Outcome::Done {
                evidence: "the run was cut off; seen to be done at the next start".into(),
            },
            Some(false) => Outcome::Failed { fault: cut_off("seen not to be done") },
            None => Outcome::Unknown { fault: cut_off("what is there now does not tell") },
        };
        systems.journal()?.end(*seq, outcome)?;
    }
    Ok(!unfinished.is_empty())
}

/// Whether an effect happened, by what is there now.
fn happened(effect: &RotationEffect, standing: &Standing) -> Option<bool> {
    let kept = &standing.kept;
    match effect {
        RotationEffect::Create | RotationEffect::Recall { .. } => Some(kept.pending.is_some()),
        RotationEffect::SwitchAuthentik { from, to, .. } => {
            changed(Some(standing.authentik()), Some(from), *to, kept)
        }
        RotationEffect::SwitchImmich { from, to, .. } => {
            changed(standing.immich(), from.as_ref(), *to, kept)
        }
        RotationEffect::Promote { from, .. } => {
            let current = kept.current.as_ref()?;
            Some(current.fingerprint().to_string() != *from)
        }
        RotationEffect::Drop { .. } => Some(kept.pending.is_none()),
        RotationEffect::Revoke { .. } => None,
    }
}

fn changed(holds: Option<&Secret>, from: Option<&String>, to: Label, kept: &Kept) -> Option<bool> {
    let target = match to {
        Label::ClientSecretPending => kept.pending.as_ref(),
        Label::ClientSecretPrevious => kept.previous.as_ref(),
        _ => kept.current.as_ref(),
    };
    if holds.is_some() && holds == target {
        Some(true)
    } else if holds.map(|secret| secret.fingerprint().to_string()).as_ref() == from {
        Some(false)
    } else {
        None
    }
}

fn cut_off(answer: &str) -> Fault {
    Fault::new(System::Workstation, FaultKind::Lost, "finish it")
        .answered(format!("the run was cut off; {answer} at the next start"))
}
