//! Immich's config file as text: JSON or YAML, changed with its comments and
//! its order kept.

mod spelled;

use std::{collections::BTreeMap, str::FromStr};

use serde_json::{Map, Value};
use serde_saphyr::options::NonFiniteFloatPolicy;
use yaml_edit::{Mapping, ScalarStyle, ScalarValue, YamlFile, YamlNode};

use super::{
    error::RouteError,
    splice::{self, Edit, SpliceError, may_stand, printable},
};
use crate::{
    immich::{Absent, Fields, settings::CLIENT_SECRET},
    secret::{Known, Secret, names_secret},
    site::Fault,
};

/// A config file that was read.
pub(super) struct Document {
    path: String,
    text: Secret,
    tree: Value,
    is_json: bool,
}

impl Document {
    /// Reads a config file. Immich has one YAML parser for both formats; what
    /// is JSON stays JSON.
    pub(super) fn parse(path: &str, text: &str) -> Result<Self, Fault> {
        let (tree, is_json) = match splice::read(text) {
            Ok(tree) => (tree, true),
            Err(SpliceError::Syntax { .. } | SpliceError::NotAnObject { .. }) => {
                (yaml(path, text)?, false)
            }
            Err(refused) => return Err(broken(path, &RouteError::Json(refused))),
        };
        // An empty file is an empty document: all settings have defaults.
        let tree = if tree.is_null() { Value::Object(Map::new()) } else { tree };
        if !tree.is_object() {
            return Err(broken(path, &RouteError::NoSettings));
        }
        Ok(Self { path: path.to_owned(), text: Secret::new(text), tree, is_json })
    }

    /// The oauth block.
    pub(super) fn oauth(&self) -> Option<&Map<String, Value>> {
        self.tree.get("oauth").and_then(Value::as_object)
    }

    /// Whether this says what `before` said, but for these keys of the oauth
    /// block.
    pub(super) fn is_changed_only_in<'a>(
        &self,
        before: &Self,
        keys: impl Iterator<Item = &'a String>,
    ) -> bool {
        let keys: Vec<&String> = keys.collect();
        let without = |tree: &Value| {
            let mut tree = tree.clone();
            if let Some(root) = tree.as_object_mut() {
                let left = root.get_mut("oauth").and_then(Value::as_object_mut).map(|oauth| {
                    for key in &keys {
                        oauth.remove(*key);
                    }
                    oauth.len()
                });
                if left.is_none_or(|left| left == 0) {
                    root.remove("oauth");
                }
            }
            tree
        };
        without(&self.tree) == without(&before.tree)
    }

    /// Whether this says what `before` said, but for the oauth block.
    pub(super) fn is_changed_only_in_block(&self, before: &Self) -> bool {
        let keys = |document: &Self| {
            document.oauth().into_iter().flat_map(Map::keys).cloned().collect::<Vec<_>>()
        };
        let (ours, theirs) = (keys(self), keys(before));
        self.is_changed_only_in(before, ours.iter().chain(&theirs))
    }

    /// How the values of the oauth block stand in the file, to the byte. The
    /// client secret is not among them.
    pub(super) fn spelled(&self) -> BTreeMap<String, String> {
        let mut all = if self.is_json {
            spelled::in_json(self.text.expose())
        } else {
            spelled::in_yaml(self.text.expose())
        };
        all.retain(|key, _| key != CLIENT_SECRET);
        all
    }

    /// The file's text with these fields set in the oauth block and those keys
    /// gone; the whole block, if it is `absent` and nothing is left. What is put
    /// back stands as it stood, if it still says the same. It is read again and
    /// compared: everything else in it says what it said.
    pub(super) fn with(
        &self,
        fields: &Fields,
        gone: &[String],
        absent: &Absent,
    ) -> Result<Secret, Fault> {
        let mut wanted = self.tree.clone();
        if let Some(root) = wanted.as_object_mut() {
            let oauth = root.entry("oauth").or_insert_with(|| Value::Object(Map::new()));
            if !oauth.is_object() {
                *oauth = Value::Object(Map::new());
            }
            if let Some(oauth) = oauth.as_object_mut() {
                oauth.extend(fields.clone());
                oauth.retain(|key, _| !gone.contains(key));
                if oauth.is_empty() && absent.block {
                    root.shift_remove("oauth");
                }
            }
        }
        let goes = wanted.get("oauth").is_none();
        let candidates = if self.is_json {
            vec![self.json(fields, gone, goes)?]
        } else {
            self.yaml(fields, gone, goes)
        };
        let says_so = |text: &str| {
            let again =
                if self.is_json { splice::read(text).ok() } else { yaml(&self.path, text).ok() };
            again.as_ref() == Some(&wanted)
        };
        let respelled = |text: &String| {
            if self.is_json {
                spelled::back_in_json(text, &absent.spelled)
            } else {
                spelled::back_in_yaml(text, &absent.spelled)
            }
        };
        let exact: Vec<String> = candidates.iter().filter_map(respelled).collect();
        let mut candidates = exact.into_iter().chain(candidates);
        let text = candidates.find(|text| says_so(text) && is_printable(text));
        text.map(Secret::new)
            .ok_or_else(|| Fault::of(&RouteError::Layout, say!("change {path}", path = self.path)))
    }

    fn json(&self, fields: &Fields, gone: &[String], goes: bool) -> Result<String, Fault> {
        let set: Vec<_> = fields.iter().map(|(key, value)| (["oauth", key], value)).collect();
        let gone: Vec<_> = gone.iter().map(|key| ["oauth", key.as_str()]).collect();
        let mut edits: Vec<_> = set.iter().map(|(path, value)| Edit::set(path, value)).collect();
        edits.extend(gone.iter().map(|path| Edit::remove(path)));
        if goes {
            edits = vec![Edit::remove(&["oauth"])];
        }
        let text = splice::splice(self.text.expose(), &edits);
        text.map(|text| text.to_string())
            .map_err(|refused| broken(&self.path, &RouteError::Json(refused)))
    }

    /// Texts that may say what is wanted, the most natural first. Which of them
    /// do shows when they are read again.
    fn yaml(&self, fields: &Fields, gone: &[String], goes: bool) -> Vec<String> {
        let text = self.text.expose();
        match self.tree.get("oauth") {
            Some(_) if goes => without_block(text).into_iter().collect(),
            None => vec![appended(text, fields), in_braces(text, fields)],
            Some(Value::Null) => filled(text, fields).into_iter().collect(),
            Some(_) => {
                let ways = [true, false].into_iter();
                ways.filter_map(|quoted| edited(text, fields, gone, quoted)).collect()
            }
        }
    }
}

