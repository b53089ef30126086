//! The client.

use reqwest::Method;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{
    Application, Designation, Flow, KeyPair, Me, Provider, ScopeMapping, SetupUrls, User,
    answers::{fault, is_path_missing, is_starting, nonsense, refusal},
    path,
    rights::needed_for,
    wire::Page,
};
use crate::{
    net::{Answer, Auth, Http, Request},
    secret::Secret,
    site::{Fault, FaultKind},
};

/// The header that repeats the cookie `authentik_csrf`.
pub(super) const CSRF_HEADER: &str = "X-authentik-CSRF";

/// How many pages of a list are read at most.
const PAGES: u32 = 50;

/// A client for one authentik. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Client {
    http: Http,
    who: Who,
}

/// Who asks.
#[derive(Clone, Debug)]
enum Who {
    /// Nobody: for what everybody may read.
    Nobody,
    /// The owner of an API token.
    Token(Secret),
    /// Whoever signed in.
    Session {
        /// The `Cookie` header.
        cookies: Secret,
        /// What a request that changes something must repeat of a cookie.
        csrf: Option<Secret>,
    },
}

impl Client {
    /// A client that asks as the owner of `token`, or as nobody.
    #[must_use]
    pub fn new(http: Http, token: Option<Secret>) -> Self {
        Self { http, who: token.map_or(Who::Nobody, Who::Token) }
    }

    pub(super) const fn with_session(http: Http, cookies: Secret, csrf: Option<Secret>) -> Self {
        Self { http, who: Who::Session { cookies, csrf } }
    }

    /// The HTTP client below.
    pub const fn http(&self) -> &Http {
        &self.http
    }

    /// Whether there is anybody to ask as.
    pub const fn is_somebody(&self) -> bool {
        !matches!(self.who, Who::Nobody)
    }

    /// Sends a request in the name of whoever asks, and returns the answer
    /// whatever its status.
    pub(super) async fn send(&self, tried: &str, request: Request) -> Result<Answer, Fault> {
        let request = match &self.who {
            Who::Nobody => request,
            Who::Token(token) => request.auth(Auth::Bearer(token.clone())),
            Who::Session { cookies, csrf } => {
                // Django wants to see where a request with a session comes
                // from when it came by TLS.
                let request = request
                    .auth(Auth::Cookies(cookies.clone()))
                    .header("Referer", self.http.base().as_str());
                match csrf {
                    Some(csrf) => request.header(CSRF_HEADER, csrf.expose()),
                    None => request,
                }
            }
        };
        self.http.send(request).await.map_err(|mut fault| {
            tried.clone_into(&mut fault.tried);
            fault
        })
    }

    /// The same, and everything but success is a fault.
    pub(super) async fn succeed(&self, tried: &str, request: Request) -> Result<Answer, Fault> {
        let (method, path) = (request.method.clone(), request.path.clone());
        let answer = self.send(tried, request).await?;
        success(tried, &method, &path, answer)
    }

    async fn get<T: DeserializeOwned>(&self, tried: &str, path: &str) -> Result<T, Fault> {
        let answer = self.succeed(tried, Request::get(path)).await?;
        serde_json::from_slice(&answer.body).map_err(|e| nonsense(tried, &answer, e.to_string()))
    }

    /// One object by its own path; `None` when authentik has no such object.
    async fn find(&self, tried: &str, path: &str) -> Result<Option<(Value, Answer)>, Fault> {
        let answer = self.send(tried, Request::get(path)).await?;
        if answer.status.as_u16() == 404 && !is_path_missing(&answer) {
            return Ok(None);
        }
        let answer = success(tried, &Method::GET, path, answer)?;
        let body = answer.json().ok_or_else(|| nonsense(tried, &answer, "it is not JSON"))?;
        Ok(Some((body, answer)))
    }

    /// All rows of a list. `path` has a query already, or none is needed:
    /// `path` ends in `?` or `&`.
    pub(super) async fn rows(&self, tried: &str, path: &str) -> Result<Vec<Value>, Fault> {
        let mut rows = Vec::new();
        for number in 1..=PAGES {
            let page: Page = self.get(tried, &format!("{path}page={number}&page_size=100")).await?;
            rows.extend(page.results);
            if page.pagination.next < f64::from(number) {
                break;
            }
        }
        Ok(rows)
    }

    pub(super) async fn list<T: DeserializeOwned>(
        &self,
        tried: &str,
        path: &str,
    ) -> Result<Vec<T>, Fault> {
        let rows = self.rows(tried, path).await?;
        rows.into_iter()
            .map(|row| {
                serde_json::from_value(row).map_err(|error| {
                    fault(FaultKind::Unexpected, tried)
                        .answered(format!("a row that cannot be read: {error}"))
                        .remedy("This release answers in a form that this program does not know.")
                })
            })
            .collect()
    }

    /// Ends the session of whoever signed in, as far as authentik lets it. A
    /// token is not touched.
    pub async fn sign_out(&self) {
        if matches!(self.who, Who::Session { .. }) {
            let path = "/api/v3/flows/executor/default-invalidation-flow/?query=";
            if let Err(fault) = self.send("end the session", Request::get(path)).await {
                tracing::debug!(%fault, "the session stays open");
            }
        }
    }

