//! Why a text is no address.

use std::net::IpAddr;

use super::{FaultKind, System, UniformFailure, harmless::Unseen};

/// Why a text is no address. `bare` is the address without what is too much,
/// `guess` what was probably meant.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum AddressError {
    #[error("{}", say!("it is empty"))]
    Empty,
    #[error("{}", say!("there is {odd} in it", odd = word!("a blank")))]
    Blank,
    #[error("{}", say!("there is {odd} in it", odd = word!("a backslash")))]
    Backslash,
    #[error("{}", say!("there is {odd} in it", odd = .0.name()))]
    Unseen(Unseen),
    #[error("{}", say!("there is a user name in it"))]
    UserName { bare: String },
    #[error("{}", say!("nothing listens on port 0"))]
    PortZero,
    #[error("{}", say!("there is a path in it, `{path}`", path = .path))]
    Path { path: String, bare: String },
    #[error("{}", say!("there is more than an address in it"))]
    More { bare: String },
    #[error("{}", say!("it does not say http or https"))]
    NoScheme { guess: Option<String> },
    #[error("{}", say!("`{scheme}` is not what web servers speak", scheme = .scheme))]
    OtherScheme { scheme: String, guess: Option<String> },
    #[error("{}", say!("there is no host in it"))]
    NoHost,
    #[error("{}", say!("an address in a URL cannot name a network card"))]
    NetworkCard,
    #[error("{}", say!("an IPv6 address needs brackets"))]
    NoBrackets { host: String },
    #[error("{}", say!("its port is no number up to 65535"))]
    Port,
    #[error("{}", say!("that is no IPv6 address"))]
    Ipv6,
    #[error("{}", say!("that is no IPv4 address"))]
    Ipv4,
    #[error("{}", say!("`{host}` cannot be the name of a host", host = .host))]
    NoName { host: String },
    #[error("{0}")]
    NoUrl(url::ParseError),
    /// `192.0.2` and `0x7f.1` are addresses to a URL parser.
    #[error("{}", say!("`{typed}` would be read as {ip}", typed = .typed, ip = .ip))]
    ReadAs { typed: String, ip: IpAddr },
    #[error("{}", say!("{ip} is where a server listens, not where it is reached", ip = .ip))]
    Unspecified { ip: IpAddr },
    #[error("{}", say!("its host ends in a dot"))]
    FinalDot,
    #[error("{}", say!("its host has a part that is empty or too long"))]
    PartLength,
    #[error("{}", say!("no host has a `{letter}` in its name", letter = .letter))]
    Letter { letter: char },
}

impl AddressError {
    /// Does something with every part of what was typed.
    pub(super) fn each_text(&mut self, each: &mut dyn FnMut(&mut String)) {
        match self {
            Self::UserName { bare: text }
            | Self::More { bare: text }
            | Self::NoScheme { guess: Some(text) }
            | Self::NoBrackets { host: text }
            | Self::NoName { host: text }
            | Self::ReadAs { typed: text, ip: _ } => each(text),
            Self::Path { path, bare } => {
                each(path);
                each(bare);
            }
            Self::OtherScheme { scheme, guess } => {
                each(scheme);
                if let Some(guess) = guess {
                    each(guess);
                }
            }
            Self::Empty
            | Self::Blank
            | Self::Backslash
            | Self::Unseen(_)
            | Self::PortZero
            | Self::NoScheme { guess: None }
            | Self::NoHost
            | Self::NetworkCard
            | Self::Port
            | Self::Ipv6
            | Self::Ipv4
            | Self::NoUrl(_)
            | Self::Unspecified { ip: _ }
            | Self::FinalDot
            | Self::PartLength
            | Self::Letter { letter: _ } => {}
        }
    }
}

impl UniformFailure for AddressError {
    const SYSTEM: System = System::Workstation;
    const KIND: FaultKind = FaultKind::Refused;

    fn hint(&self) -> String {
        match self {
            Self::Empty | Self::NoUrl(_) => say!("Write one like https://auth.example.com"),
            Self::Blank | Self::Backslash => say!("Leave it out."),
            Self::Unseen(unseen) => unseen.hint(),
            Self::UserName { bare } => {
                say!("Leave it out, you are asked for it later: {bare}", bare)
            }
            Self::PortZero => say!("Write the server's port."),
            Self::Path { bare, .. } => say!("Leave out the path: {bare}", bare),
            Self::More { bare } => say!("Leave out what follows the host: {bare}", bare),
            Self::NoScheme { guess } | Self::OtherScheme { guess, .. } => match guess {
                Some(guess) => say!("Write {guess}", guess),
                None => say!("Write one like https://auth.example.com"),
            },
            Self::NoHost => say!("Write the server's name."),
            Self::NetworkCard => say!("Leave out what follows the `%`, or use a name."),
            Self::NoBrackets { host } => say!("Write [{host}]", host),
            Self::Port => say!("Write one like :9000, or none."),
            Self::Ipv6 => say!("Write one like [2001:db8::10]"),
            Self::Ipv4 => say!("Write four numbers up to 255."),
            Self::NoName { .. } | Self::Letter { .. } => {
                say!("Use letters, digits, dots and hyphens.")
            }
            Self::ReadAs { .. } => say!("Write all four numbers of the address."),
            Self::Unspecified { .. } => say!("Write the address of its machine."),
            Self::FinalDot => {
                say!("Leave out the dot: certificates and cookies are made without it.")
            }
            Self::PartLength => say!("Write the server's name as its certificate has it."),
        }
    }
}