/// The text without its oauth block.
fn without_block(text: &str) -> Option<String> {
    let file = YamlFile::from_str(text).ok()?;
    file.documents().next()?.as_mapping()?.remove("oauth")?;
    Some(file.to_string())
}

/// A text that takes the place of another, between quotes where that one was.
fn in_place(oauth: &Mapping, key: &str, value: &str) -> ScalarValue {
    let before = match oauth.get(key) {
        Some(YamlNode::Scalar(before)) => ScalarValue::from_scalar(&before).style(),
        _ => ScalarStyle::Plain,
    };
    match before {
        ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => {
            ScalarValue::with_style(value, before)
        }
        _ => ScalarValue::string(value),
    }
}

/// The text with these fields set in its oauth block, and those keys gone. What
/// was quoted stays so, if it is to be; not every value can stand in all quotes.
fn edited(text: &str, fields: &Fields, gone: &[String], quoted: bool) -> Option<String> {
    let file = YamlFile::from_str(text).ok()?;
    let oauth = file.documents().next()?.get_mapping("oauth")?;
    for (key, value) in fields {
        match value {
            Value::Bool(value) => oauth.set(key.as_str(), *value),
            Value::String(value) if quoted => oauth.set(key.as_str(), in_place(&oauth, key, value)),
            Value::String(value) => oauth.set(key.as_str(), value.as_str()),
            other => oauth.set(key.as_str(), other.to_string().as_str()),
        }
    }
    for key in gone {
        oauth.remove(key.as_str());
    }
    Some(file.to_string())
}

/// The text with an oauth block after it, or before the line that ends the
/// document.
fn appended(text: &str, fields: &Fields) -> String {
    let end = text.rfind("\n...").map_or(text.len(), |at| at + 1);
    let (before, after) = text.split_at(end);
    let gap = if before.is_empty() || before.ends_with('\n') { "" } else { "\n" };
    format!("{before}{gap}oauth:\n{}{after}", lines(fields))
}

/// The text with an oauth block in front of all others, where braces hold them.
fn in_braces(text: &str, fields: &Fields) -> String {
    let block = printable(&Value::Object(fields.clone()).to_string());
    text.replacen('{', &format!("{{\"oauth\": {block}, "), 1)
}

/// The text with the fields below its empty `oauth:`.
fn filled(text: &str, fields: &Fields) -> Option<String> {
    let (mut out, mut found) = (String::with_capacity(text.len()), false);
    for line in text.split_inclusive('\n') {
        let key = ["oauth:", "\"oauth\":", "'oauth':"].iter().find(|key| line.starts_with(**key));
        let Some(key) = key.filter(|_| !found) else {
            out.push_str(line);
            continue;
        };
        found = true;
        let comment = line.find(" #").map_or("", |at| line[at..].trim_end());
        out.push_str(&format!("{key}{comment}\n{}", lines(fields)));
    }
    found.then_some(out)
}

/// The fields as lines of a block. Values are written as JSON, which is YAML
/// too, quotes and all.
fn lines(fields: &Fields) -> String {
    fields
        .iter()
        .map(|(key, value)| format!("  {key}: {}\n", printable(&value.to_string())))
        .collect()
}

/// Whether Immich's parser takes the text: it refuses what is not printable
/// even between quotes. See <https://yaml.org/spec/1.2.2/#51-character-set>.
fn is_printable(text: &str) -> bool {
    text.strip_prefix('\u{feff}').unwrap_or(text).chars().all(may_stand)
}

fn yaml(path: &str, text: &str) -> Result<Value, Fault> {
    if text.trim().is_empty() {
        return Ok(Value::Null);
    }
    // A number that no number type holds is somebody else's, and stays.
    let options =
        serde_saphyr::options! { non_finite_float_policy: NonFiniteFloatPolicy::AsString };
    serde_saphyr::from_str_with_options(text, options).map_err(|error| {
        // Parsers quote what they stumble over, which may be a secret.
        let said = error.to_string();
        let said = searched(text).words(said.lines().next().unwrap_or_default());
        broken(path, &RouteError::Yaml(said))
    })
}

/// What stands in a file that cannot be read: long pieces of it, and what is
/// under the name of a secret.
fn searched(text: &str) -> Known {
    let known = Known::default();
    known.learn_document(text);
    for (name, value) in text.lines().filter_map(|line| line.split_once(':')) {
        if names_secret(name) {
            known.learn_text(value.trim().trim_matches(['"', '\'', ',']));
        }
    }
    known
}

fn broken(path: &str, error: &RouteError) -> Fault {
    Fault::of(error, say!("read {path}", path))
}

#[cfg(test)]
mod tests;
