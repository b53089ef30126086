//! Signing in once with user name and password, by the same flow executor
//! that authentik's own login page talks to.
//!
//! The executor poses one challenge after the other, each with the name of
//! its component, and redirects to itself in between.
//! See <https://docs.goauthentik.io/customize/interfaces/flow/> and
//! <https://api.goauthentik.io/>.

use reqwest::{Method, header::SET_COOKIE};
use serde_json::{Value, json};

use super::{
    Client,
    answers::{Unreadable, nonsense, refusal, unanswered},
    client::CSRF_HEADER,
};
use crate::{
    net::{Answer, Auth, Http, Request},
    secret::{Foreign, Known, Secret},
    site::{Failure, Fault, FaultKind, System},
};

/// How many challenges and redirects a login may take.
const STEPS: u8 = 24;

/// The flow that signs people in unless the brand names another.
const DEFAULT_FLOW: &str = "default-authentication-flow";

/// The field of a challenge that holds a secret: what a consent is given with.
const CHALLENGE_SECRETS: &[&str] = &["token"];

const TRIED: &str = word!("sign in to authentik");

/// What to do when a browser is needed.
const BY_TOKEN: &str = word!(
    "Make an API token in a browser instead: in authentik, Admin interface, Directory, Tokens and \
     App passwords, Create, with the intent API Token; then paste it here."
);

/// What keeps somebody from being signed in.
#[derive(Debug, thiserror::Error)]
enum SignInError {
    #[error("{}", say!("the login did not end after {steps} challenges", steps = STEPS))]
    Endless,
    #[error("{}", say!("authentik's login redirects in a circle"))]
    Circle,
    #[error("{0}")]
    Denied(String),
    #[error("{}", say!("the login flow failed: {said} (request {request})", said = .said, request = .request))]
    FlowFailed { said: Foreign, request: Foreign },
    #[error("{0}")]
    Wrong(Foreign),
    #[error("{0}")]
    WrongCode(Foreign),
    #[error("{}", say!("authentik asks from the beginning: the login took too long or was refused"))]
    FromTheBeginning,
    #[error("{}", say!("a second factor is asked for"))]
    CodeNeeded,
    #[error("{}", say!("a second factor is asked for that a terminal cannot give ({devices})", devices = .0))]
    OtherFactor(Foreign),
    #[error("{}", say!("a second factor is asked for that a terminal cannot give (it must be set up first)"))]
    FactorNotSetUp,
    #[error("{}", say!("the login asks for the stage “{stage}” ({component}), which needs a browser", stage = stage(.component), component = .component))]
    NeedsBrowser { component: String },
    /// The login came to its end, and its session opens nothing.
    #[error("{}", .0.answer)]
    NotAccepted(#[source] Fault),
}

/// The stage of a login that a component is for.
fn stage(component: &str) -> String {
    component.trim_start_matches("ak-stage-").replace('-', " ")
}

impl Failure for SignInError {
    fn system(&self) -> System {
        match self {
            Self::NotAccepted(why) => why.system,
            _ => System::Authentik,
        }
    }

    fn kind(&self) -> FaultKind {
        match self {
            Self::Endless | Self::Circle => FaultKind::Unexpected,
            Self::Denied(_) | Self::Wrong(_) | Self::FromTheBeginning => FaultKind::NotSignedIn,
            Self::FlowFailed { .. } => FaultKind::Crashed,
            Self::WrongCode(_) | Self::CodeNeeded => FaultKind::SecondFactor,
            Self::OtherFactor(_) | Self::FactorNotSetUp | Self::NeedsBrowser { .. } => {
                FaultKind::Refused
            }
            Self::NotAccepted(why) => why.kind.clone(),
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::Endless
            | Self::FlowFailed { .. }
            | Self::OtherFactor(_)
            | Self::FactorNotSetUp
            | Self::NeedsBrowser { .. }
            | Self::NotAccepted(_) => BY_TOKEN.into(),
            Self::Circle => {
                say!("If a proxy stands before authentik, see whether it passes cookies on.")
            }
            Self::Denied(_) => say!(
                "authentik's policies keep this user out, or user name and password are wrong. Try again, or use another user."
            ),
            Self::Wrong(_) | Self::FromTheBeginning => {
                say!("Check user name and password, and try again.")
            }
            Self::WrongCode(_) => {
                say!("Type the code that is shown now; each lasts half a minute.")
            }
            Self::CodeNeeded => {
                say!("Type the code that your authenticator app shows, or a recovery code.")
            }
        }
    }
}

/// A sign-in under way. It keeps cookies, never the password.
#[derive(Debug)]
pub struct SignIn {
    http: Http,
    cookies: Vec<(String, Secret)>,
    flow: String,
}

/// What the operator gave, for as long as one walk lasts.
#[derive(Default)]
struct Given<'a> {
    username: Option<&'a str>,
    password: Option<&'a Secret>,
    code: Option<&'a Secret>,
}

