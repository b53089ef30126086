//! Servers that repeat secrets. Generated: what is repeated by which request,
//! where, in which spelling and when comes from what the scenarios are seen to
//! send.

use std::fmt;

use base64::{Engine, engine::general_purpose::STANDARD};

use crate::proxy::Seen;

/// Where a secret is repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    Field,
    Text,
    Title,
    Location,
    Header,
    Chunks,
    /// All that was sent, as it was sent.
    Body,
}

impl Place {
    pub const ALL: [Self; 6] =
        [Self::Field, Self::Text, Self::Title, Self::Location, Self::Header, Self::Chunks];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Field => "JSON fields",
            Self::Text => "text",
            Self::Title => "the title of a page",
            Self::Location => "`Location`",
            Self::Header => "headers shown in faults",
            Self::Chunks => "JSON, cut into chunks",
            Self::Body => "a copy of what was sent",
        }
    }
}

/// How it is spelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Spelling {
    Plain,
    Url,
    Json,
    Html,
    Base64,
    /// All of them, one after the other.
    Each,
}

impl Spelling {
    pub const ALL: [Self; 5] = [Self::Plain, Self::Url, Self::Json, Self::Html, Self::Base64];

    /// The secret in it.
    pub fn of(self, secret: &str) -> String {
        match self {
            Self::Plain => secret.to_owned(),
            Self::Url => url::form_urlencoded::byte_serialize(secret.as_bytes()).collect(),
            Self::Json => {
                let text = serde_json::to_string(secret).unwrap();
                text[1..text.len() - 1].to_owned()
            }
            Self::Html => secret
                .replace('&', "&amp;")
                .replace('<', "&lt;")
                .replace('>', "&gt;")
                .replace('"', "&quot;")
                .replace('\'', "&#x27;"),
            Self::Base64 => STANDARD.encode(format!("user:{secret}")),
            Self::Each => Self::ALL.map(|spelling| spelling.of(secret)).join(" or "),
        }
    }
}

/// When.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Moment {
    /// The first time that it is asked.
    FirstLook,
    /// When it changes something.
    Write,
    /// When it is asked again after something was changed.
    ReadBack,
    /// Every time, as a server that fails.
    Error,
}

/// A server that repeats secrets.
#[derive(Clone, Debug)]
pub struct Echo {
    pub to: Seen,
    pub place: Place,
    pub spelling: Spelling,
    pub moment: Moment,
    pub status: u16,
}

impl Echo {
    /// Whether it answers this request, the `nth` of its kind.
    pub fn meets(&self, seen: &Seen, nth: usize, wrote: bool) -> bool {
        *seen == self.to
            && match self.moment {
                Moment::FirstLook => nth == 1,
                Moment::ReadBack => wrote,
                Moment::Write | Moment::Error => true,
            }
    }
}

impl fmt::Display for Echo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Seen { system, method, path } = &self.to;
        write!(
            f,
            "{system}: {method} {path} answers {} with secrets in {} ({:?}, {:?})",
            self.status,
            self.place.name(),
            self.spelling,
            self.moment
        )
    }
}

/// The pieces by which a secret would be recognized, in every spelling.
pub fn traces(secret: &str) -> Vec<String> {
    let mut all: Vec<String> = Spelling::ALL.iter().map(|spelling| spelling.of(secret)).collect();
    all.push(format!("{secret:?}").trim_matches('"').to_owned());
    for before in ["", "u", "us"] {
        let text = STANDARD.encode(format!("{before}{secret}"));
        let (from, to) = ((before.len() * 8).div_ceil(6), (before.len() + secret.len()) * 8 / 6);
        all.push(text[from..to].to_owned());
    }
    // A cut secret is a leak, too.
    let plain: Vec<char> = secret.chars().collect();
    if plain.len() >= 32 {
        all.extend(plain.chunks_exact(16).map(|piece| piece.iter().collect()));
    }
    all
}
