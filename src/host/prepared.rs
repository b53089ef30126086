//! Changes on the host that are prepared so far that one word carries them
//! out: the command runs already, has everything, and waits.

use super::{ConfigFile, Host, Psql, fault, file, psql, quote::word, sent};
use crate::{
    net::Running,
    secret::Secret,
    site::{Fault, FaultKind},
};

/// How long a prepared command waits for its word before it gives up and
/// leaves everything as it was. What it keeps others from is bounded by this.
const WAITS: std::time::Duration = std::time::Duration::from_secs(20);

/// What the script says when it has everything.
const READY: &str = "ready";

/// The exit status of the script when the file is not what it was.
const MOVED: u32 = 9;

/// A change that waits for its word. Nothing is changed yet; when it is
/// dropped instead, nothing will be.
#[derive(Debug)]
pub struct Prepared {
    running: Running,
    tried: String,
    word: &'static str,
    is_sql: bool,
}

impl Prepared {
    /// Carries it out.
    ///
    /// # Errors
    /// What the host said. [`FaultKind::Lost`] and [`FaultKind::Late`]: whether
    /// it was carried out is not known.
    pub async fn release(self) -> Result<(), Fault> {
        let Self { running, tried, word, is_sql } = self;
        let output = running.finish(&Secret::new(word)).await;
        let output = output.map_err(|fault| Fault { tried: tried.clone(), ..fault })?;
        match output.status {
            _ if is_sql => psql::ended(&tried, &output),
            0 => Ok(()),
            MOVED => Err(moved(&tried)),
            status => Err(file::refusal(&tried, status, &output.stderr)),
        }
    }
}

fn moved(tried: &str) -> Fault {
    fault(FaultKind::Moved, tried)
        .answered("somebody changed settings since they were read; nothing was written")
        .remedy("Look again: the new state is read and planned anew.")
}

impl Host {
    /// Runs the statements of a transaction and lacks only its `COMMIT`. They
    /// must print `written` where they did their work.
    ///
    /// # Errors
    /// What PostgreSQL said; [`FaultKind::Moved`] when they did nothing.
    pub async fn prepare_sql(&self, on: &Psql<'_>, sql: &str) -> Result<Prepared, Fault> {
        let tried = format!("run SQL in the container `{}`", on.container);
        let mut running = self.begin(&tried, &self.reads_sql(on), WAITS).await?;
        let all = format!("{sql}SELECT '{READY}';\n");
        running.tell(&Secret::new(all)).await?;
        match running.says(READY).await? {
            Some(lines) if lines.iter().any(|line| line == "written") => {
                Ok(Prepared { running, tried, word: "COMMIT;\n", is_sql: true })
            }
            Some(_) => Err(moved(&tried)),
            None => {
                let output = running.finish(&Secret::new("")).await?;
                psql::ended(&tried, &output)?;
                Err(moved(&tried))
            }
        }
    }

    /// Brings a text to the disk beside a file, and lacks only the move into
    /// its place. The old one is kept, as [`Host::replace_file`] does.
    ///
    /// # Errors
    /// When it cannot be written; the old file is then untouched.
    pub async fn prepare_file(
        &self,
        at: &ConfigFile,
        text: &Secret,
        mark: &str,
    ) -> Result<Prepared, Fault> {
        let tried = format!("replace {} on the host", at.path);
        let kept = file::kept_beside(&at.path, mark);
        let command = self.swap_at_a_word(at, &text.expose().len().to_string(), &kept);
        let mut running = self.begin(&tried, &command, WAITS).await?;
        running.tell(text).await?;
        if running.says(READY).await?.is_some() {
            return Ok(Prepared { running, tried, word: "go\n", is_sql: false });
        }
        let output = running.finish(&Secret::new("")).await?;
        Err(file::refusal(&tried, output.status, &output.stderr))
    }

    /// The command that [`Host::prepare_sql`] sends.
    #[must_use]
    pub fn prepare_sql_command(&self, on: &Psql<'_>) -> String {
        sent(&self.reads_sql(on), WAITS)
    }

    /// The command that [`Host::prepare_file`] sends.
    #[must_use]
    pub fn prepare_file_command(&self, path: &str) -> String {
        let at = ConfigFile { path: path.to_owned(), is_mounted_itself: false };
        let swap =
            self.swap_at_a_word(&at, "(its length)", &file::kept_beside(path, "(its digest)"));
        sent(&swap, WAITS)
    }

    /// Another content than was read, at the moment of the word, is somebody
    /// else's change: then nothing is moved.
    fn swap_at_a_word(&self, at: &ConfigFile, bytes: &str, kept: &str) -> String {
        let takes_place = if at.is_mounted_itself {
            "cat -- \"$new\" > \"$file\""
        } else {
            "mv -f -- \"$new\" \"$file\""
        };
        let script = format!(
            "set -eu; file=$1 kept=$2 new=$1.immich-sso-new; \
             cp -p -- \"$file\" \"$kept\"; cp -p -- \"$file\" \"$new\"; \
             trap 'rm -f -- \"$new\"' EXIT; head -c {bytes} > \"$new\"; \
             test \"$(wc -c < \"$new\")\" -eq {bytes}; sync -- \"$new\"; echo {READY}; \
             if ! read -r go || [ \"$go\" != go ]; then rm -f -- \"$kept\"; exit 1; fi; \
             if ! cmp -s -- \"$file\" \"$kept\"; then rm -f -- \"$kept\"; exit {MOVED}; fi; \
             {takes_place}; sync -- \"$file\""
        );
        format!("{}sh -c {} sh {} {}", self.sudo(), word(&script), word(&at.path), word(kept))
    }
}
