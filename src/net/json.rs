//! A JSON value with holes: the body of a request, or a part of a statement.

use serde_json::Value;

use super::template::{Fills, Hole, Spelling, Template, Unfilled};
use crate::secret::GivenSecret;

/// A JSON value with holes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Json {
    /// A value without.
    Value(Value),
    /// A hole in the place of a value.
    Hole(Hole),
    /// A list.
    List(Vec<Self>),
    /// An object, its fields in the order in which they are sent.
    Object(Vec<(String, Self)>),
}

impl Json {
    /// An object of these fields.
    #[must_use]
    pub fn of(fields: &serde_json::Map<String, Value>) -> Self {
        let fields = fields.iter().map(|(key, value)| (key.clone(), Self::Value(value.clone())));
        Self::Object(fields.collect())
    }

    /// An object with a field more, or with another value of it.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl Into<Self>) -> Self {
        if let Self::Object(fields) = &mut self {
            let value = value.into();
            match fields.iter_mut().find(|(known, _)| known == key) {
                Some((_, old)) => *old = value,
                None => fields.push((key.to_owned(), value)),
            }
        }
        self
    }

    /// The value as it is sent.
    ///
    /// # Errors
    /// The first hole that nothing fills.
    pub fn fill(&self, fills: &Fills) -> Result<Value, Unfilled> {
        match self {
            Self::Value(value) => Ok(value.clone()),
            Self::Hole(hole) => fills.get(hole),
            Self::List(items) => items.iter().map(|item| item.fill(fills)).collect(),
            Self::Object(fields) => {
                fields.iter().map(|(key, value)| Ok((key.clone(), value.fill(fills)?))).collect()
            }
        }
    }

    /// The text without a blank.
    #[must_use]
    pub fn text(&self) -> Template {
        let mut all = Template::default();
        match self {
            Self::Value(value) => all.push(value.to_string()),
            Self::Hole(hole) => all.push((hole.clone(), Spelling::Json(0))),
            Self::List(items) => {
                for (at, item) in items.iter().enumerate() {
                    all.push(if at == 0 { "[" } else { "," });
                    all.push(item.text());
                }
                all.push(if items.is_empty() { "[]" } else { "]" });
            }
            Self::Object(fields) => {
                for (at, (key, value)) in fields.iter().enumerate() {
                    let begin = if at == 0 { "{" } else { "," };
                    all.push(format!("{begin}{}:", Value::from(key.as_str())));
                    all.push(value.text());
                }
                all.push(if fields.is_empty() { "{}" } else { "}" });
            }
        }
        all
    }

    /// The text in lines, as `serde_json` sets them.
    #[must_use]
    pub fn lines(&self) -> Template {
        self.lines_at("\n")
    }

    /// `margin`: the end of a line and what the next one begins with.
    fn lines_at(&self, margin: &str) -> Template {
        let inner = format!("{margin}  ");
        let mut all = Template::default();
        match self {
            Self::Value(value) => {
                let text = serde_json::to_string_pretty(value).unwrap_or_default();
                all.push(text.replace('\n', margin));
            }
            Self::List(items) if !items.is_empty() => {
                for (at, item) in items.iter().enumerate() {
                    all.push(if at == 0 { "[" } else { "," });
                    all.push(inner.as_str());
                    all.push(item.lines_at(&inner));
                }
                all.push(format!("{margin}]"));
            }
            Self::Object(fields) if !fields.is_empty() => {
                for (at, (key, value)) in fields.iter().enumerate() {
                    let begin = if at == 0 { "{" } else { "," };
                    all.push(format!("{begin}{inner}{}: ", Value::from(key.as_str())));
                    all.push(value.lines_at(&inner));
                }
                all.push(format!("{margin}}}"));
            }
            Self::Hole(_) | Self::List(_) | Self::Object(_) => all = self.text(),
        }
        all
    }
}

impl<T: Into<Value>> From<T> for Json {
    fn from(value: T) -> Self {
        Self::Value(value.into())
    }
}

impl From<Hole> for Json {
    fn from(hole: Hole) -> Self {
        Self::Hole(hole)
    }
}

impl From<GivenSecret> for Json {
    fn from(secret: GivenSecret) -> Self {
        match secret {
            GivenSecret::Kept(label) => Self::Hole(Hole::Secret(label)),
            GivenSecret::Nothing => Self::Value("".into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::secret::{Label, Secret};

    /// A value, and the same with holes.
    fn values() -> impl Strategy<Value = (Value, Json)> {
        let leaf = prop_oneof![
            Just((Value::from("a \"b\"\\\n$"), Json::Hole(Hole::Secret(Label::ClientSecret)))),
            Just((Value::from(7), Json::Hole(Hole::Account))),
            any::<i64>().prop_map(|number| (number.into(), number.into())),
            ".*".prop_map(|text| (text.clone().into(), text.into())),
        ];
        leaf.prop_recursive(3, 20, 4, |inner| {
            let list = prop::collection::vec(inner.clone(), 0..4);
            let object = prop::collection::btree_map(".*", inner, 0..4);
            prop_oneof![
                list.prop_map(|all| {
                    let (values, holes): (Vec<_>, Vec<_>) = all.into_iter().unzip();
                    (values.into(), Json::List(holes))
                }),
                object.prop_map(|all| {
                    let values = all.iter().map(|(key, (value, _))| (key.clone(), value.clone()));
                    let holes = all.iter().map(|(key, (_, hole))| (key.clone(), hole.clone()));
                    (values.collect(), Json::Object(holes.collect()))
                }),
            ]
        })
    }

    proptest! {
        #[test]
        fn filled_text_is_what_the_value_is_written_as((value, json) in values()) {
            let secret = Secret::new("a \"b\"\\\n$");
            let fills = Fills::default()
                .secret(Label::ClientSecret, &secret)
                .with(Hole::Account, 7);
            prop_assert_eq!(&json.fill(&fills).unwrap(), &value);
            let text = |template: Template| template.fill(&fills).unwrap().expose().to_owned();
            prop_assert_eq!(text(json.text()), value.to_string());
            prop_assert_eq!(text(json.lines()), serde_json::to_string_pretty(&value).unwrap());
            let mut nested = Value::from(value.to_string());
            prop_assert_eq!(text(json.text().as_json()), nested.to_string());
            nested = nested.to_string().into();
            prop_assert_eq!(text(json.text().as_json().as_json()), nested.to_string());
        }
    }

    #[test]
    fn nothing_is_sent_with_a_hole_in_it() {
        let json = Json::Object(Vec::new()).with("provider", Hole::Account);
        assert_eq!(json.fill(&Fills::default()), Err(Unfilled(Hole::Account)));
        assert!(json.text().fill(&Fills::default()).is_err());
    }
}
