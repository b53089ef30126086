//! Why what stands on a line is not taken.

use crate::{
    site::{EditError, TooLong},
    wizard::TextRefusal,
};

/// Why what stands on a line is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Nothing stands on it.
    #[error("{}", say!("it is empty"))]
    Empty,
    /// It is longer than any secret.
    #[error("{}", say!("it is too long for a secret"))]
    NoSecret,
    /// It would be longer than any value.
    #[error(transparent)]
    TooLong(#[from] TooLong),
    /// It does not answer the question.
    #[error(transparent)]
    Text(#[from] TextRefusal),
    /// It is no value of the field.
    #[error(transparent)]
    Field(#[from] EditError),
}
