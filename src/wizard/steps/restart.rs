//! Step 4: the restart of Immich, where the server needs one.

use jiff::Timestamp;

use super::{Look, Looked, Step, When};
use crate::{
    immich::needs_restart,
    site::{Fault, Profile, Reading, System},
    wizard::{About, LiveRow, LiveSubject, LiveValue, StepNote, effect::Effect, systems::Systems},
};

/// The step.
pub(super) struct Restart;

impl Step for Restart {
    fn about(&self, _: &Profile) -> About {
        About::Restart
    }

    fn look<'a>(&self, systems: &'a Systems, when: When) -> Looked<'a> {
        Box::pin(async move { look(systems, when) })
    }
}

fn look(systems: &Systems, when: When) -> Result<Look, Fault> {
    let mut look = Look::default();
    let version = systems.immich_version()?;
    look.live.push(LiveRow {
        system: System::Immich,
        what: LiveSubject::Version,
        value: Reading::Known {
            value: LiveValue::Given(version.to_string()),
            at: Timestamp::now(),
            took: std::time::Duration::ZERO,
        },
    });
    let pending = when == When::Ahead { settings: true } && systems.restart_is_ever_needed();
    if !pending && !systems.restart_is_due() {
        look.not_needed = Some(if systems.restart_is_ever_needed() {
            StepNote::NotChangedSinceRestart
        } else if needs_restart(version) {
            StepNote::InEffectAtOnce { version: version.to_string() }
        } else {
            StepNote::ReadAtEveryLogin { version: version.to_string() }
        });
        return Ok(look);
    }
    if systems.seen.not_in_effect {
        look.note(StepNote::NotInEffect { version: version.to_string() });
    }
    let services = systems.services_to_restart()?;
    let folder = systems.profile.host.folder.clone();
    if systems.choices.restarts_by_hand {
        look.note(StepNote::RestartByHand { folder: folder.clone(), services: services.clone() });
    }
    look.add_notes(systems.agent_note());
    look.note(StepNote::ImmichIsAway);
    look.effects.push(Effect::Restart {
        folder,
        services,
        by_hand: systems.choices.restarts_by_hand,
    });
    Ok(look)
}