    /// Who the token belongs to: the check of a token.
    ///
    /// # Errors
    /// [`FaultKind::NotSignedIn`] when the token is not accepted.
    pub async fn me(&self) -> Result<Me, Fault> {
        #[derive(serde::Deserialize)]
        struct Answer {
            user: Me,
        }
        let answer: Answer = self.get("read whom the token belongs to", path::ME).await?;
        Ok(answer.user)
    }

    /// A flow by its slug.
    pub async fn flow(&self, slug: &str) -> Result<Option<Flow>, Fault> {
        let tried = format!("read the flow `{slug}`");
        let found: Vec<Flow> = self
            .list(&tried, &format!("/api/v3/flows/instances/?slug={}&", path::query(slug)))
            .await?;
        // An old release that does not know the filter would return them all.
        Ok(found.into_iter().find(|flow| flow.slug == slug))
    }

    /// The flows for one purpose.
    pub async fn flows(&self, designation: Designation) -> Result<Vec<Flow>, Fault> {
        let name = designation.name();
        let found: Vec<Flow> = self
            .list(
                &format!("list the {name} flows"),
                &format!("/api/v3/flows/instances/?designation={name}&"),
            )
            .await?;
        Ok(found.into_iter().filter(|flow| flow.designation == name).collect())
    }

    /// A mapping for each of the scopes that has one, in the order of
    /// `scopes`: the one that authentik maintains itself, or else the first
    /// that an administrator made.
    pub async fn scope_mappings(&self, scopes: &[&str]) -> Result<Vec<ScopeMapping>, Fault> {
        let tried = "list the scope mappings";
        let mut all: Vec<ScopeMapping> = Vec::new();
        // The path changed in 2024.8.
        for path in ["/api/v3/propertymappings/provider/scope/", "/api/v3/propertymappings/scope/"]
        {
            let managed = scopes
                .iter()
                .map(|scope| format!("managed={}&", path::query(&managed_name(scope))));
            let query: String = managed.collect();
            match self.list(tried, &format!("{path}?{query}")).await {
                Err(fault) if fault.kind == FaultKind::NotFound && path.contains("provider") => {
                    continue;
                }
                found => all = found?,
            }
            for scope in scopes {
                if !all.iter().any(|mapping| mapping.scope_name == *scope) {
                    let query = format!("{path}?scope_name={}&", path::query(scope));
                    all.extend(self.list::<ScopeMapping>(tried, &query).await?);
                }
            }
            break;
        }
        Ok(scopes
            .iter()
            .filter_map(|scope| {
                let mut of_scope = all.iter().filter(|mapping| mapping.scope_name == **scope);
                let managed = managed_name(scope);
                of_scope
                    .clone()
                    .find(|mapping| mapping.managed.as_deref() == Some(&managed))
                    .or_else(|| of_scope.next())
                    .cloned()
            })
            .collect())
    }

    /// The certificates whose private key authentik has, by name.
    pub async fn signing_keys(&self) -> Result<Vec<KeyPair>, Fault> {
        let tried = "list the signing keys";
        let mut keys: Vec<KeyPair> = self
            .list(tried, "/api/v3/crypto/certificatekeypairs/?has_key=true&include_details=true&ordering=name&")
            .await?;
        keys.retain(|key| key.private_key_available);
        Ok(keys)
    }

    /// The provider with exactly this client id.
    pub async fn provider_by_client_id(&self, client_id: &str) -> Result<Option<Provider>, Fault> {
        let tried = format!("look up the provider with the client id `{client_id}`");
        let path = format!("{}?client_id={}&", path::PROVIDERS, path::query(client_id));
        let found = self.providers(&tried, &path).await?;
        Ok(found.into_iter().find(|provider| provider.client_id == client_id))
    }

    /// The OAuth2 provider with exactly this name.
    pub async fn provider_by_name(&self, name: &str) -> Result<Option<Provider>, Fault> {
        let tried = format!("look up the provider `{name}`");
        let path = format!("{}?name={}&", path::PROVIDERS, path::query(name));
        let found = self.providers(&tried, &path).await?;
        Ok(found.into_iter().find(|provider| provider.name == name))
    }

    async fn providers(&self, tried: &str, path: &str) -> Result<Vec<Provider>, Fault> {
        let rows = self.rows(tried, path).await?;
        rows.into_iter()
            .map(|row| {
                Provider::read(row).map_err(|why| {
                    fault(FaultKind::Unexpected, tried)
                        .answered(why)
                        .remedy("This release answers in a form that this program does not know.")
                })
            })
            .collect()
    }

    /// A provider by its primary key.
    pub async fn provider(&self, pk: i64) -> Result<Option<Provider>, Fault> {
        let tried = format!("read the provider {pk}");
        let Some((body, answer)) = self.find(&tried, &path::provider(pk)).await? else {
            return Ok(None);
        };
        Provider::read(body).map(Some).map_err(|why| nonsense(&tried, &answer, why))
    }

