//! Immich's OAuth settings as data.

use std::collections::BTreeMap;

use data_encoding::HEXLOWER;
use ring::digest;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    host::FileWarning,
    net::{Fills, Json},
    secret::{GivenSecret, Label, Secret},
    site::{Fault, System},
};

/// The key of the client secret in the oauth block.
pub(super) const CLIENT_SECRET: &str = "clientSecret";

/// Fields of the oauth block, by their keys in Immich.
pub type Fields = Map<String, Value>;

/// What Immich has stored, as a route sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct Stored {
    /// The oauth block without the client secret. A key that is not stored has
    /// its default here.
    pub fields: Fields,
    /// The client secret; `None` when there is none.
    pub client_secret: Option<Secret>,
    /// The keys of the oauth block that are stored, the secret's among them;
    /// `None`: there is no block.
    pub present: Option<Vec<String>>,
    /// In the database: the texts of those that are spelled otherwise than this
    /// program would spell them. One in a row of its own Immich may not be able
    /// to read.
    pub texts: BTreeMap<String, String>,
    /// In a file: how the values stand in it, to the byte, but for the client
    /// secret's.
    pub spelled: BTreeMap<String, String>,
    /// The client secret stands in its row bare, without quotes.
    pub bare_secret: bool,
    /// Whether anything at all is stored: on a fresh server not even the place
    /// for it is there.
    pub is_there: bool,
    /// The digest of all that is stored, ours and everybody else's.
    pub basis: String,
    /// What is to be known of the place before it is written.
    pub place: Place,
}

/// What is to be known of the place where settings are stored before it is
/// written.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Place {
    /// Why it cannot be written.
    pub obstacle: Option<Fault>,
    /// What else there is to know.
    pub warnings: Vec<FileWarning>,
    /// Where the text of now is kept once it is written.
    pub kept: Option<String>,
}

impl Stored {
    /// What a change will add that is not there now: what has to go again, and
    /// not only get its old value, when the change is taken back.
    #[must_use]
    pub fn absent(&self, fields: &Fields, secret: bool) -> Absent {
        let has = |key: &str| self.present.iter().flatten().any(|known| known == key);
        let keys = fields.keys().map(String::as_str).chain(secret.then_some(CLIENT_SECRET));
        let of_fields = |texts: &BTreeMap<String, String>| {
            let mut texts = texts.clone();
            texts.retain(|key, _| fields.contains_key(key));
            texts
        };
        Absent {
            keys: keys.filter(|key| !has(key)).map(str::to_owned).collect(),
            block: self.present.is_none(),
            place: !self.is_there,
            texts: of_fields(&self.texts),
            spelled: of_fields(&self.spelled),
            bare_secret: secret && self.bare_secret,
        }
    }
}

/// What was not there before a change.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Absent {
    /// Keys of the oauth block.
    pub keys: Vec<String>,
    /// The block itself.
    pub block: bool,
    /// The place where settings are stored.
    pub place: bool,
    /// Not absent, but spelled as Immich would not spell it: the texts of rows
    /// before the change, by their keys.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub texts: BTreeMap<String, String>,
    /// The same in a file: how the values stood in it, to the byte.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub spelled: BTreeMap<String, String>,
    /// The client secret was in its row without quotes.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub bare_secret: bool,
}

/// A change of the oauth block. The client secret is carried apart.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SettingsChange {
    /// The fields that change.
    pub fields: Fields,
    /// The client secret that is given, if that changes too.
    pub secret: Option<GivenSecret>,
    /// For a change that takes another one back: what was not there before
    /// that. Where a route stores defaults these keys get them, from `fields`;
    /// elsewhere they go.
    pub absent: Absent,
    /// For the same: the digest of all that was stored before that change. A
    /// route that kept it puts it back to the byte.
    pub verbatim: Option<String>,
}

impl SettingsChange {
    /// A change that sets these fields, and the current client secret if that is
    /// asked for.
    #[must_use]
    pub fn set(fields: Fields, secret: bool) -> Self {
        let secret = secret.then_some(GivenSecret::Kept(Label::ClientSecret));
        Self { fields, secret, ..Self::default() }
    }

    /// A change that gives the client secret that is kept under that label.
    #[must_use]
    pub fn give(label: Label) -> Self {
        Self { secret: Some(GivenSecret::Kept(label)), ..Self::default() }
    }

    /// Whether it takes another change back.
    #[must_use]
    pub const fn takes_back(&self) -> bool {
        self.verbatim.is_some()
    }

    /// The fields with the secret among them, in the order in which they are
    /// sent.
    pub(super) fn json(&self) -> Json {
        let fields = Json::of(&self.fields);
        match self.secret {
            Some(secret) => fields.with(CLIENT_SECRET, secret),
            None => fields,
        }
    }

    /// The fields that are set where keys can go, and those that go.
    pub(super) fn parted(&self) -> (Json, Vec<String>) {
        let mut set = self.json();
        if let Json::Object(fields) = &mut set {
            fields.retain(|(key, _)| !self.absent.keys.contains(key));
        }
        (set, self.absent.keys.clone())
    }

    /// What goes into the holes.
    pub(super) fn fills(&self, secret: Option<&Secret>) -> Fills {
        match (self.secret, secret) {
            (Some(GivenSecret::Kept(label)), Some(secret)) => {
                Fills::default().secret(label, secret)
            }
            _ => Fills::default(),
        }
    }

    /// Fields as they are sent.
    ///
    /// # Errors
    /// When the secret is not at hand.
    pub(super) fn filled(&self, fields: &Json, secret: Option<&Secret>) -> Result<Fields, Fault> {
        match fields.fill(&self.fills(secret)) {
            Ok(Value::Object(fields)) => Ok(fields),
            Ok(_) => Ok(Fields::new()),
            Err(lack) => Err(lack.fault(System::Immich, word!("change Immich's settings"))),
        }
    }
}

/// A name for a stored value: equal values have equal digests.
pub(super) fn digest_of(value: &Value) -> String {
    let text = zeroize::Zeroizing::new(canonical(value).to_string());
    let hash = digest::digest(&digest::SHA256, text.as_bytes());
    HEXLOWER.encode(&hash.as_ref()[..16])
}

/// The same value with its keys in order: databases and servers reorder them.
fn canonical(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut pairs: Vec<_> = map.iter().collect();
            pairs.sort_by_key(|(key, _)| *key);
            pairs.into_iter().map(|(key, value)| (key.clone(), canonical(value))).collect()
        }
        Value::Array(items) => items.iter().map(canonical).collect(),
        other => other.clone(),
    }
}

/// Whether two values are the same but for the fields of a change.
pub(super) fn same_outside(change: &SettingsChange, before: &Value, after: &Value) -> bool {
    let without = |config: &Value| {
        let mut config = config.clone();
        if let Some(oauth) = config.get_mut("oauth").and_then(Value::as_object_mut) {
            oauth.retain(|key, _| !change.fields.contains_key(key) && key != CLIENT_SECRET);
        }
        canonical(&config)
    };
    without(before) == without(after)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_does_not_depend_on_the_order_of_keys() {
        let [one, other] = [r#"{"a":1,"b":{"c":2,"d":3}}"#, r#"{"b":{"d":3,"c":2},"a":1}"#]
            .map(|text| digest_of(&serde_json::from_str(text).unwrap()));
        assert_eq!(one, other);
    }
}
