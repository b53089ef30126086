//! Immich's config file as text: JSON or YAML, changed with its comments and
//! its order kept.

use std::str::FromStr;

use serde::Serialize;
use serde_json::{Map, Value, ser::PrettyFormatter};
use yaml_edit::YamlFile;

use crate::{
    immich::{Fields, answers::fault},
    secret::Secret,
    site::{Fault, FaultKind},
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
        let (tree, is_json) = match serde_json::from_str(text) {
            Ok(tree) => (tree, true),
            Err(_) => (yaml(path, text)?, false),
        };
        // An empty file is an empty document: all settings have defaults.
        let tree = if tree.is_null() { Value::Object(Map::new()) } else { tree };
        if !tree.is_object() {
            return Err(broken(path, "it holds no settings, but something else"));
        }
        Ok(Self { path: path.to_owned(), text: Secret::new(text), tree, is_json })
    }

    /// The oauth block.
    pub(super) fn oauth(&self) -> Option<&Map<String, Value>> {
        self.tree.get("oauth").and_then(Value::as_object)
    }

    /// The file's text with these fields set in the oauth block. It is read
    /// again and compared: everything else in it says what it said.
    pub(super) fn with(&self, fields: &Fields) -> Result<Secret, Fault> {
        let mut wanted = self.tree.clone();
        if let Some(root) = wanted.as_object_mut() {
            let oauth = root.entry("oauth").or_insert_with(|| Value::Object(Map::new()));
            if !oauth.is_object() {
                *oauth = Value::Object(Map::new());
            }
            if let Some(oauth) = oauth.as_object_mut() {
                oauth.extend(fields.clone());
            }
        }
        let text = if self.is_json { self.json(&wanted)? } else { self.yaml(fields)? };
        let again = if self.is_json {
            serde_json::from_str(text.expose()).map_err(|error| broken(&self.path, error))?
        } else {
            yaml(&self.path, text.expose())?
        };
        if again == wanted {
            return Ok(text);
        }
        Err(fault(FaultKind::Refused, format!("change {}", self.path))
            .answered(
                "its layout cannot be changed without touching other settings; nothing was written",
            )
            .remedy("Set the fields that the step shows by hand, then look again."))
    }

    fn json(&self, wanted: &Value) -> Result<Secret, Fault> {
        let indent = indent(self.text.expose());
        let mut out = Vec::new();
        let formatter = PrettyFormatter::with_indent(indent.as_bytes());
        let mut writer = serde_json::Serializer::with_formatter(&mut out, formatter);
        wanted.serialize(&mut writer).map_err(|error| broken(&self.path, error))?;
        if self.text.expose().ends_with('\n') {
            out.push(b'\n');
        }
        String::from_utf8(out).map(Secret::new).map_err(|error| broken(&self.path, error))
    }

    fn yaml(&self, fields: &Fields) -> Result<Secret, Fault> {
        let text = self.text.expose();
        if self.tree.get("oauth").is_none_or(Value::is_null) {
            return Ok(appended(text, fields));
        }
        let file = YamlFile::from_str(text).map_err(|error| broken(&self.path, error))?;
        let oauth = file.documents().next().and_then(|document| document.get_mapping("oauth"));
        let Some(oauth) = oauth else {
            return Err(broken(&self.path, "its oauth block is no list of settings"));
        };
        for (key, value) in fields {
            match value {
                Value::Bool(value) => oauth.set(key.as_str(), *value),
                Value::String(value) => oauth.set(key.as_str(), value.as_str()),
                other => oauth.set(key.as_str(), other.to_string().as_str()),
            }
        }
        Ok(Secret::new(file.to_string()))
    }
}

/// The text with an oauth block after it. Values are written as JSON, which is
/// YAML too, quotes and all.
fn appended(text: &str, fields: &Fields) -> Secret {
    let mut text = text.to_owned();
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    text.push_str("oauth:\n");
    for (key, value) in fields {
        text.push_str(&format!("  {key}: {value}\n"));
    }
    Secret::new(text)
}

/// The blanks that the first indented line begins with.
fn indent(text: &str) -> String {
    let first = text.lines().find(|line| line.starts_with([' ', '\t']));
    let blanks = first.map(|line| line.chars().take_while(|c| c.is_whitespace()).collect());
    blanks.unwrap_or_else(|| "  ".to_owned())
}

fn yaml(path: &str, text: &str) -> Result<Value, Fault> {
    if text.trim().is_empty() {
        return Ok(Value::Null);
    }
    serde_saphyr::from_str(text).map_err(|error| broken(path, error))
}

fn broken(path: &str, error: impl std::fmt::Display) -> Fault {
    // Parsers quote the line that they stumble over, which may hold a secret.
    let said = error.to_string();
    let first = said.lines().next().unwrap_or_default();
    fault(FaultKind::Unexpected, format!("read {path}"))
        .answered(first.chars().take(120).collect::<String>())
        .remedy("Mend the file first: with one that it cannot read, Immich answers nobody.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields() -> Fields {
        [
            ("enabled".to_owned(), Value::Bool(true)),
            ("clientId".to_owned(), "it's \"quoted\": # no comment".into()),
            ("issuerUrl".to_owned(), "https://auth.example.com/application/o/immich/".into()),
        ]
        .into_iter()
        .collect()
    }

    #[test]
    fn yaml_keeps_comments_and_order() {
        let text = "# my Immich\nffmpeg:\n  crf: 20 # small\noauth:\n  # the button\n  buttonText: Login\n  enabled: false\nserver:\n  externalDomain: https://photos.example.com\n";
        let after = Document::parse("immich.yaml", text).unwrap().with(&fields()).unwrap();
        let after = after.expose();
        for line in [
            "# my Immich",
            "  crf: 20 # small",
            "  # the button",
            "  buttonText: Login",
            "  enabled: true",
        ] {
            assert!(after.lines().any(|known| known == line), "{line:?} is not in\n{after}");
        }
        assert!(after.find("ffmpeg").unwrap() < after.find("oauth").unwrap());
        assert!(after.find("oauth").unwrap() < after.find("server").unwrap());
    }

    #[test]
    fn yaml_without_an_oauth_block_gets_one() {
        for text in ["", "# empty\n", "ffmpeg:\n  crf: 20\n"] {
            let after = Document::parse("immich.yaml", text).unwrap().with(&fields()).unwrap();
            let again = Document::parse("immich.yaml", after.expose()).unwrap();
            assert_eq!(again.oauth().unwrap(), &fields(), "{text:?}");
        }
    }

    #[test]
    fn json_keeps_its_order_and_its_indentation() {
        let text = "{\n    \"server\": {\"externalDomain\": \"\"},\n    \"oauth\": {\n        \"buttonText\": \"Login\"\n    },\n    \"ffmpeg\": {}\n}\n";
        let after = Document::parse("immich.json", text).unwrap().with(&fields()).unwrap();
        let after = after.expose();
        assert!(after.contains("\n        \"buttonText\": \"Login\""), "{after}");
        assert!(after.find("server").unwrap() < after.find("oauth").unwrap());
        assert!(after.find("oauth").unwrap() < after.find("ffmpeg").unwrap());
    }

    #[test]
    fn a_broken_file_is_refused_and_not_quoted_at_length() {
        let text = format!("oauth: {{clientSecret: {}", "s".repeat(500));
        let fault = Document::parse("immich.yaml", &text).err().unwrap();
        assert!(fault.answer.len() <= 200);
    }
}
