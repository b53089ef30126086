//! Changes on the host that are prepared so far that one word carries them
//! out: the command runs already, has everything, and waits.

use std::time::{Duration, Instant};

use super::{ConfigFile, Host, Psql, file, frame::Framed, psql};
use crate::{
    net::{Fills, Output},
    secret::Secret,
    site::{Fault, FaultKind, System, UniformFailure},
};

/// What the script says when it has everything.
const READY: &str = "ready";

/// What it says once the change is in effect; what tidies up comes after it.
const DONE: &str = "done";

/// A change that waits for its word. Nothing is changed yet; when it is
/// dropped instead, nothing will be.
#[derive(Debug)]
pub struct Prepared {
    running: Framed,
    tried: String,
    word: String,
    is_sql: bool,
}

impl Prepared {
    /// Carries it out, and returns how long it took until the host said that it
    /// is in effect.
    ///
    /// # Errors
    /// What the host said. [`FaultKind::Lost`] and [`FaultKind::Late`]: whether
    /// it was carried out is not known.
    pub async fn release(self) -> Result<Duration, Fault> {
        let Self { mut running, tried, word, is_sql } = self;
        let began = Instant::now();
        // One that ended meanwhile cannot be told; its end says why.
        if running.tell(&Secret::new(word)).await.is_ok() {
            running.says(DONE).await?;
        }
        let took = began.elapsed();
        let ended = running.finish(None).await?;
        if is_sql {
            psql::ended(&tried, &ended.into())?;
        } else {
            file::ended(&tried, &ended)?;
        }
        Ok(took)
    }
}

/// What a prepared transaction is told to carry it out.
#[must_use]
pub fn commit() -> String {
    format!("COMMIT;\nSELECT '{DONE}';\n")
}

/// What ends the statements of a transaction that is prepared.
#[must_use]
pub fn ready() -> String {
    format!("SELECT '{READY}';\n")
}

/// What a prepared file is told to take its place.
pub const GO: &str = "go\n";

pub(super) fn moved(tried: &str) -> Fault {
    Fault::of(&Moved, tried)
}

/// What was read is not there any more.
#[derive(Debug, thiserror::Error)]
#[error("{}", say!("somebody changed settings since they were read; nothing was written"))]
struct Moved;

impl UniformFailure for Moved {
    const SYSTEM: System = System::Host;
    const KIND: FaultKind = FaultKind::Moved;

    fn hint(&self) -> String {
        say!("Look again: the new state is read and planned anew.")
    }
}

impl Host {
    /// Runs the statements of a transaction and lacks only its `COMMIT`. They
    /// must print `written` where they did their work, and end with [`ready`].
    ///
    /// # Errors
    /// What PostgreSQL said; [`FaultKind::Moved`] when they did nothing.
    pub async fn prepare_sql(&self, on: &Psql<'_>, sql: &Secret) -> Result<Prepared, Fault> {
        let tried = say!("run SQL in the container `{name}`", name = on.container);
        let command = self.psql_command(on, true);
        let mut running = self.begin(&tried, &command, &Fills::default()).await?;
        running.tell(sql).await?;
        match running.says(READY).await? {
            Some(lines) if lines.iter().any(|line| line == "written") => {
                Ok(Prepared { running, tried, word: commit(), is_sql: true })
            }
            Some(_) => Err(moved(&tried)),
            None => {
                let output: Output = running.finish(None).await?.into();
                psql::ended(&tried, &output)?;
                Err(moved(&tried))
            }
        }
    }

    /// Brings a text to the disk beside a file, and lacks only the move into
    /// its place.
    ///
    /// # Errors
    /// When it cannot be written; the old file is then untouched.
    /// [`FaultKind::Moved`] when it is not what was read.
    pub async fn prepare_file(
        &self,
        at: &ConfigFile,
        write: &file::FileWrite<'_>,
    ) -> Result<Prepared, Fault> {
        let tried = say!("replace {path} on the host", path = at.path);
        let command = self.replace_command(write.keep, true);
        let mut running = self.begin(&tried, &command, &write.fills(at)).await?;
        running.tell(write.text).await?;
        if running.says(READY).await?.is_some() {
            return Ok(Prepared { running, tried, word: GO.into(), is_sql: false });
        }
        let ended = running.finish(None).await?;
        file::ended(&tried, &ended)?;
        Err(moved(&tried))
    }
}
