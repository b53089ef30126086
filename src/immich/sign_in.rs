//! Signing in once, to make an API key.

use jiff::Timestamp;
use reqwest::Method;
use serde_json::{Value, json};

use super::{
    Access, Client,
    answers::{AnswerError, own_words, refusal},
    call::{Call, KeyCalls},
    dialect::SESSION_SECRETS,
};
use crate::{
    net::{Answer, Request},
    secret::Secret,
    site::{Failure, Fault, FaultKind, System},
};

/// Why nobody is signed in.
#[derive(Debug, thiserror::Error)]
enum SignInError {
    /// Nobody signs in with a password here.
    #[error("{said}")]
    PasswordsOff { said: String },
    #[error("{said}")]
    Wrong { said: String },
    #[error("{}", say!("{email} is no administrator", email = .email))]
    NoAdministrator { email: String },
}

impl Failure for SignInError {
    fn system(&self) -> System {
        System::Immich
    }

    fn kind(&self) -> FaultKind {
        match self {
            Self::PasswordsOff { .. } | Self::Wrong { .. } => FaultKind::NotSignedIn,
            Self::NoAdministrator { .. } => FaultKind::NotAllowed,
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::PasswordsOff { .. } => say!(
                "Paste an API key instead, or run `immich-admin enable-password-login` in Immich's container."
            ),
            Self::Wrong { .. } => say!("Check the e-mail address and the password."),
            Self::NoAdministrator { .. } => {
                say!("Sign in as an administrator: only they may change these settings.")
            }
        }
    }
}

/// An API key that was made.
#[derive(Clone, Debug)]
pub struct MadeKey {
    /// The key itself, shown this once.
    pub secret: Secret,
    /// Its id.
    pub id: String,
}

/// An API key, without the key itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnKey {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// When it was made; not every release says.
    pub created: Option<Timestamp>,
}

impl OwnKey {
    fn read(key: &Value) -> Option<Self> {
        let text = |name: &str| key.get(name).and_then(Value::as_str);
        Some(Self {
            id: text("id")?.to_owned(),
            name: text("name").unwrap_or_default().to_owned(),
            created: text("createdAt").and_then(|at| at.parse().ok()),
        })
    }
}

impl Client {
    /// Signs in with e-mail address and password; the client that comes back
    /// asks in that name.
    ///
    /// # Errors
    /// [`FaultKind::NotSignedIn`] when Immich does not accept them, also when
    /// password login is switched off.
    pub async fn sign_in(&self, email: &str, password: &Secret) -> Result<Self, Fault> {
        let tried = word!("sign in at Immich");
        let body = json!({ "email": email, "password": password.expose() });
        let request =
            Request::new(Method::POST, "/api/auth/login").json(body).brings(SESSION_SECRETS);
        let answer = self.send(tried, request).await?;
        if answer.status.as_u16() == 401 {
            let said = own_words(&answer);
            let error = if said.contains("disabled") {
                SignInError::PasswordsOff { said }
            } else {
                SignInError::Wrong { said }
            };
            return Err(Fault::of(&error, tried));
        }
        if !answer.status.is_success() {
            return Err(refusal(tried, &answer));
        }
        let body = answer.json().unwrap_or_default();
        let token = body
            .get("accessToken")
            .and_then(Value::as_str)
            .ok_or_else(|| Fault::of(&AnswerError::Lacks("accessToken"), tried))?;
        let session = self.with(Access::Session(Secret::new(token)));
        if body.get("isAdmin").and_then(Value::as_bool) == Some(false) {
            // A session that is of no use is not left behind; where ending it
            // fails, what matters is still that it is of no use.
            let _ = session.sign_out().await;
            let error = SignInError::NoAdministrator { email: email.to_owned() };
            return Err(Fault::of(&error, tried));
        }
        Ok(session)
    }

    /// The key that this client asks with; `None`: this release does not tell.
    ///
    /// # Errors
    /// [`FaultKind::NotSignedIn`] when it is not accepted.
    pub async fn own_key(&self) -> Result<Option<OwnKey>, Fault> {
        let tried = word!("read which API key this is");
        let answer = self.send(tried, Request::get("/api/api-keys/me")).await?;
        if answer.status.as_u16() == 404 {
            return Ok(None);
        }
        if !answer.status.is_success() {
            return Err(refusal(tried, &answer));
        }
        Ok(OwnKey::read(&answer.json().unwrap_or_default()))
    }

    /// The API keys of whoever signed in.
    pub async fn keys(&self) -> Result<Vec<OwnKey>, Fault> {
        let tried = word!("list the API keys in Immich");
        let paths = Self::api_key_paths();
        let (_, answer) = self.first(tried, &paths, |path| Request::get(path)).await?;
        let body = answer.json().unwrap_or_default();
        let rows = body.as_array().ok_or_else(|| Fault::of(&AnswerError::NoList, tried))?;
        Ok(rows.iter().filter_map(OwnKey::read).collect())
    }

    /// Deletes an API key by [`Call::delete_key`].
    pub async fn delete_key(&self, call: &Call) -> Result<(), Fault> {
        let answer = self.ask(call).await?;
        if answer.status.is_success() { Ok(()) } else { Err(refusal(call.what(), &answer)) }
    }

    /// Ends the session that it asks in.
    pub async fn sign_out(&self) -> Result<(), Fault> {
        let request = Request::new(Method::POST, "/api/auth/logout");
        self.succeed(word!("sign out of Immich"), request).await.map(|_| ())
    }

    /// Makes an API key by [`Call::make_key`], in the name of whoever signed in.
    pub async fn make_key(&self, call: &Call) -> Result<MadeKey, Fault> {
        read_made(call, &self.ask(call).await?)
    }

    /// Makes an API key with all permissions that this release knows. `false`:
    /// it was made without the optional ones.
    pub async fn make_best_key(&self, calls: &KeyCalls) -> Result<(MadeKey, bool), Fault> {
        let answer = self.ask(&calls.make).await?;
        // A release that does not know a name refuses the key as a whole, with
        // an error of its own. What a proxy refuses says nothing about names.
        let knows_not = answer.status.as_u16() == 400
            && answer.json().is_some_and(|body| body.get("message").is_some());
        match &calls.without {
            Some(without) if knows_not => Ok((self.make_key(without).await?, false)),
            _ => Ok((read_made(&calls.make, &answer)?, true)),
        }
    }
}

fn read_made(call: &Call, answer: &Answer) -> Result<MadeKey, Fault> {
    if !answer.status.is_success() {
        return Err(refusal(call.what(), answer));
    }
    let made = answer.json().unwrap_or_default();
    let text = |pointer: &str| made.pointer(pointer).and_then(Value::as_str);
    match (text("/secret"), text("/apiKey/id")) {
        (Some(secret), Some(id)) => Ok(MadeKey { secret: Secret::new(secret), id: id.to_owned() }),
        _ => Err(Fault::of(&AnswerError::NoKey, call.what())),
    }
}
