//! Why a value will not do in a profile.

use super::{
    SigningAlgorithm, TooLong, UniformFailure,
    address_error::AddressError,
    harmless::{self, Each, Shape::Line},
    target_error::TargetError,
};

/// Why a value will not do in a profile, in half a sentence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", harmless::line(&.0.to_string()))]
pub struct ValueError(#[from] Wrong);

impl ValueError {
    /// What to do about it, in sentences.
    #[must_use]
    pub fn hint(&self) -> String {
        harmless::line(&self.0.hint()).into_owned()
    }

    /// Does something with every text in it that somebody wrote.
    pub fn each_text(&mut self, each: Each<'_>) {
        if let Wrong::Address(error) = &mut self.0 {
            error.each_text(&mut |text| each(text, Line));
        }
    }
}

/// What is wrong with a value. What it says may hold parts of the value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Wrong {
    #[error(transparent)]
    TooLong(#[from] TooLong),
    #[error(transparent)]
    Address(#[from] AddressError),
    #[error(transparent)]
    Target(#[from] TargetError),
    #[error("{}", say!("it is empty"))]
    Empty,
    #[error("{}", say!("there is a control character in it"))]
    ControlCharacter,
    #[error("{}", say!("it is no web address"))]
    NoWebAddress,
    #[error("{}", say!("it begins or ends with a blank"))]
    OuterBlank,
    #[error("{}", say!("there is a letter beyond ASCII in it"))]
    BeyondAscii,
    #[error("{}", say!("that is no slug"))]
    NoSlug,
    #[error("{}", say!("authentik keeps `{text}` for itself: no login would work", text = .0))]
    ReservedSlug(&'static str),
    #[error("{}", say!("`openid` is missing: without it there is no OpenID Connect login"))]
    NoOpenId,
    #[error(
        "{}",
        say!(
            "no key pair signs with {algorithm}, but `provider.signing_key` names one",
            algorithm = .0
        )
    )]
    NoKeyPair(SigningAlgorithm),
    #[error("{}", say!("it is not an absolute path"))]
    NoAbsolutePath,
    #[error("{}", say!("Docker has no such names"))]
    NoContainerName,
    #[error("{}", say!("that is a connection and no name"))]
    Connection,
}

impl Wrong {
    fn hint(&self) -> String {
        match self {
            Self::TooLong(_) => say!("Choose a shorter one."),
            Self::Address(error) => error.hint(),
            Self::Target(error) => error.hint(),
            Self::Empty => say!("Fill it in, or leave out the line for the default."),
            Self::ControlCharacter => say!("Write it on one line."),
            Self::NoWebAddress => say!(
                "Write one like https://photos.example.com/auth/login?autoLaunch=1, or blank://blank \
                 to hide the tile"
            ),
            Self::OuterBlank => say!("Leave out the blank."),
            Self::BeyondAscii => say!("Use plain letters and digits."),
            Self::NoSlug => say!("Use letters, digits, `-` and `_` only."),
            Self::ReservedSlug(_) => say!("Choose another slug, such as `immich`."),
            Self::NoOpenId => say!("Add `openid`."),
            Self::NoKeyPair(_) => say!(
                "Leave out `signing_key`, or choose the algorithm of that key, such as {algorithm}.",
                algorithm = SigningAlgorithm::default()
            ),
            Self::NoAbsolutePath => say!("Begin it with `/`: it is a folder on the Immich host."),
            Self::NoContainerName => say!("Use letters, digits, `-`, `_` and `.` only."),
            Self::Connection => {
                say!("Write the name alone: it stands in Immich's .env as DB_DATABASE_NAME.")
            }
        }
    }
}
