//! The effects of each run, and how each is carried out.

use immich_sso::site::System;
use immich_sso_lab::Settings;
use serde_json::{Value, json};
use testkit::said;

use crate::{faults::Way, scenes::Scene};

/// An effect of a run.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// How the plan begins its line.
    pub what: &'static str,
    /// Its name in the journal.
    pub kind: &'static str,
    /// How it is carried out.
    pub way: Way,
    /// Whose secret it sets aside, where a run does that twice.
    of: Option<System>,
}

impl Row {
    /// Whether that is the effect, in the journal's form.
    pub fn is(&self, body: &Value) -> bool {
        kind(body) == Some(self.kind) && self.of.is_none_or(|of| body["of"] == json!(of))
    }

    /// How the plan begins its line, in this build.
    pub fn begins(&self) -> String {
        said(self.what).into_owned()
    }
}

/// The name of an effect, in the journal's form.
pub fn kind(body: &Value) -> Option<&str> {
    let names = [&body["rotation"], &body["inverse"]["inverse"], &body["access"], &body["effect"]];
    names.into_iter().find_map(Value::as_str)
}

const PROVIDERS: &str = "/providers/oauth2/";
const APPLICATIONS: &str = "/core/applications/";
const TOKENS: &str = "/core/tokens/";
const ACCOUNTS: &str = "/core/users/service_account/";
const USERS: &str = "/core/users/";
const ROLES: &str = "/rbac/roles/";
const GROUPS: &str = "/core/groups/";
const KEYS: &str = "/api/api-keys";
const SETTINGS: &str = "/api/system-config";

const fn row(what: &'static str, kind: &'static str, way: Way) -> Row {
    Row { what, kind, way, of: None }
}

const fn set_aside(what: &'static str, of: System) -> Row {
    Row { what, kind: "set-secret-aside", way: Way::Store(1), of: Some(of) }
}

const PATCH: Way = Way::Authentik("PATCH", PROVIDERS);
const RESTART: Way = Way::Host { part: "restart immich", looks: 0, waits: false };

impl Scene {
    /// Its effects: how the plan begins the line, and how it is carried out.
    pub fn effects(self, settings: Settings) -> Vec<Row> {
        let write = self.write(settings);
        match self {
            Self::Rotate
            | Self::OldRotate
            | Self::RotateBack
            | Self::Return
            | Self::Revoke
            | Self::RenewToken
            | Self::RenewKey => self.of_rotation(write),
            _ => self.of_set_up(write),
        }
    }

    /// How Immich's settings are written.
    const fn write(self, settings: Settings) -> Way {
        // How often the database is looked at between the decision and the write.
        let looks = match self {
            Self::Undo | Self::UndoAgain => 0,
            Self::Again => 2,
            _ => 1,
        };
        let waits = matches!(self, Self::Rotate | Self::OldRotate | Self::Return);
        match settings {
            _ if matches!(self, Self::OldSetUp | Self::OldRotate) => {
                Way::Host { part: "psql", looks, waits }
            }
            Settings::Api => Way::Immich("PUT", SETTINGS),
            Settings::Database => Way::Host { part: "psql", looks, waits },
            Settings::ConfigFile => Way::Host { part: "immich-sso-new", looks: 0, waits },
        }
    }

