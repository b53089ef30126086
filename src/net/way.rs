//! The way to a server, step by step: does its name resolve, and does its port
//! take connections? What comes after that, TLS and the product, shows with the
//! first request.

use std::{
    net::{IpAddr, SocketAddr},
    time::{Duration, Instant},
};

use tokio::{
    net::{TcpStream, lookup_host},
    time::timeout,
};

use super::{
    http::{CONNECT, Http},
    proxy::proxy_before,
    trouble::Trouble,
};
use crate::site::Fault;

/// One step of the way, and how long it took.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stage<T> {
    /// What was found, or why it goes no further.
    pub outcome: Result<T, Fault>,
    /// How long that took.
    pub took: Duration,
}

/// What is known of the way to a server.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "there is one of them at a time")]
pub enum Way {
    /// There is a proxy in between (`HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY`):
    /// it resolves the name and connects, so that this machine cannot tell.
    Proxy {
        /// The proxy as `host:port`; what it may need to sign in is left out.
        at: String,
    },
    /// This machine connects itself.
    Direct {
        /// Whether the name resolves, and to which addresses.
        name: Stage<Vec<IpAddr>>,
        /// Which address takes a connection; `None` where the name does not
        /// resolve.
        port: Option<Stage<SocketAddr>>,
    },
}

impl Http {
    /// Looks at the way to the server, without asking it anything. Every
    /// address of its name is tried in turn, as a request would.
    pub async fn way(&self) -> Way {
        let url = self.base();
        if let Some(at) = proxy_before(url) {
            return Way::Proxy { at };
        }
        let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']).to_owned();
        let port = url.port_or_known_default().unwrap_or_default();
        let tried = say!("reach {host}", host);
        let trouble = Trouble { system: self.system(), tried: &tried, url };

        let began = Instant::now();
        let found = match timeout(CONNECT, lookup_host((host, port))).await {
            Ok(Ok(found)) => Ok(found.collect::<Vec<SocketAddr>>()),
            Ok(Err(error)) => Err(trouble.nameless(error.to_string())),
            Err(_) => Err(trouble.unresolved()),
        };
        let took = began.elapsed();
        let (addresses, outcome) = match found {
            Ok(addresses) => (addresses.clone(), Ok(each_once(&addresses))),
            Err(fault) => (Vec::new(), Err(fault)),
        };
        let name = Stage { outcome, took };
        if addresses.is_empty() {
            return Way::Direct { name, port: None };
        }
        let began = Instant::now();
        let outcome = connect(&addresses, &trouble).await;
        Way::Direct { name, port: Some(Stage { outcome, took: began.elapsed() }) }
    }
}

/// The first address that takes a connection.
async fn connect(addresses: &[SocketAddr], trouble: &Trouble<'_>) -> Result<SocketAddr, Fault> {
    let mut last = trouble.silent();
    for address in addresses {
        match timeout(CONNECT, TcpStream::connect(address)).await {
            Ok(Ok(_)) => return Ok(*address),
            Ok(Err(error)) => last = trouble.of_connection(Some(error.kind()), error.to_string()),
            Err(_) => last = trouble.silent(),
        }
    }
    Err(last)
}

/// The addresses, each once.
fn each_once(addresses: &[SocketAddr]) -> Vec<IpAddr> {
    let mut ips = Vec::new();
    for address in addresses {
        if !ips.contains(&address.ip()) {
            ips.push(address.ip());
        }
    }
    ips
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_several_ports_are_found_once() {
        let addresses: Vec<SocketAddr> = ["192.0.2.1:1", "192.0.2.1:2", "[2001:db8::1]:1"]
            .map(|text| text.parse().unwrap())
            .to_vec();
        let ips = ["192.0.2.1", "2001:db8::1"].map(|text| text.parse::<IpAddr>().unwrap());
        assert_eq!(each_once(&addresses), ips);
    }
}
