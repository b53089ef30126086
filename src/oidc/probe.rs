//! Probes that need nobody to sign in and leave nothing behind.

use serde_json::Value;
use url::Url;

use super::answers::{refusal, unanswered};
use crate::{
    net::{Answer, Auth, Http, Request},
    secret::{Foreign, Secret},
    site::{Failure, Fault, FaultKind, System, TokenAuthMethod},
};

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
///
/// A provider that lacks the grant type says `invalid_grant` before it looks
/// at the secret, and a public client has none. So a right one only counts
/// when the endpoint refuses one that cannot be right.
pub async fn probe_secret(
    http: &Http,
    token_endpoint: &str,
    client_id: &str,
    secret: &Secret,
    method: TokenAuthMethod,
) -> SecretVerdict {
    let verdict = ask_secret(http, token_endpoint, client_id, secret, method).await;
    if verdict != SecretVerdict::Right {
        return verdict;
    }
    let unclear = |error: ProbeError| SecretVerdict::Unclear(Fault::of(&error, CHECK));
    let wrong = match Secret::generate() {
        Ok(wrong) => wrong,
        Err(error) => return unclear(ProbeError::NoOtherSecret(error)),
    };
    match ask_secret(http, token_endpoint, client_id, &wrong, method).await {
        SecretVerdict::Wrong => SecretVerdict::Right,
        SecretVerdict::Right => unclear(ProbeError::AnySecret),
        unclear @ SecretVerdict::Unclear(_) => unclear,
    }
}

const CHECK: &str = word!("check the client secret at the token endpoint");

/// Why a probe says nothing.
#[derive(Debug, thiserror::Error)]
enum ProbeError {
    #[error("{0}")]
    NoOtherSecret(getrandom::Error),
    #[error("{}", say!("any secret gets the same answer"))]
    AnySecret,
    /// The endpoint refuses for another reason.
    #[error("{0}")]
    Refused(String),
    #[error("{}", say!("it leads to {place}", place = .0))]
    LeadsElsewhere(Foreign),
}

impl Failure for ProbeError {
    fn system(&self) -> System {
        System::Authentik
    }

    fn kind(&self) -> FaultKind {
        match self {
            Self::NoOtherSecret(_) | Self::AnySecret | Self::Refused(_) => FaultKind::Refused,
            Self::LeadsElsewhere(_) => FaultKind::WrongProduct,
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::NoOtherSecret(_) | Self::AnySecret => say!(
                "See whether the provider is confidential and permits the grant type authorization_code."
            ),
            Self::Refused(_) => {
                say!("See whether the provider permits the grant type authorization_code.")
            }
            Self::LeadsElsewhere(_) => say!(
                "Something before authentik redirects. Give authentik's address in the form to which it redirects, or keep the proxy away from /application/."
            ),
        }
    }
}

/// Asks once whether the secret is right, without the proof that a wrong one
/// would be refused: see [`probe_secret`]. The secret is told as Immich tells
/// it.
pub async fn ask_secret(
    http: &Http,
    token_endpoint: &str,
    client_id: &str,
    secret: &Secret,
    method: TokenAuthMethod,
) -> SecretVerdict {
    let field = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    let mut fields = vec![field("grant_type", "authorization_code")];
    let mut request = Request::new(reqwest::Method::POST, token_endpoint);
    match method {
        TokenAuthMethod::ClientSecretPost => {
            fields.push(field("client_id", client_id));
            fields.push(field("client_secret", secret.expose()));
        }
        TokenAuthMethod::ClientSecretBasic => {
            request = request.auth(Auth::Basic(client_id.to_owned(), secret.clone()));
        }
    }
    let request = request.form(fields).brings(&["access_token", "refresh_token", "id_token"]);
    let answer = match http.send(request).await {
        Ok(answer) => answer,
        Err(why) => return SecretVerdict::Unclear(unanswered(CHECK, why)),
    };
    let body = answer.json();
    let error = body.as_ref().and_then(|body| body.get("error")?.as_str());
    let said = answer.shown_json().as_ref().and_then(oauth_error);
    match error {
        Some("invalid_grant") => SecretVerdict::Right,
        Some("invalid_client") => SecretVerdict::Wrong,
        Some(_) => {
            let error = ProbeError::Refused(said.unwrap_or_default());
            SecretVerdict::Unclear(Fault::of(&error, CHECK))
        }
        None => SecretVerdict::Unclear(refusal(CHECK, &answer)),
    }
}

