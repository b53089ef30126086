//! The right to work on Immich: an API key that is kept, pasted, or made after
//! signing in once. Where the settings are written over SSH it can be left out.

use super::{
    AT_MOST,
    confirm::confirm,
    driver::{Got, Picks, Right, in_place, kept},
    name_and_password,
};
use crate::{
    immich::{Access, Client, needed_permissions, optional_permissions},
    secret::{Label, Secret},
    site::{Fault, FaultKind, System, UniformFailure, Version},
    wizard::{
        AccessKind, AccessTopic, Check, KeyNote, RightPick, StepId, Task,
        desk::{Desk, Question, Stop},
        effect::Effect,
        made::ours,
        systems::Systems,
    },
};

/// The API key for Immich.
pub(super) struct ApiKey;

impl Right for ApiKey {
    fn system(&self) -> System {
        System::Immich
    }

    fn label(&self) -> Label {
        Label::ImmichApiKey
    }

    fn picks(&self) -> Picks {
        Picks {
            kept: RightPick::UseKeptKey,
            sign_in: RightPick::SignInAtImmich,
            paste: RightPick::PasteKey,
            pasted: AccessTopic::PasteKey,
            without: Some(RightPick::GoWithoutKey),
        }
    }

    fn goes_without<'a>(&self, systems: &'a mut Systems) -> Option<&'a mut bool> {
        Some(&mut systems.choices.goes_without_key)
    }

    fn take<'a>(&'a self, desk: &'a mut Desk, systems: &'a mut Systems, with: Secret) -> Got<'a> {
        Box::pin(async {
            let client = systems.immich()?.with(Access::ApiKey(with));
            let version = systems.immich_version()?.clone();
            let check = check(&client, &version);
            desk.bounded(self.system(), Task::CheckingKey, AT_MOST, check).await?;
            systems.use_immich(client);
            Ok(())
        })
    }

    fn make<'a>(&'a self, desk: &'a mut Desk, systems: &'a mut Systems) -> Got<'a> {
        Box::pin(async {
            let made = make_key(desk, systems, StepId::Access).await;
            systems.sign_out_of_immich().await;
            made
        })
    }
}

async fn check(client: &Client, version: &Version) -> Result<(), Fault> {
    let missing = client.missing_permissions(version).await?;
    if missing.is_empty() {
        return Ok(());
    }
    let lacks = KeyLacks { missing: missing.join(", ") };
    Err(Fault::of(&lacks, say!("work with this API key")))
}

/// Signs in and makes a key.
pub(in crate::wizard) async fn make_key(
    desk: &mut Desk,
    systems: &mut Systems,
    on: StepId,
) -> Result<(), Stop> {
    open_session(desk, systems).await?;
    let owned = |names: Vec<&str>| names.into_iter().map(str::to_owned).collect();
    let version = systems.immich_version();
    let permissions = owned(version.clone().map(needed_permissions).unwrap_or_default());
    let optional = owned(version.map(optional_permissions).unwrap_or_default());
    let before = in_place(desk, systems, Label::ImmichApiKey).await?;
    let replaces = before.clone();
    let mut effects =
        vec![Effect::MakeKey { name: systems.own_name(), permissions, optional, replaces }];
    // A renewal deletes the old one after the new one was tested.
    if on == StepId::Access {
        let what = Task::LookingForOwnKeys;
        effects.extend(desk.bounded(System::Immich, what, AT_MOST, old_keys(systems)).await?);
    }
    let mut notes = vec![KeyNote::HasNoEnd.into()];
    if effects.len() > 1 {
        notes.push(KeyNote::OlderGoes.into());
    }
    let outcome = confirm(desk, systems, on, effects, notes, AccessTopic::MakeKey).await;
    let failed = outcome.err().map(Stop::fault).transpose()?;
    kept(&ApiKey, desk, systems).await?;
    if let Some(fault) = failed {
        // The new one may be there although an old one could not be deleted.
        // That the old one works still makes nothing new.
        let now = in_place(desk, systems, Label::ImmichApiKey).await?;
        if now.is_none() || now == before {
            return Err(fault.into());
        }
    }
    Ok(())
}

/// What deletes the keys that this program made before.
async fn old_keys(systems: &mut Systems) -> Result<Vec<Effect>, Fault> {
    // Whether a key is gone is seen best by who signed in.
    super::settle_made(systems, AccessKind::Key).await?;
    let there = systems.immich_session()?.keys().await?;
    let ours = ours(systems.history());
    Ok(ours
        .iter()
        .filter(|made| made.kind == AccessKind::Key)
        .filter(|made| there.iter().any(|key| Some(&key.id) == made.pk.as_ref()))
        .filter_map(|made| Some(Effect::TakeBack { of: made.seq, inverse: made.inverse()? }))
        .collect())
}

/// Signs somebody in. The session lasts until
/// [`Systems::sign_out_of_immich`].
pub(in crate::wizard) async fn open_session(
    desk: &mut Desk,
    systems: &mut Systems,
) -> Result<(), Stop> {
    let client = systems.immich()?.clone();
    let asked = |typed: String| {
        Question::text(AccessTopic::Email, typed, Check::Filled).example("admin@example.com")
    };
    let (email, password) = name_and_password(desk, None, asked).await?;
    let signing_in = client.sign_in(&email, &password);
    let what = Task::SigningIn(System::Immich);
    let session = desk.bounded(System::Immich, what, AT_MOST, signing_in).await?;
    systems.signed_in_at_immich(session);
    Ok(())
}

/// An API key lacks permissions.
#[derive(Debug, thiserror::Error)]
#[error("{}", say!("it lacks {missing}", missing = .missing))]
struct KeyLacks {
    /// The permissions, with commas between them.
    missing: String,
}

impl UniformFailure for KeyLacks {
    const SYSTEM: System = System::Immich;
    const KIND: FaultKind = FaultKind::NotAllowed;

    fn hint(&self) -> String {
        say!(
            "Make a key with these permissions as an administrator, or sign in once and let the wizard make it."
        )
    }
}