    /// `POST` to [`path::PROVIDERS`].
    pub async fn create_provider(&self, body: &Value) -> Result<Provider, Fault> {
        let tried = format!("create the provider{}", named(body));
        let request = Request::new(Method::POST, path::PROVIDERS).json(body.clone());
        let answer = self.succeed(&tried, request).await?;
        read(&tried, &answer, Provider::read)
    }

    /// `PATCH` to [`path::provider`]. Redirect URIs are replaced as a whole,
    /// and each entry must name its URL and matching mode: authentik saves a
    /// broken one and then fails to list any provider.
    pub async fn patch_provider(&self, pk: i64, body: &Value) -> Result<Provider, Fault> {
        let tried = format!("change the provider {pk}");
        let request = Request::new(Method::PATCH, path::provider(pk)).json(body.clone());
        let answer = self.succeed(&tried, request).await?;
        read(&tried, &answer, Provider::read)
    }

    /// `DELETE` to [`path::provider`].
    pub async fn delete_provider(&self, pk: i64) -> Result<(), Fault> {
        let request = Request::new(Method::DELETE, path::provider(pk));
        self.succeed(&format!("delete the provider {pk}"), request).await.map(drop)
    }

    /// An application by its slug.
    pub async fn application(&self, slug: &str) -> Result<Option<Application>, Fault> {
        let tried = format!("read the application `{slug}`");
        let Some((body, answer)) = self.find(&tried, &path::application(slug)).await? else {
            return Ok(None);
        };
        Application::read(body).map(Some).map_err(|why| nonsense(&tried, &answer, why))
    }

    /// `POST` to [`path::APPLICATIONS`].
    pub async fn create_application(&self, body: &Value) -> Result<Application, Fault> {
        let tried = format!("create the application{}", named(body));
        let request = Request::new(Method::POST, path::APPLICATIONS).json(body.clone());
        let answer = self.succeed(&tried, request).await?;
        read(&tried, &answer, Application::read)
    }

    /// `PATCH` to [`path::application`]. A new slug changes the issuer.
    pub async fn patch_application(&self, slug: &str, body: &Value) -> Result<Application, Fault> {
        let tried = format!("change the application `{slug}`");
        let request = Request::new(Method::PATCH, path::application(slug)).json(body.clone());
        let answer = self.succeed(&tried, request).await?;
        read(&tried, &answer, Application::read)
    }

    /// `DELETE` to [`path::application`]. Its provider stays.
    pub async fn delete_application(&self, slug: &str) -> Result<(), Fault> {
        let request = Request::new(Method::DELETE, path::application(slug));
        self.succeed(&format!("delete the application `{slug}`"), request).await.map(drop)
    }

    /// The addresses that authentik advertises for a provider.
    pub async fn setup_urls(&self, pk: i64) -> Result<SetupUrls, Fault> {
        let tried = format!("read the endpoints of the provider {pk}");
        self.get(&tried, &format!("{}setup_urls/", path::provider(pk))).await
    }

    /// The users with this e-mail address, whatever its capitals.
    pub async fn users_by_email(&self, email: &str) -> Result<Vec<User>, Fault> {
        let tried = format!("look up the users with the address {email}");
        // `email` compares capitals too; `search` looks into several fields.
        let found: Vec<User> =
            self.list(&tried, &format!("{}?search={}&", path::USERS, path::query(email))).await?;
        Ok(found.into_iter().filter(|user| user.email.eq_ignore_ascii_case(email)).collect())
    }

    /// The claims that a token of this provider would carry for a user; before
    /// 2024.2 for whoever asks.
    pub async fn preview_claims(&self, provider: i64, user: i64) -> Result<Value, Fault> {
        let tried = format!("preview the claims of the user {user}");
        let path = format!("{}preview_user/?for_user={user}", path::provider(provider));
        let answer: Value = self.get(&tried, &path).await?;
        Ok(answer.get("preview").cloned().unwrap_or(answer))
    }
}

/// The answer, if it is a success; else what it means. Where a permission is
/// lacking it is named.
fn success(tried: &str, method: &Method, path: &str, answer: Answer) -> Result<Answer, Fault> {
    if answer.status.is_success() && !is_starting(&answer) {
        return Ok(answer);
    }
    let fault = refusal(tried, &answer);
    Err(match needed_for(method, path) {
        Some(needed) if fault.kind == FaultKind::NotAllowed && answer.json().is_some() => {
            fault.remedy(format!(
                "Give a role of the token's user the permission {needed}, or use a token of an administrator."
            ))
        }
        _ => fault,
    })
}

fn managed_name(scope: &str) -> String {
    format!("goauthentik.io/providers/oauth2/scope-{scope}")
}

fn named(body: &Value) -> String {
    body.get("name").and_then(Value::as_str).map(|name| format!(" `{name}`")).unwrap_or_default()
}

pub(super) fn read<T>(
    tried: &str,
    answer: &Answer,
    read: impl FnOnce(Value) -> Result<T, String>,
) -> Result<T, Fault> {
    answer
        .json()
        .ok_or_else(|| "it is not JSON".to_owned())
        .and_then(read)
        .map_err(|why| nonsense(tried, answer, why))
}