/// Begins a login and looks where authentik would lead the browser. A wrong
/// URI or client id leaves a configuration error in authentik's events.
///
/// A web URI is asked for twice: with `prompt=none` authentik answers at once
/// with `login_required`, sent to the URI, which proves client id and URI
/// right, but says so before it looks for an application; without, it leads to
/// its login, if there is one. Django cannot redirect an error to a scheme
/// such as `app.immich`, so the mobile URI is asked for without only.
pub async fn probe_redirect(
    http: &Http,
    authorization_endpoint: &str,
    client_id: &str,
    redirect_uri: &str,
) -> RedirectVerdict {
    let tried = say!("begin a login that returns to {redirect_uri}", redirect_uri);
    let own = http.base().join(authorization_endpoint);
    let own = own.as_ref().unwrap_or(http.base());
    let prompts: &[&str] = if is_web(redirect_uri) { &["none", ""] } else { &[""] };
    for prompt in prompts {
        let path = login_path(authorization_endpoint, client_id, redirect_uri, prompt);
        let request = Request::get(path).header("Accept", "text/html");
        let verdict = match http.send(request).await {
            Ok(answer) => verdict(&tried, &answer, own, redirect_uri),
            Err(why) => RedirectVerdict::Unclear(unanswered(&tried, why)),
        };
        if verdict != RedirectVerdict::Accepted {
            return verdict;
        }
    }
    RedirectVerdict::Accepted
}

/// The link that begins such a login.
fn login_path(endpoint: &str, client_id: &str, redirect_uri: &str, prompt: &str) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query
        .append_pair("client_id", client_id)
        .append_pair("response_type", "code")
        .append_pair("scope", "openid email profile")
        .append_pair("redirect_uri", redirect_uri)
        .append_pair("state", "probe");
    if !prompt.is_empty() {
        query.append_pair("prompt", prompt);
    }
    let query = query.finish();
    let joint = if endpoint.contains('?') { '&' } else { '?' };
    format!("{endpoint}{joint}{query}")
}

fn verdict(tried: &str, answer: &Answer, own: &Url, redirect_uri: &str) -> RedirectVerdict {
    if answer.status.is_redirection() {
        return match answer.header("location") {
            Some(location) => led_to(tried, answer, location, own, redirect_uri),
            None => RedirectVerdict::Unclear(refusal(tried, answer)),
        };
    }
    match answer.status.as_u16() {
        400 if answer.says("Redirect URI Error") => RedirectVerdict::UriRefused,
        400 if answer.says("Client ID Error") => RedirectVerdict::ClientRefused,
        200 if answer.says("Permission denied") => RedirectVerdict::NoApplication,
        _ => RedirectVerdict::Unclear(refusal(tried, answer)),
    }
}

fn led_to(
    tried: &str,
    answer: &Answer,
    location: &str,
    own: &Url,
    redirect_uri: &str,
) -> RedirectVerdict {
    let strange = |to: &str| {
        let error = ProbeError::LeadsElsewhere(answer.words(to));
        RedirectVerdict::Unclear(Fault::of(&error, tried))
    };
    let Ok(target) = own.join(location) else { return strange(location) };
    if is_back(&target, redirect_uri) {
        let word = |name: &str| {
            target.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
        };
        return match word("error").as_deref() {
            // What prompt=none is meant to bring forth, and the other ways to
            // say that a person would have to be asked.
            Some("login_required" | "consent_required" | "interaction_required") | None => {
                RedirectVerdict::Accepted
            }
            Some(error) => {
                let error = answer.words(error);
                RedirectVerdict::GrantRefused(match word("error_description") {
                    Some(text) => format!("{error}: {}", answer.words(&text)),
                    None => error.into(),
                })
            }
        };
    }
    // On to authentik's own login, as a flow or by way of the default one.
    let is_flow = ["/if/flow/", "/flows/"].iter().any(|flow| target.path().contains(flow));
    if is_flow && target.origin() == own.origin() {
        RedirectVerdict::Accepted
    } else {
        strange(&without_query(&target))
    }
}

/// Whether the browser would be sent back to the client. authentik collapses
/// the slashes of `app.immich:///oauth-callback`.
fn is_back(target: &Url, redirect_uri: &str) -> bool {
    let Ok(own) = Url::parse(redirect_uri) else { return false };
    if is_web(redirect_uri) {
        own.origin() == target.origin() && own.path() == target.path()
    } else {
        own.scheme() == target.scheme()
    }
}

fn is_web(uri: &str) -> bool {
    uri.starts_with("https://") || uri.starts_with("http://")
}

fn without_query(url: &Url) -> String {
    let mut url = url.clone();
    url.set_query(None);
    url.to_string()
}

/// What an OAuth error in JSON says, if that is what it is.
fn oauth_error(body: &Value) -> Option<String> {
    let error = body.get("error")?.as_str()?;
    Some(match body.get("error_description").and_then(Value::as_str) {
        Some(text) => format!("{error}: {text}"),
        None => error.to_owned(),
    })
}
