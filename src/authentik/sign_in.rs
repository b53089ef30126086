//! Signing in once with user name and password, by the same flow executor
//! that authentik's own login page talks to.

use super::Client;
use crate::{net::Http, secret::Secret, site::Fault};

/// A sign-in under way. It keeps cookies, never the password.
#[derive(Debug)]
pub struct SignIn {
    http: Http,
}

impl SignIn {
    /// A sign-in at this authentik.
    #[must_use]
    pub const fn new(http: Http) -> Self {
        Self { http }
    }

    /// Walks authentik's login with name and password. The client that comes
    /// back asks in the name of the user, for as long as the session lasts.
    ///
    /// # Errors
    /// [`SecondFactor`](crate::site::FaultKind::SecondFactor): ask for the
    /// code and go on with [`SignIn::code`];
    /// [`NotSignedIn`](crate::site::FaultKind::NotSignedIn): wrong name or
    /// password; [`Refused`](crate::site::FaultKind::Refused): a stage that
    /// only a browser can do, named.
    pub async fn password(&mut self, username: &str, password: &Secret) -> Result<Client, Fault> {
        let _ = (&self.http, username, password);
        todo!("next commit")
    }

    /// Goes on with the code of the second factor.
    ///
    /// # Errors
    /// As [`SignIn::password`]; after a wrong code the next one may be tried.
    pub async fn code(&mut self, code: &Secret) -> Result<Client, Fault> {
        let _ = code;
        todo!("next commit")
    }
}
