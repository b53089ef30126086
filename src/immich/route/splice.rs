//! Changes single values in a JSON text. Every other byte stays as it came:
//! numbers that no number type holds, the order of keys, unknown keys, layout.

use std::{collections::HashSet, fmt, ops::Range};

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::{Number, Value, value::RawValue};
use thiserror::Error;
use zeroize::Zeroizing;

/// How deep objects and lists may be nested.
const DEEPEST: usize = 100;

/// One value to set or to remove.
#[derive(Clone, Debug)]
pub(super) struct Edit<'a> {
    /// The keys that lead to it, from the outermost object on.
    path: &'a [&'a str],
    /// Its JSON text; `None`: the key goes.
    text: Option<Zeroizing<String>>,
}

impl<'a> Edit<'a> {
    /// Sets a value. Objects on its path that are missing, or null, are made.
    pub(super) fn set(path: &'a [&'a str], value: &Value) -> Self {
        let text = Zeroizing::new(value.to_string());
        Self { path, text: Some(Zeroizing::new(printable(&text))) }
    }

    /// Sets a value that is spelled like that.
    pub(super) fn spelled(path: &'a [&'a str], text: &str) -> Self {
        Self { path, text: Some(Zeroizing::new(text.to_owned())) }
    }

    /// Removes a key. One that is not there is no fault.
    pub(super) const fn remove(path: &'a [&'a str]) -> Self {
        Self { path, text: None }
    }
}

/// Why a text cannot be changed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(super) enum SpliceError {
    /// It is no JSON. Parsers quote what they stumble over, which may be a
    /// secret: only the place is named.
    #[error("{}", say!("no valid JSON at line {line}, column {column}", line = .line, column = .column))]
    Syntax {
        /// The line, from one on.
        line: usize,
        /// The column, from one on.
        column: usize,
    },
    /// A key occurs twice in one object.
    #[error("{}", say!("the key {path} occurs twice; programs differ in which of the two values counts", path = .path))]
    Duplicate {
        /// The keys that lead to it, as JSON texts.
        path: String,
    },
    /// Something on the path of an edit is neither an object nor null.
    #[error("{}", say!("{path} is not an object", path = .path))]
    NotAnObject {
        /// The keys that lead to it, as JSON texts.
        path: String,
    },
    /// It is nested too deep to be checked.
    #[error("{}", say!("objects and lists are nested deeper than {levels} levels", levels = DEEPEST))]
    TooDeep,
}

