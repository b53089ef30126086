//! The way to a server, step by step: does its name resolve, and does its port
//! take connections? What comes after that, TLS and the product, shows with the
//! first request.

use std::{
    net::SocketAddr,
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

/// How many addresses of a name are told.
const TOLD: usize = 3;

/// One step of the way, and how long it took.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stage {
    /// What was found, or why it goes no further.
    pub outcome: Result<String, Fault>,
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
        /// Whether the name resolves, and to what.
        name: Stage,
        /// Whether the port takes a connection; `None` where the name does not
        /// resolve.
        port: Option<Stage>,
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
            Ok(addresses) => (addresses.clone(), Ok(list(&addresses))),
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
async fn connect(addresses: &[SocketAddr], trouble: &Trouble<'_>) -> Result<String, Fault> {
    let mut last = trouble.silent();
    for address in addresses {
        match timeout(CONNECT, TcpStream::connect(address)).await {
            Ok(Ok(_)) => {
                return Ok(say!("port {port} of {ip}", port = address.port(), ip = address.ip()));
            }
            Ok(Err(error)) => last = trouble.of_connection(Some(error.kind()), error.to_string()),
            Err(_) => last = trouble.silent(),
        }
    }
    Err(last)
}

/// The addresses, each once, not more than a few.
fn list(addresses: &[SocketAddr]) -> String {
    let mut told: Vec<String> = Vec::new();
    for address in addresses {
        let ip = address.ip().to_string();
        if !told.contains(&ip) {
            told.push(ip);
        }
    }
    let more = told.len().saturating_sub(TOLD);
    told.truncate(TOLD);
    let told = told.join(", ");
    if more > 0 { say!("{told} and {more} more", told, more) } else { told }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_told_once_and_not_all_of_many() {
        let addresses: Vec<SocketAddr> = ["192.0.2.1:1", "192.0.2.1:2", "[2001:db8::1]:1"]
            .map(|text| text.parse().unwrap())
            .to_vec();
        assert_eq!(list(&addresses), "192.0.2.1, 2001:db8::1");
        let many: Vec<SocketAddr> =
            (1..6).map(|n| format!("192.0.2.{n}:443").parse().unwrap()).collect();
        let (told, more) = ("192.0.2.1, 192.0.2.2, 192.0.2.3", 2);
        assert_eq!(list(&many), say!("{told} and {more} more", told, more));
    }
}
