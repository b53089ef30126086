//! Whom to log in as, where: `user@host:port`.

use std::fmt;

use super::{
    Fault, ValueError, check_length, harmless, target_error::TargetError, value_error::Wrong,
};

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
        Self::read(text).map_err(|error| {
            let tried = match &error {
                TargetError::TooLong(_) | TargetError::Unseen(_) => say!("read the SSH target"),
                _ => say!("read `{text}` as an SSH target", text),
            };
            Fault::of(&error, tried)
        })
    }

    /// Whether what somebody typed is a target.
    ///
    /// # Errors
    /// As [`SshTarget::parse`].
    pub fn check(text: &str) -> Result<(), ValueError> {
        Self::read(text.trim()).map(drop).map_err(|error| Wrong::from(error).into())
    }

    fn read(text: &str) -> Result<Self, TargetError> {
        check_length(text)?;
        if let Some(unseen) = text.chars().find_map(harmless::unseen) {
            return Err(TargetError::Unseen(unseen));
        }
        let (user, place) = text.split_once('@').ok_or(TargetError::NoUser)?;
        if user.is_empty() || user.contains(|c: char| c.is_whitespace() || c == ':') {
            return Err(TargetError::NoUser);
        }
        let (host, port) = match place.strip_prefix('[') {
            Some(rest) => {
                let (host, after) = rest.split_once(']').ok_or(TargetError::OpenBracket)?;
                host.parse::<std::net::Ipv6Addr>().map_err(|_| TargetError::NoIpv6)?;
                (host, after.strip_prefix(':').or_else(|| after.is_empty().then_some("")))
            }
            None => match place.split_once(':') {
                Some((_, rest)) if rest.contains(':') => {
                    return Err(TargetError::NoBrackets);
                }
                Some((host, port)) => (host, Some(port).filter(|port| !port.is_empty())),
                None => (place, Some("")),
            },
        };
        if host.is_empty() || host.contains(|c: char| c.is_whitespace() || "/@".contains(c)) {
            return Err(TargetError::NoHost);
        }
        let port = match port {
            Some("") => PORT,
            Some(port) => port.parse().ok().filter(|port| *port != 0).ok_or(TargetError::Port)?,
            None => return Err(TargetError::NoPort),
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
    use crate::site::harmless::Unseen;

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
        for (text, error) in [
            ("ad\u{1b}min@nas", TargetError::Unseen(Unseen::Control)),
            ("admin@nas\u{200b}", TargetError::Unseen(Unseen::Invisible)),
            ("nas", TargetError::NoUser),
            ("@nas", TargetError::NoUser),
            ("admin@", TargetError::NoHost),
            ("admin@nas:", TargetError::NoPort),
            ("admin@nas:ssh", TargetError::Port),
            ("admin@nas:0", TargetError::Port),
            ("admin@2001:db8::1", TargetError::NoBrackets),
            ("admin@[nas]", TargetError::NoIpv6),
        ] {
            assert_eq!(SshTarget::read(text), Err(error), "{text}");
        }
    }
}
