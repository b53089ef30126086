//! What goes wrong on the way of the settings.

use super::splice::SpliceError;
use crate::{
    secret::Foreign,
    site::{Failure, Fault, FaultKind, RouteKind, System},
};

/// What is tried when settings are written.
pub(super) const WRITE: &str = word!("write Immich's settings");
/// What is tried when settings are read from the database.
pub(super) const READ_DATABASE: &str = word!("read Immich's settings from its database");

/// Why settings are not read or not written.
#[derive(Debug, thiserror::Error)]
pub(super) enum RouteError {
    #[error("{}", say!("the Immich host is not connected"))]
    NoHost,
    #[error("{}", say!("not as written: {fields}", fields = .fields))]
    NotKept { fields: String },
    #[error("{}", say!("somebody changed settings since the plan was made; nothing was written"))]
    Moved,
    /// What the API gave could not be put back.
    #[error("{0}")]
    Ambiguous(Foreign),
    #[error("{}", say!("they have no oauth block"))]
    NoBlock,
    /// What the API gave could not be changed.
    #[error("{0}")]
    Unchangeable(Foreign),
    #[error("{}", say!("our fields are written, but other settings changed at the same moment"))]
    OthersChanged,
    #[error("{}", say!("a value holds a NUL character, which PostgreSQL cannot keep"))]
    NulCharacter,
    #[error("{}", say!("more than one line came: something prints beside the answer"))]
    Lines,
    /// What the database gave cannot be read.
    #[error(transparent)]
    Row(SpliceError),
    #[error("{}", say!("it holds no settings, but something else"))]
    NoSettings,
    /// The file is no YAML.
    #[error("{0}")]
    Yaml(Foreign),
    /// The file is JSON that cannot be changed.
    #[error(transparent)]
    Json(SpliceError),
    #[error("{}", say!("its layout cannot be changed without touching other settings; nothing was written"))]
    Layout,
    /// The file cannot be read, and a copy from before our change is there.
    #[error("{}", .why.answer)]
    WithCopy {
        #[source]
        why: Fault,
        copy: String,
    },
}

impl Failure for RouteError {
    fn system(&self) -> System {
        System::Immich
    }

    fn kind(&self) -> FaultKind {
        match self {
            Self::NotKept { .. } => FaultKind::NotKept,
            Self::Moved | Self::OthersChanged => FaultKind::Moved,
            Self::Ambiguous(_) | Self::NulCharacter | Self::Layout => FaultKind::Refused,
            Self::NoHost
            | Self::NoBlock
            | Self::Unchangeable(_)
            | Self::Lines
            | Self::Row(_)
            | Self::NoSettings
            | Self::Yaml(_)
            | Self::Json(_) => FaultKind::Unexpected,
            Self::WithCopy { why, .. } => why.kind.clone(),
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::NoHost => say!("Give the profile the way onto the host: `ssh` under `[host]`."),
            Self::NotKept { .. } => {
                say!("Look again. If it stays so, something else writes Immich's settings.")
            }
            Self::Moved => say!("Look again: the new state is read and planned anew."),
            Self::Ambiguous(_) => say!(
                "They could not be put back as they came. Is it Immich that answers there, and not \
                 something in front of it?"
            ),
            Self::NoBlock => say!(
                "This Immich release keeps its OAuth settings elsewhere: please report its version."
            ),
            Self::Unchangeable(_) | Self::NulCharacter | Self::Row(_) => String::new(),
            Self::OthersChanged => say!(
                "Somebody else saved settings just now. Let them check that theirs are as they left them."
            ),
            Self::Lines => say!("Nothing is written from what cannot be read exactly. Look again."),
            Self::NoSettings | Self::Yaml(_) | Self::Json(_) => {
                say!("Mend the file first: with one that it cannot read, Immich answers nobody.")
            }
            Self::Layout => say!("Set the fields that the step shows by hand, then look again."),
            Self::WithCopy { why, copy } => say!(
                "{remedy} The text from before our change is in {copy} on the host.",
                remedy = &why.remedy,
                copy
            ),
        }
    }
}

/// What is tried when a route is taken.
pub(super) fn take(kind: RouteKind) -> String {
    say!("take the route over the {kind}", kind)
}
