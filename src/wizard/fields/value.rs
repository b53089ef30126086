//! The values that fields can have.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::site::{
    ProfileKey, SigningAlgorithm,
    harmless::{Each, Shape::Lines},
};

/// The stages of a client secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Staged {
    /// In use, and kept as such.
    Current,
    /// Made, and about to be used.
    Pending,
    /// In use before the current one.
    Previous,
}

impl Staged {
    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Current => word!("current"),
            Self::Pending => word!("pending"),
            Self::Previous => word!("previous"),
        }
    }
}

/// A secret that a side holds, by its fingerprint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holding {
    /// The fingerprint; `None`: it holds no secret.
    pub fingerprint: Option<String>,
    /// Which of ours that is; `None`: none of them.
    pub which: Option<Staged>,
}

impl Holding {
    /// Does something with every text that came from outside.
    pub(in crate::wizard) fn each_text(&mut self, each: Each<'_>) {
        let Self { fingerprint, which: _ } = self;
        if let Some(text) = fingerprint {
            each(text, Lines);
        }
    }
}

/// As a noun phrase, which errors need: "2f91ab04 (pending)".
impl fmt::Display for Holding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&match (&self.fingerprint, self.which) {
            (None, _) => say!("no secret"),
            (Some(print), Some(which)) => say!("{print} ({which})", print, which = which.name()),
            (Some(print), None) => say!("{print} (not one of ours)", print),
        })
    }
}

/// A value of a field. What it means is known by its kind, never by the words
/// that it is shown as.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind", content = "value")]
pub enum FieldValue {
    /// The object lacks it, or it is null.
    NotSet,
    /// A text without characters.
    Empty,
    /// There is none where there could be one.
    Nothing,
    /// There is one, whichever.
    Set,
    /// Yes or no.
    Flag(bool),
    /// A text as it is stored.
    Text(String),
    /// Several values.
    List(Vec<FieldValue>),
    /// Several texts, each of its own line.
    Lines(Vec<String>),
    /// Several names.
    Names(Vec<String>),
    /// Scope mappings.
    Mappings {
        /// The scopes of those that the profile asks for.
        scopes: Vec<String>,
        /// How many others there are.
        others: usize,
    },
    /// The key pair that signs, and with which algorithm.
    Signing {
        /// The key pair; `None`: none.
        key_pair: Option<String>,
        /// The algorithm.
        algorithm: SigningAlgorithm,
    },
    /// A value that is stored as something else, as JSON.
    Json(String),
    /// A stored text that Immich cannot read.
    Unreadable(String),
    /// The number of an object.
    Number(i64),
    /// A secret, by its fingerprint.
    Secret(String),
    /// A secret of a rotation, by its fingerprint.
    StagedSecret {
        /// The fingerprint.
        fingerprint: String,
        /// Where it is kept, or is to be.
        stage: Staged,
    },
    /// The fingerprint of a secret alone.
    Fingerprint(String),
    /// The secret that the secret store holds.
    KeptSecret,
    /// A secret that is still to be made.
    SecretToMake,
    /// The new secret, which is not made yet.
    SecretToCome,
    /// There is none yet.
    NoneYet,
    /// What a side holds.
    Holding(Holding),
    /// The object is not there.
    NotThere,
    /// The object is there.
    There,
    /// An account that is not linked.
    NotLinked,
    /// An account that is linked to that subject.
    LinkedTo(String),
    /// An account that is linked to a subject that authentik gives nobody.
    LinkedToNobody,
    /// An account that is not linked until its owner logs in.
    NotLinkedUntilLogin,
    /// An account that is left because nobody in authentik has its address.
    LeftAsItIs,
}

impl FieldValue {
    /// A value as a server stores it.
    pub(in crate::wizard) fn of(value: &Value) -> Self {
        match value {
            Value::Null => Self::NotSet,
            Value::Bool(flag) => Self::Flag(*flag),
            Value::String(text) => Self::text(text),
            Value::Array(items) => Self::List(items.iter().map(Self::of).collect()),
            other => Self::Json(other.to_string()),
        }
    }

    /// A text as a server stores it.
    pub(in crate::wizard) fn text(text: &str) -> Self {
        if text.is_empty() { Self::Empty } else { Self::Text(text.to_owned()) }
    }

    /// A secret by its fingerprint; an empty one is none.
    pub(in crate::wizard) fn secret(fingerprint: &str) -> Self {
        if fingerprint.is_empty() { Self::Nothing } else { Self::Secret(fingerprint.to_owned()) }
    }

    /// The value as the profile says it, where it can.
    pub(in crate::wizard) fn for_profile(&self, key: ProfileKey) -> Option<String> {
        match self {
            Self::Text(text) => key.typed(&text.as_str().into()),
            Self::Flag(flag) => key.typed(&(*flag).into()),
            Self::Empty => key.typed(&"".into()),
            _ => None,
        }
    }
}

impl FieldValue {
    /// Does something with every text that came from outside.
    pub(in crate::wizard) fn each_text(&mut self, each: Each<'_>) {
        match self {
            Self::Text(text)
            | Self::Json(text)
            | Self::Unreadable(text)
            | Self::Secret(text)
            | Self::Fingerprint(text)
            | Self::StagedSecret { fingerprint: text, stage: _ }
            | Self::LinkedTo(text) => each(text, Lines),
            Self::List(values) => {
                for value in values {
                    value.each_text(each);
                }
            }
            Self::Lines(texts)
            | Self::Names(texts)
            | Self::Mappings { scopes: texts, others: _ } => {
                for text in texts {
                    each(text, Lines);
                }
            }
            Self::Signing { key_pair, algorithm: _ } => {
                if let Some(text) = key_pair {
                    each(text, Lines);
                }
            }
            Self::Holding(holding) => holding.each_text(each),
            Self::NotSet
            | Self::Empty
            | Self::Nothing
            | Self::Set
            | Self::Flag(_)
            | Self::Number(_)
            | Self::KeptSecret
            | Self::SecretToMake
            | Self::SecretToCome
            | Self::NoneYet
            | Self::NotThere
            | Self::There
            | Self::NotLinked
            | Self::LinkedToNobody
            | Self::NotLinkedUntilLogin
            | Self::LeftAsItIs => {}
        }
    }
}
