//! The routes by which Immich's settings are written.

use std::fmt;

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{Error as _, IntoDeserializer as _, value},
};

/// How Immich's settings are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RouteKind {
    /// Through its API.
    Api,
    /// Into its database, over SSH.
    Database,
    /// Into the file that `IMMICH_CONFIG_FILE` names, over SSH.
    ConfigFile,
}

impl RouteKind {
    /// The name on screens.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Api => word!("API"),
            Self::Database => word!("database"),
            Self::ConfigFile => word!("config file"),
        }
    }
}

impl fmt::Display for RouteKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What a profile says for no route: the one that fits the server is taken.
const AUTO: &str = "auto";

/// All that a profile may say.
const NAMES: [&str; 4] = [AUTO, "api", "database", "config-file"];

/// Reads what a profile says.
pub(super) fn read<'a, D: Deserializer<'a>>(text: D) -> Result<Option<RouteKind>, D::Error> {
    let text = String::deserialize(text)?;
    if text == AUTO {
        return Ok(None);
    }
    let route = RouteKind::deserialize(text.as_str().into_deserializer());
    route.map(Some).map_err(|_: value::Error| D::Error::unknown_variant(&text, &NAMES))
}

/// Writes it as a profile says it.
#[expect(clippy::trivially_copy_pass_by_ref, clippy::ref_option, reason = "serde wants it so")]
pub(super) fn write<S: Serializer>(route: &Option<RouteKind>, to: S) -> Result<S::Ok, S::Error> {
    match route {
        Some(route) => route.serialize(to),
        None => to.serialize_str(AUTO),
    }
}
