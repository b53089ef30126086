//! What came of an effect, as the journal keeps it.

use serde::Serialize;
use serde_json::{Value, json};

use super::{DoneNote, Outcome};

/// What came of an effect, as the journal keeps it.
#[derive(Debug, Serialize)]
pub(in crate::wizard) struct Done {
    /// What is to be told.
    pub(in crate::wizard) said: DoneNote,
    /// The primary key of what was made, if something was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::wizard) made: Option<Value>,
    /// The fingerprint of the token or key that was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::wizard) key: Option<String>,
    /// For what undoes another effect: whether all was seen to be as before it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(in crate::wizard) exact: bool,
}

impl Done {
    /// How the effect ended, for the journal.
    pub(in crate::wizard) fn outcome(&self) -> Outcome {
        Outcome::Done { evidence: json!(self) }
    }
}

impl From<DoneNote> for Done {
    fn from(said: DoneNote) -> Self {
        Self { said, made: None, key: None, exact: false }
    }
}
