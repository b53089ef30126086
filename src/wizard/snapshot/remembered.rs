//! What is remembered of earlier runs, and kept for later ones.

use super::{LoginResult, SecretView, TokenView};

/// See the module.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Remembered {
    /// What the last test login came to, as far as it is remembered.
    pub last_login: Option<LoginResult>,
    /// The client secret that is kept, and how old it is.
    pub secret: Option<SecretView>,
    /// The wizard's own token for authentik, and when it ends.
    pub token: Option<TokenView>,
}
