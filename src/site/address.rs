//! Addresses of servers: a scheme, a host, perhaps a port, and nothing else.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr},
};

use url::{Host, Url};

use super::{Fault, ValueError, address_error::AddressError, harmless, value_error::Wrong};

/// The address of a server, as a browser writes an origin
/// (RFC 6454, section 6.2): `https://auth.example.com`.
///
/// Redirect URIs and issuers are compared byte by byte, so an address has one
/// spelling only: small letters, no default port, no slash at the end, and a
/// name with letters beyond ASCII in its `xn--` form.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Address(Url);

impl Address {
    /// Reads an address that somebody typed.
    ///
    /// # Errors
    /// Whatever is not an origin is refused: the answer says what is wrong with
    /// it, the remedy what to write instead. User names and passwords are not
    /// repeated.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        read(text.trim()).map_err(|error| Fault::of(&error, word!("take this as an address")))
    }

    /// Whether what somebody typed is an address.
    ///
    /// # Errors
    /// As [`Address::parse`].
    pub fn check(text: &str) -> Result<(), ValueError> {
        read(text.trim()).map(drop).map_err(|error| Wrong::from(error).into())
    }

    /// The same as a URL, with the slash that every URL of a server has.
    #[must_use]
    pub const fn url(&self) -> &Url {
        &self.0
    }

    /// The address as a browser sends it in `Origin`: no slash at the end.
    #[must_use]
    pub fn origin(&self) -> String {
        origin(&self.0)
    }

    /// The URL of a path on this server. The path stands below the root, with
    /// or without a slash at its beginning, and never leads to another server.
    #[must_use]
    pub fn join(&self, path: &str) -> Url {
        let (path, query) = match path.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (path, None),
        };
        let mut url = self.0.clone();
        url.set_path(path);
        url.set_query(query);
        url
    }

    /// The host as it is looked up: a name, or an IP address (IPv6 in
    /// brackets).
    #[must_use]
    pub fn host(&self) -> &str {
        self.0.host_str().unwrap_or_default()
    }

    /// The port that is connected to.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.0.port_or_known_default().unwrap_or_default()
    }

    /// Whether the way there is encrypted.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.0.scheme() == "https"
    }

    /// Whether it leads to this very machine, wherever it is used.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        match self.0.host() {
            Some(Host::Ipv4(ip)) => ip.is_loopback(),
            Some(Host::Ipv6(ip)) => ip.is_loopback(),
            Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
            None => false,
        }
    }

    /// The address as people read it: a name with letters beyond ASCII in both
    /// spellings, so that a look-alike letter is seen.
    #[must_use]
    pub fn for_people(&self) -> String {
        let origin = self.origin();
        let spoken = url::quirks::domain_to_unicode(self.host());
        if spoken.is_empty() || spoken == self.host() {
            origin
        } else {
            format!("{} ({})", origin.replacen(self.host(), &spoken, 1), self.host())
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.origin())
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address({self})")
    }
}

fn origin(url: &Url) -> String {
    url.origin().ascii_serialization()
}

fn read(text: &str) -> Result<Address, AddressError> {
    if text.is_empty() {
        return Err(AddressError::Empty);
    }
    let odd = |c: char| match c {
        '\\' => Some(AddressError::Backslash),
        c if c.is_whitespace() => Some(AddressError::Blank),
        c => harmless::unseen(c).map(AddressError::Unseen),
    };
    if let Some(error) = text.chars().find_map(odd) {
        return Err(error);
    }
    let (scheme, rest) = split_scheme(text)?;
    let url = Url::parse(&format!("{scheme}://{rest}")).map_err(|error| no_url(rest, error))?;
    let bare = origin(&url);
    if !url.username().is_empty() || url.password().is_some() || authority(rest).contains('@') {
        return Err(AddressError::UserName { bare });
    }
    check_host(&url, rest)?;
    if url.port() == Some(0) {
        return Err(AddressError::PortZero);
    }
    if url.path() != "/" {
        return Err(AddressError::Path { path: url.path().to_owned(), bare });
    }
    if rest.contains(['?', '#']) {
        return Err(AddressError::More { bare });
    }
    Ok(Address(url))
}

/// `host:9000` is, to a URL parser, scheme `host` and path `9000`: so the
/// scheme is looked for by its two slashes.
fn split_scheme(text: &str) -> Result<(String, &str), AddressError> {
    let lacks = || AddressError::NoScheme { guess: guess(text.trim_start_matches('/')) };
    let Some((scheme, rest)) = text.split_once("://") else {
        return Err(lacks());
    };
    match scheme.to_ascii_lowercase() {
        scheme if scheme == "http" || scheme == "https" => Ok((scheme, rest)),
        scheme if scheme.is_empty() => Err(lacks()),
        scheme if scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c)) => {
            Err(AddressError::OtherScheme { scheme, guess: guess(rest) })
        }
        _ => Err(lacks()),
    }
}

