//! What Immich's settings are kept in: rows of a database, or a file. Shared
//! with whoever plays the host, so that SQL and editors reach it.

use std::{
    collections::BTreeMap,
    fmt, fs,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use serde_json::{Map, Value};

use crate::Version;

/// The row `system-config` of a database that is not the lab's: a real one, on
/// a real host.
pub trait Row: fmt::Debug + Send + Sync {
    /// What it holds; `None`: there is no such row.
    ///
    /// # Errors
    /// Why the database did not say.
    fn read(&self) -> Result<Option<Value>, String>;

    /// Writes it, whatever was there.
    ///
    /// # Errors
    /// Why the database did not take it.
    fn write(&self, value: &Value) -> Result<(), String>;
}

/// How Immich keeps its settings.
#[derive(Clone, Debug)]
pub enum StorageKind {
    /// In its database, which the lab plays: the table that its version uses.
    Database,
    /// In a row of somebody else's database, read at every request, as releases
    /// from 1.106 on do.
    Row(Arc<dyn Row>),
    /// In this file.
    ConfigFile(PathBuf),
}

/// See the module. Cheap to clone; clones share what is stored.
#[derive(Clone, Debug)]
pub struct Storage {
    tables: Arc<Mutex<Tables>>,
    kind: StorageKind,
    has_rows: bool,
}

/// The tables of the database that hold settings.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tables {
    /// `system_config`: up to 1.105, and left behind empty by a fresh 1.106 to
    /// 1.131. `None`: there is no such table.
    pub rows: Option<BTreeMap<String, String>>,
    /// The row `system-config` of `system_metadata`; on a fresh server there is
    /// none.
    pub metadata: Option<Value>,
}

impl Storage {
    pub(crate) fn new(version: &Version, kind: StorageKind) -> Self {
        let has_table = !version.at_least(1, 132, 0);
        let tables = Tables { rows: has_table.then(BTreeMap::new), metadata: None };
        let has_rows = !version.at_least(1, 106, 0);
        Self { tables: Arc::new(Mutex::new(tables)), kind, has_rows }
    }

    /// The same for another release, whose migrations convert the tables.
    pub(super) fn upgraded(&self, version: &Version) -> Result<Self, String> {
        let has_rows = !version.at_least(1, 106, 0);
        if self.has_rows && !has_rows {
            let settings = self.read()?;
            let mut tables = self.tables();
            // One in which nothing was ever set is left behind, empty.
            if tables.rows.as_ref().is_some_and(|rows| !rows.is_empty()) {
                tables.metadata = Some(settings);
                tables.rows = None;
            }
        }
        let mut tables = self.tables();
        if version.at_least(1, 132, 0) {
            tables.rows = None;
        }
        // Whoever has an issuer without TLS may keep it.
        let oauth = tables.metadata.as_mut().and_then(|row| row.get_mut("oauth"));
        if let Some(oauth) =
            oauth.filter(|_| version.at_least(3, 0, 0)).and_then(Value::as_object_mut)
            && oauth
                .get("issuerUrl")
                .and_then(Value::as_str)
                .is_some_and(|url| url.starts_with("http://"))
        {
            oauth.entry("allowInsecureRequests").or_insert(Value::Bool(true));
        }
        drop(tables);
        Ok(Self { has_rows, ..self.clone() })
    }

    /// The tables, locked as in a transaction.
    pub fn tables(&self) -> MutexGuard<'_, Tables> {
        self.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The config file, if Immich has one.
    #[must_use]
    pub const fn file(&self) -> Option<&PathBuf> {
        match &self.kind {
            StorageKind::ConfigFile(path) => Some(path),
            _ => None,
        }
    }

    /// What is stored: only what differs from the defaults, nested.
    pub(super) fn read(&self) -> Result<Value, String> {
        let nothing = || Value::Object(Map::new());
        match &self.kind {
            StorageKind::ConfigFile(path) => {
                let text = fs::read_to_string(path).map_err(|error| format!("{error}"))?;
                if text.trim().is_empty() {
                    return Ok(nothing());
                }
                return serde_saphyr::from_str(&text)
                    .map_err(|_| format!("YAMLException: cannot read {}", path.display()));
            }
            StorageKind::Row(row) => return Ok(row.read()?.unwrap_or_else(nothing)),
            StorageKind::Database => {}
        }
        let tables = self.tables();
        if !self.has_rows {
            return Ok(tables.metadata.clone().unwrap_or_else(nothing));
        }
        let mut nested = nothing();
        for (key, text) in tables.rows.iter().flatten() {
            let value = serde_json::from_str(text)
                .map_err(|_| format!("SyntaxError: {text} is not valid JSON"))?;
            put(&mut nested, key, value);
        }
        Ok(nested)
    }

    /// Stores only what differs from the defaults.
    pub(super) fn write(&self, nested: &Value) -> Result<(), String> {
        if let StorageKind::Row(row) = &self.kind {
            return row.write(nested);
        }
        let mut tables = self.tables();
        if self.has_rows {
            let mut rows = BTreeMap::new();
            flatten("", nested, &mut rows);
            tables.rows = Some(rows);
        } else {
            tables.metadata = Some(nested.clone());
        }
        Ok(())
    }
}

/// Sets `a.b.c` in a nested object.
fn put(nested: &mut Value, key: &str, value: Value) {
    let mut at = nested;
    let mut parts = key.split('.').peekable();
    while let Some(part) = parts.next() {
        let Some(object) = at.as_object_mut() else { return };
        if parts.peek().is_none() {
            object.insert(part.to_owned(), value);
            return;
        }
        at = object.entry(part.to_owned()).or_insert_with(|| Value::Object(Map::new()));
    }
}

fn flatten(prefix: &str, value: &Value, rows: &mut BTreeMap<String, String>) {
    match value {
        Value::Object(object) => {
            for (key, value) in object {
                let key = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
                flatten(&key, value, rows);
            }
        }
        leaf => {
            rows.insert(prefix.to_owned(), leaf.to_string());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn legacy_rows_hold_json_texts() {
        let storage = Storage::new(&Version::new(1, 105, 1), StorageKind::Database);
        let settings = serde_json::json!({"oauth": {"enabled": true, "clientId": "immich"}});
        storage.write(&settings).unwrap();
        assert_eq!(storage.tables().rows.as_ref().unwrap()["oauth.clientId"], "\"immich\"");
        assert_eq!(storage.read().unwrap(), settings);
        storage.tables().rows.as_mut().unwrap().insert("oauth.clientId".into(), "immich".into());
        assert!(storage.read().unwrap_err().contains("is not valid JSON"));
    }
}
