//! The places where a profile keeps its values, and how each is typed.

use serde_json::Value;

use super::{EditError, Profile, SigningAlgorithm, TokenAuthMethod};

/// What is typed for a text that is there and empty; cards show it so, too.
const EMPTY: &str = "empty";

/// A place in a profile.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slot {
    at: fn(&mut Profile) -> &mut dyn Typed,
    spelling: Spelling,
}

/// How a value is spelled beside what its type says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Spelling {
    /// As it is.
    Plain,
    /// In words, with one blank between two.
    Words,
    /// The empty text says something else than none: `empty` is typed for it.
    OrEmpty,
}

impl Slot {
    /// A value that is spelled as it is.
    pub(super) const fn plain(at: fn(&mut Profile) -> &mut dyn Typed) -> Self {
        Self { at, spelling: Spelling::Plain }
    }

    /// Words with one blank between two.
    pub(super) const fn words(at: fn(&mut Profile) -> &mut dyn Typed) -> Self {
        Self { at, spelling: Spelling::Words }
    }

    /// A text that may be left out, and that may be empty.
    pub(super) const fn or_empty(at: fn(&mut Profile) -> &mut dyn Typed) -> Self {
        Self { at, spelling: Spelling::OrEmpty }
    }

    /// The value, as it is typed; empty where it is left out.
    pub(super) fn get(self, profile: &Profile) -> String {
        let mut profile = profile.clone();
        let value = (self.at)(&mut profile);
        match value.json() {
            Some(json) if self.spelling == Spelling::OrEmpty && json == "" => EMPTY.into(),
            _ => value.get(),
        }
    }

    /// Puts what was typed into the profile.
    pub(super) fn set(self, profile: &mut Profile, text: &str) -> Result<(), EditError> {
        let value = (self.at)(profile);
        match self.spelling {
            Spelling::OrEmpty if text == EMPTY => {
                value.set_empty();
                Ok(())
            }
            Spelling::Words => value.set(&text.split_whitespace().collect::<Vec<_>>().join(" ")),
            Spelling::Plain | Spelling::OrEmpty => value.set(text),
        }
    }

    /// The value as a server stores it; `None` where it is left out.
    pub(super) fn json(self, profile: &Profile) -> Option<Value> {
        (self.at)(&mut profile.clone()).json()
    }

    /// The texts in it that somebody wrote, to be checked.
    pub(super) fn texts(self, profile: &Profile) -> Vec<String> {
        let mut texts = (self.at)(&mut profile.clone()).texts();
        texts.retain(|text| self.spelling != Spelling::OrEmpty || !text.is_empty());
        texts
    }

    /// Whether the value may be left out.
    pub(super) fn may_be_left_out(self) -> bool {
        (self.at)(&mut Profile::default()).may_be_left_out()
    }

    /// A value of a server as it is typed here. `None`: this cannot have it.
    pub(super) fn typed(self, value: &Value) -> Option<String> {
        match value {
            Value::String(text) if text.is_empty() => {
                (self.spelling == Spelling::OrEmpty).then(|| EMPTY.into())
            }
            other => (self.at)(&mut Profile::default()).typed(other),
        }
    }
}

/// A value that can be typed.
pub(super) trait Typed {
    /// As it is typed; empty where it is left out.
    fn get(&self) -> String;

    /// Takes what was typed.
    fn set(&mut self, text: &str) -> Result<(), EditError>;

    /// Takes the empty text, where that is something else than none.
    fn set_empty(&mut self) {}

    /// As a server stores it; `None` where it is left out.
    fn json(&self) -> Option<Value>;

    /// The texts in it that somebody wrote.
    fn texts(&self) -> Vec<String> {
        Vec::new()
    }

    /// Whether it may be left out.
    fn may_be_left_out(&self) -> bool {
        false
    }

    /// A value of a server as it is typed for this. `None`: this cannot have it.
    fn typed(&self, value: &Value) -> Option<String> {
        value.as_str().map(str::to_owned)
    }
}

impl Typed for String {
    fn get(&self) -> String {
        self.clone()
    }

    fn set(&mut self, text: &str) -> Result<(), EditError> {
        text.clone_into(self);
        Ok(())
    }

    fn json(&self) -> Option<Value> {
        Some(self.as_str().into())
    }

    fn texts(&self) -> Vec<String> {
        vec![self.clone()]
    }
}

impl Typed for Option<String> {
    fn get(&self) -> String {
        self.clone().unwrap_or_default()
    }

    fn set(&mut self, text: &str) -> Result<(), EditError> {
        *self = (!text.is_empty()).then(|| text.to_owned());
        Ok(())
    }

    fn set_empty(&mut self) {
        *self = Some(String::new());
    }

    fn json(&self) -> Option<Value> {
        self.as_deref().map(Value::from)
    }

    fn texts(&self) -> Vec<String> {
        self.iter().cloned().collect()
    }

    fn may_be_left_out(&self) -> bool {
        true
    }
}

impl Typed for Vec<String> {
    fn get(&self) -> String {
        self.join(" ")
    }

    fn set(&mut self, text: &str) -> Result<(), EditError> {
        *self = text.split_whitespace().map(str::to_owned).collect();
        Ok(())
    }

    fn json(&self) -> Option<Value> {
        Some(self.as_slice().into())
    }

    fn texts(&self) -> Vec<String> {
        self.clone()
    }
}

impl Typed for bool {
    fn get(&self) -> String {
        yes_or_no(*self).into()
    }

    fn set(&mut self, text: &str) -> Result<(), EditError> {
        *self = flag(text)?;
        Ok(())
    }

    fn json(&self) -> Option<Value> {
        Some((*self).into())
    }

    fn typed(&self, value: &Value) -> Option<String> {
        value.as_bool().map(|flag| yes_or_no(flag).into())
    }
}

impl Typed for Option<bool> {
    fn get(&self) -> String {
        self.map(yes_or_no).unwrap_or_default().into()
    }

    fn set(&mut self, text: &str) -> Result<(), EditError> {
        *self = if text.is_empty() { None } else { Some(flag(text)?) };
        Ok(())
    }

    fn json(&self) -> Option<Value> {
        self.map(Value::from)
    }

    fn may_be_left_out(&self) -> bool {
        true
    }

    fn typed(&self, value: &Value) -> Option<String> {
        value.as_bool().map(|flag| yes_or_no(flag).into())
    }
}

impl Typed for SigningAlgorithm {
    fn get(&self) -> String {
        self.name().into()
    }

    fn set(&mut self, text: &str) -> Result<(), EditError> {
        *self = Self::parse(text).ok_or(EditError::NoAlgorithm)?;
        Ok(())
    }

    fn json(&self) -> Option<Value> {
        Some(self.name().into())
    }
}

impl Typed for TokenAuthMethod {
    fn get(&self) -> String {
        self.name().into()
    }

    fn set(&mut self, text: &str) -> Result<(), EditError> {
        *self = Self::parse(text).ok_or(EditError::NoAuthMethod)?;
        Ok(())
    }

    fn json(&self) -> Option<Value> {
        Some(self.name().into())
    }
}

const fn yes_or_no(flag: bool) -> &'static str {
    if flag { "yes" } else { "no" }
}

fn flag(text: &str) -> Result<bool, EditError> {
    match text.to_ascii_lowercase().as_str() {
        "yes" | "y" | "true" | "on" => Ok(true),
        "no" | "n" | "false" | "off" => Ok(false),
        _ => Err(EditError::NoYesOrNo),
    }
}
