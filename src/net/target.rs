//! Where a request goes: to the server that was named, and to the object that
//! was meant.

use url::Url;

use crate::site::{Fault, FaultKind, System};

/// The address of a request below a server's address.
///
/// # Errors
/// [`FaultKind::Refused`] where it would leave the server, or where a part of
/// the path would lead to another object than the one that was meant: such
/// parts are names and ids that a server gave.
pub(super) fn target(system: System, base: &Url, path: &str) -> Result<Url, Fault> {
    let plain = path.split(['?', '#']).next().unwrap_or_default();
    if plain.starts_with('/') && plain.split('/').any(climbs) {
        return Err(refused(system, "a name or an id in it holds a path"));
    }
    let url = base.join(path).map_err(|error| {
        Fault::new(system, FaultKind::Unexpected, format!("ask {base} for {plain}"))
            .answered(error.to_string())
    })?;
    if has_user(&url) {
        return Err(refused(system, "the address holds a user name or a password"));
    }
    let (own, other) = (base.origin(), url.origin());
    if own != other {
        let (own, other) = (own.ascii_serialization(), other.ascii_serialization());
        return Err(refused(system, &format!("it leads to {other}, not to {own}")));
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

fn refused(system: System, answer: &str) -> Fault {
    Fault::new(system, FaultKind::Refused, "follow an address that the server gave")
        .answered(answer)
        .remedy("Nothing was sent there. Check the address, and what the proxy before it says.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leads(path: &str) -> Result<String, String> {
        let base = Url::parse("https://auth.example.com").unwrap();
        target(System::Authentik, &base, path).map(Into::into).map_err(|fault| fault.answer)
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
            assert_eq!(leads(path).unwrap_err(), "a name or an id in it holds a path", "{path}");
        }
    }

    #[test]
    fn another_server_is_refused() {
        for path in ["//evil.example.net/", "https://evil.example.net/", "http://auth.example.com/"]
        {
            assert!(leads(path).unwrap_err().starts_with("it leads to"), "{path}");
        }
        assert!(leads("https://root:toor@auth.example.com/").unwrap_err().contains("user name"));
    }
}
