//! The routes by which Immich's OAuth settings are read and written: its API,
//! its database, its config file. One trait, one file each.

mod api;
mod config_file;
mod database;
mod document;
mod error;
mod sends;
mod splice;

use std::{collections::BTreeMap, fmt, time::Duration};

use futures::future::BoxFuture;
use serde_json::{Map, Value};

use super::{
    Client, SettingsChange, Stored,
    dialect::{api_is_measured, needs_restart},
    settings::{CLIENT_SECRET, Fields, Place},
};
use crate::{
    host::Host,
    secret::Secret,
    site::{Fault, HostProfile, RouteKind, SettingsField, Version},
};

use error::{RouteError, WRITE};
pub use sends::{Sends, When};
pub use splice::is_json;

/// A change that was prepared: everything is read, built and on its way but for
/// the one word that carries it out. Awaited, it is carried out; dropped
/// instead, nothing is changed.
pub type Release<'a> = BoxFuture<'a, Result<CarriedOut<'a>, Fault>>;

/// A prepared change that was carried out.
pub struct CarriedOut<'a> {
    /// How long it took until the server said that it is in effect.
    pub took: Duration,
    /// Reads it back.
    pub check: Check<'a>,
}

/// Reads a change back after it was carried out.
pub type Check<'a> = BoxFuture<'a, Result<(), Fault>>;

/// One way to read and write the settings.
pub trait Route: Send + Sync {
    /// What is sent for a change, at once or prepared. `basis` is
    /// [`Stored::basis`] as it was when the change was planned.
    fn sends(&self, change: &SettingsChange, basis: &str, when: When) -> Sends;

    /// Reads what is stored.
    fn read(&self) -> BoxFuture<'_, Result<Stored, Fault>>;

    /// Writes a change and reads it back, by what [`Route::sends`] says.
    ///
    /// # Errors
    /// [`Moved`](crate::site::FaultKind::Moved) when something else was stored meanwhile, ours or
    /// anybody's; then nothing was written. [`NotKept`](crate::site::FaultKind::NotKept) when the
    /// change, read back, is not there.
    fn write<'a>(
        &'a self,
        change: &'a SettingsChange,
        secret: Option<&'a Secret>,
        basis: &'a str,
    ) -> BoxFuture<'a, Result<(), Fault>>;

    /// Prepares a change, so that carrying it out takes as little time as can
    /// be. What is prepared waits for a few seconds only.
    ///
    /// # Errors
    /// As [`Route::write`]; nothing was changed then.
    fn prepare<'a>(
        &'a self,
        change: &'a SettingsChange,
        secret: Option<&'a Secret>,
        basis: &'a str,
    ) -> BoxFuture<'a, Result<Release<'a>, Fault>>;

    /// The copy of the text from before our changes, if the route left one.
    ///
    /// # Errors
    /// When it cannot be looked for.
    fn kept_copy(&self) -> BoxFuture<'_, Result<Option<String>, Fault>> {
        Box::pin(async { Ok(None) })
    }

    /// The names of what the route left beside the settings.
    ///
    /// # Errors
    /// When it cannot be looked for.
    fn copies(&self) -> BoxFuture<'_, Result<Vec<String>, Fault>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    /// Deletes what the route left beside the settings; the names of what was
    /// there.
    ///
    /// # Errors
    /// When it cannot be deleted.
    fn forget_copies(&self) -> BoxFuture<'_, Result<Vec<String>, Fault>> {
        Box::pin(async { Ok(Vec::new()) })
    }
}

/// Why a route is taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RouteReason {
    /// Immich takes its settings from a file alone.
    SettingsFromFile,
    /// The profile asks for it. `restart`: the release that sees what is written
    /// there after a restart only.
    AskedFor {
        /// The release.
        restart: Option<Version>,
    },
    /// There is no key for the API.
    NoKey {
        /// The release that sees what is written there after a restart only.
        restart: Option<Version>,
    },
    /// Immich checks what is written, and it is in effect at once.
    Checked,
    /// Immich checks what is written; whether it is in effect is asked then.
    CheckedThenAsked,
}

impl fmt::Display for RouteReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let restart = |version: &Option<Version>| {
            let after = |version| {
                say!("; Immich {version} sees what is written there after a restart", version)
            };
            version.as_ref().map(after).unwrap_or_default()
        };
        f.write_str(&match self {
            Self::SettingsFromFile => {
                say!("Immich reads its settings from a file and refuses to be told otherwise")
            }
            Self::AskedFor { restart: version } => {
                say!("the profile asks for it{restart}", restart = restart(version))
            }
            Self::NoKey { restart: version } => {
                say!("there is no API key{restart}", restart = restart(version))
            }
            Self::Checked => say!("it is checked by Immich and at once in effect"),
            Self::CheckedThenAsked => say!(
                "it is checked by Immich; after a write Immich is asked whether it is in effect"
            ),
        })
    }
}

