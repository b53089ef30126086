//! What there is to know on the card of a step.

use super::Remains;
use crate::{
    host::FileWarning,
    site::{
        EditError, Fault, SigningAlgorithm,
        harmless::{Each, Shape::Line},
    },
};

/// Something to know about a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StepNote {
    /// A provider is there already.
    ProviderAdopted,
    /// Why there are several redirect URIs.
    MoreRedirectUris,
    /// The provider has no redirect URI.
    NoRedirectUri,
    /// The provider encrypts its tokens.
    EncryptionKeyOff,
    /// The provider's key pair does not sign as the profile says.
    UnfitKeyPair {
        /// Its name.
        name: String,
        /// Its type.
        key_type: String,
        /// How tokens are to be signed.
        algorithm: SigningAlgorithm,
    },
    /// The provider is taken from another application.
    ProviderTaken {
        /// The slug of the other one.
        other: String,
    },
    /// The application uses another provider now.
    OtherProvider {
        /// The number of that one.
        number: i64,
    },
    /// An application is there already.
    ApplicationAdopted,
    /// The issuer is not encrypted, and that is accepted.
    InsecureIssuer,
    /// The host's user has a login script that prints.
    LoginScriptPrints {
        /// What it prints.
        noise: String,
    },
    /// The config file as it was is kept.
    CopyKept {
        /// Where.
        path: String,
    },
    /// Password login is left as it is.
    PasswordLoginStays,
    /// Nothing was changed since the last restart.
    NotChangedSinceRestart,
    /// What the API writes is in effect at once.
    InEffectAtOnce {
        /// The release of Immich.
        version: String,
    },
    /// Settings are read at every login.
    ReadAtEveryLogin {
        /// The release of Immich.
        version: String,
    },
    /// What is stored is not in effect.
    NotInEffect {
        /// The release of Immich.
        version: String,
    },
    /// What to type where the operator restarts Immich.
    RestartByHand {
        /// The folder of the compose file.
        folder: String,
        /// The services to restart.
        services: Vec<String>,
    },
    /// Immich is away while it restarts.
    ImmichIsAway,
    /// Which secret Immich holds is not known.
    HeldSecretUnknown {
        /// Why.
        why: String,
    },
    /// Whose account to log in with.
    SameAddress,
    /// Where to log in.
    PrivateWindow,
    /// The plan is another one than the one that was shown.
    PlanChanged,
    /// A value was not taken into the profile.
    NotTaken {
        /// Why.
        why: EditError,
    },
    /// The same, with all that is known of it.
    Refused(Fault),
    /// What to know of the config file before it is written.
    File(FileWarning),
    /// What somebody set up by hand can be adopted.
    CanBeAdopted,
    /// Something is still there after an undo.
    StillThere(Remains),
}

impl StepNote {
    /// Does something with every text that came from outside.
    pub(super) fn each_text(&mut self, each: Each<'_>) {
        match self {
            Self::UnfitKeyPair { name, key_type, algorithm: _ } => {
                each(name, Line);
                each(key_type, Line);
            }
            Self::RestartByHand { folder, services } => {
                each(folder, Line);
                for text in services {
                    each(text, Line);
                }
            }
            Self::ProviderTaken { other: text }
            | Self::File(FileWarning::SymbolicLink { target: text })
            | Self::LoginScriptPrints { noise: text }
            | Self::CopyKept { path: text }
            | Self::InEffectAtOnce { version: text }
            | Self::ReadAtEveryLogin { version: text }
            | Self::NotInEffect { version: text }
            | Self::HeldSecretUnknown { why: text } => each(text, Line),
            Self::NotTaken { why } => why.each_text(each),
            Self::Refused(fault) => fault.each_text(each),
            Self::StillThere(remains) => remains.each_text(each),
            Self::ProviderAdopted
            | Self::MoreRedirectUris
            | Self::NoRedirectUri
            | Self::EncryptionKeyOff
            | Self::OtherProvider { number: _ }
            | Self::ApplicationAdopted
            | Self::InsecureIssuer
            | Self::PasswordLoginStays
            | Self::NotChangedSinceRestart
            | Self::ImmichIsAway
            | Self::SameAddress
            | Self::PrivateWindow
            | Self::PlanChanged
            | Self::File(FileWarning::Made(_) | FileWarning::WrittenInPlace)
            | Self::CanBeAdopted => {}
        }
    }
}
