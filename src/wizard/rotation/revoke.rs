//! Revoking what authentik issued under this client: for a secret that was
//! seen by somebody who must not have it.

use std::time::{Duration, Instant};

use crate::{
    site::{Failure, Fault, FaultKind, System},
    wizard::{
        AgainPick, DoneNote, Key, Note, OnPick, Purpose, RevocationNote, RotationNote,
        RotationPick, RotationTopic, StepId, Task, access,
        desk::{Desk, Interrupt, Menu, Stop},
        effect::{Effect, RotationEffect},
        systems::Systems,
    },
};

/// How long revoking may take as a whole.
const AT_MOST: Duration = Duration::from_mins(1);

/// What to do where tokens could not be revoked.
#[derive(Clone, Copy, Debug)]
enum Next {
    SignIn,
    TryAgain,
    GoOn,
}

/// Asks about the tokens that were issued under the old secret, where that was
/// wished for, and revokes them.
pub(in crate::wizard) async fn revocation(
    desk: &mut Desk,
    systems: &mut Systems,
) -> Result<(), Interrupt> {
    let wished = matches!(&systems.purpose, Purpose::Rotate(wish) if wish.revoke);
    if !wished || systems.rotates_back {
        return Ok(());
    }
    loop {
        let work = planned(systems);
        let what = Task::ListingIssuedTokens;
        let at_most = super::LOOKS_WITHIN;
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

/// Whether all of them are gone. Who sees only his own cannot tell: then they
/// count as there.
pub(super) async fn is_done(
    systems: &Systems,
    provider: i64,
    access: &[i64],
    refresh: &[i64],
) -> Result<bool, Fault> {
    let client = systems.authentik()?;
    if !client.me().await?.is_superuser {
        return Ok(false);
    }
    let (now_access, now_refresh) =
        tokio::try_join!(client.all_access_tokens(provider), client.all_refresh_tokens(provider))?;
    Ok(!access.iter().any(|pk| now_access.contains(pk))
        && !refresh.iter().any(|pk| now_refresh.contains(pk)))
}

/// Revokes them. One that is gone already is revoked.
pub(super) async fn perform(
    systems: &Systems,
    access: &[i64],
    refresh: &[i64],
) -> Result<DoneNote, Fault> {
    let client = systems.authentik()?;
    let since = Instant::now();
    // Refresh tokens first: with one of them new access tokens can be had.
    let all = refresh.iter().map(|pk| (true, pk)).chain(access.iter().map(|pk| (false, pk)));
    for (done, (refreshes, pk)) in all.enumerate() {
        if since.elapsed() > AT_MOST {
            let late = NotRevoked::TooMany { done, all: access.len() + refresh.len() };
            return Err(Fault::of(&late, say!("revoke all tokens")));
        }
        if refreshes {
            client.delete_refresh_token(*pk).await?;
        } else {
            client.delete_access_token(*pk).await?;
        }
    }
    Ok(DoneNote::Revoked { access: access.len(), refresh: refresh.len() })
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
    /// There are too many for the time.
    #[error("{}", say!("{done} of {all} within {seconds} s", done = .done, all = .all, seconds = AT_MOST.as_secs()))]
    TooMany {
        /// How many were revoked.
        done: usize,
        /// How many there are.
        all: usize,
    },
}

impl Failure for NotRevoked {
    fn system(&self) -> System {
        System::Authentik
    }

    fn kind(&self) -> FaultKind {
        match self {
            Self::SeesOwnOnly { .. } => FaultKind::NotAllowed,
            Self::TooMany { .. } => FaultKind::Late,
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::SeesOwnOnly { .. } => say!(
                "Sign in once as an administrator, or revoke them in authentik: Admin interface, Directory, Users, the user, OAuth Access Tokens and OAuth Refresh Tokens."
            ),
            Self::TooMany { .. } => {
                say!("Revoke the rest in another run: what is revoked stays revoked.")
            }
        }
    }
}
