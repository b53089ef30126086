//! Why what was typed for a value of the profile will not do.

use super::{SigningAlgorithm, TokenAuthMethod, ValueError, harmless::Each};

/// Why what was typed will not do for a value of the profile.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// It is neither yes nor no.
    #[error("{}", say!("it is yes or no"))]
    NoYesOrNo,
    /// It is no algorithm that tokens are signed with.
    #[error("{}", one_of(SigningAlgorithm::ALL.map(SigningAlgorithm::name)))]
    NoAlgorithm,
    /// It is no way in which a client shows its secret.
    #[error("{}", one_of(TokenAuthMethod::ALL.map(TokenAuthMethod::name)))]
    NoAuthMethod,
    /// A profile's file could not have it either.
    #[error("{}", say!("{why}. {remedy}", why = .0, remedy = .0.hint()))]
    Value(#[from] ValueError),
}

impl EditError {
    /// Does something with every text in it that somebody wrote.
    pub fn each_text(&mut self, each: Each<'_>) {
        match self {
            Self::Value(error) => error.each_text(each),
            Self::NoYesOrNo | Self::NoAlgorithm | Self::NoAuthMethod => {}
        }
    }
}

fn one_of<const N: usize>(names: [&str; N]) -> String {
    say!("it is one of {names}", names = names.join(", "))
}