/// What was probably meant, out of a text without its scheme: servers without
/// a name of their own rarely have a certificate.
fn guess(rest: &str) -> Option<String> {
    let host = authority(rest).rsplit('@').next().unwrap_or_default();
    let named = read(&format!("https://{host}")).ok()?;
    Some(match named.0.host() {
        Some(Host::Domain(name)) if name.contains('.') => named.origin(),
        _ => read(&format!("http://{host}")).unwrap_or(named).origin(),
    })
}

/// The part between `://` and the first slash, `?` or `#`.
fn authority(rest: &str) -> &str {
    rest.split(['/', '?', '#']).next().unwrap_or_default()
}

fn no_url(rest: &str, error: url::ParseError) -> AddressError {
    use url::ParseError as P;
    let host = authority(rest).rsplit('@').next().unwrap_or_default();
    match error {
        P::EmptyHost => AddressError::NoHost,
        P::InvalidIpv6Address if host.contains('%') => AddressError::NetworkCard,
        _ if host.matches(':').count() > 1 && !host.contains(['[', ']']) => {
            AddressError::NoBrackets { host: host.to_owned() }
        }
        P::InvalidPort => AddressError::Port,
        P::InvalidIpv6Address => AddressError::Ipv6,
        P::InvalidIpv4Address => AddressError::Ipv4,
        P::IdnaError | P::InvalidDomainCharacter => AddressError::NoName { host: host.to_owned() },
        other => AddressError::NoUrl(other),
    }
}

fn check_host(url: &Url, rest: &str) -> Result<(), AddressError> {
    match url.host() {
        // `192.0.2` and `0x7f.1` are addresses to a URL parser, and hardly what
        // anybody means.
        Some(Host::Ipv4(ip)) => {
            let typed = authority(rest);
            let typed = typed.split(':').next().unwrap_or_default();
            if typed.parse::<Ipv4Addr>().is_err() {
                return Err(AddressError::ReadAs { typed: typed.to_owned(), ip: IpAddr::V4(ip) });
            }
            if ip.is_unspecified() {
                return Err(AddressError::Unspecified { ip: IpAddr::V4(ip) });
            }
            Ok(())
        }
        Some(Host::Ipv6(ip)) if ip.is_unspecified() => {
            Err(AddressError::Unspecified { ip: IpAddr::V6(ip) })
        }
        Some(Host::Ipv6(_)) => Ok(()),
        Some(Host::Domain(name)) => check_name(name),
        None => Err(AddressError::NoHost),
    }
}

