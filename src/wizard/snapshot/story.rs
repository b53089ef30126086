//! Where a rotation stands, as it is told.

use std::fmt;

use crate::{
    site::harmless::{Each, Shape::Line},
    wizard::Holding,
};

/// What both sides hold, and what that means for logins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Story {
    /// Both hold the current one.
    Rest {
        /// What both hold.
        both: Holding,
    },
    /// Both hold one that the secret store does not know.
    Unkept {
        /// What both hold.
        both: Holding,
    },
    /// A new one is kept and used nowhere.
    Created {
        /// What both hold.
        both: Holding,
    },
    /// Both hold the new one, which is kept as pending.
    Switched {
        /// What both hold.
        both: Holding,
    },
    /// The new one is the current one, and only the pending entry is left.
    Promoted,
    /// The two do not hold the same.
    Apart {
        /// What authentik holds.
        authentik: Holding,
        /// What Immich holds.
        immich: Holding,
    },
}

impl Story {
    /// Does something with every text that came from outside.
    pub(in crate::wizard) fn each_text(&mut self, each: Each<'_>) {
        let mut holding = |Holding { fingerprint, which: _ }: &mut Holding| {
            if let Some(text) = fingerprint {
                each(text, Line);
            }
        };
        match self {
            Self::Rest { both }
            | Self::Unkept { both }
            | Self::Created { both }
            | Self::Switched { both } => holding(both),
            Self::Apart { authentik, immich } => {
                holding(authentik);
                holding(immich);
            }
            Self::Promoted => {}
        }
    }
}

/// In a sentence or two, which errors need.
impl fmt::Display for Story {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&match self {
            Self::Rest { both } => say!("Both sides hold {both}.", both),
            Self::Unkept { both } => {
                say!("Both sides hold {both}, which the secret store does not know.", both)
            }
            Self::Created { both } => {
                say!("A new secret is kept, and used nowhere: both sides hold {both}.", both)
            }
            Self::Switched { both } => say!(
                "Both sides hold {both}. It has to be tested, and to become the current one here.",
                both
            ),
            Self::Promoted => say!(
                "The new secret is in use and kept as the current one; only the pending entry is \
                 left to be tidied away."
            ),
            Self::Apart { authentik, immich } => say!(
                "authentik holds {authentik}, Immich holds {immich}: logins fail until both hold \
                 the same.",
                authentik,
                immich
            ),
        })
    }
}
