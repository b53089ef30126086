//! Whom to log in as, where: `user@host:port`.

use std::fmt;

use super::{Fault, FaultKind, System, check_length};

/// The port of SSH.
const PORT: u16 = 22;

/// Whom to log in as on which host, by SSH.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SshTarget {
    user: String,
    host: String,
    port: u16,
}

impl SshTarget {
    /// Reads `user@host` and `user@host:port`; an IPv6 address stands in
    /// brackets.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let text = text.trim();
        if let Err(why) = check_length(text) {
            return Err(Fault::new(System::Host, FaultKind::Refused, "read the SSH target")
                .answered(why)
                .remedy("Write it as user@host or user@host:port, such as admin@192.0.2.11."));
        }
        let wrong = |answer: &str| {
            Fault::new(System::Host, FaultKind::Refused, format!("read `{text}` as an SSH target"))
                .answered(answer)
                .remedy("Write it as user@host or user@host:port, such as admin@192.0.2.11.")
        };
        let (user, place) = text.split_once('@').ok_or_else(|| wrong("it names no user"))?;
        if user.is_empty() || user.contains(|c: char| c.is_whitespace() || c == ':') {
            return Err(wrong("it names no user"));
        }
        let (host, port) = match place.strip_prefix('[') {
            Some(rest) => {
                let (host, after) =
                    rest.split_once(']').ok_or_else(|| wrong("the bracket is not closed"))?;
                host.parse::<std::net::Ipv6Addr>()
                    .map_err(|_| wrong("what stands in brackets is no IPv6 address"))?;
                (host, after.strip_prefix(':').or_else(|| after.is_empty().then_some("")))
            }
            None => match place.split_once(':') {
                Some((_, rest)) if rest.contains(':') => {
                    return Err(wrong("an IPv6 address stands in brackets"));
                }
                Some((host, port)) => (host, Some(port).filter(|port| !port.is_empty())),
                None => (place, Some("")),
            },
        };
        if host.is_empty() || host.contains(|c: char| c.is_whitespace() || "/@".contains(c)) {
            return Err(wrong("it names no host"));
        }
        let port = match port {
            Some("") => PORT,
            Some(port) => port
                .parse()
                .ok()
                .filter(|port| *port != 0)
                .ok_or_else(|| wrong("the port is no number from 1 to 65535"))?,
            None => return Err(wrong("the port is missing after the colon")),
        };
        Ok(Self { user: user.to_owned(), host: host.to_owned(), port })
    }

    /// The user.
    #[must_use]
    pub fn user(&self) -> &str {
        &self.user
    }

    /// The name or address of the host, without brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }
}

impl fmt::Display for SshTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = &self.host;
        let host = if host.contains(':') { format!("[{host}]") } else { host.clone() };
        match self.port {
            PORT => write!(f, "{}@{host}", self.user),
            port => write!(f, "{}@{host}:{port}", self.user),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_read_and_written_alike() {
        for text in
            ["admin@192.0.2.11", "admin@nas.lan:2222", "root@[2001:db8::1]", "a@[::1]:22022"]
        {
            assert_eq!(SshTarget::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(SshTarget::parse("admin@nas:22").unwrap().to_string(), "admin@nas");
    }

    #[test]
    fn what_is_no_target_is_refused_with_the_reason() {
        for (text, part) in [
            ("nas", "user"),
            ("@nas", "user"),
            ("admin@", "host"),
            ("admin@nas:", "port"),
            ("admin@nas:ssh", "port"),
            ("admin@nas:0", "port"),
            ("admin@2001:db8::1", "brackets"),
            ("admin@[nas]", "IPv6"),
        ] {
            let fault = SshTarget::parse(text).unwrap_err();
            assert!(fault.answer.contains(part), "{text}: {}", fault.answer);
        }
    }
}
