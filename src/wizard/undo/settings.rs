//! What became of Immich's OAuth settings.

use serde_json::Value;

use super::{
    ours::{Object, Ours},
    sight::{Sight, secret},
    three::{Stands, threes},
};
use crate::{
    immich::{Absent, is_json},
    site::{Fault, System},
    wizard::{
        NothingToUndo, UndoNote,
        effect::{Fields, Inverse},
        record::Begun,
        systems::Systems,
    },
};

/// What was written.
#[derive(Clone, Copy)]
pub(super) struct Written<'a> {
    /// The fields as they were written.
    pub(super) left: &'a Fields,
    /// As they were.
    pub(super) before: &'a Fields,
    /// What was not there.
    pub(super) absent: &'a Absent,
    /// The digest of all that was stored before.
    pub(super) basis: &'a str,
}

/// Settings that a run wrote.
pub(super) async fn written(
    systems: &Systems,
    begun: &Begun<'_>,
    written: Written<'_>,
    sets_secret: bool,
) -> Result<Sight, Fault> {
    let (route, _) = systems.chosen_route()?;
    let stored = systems.route(route)?.read().await?;
    let ours = Ours::after(systems.history(), begun);
    let ours = (&ours, Object::Settings);
    let mut sight = Sight {
        threes: threes(written.left, Some(written.before), &stored.fields, ours),
        exact: stored.basis == *written.basis,
        ..Sight::default()
    };
    let mut old = None;
    if sets_secret {
        let now = stored.client_secret.as_ref().map(crate::secret::Secret::fingerprint);
        let seen = secret(systems, begun, System::Immich, now).await?;
        old = Some(seen.old);
        sight.threes.push(seen.three);
        sight.obstacle = seen.obstacle;
        sight.aside = seen.aside;
    }
    // A key that is stored with the value of its default says the same, but is
    // not the same.
    let present = stored.present.iter().flatten();
    let leaves_keys = present.clone().any(|key| written.absent.keys.contains(key));
    let same = sight.threes.iter().all(|three| three.stands == Stands::AsBefore);
    if same && (route == crate::immich::RouteKind::Api || !leaves_keys) {
        return Ok(Sight {
            nothing: Some(NothingToUndo::SettingsAsBefore),
            aside: None,
            obstacle: None,
            ..sight
        });
    }
    let fields = written.before.iter().filter(|(_, old)| !old.is_null());
    let fields: Fields =
        fields.map(|(key, old): (&String, &Value)| (key.clone(), old.clone())).collect();
    if written.absent.bare_secret || written.absent.texts.values().any(|text| !is_json(text)) {
        sight.notes.push(UndoNote::OldSettingsUnreadable.into());
    }
    sight.inverse = Some(Inverse::RestoreSettings {
        route,
        fields,
        absent: written.absent.clone(),
        // Where nothing is stored any more there is nothing to take out of it.
        verbatim: stored.is_there.then(|| written.basis.to_owned()),
        secret: old,
        basis: stored.basis,
    });
    Ok(sight)
}
