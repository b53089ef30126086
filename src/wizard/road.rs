//! The roads of the map, and what can be checked on each.

use crate::site::System;

/// A road from one place to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Road {
    /// A browser opens Immich.
    BrowserToImmich,
    /// A browser is sent to authentik, and from there back.
    BrowserToAuthentik,
    /// Immich asks authentik.
    ImmichToAuthentik,
    /// This program goes onto the machine that Immich runs on.
    OntoHost,
}

impl Road {
    /// All of them.
    pub const ALL: [Self; 4] =
        [Self::BrowserToImmich, Self::BrowserToAuthentik, Self::ImmichToAuthentik, Self::OntoHost];

    /// The road that browsers take to a server, and what shows that it is that one.
    pub(super) const fn of_browsers_to(system: System) -> (Self, Option<Point>) {
        match system {
            System::Immich => (Self::BrowserToImmich, Some(Point::Product)),
            _ => (Self::BrowserToAuthentik, None),
        }
    }

    /// From where to where, in words.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::BrowserToImmich => word!("browser to Immich"),
            Self::BrowserToAuthentik => word!("browser to authentik"),
            Self::ImmichToAuthentik => word!("Immich to authentik"),
            Self::OntoHost => word!("this machine to the Immich host"),
        }
    }

    /// What can be checked on it, in the order in which it is passed.
    #[must_use]
    pub const fn points(self) -> &'static [Point] {
        match self {
            Self::BrowserToImmich => {
                &[Point::Name, Point::Connection, Point::Tls, Point::Product, Point::Offer]
            }
            Self::BrowserToAuthentik => {
                &[Point::Name, Point::Connection, Point::Tls, Point::RedirectUris, Point::Code]
            }
            Self::ImmichToAuthentik => {
                &[Point::Discovery, Point::Reach, Point::Secret, Point::Exchange, Point::User]
            }
            Self::OntoHost => &[Point::SignIn, Point::Docker],
        }
    }
}

/// Something on a road that can be checked by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Point {
    /// The name has an address.
    Name,
    /// Somebody listens there.
    Connection,
    /// The certificate is trusted.
    Tls,
    /// What answers is what was looked for.
    Product,
    /// Immich offers the login with OAuth.
    Offer,
    /// authentik knows the client and sends people back to every redirect URI.
    RedirectUris,
    /// authentik let somebody in and issued a code.
    Code,
    /// The discovery document is there and names the right issuer.
    Discovery,
    /// Immich itself finds authentik.
    Reach,
    /// authentik accepts the client secret.
    Secret,
    /// Immich redeemed a code.
    Exchange,
    /// Immich knows who it is.
    User,
    /// The host key is known and somebody is signed in.
    SignIn,
    /// Docker answers.
    Docker,
}

impl Point {
    /// Its name on the map.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Name => word!("DNS"),
            Self::Connection => word!("TCP"),
            Self::Tls => word!("TLS"),
            Self::Product => word!("Immich answers"),
            Self::Offer => word!("login button"),
            Self::RedirectUris => word!("redirect URIs"),
            Self::Code => word!("code issued"),
            Self::Discovery => word!("discovery"),
            Self::Reach => word!("found by Immich"),
            Self::Secret => word!("secret"),
            Self::Exchange => word!("code exchange"),
            Self::User => word!("user"),
            Self::SignIn => word!("SSH"),
            Self::Docker => word!("Docker"),
        }
    }

    /// Whether it speaks of settings of that system, so that it has to be
    /// checked anew after a change there.
    pub(in crate::wizard) const fn depends_on(self, system: System) -> bool {
        match self {
            Self::RedirectUris | Self::Code | Self::Discovery => {
                matches!(system, System::Authentik)
            }
            Self::Reach | Self::Secret | Self::Exchange | Self::User => {
                matches!(system, System::Authentik | System::Immich)
            }
            Self::Offer => matches!(system, System::Immich),
            _ => false,
        }
    }
}
