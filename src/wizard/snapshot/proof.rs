//! What is verified, and what proves it.

use crate::{
    site::{
        Fault,
        harmless::{
            Each,
            Shape::{Line, Lines},
        },
    },
    wizard::{LiveValue, Point, Road},
};

/// Something that was verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// What; [`crate::text::claim`] says it.
    pub what: Claim,
    /// The evidence, or why it does not hold.
    pub outcome: Result<Evidence, Fault>,
    /// The place on the map that it lights.
    pub on: Option<(Road, Point)>,
}

/// What is to be so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    /// In words.
    Text(String),
}

impl Claim {
    /// Does something with every text that came from outside.
    pub(super) fn each_text(&mut self, each: Each<'_>) {
        match self {
            Self::Text(text) => each(text, Line),
        }
    }
}

impl<T: Into<String>> From<T> for Claim {
    fn from(text: T) -> Self {
        Self::Text(text.into())
    }
}

/// What proves it; [`crate::text::evidence`] says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Evidence {
    /// In words.
    Text(String),
}

impl Evidence {
    /// Does something with every text that came from outside.
    pub(super) fn each_text(&mut self, each: Each<'_>) {
        match self {
            Self::Text(text) => each(text, Lines),
        }
    }
}

impl<T: Into<String>> From<T> for Evidence {
    fn from(text: T) -> Self {
        Self::Text(text.into())
    }
}

/// What a light on the map stands for; [`crate::text::sign`] says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sign {
    /// In words.
    Text(String),
    /// What a look at a server found.
    Live(LiveValue),
    /// Proofs that hold.
    Proved {
        /// What the first is about.
        claim: Claim,
        /// What proves it.
        evidence: Evidence,
        /// What the others are about.
        also: Vec<Claim>,
    },
}

impl Sign {
    /// Does something with every text that came from outside.
    pub(super) fn each_text(&mut self, each: Each<'_>) {
        match self {
            Self::Text(text) => each(text, Line),
            Self::Live(value) => value.each_text(each),
            Self::Proved { claim, evidence, also } => {
                claim.each_text(each);
                evidence.each_text(each);
                for claim in also {
                    claim.each_text(each);
                }
            }
        }
    }
}

impl<T: Into<String>> From<T> for Sign {
    fn from(text: T) -> Self {
        Self::Text(text.into())
    }
}
