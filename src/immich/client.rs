//! The client.

use std::time::Duration;

use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json, value::RawValue};

use super::{
    answers::{AnswerError, authorize_refusal, own_words, refusal},
    dialect::{API_KEYS, SERVER, SETTINGS, SETTINGS_SECRETS, USERS, needed_permissions},
    login_link::LoginLink,
};
use crate::{
    net::{Answer, Auth, Http, Request},
    secret::Secret,
    site::{Fault, FaultKind, System, UniformFailure, Version},
};

/// How long Immich may take to begin a login: it runs discovery first, and
/// gives that up to 30 seconds.
const DISCOVERY: Duration = Duration::from_secs(35);

/// A client for one Immich. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Client {
    http: Http,
    access: Option<Access>,
}

/// In whose name a client asks.
#[derive(Clone, Debug)]
pub enum Access {
    /// The owner of an API key.
    ApiKey(Secret),
    /// Somebody who signed in.
    Session(Secret),
}

/// What a first look shows, without a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The version.
    pub version: Version,
    /// Whether the settings come from a file.
    pub config_file: bool,
    /// Whether there is an administrator yet.
    pub is_initialized: bool,
    /// How long the first answer took.
    pub took: Duration,
}

/// What is switched on, as everybody may see.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Features {
    /// Login with OAuth.
    pub oauth: bool,
    /// The login page starts OAuth by itself.
    pub oauth_auto_launch: bool,
    /// Login with a password.
    pub password_login: bool,
    /// The settings come from a file.
    pub config_file: bool,
}

/// A user of Immich's.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct User {
    /// The id.
    pub id: String,
    /// The e-mail address, by which a first login finds its user.
    pub email: String,
    /// The name.
    pub name: String,
    /// The subject at the identity provider; empty: not linked.
    pub oauth_id: String,
    /// Whether it is an administrator.
    pub is_admin: bool,
}

impl Client {
    /// A client that asks in that name, or in nobody's.
    #[must_use]
    pub const fn new(http: Http, access: Option<Access>) -> Self {
        Self { http, access }
    }

    /// The same client in another name.
    #[must_use]
    pub fn with(&self, access: Access) -> Self {
        Self { http: self.http.clone(), access: Some(access) }
    }

    /// The same client over other connections.
    #[must_use]
    pub fn over(&self, http: Http) -> Self {
        Self { http, access: self.access.clone() }
    }

    /// Whether it asks in anybody's name.
    pub const fn has_access(&self) -> bool {
        self.access.is_some()
    }

    /// In whose name it asks.
    pub const fn access(&self) -> Option<&Access> {
        self.access.as_ref()
    }

    /// The HTTP client below.
    pub const fn http(&self) -> &Http {
        &self.http
    }

    pub(super) async fn send(&self, tried: &str, request: Request) -> Result<Answer, Fault> {
        let request = match &self.access {
            None => request,
            Some(Access::ApiKey(key)) => request.auth(Auth::ApiKey(key.clone())),
            Some(Access::Session(token)) => request.auth(Auth::Bearer(token.clone())),
        };
        self.http.send(request).await.map_err(|fault| Fault { tried: tried.to_owned(), ..fault })
    }

    /// The same, and everything but success is a fault.
    pub(super) async fn succeed(&self, tried: &str, request: Request) -> Result<Answer, Fault> {
        let answer = self.send(tried, request).await?;
        if answer.status.is_success() { Ok(answer) } else { Err(refusal(tried, &answer)) }
    }

    /// Sends to the first of these paths that this release knows.
    pub(super) async fn first(
        &self,
        tried: &str,
        paths: &[String],
        request: impl Fn(&str) -> Request,
    ) -> Result<(String, Answer), Fault> {
        match self.first_answer(tried, paths, request).await? {
            (path, answer) if answer.status.is_success() => Ok((path, answer)),
            (_, answer) => Err(refusal(tried, &answer)),
        }
    }