/// The text with these edits made, one after the other.
///
/// # Errors
/// When the text is not one JSON object in which every key of an object occurs
/// once, or when an edit leads through something that is not an object.
pub(super) fn splice(text: &str, edits: &[Edit<'_>]) -> Result<Zeroizing<String>, SpliceError> {
    check(text)?;
    let mut text = Zeroizing::new(text.to_owned());
    for edit in edits {
        // An edit may have to make the objects on its path first.
        while let Some((range, put)) = next(&text, edit)? {
            let (before, after) = (&text[..range.start], &text[range.end..]);
            let made = put.made;
            text = Zeroizing::new([before, &put.text, after].concat());
            if made {
                break;
            }
        }
    }
    check(&text)?;
    Ok(text)
}

/// Checks that a text is one JSON object in which every key of an object occurs
/// once.
///
/// # Errors
/// When it is not.
pub(super) fn check(text: &str) -> Result<(), SpliceError> {
    let root = root(text)?;
    unique(text, root, &mut Vec::new())
}

/// What a text says. A number that no number type holds is there as its text.
///
/// # Errors
/// As [`splice`].
pub(super) fn read(text: &str) -> Result<Value, SpliceError> {
    check(text)?;
    value(text, root(text)?)
}

/// The outermost members of a text whose values are spelled otherwise than
/// [`read`] would write them, with their spelling.
///
/// # Errors
/// As [`splice`].
pub(super) fn odd_members(text: &str) -> Result<Vec<(String, String)>, SpliceError> {
    check(text)?;
    let members = members(text, &root(text)?)?.into_iter();
    let mut odd = Vec::new();
    for member in members {
        let spelled = &text[member.value.clone()];
        let usual = value(text, member.value.clone())?.to_string();
        if usual != spelled {
            odd.push((member.key, spelled.to_owned()));
        }
    }
    Ok(odd)
}

/// Whether a text is JSON, whatever numbers are in it.
#[must_use]
pub fn is_json(text: &str) -> bool {
    serde_json::from_str::<&RawValue>(text).is_ok()
}

fn value(text: &str, part: Range<usize>) -> Result<Value, SpliceError> {
    match text.as_bytes()[part.start] {
        b'{' => {
            let members = members(text, &part)?.into_iter();
            members.map(|it| Ok((it.key, value(text, it.value)?))).collect()
        }
        b'[' => {
            let items: Vec<&RawValue> = parse(text, &part)?;
            items.into_iter().map(|item| value(text, range(text, item))).collect()
        }
        b'-' | b'0'..=b'9' => {
            let text = &text[part];
            let is_whole = text.bytes().all(|byte| byte == b'-' || byte.is_ascii_digit());
            let number = serde_json::from_str::<Number>(text).ok();
            let number = number.filter(|number| !(is_whole && number.is_f64()));
            Ok(number.map_or_else(|| text.into(), Value::Number))
        }
        _ => parse(text, &part),
    }
}

/// What takes the place of a range.
struct Put {
    text: Zeroizing<String>,
    /// Whether that makes the edit, and not only a part of its path.
    made: bool,
}

/// The next replacement that an edit asks for; `None`: nothing is left to do.
fn next(text: &str, edit: &Edit<'_>) -> Result<Option<(Range<usize>, Put)>, SpliceError> {
    let Some((last, parents)) = edit.path.split_last() else { return Ok(None) };
    let mut object = root(text)?;
    for (depth, key) in parents.iter().enumerate() {
        let members = members(text, &object)?;
        let block = Put { text: Zeroizing::new("{}".into()), made: false };
        let Some(member) = members.iter().find(|member| member.key == *key) else {
            let place = Place { text, object, members: &members, depth };
            return Ok(edit.text.as_ref().map(|_| place.insert(key, &block)));
        };
        match text[member.value.clone()].as_bytes() {
            [b'{', ..] => object = member.value.clone(),
            b"null" => return Ok(edit.text.as_ref().map(|_| (member.value.clone(), block))),
            _ => return Err(SpliceError::NotAnObject { path: named(&edit.path[..=depth]) }),
        }
    }
    let members = members(text, &object)?;
    let at = members.iter().position(|member| member.key == *last);
    let place = Place { text, object, members: &members, depth: parents.len() };
    Ok(match (&edit.text, at) {
        (Some(new), Some(at)) => {
            Some((members[at].value.clone(), Put { text: new.clone(), made: true }))
        }
        (Some(new), None) => Some(place.insert(last, &Put { text: new.clone(), made: true })),
        (None, Some(at)) => {
            let text = Zeroizing::new(String::new());
            Some((place.without(at), Put { text, made: true }))
        }
        (None, None) => None,
    })
}

/// An object in a text.
struct Place<'a> {
    text: &'a str,
    /// From its first brace to after its last.
    object: Range<usize>,
    members: &'a [Member],
    /// How many objects it stands in.
    depth: usize,
}

impl Place<'_> {
    /// Puts a member behind the others, laid out as they are.
    fn insert(&self, key: &str, value: &Put) -> (Range<usize>, Put) {
        let key = printable(&Value::from(key).to_string());
        let (at, lead, colon, trail) = match self.members {
            [] => {
                let (lead, colon, trail) = self.layout();
                (self.object.start + 1..self.object.end - 1, lead, colon, trail)
            }
            [.., last] => {
                let colon = last.colon(self.text);
                let end = last.value.end;
                (end..end, self.separator(colon), colon.to_owned(), String::new())
            }
        };
        let text = [&lead, &key, &colon, value.text.as_str(), &trail].concat();
        (at, Put { text: Zeroizing::new(text), made: value.made })
    }

    /// What stands between two members.
    fn separator(&self, colon: &str) -> String {
        match self.members {
            [.., before, last] => self.text[before.value.end..last.start].to_owned(),
            [only] => match &self.text[self.object.start + 1..only.start] {
                "" if colon.ends_with(' ') => ", ".to_owned(),
                lead => format!(",{lead}"),
            },
            [] => String::new(),
        }
    }

    /// How the one member of an object is laid out that had none: what stands
    /// before its key, between key and value, and after it.
    fn layout(&self) -> (String, String, String) {
        let outer = root(self.text).and_then(|root| {
            let members = members(self.text, &root)?;
            let first = members.first().map(|first| {
                (&self.text[root.start + 1..first.start], first.colon(self.text).to_owned())
            });
            Ok(first)
        });
        let (lead, colon) = outer.ok().flatten().unwrap_or(("\n  ", ": ".to_owned()));
        let Some((line, unit)) = lead.rfind('\n').map(|at| lead.split_at(at + 1)) else {
            return (lead.to_owned(), colon, lead.to_owned());
        };
        let line = if line.ends_with("\r\n") { "\r\n" } else { "\n" };
        let lines = |levels: usize| format!("{line}{}", unit.repeat(levels));
        (lines(self.depth + 1), colon, lines(self.depth))
    }

    /// The range that goes with a member.
    fn without(&self, at: usize) -> Range<usize> {
        let member = &self.members[at];
        match (at.checked_sub(1), self.members.get(at + 1)) {
            (Some(before), _) => self.members[before].value.end..member.value.end,
            (None, Some(next)) => member.start..next.start,
            (None, None) => self.object.start + 1..self.object.end - 1,
        }
    }
}