impl SignIn {
    /// A sign-in at this authentik.
    #[must_use]
    pub fn new(http: Http) -> Self {
        Self { http, cookies: Vec::new(), flow: DEFAULT_FLOW.into() }
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
        self.cookies.clear();
        let seen = Client::new(self.http.clone(), None).look().await?;
        self.flow = seen.authentication_flow.unwrap_or_else(|| DEFAULT_FLOW.into());
        let first = self.ask(Request::get(self.executor())).await?;
        let given =
            Given { username: Some(username), password: Some(password), ..Given::default() };
        self.walk(first, given).await
    }

    /// Goes on with the code of the second factor.
    ///
    /// # Errors
    /// As [`SignIn::password`]; after a wrong code the next one may be tried.
    pub async fn code(&mut self, code: &Secret) -> Result<Client, Fault> {
        let first = self.ask(Request::get(self.executor())).await?;
        self.walk(first, Given { code: Some(code), ..Given::default() }).await
    }

    async fn walk(&mut self, first: Value, mut given: Given<'_>) -> Result<Client, Fault> {
        let mut challenge = first;
        for _ in 0..STEPS {
            let component = text(&challenge, "component").to_owned();
            if let Some(error) = complaint(&component, &challenge, self.http.known()) {
                return Err(Fault::of(&error, TRIED));
            }
            let body = match component.as_str() {
                "ak-stage-identification" => identification(&challenge, &mut given)?,
                "ak-stage-password" => match given.password.take() {
                    Some(password) => json!({"password": password.expose()}),
                    None => return Err(Fault::of(&SignInError::FromTheBeginning, TRIED)),
                },
                "ak-stage-authenticator-validate" => {
                    let Some(code) = given.code.take() else {
                        let error = second_factor(&challenge, self.http.known());
                        return Err(Fault::of(&error, TRIED));
                    };
                    json!({"code": code.expose()})
                }
                "ak-stage-user-login" => json!({"remember_me": false}),
                "xak-flow-redirect" => {
                    let Some(next) = self.redirected(text(&challenge, "to")) else {
                        return self.signed_in().await;
                    };
                    challenge = self.ask(Request::get(next)).await?;
                    continue;
                }
                other => {
                    let component = self.http.known().name(other).to_string();
                    return Err(Fault::of(&SignInError::NeedsBrowser { component }, TRIED));
                }
            };
            challenge = self.answer(&component, body).await?;
        }
        Err(Fault::of(&SignInError::Endless, TRIED))
    }

    async fn answer(&mut self, component: &str, mut body: Value) -> Result<Value, Fault> {
        if let Some(fields) = body.as_object_mut() {
            fields.insert("component".into(), component.into());
        }
        let mut request = Request::new(Method::POST, self.executor()).json(body);
        if let Some(csrf) = self.csrf() {
            request = request.header(CSRF_HEADER, csrf.expose());
        }
        self.ask(request.header("Referer", self.http.base().as_str())).await
    }

    /// The path of the flow's executor. The query is spelled as Django spells
    /// it, or the executor takes its own path for another one.
    fn executor(&self) -> String {
        format!("/api/v3/flows/executor/{}/?query=next%3D%252F", crate::net::segment(&self.flow))
    }

    /// Where a redirect of the flow leads, if it is not out of it: the
    /// executor itself, or another flow.
    fn redirected(&mut self, to: &str) -> Option<String> {
        let path = self.local(to)?;
        if path.starts_with("/api/v3/flows/executor/") {
            return Some(path);
        }
        let flow = path.strip_prefix("/if/flow/")?.split(['/', '?']).next()?;
        (flow != self.flow).then(|| {
            flow.clone_into(&mut self.flow);
            self.executor()
        })
    }

    /// The path of an address at this authentik.
    fn local(&self, address: &str) -> Option<String> {
        let url = self.http.base().join(address).ok()?;
        (url.origin() == self.http.base().origin() || address.starts_with('/')).then(|| {
            match url.query() {
                Some(query) => format!("{}?{query}", url.path()),
                None => url.path().to_owned(),
            }
        })
    }

