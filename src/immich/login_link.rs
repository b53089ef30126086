//! The link with which Immich begins a login.

use url::Url;

use super::answers::fault;
use crate::{
    net::has_user,
    secret::{Foreign, Known},
    site::{Fault, FaultKind},
};

/// A link to the identity provider, as Immich gave it. Where it leads is
/// Immich's word alone: nothing can follow it before it was compared with
/// where logins must begin.
#[derive(Clone, Debug)]
pub struct LoginLink {
    link: String,
    known: Known,
}

impl LoginLink {
    pub(super) fn new(link: &str, known: &Known) -> Self {
        Self { link: link.to_owned(), known: known.clone() }
    }

    /// The link, if it leads to authentik: to the same scheme, host and port as
    /// `authentik`, and to the `endpoint` for logins where discovery named it.
    ///
    /// # Errors
    /// What was expected, and what came.
    pub fn leading_to(&self, authentik: &Url, endpoint: Option<&Url>) -> Result<Url, Fault> {
        let place = |url: &Url| format!("{}{}", url.origin().ascii_serialization(), url.path());
        let expected = match endpoint {
            Some(endpoint) => place(endpoint),
            None => authentik.origin().ascii_serialization(),
        };
        let came = match Url::parse(&self.link) {
            Ok(url) if !matches!(url.scheme(), "http" | "https") => {
                let scheme = self.foreign(url.scheme());
                return Err(elsewhere(&expected, &format!("an address of the kind `{scheme}:`")));
            }
            Ok(url) if url.origin() != authentik.origin() => self.foreign(&place(&url)),
            Ok(url) if has_user(&url) => {
                let answer = "one that holds a user name or a password";
                return Err(elsewhere(&expected, answer));
            }
            Ok(url) if endpoint.is_some_and(|endpoint| endpoint.path() != url.path()) => {
                self.foreign(&place(&url))
            }
            Ok(url) => return Ok(url),
            Err(_) => return Err(elsewhere(&expected, "a text that is no web address")),
        };
        Err(elsewhere(&expected, &came.to_string()))
    }

    fn foreign(&self, text: &str) -> Foreign {
        self.known.words(text)
    }
}

fn elsewhere(expected: &str, came: &str) -> Fault {
    fault(FaultKind::Refused, "check where Immich's login link leads")
        .answered(format!("expected: {expected}; Immich's link leads to: {came}"))
        .remedy(
            "The link was not opened, and nothing was sent there. Check the issuer in Immich's \
             settings, and that it is your Immich that answers at this address.",
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(link: &str, endpoint: Option<&str>) -> Result<Url, Fault> {
        let authentik = Url::parse("https://auth.example.com").unwrap();
        let endpoint = endpoint.map(|endpoint| Url::parse(endpoint).unwrap());
        LoginLink::new(link, &Known::default()).leading_to(&authentik, endpoint.as_ref())
    }

    const ENDPOINT: Option<&str> = Some("https://auth.example.com/application/o/authorize/");

    #[test]
    fn link_to_the_endpoint_of_discovery_is_followed() {
        let link = "https://auth.example.com/application/o/authorize/?client_id=immich&state=x";
        assert_eq!(checked(link, ENDPOINT).unwrap().as_str(), link);
        assert_eq!(checked(link, None).unwrap().as_str(), link);
    }

    #[test]
    fn link_that_leads_elsewhere_is_a_fault_that_names_both() {
        for (link, came) in [
            ("https://evil.example/application/o/authorize/?state=x", "https://evil.example/"),
            ("http://auth.example.com/application/o/authorize/", "http://auth.example.com/"),
            ("https://auth.example.com:8443/application/o/authorize/", "com:8443/"),
            ("https://auth.example.com/media/mine.html", "/media/mine.html"),
            ("https://auth.example.com@evil.example/", "https://evil.example/"),
            ("https://a:b@auth.example.com/application/o/authorize/", "user name"),
            ("javascript:alert(1)", "`javascript:`"),
            ("file:///etc/passwd", "`file:`"),
            ("blob:https://auth.example.com/application/o/authorize/", "`blob:`"),
            ("/application/o/authorize/", "no web address"),
            ("", "no web address"),
        ] {
            let fault = checked(link, ENDPOINT).unwrap_err();
            assert!(fault.answer.contains("expected: https://auth.example.com/app"), "{fault}");
            assert!(fault.answer.contains(came), "{link}: {fault}");
            assert!(!fault.answer.contains("state="), "{fault}");
        }
        let fault = checked("https://evil.example/", None).unwrap_err();
        assert!(fault.answer.contains("expected: https://auth.example.com;"), "{fault}");
    }
}
