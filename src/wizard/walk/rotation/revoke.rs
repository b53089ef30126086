//! Revoking what authentik issued under this client: for a secret that was
//! seen by somebody who must not have it.

use crate::{
    site::{Fault, FaultKind, System, UniformFailure},
    wizard::{
        AgainPick, Key, Note, OnPick, Purpose, RevocationNote, RotationNote, RotationPick,
        RotationTopic, StepId, Task, access,
        desk::{Desk, Interrupt, Menu, Stop},
        effect::{Effect, RotationEffect},
        rotation::LOOKS_WITHIN,
        systems::Systems,
    },
};

/// What to do where tokens could not be revoked.
#[derive(Clone, Copy, Debug)]
enum Next {
    SignIn,
    TryAgain,
    GoOn,
}

/// Asks about the tokens that were issued under the old secret, where that was
/// wished for, and revokes them.
pub(in crate::wizard::walk) async fn revocation(
    desk: &mut Desk,
    systems: &mut Systems,
) -> Result<(), Interrupt> {
    let wished = matches!(&systems.purpose, Purpose::Rotate(wish) if wish.revoke);
    if !wished || systems.rotation.rotates_back {
        return Ok(());
    }
    loop {
        let work = planned(systems);
        let what = Task::ListingIssuedTokens;
        let at_most = LOOKS_WITHIN;
        let planned = desk.bounded(System::Authentik, what, at_most, work).await;
        let trouble = match planned {
            Ok(None) => {
                note(desk, RevocationNote::NothingToRevoke);
                break;
            }
            Ok(Some(effect)) => {
                let topic = RotationTopic::RevokeTokens;
                let notes = vec![RevocationNote::SessionsStay.into()];
                match access::confirm(desk, systems, StepId::Finish, vec![effect], notes, topic)
                    .await
                {
                    Ok(()) => {
                        note(desk, RevocationNote::Revoked);
                        break;
                    }
                    Err(Stop::Fault(fault)) => fault,
                    Err(Stop::Interrupt(Interrupt::Back)) => {
                        note(desk, RevocationNote::StayValid);
                        break;
                    }
                    Err(Stop::Interrupt(other)) => return Err(other),
                }
            }
            Err(stop) => stop.fault()?,
        };
        let signs_in = trouble.kind == FaultKind::NotAllowed;
        let menu = Menu::new(RotationTopic::RevokeFailed)
            .option_if(signs_in, Key::S, RotationPick::SignInToRevoke, Next::SignIn)
            .option(Key::R, AgainPick::Try, Next::TryAgain)
            .option(Key::G, OnPick::WithoutRevoking, Next::GoOn)
            .about(trouble);
        match desk.pick(menu).await? {
            Next::SignIn => match access::borrow_session(desk, systems).await {
                Ok(()) | Err(Stop::Interrupt(Interrupt::Back | Interrupt::Cancel)) => {}
                Err(Stop::Fault(fault)) => note(desk, RotationNote::Trouble(fault)),
                Err(Stop::Interrupt(other)) => return Err(other),
            },
            Next::TryAgain => {}
            Next::GoOn => break,
        }
    }
    systems.give_back_session().await;
    Ok(())
}

fn note(desk: &mut Desk, note: impl Into<Note>) {
    let note = note.into();
    desk.show_step(StepId::Finish, |step| step.notes.insert(0, note));
}

/// What there is to revoke; `None`: nothing.
///
/// # Errors
/// [`FaultKind::NotAllowed`] when the token's owner cannot see others' tokens:
/// then an empty list would prove nothing.
async fn planned(systems: &Systems) -> Result<Option<Effect>, Fault> {
    let client = systems.authentik()?;
    let me = client.me().await?;
    if !me.is_superuser {
        let sees = NotRevoked::SeesOwnOnly { user: me.username };
        return Err(Fault::of(&sees, say!("list the tokens of this client")));
    }
    let client_id = &systems.profile.provider.client_id;
    let Some(provider) = client.provider_by_client_id(client_id).await? else { return Ok(None) };
    let (access, refresh) = tokio::try_join!(
        client.all_access_tokens(provider.pk),
        client.all_refresh_tokens(provider.pk)
    )?;
    if access.is_empty() && refresh.is_empty() {
        return Ok(None);
    }
    Ok(Some(Effect::Rotation(RotationEffect::Revoke {
        provider: provider.pk,
        name: provider.name,
        access,
        refresh,
    })))
}

/// Why tokens were not revoked.
#[derive(Debug, thiserror::Error)]
enum NotRevoked {
    /// The owner of the token does not see the tokens of others.
    #[error("{}", say!("authentik shows `{user}` its own tokens only", user = .user))]
    SeesOwnOnly {
        /// Their name.
        user: String,
    },
}

impl UniformFailure for NotRevoked {
    const SYSTEM: System = System::Authentik;
    const KIND: FaultKind = FaultKind::NotAllowed;

    fn hint(&self) -> String {
        match self {
            Self::SeesOwnOnly { .. } => say!(
                "Sign in once as an administrator, or revoke them in authentik: Admin interface, Directory, Users, the user, OAuth Access Tokens and OAuth Refresh Tokens."
            ),
        }
    }
}
