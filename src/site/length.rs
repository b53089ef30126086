//! How long a value may be.

/// What any value may have: servers and shells end the connection at much
/// longer ones, and do not say why.
const VALUE_LENGTH: usize = 2000;

/// A value that is too long, and how many characters it may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", say!("it is longer than {most} characters", most = .0))]
pub struct TooLong(pub(super) usize);

/// Whether a value is short enough to be sent anywhere.
///
/// # Errors
/// Says how long it may be.
pub fn check_length(text: &str) -> Result<(), TooLong> {
    match text.chars().nth(VALUE_LENGTH) {
        Some(_) => Err(TooLong(VALUE_LENGTH)),
        None => Ok(()),
    }
}
