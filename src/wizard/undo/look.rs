//! What became of an effect, whatever its kind.

use super::{access, authentik, halves, links, secret, settings, sight::Sight};
use crate::{
    site::Fault,
    wizard::{NothingToUndo, effect::Effect, record::Begun, systems::Systems},
};

/// Looks what became of an effect.
pub(in crate::wizard) async fn look(
    systems: &Systems,
    begun: &Begun<'_>,
    effect: &Effect,
) -> Result<Sight, Fault> {
    let mut sight = one(systems, begun, effect).await?;
    if let Some(inverse) = sight.inverse.as_ref().filter(|_| sight.obstacle.is_none()) {
        sight.half = halves::breaks(systems, begun, inverse).await;
    }
    Ok(sight)
}

async fn one(systems: &Systems, begun: &Begun<'_>, effect: &Effect) -> Result<Sight, Fault> {
    match effect {
        Effect::GenerateSecret => secret::made_here(systems, begun).await,
        Effect::AdoptSecret { fingerprint, .. } => secret::taken(systems, begun, fingerprint).await,
        Effect::CreateProvider { fields } => authentik::made_provider(systems, begun, fields).await,
        Effect::ChangeProvider { provider, name, fields, before, secret } => {
            let change = authentik::Change { left: fields, before };
            authentik::changed_provider(systems, begun, (*provider, name), change, *secret).await
        }
        Effect::CreateApplication { fields, client_id } => {
            authentik::made_application(systems, begun, fields, client_id).await
        }
        Effect::ChangeApplication { slug, fields, before, attach } => {
            let change = authentik::Change { left: fields, before };
            let attach = attach.as_deref();
            authentik::changed_application(systems, begun, slug, change, attach).await
        }
        Effect::WriteSettings { fields, before, secret, absent, basis, .. } => {
            let written = settings::Written { left: fields, before, absent, basis };
            settings::written(systems, begun, written, *secret).await
        }
        Effect::Unlink { accounts } => links::ended(systems, accounts).await,
        Effect::Rotation(effect) => Ok(Sight::nothing(NothingToUndo::Effect(effect.undo()))),
        Effect::Access(_) | Effect::MakeToken { .. } | Effect::MakeKey { .. } => {
            access::given(systems, begun, effect).await
        }
        Effect::SetSecretAside { .. } | Effect::Restart { .. } | Effect::TakeBack { .. } => {
            Ok(Sight::nothing(NothingToUndo::Effect(effect.undo())))
        }
    }
}
