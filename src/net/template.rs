//! What is sent, as a value: a text with typed holes in the place of secrets
//! and of what is not known before it is sent. It is built once, shown with its
//! holes as such, and sent with the same holes filled.

use serde_json::Value;
use shell_words::quote;
use zeroize::Zeroizing;

use super::request::wipe;
use crate::{
    secret::{Label, Secret},
    site::{Failure, Fault, FaultKind, System},
};

/// What stands in the place of something that is not there yet, or not to be
/// seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hole {
    /// The secret that is kept under that label.
    Secret(Label),
    /// The number of the provider with that client id, looked up right before.
    Provider {
        /// The client id.
        client_id: String,
    },
    /// The number of the account that is made right before.
    Account,
    /// The id of the role that is made right before.
    Role,
    /// The number of the user whose the token is.
    TokenUser,
    /// The first half of the random mark around a command's output.
    MarkBegin,
    /// The second half of it.
    MarkEnd,
    /// A random tag around a value in SQL.
    Tag,
    /// The path of Immich's config file on the host.
    ConfigFile,
    /// What is added to its name for the copy of the old text; nothing where
    /// there is a copy already.
    CopyName,
    /// The checksum of the file's text as it was read.
    Checksum,
    /// The length of the file's new text.
    Length,
    /// Whether the new text is moved into the place of the old one, or written
    /// into the file.
    MoveOrWithin,
}

/// How what fills a hole is spelled in the text around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spelling {
    /// As it is.
    Plain,
    /// As JSON, inside that many JSON texts around it.
    Json(u8),
    /// As one word of a command line.
    Word,
    /// As one segment of a path.
    Segment,
}

/// A part of a [`Template`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// What is sent as it stands.
    Text(String),
    /// What is filled in.
    Hole(Hole, Spelling),
}

/// See the module.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Template(Vec<Piece>);

/// What fills holes. `Debug` shows no values.
#[derive(Clone, Default)]
pub struct Fills(Vec<(Hole, Fill)>);

#[derive(Clone)]
enum Fill {
    Secret(Secret),
    Value(Value),
}

/// A hole that nothing fills: then nothing is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unfilled(pub Hole);

impl Unfilled {
    /// The same as a fault at a system.
    #[must_use]
    pub fn fault(self, system: System, tried: impl Into<String>) -> Fault {
        Fault::of(&Incomplete { system, hole: self.0 }, tried)
    }
}

#[derive(Debug, thiserror::Error)]
#[error("{}", say!("what goes into it is not known: {hole}", hole = format!("{:?}", .hole)))]
struct Incomplete {
    system: System,
    hole: Hole,
}

impl Failure for Incomplete {
    fn system(&self) -> System {
        self.system
    }

    fn kind(&self) -> FaultKind {
        FaultKind::Unexpected
    }

    fn hint(&self) -> String {
        say!("Nothing was sent. This is a mistake in the program.")
    }
}

impl Fills {
    /// These and a secret, under the label by which a hole names it.
    #[must_use]
    pub fn secret(mut self, label: Label, secret: &Secret) -> Self {
        self.0.push((Hole::Secret(label), Fill::Secret(secret.clone())));
        self
    }

    /// These and what goes into another hole.
    #[must_use]
    pub fn with(mut self, hole: Hole, value: impl Into<Value>) -> Self {
        self.0.push((hole, Fill::Value(value.into())));
        self
    }

    pub(super) fn get(&self, hole: &Hole) -> Result<Value, Unfilled> {
        let found = self.0.iter().find(|(known, _)| known == hole);
        match found.ok_or_else(|| Unfilled(hole.clone()))? {
            (_, Fill::Secret(secret)) => Ok(secret.expose().into()),
            (_, Fill::Value(value)) => Ok(value.clone()),
        }
    }
}

impl std::fmt::Debug for Fills {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(hole, _)| hole)).finish()
    }
}

