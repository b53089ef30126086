//! What keeps a stage from going on.

use crate::site::{Failure, FaultKind, System};
use crate::wizard::Story;

/// What keeps a stage from going on.
#[derive(Debug, thiserror::Error)]
pub(in crate::wizard) enum Obstacle {
    /// The two sides do not agree, and no rotation says why.
    #[error("{0}")]
    Apart(Story),
    /// There is no secret to go back to.
    #[error("{}", say!("none is kept"))]
    NoPrevious,
    /// A rotation is not finished.
    #[error("{}", say!("an earlier rotation is not finished"))]
    Unfinished,
    /// There is no new secret yet.
    #[error("{}", say!("none is kept"))]
    NoNew,
}

impl Failure for Obstacle {
    fn system(&self) -> System {
        match self {
            Self::Apart(_) => System::Authentik,
            Self::NoPrevious | Self::Unfinished | Self::NoNew => System::SecretStore,
        }
    }

    fn kind(&self) -> FaultKind {
        match self {
            Self::Apart(_) | Self::Unfinished => FaultKind::Refused,
            Self::NoPrevious | Self::NoNew => FaultKind::NotFound,
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::Apart(_) => say!(
                "Walk the set-up first (`{us}`): it brings both to one secret, and asks.",
                us = crate::say::us()
            ),
            Self::NoPrevious => {
                say!(
                    "There is nothing to go back to: `{us} rotate` makes a new one.",
                    us = crate::say::us()
                )
            }
            Self::Unfinished => say!(
                "Run `{us} rotate` first: it finishes that rotation or rolls it back. Then \
                 run `{us} rotate --back` again.",
                us = crate::say::us()
            ),
            Self::NoNew => say!("Begin with the stage before."),
        }
    }
}