    /// Sends a request, follows the executor's redirects, and returns the next
    /// challenge.
    async fn ask(&mut self, request: Request) -> Result<Value, Fault> {
        let mut request = request;
        for _ in 0..STEPS {
            let answer = self.send(request).await?;
            if answer.status.is_redirection() {
                let to = answer.header("location").and_then(|to| self.local(to));
                let to = to.filter(|to| to.starts_with("/api/v3/flows/"));
                let Some(to) = to else { return Err(refusal(TRIED, &answer)) };
                request = Request::get(to);
                continue;
            }
            if !answer.status.is_success() {
                return Err(refusal(TRIED, &answer));
            }
            return answer.json().ok_or_else(|| nonsense(TRIED, &answer, Unreadable::NotJson));
        }
        Err(Fault::of(&SignInError::Circle, TRIED))
    }

    async fn send(&mut self, request: Request) -> Result<Answer, Fault> {
        let mut request = request.brings(CHALLENGE_SECRETS);
        if !self.cookies.is_empty() {
            request = request.auth(Auth::Cookies(self.cookie_header()));
        }
        // Whoever signs in once more begins the flow once more.
        let sent = self.http.send(request).await;
        let answer = sent.map_err(|why| unanswered(TRIED, false, why))?;
        for line in answer.header_lines(SET_COOKIE.as_str()) {
            let line = line.split(';').next();
            let Some((name, value)) = line.and_then(|line| line.split_once('=')) else { continue };
            let (name, value) = (name.trim().to_owned(), value.trim().trim_matches('"'));
            self.cookies.retain(|(known, _)| *known != name);
            if !value.is_empty() {
                self.cookies.push((name, Secret::new(value)));
            }
        }
        Ok(answer)
    }

    fn cookie_header(&self) -> Secret {
        let mut header = String::new();
        for (name, value) in &self.cookies {
            if !header.is_empty() {
                header.push_str("; ");
            }
            header.push_str(name);
            header.push('=');
            header.push_str(value.expose());
        }
        Secret::new(header)
    }

    fn csrf(&self) -> Option<Secret> {
        let mut cookies = self.cookies.iter();
        cookies.find(|(name, _)| name == "authentik_csrf").map(|(_, value)| value.clone())
    }

    async fn signed_in(&self) -> Result<Client, Fault> {
        let client = Client::with_session(self.http.clone(), self.cookie_header(), self.csrf());
        client.me().await.map_err(|why| Fault::of(&SignInError::NotAccepted(why), TRIED))?;
        Ok(client)
    }
}

fn identification(challenge: &Value, given: &mut Given<'_>) -> Result<Value, Fault> {
    // The captcha is part of this stage where the administrator put it there.
    if challenge.get("captcha_stage").is_some_and(|stage| !stage.is_null()) {
        let component = "ak-stage-captcha".to_owned();
        return Err(Fault::of(&SignInError::NeedsBrowser { component }, TRIED));
    }
    let Some(username) = given.username.take() else {
        return Err(Fault::of(&SignInError::FromTheBeginning, TRIED));
    };
    let mut body = json!({"uid_field": username});
    if challenge.get("password_fields").and_then(Value::as_bool) == Some(true)
        && let (Some(fields), Some(password)) = (body.as_object_mut(), given.password.take())
    {
        fields.insert("password".into(), password.expose().into());
    }
    Ok(body)
}

/// What a challenge complains about: the last answer, or the person.
fn complaint(component: &str, challenge: &Value, known: &Known) -> Option<SignInError> {
    match component {
        "ak-stage-access-denied" => {
            let said = text(challenge, "error_message");
            return Some(SignInError::Denied(if said.is_empty() {
                say!("access denied")
            } else {
                known.words(said).to_string()
            }));
        }
        "ak-stage-flow-error" => {
            return Some(SignInError::FlowFailed {
                said: known.words(text(challenge, "error")),
                request: known.name(text(challenge, "request_id")),
            });
        }
        _ => {}
    }
    let errors = challenge.get("response_errors")?.as_object().filter(|all| !all.is_empty())?;
    let said: Vec<&str> = errors
        .values()
        .flat_map(|of_field| of_field.as_array().into_iter().flatten())
        .filter_map(|error| error.get("string").and_then(Value::as_str).or_else(|| error.as_str()))
        .collect();
    let said = known.words(&said.join("; "));
    Some(if component == "ak-stage-authenticator-validate" {
        SignInError::WrongCode(said)
    } else {
        SignInError::Wrong(said)
    })
}

fn second_factor(challenge: &Value, known: &Known) -> SignInError {
    let devices: Vec<&str> = challenge
        .get("device_challenges")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .map(|device| text(device, "device_class"))
        .collect();
    if devices.iter().any(|class| matches!(*class, "totp" | "static")) {
        return SignInError::CodeNeeded;
    }
    if devices.is_empty() {
        return SignInError::FactorNotSetUp;
    }
    SignInError::OtherFactor(known.name(&devices.join(", ")))
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}
