//! What to know about a rotation or a renewal.

use crate::{
    immich::RouteKind,
    secret::Label,
    site::{
        Fault, System,
        harmless::{Each, Shape::Line},
    },
    wizard::Story,
};

/// Something to know about a rotation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RotationNote {
    /// Where it stands.
    Standing(Story),
    /// Something did not work beside it.
    Trouble(Fault),
    /// Who notices it: nobody is logged out.
    NobodyIsLoggedOut,
    /// Probably nothing but Immich uses the client.
    OnlyImmichUses {
        /// Its client id.
        client: String,
    },
    /// Something else seems to use the client.
    OthersUse {
        /// Its client id.
        client: String,
        /// The redirect URIs that are not Immich's.
        uris: Vec<String>,
    },
    /// authentik does not tell what else uses the client.
    OthersUntold,
    /// Whatever else uses the client needs the new secret.
    GiveToOthers {
        /// Its client id.
        client: String,
    },
    /// Immich is restarted for the switch.
    ImmichIsRestarted,
    /// How both writes are prepared, where Immich's goes that route.
    Prepared(RouteKind),
    /// How long the write takes on these systems was never measured.
    Untimed(Vec<System>),
    /// The new secret is kept as pending.
    PendingIs {
        /// Its fingerprint.
        fingerprint: String,
    },
    /// How to go back to the previous secret.
    HowToGoBack,
    /// How to rotate by age.
    HowToRotateByAge,
    /// Immich was restarted for it.
    ImmichWasRestarted,
    /// About issued tokens.
    Revocation(RevocationNote),
    /// About a renewal of the wizard's own token or key.
    Renewal(RenewalNote),
}

/// Something to know about the tokens that were issued under a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RevocationNote {
    /// Whom it concerns that they are revoked.
    SessionsStay,
    /// There are none.
    NothingToRevoke,
    /// They are revoked.
    Revoked,
    /// They stay valid.
    StayValid,
}

/// Something to know about a renewal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RenewalNote {
    /// The new one is in use.
    NewIsInUse,
    /// The old one is not this program's to delete.
    NotOurs {
        /// Its name, where it is known.
        name: Option<String>,
        /// Where it is kept.
        kept: Label,
    },
    /// The old one was left.
    OldIsLeft {
        /// Where it is kept.
        kept: Label,
    },
    /// Why more than the old one is deleted.
    UnusedGo,
    /// Whether there are others cannot be seen.
    OthersUnseen(Fault),
}

impl RotationNote {
    /// Does something with every text that came from outside.
    pub(in crate::wizard::snapshot) fn each_text(&mut self, each: Each<'_>) {
        match self {
            Self::Standing(story) => story.each_text(each),
            Self::Trouble(why) | Self::Renewal(RenewalNote::OthersUnseen(why)) => fault(why, each),
            Self::OnlyImmichUses { client: text }
            | Self::GiveToOthers { client: text }
            | Self::PendingIs { fingerprint: text } => each(text, Line),
            Self::OthersUse { client, uris } => {
                each(client, Line);
                for text in uris {
                    each(text, Line);
                }
            }
            Self::Renewal(RenewalNote::NotOurs { name, kept: _ }) => {
                if let Some(text) = name {
                    each(text, Line);
                }
            }
            Self::NobodyIsLoggedOut
            | Self::OthersUntold
            | Self::ImmichIsRestarted
            | Self::Prepared(_)
            | Self::Untimed(_)
            | Self::HowToGoBack
            | Self::HowToRotateByAge
            | Self::ImmichWasRestarted
            | Self::Revocation(_)
            | Self::Renewal(
                RenewalNote::NewIsInUse
                | RenewalNote::OldIsLeft { kept: _ }
                | RenewalNote::UnusedGo,
            ) => {}
        }
    }
}

/// Does something with every text of a fault.
pub(super) fn fault(why: &mut Fault, each: Each<'_>) {
    let Fault { system: _, kind: _, tried, answer, remedy } = why;
    for text in [tried, answer, remedy] {
        each(text, Line);
    }
}
