//! The live pane: what the servers say.

use std::net::{IpAddr, SocketAddr};

use crate::{
    immich::{RouteKind, RouteReason},
    site::{
        Reading, System,
        harmless::{Each, Shape::Line},
    },
    wizard::fields::Holding,
};

/// One line of the live pane.
#[derive(Clone, Debug, PartialEq)]
pub struct LiveRow {
    /// Who says so.
    pub system: System,
    /// What it is about; [`crate::text::live_subject`] names it.
    pub what: LiveSubject,
    /// What it says; [`crate::text::live_value`] says it.
    pub value: Reading<LiveValue>,
}

/// What a line is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LiveSubject {
    /// The provider.
    Provider {
        /// Its name.
        name: String,
    },
    /// The application.
    Application {
        /// Its slug.
        slug: String,
    },
    /// The application that uses the provider.
    UsedBy,
    /// The key pairs that may sign.
    SigningKeys,
    /// The scope mappings.
    ScopeMappings,
    /// How settings are written.
    Route,
    /// Whether people log in with OAuth.
    OauthLogin,
    /// Whether people log in with a password.
    PasswordLogin,
    /// The issuer.
    Issuer,
    /// The client secret.
    ClientSecret,
    /// Accounts that are linked to nobody.
    StaleLinks,
    /// The release.
    Version,
    /// The name of the machine.
    HostName {
        /// It.
        host: String,
    },
    /// The connection.
    Connection,
    /// The certificate.
    Certificate,
    /// Which product answers.
    Product,
}

impl LiveSubject {
    /// Does something with every text that came from outside.
    pub(super) fn each_text(&mut self, each: Each<'_>) {
        match self {
            Self::Provider { name: text }
            | Self::Application { slug: text }
            | Self::HostName { host: text } => each(text, Line),
            Self::UsedBy
            | Self::SigningKeys
            | Self::ScopeMappings
            | Self::Route
            | Self::OauthLogin
            | Self::PasswordLogin
            | Self::Issuer
            | Self::ClientSecret
            | Self::StaleLinks
            | Self::Version
            | Self::Connection
            | Self::Certificate
            | Self::Product => {}
        }
    }
}

/// What a server says about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LiveValue {
    /// A value as the server gives it.
    Given(String),
    /// Several names.
    Names(Vec<String>),
    /// How many.
    Count(usize),
    /// On or off.
    Switch(bool),
    /// It is not there.
    NotThere,
    /// It is not there, and comes before that.
    NotThereYet,
    /// It is there.
    There {
        /// Its name.
        name: String,
    },
    /// It is there.
    Numbered {
        /// Its number.
        pk: i64,
    },
    /// An application uses it.
    UsedBy {
        /// The slug of the application.
        slug: String,
    },
    /// No application uses it.
    UsedByNone,
    /// Nobody answers yet.
    NoAnswerYet,
    /// A secret, by its fingerprint.
    Secret(String),
    /// There is none.
    Nothing,
    /// Which secret a side holds.
    Holding(Holding),
    /// The addresses of a name.
    Addresses(Vec<IpAddr>),
    /// The address and the port that take a connection.
    Port(SocketAddr),
    /// It is left to a proxy.
    LeftToProxy {
        /// Where that is.
        at: String,
    },
    /// There is none, because the address is not encrypted.
    NotEncrypted,
    /// It is the pinned certificate.
    PinnedCertificate,
    /// The certificate is trusted by this machine's authorities.
    TrustedCertificate {
        /// The file of a further one.
        ca_file: Option<String>,
    },
    /// It is authentik.
    Authentik {
        /// The release, where it tells.
        version: Option<String>,
    },
    /// It is Immich.
    Immich {
        /// The release.
        version: String,
    },
    /// How settings are written.
    Route {
        /// The route.
        route: RouteKind,
        /// Why that one.
        why: RouteReason,
    },
}

impl LiveValue {
    /// Does something with every text that came from outside.
    pub(super) fn each_text(&mut self, each: Each<'_>) {
        match self {
            Self::Given(text)
            | Self::There { name: text }
            | Self::UsedBy { slug: text }
            | Self::Secret(text)
            | Self::LeftToProxy { at: text }
            | Self::Immich { version: text } => each(text, Line),
            Self::Holding(holding) => holding.each_text(each),
            Self::TrustedCertificate { ca_file: text } | Self::Authentik { version: text } => {
                if let Some(text) = text {
                    each(text, Line);
                }
            }
            Self::Names(texts) => {
                for text in texts {
                    each(text, Line);
                }
            }
            Self::Count(_)
            | Self::Switch(_)
            | Self::NotThere
            | Self::NotThereYet
            | Self::Numbered { pk: _ }
            | Self::UsedByNone
            | Self::NoAnswerYet
            | Self::Addresses(_)
            | Self::Port(_)
            | Self::NotEncrypted
            | Self::PinnedCertificate
            | Self::Route { route: _, why: _ }
            | Self::Nothing => {}
        }
    }
}
