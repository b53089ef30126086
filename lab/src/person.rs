//! A stand-in for the person with the browser.

use std::{fmt, time::Duration};

use reqwest::{Client, Method, Response, Url, header, redirect};
use serde_json::{Value, json};

use crate::Secret;

/// How many pages and challenges a login may take.
const STEPS: u8 = 40;
/// How long each of them may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// Somebody who follows a link and signs in at authentik, as a browser would:
/// with a cookie jar, page by page, through the flow executor.
#[derive(Clone, Debug)]
pub struct Person {
    username: String,
    password: Secret,
    code: Option<Secret>,
    browser: Option<Client>,
}

/// Where a login came to an end that is not the expected one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lost {
    /// The page or challenge where it ended.
    pub at: String,
    /// What was there.
    pub why: String,
}

impl fmt::Display for Lost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the login ended at {}: {}", self.at, self.why)
    }
}

impl std::error::Error for Lost {}

/// What a step of the login leads to.
enum Next {
    Page(Url),
    Arrived(String),
}

impl Person {
    /// A person with a user name and a password.
    pub fn new(username: impl Into<String>, password: Secret) -> Self {
        Self { username: username.into(), password, code: None, browser: None }
    }

    /// The same, with the code that their authenticator shows.
    #[must_use]
    pub fn with_code(self, code: Secret) -> Self {
        Self { code: Some(code), ..self }
    }

    /// The same, always in this browser: what it was logged in to, it stays
    /// logged in to. It must keep cookies and follow no redirect.
    #[must_use]
    pub fn in_browser(self, browser: Client) -> Self {
        Self { browser: Some(browser), ..self }
    }

    /// Follows `link`, signs in, consents, and returns the address that the
    /// browser is sent to at last, with code and state: the first one that
    /// begins with `stop`. It is not opened.
    ///
    /// # Errors
    /// Where the way ended: a page that is no way on, a wrong password, a
    /// stage that only a person can pass.
    pub async fn sign_in(&self, link: &str, stop: &str) -> Result<String, Lost> {
        let lost = |why: &dyn fmt::Display| Lost { at: shown(link), why: why.to_string() };
        // The lab speaks plain HTTP; without this the client could not even be
        // built on a machine that has no certificates.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = match &self.browser {
            Some(browser) => browser.clone(),
            None => Client::builder()
                .tls_certs_only([])
                .cookie_store(true)
                .redirect(redirect::Policy::none())
                .timeout(PATIENCE)
                .no_proxy()
                .build()
                .map_err(|why| lost(&why))?,
        };
        let mut walk = Walk { client, person: self, stop: arrival(stop), csrf: None };
        let mut page = Url::parse(link).map_err(|why| lost(&why))?;
        for _ in 0..STEPS {
            match walk.open(&page).await? {
                Next::Page(next) => page = next,
                Next::Arrived(at) => return Ok(at),
            }
        }
        Err(Lost { at: shown(page.as_str()), why: "it goes round in circles".into() })
    }
}

/// A login under way.
struct Walk<'a> {
    client: Client,
    person: &'a Person,
    stop: String,
    csrf: Option<String>,
}

