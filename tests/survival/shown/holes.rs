//! Whether what came is what was shown, with its holes filled.

use immich_sso::net::{Hole, Piece, Spelling, Template};
use serde_json::Value;

/// What goes into holes.
#[derive(Clone, Debug, Default)]
pub struct Holes {
    /// What may go into a hole.
    known: Vec<(Hole, Value)>,
    /// What went into one of which nothing is known beforehand: it is the same
    /// everywhere.
    found: Vec<(Hole, Value)>,
}

impl Holes {
    /// Lets a value go into a hole.
    pub fn may(&mut self, hole: Hole, value: impl Into<Value>) {
        self.known.push((hole, value.into()));
    }

    /// Lets the length of what a command reads be this.
    pub fn measures(&mut self, length: usize) {
        self.known.retain(|(hole, _)| *hole != Hole::Length);
        self.may(Hole::Length, length);
    }

    /// Whether a value is what goes into a hole.
    fn fits(&mut self, hole: &Hole, value: &Value) -> Result<(), String> {
        let mut known = self.known.iter().filter(|(other, _)| other == hole).peekable();
        if known.peek().is_some() {
            let fits = known.any(|(_, known)| known == value);
            return if fits { Ok(()) } else { Err(format!("{hole:?} is not {value}")) };
        }
        match self.found.iter().find(|(other, _)| other == hole) {
            Some((_, found)) if found != value => {
                Err(format!("{hole:?} is {found} at first, then {value}"))
            }
            Some(_) => Ok(()),
            None => {
                has_form(hole, value)?;
                self.found.push((hole.clone(), value.clone()));
                Ok(())
            }
        }
    }

    /// Holds a JSON value that came against the text of one that was shown.
    pub fn json(&mut self, shown: &Template, came: &Value) -> Result<(), String> {
        let holes: Vec<&Hole> = shown
            .pieces()
            .iter()
            .filter_map(|piece| match piece {
                Piece::Hole(hole, _) => Some(hole),
                Piece::Text(_) => None,
            })
            .collect();
        let text = shown.shown(|hole| mark(holes.iter().position(|it| *it == hole).unwrap()));
        let shown: Value = serde_json::from_str(&text).map_err(|why| format!("{why}: {text}"))?;
        self.value(&shown, came, &holes)
    }

    fn value(&mut self, shown: &Value, came: &Value, holes: &[&Hole]) -> Result<(), String> {
        if let Some(text) = shown.as_str()
            && let Some(at) = (0..holes.len()).find(|at| mark(*at) == text)
        {
            return self.fits(holes[at], came);
        }
        match (shown, came) {
            (Value::Object(one), Value::Object(other)) => {
                let keys: [Vec<&String>; 2] = [one.keys().collect(), other.keys().collect()];
                if keys[0] != keys[1] {
                    return Err(format!("the keys are not {:?}, but {:?}", keys[0], keys[1]));
                }
                one.iter().try_for_each(|(key, value)| {
                    self.value(value, &other[key], holes).map_err(|why| format!("{key}: {why}"))
                })
            }
            (Value::Array(one), Value::Array(other)) if one.len() == other.len() => {
                one.iter().zip(other).try_for_each(|(one, other)| self.value(one, other, holes))
            }
            _ if shown == came => Ok(()),
            _ => Err(format!("shown {shown}, came {came}")),
        }
    }

    /// Holds a text that came against one that was shown, to the byte.
    pub fn text(&mut self, shown: &Template, came: &str) -> Result<(), String> {
        // Each command has a mark, a tag and a checksum to itself.
        let of_one = [Hole::MarkBegin, Hole::MarkEnd, Hole::Tag, Hole::Checksum];
        self.found.retain(|(hole, _)| !of_one.contains(hole));
        let mut rest = came;
        let pieces = shown.pieces();
        for (at, piece) in pieces.iter().enumerate() {
            let after = match piece {
                Piece::Text(text) => rest.strip_prefix(text.as_str()),
                Piece::Hole(hole, spelling) => {
                    let next = match pieces.get(at + 1) {
                        Some(Piece::Text(text)) => text.as_str(),
                        _ => "",
                    };
                    self.filled(hole, *spelling, rest, next)
                }
            };
            rest = after.ok_or_else(|| format!("shown {piece:?}, came {rest:?}"))?;
        }
        if rest.is_empty() { Ok(()) } else { Err(format!("besides came {rest:?}")) }
    }

    /// What comes after what filled a hole.
    fn filled<'a>(
        &mut self,
        hole: &Hole,
        spelling: Spelling,
        rest: &'a str,
        next: &str,
    ) -> Option<&'a str> {
        let mut known = self.known.iter().filter(|(other, _)| other == hole).peekable();
        if known.peek().is_some() {
            let after = known.filter_map(|(_, value)| rest.strip_prefix(&**spelling.of(value)));
            return after.filter(|after| after.starts_with(next)).min_by_key(|after| after.len());
        }
        let end = match rest.strip_prefix('\'') {
            Some(word) if spelling == Spelling::Word => word.find('\'')? + 2,
            _ if next.is_empty() => rest.len(),
            _ => rest.find(next)?,
        };
        let value = Value::from(&rest[..end]);
        self.fits(hole, &value).ok().map(|()| &rest[end..])
    }
}

/// Stands for a hole in a text; no text of these runs has it.
fn mark(at: usize) -> String {
    format!("<<hole {at}>>")
}

/// Whether a value can go into a hole of which nothing is known beforehand.
fn has_form(hole: &Hole, value: &Value) -> Result<(), String> {
    let text = value.as_str().unwrap_or_default();
    let hex = |length: usize| text.len() == length && text.bytes().all(|it| it.is_ascii_hexdigit());
    let fits = match hole {
        Hole::MarkBegin | Hole::MarkEnd | Hole::Tag => hex(16),
        Hole::Account | Hole::TokenUser => value.is_i64(),
        // As `cksum` prints it, in quotes for its blank.
        Hole::Checksum => {
            let numbers = text.trim_matches('\'').split(' ');
            numbers.clone().count() == 2
                && numbers.flat_map(str::bytes).all(|it| it.is_ascii_digit())
        }
        Hole::Secret(_)
        | Hole::Provider { .. }
        | Hole::Role
        | Hole::ConfigFile
        | Hole::CopyName
        | Hole::Length
        | Hole::MoveOrWithin => false,
    };
    if fits { Ok(()) } else { Err(format!("{value} cannot be {hole:?}")) }
}