impl Spelling {
    /// How a value stands in the text.
    #[must_use]
    pub fn of(self, value: &Value) -> Zeroizing<String> {
        let bare = || Zeroizing::new(value.as_str().map_or_else(|| value.to_string(), Into::into));
        match self {
            Self::Plain => bare(),
            Self::Json(depth) => (0..depth)
                .fold(Zeroizing::new(value.to_string()), |text, _| Zeroizing::new(escaped(&text))),
            Self::Word => Zeroizing::new(quote(&bare()).into_owned()),
            Self::Segment => Zeroizing::new(segment(&bare())),
        }
    }

    /// How what stands for a value stands in the text.
    fn of_stand_in(self, text: String) -> String {
        match self {
            Self::Segment => text,
            spelling => spelling.of(&text.into()).to_string(),
        }
    }

    /// The same in a JSON text.
    fn in_json(self) -> Self {
        match self {
            Self::Json(depth) => Self::Json(depth.saturating_add(1)),
            other => other,
        }
    }
}

/// A text as it stands between the quotes of a JSON text.
fn escaped(text: &str) -> String {
    let text = Zeroizing::new(Value::from(text).to_string());
    text[1..text.len() - 1].to_owned()
}

/// A text as one segment of a path.
#[must_use]
pub fn segment(text: &str) -> String {
    let text: String = url::form_urlencoded::byte_serialize(text.as_bytes()).collect();
    text.replace('+', "%20")
}

impl Template {
    /// Its parts.
    #[must_use]
    pub fn pieces(&self) -> &[Piece] {
        &self.0
    }

    /// The texts in it that came from outside.
    pub(crate) fn texts_mut(&mut self) -> impl Iterator<Item = &mut String> {
        self.0.iter_mut().filter_map(|piece| match piece {
            Piece::Text(text) | Piece::Hole(Hole::Provider { client_id: text }, _) => Some(text),
            Piece::Hole(..) => None,
        })
    }

    /// Adds something at the end.
    pub fn push(&mut self, more: impl Into<Self>) {
        for piece in more.into().0 {
            match (self.0.last_mut(), piece) {
                (Some(Piece::Text(last)), Piece::Text(text)) => last.push_str(&text),
                (_, Piece::Text(text)) if text.is_empty() => {}
                (_, piece) => self.0.push(piece),
            }
        }
    }

    /// The text as it is shown, with what `says` of each hole.
    #[must_use]
    pub fn shown(&self, says: impl Fn(&Hole) -> String) -> String {
        let pieces = self.0.iter().map(|piece| match piece {
            Piece::Text(text) => text.clone(),
            Piece::Hole(hole, spelling) => spelling.of_stand_in(says(hole)),
        });
        pieces.collect()
    }

    /// The text as it is sent.
    ///
    /// # Errors
    /// The first hole that nothing fills.
    pub fn fill(&self, fills: &Fills) -> Result<Secret, Unfilled> {
        let mut all = Zeroizing::new(String::new());
        for piece in &self.0 {
            match piece {
                Piece::Text(text) => all.push_str(text),
                Piece::Hole(hole, spelling) => {
                    let mut value = fills.get(hole)?;
                    all.push_str(&spelling.of(&value));
                    wipe(&mut value);
                }
            }
        }
        Ok(Secret::new(all.as_str()))
    }

    /// The same text as a JSON text.
    #[must_use]
    pub fn as_json(&self) -> Self {
        let mut all = Self::from("\"");
        for piece in &self.0 {
            all.push(match piece {
                Piece::Text(text) => escaped(text).into(),
                Piece::Hole(hole, spelling) => {
                    Self(vec![Piece::Hole(hole.clone(), spelling.in_json())])
                }
            });
        }
        all.push("\"");
        all
    }
}

impl From<&str> for Template {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl From<String> for Template {
    fn from(text: String) -> Self {
        if text.is_empty() { Self::default() } else { Self(vec![Piece::Text(text)]) }
    }
}

impl From<(Hole, Spelling)> for Template {
    fn from((hole, spelling): (Hole, Spelling)) -> Self {
        Self(vec![Piece::Hole(hole, spelling)])
    }
}

impl From<&Self> for Template {
    fn from(other: &Self) -> Self {
        other.clone()
    }
}

/// A template of these parts, one after the other.
macro_rules! joined {
    ($($part:expr),* $(,)?) => {{
        let mut all = $crate::net::Template::default();
        $(all.push($part);)*
        all
    }};
}