    /// Sends to the first of these paths that this release knows, and returns
    /// what it answers, a refusal too.
    pub(super) async fn first_answer(
        &self,
        tried: &str,
        paths: &[String],
        request: impl Fn(&str) -> Request,
    ) -> Result<(String, Answer), Fault> {
        let mut last = None;
        for path in paths {
            let answer = self.send(tried, request(path)).await?;
            if answer.status.as_u16() != 404 {
                return Ok((path.clone(), answer));
            }
            last.get_or_insert((path.clone(), answer));
        }
        last.ok_or_else(|| Fault::of(&AnswerError::NoPath, tried))
    }

    async fn server(&self, tried: &str, what: &str) -> Result<Answer, Fault> {
        let paths = SERVER.map(|prefix| format!("{prefix}{what}"));
        Ok(self.first(tried, &paths, |path| Request::get(path)).await?.1)
    }

    /// Looks whether Immich answers at the address, and which release.
    ///
    /// # Errors
    /// [`FaultKind::WrongProduct`] says what answers instead.
    pub async fn look(&self) -> Result<Seen, Fault> {
        let tried = word!("see whether Immich answers");
        let nobody = Self::new(self.http.clone(), None);
        // All at once: they need nothing of each other.
        let (version, features, config) = futures::join!(
            nobody.server(tried, "version"),
            nobody.features(),
            nobody.server(word!("read Immich's public settings"), "config"),
        );
        let answer = match version {
            Ok(answer) => answer,
            // Immich tells everybody its version: who asks for a name first, or
            // leads elsewhere, is not Immich.
            Err(refused) if is_answer(&refused.kind) => {
                return Err(Fault::of(&NotImmich { said: refused.answer }, tried));
            }
            Err(other) => return Err(other),
        };
        let version = answer.json().as_ref().and_then(version_of);
        let Some(version) = version else {
            return Err(Fault::of(&NotImmich { said: own_words(&answer) }, tried));
        };
        let (features, config) = (features?, config?.json());
        let is_initialized = config
            .as_ref()
            .and_then(|config| config.get("isInitialized"))
            .and_then(Value::as_bool)
            .unwrap_or(true);
        Ok(Seen { version, config_file: features.config_file, is_initialized, took: answer.took })
    }

    /// Whether anything answers at its address right now.
    pub async fn is_up(&self) -> bool {
        self.http.send(Request::get("/api/server/ping").once()).await.is_ok()
    }

    /// What is switched on. Needs nobody's name.
    pub async fn features(&self) -> Result<Features, Fault> {
        let tried = word!("read what Immich has switched on");
        read(tried, &self.server(tried, "features").await?)
    }

    /// The permissions that the key lacks for what this program does, by their
    /// names.
    ///
    /// # Errors
    /// [`FaultKind::NotSignedIn`] when the key is not accepted,
    /// [`FaultKind::NotAllowed`] when its owner is no administrator.
    pub async fn missing_permissions(&self, version: &Version) -> Result<Vec<String>, Fault> {
        let tried = word!("check the API key");
        let needed = needed_permissions(version);
        // Since 1.13x a key can be asked what it may do; before, and in a
        // session, only trying tells.
        let answer = self.send(tried, Request::get("/api/api-keys/me")).await?;
        if answer.status.as_u16() == 401 {
            return Err(refusal(tried, &answer));
        }
        let has: Option<Vec<String>> = answer
            .json()
            .filter(|_| answer.status.is_success())
            .and_then(|body| serde_json::from_value(body.get("permissions")?.clone()).ok());
        let missing: Vec<String> = match &has {
            Some(has) if has.iter().any(|name| name == "all") => Vec::new(),
            Some(has) => needed
                .iter()
                .filter(|name| !has.iter().any(|known| known == *name))
                // It helps to see a version; the set-up does not need it.
                .filter(|name| **name != "server.about")
                .map(ToString::to_string)
                .collect(),
            None => Vec::new(),
        };
        if missing.is_empty() {
            // An owner who is no administrator is refused whatever the key says.
            self.config().await?;
        }
        Ok(missing)
    }

