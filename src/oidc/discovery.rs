//! The discovery document.
//! See <https://openid.net/specs/openid-connect-discovery-1_0.html>.

use serde_json::Value;
use url::Url;

use super::answers::{read_json, refusal, unanswered};
use crate::{
    net::{Http, Request, has_user},
    site::{Failure, Fault, FaultKind, System},
};

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

impl Discovery {
    /// Reads a document that was asked for at `public`.
    ///
    /// # Errors
    /// [`WrongProduct`](FaultKind::WrongProduct) names what is missing;
    /// [`Refused`](FaultKind::Refused): it sends clients, and with them the
    /// client secret, to another scheme, host or port.
    pub fn read(tried: &str, public: &Url, raw: Value, route: Route) -> Result<Self, Fault> {
        stays_at(public, &raw)
            .and_then(|()| Self::parse(raw, route))
            .map_err(|error| Fault::of(&error, tried))
    }

    fn parse(raw: Value, route: Route) -> Result<Self, DiscoveryError> {
        let text = |key: &str| Some(raw.get(key)?.as_str()?.to_owned());
        let needed = |key: &'static str| text(key).ok_or(DiscoveryError::Lacks(key));
        let texts = |key: &str| {
            let list = raw.get(key).and_then(Value::as_array).into_iter().flatten();
            list.filter_map(Value::as_str).map(str::to_owned).collect()
        };
        Ok(Self {
            issuer: needed("issuer")?,
            authorization_endpoint: needed("authorization_endpoint")?,
            token_endpoint: needed("token_endpoint")?,
            userinfo_endpoint: text("userinfo_endpoint"),
            jwks_uri: text("jwks_uri"),
            end_session_endpoint: text("end_session_endpoint"),
            scopes_supported: texts("scopes_supported"),
            id_token_signing_alg_values_supported: texts("id_token_signing_alg_values_supported"),
            code_challenge_methods_supported: texts("code_challenge_methods_supported"),
            route,
            raw,
        })
    }

    /// An endpoint of this document as it is reached from here: the whole URL,
    /// or the path below the API address where the public one cannot be
    /// reached.
    #[must_use]
    pub fn reached_at(&self, endpoint: &str) -> String {
        match (&self.route, Url::parse(endpoint)) {
            (Route::InTheNameOfPublic { .. }, Ok(url)) => match url.query() {
                Some(query) => format!("{}?{query}", url.path()),
                None => url.path().to_owned(),
            },
            _ => endpoint.to_owned(),
        }
    }

    /// The HTTP client with which [`Discovery::reached_at`] is asked.
    #[must_use]
    pub fn asked_with<'a>(&self, public: &'a Http, api: Option<&'a Http>) -> &'a Http {
        match &self.route {
            Route::Public => public,
            Route::InTheNameOfPublic { .. } => api.unwrap_or(public),
        }
    }
}

