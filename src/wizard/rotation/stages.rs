//! The four stages: what each would do, and what proves that it was done.

use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::{
    Story,
    standing::{Phase, Standing},
};
use crate::{
    secret::{Label, Secret},
    site::{Failure, Fault, FaultKind, Reading, System},
    wizard::{
        FieldId, FieldRow, FieldState, FieldValue, LiveRow, LiveSubject, LiveValue, Purpose,
        RotationNote, Staged, StepId,
        effect::{Effect, RotationEffect},
        steps::Look,
        systems::Systems,
    },
};

/// Reads what is so for one stage, and plans.
pub(in crate::wizard) async fn look(id: StepId, systems: &Systems) -> Result<Look, Fault> {
    let began = Instant::now();
    let standing = Standing::read(systems).await?;
    let mut look = Look {
        rotation: Some(standing.view(None)),
        live: live(&standing, began.elapsed()),
        ..Look::default()
    };
    if standing.phase() == Phase::Apart {
        look.blockers.push(apart(&standing));
        return Ok(look);
    }
    if matches!(id, StepId::Create | StepId::Set) {
        look.add_notes(systems.agent_note());
    }
    match id {
        StepId::Create => create(systems, &standing, &mut look),
        StepId::Set => set(systems, &standing, &mut look)?,
        StepId::Finish => finish(systems, &standing, &mut look),
        _ => {}
    }
    Ok(look)
}

/// What each side says that it holds; to read both took that long.
pub(super) fn live(standing: &Standing, took: Duration) -> Vec<LiveRow> {
    [System::Authentik, System::Immich]
        .map(|system| LiveRow {
            system,
            what: LiveSubject::ClientSecret,
            value: Reading::Known {
                value: LiveValue::Holding(standing.side(system)),
                at: Timestamp::now(),
                took,
            },
        })
        .into()
}

/// Two sides that do not agree, and no rotation that says why.
fn apart(standing: &Standing) -> Fault {
    Fault::of(&Obstacle::Apart(standing.story()), say!("rotate the client secret"))
}

