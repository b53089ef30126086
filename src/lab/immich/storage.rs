//! Where an Immich keeps what it is told: tables as in PostgreSQL, and perhaps
//! a config file that overrules them.

use std::{
    collections::BTreeMap,
    fmt,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use serde_json::Value;

use crate::site::Version;

/// The key of the settings' row in `system_metadata`.
pub const SETTINGS_ROW: &str = "system-config";

/// Tables and config file of one Immich. Clones share them: Immich's server
/// and the `psql` of the lab's host look at the same rows.
#[derive(Clone)]
pub struct Storage {
    tables: Arc<Mutex<Tables>>,
    file: Option<PathBuf>,
}

/// The tables that matter here.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tables {
    /// `system_metadata`: jsonb by key. The row [`SETTINGS_ROW`] holds only
    /// what differs from the defaults, and is not there on a fresh server.
    pub system_metadata: BTreeMap<String, Value>,
    /// `system_config`: a JSON text by dotted key. `None`: there is no such
    /// table. It exists, empty and ignored, in 1.106.0 to 1.131 as well.
    pub system_config: Option<BTreeMap<String, String>>,
    /// `"user"`, or `users` before 1.136.0.
    pub users: Vec<UserRow>,
}

/// A row of the table of users.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserRow {
    /// A UUID.
    pub id: String,
    /// The e-mail address.
    pub email: String,
    /// The name.
    pub name: String,
    /// The password: the lab keeps it as it is. Empty: none.
    pub password: String,
    /// Whether it is an administrator.
    pub is_admin: bool,
    /// The subject at the identity provider; empty: not linked.
    pub oauth_id: String,
    /// The folder's name, if set.
    pub storage_label: Option<String>,
    /// The quota in bytes; `None`: without limit.
    pub quota: Option<u64>,
    /// When the row was made, RFC 3339.
    pub created_at: String,
    /// When the row was changed last, RFC 3339.
    pub updated_at: String,
}

impl Storage {
    /// Empty tables as the migrations of `version` leave them.
    #[must_use]
    pub fn database(version: &Version) -> Self {
        let has_rows = !version.at_least(1, 132, 0);
        let tables = Tables { system_config: has_rows.then(BTreeMap::new), ..Tables::default() };
        Self { tables: Arc::new(Mutex::new(tables)), file: None }
    }

    /// The same, with the settings in a file, as with `IMMICH_CONFIG_FILE`.
    #[must_use]
    pub fn config_file(version: &Version, file: impl Into<PathBuf>) -> Self {
        Self { file: Some(file.into()), ..Self::database(version) }
    }

    /// The config file, if the settings come from one.
    #[must_use]
    pub fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }

    /// Looks at the tables, or changes them: nobody else does meanwhile, as in
    /// a transaction.
    pub fn transact<T>(&self, work: impl FnOnce(&mut Tables) -> T) -> T {
        work(&mut self.tables.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// A copy of the tables as they are now.
    #[must_use]
    pub fn tables(&self) -> Tables {
        self.transact(|tables| tables.clone())
    }
}

impl fmt::Debug for Storage {
    /// Rows hold secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Storage").field("file", &self.file).finish_non_exhaustive()
    }
}