/// What is wrong with a discovery document.
#[derive(Debug, thiserror::Error)]
enum DiscoveryError {
    #[error("{}", say!("it has no `{field}`", field = .0))]
    Lacks(&'static str),
    #[error("{}", say!("404: no application has this slug, or it has no provider"))]
    NoApplication,
    #[error("{}", say!("its `issuer` is not that of the application `{slug}`", slug = .slug))]
    OtherIssuer { slug: String },
    #[error("{}", say!("its `{name}` {why}", name = .name, why = .why))]
    Strays { name: &'static str, why: Stray },
}

/// How an address of a discovery document is not the one that the operator gave.
#[derive(Debug, thiserror::Error)]
enum Stray {
    #[error("{}", say!("holds a user name or a password"))]
    HasUser,
    #[error("{}", say!("is at {at}, not at {own}", at = .at, own = .own))]
    Elsewhere { at: String, own: String },
    #[error("{}", say!("is no web address"))]
    NoAddress,
}

impl Failure for DiscoveryError {
    fn system(&self) -> System {
        System::Authentik
    }

    fn kind(&self) -> FaultKind {
        match self {
            Self::Lacks(_) => FaultKind::WrongProduct,
            Self::NoApplication => FaultKind::NotFound,
            Self::OtherIssuer { .. } | Self::Strays { .. } => FaultKind::Refused,
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::Lacks(_) => say!(
                "Something else than authentik answers at this address. Check it in a browser."
            ),
            Self::NoApplication => say!(
                "See in authentik, Applications, whether the application is there and has the provider attached."
            ),
            Self::OtherIssuer { .. } => say!(
                "Immich would take the logins of another application. See what answers there, and whether a proxy changes it."
            ),
            Self::Strays { .. } => say!(
                "No secret was sent. The proxy in front of authentik must hand on the name and the scheme that browsers use: `Host` and `X-Forwarded-Proto`. Or authentik's address in the profile is not the one people use."
            ),
        }
    }
}

/// The path of an application's discovery document. With a trailing slash
/// authentik does not know it.
#[must_use]
pub fn discovery_path(slug: &str) -> String {
    let slug: String = url::form_urlencoded::byte_serialize(slug.as_bytes()).collect();
    format!("/application/o/{}/.well-known/openid-configuration", slug.replace('+', "%20"))
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
    let tried = say!("read the discovery document of the application `{slug}`", slug);
    let request = Request::get(discovery_path(slug));
    let mut route = Route::Public;
    let answer = match (public.send(request.clone()).await, api) {
        (Ok(answer), _) => answer,
        (Err(why), Some(api)) if is_out_of_reach(&why) && api.base() != public.base() => {
            route = Route::InTheNameOfPublic { why };
            let request = request
                .header("Host", authority(public.base()))
                .header("X-Forwarded-Proto", public.base().scheme())
                .header("X-Forwarded-Host", authority(public.base()));
            api.send(request).await.map_err(|why| unanswered(&tried, why))?
        }
        (Err(why), _) => return Err(unanswered(&tried, why)),
    };
    if answer.status.as_u16() == 404 {
        return Err(Fault::of(&DiscoveryError::NoApplication, tried));
    }
    if !answer.status.is_success() {
        return Err(refusal(&tried, &answer));
    }
    let raw = read_json(&tried, &answer)?;
    let found = Discovery::read(&tried, public.base(), raw, route)?;
    if is_issuer_of(&found.issuer, public.base(), slug) {
        return Ok(found);
    }
    Err(Fault::of(&DiscoveryError::OtherIssuer { slug: slug.to_owned() }, tried))
}

/// Whether an issuer is the one of this application, or the one that all have
/// in the issuer mode `global`; with or without its last slash. It must be where
/// its document was read (OpenID Connect Discovery 1.0, section 4.3).
fn is_issuer_of(issuer: &str, public: &Url, slug: &str) -> bool {
    let base = public.origin().ascii_serialization();
    let rest = issuer.strip_prefix(base.as_str());
    rest.map(|rest| rest.strip_suffix('/').unwrap_or(rest))
        .is_some_and(|rest| rest.is_empty() || rest.strip_prefix("/application/o/") == Some(slug))
}

/// What a client may be sent to by a discovery document.
const ADDRESSES: [&str; 9] = [
    "issuer",
    "authorization_endpoint",
    "token_endpoint",
    "userinfo_endpoint",
    "jwks_uri",
    "end_session_endpoint",
    "introspection_endpoint",
    "revocation_endpoint",
    "device_authorization_endpoint",
];

/// Whether every address in the document is at the one that the operator gave.
/// Immich posts the client secret to the token endpoint, whatever it is.
fn stays_at(public: &Url, raw: &Value) -> Result<(), DiscoveryError> {
    let own = public.origin();
    for name in ADDRESSES {
        let Some(address) = raw.get(name).filter(|address| !address.is_null()) else { continue };
        let url = address.as_str().and_then(|address| Url::parse(address).ok());
        let why = match url {
            Some(url) if url.origin() == own && !has_user(&url) => continue,
            Some(url) if url.origin() == own => Stray::HasUser,
            Some(url) if url.origin().is_tuple() => {
                let (at, own) = (url.origin().ascii_serialization(), own.ascii_serialization());
                Stray::Elsewhere { at, own }
            }
            _ => Stray::NoAddress,
        };
        return Err(DiscoveryError::Strays { name, why });
    }
    Ok(())
}

/// Whether the address cannot be used from this machine, which says nothing
/// about others.
fn is_out_of_reach(fault: &Fault) -> bool {
    matches!(fault.kind, FaultKind::Unreachable | FaultKind::Late | FaultKind::Lost)
}

fn authority(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// Whether the provider publishes an RSA key. Without a signing key there is
/// none, and tokens are signed with the client secret.
pub async fn has_rsa_key(http: &Http, jwks_uri: &str) -> Result<bool, Fault> {
    let tried = word!("read the signing keys that authentik publishes");
    let request = Request::get(jwks_uri);
    let answer = http.send(request).await.map_err(|why| unanswered(tried, why))?;
    if !answer.status.is_success() {
        return Err(refusal(tried, &answer));
    }
    let keys = read_json(tried, &answer)?;
    // A provider without a signing key answers `{}`, without `keys`.
    Ok(keys.get("keys").and_then(Value::as_array).is_some_and(|keys| {
        keys.iter().any(|key| key.get("kty").and_then(Value::as_str) == Some("RSA"))
    }))
}
