//! What became of an effect: live beside what it found and what it left, and
//! what would take it back.

use super::{
    failure::UndoFailure,
    ours::Ours,
    three::{Stands, Three},
};
use crate::{
    secret::Fingerprint,
    site::{Fault, System},
    wizard::{
        FieldId, FieldValue, Note, NothingToUndo, ProviderField, SettingsField,
        effect::{Effect, Inverse, OldSecret},
        record::{self, Begun, Runs},
        systems::Systems,
    },
};

/// See the module.
#[derive(Clone, Debug, Default)]
pub(in crate::wizard) struct Sight {
    /// Its fields.
    pub(in crate::wizard) threes: Vec<Three>,
    /// What takes it back. `None`: there is nothing to take back.
    pub(in crate::wizard) inverse: Option<Inverse>,
    /// Why there is nothing to take back.
    pub(in crate::wizard) nothing: Option<NothingToUndo>,
    /// What is in the way of taking it back.
    pub(in crate::wizard) obstacle: Option<Fault>,
    /// A secret of somebody else's that would be overwritten, and is kept
    /// before.
    pub(in crate::wizard) aside: Option<Effect>,
    /// What to know before one agrees.
    pub(in crate::wizard) notes: Vec<Note>,
    /// The primary key of what it made.
    pub(in crate::wizard) made: Option<i64>,
    /// What undoing it would break on the other side.
    pub(in crate::wizard) half: Option<Fault>,
    /// Whether everything there was seen to be as before.
    pub(in crate::wizard) exact: bool,
}

impl Sight {
    /// Nothing to take back, and why.
    pub(super) fn nothing(why: NothingToUndo) -> Self {
        Self { nothing: Some(why), ..Self::default() }
    }

    /// How the effect stands as a whole.
    pub(in crate::wizard) fn stands(&self) -> Stands {
        if self.inverse.is_none() && self.obstacle.is_none() {
            Stands::AsBefore
        } else if self.threes.iter().any(|three| three.stands == Stands::Otherwise) {
            Stands::Otherwise
        } else {
            Stands::AsLeft
        }
    }
}

/// The secret that an effect overwrote: what the same run, or one that it
/// continues, set aside right before it.
pub(super) fn old_secret(systems: &Systems, begun: &Begun<'_>, of: System) -> String {
    let runs = Runs::of(systems.history(), begun.run);
    record::begun(systems.history())
        .iter()
        .rev()
        .filter(|other| runs.has(other.run) && other.seq < begun.seq && other.is_done())
        .find_map(|other| match other.value() {
            Some(Effect::SetSecretAside { of: system, fingerprint, among_older: false })
                if system == of =>
            {
                Some(fingerprint)
            }
            _ => None,
        })
        .unwrap_or_default()
}

/// A client secret's three values, where it is kept, and what to do about it.
pub(super) struct SecretSight {
    /// The values.
    pub(super) three: Three,
    /// What to put back.
    pub(super) old: OldSecret,
    /// What is in the way.
    pub(super) obstacle: Option<Fault>,
    /// Somebody else's, to be kept first.
    pub(super) aside: Option<Effect>,
}

/// Looks at the client secret that an effect set on a system.
pub(super) async fn secret(
    systems: &Systems,
    begun: &Begun<'_>,
    of: System,
    now: Option<Fingerprint>,
) -> Result<SecretSight, Fault> {
    let fingerprint = old_secret(systems, begun, of);
    let left = begun.effect.secret.clone().unwrap_or_default();
    let now = now.map(|now| now.to_string()).unwrap_or_default();
    let kept = systems.vault()?.list().await?;
    let label = kept.iter().find(|(_, known)| known.to_string() == fingerprint).map(|(l, _)| *l);
    let ours = Ours::after(systems.history(), begun).secret(of, &left);
    let id = match of {
        System::Immich => FieldId::Settings(SettingsField::ClientSecret),
        _ => FieldId::Provider(ProviderField::ClientSecret),
    };
    let shown = FieldValue::secret;
    let three =
        Three::of(id, shown(&fingerprint), shown(&left), shown(&now)).or_ours(&shown(&ours));
    let obstacle = (!fingerprint.is_empty() && label.is_none() && three.stands != Stands::AsBefore)
        .then(|| {
            let failure = UndoFailure::SecretGone { fingerprint: fingerprint.clone() };
            Fault::of(&failure, say!("find the secret to put back"))
        });
    let is_kept = kept.iter().any(|(_, known)| known.to_string() == now);
    let aside = (three.stands == Stands::Otherwise && !now.is_empty() && !is_kept)
        .then(|| Effect::SetSecretAside { of, fingerprint: now, among_older: true });
    Ok(SecretSight { three, old: OldSecret { label, fingerprint }, obstacle, aside })
}
