//! Probes that need nobody to sign in and leave nothing behind.

use crate::{net::Http, secret::Secret, site::Fault};

/// What the token endpoint thinks of a client id and secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretVerdict {
    /// Right: it only misses the code.
    Right,
    /// The client id or the secret is wrong.
    Wrong,
    /// It cannot be told.
    Unclear(Fault),
}

/// What the authorization endpoint thinks of a client id and redirect URI.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RedirectVerdict {
    /// A login would begin.
    Accepted,
    /// The redirect URI is not registered.
    UriRefused,
    /// There is no such client id.
    ClientRefused,
    /// Both are right, and yet the request is refused: the OAuth error. Most
    /// often the provider lacks the grant type.
    GrantRefused(String),
    /// The provider has no application.
    NoApplication,
    /// It cannot be told.
    Unclear(Fault),
}

/// Asks the token endpoint to redeem no code at all: with the right secret
/// it says `invalid_grant`, with a wrong one `invalid_client`.
/// See <https://www.rfc-editor.org/rfc/rfc6749#section-5.2>.
pub async fn probe_secret(
    http: &Http,
    token_endpoint: &str,
    client_id: &str,
    secret: &Secret,
) -> SecretVerdict {
    let _ = (http, token_endpoint, client_id, secret);
    todo!("next commit")
}

/// Begins a login and looks where authentik would lead the browser. A wrong
/// URI or client id leaves a configuration error in authentik's events.
pub async fn probe_redirect(
    http: &Http,
    authorization_endpoint: &str,
    client_id: &str,
    redirect_uri: &str,
) -> RedirectVerdict {
    let _ = (http, authorization_endpoint, client_id, redirect_uri);
    todo!("next commit")
}