/// One member of an object, by its place in the text.
struct Member {
    key: String,
    /// Where its key begins, with its quote.
    start: usize,
    value: Range<usize>,
}

impl Member {
    /// What stands between key and value.
    fn colon<'a>(&self, text: &'a str) -> &'a str {
        let head = &text[self.start..self.value.start];
        head.rfind('"').map_or(": ", |at| &head[at + 1..])
    }
}

/// The members of an object, in their order.
fn members(text: &str, object: &Range<usize>) -> Result<Vec<Member>, SpliceError> {
    let Members(found) = parse(text, object)?;
    let mut end = object.start + 1;
    Ok(found
        .into_iter()
        .map(|(key, value)| {
            let value = range(text, value);
            // Between two members there is nothing but blanks and a comma.
            let blanks = text[end..].find('"').unwrap_or_default();
            let start = end + blanks;
            end = value.end;
            Member { key, start, value }
        })
        .collect())
}

/// The range of the one object that a text holds.
fn root(text: &str) -> Result<Range<usize>, SpliceError> {
    let found = range(text, parse::<&RawValue>(text, &(0..text.len()))?);
    if text[found.clone()].starts_with('{') {
        return Ok(found);
    }
    Err(SpliceError::NotAnObject { path: named(&[]) })
}

/// Where a part of a text stands in it.
fn range(text: &str, part: &RawValue) -> Range<usize> {
    let start = part.get().as_ptr().addr() - text.as_ptr().addr();
    start..start + part.get().len()
}

fn parse<'a, T: Deserialize<'a>>(text: &'a str, part: &Range<usize>) -> Result<T, SpliceError> {
    serde_json::from_str(&text[part.clone()]).map_err(|error| {
        let lines = text[..part.start].matches('\n').count();
        SpliceError::Syntax { line: lines + error.line().max(1), column: error.column() }
    })
}

/// Whether every key below here occurs once in its object.
fn unique(text: &str, part: Range<usize>, path: &mut Vec<String>) -> Result<(), SpliceError> {
    if path.len() > DEEPEST {
        return Err(SpliceError::TooDeep);
    }
    let inner = match text.as_bytes()[part.start] {
        b'{' => members(text, &part)?.into_iter().map(|it| (it.key, it.value)).collect(),
        b'[' => {
            let items: Vec<&RawValue> = parse(text, &part)?;
            let numbered = items.into_iter().enumerate();
            numbered.map(|(at, item)| (at.to_string(), range(text, item))).collect()
        }
        _ => Vec::new(),
    };
    let mut seen = HashSet::new();
    for (key, _) in &inner {
        if !seen.insert(key.as_str()) {
            let parents = path.iter().map(String::as_str);
            let keys: Vec<&str> = parents.chain([key.as_str()]).collect();
            return Err(SpliceError::Duplicate { path: named(&keys) });
        }
    }
    drop(seen);
    for (key, value) in inner {
        path.push(key);
        unique(text, value, path)?;
        path.pop();
    }
    Ok(())
}

/// A path as it is shown.
fn named(keys: &[&str]) -> String {
    match keys {
        [] => say!("the whole text"),
        keys => {
            let keys = keys.iter().map(|key| printable(&Value::from(*key).to_string()));
            keys.collect::<Vec<_>>().join(" > ")
        }
    }
}

/// The members of an object, each value as its text.
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct All;
        impl<'de> Visitor<'de> for All {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut found = Vec::new();
                while let Some(member) = map.next_entry()? {
                    found.push(member);
                }
                Ok(Members(found))
            }
        }
        deserializer.deserialize_map(All)
    }
}

/// JSON with every character escaped that YAML does not allow as it is: Immich
/// reads both with one parser.
pub(super) fn printable(json: &str) -> String {
    let escaped = |c: char| match c {
        c if may_stand(c) => c.to_string(),
        c => format!("\\u{:04x}", u32::from(c)),
    };
    json.chars().map(escaped).collect()
}

/// Whether YAML allows a character as it is, even between quotes.
/// See <https://yaml.org/spec/1.2.2/#51-character-set>.
pub(super) const fn may_stand(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='~' | '\u{85}' | '\u{a0}'..='\u{fffd}' | '\u{10000}'..)
}

#[cfg(test)]
mod tests;
