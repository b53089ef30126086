//! SQL for the PostgreSQL in a container.

use shell_words::quote;

use super::{Command, DEADLINE, Host, command::WAITS, docker};
use crate::{
    net::Output,
    secret::{Foreign, Secret},
    site::{Fault, FaultKind, System, UniformFailure},
};

/// The exit status of `psql` when a statement failed and it was told to stop.
const SQL_FAILED: u32 = 3;

/// The exit status of `psql` when it cannot connect.
const NO_CONNECTION: u32 = 2;

/// Which database, as whom.
#[derive(Clone, Copy, Debug)]
pub struct Psql<'a> {
    /// The container.
    pub container: &'a str,
    /// The database user.
    pub user: &'a str,
    /// The database.
    pub database: &'a str,
}

impl Host {
    /// The command that reads SQL on its standard input, to be prepared or not.
    /// `-X`: nobody's settings; `ON_ERROR_STOP`: the first error ends it, with an
    /// exit status.
    #[must_use]
    pub fn psql_command(&self, psql: &Psql<'_>, prepared: bool) -> Command {
        let line = format!(
            "{} exec -i {} psql -X -q -v ON_ERROR_STOP=1 -At -U {} -d {}",
            self.docker(),
            quote(psql.container),
            quote(psql.user),
            quote(psql.database)
        );
        Command::new(line, if prepared { WAITS } else { DEADLINE })
    }

    /// Runs SQL and returns what it printed: a line for each row, columns
    /// separated by `|`.
    ///
    /// # Errors
    /// What PostgreSQL said; never the SQL itself, which may hold a secret.
    pub async fn psql(&self, psql: &Psql<'_>, sql: &Secret) -> Result<String, Fault> {
        let tried = say!("run SQL in the container `{name}`", name = psql.container);
        let command = self.psql_command(psql, false);
        let output = self.run(&tried, &command, Some(sql)).await?;
        ended(&tried, &output)?;
        Ok(output.stdout.expose().to_owned())
    }
}

/// How `psql` ended, as a fault where it is one.
pub(super) fn ended(tried: &str, output: &Output) -> Result<(), Fault> {
    let error = match output.status {
        0 => return Ok(()),
        SQL_FAILED => SqlError::Failed(errors(&output.stderr)),
        NO_CONNECTION => SqlError::NoConnection(errors(&output.stderr)),
        _ => return Err(docker::refusal(tried, output)),
    };
    Err(Fault::of(&error, tried))
}

/// What PostgreSQL says.
#[derive(Debug, thiserror::Error)]
enum SqlError {
    #[error("{0}")]
    Failed(String),
    #[error("{0}")]
    NoConnection(String),
}

impl UniformFailure for SqlError {
    const SYSTEM: System = System::Host;
    const KIND: FaultKind = FaultKind::Refused;

    fn hint(&self) -> String {
        match self {
            Self::Failed(_) => say!(
                "Nothing was changed: the transaction was not committed. Does the profile name Immich's own database?"
            ),
            Self::NoConnection(_) => say!(
                "Check `database` and `database_user` under [host] in the profile: they stand in Immich's .env as DB_DATABASE_NAME and DB_USERNAME."
            ),
        }
    }
}

/// The first line of each error. The lines after it quote the statement.
fn errors(stderr: &Foreign) -> String {
    let errors = stderr.part(|text| {
        let lines = text.lines().filter_map(|line| {
            let at =
                ["ERROR:", "FATAL:", "psql: error:"].iter().find_map(|kind| line.find(kind))?;
            Some(line[at..].trim())
        });
        lines.collect::<Vec<_>>().join("; ")
    });
    if errors.is_empty() { say!("no reason was given") } else { errors.end().into() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Known;

    #[test]
    fn an_error_is_told_without_the_statement_that_it_quotes() {
        let stderr = "psql:<stdin>:3: ERROR:  syntax error at or near \"x\"\nLINE 1: INSERT ... 'hunter2'\n               ^\n";
        let stderr = Known::default().words(stderr);
        assert_eq!(errors(&stderr), "ERROR:  syntax error at or near \"x\"");
    }
}
