//! What goes wrong when an effect is carried out.

use std::fmt;

use thiserror::Error;

use crate::site::{Failure, Fault, FaultKind, System};

/// What an effect is about, where a fault tells of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::wizard) enum Thing {
    /// The provider in authentik.
    Provider,
    /// The application there.
    Application,
    /// The client secret.
    ClientSecret,
    /// The service account of this program.
    ServiceAccount,
    /// The same, once it is known to be meant.
    Account,
    /// The role of this program.
    Role,
    /// The group of this program.
    Group,
    /// The API token of this program.
    ApiToken,
    /// The same, once it is known to be meant.
    Token,
    /// The API key of this program.
    Key,
}

impl Thing {
    /// Its name.
    const fn name(self) -> &'static str {
        match self {
            Self::Provider => word!("the provider"),
            Self::Application => word!("the application"),
            Self::ClientSecret => word!("the client secret"),
            Self::ServiceAccount => word!("the service account"),
            Self::Account => word!("the account"),
            Self::Role => word!("the role"),
            Self::Group => word!("the group"),
            Self::ApiToken => word!("the API token"),
            Self::Token => word!("the token"),
            Self::Key => word!("the key"),
        }
    }
}

impl fmt::Display for Thing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What went wrong.
#[derive(Debug, Error)]
pub(in crate::wizard) enum EffectFailure {
    /// The operator stopped it in time.
    #[error("{}", say!("you stopped it before this effect was begun"))]
    StoppedBefore(System),
    /// There was no time left for it.
    #[error("{}", say!("it was not begun: {answer}", answer = &.0.answer))]
    NoTimeLeft(Fault),
    /// The operator did not wait for Immich.
    #[error("{}", say!("you stopped waiting for it"))]
    StoppedWaiting(System),
    /// Something is no longer what it was when the plan was made.
    #[error("{}", say!("somebody changed it since the plan was made; nothing was sent"))]
    Moved,
    /// What authentik accepted to make is not there.
    #[error("{}", say!("authentik accepted to create it, and {thing} is not there", thing = .0))]
    NotMade(Thing),
    /// What authentik accepted to change is not there.
    #[error("{}", say!("authentik accepted the change, and {thing} is not there", thing = .0))]
    NotThere(Thing),
    /// Fields are not as they were sent.
    #[error("{}", say!("not as sent: {names}", names = .0.join(", ")))]
    FieldsNotAsSent(Vec<String>),
    /// Something that goes with the fields is not as it was sent.
    #[error("{}", say!("not as sent: its secret or provider"))]
    RestNotAsSent,
    /// There is no provider to attach to the application.
    #[error("{}", say!("there is none with the client id `{client_id}`", client_id))]
    NoProvider {
        /// The client id by which it was looked for.
        client_id: String,
    },
    /// authentik accepted to delete it, and has it still.
    #[error("{}", say!("authentik said yes, and it is still there"))]
    StillThere,
    /// The same of what gave this program access.
    #[error("{}", say!("the server said yes, and it is still there"))]
    AccessStillThere,
    /// What is sent is of another sort than what performs it.
    #[error("{}", say!("it would send something else"))]
    SendsOtherwise,
    /// The secret store has no client secret.
    #[error("{}", say!("there is none"))]
    NoSecret,
    /// This machine makes no secrets.
    #[error("{0}")]
    NoRandomness(#[source] getrandom::Error),
}

impl Failure for EffectFailure {
    fn system(&self) -> System {
        match self {
            Self::StoppedBefore(system) | Self::StoppedWaiting(system) => *system,
            Self::NoTimeLeft(fault) => fault.system,
            Self::Moved
            | Self::NotMade(_)
            | Self::NotThere(_)
            | Self::FieldsNotAsSent(_)
            | Self::RestNotAsSent
            | Self::NoProvider { .. }
            | Self::StillThere
            | Self::AccessStillThere => System::Authentik,
            Self::NoSecret => System::SecretStore,
            Self::NoRandomness(_) | Self::SendsOtherwise => System::Workstation,
        }
    }

    fn kind(&self) -> FaultKind {
        match self {
            Self::StoppedBefore(_) | Self::StoppedWaiting(_) => FaultKind::Cancelled,
            Self::NoTimeLeft(fault) => fault.kind.clone(),
            Self::Moved => FaultKind::Moved,
            Self::NotMade(_)
            | Self::NotThere(_)
            | Self::FieldsNotAsSent(_)
            | Self::RestNotAsSent
            | Self::StillThere
            | Self::AccessStillThere => FaultKind::NotKept,
            Self::NoProvider { .. } | Self::NoSecret => FaultKind::NotFound,
            Self::NoRandomness(_) => FaultKind::Crashed,
            Self::SendsOtherwise => FaultKind::Unexpected,
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::StoppedBefore(_) => {
                say!("Look again: what was done so far is in the journal.")
            }
            Self::NoTimeLeft(fault) => fault.remedy.clone(),
            Self::StoppedWaiting(_) => say!("Look again: Immich may still be coming back."),
            Self::Moved => say!("Look again: the new state is read and planned anew."),
            Self::NotMade(_) | Self::NotThere(_) => say!(
                "Look again. If it stays so, look into authentik's log: it does not store what it \
                 accepts."
            ),
            Self::FieldsNotAsSent(_) | Self::RestNotAsSent => say!(
                "Look again. If it stays so, this authentik release treats the field differently: \
                 please report it with its version."
            ),
            Self::NoProvider { .. } => say!("Walk the provider step first."),
            Self::StillThere => say!("Look again; if it stays so, delete it in authentik."),
            Self::AccessStillThere => say!("Look again; if it stays so, delete it by hand."),
            Self::NoSecret => {
                say!("Walk the provider step first: it generates one or takes authentik's over.")
            }
            Self::SendsOtherwise => {
                say!("Nothing was sent. This is a mistake in the program.")
            }
            Self::NoRandomness(_) => {
                say!("This machine has no source of random bytes to offer.")
            }
        }
    }
}