fn create(systems: &Systems, standing: &Standing, look: &mut Look) {
    let shown = |secret: &Option<Secret>| {
        let secret = secret.as_ref()?;
        Some(FieldValue::Secret(secret.fingerprint().to_string()))
    };
    let phase = standing.phase();
    let makes = matches!(phase, Phase::Rest | Phase::Unkept) && !systems.rotates_back;
    if phase == Phase::Unkept {
        let theirs = standing.authentik().fingerprint().to_string();
        look.effects
            .push(Effect::AdoptSecret { provider: standing.provider.pk, fingerprint: theirs });
    }
    let back = matches!(&systems.purpose, Purpose::Rotate(wish) if wish.back);
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

/// Which secret both sides are to hold.
const fn target(systems: &Systems) -> (Label, Staged) {
    if systems.rotates_back {
        (Label::ClientSecret, Staged::Current)
    } else {
        (Label::ClientSecretPending, Staged::Pending)
    }
}

fn set(systems: &Systems, standing: &Standing, look: &mut Look) -> Result<(), Fault> {
    let (to, stage) = target(systems);
    let wanted = match (stage, standing.phase()) {
        (_, Phase::Promoted) => return Ok(()),
        (Staged::Current, _) => standing.kept.current.as_ref(),
        _ => standing.kept.pending.as_ref(),
    };
    // A plan that is made ahead is made before there is a new secret.
    if wanted.is_none() && !systems.plans_ahead {
        look.blockers.push(Fault::of(&Obstacle::NoNew, say!("find the new secret")));
        return Ok(());
    }
    let shown = wanted.map_or(FieldValue::SecretToCome, |secret| FieldValue::StagedSecret {
        fingerprint: secret.fingerprint().to_string(),
        stage,
    });
    for system in [System::Authentik, System::Immich] {
        let holds = match system {
            System::Authentik => Some(standing.authentik()),
            _ => standing.immich(),
        };
        let same = wanted.is_some() && holds == wanted;
        let live = standing.side(system);
        let state = if same { FieldState::Same } else { FieldState::Differs };
        let id = FieldId::SideSecret(system);
        look.fields.push(row(id, shown.clone(), FieldValue::Holding(live.clone()), state));
        if same {
            continue;
        }
        // What neither of us knows is not ours to lose.
        if let (Some(fingerprint), None) = (&live.fingerprint, live.which)
            && standing.phase() != Phase::Unkept
        {
            look.effects.push(Effect::SetSecretAside {
                of: system,
                fingerprint: fingerprint.clone(),
                among_older: false,
            });
        }
        look.effects.push(Effect::Rotation(match system {
            System::Authentik => RotationEffect::SwitchAuthentik {
                provider: standing.provider.pk,
                name: standing.provider.name.clone(),
                from: standing.authentik().fingerprint().to_string(),
                to,
            },
            _ => RotationEffect::SwitchImmich {
                route: standing.route,
                from: live.fingerprint,
                to,
                basis: standing.stored.basis.clone(),
            },
        }));
    }
    // Asides come before both writes, which are launched together.
    look.effects.sort_by_key(|effect| !matches!(effect, Effect::SetSecretAside { .. }));
    let writes = look
        .effects
        .iter()
        .any(|effect| matches!(effect, Effect::Rotation(RotationEffect::SwitchImmich { .. })));
    if systems.restart_is_ever_needed() && (writes || systems.restart_is_due()) {
        look.effects.push(Effect::Restart {
            folder: systems.profile.host.folder.clone(),
            services: systems.services_to_restart()?,
            by_hand: false,
        });
    }
    if look.effects.len() > 1 {
        look.add_notes([RotationNote::Prepared(standing.route)]);
        look.add_notes(super::hold::note(systems, standing.route));
    }
    Ok(())
}

fn finish(systems: &Systems, standing: &Standing, look: &mut Look) {
    let kept = &standing.kept;
    let print = |secret: &Option<Secret>| secret.as_ref().map(|s| s.fingerprint().to_string());
    let (current, pending, previous) =
        (print(&kept.current), print(&kept.pending), print(&kept.previous));
    let phase = standing.phase();
    // What was promoted already is not promoted again, whoever plans ahead.
    let promotes = match phase {
        Phase::Switched => true,
        Phase::Promoted => false,
        _ => systems.plans_ahead,
    };
    let effect = if promotes {
        // A secret that is not kept yet is taken over by the first stage.
        let from = current.clone();
        let from = from.unwrap_or_else(|| standing.authentik().fingerprint().to_string());
        let older = previous.clone().filter(|older| *older != from);
        Some(RotationEffect::Promote { from, older })
    } else {
        let left = phase == Phase::Promoted || phase == Phase::Created && systems.rotates_back;
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

fn row(id: FieldId, wanted: FieldValue, live: FieldValue, state: FieldState) -> FieldRow {
    let live =
        Reading::Known { value: Some(live), at: Timestamp::now(), took: std::time::Duration::ZERO };
    FieldRow { id, wanted, live, state, edit: None }
}

/// What keeps a stage from going on.
#[derive(Debug, thiserror::Error)]
enum Obstacle {
    /// The two sides do not agree, and no rotation says why.
    #[error("{0}")]
    Apart(Story),
    /// There is no secret to go back to.
    #[error("{}", say!("none is kept"))]
    NoPrevious,
    /// There is no new secret yet.
    #[error("{}", say!("none is kept"))]
    NoNew,
}

impl Failure for Obstacle {
    fn system(&self) -> System {
        match self {
            Self::Apart(_) => System::Authentik,
            Self::NoPrevious | Self::NoNew => System::SecretStore,
        }
    }

    fn kind(&self) -> FaultKind {
        match self {
            Self::Apart(_) => FaultKind::Refused,
            Self::NoPrevious | Self::NoNew => FaultKind::NotFound,
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::Apart(_) => say!(
                "Walk the set-up first (`immich-sso`): it brings both to one secret, and asks."
            ),
            Self::NoPrevious => {
                say!("There is nothing to go back to: `immich-sso rotate` makes a new one.")
            }
            Self::NoNew => say!("Begin with the stage before."),
        }
    }
}
