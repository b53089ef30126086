//! Where a request goes: to the server that was named, and to the object that
//! was meant.

use url::Url;

use super::toward::{Toward, WayError};
use crate::site::{Fault, FaultKind, System};

/// The address of a request below a server's address.
///
/// # Errors
/// [`FaultKind::Refused`] where it would leave the server, or where a part of
/// the path would lead to another object than the one that was meant: such
/// parts are names and ids that a server gave.
pub(super) fn target(system: System, base: &Url, path: &str) -> Result<Url, Fault> {
    aimed(base, path).map_err(|error| {
        let tried = match &error {
            TargetError::NoUrl(_) => say!("ask {base} for {path}", base, path = plain(path)),
            _ => say!("follow an address that the server gave"),
        };
        Toward::fault(system, error, tried)
    })
}

/// Why nothing is sent to an address.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
enum TargetError {
    #[error("{}", say!("a name or an id in it holds a path"))]
    Climbs,
    #[error("{0}")]
    NoUrl(url::ParseError),
    #[error("{}", say!("the address holds a user name or a password"))]
    HasUser,
    #[error("{}", say!("it leads to {other}, not to {own}", other = .other, own = .own))]
    Elsewhere { other: String, own: String },
}

impl WayError for TargetError {
    fn kind(&self) -> FaultKind {
        match self {
            Self::NoUrl(_) => FaultKind::Unexpected,
            Self::Climbs | Self::HasUser | Self::Elsewhere { .. } => FaultKind::Refused,
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::NoUrl(_) => String::new(),
            Self::Climbs | Self::HasUser | Self::Elsewhere { .. } => say!(
                "Nothing was sent there. Check the address, and what the proxy before it says."
            ),
        }
    }
}

/// A path without its query.
fn plain(path: &str) -> &str {
    path.split(['?', '#']).next().unwrap_or_default()
}

fn aimed(base: &Url, path: &str) -> Result<Url, TargetError> {
    let plain = plain(path);
    if plain.starts_with('/') && plain.split('/').any(climbs) {
        return Err(TargetError::Climbs);
    }
    let url = base.join(path).map_err(TargetError::NoUrl)?;
    if has_user(&url) {
        return Err(TargetError::HasUser);
    }
    let (own, other) = (base.origin(), url.origin());
    if own != other {
        let (own, other) = (own.ascii_serialization(), other.ascii_serialization());
        return Err(TargetError::Elsewhere { other, own });
    }
    Ok(url)
}

/// Whether a URL holds a user name or a password.
pub fn has_user(url: &Url) -> bool {
    !url.username().is_empty() || url.password().is_some()
}

/// Whether a segment of a path is none once it is decoded: proxies decode paths
/// before they pass them on (nginx does where `proxy_pass` names a path).
fn climbs(segment: &str) -> bool {
    let lower = segment.to_ascii_lowercase();
    let decoded = lower.replace("%2e", ".");
    matches!(decoded.as_str(), "." | "..")
        || lower.contains(['\\'])
        || lower.contains("%2f")
        || lower.contains("%5c")
        || lower.contains("%00")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leads(path: &str) -> Result<String, TargetError> {
        let base = Url::parse("https://auth.example.com").unwrap();
        aimed(&base, path).map(Into::into)
    }

    #[test]
    fn a_name_is_never_a_path() {
        assert_eq!(
            leads("/api/a%20b/?x=../y").unwrap(),
            "https://auth.example.com/api/a%20b/?x=../y"
        );
        for path in [
            "/api/../users/1/",
            "/api/..",
            "/api/./users/",
            "/api/%2e%2E/users/",
            "/api/.%2e/users/",
            "/api/..%2Fusers/",
            "/api/..%5cusers/",
            "/api/..\\users/",
            "/api/a%00b/",
        ] {
            assert_eq!(leads(path).unwrap_err(), TargetError::Climbs, "{path}");
        }
    }

    #[test]
    fn another_server_is_refused() {
        for path in ["//evil.example.net/", "https://evil.example.net/", "http://auth.example.com/"]
        {
            let error = leads(path).unwrap_err();
            assert!(matches!(error, TargetError::Elsewhere { .. }), "{path}");
        }
        let named = "https://root:toor@auth.example.com/";
        assert_eq!(leads(named).unwrap_err(), TargetError::HasUser);
    }
}
