//! What came of effects that were done.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    authentik::MadeNote,
    site::{
        Fault,
        harmless::{Each, Shape::Line},
    },
};

/// What came of an effect that was done; [`crate::text::done_note`] says it. The
/// journal keeps it as it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum DoneNote {
    /// A secret is kept.
    Kept {
        /// Its fingerprint, where the effect did not name it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        fingerprint: Option<String>,
    },
    /// A secret is kept as the pending one.
    KeptPending {
        /// Its fingerprint, where the effect did not name it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        fingerprint: Option<String>,
    },
    /// A secret is the current one.
    MadeCurrent {
        /// Its fingerprint.
        fingerprint: String,
    },
    /// Something in the secret store is forgotten.
    Forgotten,
    /// What was to be forgotten was gone already.
    WasGone,
    /// The provider was created.
    ProviderMade {
        /// Its number.
        number: i64,
    },
    /// The application was created.
    ApplicationMade {
        /// Its slug.
        slug: String,
    },
    /// An object was changed, and read back.
    Changed,
    /// Settings were written, and read back.
    Written {
        /// Where the old text is kept.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        copy: Option<String>,
    },
    /// Immich answers again.
    Answers {
        /// After how many seconds.
        seconds: u64,
    },
    /// An object that a token needs is there.
    PartMade {
        /// Whether it was there before, and was changed.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        was_there: bool,
        /// What did not go as planned.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        notes: Vec<MadeNote>,
    },
    /// An API token was made in authentik.
    TokenMade {
        /// Its identifier.
        identifier: String,
        /// The user whose it is.
        owner: String,
        /// When it ends, if it does.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ends: Option<Timestamp>,
        /// What did not go as planned.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        notes: Vec<MadeNote>,
    },
    /// An API key was made in Immich.
    KeyMade {
        /// Its name.
        name: String,
        /// The permissions that Immich refused.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        without: Vec<String>,
    },
    /// What an effect changed was set back, and read back.
    SetBack {
        /// Whether all was seen to be as before the effect.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        exact: bool,
        /// Why a copy of the old text may be left.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        copy_left: Option<Box<Fault>>,
    },
    /// What an effect made was deleted.
    Deleted,
    /// One side has the secret.
    HasSecret {
        /// Its fingerprint.
        fingerprint: String,
    },
    /// One side has the secret again that it had before.
    HasSecretAgain {
        /// Its fingerprint.
        fingerprint: String,
    },
    /// Tokens were revoked.
    Revoked {
        /// How many access tokens.
        access: usize,
        /// How many refresh tokens.
        refresh: usize,
    },
    /// How it ended was not known, and the next look found it done.
    FoundDone,
    /// How it ended was not known, and the next look found it in Immich.
    FoundInImmich,
    /// The same for a part of a rotation.
    SeenDone,
    /// There was nothing to do.
    Nothing,
    /// The words that an earlier release wrote.
    #[serde(untagged)]
    Words(String),
}

impl DoneNote {
    /// Does something with every text that came from outside.
    pub(super) fn each_text(&mut self, each: Each<'_>) {
        match self {
            Self::Kept { fingerprint: _ }
            | Self::KeptPending { fingerprint: _ }
            | Self::MadeCurrent { fingerprint: _ }
            | Self::Forgotten
            | Self::WasGone
            | Self::ProviderMade { number: _ }
            | Self::Changed
            | Self::Written { copy: None }
            | Self::Answers { seconds: _ }
            | Self::SetBack { exact: _, copy_left: None }
            | Self::Deleted
            | Self::HasSecret { fingerprint: _ }
            | Self::HasSecretAgain { fingerprint: _ }
            | Self::Revoked { access: _, refresh: _ }
            | Self::FoundDone
            | Self::FoundInImmich
            | Self::SeenDone
            | Self::Nothing => {}
            Self::ApplicationMade { slug: text }
            | Self::Written { copy: Some(text) }
            | Self::Words(text) => each(text, Line),
            Self::PartMade { was_there: _, notes } => {
                for note in notes {
                    note.each_text(each);
                }
            }
            Self::TokenMade { identifier, owner, ends: _, notes } => {
                each(identifier, Line);
                each(owner, Line);
                for note in notes {
                    note.each_text(each);
                }
            }
            Self::KeyMade { name, without } => {
                each(name, Line);
                for permission in without {
                    each(permission, Line);
                }
            }
            Self::SetBack { exact: _, copy_left: Some(fault) } => fault.each_text(each),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn notes_are_kept_by_kind_and_old_words_as_they_were() {
        let kept = DoneNote::Kept { fingerprint: Some("0000000a".into()) };
        let written = json!({"kind": "kept", "fingerprint": "0000000a"});
        assert_eq!(serde_json::to_value(&kept).unwrap(), written);
        assert_eq!(serde_json::from_value::<DoneNote>(written).unwrap(), kept);
        let words = DoneNote::Words("kept, fingerprint 0000000a".into());
        let written = json!("kept, fingerprint 0000000a");
        assert_eq!(serde_json::to_value(&words).unwrap(), written);
        assert_eq!(serde_json::from_value::<DoneNote>(written).unwrap(), words);
        // One of a later release is none that can be said.
        assert!(serde_json::from_value::<DoneNote>(json!({"kind": "later"})).is_err());
    }
}
