//! Step 4: the restart of Immich, where the server needs one.

use jiff::Timestamp;

use super::Look;
use crate::{
    immich::needs_restart,
    site::{Fault, Reading, System},
    wizard::{LiveRow, effect::Effect, systems::Systems},
};

pub(super) fn about() -> String {
    "Restarts Immich where it reads its settings only at its start: before 1.106.3, when they were \
     written into its database. What its API writes is in effect at once."
        .into()
}

pub(super) fn look(systems: &Systems) -> Result<Look, Fault> {
    let mut look = Look::default();
    let version = systems.immich_version()?;
    look.live.push(LiveRow {
        system: System::Immich,
        what: "version".into(),
        value: Reading::Known {
            value: version.to_string().into(),
            at: Timestamp::now(),
            took: std::time::Duration::ZERO,
        },
    });
    if !systems.restart_is_due() {
        look.not_needed = Some(if systems.restart_is_ever_needed() {
            "The settings were not changed since the last restart.".into()
        } else if needs_restart(version) {
            format!("Immich {version} puts what its API writes into effect at once.")
        } else {
            format!("Immich {version} reads its settings anew at every login.")
        });
        return Ok(look);
    }
    if systems.not_in_effect {
        look.note(format!(
            "Immich {version} has stored the settings, but does not begin a login with them: it \
             needs a restart to read them."
        ));
    }
    let services = systems.services_to_restart()?;
    let folder = systems.profile.host.folder.clone();
    if systems.restarts_by_hand {
        look.note(format!(
            "Type this on the Immich host, in {folder}: docker compose restart {}",
            services.join(" ")
        ));
    }
    look.add_notes(systems.agent_note());
    look.notes.push("Immich is away for a quarter of a minute or so. Uploads resume.".into());
    look.effects.push(Effect::Restart { folder, services, by_hand: systems.restarts_by_hand });
    Ok(look)
}