/// What every resolver refuses (RFC 1035, section 2.3.4), said before it is
/// asked. Underscores are let through: Docker's service names have them.
fn check_name(name: &str) -> Result<(), AddressError> {
    if name.ends_with('.') {
        return Err(AddressError::FinalDot);
    }
    if name.len() > 253 || name.split('.').any(|label| label.is_empty() || label.len() > 63) {
        return Err(AddressError::PartLength);
    }
    let good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    match name.chars().find(|c| !good(*c)) {
        Some(letter) => Err(AddressError::Letter { letter }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::site::harmless::Unseen;

    fn refusal(text: &str) -> String {
        let fault = Address::parse(text).expect_err(text);
        format!("{}: {}", fault.answer, fault.remedy)
    }

    #[test]
    fn an_address_has_one_spelling() {
        for (typed, kept) in [
            ("https://auth.example.com", "https://auth.example.com"),
            ("  HTTPS://Auth.Example.COM/ ", "https://auth.example.com"),
            ("https://auth.example.com:443", "https://auth.example.com"),
            ("http://192.0.2.11:2283/", "http://192.0.2.11:2283"),
            ("http://[2001:DB8:0::10]:2283", "http://[2001:db8::10]:2283"),
            ("http://immich_server:2283", "http://immich_server:2283"),
            ("https://nas", "https://nas"),
            ("https://fotos.müller.example", "https://fotos.xn--mller-kva.example"),
        ] {
            let address = Address::parse(typed).expect(typed);
            assert_eq!(address.to_string(), kept);
            assert_eq!(address.url().as_str(), format!("{kept}/"));
            assert_eq!(Address::parse(kept).expect(kept), address);
        }
    }

    #[test]
    fn a_refusal_says_what_is_wrong_and_what_to_write() {
        insta::assert_snapshot!(
            [
                "",
                "auth.example.com",
                "auth.example.com:9443/if/admin/",
                "//auth.example.com",
                "localhost:9000",
                "ftp://auth.example.com",
                "https://auth.example.com/if/admin/",
                "https://auth.example.com/if/admin/#/core/providers",
                "https://auth.example.com?next=/",
                "https://auth.example.com#top",
                "https://auth.exa mple.com",
                "https:\\\\auth.example.com",
                "https://",
                "https:///auth.example.com:x",
                "https://auth.example.com:65536",
                "https://auth.example.com:0",
                "https://2001:db8::10",
                "https://[2001:db8::10",
                "https://[fe80::1%25eth0]",
                "https://[::]:2283",
                "http://0.0.0.0:2283",
                "http://192.0.2",
                "http://192.0.2.300",
                "https://auth.example.com.",
                "https://auth..example.com",
                "https://auth*.example.com",
            ]
            .map(|typed| format!("{typed:?}\n    {}", refusal(typed)))
            .join("\n")
        );
    }

    #[test]
    fn character_that_nobody_sees_is_named_by_its_kind_and_not_shown() {
        let control = AddressError::Unseen(Unseen::Control);
        let invisible = AddressError::Unseen(Unseen::Invisible);
        for (typed, error) in [
            ("https://auth\u{1b}[8m.example.com", &control),
            ("https://auth\u{9b}.example.com", &control),
            ("https://auth\u{202e}.example.com", &invisible),
            ("https://auth\u{200b}.example.com", &invisible),
            ("\u{feff}https://auth.example.com", &invisible),
            ("https://auth\t.example.com", &AddressError::Blank),
            ("https://auth\u{a0}.example.com", &AddressError::Blank),
        ] {
            assert_eq!(read(typed).as_ref().unwrap_err(), error, "{typed:?}");
            let said = refusal(typed);
            assert!(said.chars().all(|c| c == ' ' || c.is_ascii_graphic()), "{said:?}");
        }
    }

    #[test]
    fn a_password_in_an_address_is_not_repeated() {
        let said = refusal("https://admin:hunter2@auth.example.com/if/admin/");
        assert!(!said.contains("hunter2") && !said.contains("admin:"), "{said}");
        assert!(said.ends_with("https://auth.example.com"), "{said}");
    }

    #[test]
    fn a_name_beyond_ascii_is_shown_in_both_spellings() {
        let address = Address::parse("https://fotos.müller.example:8443").expect("an address");
        assert_eq!(
            address.for_people(),
            "https://fotos.müller.example:8443 (fotos.xn--mller-kva.example)"
        );
        let plain = Address::parse("https://auth.example.com").expect("an address");
        assert_eq!(plain.for_people(), "https://auth.example.com");
    }

    #[test]
    fn joining_a_path_stays_on_the_server() {
        let address = Address::parse("http://192.0.2.11:2283").expect("an address");
        for (path, url) in [
            ("/api/server/version", "http://192.0.2.11:2283/api/server/version"),
            ("api/oauth/authorize?a=b", "http://192.0.2.11:2283/api/oauth/authorize?a=b"),
            ("//elsewhere.example.com/", "http://192.0.2.11:2283//elsewhere.example.com/"),
            (
                "https://elsewhere.example.com",
                "http://192.0.2.11:2283/https://elsewhere.example.com",
            ),
        ] {
            assert_eq!(address.join(path).as_str(), url);
        }
    }

    #[test]
    fn loopback_is_known_in_every_spelling() {
        for (text, loopback) in [
            ("http://localhost:9000", true),
            ("http://127.0.0.53", true),
            ("http://[::1]:9000", true),
            ("http://auth.localhost", true),
            ("http://192.0.2.11", false),
            ("http://localhost.example.com", false),
        ] {
            assert_eq!(Address::parse(text).expect(text).is_loopback(), loopback, "{text}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_typed_is_refused_or_has_one_spelling(text in "\\PC{0,40}") {
            if let Ok(address) = Address::parse(&text) {
                let again = Address::parse(&address.origin());
                prop_assert_eq!(again.ok(), Some(address));
            }
        }

        #[test]
        fn whatever_is_added_to_an_address_is_refused_or_has_one_spelling(
            text in "https?://[a-z0-9.:@%/?#\\[\\]_-]{1,30}"
        ) {
            if let Ok(address) = Address::parse(&text) {
                prop_assert!(!address.origin().contains(['@', '?', '#']));
                prop_assert_eq!(address.url().path(), "/");
                prop_assert_eq!(Address::parse(&address.origin()).ok(), Some(address));
            }
        }
    }
}