impl Walk<'_> {
    /// Opens a page.
    async fn open(&mut self, page: &Url) -> Result<Next, Lost> {
        let answer = self.send(page, None).await?;
        if answer.status().is_redirection() {
            let to = answer.headers().get(header::LOCATION).and_then(|to| to.to_str().ok());
            return self.follow(page, to.unwrap_or_default());
        }
        if let Some(rest) = page.path().strip_prefix("/if/flow/") {
            let slug = rest.trim_end_matches('/').to_owned();
            return self.flow(page, &slug).await;
        }
        let status = answer.status();
        let text = answer.text().await.unwrap_or_default();
        let title = text.split("<h1>").nth(1).and_then(|rest| rest.split('<').next());
        let why = title.map_or_else(|| format!("{status}"), |title| format!("{status}, {title}"));
        Err(Lost { at: shown(page.as_str()), why })
    }

    /// Talks to the executor behind a flow's page until it sends the browser
    /// elsewhere.
    async fn flow(&mut self, page: &Url, slug: &str) -> Result<Next, Lost> {
        let mut executor = page.clone();
        executor.set_path(&format!("/api/v3/flows/executor/{slug}/"));
        let query: String =
            url::form_urlencoded::byte_serialize(page.query().unwrap_or_default().as_bytes())
                .collect();
        executor.set_query(Some(&format!("query={query}")));
        let mut challenge = self.ask(&executor, None).await?;
        for _ in 0..STEPS {
            let text = |key: &str| challenge.get(key).and_then(Value::as_str).unwrap_or_default();
            let component = text("component").to_owned();
            let lost = |why: String| Lost { at: format!("{slug}, {component}"), why };
            if let Some(errors) =
                challenge.get("response_errors").filter(|errors| !errors.is_null())
            {
                return Err(lost(errors.to_string()));
            }
            let body = match component.as_str() {
                "xak-flow-redirect" => {
                    let to = text("to").to_owned();
                    if to.starts_with("/api/v3/flows/executor/") {
                        challenge = self.ask(&executor, None).await?;
                        continue;
                    }
                    return self.follow(page, &to);
                }
                "ak-stage-identification" => json!({"uid_field": self.person.username}),
                "ak-stage-password" => json!({"password": self.person.password.expose()}),
                "ak-stage-authenticator-validate" => match &self.person.code {
                    Some(code) => json!({"code": code.expose()}),
                    None => return Err(lost("a code is asked for, and there is none".into())),
                },
                "ak-stage-consent" => json!({"token": text("token")}),
                "ak-stage-user-login" => json!({"remember_me": false}),
                "ak-stage-access-denied" => return Err(lost(text("error_message").to_owned())),
                _ => return Err(lost("only a person can pass this stage".into())),
            };
            let mut body = body;
            if let Some(fields) = body.as_object_mut() {
                fields.insert("component".into(), component.into());
            }
            challenge = self.ask(&executor, Some(&body)).await?;
        }
        Err(Lost { at: slug.to_owned(), why: "the flow does not end".into() })
    }

    /// Asks the executor, and follows it where it sends the browser back to
    /// itself.
    async fn ask(&mut self, executor: &Url, body: Option<&Value>) -> Result<Value, Lost> {
        let mut body = body;
        for _ in 0..STEPS {
            let answer = self.send(executor, body.take()).await?;
            if answer.status().is_redirection() {
                continue;
            }
            let status = answer.status();
            let lost = |why: String| Lost { at: shown(executor.as_str()), why };
            if !status.is_success() {
                return Err(lost(format!("{status}")));
            }
            return answer.json().await.map_err(|why| lost(why.to_string()));
        }
        Err(Lost { at: shown(executor.as_str()), why: "it redirects in a circle".into() })
    }

    async fn send(&mut self, to: &Url, body: Option<&Value>) -> Result<Response, Lost> {
        let method = if body.is_some() { Method::POST } else { Method::GET };
        let mut request = self.client.request(method, to.clone());
        if let Some(body) = body {
            // Over TLS authentik wants to know the page.
            request = request.json(body).header(header::REFERER, to.as_str());
            if let Some(csrf) = &self.csrf {
                request = request.header("X-authentik-CSRF", csrf);
            }
        }
        let answer = request
            .send()
            .await
            .map_err(|why| Lost { at: shown(to.as_str()), why: why.without_url().to_string() })?;
        for cookie in answer.cookies().filter(|cookie| cookie.name() == "authentik_csrf") {
            self.csrf = Some(cookie.value().to_owned());
        }
        Ok(answer)
    }

    fn follow(&self, from: &Url, to: &str) -> Result<Next, Lost> {
        if to.starts_with(&self.stop) {
            return Ok(Next::Arrived(to.to_owned()));
        }
        match from.join(to) {
            Ok(next) if matches!(next.scheme(), "http" | "https") => Ok(Next::Page(next)),
            _ => Err(Lost { at: shown(from.as_str()), why: format!("it leads to {}", shown(to)) }),
        }
    }
}

/// How authentik spells the address that the browser arrives at: the three
/// slashes of `app.immich:///oauth-callback` become one.
fn arrival(stop: &str) -> String {
    match stop.split_once(":///") {
        Some((scheme, rest)) => format!("{scheme}:/{rest}"),
        None => stop.to_owned(),
    }
}

/// An address without its query, which may hold codes.
fn shown(address: &str) -> String {
    address.split('?').next().unwrap_or_default().to_owned()
}
