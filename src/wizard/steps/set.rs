//! Rotation: both sides get the new client secret at the same moment.

use super::{
    Look, Looked, Proved, Step, When,
    staged::{agreed, row},
};
use crate::{
    secret::Label,
    site::{Fault, Profile, System},
    wizard::{
        About, FieldId, FieldState, FieldValue, Holding, RotationNote, Staged,
        effect::{Effect, RotationEffect},
        memory::Saw,
        rotation::{self, Obstacle, Phase, Standing},
        systems::Systems,
    },
};

/// The step.
pub(super) struct Set;

impl Step for Set {
    fn about(&self, _: &Profile) -> About {
        About::Switch
    }

    fn look<'a>(&self, systems: &'a Systems, when: When) -> Looked<'a> {
        Box::pin(async move {
            let (mut look, standing) = rotation::begin_look(systems).await?;
            let Some(standing) = standing else { return Ok(look) };
            look.add_notes(systems.agent_note());
            set(systems, &standing, when, &mut look)?;
            Ok(look)
        })
    }

    fn verify<'a>(&self, systems: &'a Systems, _: &'a mut Saw) -> Proved<'a> {
        Box::pin(async { Ok(vec![agreed(&Standing::read(systems).await?)]) })
    }
}

/// Which secret both sides are to hold.
const fn target(systems: &Systems) -> (Label, Staged) {
    if systems.rotation.rotates_back {
        (Label::ClientSecret, Staged::Current)
    } else {
        (Label::ClientSecretPending, Staged::Pending)
    }
}

fn set(systems: &Systems, standing: &Standing, when: When, look: &mut Look) -> Result<(), Fault> {
    let (to, stage) = target(systems);
    let wanted = match (stage, standing.phase()) {
        (_, Phase::Promoted) => return Ok(()),
        (Staged::Current, _) => standing.kept.current.as_ref(),
        _ => standing.kept.pending.as_ref(),
    };
    // A plan that is made ahead is made before there is a new secret.
    if wanted.is_none() && when == When::Walked {
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
        look.effects.extend(switches(standing, system, live, to));
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
        look.add_notes(rotation::hold_note(systems, standing.route));
    }
    Ok(())
}

/// What gives one side the secret of `to`. One that neither of us knows is kept
/// before: it is not ours to lose.
fn switches(standing: &Standing, side: System, live: Holding, to: Label) -> Vec<Effect> {
    let mut effects = Vec::new();
    if let (Some(fingerprint), None) = (&live.fingerprint, live.which)
        && standing.phase() != Phase::Unkept
    {
        effects.push(Effect::SetSecretAside {
            of: side,
            fingerprint: fingerprint.clone(),
            among_older: false,
        });
    }
    effects.push(Effect::Rotation(match side {
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
    effects
}
