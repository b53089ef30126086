//! What the last run saw, so that the next one can say what changed since. It
//! holds no secret, and nothing depends on it: without it there is just less to
//! tell.

mod first;

use std::{collections::BTreeMap, path::Path};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{FieldValue, LoginResult};
use crate::{
    immich::RouteKind,
    site::{
        Fault, FaultKind, System, UniformFailure,
        files::{self, Readers},
    },
};

/// The format of the file. The one before it kept who logged in, and what
/// proved it, in words.
const VERSION: u32 = 3;
/// Longer than any memory.
const LONGEST: usize = 16 << 20;

/// What looks saw of the objects themselves.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Saw {
    /// The provider's primary key.
    pub(super) provider: Option<i64>,
    /// The key pair that signs.
    pub(super) signing_key: Option<String>,
    /// The fingerprint of the client secret that authentik holds.
    pub(super) authentik_secret: Option<String>,
    /// The application's primary key.
    pub(super) application: Option<String>,
    /// Whether Immich had any OAuth settings.
    pub(super) is_set: bool,
    /// The fingerprint of the client secret that Immich holds.
    pub(super) immich_secret: Option<String>,
    /// How Immich's settings are written.
    pub(super) route: Option<RouteKind>,
    /// How many of Immich's accounts are linked to nobody whom authentik knows.
    /// `None`: it was not looked at.
    pub(super) stale_links: Option<usize>,
    /// The values of fields that were as wanted, by the ids of the fields.
    pub(super) agreed: BTreeMap<String, FieldValue>,
}

/// What the last run saw.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Memory {
    pub(super) version: u32,
    /// When.
    pub(super) at: Timestamp,
    /// authentik's address.
    pub(super) authentik: String,
    /// Its release.
    pub(super) authentik_version: Option<String>,
    /// Immich's address.
    pub(super) immich: String,
    /// Its release.
    pub(super) immich_version: Option<String>,
    /// Where authentik's API was asked, if that was another address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) authentik_api: Option<String>,
    /// Where Immich's API was asked, if that was another address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) immich_api: Option<String>,
    /// The objects.
    pub(super) saw: Saw,
    /// How long authentik took for its last write of a provider.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) provider_write_ms: Option<u64>,
    /// How long the last write of Immich's settings took, by each route.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) settings_write_ms: BTreeMap<RouteKind, u64>,
    /// What the last test login came to, unless something was changed since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) login: Option<LoginResult>,
}

impl Memory {
    /// A memory of now.
    pub(super) fn new(at: Timestamp, saw: Saw) -> Self {
        Self {
            version: VERSION,
            at,
            authentik: String::new(),
            authentik_version: None,
            immich: String::new(),
            immich_version: None,
            authentik_api: None,
            immich_api: None,
            saw,
            provider_write_ms: None,
            settings_write_ms: BTreeMap::new(),
            login: None,
        }
    }

    /// What is kept at `path`. What cannot be read is as good as forgotten.
    pub(super) fn read(path: &Path) -> Option<Self> {
        let text = files::read_text(path, LONGEST, Readers::OnlyUs).ok()?;
        let stored: Value = serde_json::from_str(&text).ok()?;
        let stored = match stored.get("version").and_then(Value::as_u64)? {
            1 => first::migrated(stored)?,
            2 => stored,
            version if version == u64::from(VERSION) => stored,
            _ => return None,
        };
        serde_json::from_value(stored).ok()
    }

    /// Keeps it at `path`, in place of an earlier one.
    pub(super) fn write(&self, path: &Path) -> Result<(), Fault> {
        self.put(path)
            .map_err(|error| Fault::of(&error, say!("write {path}", path = path.display())))
    }

    fn put(&self, path: &Path) -> Result<(), NotWritten> {
        let text = serde_json::to_string_pretty(self)?;
        if let Some(folder) = path.parent() {
            files::make_private_folder(folder)?;
        }
        Ok(files::replace(path, text.as_bytes())?)
    }
}

/// Why the memory was not kept.
#[derive(Debug, thiserror::Error)]
enum NotWritten {
    /// It cannot be written as JSON.
    #[error("{0}")]
    Json(#[from] serde_json::Error),
    /// The file cannot be written.
    #[error("{0}")]
    File(#[from] std::io::Error),
}

impl UniformFailure for NotWritten {
    const SYSTEM: System = System::Workstation;
    const KIND: FaultKind = FaultKind::Refused;

    fn hint(&self) -> String {
        String::new()
    }
}
