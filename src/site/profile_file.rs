//! The profile as a file: read strictly, and changed so that a person's
//! comments, order and spelling survive.

use std::{
    collections::BTreeMap,
    fs, io,
    ops::Range,
    path::{Path, PathBuf},
};

use serde::Deserialize;
use toml_edit::{DocumentMut, Item, Table, Value};

use super::{
    Failure, Fault, FaultKind, Folders, Problem, Profile, ProfileNameError, System, ValueError,
    check_profile_name,
    files::{self, Readers},
    profile::TEMPLATE,
    profile_text::{self, TextError},
};

/// Longer than any profile.
const LONGEST: usize = 1 << 20;

/// A key with its section: `["application", "slug"]`.
type Key = Vec<String>;

/// The file of one profile.
#[derive(Clone, Debug)]
pub struct ProfileFile {
    name: String,
    path: PathBuf,
    /// What was in it when it was last read or written, by key: what differs
    /// from it is what this program changed.
    seen: Option<BTreeMap<Key, Value>>,
}

impl ProfileFile {
    /// The file of the profile of that name. Nothing is read yet.
    ///
    /// # Errors
    /// When no profile can have that name.
    pub fn new(folders: &Folders, name: &str) -> Result<Self, Fault> {
        check_profile_name(name).map_err(|why| {
            let name = format!("{name:?}");
            Fault::of(&ProfileFileError::Name(why), say!("use the name {name}", name))
        })?;
        Ok(Self { name: name.to_owned(), path: folders.profile(name), seen: None })
    }

    /// The profile's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where the file is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Reads the profile; `None` when there is no such file. Addresses are in
    /// their one spelling whatever the file says.
    ///
    /// # Errors
    /// [`FaultKind::Refused`], with line and column, when it is no TOML, has a
    /// key that no profile has, or a value that will not do.
    pub fn load(&mut self) -> Result<Option<Profile>, Fault> {
        let Some(text) = self.text()? else {
            self.seen = None;
            return Ok(None);
        };
        let profile = self.parse(&text)?;
        self.seen = Some(leaves(&profile));
        Ok(Some(profile))
    }

    /// The text of the file; `None` when there is no such file.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn text(&self) -> Result<Option<String>, Fault> {
        match files::read_text(&self.path, LONGEST, Readers::Anyone) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(self.fault(word!("read"), &error.into())),
        }
    }

    /// Writes what changed since the file was last read or written, and leaves
    /// every other line as it is on the disk now. A file that is not there is
    /// written with comments.
    ///
    /// # Errors
    /// [`FaultKind::Refused`] when a value will not do or the file cannot be
    /// written; [`FaultKind::Moved`] when somebody changed one of the same
    /// keys meanwhile.
    pub fn save(&mut self, profile: &Profile) -> Result<(), Fault> {
        let mut profile = profile.clone();
        profile.tidy();
        if let Some(problem) = profile.problems().into_iter().next() {
            return Err(self.fault(word!("write"), &problem.into()));
        }
        let (text, on_disk, mut changed) = match self.text()? {
            Some(text) => {
                let on_disk = leaves(&self.parse(&text)?);
                (text, on_disk, false)
            }
            None => (TEMPLATE.to_owned(), leaves(&Profile::default()), true),
        };
        let wanted = leaves(&profile);
        let seen = self.seen.as_ref().unwrap_or(&on_disk);
        let mut document: DocumentMut = text.parse().map_err(|error: toml_edit::TomlError| {
            let why = error.message().to_owned();
            self.fault(word!("change"), &ProfileFileError::NoToml(why))
        })?;
        for key in wanted.keys().chain(seen.keys()).collect::<std::collections::BTreeSet<_>>() {
            let [before, now, after] = [seen, &on_disk, &wanted].map(|leaves| leaves.get(key));
            if same(before, after) || same(now, after) {
                continue;
            }
            if !same(before, now) {
                let error = ProfileFileError::Moved { key: key.join(".") };
                return Err(self.fault(word!("write"), &error));
            }
            set(&mut document, key, after.cloned());
            changed = true;
        }
        if changed {
            self.write(&document.to_string())?;
        }
        self.seen = Some(wanted);
        Ok(())
    }

    /// Removes the file. Says whether it was there.
    ///
    /// # Errors
    /// When it cannot be removed.
    pub fn remove(&mut self) -> Result<bool, Fault> {
        self.seen = None;
        match fs::remove_file(&self.path) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(self.fault(word!("remove"), &error.into())),
        }
    }

    /// The names of all profiles in the folder, in order.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn list(folders: &Folders) -> Result<Vec<String>, Fault> {
        let fault = |error: io::Error| {
            let folder = folders.config().display();
            let tried = say!("list the profiles in {folder}", folder);
            Fault::of(&ProfileFileError::Io(error), tried)
        };
        let entries = match fs::read_dir(folders.config()) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(fault(error)),
        };
        let mut names = Vec::new();
        for entry in entries {
            let file = entry.map_err(fault)?.file_name();
            let name = file.to_str().and_then(|file| file.strip_suffix(".toml"));
            names.extend(name.filter(|name| check_profile_name(name).is_ok()).map(str::to_owned));
        }
        names.sort();
        Ok(names)
    }

    /// Checks a text as if it were in the file.
    ///
    /// # Errors
    /// As [`ProfileFile::load`].
    pub fn parse(&self, text: &str) -> Result<Profile, Fault> {
        self.check(text, |place| say!("read {place}", place))
    }

    /// Checks a text that is to take the place of what is in the file.
    ///
    /// # Errors
    /// As [`ProfileFile::load`].
    pub fn check_new(&self, text: &str) -> Result<Profile, Fault> {
        self.check(text, |place| say!("take over {place}", place))
    }

    /// Checks a text. `say_tried` says what is tried with it, at which place.
    fn check(&self, text: &str, say_tried: fn(String) -> String) -> Result<Profile, Fault> {
        let tried = |span: Option<Range<usize>>| {
            let path = self.path.display();
            say_tried(match span.map(|span| profile_text::place(text, span.start)) {
                Some((line, column)) => {
                    say!("{path}, line {line}, column {column}", path, line, column)
                }
                None => path.to_string(),
            })
        };
        let parsed =
            toml::de::Deserializer::parse(text).and_then(Profile::deserialize).map_err(|error| {
                let why = ProfileFileError::NoProfile(profile_text::explain(error.message()));
                Fault::of(&why, tried(error.span()))
            });
        let mut profile = parsed?;
        if let Some(problem) = profile.problems().into_iter().next() {
            let span = profile_text::span_of(text, problem.key);
            return Err(Fault::of(&ProfileFileError::from(problem), tried(span)));
        }
        profile.tidy();
        Ok(profile)
    }

    /// Replaces the whole text, as somebody edited it. It is checked first.
    ///
    /// # Errors
    /// As [`ProfileFile::load`], and when it cannot be written.
    pub fn replace_text(&mut self, text: &str) -> Result<(), Fault> {
        let profile = self.parse(text)?;
        self.write(text)?;
        self.seen = Some(leaves(&profile));
        Ok(())
    }

    fn write(&self, text: &str) -> Result<(), Fault> {
        let folder = self.path.parent().unwrap_or(Path::new("."));
        files::make_folder(folder)
            .and_then(|()| files::replace(&self.path, text.as_bytes()))
            .map_err(|error| self.fault(word!("write"), &error.into()))
    }

    fn fault(&self, act: &str, error: &ProfileFileError) -> Fault {
        Fault::of(error, say!("{act} the profile {file}", act, file = self.path.display()))
    }
}

