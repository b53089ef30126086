//! The discovery document.
//! See <https://openid.net/specs/openid-connect-discovery-1_0.html>.

use serde_json::Value;
use url::Url;

use crate::{net::Http, site::Fault};

/// A discovery document, as far as Immich depends on it.
#[derive(Clone, Debug, PartialEq)]
pub struct Discovery {
    /// The issuer, with its trailing slash: what Immich must be told.
    pub issuer: String,
    /// Where a login begins.
    pub authorization_endpoint: String,
    /// Where a code is redeemed.
    pub token_endpoint: String,
    /// Where claims are read.
    pub userinfo_endpoint: Option<String>,
    /// Where the signing keys are.
    pub jwks_uri: Option<String>,
    /// Where a logout begins.
    pub end_session_endpoint: Option<String>,
    /// The scopes that have a mapping on the provider. `email` or `profile`
    /// missing here: the mapping is missing.
    pub scopes_supported: Vec<String>,
    /// The one algorithm that tokens are signed with.
    pub id_token_signing_alg_values_supported: Vec<String>,
    /// `S256` and `plain`.
    pub code_challenge_methods_supported: Vec<String>,
    /// The whole document.
    pub raw: Value,
    /// How it was reached.
    pub route: Route,
}

/// How the discovery document was reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route {
    /// At the public address, as Immich and browsers will.
    Public,
    /// At the API address in the name of the public one, because the public
    /// one cannot be reached from here. Proves the provider right, not the
    /// way to it.
    InTheNameOfPublic {
        /// Why the public address could not be used.
        why: Fault,
    },
}

/// Reads the discovery document of the application `slug`.
///
/// authentik builds the issuer from the request's Host, so it is asked at
/// `public`, the address that browsers use. Where that cannot be reached from
/// here, `api` is asked in its name.
///
/// # Errors
/// [`NotFound`](crate::site::FaultKind::NotFound): no application has that
/// slug, or none with a provider.
pub async fn discovery(public: &Http, api: Option<&Http>, slug: &str) -> Result<Discovery, Fault> {
    let _ = (public, api, slug, Url::parse);
    todo!("next commit")
}

/// Whether the provider publishes an RSA key. Without a signing key there is
/// none, and tokens are signed with the client secret.
pub async fn has_rsa_key(http: &Http, jwks_uri: &str) -> Result<bool, Fault> {
    let _ = (http, jwks_uri);
    todo!("next commit")
}
