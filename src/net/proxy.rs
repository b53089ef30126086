//! Which connections go through a proxy.

use hyper_util::client::proxy::matcher::Matcher;
use url::Url;

/// The proxy that connections to `url` go through, as `host:port`; what it may
/// need to sign in is left out.
pub(super) fn proxy_before(url: &Url) -> Option<String> {
    if is_loopback(url) {
        return None;
    }
    let proxy = Matcher::from_system().intercept(&url.as_str().parse().ok()?)?;
    let at = proxy.uri().authority().map_or("", |authority| authority.as_str());
    // Before an `@` stands what the proxy wants to be told.
    Some(at.rsplit('@').next().unwrap_or_default().to_owned())
}

/// Whether a URL leads to this very machine.
pub(super) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        None => false,
    }
}