    /// All users.
    pub async fn users(&self) -> Result<Vec<User>, Fault> {
        let tried = word!("list Immich's users");
        let paths = USERS.map(str::to_owned);
        let (_, answer) = self.first(tried, &paths, |path| Request::get(path)).await?;
        read(tried, &answer)
    }

    /// Asks Immich to begin a login that comes back to `redirect_uri`, and
    /// returns the link that it gives, which is to lead to authentik. Immich's
    /// own process runs discovery for it, so this proves its way there.
    pub async fn authorize(&self, redirect_uri: &str) -> Result<LoginLink, Fault> {
        let tried = word!("begin a login at Immich");
        let body = json!({ "redirectUri": redirect_uri });
        let mut request = Request::new(Method::POST, "/api/oauth/authorize").json(body);
        request.deadline = DISCOVERY;
        let nobody = Self::new(self.http.clone(), None);
        let answer = nobody.send(tried, request).await?;
        if !answer.status.is_success() {
            return Err(authorize_refusal(&answer));
        }
        let body = answer.json().unwrap_or_default();
        let url = body.get("url").and_then(Value::as_str);
        url.map(|url| LoginLink::new(url, self.http.known()))
            .ok_or_else(|| Fault::of(&AnswerError::Lacks("url"), tried))
    }

    /// All settings as Immich spells them, with the path that they are at.
    pub(super) async fn config(&self) -> Result<(String, Secret), Fault> {
        let tried = word!("read Immich's settings");
        let paths = SETTINGS.map(str::to_owned);
        let request = |path: &str| Request::get(path).brings(SETTINGS_SECRETS);
        let (path, answer) = self.first(tried, &paths, request).await?;
        Ok((path, spelled(tried, &answer)?))
    }

    /// Puts all settings back, changed: a text, and what it says.
    pub(super) async fn put_config(
        &self,
        path: &str,
        text: Secret,
        says: Value,
    ) -> Result<Secret, Fault> {
        let tried = word!("write Immich's settings");
        let request =
            Request::new(Method::PUT, path).json_text(text, says).brings(SETTINGS_SECRETS);
        spelled(tried, &self.succeed(tried, request).await?)
    }

    /// The paths of API keys, the newest first.
    pub(super) fn api_key_paths() -> [String; 2] {
        API_KEYS.map(str::to_owned)
    }
}

/// Whether somebody answered, and neither a proxy for an Immich that is away nor
/// a server in trouble.
const fn is_answer(kind: &FaultKind) -> bool {
    matches!(
        kind,
        FaultKind::NotFound
            | FaultKind::Refused
            | FaultKind::NotSignedIn
            | FaultKind::NotAllowed
            | FaultKind::Unexpected
    )
}

/// Something else answers.
#[derive(Debug, thiserror::Error)]
#[error("{said}")]
struct NotImmich {
    said: String,
}

impl UniformFailure for NotImmich {
    const SYSTEM: System = System::Immich;
    const KIND: FaultKind = FaultKind::WrongProduct;

    fn hint(&self) -> String {
        say!(
            "Give the address at which Immich's own login page opens, without a path, and with https if \
             it leads there. If a login proxy guards it, let /api and /.well-known/immich through: the mobile app needs that too."
        )
    }
}

/// The JSON text of an answer, as it came.
fn spelled(tried: &str, answer: &Answer) -> Result<Secret, Fault> {
    let text: Box<RawValue> = read(tried, answer)?;
    Ok(Secret::new(Box::<str>::from(text)))
}

fn version_of(body: &Value) -> Option<Version> {
    let number = |key: &str| body.get(key)?.as_u64().and_then(|n| u32::try_from(n).ok());
    Some(Version::new(number("major")?, number("minor")?, number("patch")?))
}

pub(super) fn read<T: serde::de::DeserializeOwned>(
    tried: &str,
    answer: &Answer,
) -> Result<T, Fault> {
    answer.read().map_err(|why| Fault::of(&AnswerError::Unreadable(why), tried))
}