/// The route that fits a server, and why.
#[must_use]
pub fn choose(
    version: &Version,
    config_file: bool,
    asked_for: Option<RouteKind>,
    has_key: bool,
) -> (RouteKind, RouteReason) {
    if config_file {
        return (RouteKind::ConfigFile, RouteReason::SettingsFromFile);
    }
    let restart = needs_restart(version).then(|| version.clone());
    match (asked_for, has_key) {
        (Some(RouteKind::Database), _) => (RouteKind::Database, RouteReason::AskedFor { restart }),
        (_, false) => (RouteKind::Database, RouteReason::NoKey { restart }),
        (_, true) if api_is_measured(version) => (RouteKind::Api, RouteReason::Checked),
        (_, true) => (RouteKind::Api, RouteReason::CheckedThenAsked),
    }
}

/// A route, ready to use.
///
/// # Errors
/// When the route leads over the host, and there is no way onto it.
pub fn open<'a>(
    kind: RouteKind,
    client: &'a Client,
    host: Option<&'a Host>,
    profile: &'a HostProfile,
    version: &'a Version,
) -> Result<Box<dyn Route + 'a>, Fault> {
    let host = || host.ok_or_else(|| Fault::of(&RouteError::NoHost, error::take(kind)));
    Ok(match kind {
        RouteKind::Api => Box::new(api::Api::new(client)),
        RouteKind::Database => Box::new(database::Database::new(host()?, profile, version)),
        RouteKind::ConfigFile => Box::new(config_file::ConfigFile::new(host()?, profile)),
    })
}

/// What an oauth block says once defaults fill it up.
fn stored(oauth: Option<&Map<String, Value>>, basis: String, is_there: bool) -> Stored {
    let mut fields: Fields = SettingsField::ALL
        .iter()
        .filter(|field| **field != SettingsField::ClientSecret)
        .map(|field| (field.key().to_owned(), field.unset()))
        .collect();
    let mut client_secret = None;
    for (key, value) in oauth.into_iter().flatten() {
        if key == CLIENT_SECRET {
            client_secret = value.as_str().filter(|text| !text.is_empty()).map(Secret::new);
        } else {
            fields.insert(key.clone(), value.clone());
        }
    }
    let present = oauth.map(|block| block.keys().cloned().collect());
    Stored {
        fields,
        client_secret,
        present,
        texts: BTreeMap::new(),
        spelled: BTreeMap::new(),
        bare_secret: false,
        is_there,
        basis,
        place: Place::default(),
    }
}

/// Whether what is stored says what was written.
fn kept(change: &SettingsChange, secret: Option<&Secret>, stored: &Stored) -> Result<(), Fault> {
    let mut lost: Vec<&str> = change
        .fields
        .iter()
        .filter(|(key, value)| stored.fields.get(*key) != Some(value))
        .map(|(key, _)| key.as_str())
        .collect();
    let secret = secret.filter(|secret| !secret.is_empty());
    if change.secret.is_some() && stored.client_secret.as_ref() != secret {
        lost.push(CLIENT_SECRET);
    }
    if lost.is_empty() {
        return Ok(());
    }
    let error = RouteError::NotKept { fields: lost.join(", ") };
    Err(Fault::of(&error, word!("read Immich's settings back")))
}

fn moved() -> Fault {
    Fault::of(&RouteError::Moved, WRITE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_route_follows_the_server_before_the_wish() {
        let kind = |version: Version, file, wish, key| choose(&version, file, wish, key).0;
        let (old, new) = (Version::new(1, 105, 1), Version::new(2, 7, 5));
        assert_eq!(kind(new.clone(), true, Some(RouteKind::Api), true), RouteKind::ConfigFile);
        assert_eq!(kind(old.clone(), false, None, true), RouteKind::Api);
        assert_eq!(kind(old.clone(), false, None, false), RouteKind::Database);
        assert_eq!(kind(old, false, Some(RouteKind::Database), true), RouteKind::Database);
        assert_eq!(kind(new.clone(), false, None, true), RouteKind::Api);
        assert_eq!(kind(new.clone(), false, None, false), RouteKind::Database);
        assert_eq!(kind(new, false, Some(RouteKind::Database), true), RouteKind::Database);
    }

    #[test]
    fn the_database_route_of_old_releases_names_the_restart() {
        let why = |version, key| choose(&version, false, None, key).1;
        let (old, new) = (Version::new(1, 105, 1), Version::new(2, 7, 5));
        let restart = Some(old.clone());
        assert_eq!(why(old, false), RouteReason::NoKey { restart });
        assert_eq!(why(new, false), RouteReason::NoKey { restart: None });
        assert_eq!(why(Version::new(1, 104, 0), true), RouteReason::CheckedThenAsked);
    }
}
