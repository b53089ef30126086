//! What to know about a site when a run begins on it.

use std::fmt;

use super::rotation::fault;
use crate::{
    immich::RouteKind,
    site::{
        Fault, ProfileKey, System,
        harmless::{Each, Shape::Line},
    },
};

/// Something to know about a site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OpeningNote {
    /// The address of a server is another one than last time.
    AnotherAddress {
        /// The server.
        system: System,
        /// The address last time.
        then: String,
        /// The address now.
        now: String,
    },
    /// The release of a server is another one than last time.
    AnotherRelease {
        /// The server.
        system: System,
        /// The release last time.
        then: String,
        /// The release now; may be empty.
        now: String,
    },
    /// Immich's settings are written by another route than last time.
    AnotherRoute {
        /// The route last time.
        then: RouteKind,
        /// The route now.
        now: RouteKind,
    },
    /// authentik has no provider any more.
    ProviderGone {
        /// Its number.
        number: i64,
    },
    /// authentik has another provider than last time.
    AnotherProvider {
        /// The number last time.
        then: i64,
        /// The number now.
        now: i64,
    },
    /// authentik has no application any more.
    ApplicationGone {
        /// Its slug.
        slug: String,
    },
    /// authentik signs with another key than last time.
    AnotherSigningKey,
    /// Immich has no settings any more.
    SettingsGone,
    /// A server holds a client secret that was in use before.
    OlderSecret {
        /// The server.
        system: System,
        /// The fingerprint of what it holds.
        held: String,
        /// The fingerprint of the present one.
        ours: String,
    },
    /// A server holds a client secret that is not ours.
    ForeignSecret {
        /// The server.
        system: System,
        /// The fingerprint of what it holds.
        held: String,
        /// The fingerprint of ours.
        ours: String,
    },
    /// Something keeps a step from going on.
    Blocked(Fault),
    /// A value that the profile would get.
    Value {
        /// Which.
        key: ProfileKey,
        /// The value.
        value: String,
    },
    /// The site was set up without this program.
    HandMade(HandMade),
}

/// A site that somebody set up without this program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HandMade {
    /// Whether Immich logs in through authentik already.
    pub logs_in: bool,
    /// The values that are others than the profile's.
    pub values: Vec<(ProfileKey, String)>,
}

/// In a sentence, which an error needs.
impl fmt::Display for HandMade {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { logs_in, values } = self;
        let values: Vec<_> =
            values.iter().map(|(key, value)| format!("{}: {value}", key.name())).collect();
        let there = if *logs_in {
            say!("Immich logs in through this authentik already, set up without this program")
        } else {
            say!("authentik has a provider for Immich already, set up without this program")
        };
        f.write_str(&if values.is_empty() {
            say!("{there}.", there)
        } else {
            let values = values.join("; ");
            say!("{there}, with other values than the profile ({values}).", there, values)
        })
    }
}

impl OpeningNote {
    /// Does something with every text that came from outside.
    pub(in crate::wizard::snapshot) fn each_text(&mut self, each: Each<'_>) {
        match self {
            Self::AnotherAddress { system: _, then: one, now: other }
            | Self::AnotherRelease { system: _, then: one, now: other }
            | Self::OlderSecret { system: _, held: one, ours: other }
            | Self::ForeignSecret { system: _, held: one, ours: other } => {
                each(one, Line);
                each(other, Line);
            }
            Self::ApplicationGone { slug: text } | Self::Value { key: _, value: text } => {
                each(text, Line);
            }
            Self::Blocked(why) => fault(why, each),
            Self::HandMade(HandMade { logs_in: _, values }) => {
                for (_, text) in values {
                    each(text, Line);
                }
            }
            Self::AnotherRoute { then: _, now: _ }
            | Self::ProviderGone { number: _ }
            | Self::AnotherProvider { then: _, now: _ }
            | Self::AnotherSigningKey
            | Self::SettingsGone => {}
        }
    }
}
