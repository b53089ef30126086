//! What would let a step that is blocked go on.

use crate::site::{
    ProfileKey, SigningAlgorithm,
    harmless::{Each, Shape::Line},
};

/// What would let a step go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Offered {
    /// The algorithm of a key pair that is there.
    SignWith {
        /// The algorithm.
        algorithm: SigningAlgorithm,
        /// The key pair.
        key_pair: String,
    },
    /// A flow that is there.
    Flow {
        /// Which value of the profile names it.
        key: ProfileKey,
        /// The slug of the flow.
        slug: String,
    },
    /// The provider of this name is ours.
    ProviderNamed {
        /// Its number.
        pk: i64,
        /// Its name.
        name: String,
    },
    /// The provider with this client id is ours.
    ProviderWithClientId {
        /// Its number.
        pk: i64,
        /// Its client id.
        client_id: String,
    },
    /// The application of this slug is ours.
    ApplicationIsOurs {
        /// The slug.
        slug: String,
    },
    /// The provider is taken from another application.
    TakeProviderFrom {
        /// The slug of the other application.
        other: String,
        /// The slug of ours.
        ours: String,
    },
}

impl Offered {
    pub(super) fn each_text(&mut self, each: Each<'_>) {
        match self {
            Self::SignWith { algorithm: _, key_pair: text }
            | Self::Flow { key: _, slug: text }
            | Self::ProviderNamed { pk: _, name: text }
            | Self::ProviderWithClientId { pk: _, client_id: text }
            | Self::ApplicationIsOurs { slug: text } => each(text, Line),
            Self::TakeProviderFrom { other, ours } => {
                each(other, Line);
                each(ours, Line);
            }
        }
    }
}
