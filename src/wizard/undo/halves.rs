//! Both sides of a login belong together: while Immich logs in through a client,
//! undoing authentik's side alone leaves a half that works for nobody.

use serde_json::Value;

use super::failure::UndoFailure;
use crate::{
    site::Fault,
    wizard::{
        effect::{Effect, Inverse},
        record::{self, Begun, Runs},
        systems::Systems,
    },
};

/// What would break if `inverse` was performed now, while the settings of the
/// same runs were left. `None`: nothing.
pub(super) async fn breaks(
    systems: &Systems,
    begun: &Begun<'_>,
    inverse: &Inverse,
) -> Option<Fault> {
    let what = match inverse {
        Inverse::DeleteProvider { .. }
        | Inverse::RestoreProvider { .. }
        | Inverse::DeleteApplication { .. }
        | Inverse::RestoreApplication { .. } => inverse.to_string(),
        Inverse::ForgetSecret { .. }
        | Inverse::Relink { .. }
        | Inverse::RestoreSettings { .. }
        | Inverse::DeleteAccount { .. }
        | Inverse::DeleteRole { .. }
        | Inverse::DeleteGroup { .. }
        | Inverse::DeleteToken { .. }
        | Inverse::DeleteKey { .. } => return None,
    };
    if !settings_stand(systems, begun) {
        return None;
    }
    let failure = match uses(systems).await {
        Ok(false) => return None,
        Ok(true) => {
            UndoFailure::LoginsUseIt { client_id: systems.profile.provider.client_id.clone() }
        }
        Err(fault) => UndoFailure::LoginsUnseen(fault),
    };
    Some(Fault::of(&failure, what))
}

/// Whether these runs wrote settings that are not undone.
fn settings_stand(systems: &Systems, begun: &Begun<'_>) -> bool {
    let runs = Runs::of(systems.history(), begun.run);
    record::begun(systems.history()).iter().any(|other| {
        runs.has(other.run)
            && !other.is_not_done()
            && other.taken_back.is_none()
            && matches!(other.value(), Some(Effect::WriteSettings { .. }))
    })
}

/// Whether Immich logs in through the profile's client.
async fn uses(systems: &Systems) -> Result<bool, Fault> {
    let (route, _) = systems.chosen_route()?;
    let stored = systems.route(route)?.read().await?;
    let is_on = stored.fields.get("enabled").and_then(Value::as_bool).unwrap_or_default();
    let client = stored.fields.get("clientId").and_then(Value::as_str).unwrap_or_default();
    Ok(is_on && client == systems.profile.provider.client_id)
}