    fn of_set_up(self, write: Way) -> Vec<Row> {
        let links = Way::Host { part: "psql", looks: 0, waits: false };
        let settings_written = row("Write Immich's OAuth settings", "write-settings", write);
        match self {
            Self::SetUp => vec![
                row("Generate a client secret", "generate-secret", Way::Store(1)),
                row("Create the provider", "create-provider", Way::Authentik("POST", PROVIDERS)),
                row(
                    "Create the application",
                    "create-application",
                    Way::Authentik("POST", APPLICATIONS),
                ),
                settings_written,
            ],
            Self::OldSetUp => vec![settings_written, row("Restart ", "restart", RESTART)],
            Self::Access => vec![
                row("Create the service account", "make-account", Way::Authentik("POST", ACCOUNTS)),
                row("Create the role", "make-role", Way::Authentik("POST", ROLES)),
                row("Create the group", "make-group", Way::Authentik("POST", GROUPS)),
                row("Make the API token", "make-token", Way::Authentik("POST", TOKENS)),
                row("Make the API token", "make-token", Way::Store(1)),
                row("Make the API key", "make-key", Way::Immich("POST", KEYS)),
                row("Make the API key", "make-key", Way::Store(1)),
            ],
            Self::RemoveAccess => vec![
                row("Delete the API key", "delete-key", Way::Immich("DELETE", "/api/api-keys/")),
                row("Delete the group", "delete-group", Way::Authentik("DELETE", GROUPS)),
                row("Delete the role", "delete-role", Way::Authentik("DELETE", ROLES)),
                row("Delete the API token", "delete-token", Way::Authentik("DELETE", TOKENS)),
                row(
                    "Delete the service account",
                    "delete-account",
                    Way::Authentik("DELETE", USERS),
                ),
            ],
            Self::Again => vec![
                set_aside("Keep the secret that authentik", System::Authentik),
                row("Change the provider", "change-provider", PATCH),
                row(
                    "Change the application",
                    "change-application",
                    Way::Authentik("PATCH", APPLICATIONS),
                ),
                set_aside("Keep the secret that Immich", System::Immich),
                settings_written,
            ],
            Self::Adopt => {
                vec![row("Keep authentik's client secret", "adopt-secret", Way::Store(1))]
            }
            Self::Undo => vec![
                row("Set Immich's OAuth settings back", "restore-settings", write),
                row(
                    "Delete the application",
                    "delete-application",
                    Way::Authentik("DELETE", APPLICATIONS),
                ),
                row("Delete the provider", "delete-provider", Way::Authentik("DELETE", PROVIDERS)),
                row("Forget the client secret", "forget-secret", Way::Store(1)),
            ],
            Self::UndoAgain => vec![
                row("Set Immich's OAuth settings back", "restore-settings", write),
                row(
                    "Set the application",
                    "restore-application",
                    Way::Authentik("PATCH", APPLICATIONS),
                ),
                row("Set the provider", "restore-provider", PATCH),
            ],
            Self::Unlink => vec![row("End the stale links", "unlink", links)],
            Self::UndoUnlink => vec![row("Link Immich's accounts as they were", "relink", links)],
            _ => Vec::new(),
        }
    }

    fn of_rotation(self, write: Way) -> Vec<Row> {
        let switches = [
            row("Give the provider", "switch-authentik", PATCH),
            row("Give Immich", "switch-immich", write),
        ];
        let promoted = |nth| row("Make the pending secret", "promote", Way::Store(nth));
        match self {
            Self::Rotate => [
                vec![row("Generate a client secret", "create", Way::Store(1))],
                switches.to_vec(),
                (1..=3).map(promoted).collect(),
            ]
            .concat(),
            Self::OldRotate => [switches[1], row("Restart ", "restart", RESTART)].to_vec(),
            Self::RotateBack => [
                vec![row("Keep the previous secret", "recall", Way::Store(1))],
                switches.to_vec(),
                (1..=4).map(promoted).collect(),
            ]
            .concat(),
            Self::Return => {
                [switches.to_vec(), vec![row("Forget the pending secret", "drop", Way::Store(1))]]
                    .concat()
            }
            Self::Revoke => {
                vec![row("Revoke ", "revoke", Way::Authentik("DELETE", "/oauth2/access_tokens/"))]
            }
            Self::RenewToken => vec![
                row("Make the API token", "make-token", Way::Authentik("POST", TOKENS)),
                row("Make the API token", "make-token", Way::Store(1)),
                row("Make the API token", "make-token", Way::Store(2)),
                row("Delete the old API token", "delete-token", Way::Authentik("DELETE", TOKENS)),
            ],
            Self::RenewKey => vec![
                row("Make the API key", "make-key", Way::Immich("POST", KEYS)),
                row("Make the API key", "make-key", Way::Store(1)),
                row("Make the API key", "make-key", Way::Store(2)),
                row(
                    "Delete the old API key",
                    "delete-key",
                    Way::Immich("DELETE", "/api/api-keys/"),
                ),
            ],
            _ => Vec::new(),
        }
    }
}