/// What is wrong with a profile's file.
#[derive(Debug, thiserror::Error)]
enum ProfileFileError {
    #[error("{0}")]
    Name(ProfileNameError),
    #[error("{0}")]
    Io(#[from] io::Error),
    #[error("{0}")]
    NoToml(String),
    /// The text is not that of a profile.
    #[error("{0}")]
    NoProfile(TextError),
    #[error("`{key}`: {error}")]
    Value { key: &'static str, error: ValueError },
    #[error("{}", say!("`{key}` was changed meanwhile", key = .key))]
    Moved { key: String },
}

impl From<Problem> for ProfileFileError {
    fn from(problem: Problem) -> Self {
        let Problem { key, error } = problem;
        Self::Value { key, error }
    }
}

impl Failure for ProfileFileError {
    fn system(&self) -> System {
        System::Workstation
    }

    fn kind(&self) -> FaultKind {
        match self {
            Self::Name(_) | Self::Io(_) | Self::NoProfile(_) | Self::Value { .. } => {
                FaultKind::Refused
            }
            Self::NoToml(_) => FaultKind::Unexpected,
            Self::Moved { .. } => FaultKind::Moved,
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::Name(_) | Self::Io(_) | Self::NoToml(_) => String::new(),
            Self::NoProfile(error) => error.hint(),
            Self::Value { error, .. } => error.hint(),
            Self::Moved { .. } => say!("See what it should be, then start again."),
        }
    }
}

/// Every value of a profile by its key.
fn leaves(profile: &Profile) -> BTreeMap<Key, Value> {
    fn walk(table: &Table, above: &Key, leaves: &mut BTreeMap<Key, Value>) {
        for (name, item) in table {
            let key = [above.as_slice(), &[name.to_owned()]].concat();
            match item {
                Item::Table(table) => walk(table, &key, leaves),
                Item::Value(Value::InlineTable(table)) => {
                    walk(&table.clone().into_table(), &key, leaves);
                }
                Item::Value(value) => {
                    leaves.insert(key, value.clone());
                }
                Item::None | Item::ArrayOfTables(_) => {}
            }
        }
    }
    let mut leaves = BTreeMap::new();
    // Strings, booleans, enums by name, tables of these: all of it is TOML.
    if let Ok(document) = toml_edit::ser::to_document(profile) {
        walk(document.as_table(), &Key::new(), &mut leaves);
    }
    leaves
}

fn same(one: Option<&Value>, other: Option<&Value>) -> bool {
    let plain =
        |value: Option<&Value>| value.map(|value| value.clone().decorated("", "").to_string());
    plain(one) == plain(other)
}

/// Sets or removes one value, wherever and however the person wrote it.
fn set(document: &mut DocumentMut, key: &[String], value: Option<Value>) {
    let Some((name, sections)) = key.split_last() else { return };
    let mut item = document.as_item_mut();
    for section in sections {
        let Some(table) = item.as_table_like_mut() else { return };
        if !table.contains_key(section) {
            table.insert(section, Item::Table(Table::new()));
        }
        let Some(next) = table.get_mut(section) else { return };
        item = next;
    }
    let Some(table) = item.as_table_like_mut() else { return };
    match (table.get_mut(name).and_then(Item::as_value_mut), value) {
        (Some(there), Some(mut value)) => {
            *value.decor_mut() = there.decor().clone();
            *there = value;
        }
        (None, Some(value)) => {
            table.insert(name, Item::Value(value));
        }
        (_, None) => {
            table.remove(name);
        }
    }
}

#[cfg(test)]
mod tests;
