//! What to know of a file before it is written.

use std::fmt;

/// What to know of a file before it is written; [`crate::text::note`] says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileWarning {
    /// A program makes the file, and overwrites what others set there.
    Made(Maker),
    /// The file is a symbolic link.
    SymbolicLink {
        /// The file behind it, which is written.
        target: String,
    },
    /// A new file in its place would lose owner, group or second name.
    WrittenInPlace,
}

/// The program that makes a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Maker {
    /// Nix.
    Nix,
    /// Guix.
    Guix,
    /// A manager of secrets.
    SecretManager,
    /// The one that a comment with these words is from.
    Says(&'static str),
}

impl fmt::Display for Maker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nix => f.write_str("Nix"),
            Self::Guix => f.write_str("Guix"),
            Self::SecretManager => f.write_str(word!("a manager of secrets")),
            Self::Says(says) => f.write_str(&say!("it says “{says}”", says)),
        }
    }
}
