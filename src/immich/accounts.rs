//! Immich's accounts and what they are linked to, in its database: its API lets
//! nobody but the owner of an account end a link.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    User,
    dialect::users_table,
    sql::{SILENCE, quoted, tag},
};
use crate::{
    host::{Command, Host, Psql},
    net::{Fills, Hole, Template, unreadable},
    secret::{Foreign, Known, Secret},
    site::{Failure, Fault, FaultKind, HostProfile, System, Version},
};

/// An account whose link changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Relink {
    /// The account's id.
    pub id: String,
    /// Its e-mail address, for people.
    pub email: String,
    /// The subject that it is linked to; empty: to none.
    pub from: String,
    /// The subject that it becomes linked to; empty: to none.
    pub to: String,
}

/// What is tried when accounts are linked.
const LINK: &str = word!("link Immich's accounts");

/// What goes wrong with the accounts in the database.
#[derive(Debug, thiserror::Error)]
enum AccountsError {
    #[error("{0}")]
    Unreadable(Foreign),
    #[error("{}", say!("a value holds a NUL character, which PostgreSQL cannot keep"))]
    NulCharacter,
    #[error("{}", say!("one of them was linked otherwise meanwhile; nothing was changed"))]
    Moved,
}

impl Failure for AccountsError {
    fn system(&self) -> System {
        System::Immich
    }

    fn kind(&self) -> FaultKind {
        match self {
            Self::Unreadable(_) => FaultKind::Unexpected,
            Self::NulCharacter => FaultKind::Refused,
            Self::Moved => FaultKind::Moved,
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::Unreadable(_) | Self::NulCharacter => String::new(),
            Self::Moved => say!("Look again: the new state is read and planned anew."),
        }
    }
}

/// See the module.
pub struct Accounts<'a> {
    host: &'a Host,
    psql: Psql<'a>,
    table: &'static str,
}

impl<'a> Accounts<'a> {
    /// The accounts of an Immich of this version.
    #[must_use]
    pub fn new(host: &'a Host, profile: &'a HostProfile, version: &Version) -> Self {
        let psql = Psql {
            container: &profile.postgres_container,
            user: &profile.database_user,
            database: &profile.database,
        };
        Self { host, psql, table: users_table(version) }
    }

    /// The accounts that are linked to a subject, by their e-mail addresses.
    ///
    /// # Errors
    /// What the database answers, or the way to it.
    pub async fn linked(&self) -> Result<Vec<User>, Fault> {
        let sql = format!(
            "SELECT coalesce(jsonb_agg(jsonb_build_object('id', id, 'email', email, 'name', name, 'oauthId', \"oauthId\") ORDER BY email), '[]')
FROM {} WHERE \"oauthId\" <> '' AND \"deletedAt\" IS NULL;
",
            self.table
        );
        let answer = self.host.psql(&self.psql, &Secret::new(sql)).await?;
        serde_json::from_str(answer.trim()).map_err(|error| {
            let why = unreadable(&error, &Known::default());
            let tried = word!("read Immich's accounts from its database");
            Fault::of(&AccountsError::Unreadable(why), tried)
        })
    }

    /// Changes what these accounts are linked to: all of them or, when one of
    /// them is linked otherwise than it was, none.
    ///
    /// # Errors
    /// [`FaultKind::Moved`] when nothing was changed for that reason.
    pub async fn relink(&self, accounts: &[Relink]) -> Result<(), Fault> {
        let text = rows(accounts);
        if text.contains("\\u0000") {
            return Err(Fault::of(&AccountsError::NulCharacter, LINK));
        }
        let fills = Fills::default().with(Hole::Tag, tag(&text)?);
        let sql = self.statements(accounts).fill(&fills);
        let sql = sql.map_err(|lack| lack.fault(System::Immich, LINK))?;
        let answer = self.host.psql(&self.psql, &sql).await?;
        let written = answer.lines().filter(|line| line.trim() == "written").count();
        if written == accounts.len() {
            return Ok(());
        }
        Err(Fault::of(&AccountsError::Moved, LINK))
    }

    /// The command that reads the statements.
    #[must_use]
    pub fn command(&self) -> Command {
        self.host.psql_command(&self.psql, false)
    }

    /// The statements. Each row is guarded by what it was linked to, and one
    /// that moved keeps all of them as they are.
    #[must_use]
    pub fn statements(&self, accounts: &[Relink]) -> Template {
        let table = self.table;
        joined![
            format!(
                "BEGIN;
{SILENCE}LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE;
WITH known AS (
SELECT * FROM jsonb_to_recordset("
            ),
            quoted(&rows(accounts).into()),
            format!(
                "::jsonb) AS entry (id text, \"from\" text, \"to\" text)
), moved AS (
SELECT known.id FROM known LEFT JOIN {table} AS account ON account.id::text = known.id
WHERE account.\"oauthId\" IS DISTINCT FROM known.\"from\"
)
UPDATE {table} AS account SET \"oauthId\" = known.\"to\" FROM known
WHERE account.id::text = known.id AND NOT EXISTS (SELECT 1 FROM moved)
RETURNING 'written';
COMMIT;
"
            ),
        ]
    }
}

fn rows(accounts: &[Relink]) -> String {
    let rows = accounts.iter().map(|one| json!({"id": one.id, "from": one.from, "to": one.to}));
    serde_json::Value::Array(rows.collect()).to_string()
}
