//! The link with which Immich begins a login.

use url::Url;

use crate::{
    net::has_user,
    secret::{Foreign, Known},
    site::{Fault, FaultKind, System, UniformFailure},
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
        self.compared(authentik, endpoint).map_err(|elsewhere| {
            Fault::of(&elsewhere, word!("check where Immich's login link leads"))
        })
    }

    fn compared(&self, authentik: &Url, endpoint: Option<&Url>) -> Result<Url, LeadsElsewhere> {
        let place = |url: &Url| format!("{}{}", url.origin().ascii_serialization(), url.path());
        let expected = match endpoint {
            Some(endpoint) => place(endpoint),
            None => authentik.origin().ascii_serialization(),
        };
        let came = match Url::parse(&self.link) {
            Ok(url) if !matches!(url.scheme(), "http" | "https") => {
                Came::Scheme(self.foreign(url.scheme()))
            }
            Ok(url) if url.origin() != authentik.origin() => {
                Came::Place(self.foreign(&place(&url)))
            }
            Ok(url) if has_user(&url) => Came::WithUser,
            Ok(url) if endpoint.is_some_and(|endpoint| endpoint.path() != url.path()) => {
                Came::Place(self.foreign(&place(&url)))
            }
            Ok(url) => return Ok(url),
            Err(_) => Came::NoAddress,
        };
        Err(LeadsElsewhere { expected, came })
    }

    fn foreign(&self, text: &str) -> Foreign {
        self.known.words(text)
    }
}

/// The link leads elsewhere.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", say!("expected: {expected}; Immich's link leads to: {came}", expected = .expected, came = .came))]
struct LeadsElsewhere {
    expected: String,
    came: Came,
}

/// Where a link leads.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
enum Came {
    #[error("{0}")]
    Place(Foreign),
    #[error("{}", say!("an address of the kind `{scheme}:`", scheme = .0))]
    Scheme(Foreign),
    #[error("{}", say!("one that holds a user name or a password"))]
    WithUser,
    #[error("{}", say!("a text that is no web address"))]
    NoAddress,
}

impl UniformFailure for LeadsElsewhere {
    const SYSTEM: System = System::Immich;
    const KIND: FaultKind = FaultKind::Refused;

    fn hint(&self) -> String {
        say!(
            "The link was not opened, and nothing was sent there. Check the issuer in Immich's \
             settings, and that it is your Immich that answers at this address."
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(link: &str, endpoint: Option<&str>) -> Result<Url, LeadsElsewhere> {
        let authentik = Url::parse("https://auth.example.com").unwrap();
        let endpoint = endpoint.map(|endpoint| Url::parse(endpoint).unwrap());
        LoginLink::new(link, &Known::default()).compared(&authentik, endpoint.as_ref())
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
        let words = |text: &str| Known::default().words(text);
        let place = |text: &str| Came::Place(words(text));
        let path = "/application/o/authorize/";
        for (link, came) in [
            (
                format!("https://evil.example{path}?state=x"),
                place(&format!("https://evil.example{path}")),
            ),
            (
                format!("http://auth.example.com{path}"),
                place(&format!("http://auth.example.com{path}")),
            ),
            (
                format!("https://auth.example.com:8443{path}"),
                place(&format!("https://auth.example.com:8443{path}")),
            ),
            (
                "https://auth.example.com/media/mine.html".into(),
                place("https://auth.example.com/media/mine.html"),
            ),
            ("https://auth.example.com@evil.example/".into(), place("https://evil.example/")),
            (format!("https://a:b@auth.example.com{path}"), Came::WithUser),
            ("javascript:alert(1)".into(), Came::Scheme(words("javascript"))),
            ("file:///etc/passwd".into(), Came::Scheme(words("file"))),
            (format!("blob:https://auth.example.com{path}"), Came::Scheme(words("blob"))),
            (path.into(), Came::NoAddress),
            (String::new(), Came::NoAddress),
        ] {
            let expected = "https://auth.example.com/application/o/authorize/".to_owned();
            assert_eq!(checked(&link, ENDPOINT), Err(LeadsElsewhere { expected, came }), "{link}");
        }
        let elsewhere = checked("https://evil.example/", None).unwrap_err();
        assert_eq!(elsewhere.expected, "https://auth.example.com");
        let said = elsewhere.to_string();
        assert!(
            said.contains("https://auth.example.com") && said.contains("https://evil.example/")
        );
    }
}
