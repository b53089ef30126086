//! Is this authentik, and which?

use std::time::Duration;

use reqwest::StatusCode;

use super::{
    Client,
    answers::{Unreadable, is_starting, nonsense, own_words, refusal},
};
use crate::{
    net::Request,
    secret::Foreign,
    site::{Fault, FaultKind, System, UniformFailure, Version},
};

/// What a first look shows, without a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The version. `None`: the server does not tell without a token.
    pub version: Option<Version>,
    /// The title of the brand: "authentik" unless somebody changed it.
    pub brand: String,
    /// Slug of the flow that signs people in, if the brand names one.
    pub authentication_flow: Option<String>,
    /// How long the first answer took.
    pub took: Duration,
}

impl Client {
    /// Looks whether authentik answers at the address, and which release. No
    /// token is needed; with one the version is asked for with it.
    ///
    /// # Errors
    /// [`FaultKind::WrongProduct`] names what answers instead;
    /// [`FaultKind::Late`] that authentik is still starting.
    pub async fn look(&self) -> Result<Seen, Fault> {
        let tried = word!("see whether authentik answers");
        let nobody = Self::new(self.http().clone(), None);
        let mut answer = nobody.send(tried, Request::get("/api/v3/core/brands/current/")).await?;
        if answer.status.as_u16() == 404 {
            // Before 2024.2 a brand was called a tenant.
            answer = nobody.send(tried, Request::get("/api/v3/core/tenants/current/")).await?;
        }
        if is_starting(&answer) || answer.status.is_redirection() {
            return Err(refusal(tried, &answer));
        }
        let brand = answer
            .json()
            .filter(|body| answer.status.is_success() && body.get("branding_title").is_some());
        let Some(brand) = brand else {
            let status = answer.status;
            let server = answer.shown_header("server");
            let other = NotAuthentik { status, said: own_words(&answer), server };
            return Err(Fault::of(&other, tried));
        };
        let text = |key: &str| Some(brand.get(key)?.as_str()?.to_owned());
        Ok(Seen {
            brand: text("branding_title").unwrap_or_default(),
            authentication_flow: text("flow_authentication"),
            took: answer.took,
            // The product is known; a token that is not accepted is told where
            // the token is asked for.
            version: self.version().await.ok(),
        })
    }

    /// The release: from the API with a token, else from the head of the API's
    /// own description, which is public.
    pub async fn version(&self) -> Result<Version, Fault> {
        let tried = word!("read authentik's version");
        if self.is_somebody() {
            let asked = self.succeed(tried, Request::get("/api/v3/admin/version/")).await;
            if let Ok(answer) = asked
                && let Some(body) = answer.json()
                && let Some(text) = body.get("version_current").and_then(|v| v.as_str())
            {
                return text.parse().map_err(|_| nonsense(tried, &answer, Unreadable::NoVersion));
            }
        }
        let nobody = Self::new(self.http().clone(), None);
        let answer = nobody.succeed(tried, Request::get("/api/v3/schema/?format=json")).await?;
        let body = answer.body();
        let head = body.get(..body.len().min(4096)).unwrap_or_default();
        version_in(&String::from_utf8_lossy(head))
            .ok_or_else(|| nonsense(tried, &answer, Unreadable::NoVersionInDescription))
    }
}

/// The version out of the first bytes of the API's description, which may be
/// cut off anywhere.
fn version_in(head: &str) -> Option<Version> {
    let info = &head[head.find("\"info\"")?..];
    let after = &info[info.find("\"version\"")? + "\"version\"".len()..];
    after.split('"').nth(1)?.parse().ok()
}

/// Something else answers.
#[derive(Debug, thiserror::Error)]
#[error("{}", say!("{status}: {said}{server}", status = .status, said = .said, server = named(.server.as_ref())))]
struct NotAuthentik {
    status: StatusCode,
    said: String,
    server: Option<Foreign>,
}

fn named(server: Option<&Foreign>) -> String {
    server.map(|name| say!(" (server: {name})", name)).unwrap_or_default()
}

impl UniformFailure for NotAuthentik {
    const SYSTEM: System = System::Authentik;
    const KIND: FaultKind = FaultKind::WrongProduct;

    fn hint(&self) -> String {
        say!(
            "Give the address at which authentik's own login page opens, without a path. If a proxy guards it, let /api/ and /application/ through."
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_read_from_a_description_that_is_cut_off() {
        let head =
            r#"{"openapi":"3.0.3","info":{"title":"authentik","version":"2026.5.0-rc1","desc"#;
        assert_eq!(version_in(head).unwrap().to_string(), "2026.5.0-rc1");
        assert_eq!(version_in(&head[..40]), None);
    }
}
