//! Files on the host: read, and swapped for another in one move.

use super::{ConfigFile, DEADLINE, Host, fault, quote::word, sent};
use crate::{
    secret::{Foreign, Secret},
    site::{DockerAccess, Fault, FaultKind},
};

/// Where the old text of a file is kept.
#[must_use]
pub fn kept_beside(path: &str, mark: &str) -> String {
    format!("{path}.immich-sso-{mark}")
}

impl Host {
    /// The text of a file. It may hold secrets.
    ///
    /// # Errors
    /// When it is not there or may not be read.
    pub async fn read_file(&self, path: &str) -> Result<Secret, Fault> {
        let tried = format!("read {path} on the host");
        let command = format!("{}cat -- {}", self.sudo(), word(path));
        let output = self.run(&tried, &command, None, DEADLINE).await?;
        if output.status == 0 {
            return Ok(output.stdout);
        }
        Err(refusal(&tried, output.status, &output.stderr))
    }

    /// Puts another text into the place of a file, with the same owner and
    /// rights, and keeps the old one beside it, under [`kept_beside`] its name
    /// and `mark`. It is one move, unless the file itself is mounted into the
    /// container: that would go on with the old one, so there the new text is
    /// written into the same file.
    ///
    /// # Errors
    /// When it cannot be written; the old file is then untouched.
    pub async fn replace_file(
        &self,
        file: &ConfigFile,
        text: &Secret,
        mark: &str,
    ) -> Result<(), Fault> {
        let path = &file.path;
        let tried = format!("replace {path} on the host");
        let kept = kept_beside(path, mark);
        let command =
            self.swap(path, &kept, file.is_mounted_itself, &text.expose().len().to_string());
        let output = self.run(&tried, &command, Some(text.clone()), DEADLINE).await?;
        if output.status == 0 {
            return Ok(());
        }
        Err(refusal(&tried, output.status, &output.stderr))
    }

    /// The command that [`Host::replace_file`] sends.
    #[must_use]
    pub fn replace_file_command(&self, path: &str) -> String {
        let swap = self.swap(path, &kept_beside(path, "(its digest)"), false, "(its length)");
        sent(&swap, DEADLINE)
    }

    /// A copy keeps owner and rights; its content is written from standard
    /// input and brought to the disk before it takes the old one's place, if
    /// it is all there: a session that breaks looks like the end of the input.
    fn swap(&self, path: &str, kept: &str, in_place: bool, bytes: &str) -> String {
        let takes_place =
            if in_place { "cat -- \"$new\" > \"$file\"" } else { "mv -f -- \"$new\" \"$file\"" };
        let script = format!(
            "set -eu; file=$1 kept=$2 new=$1.immich-sso-new; \
             cp -p -- \"$file\" \"$kept\"; cp -p -- \"$file\" \"$new\"; \
             trap 'rm -f -- \"$new\"' EXIT; cat > \"$new\"; test \"$(wc -c < \"$new\")\" -eq {bytes}; sync -- \"$new\"; \
             {takes_place}; sync -- \"$file\""
        );
        format!("{}sh -c {} sh {} {}", self.sudo(), word(&script), word(path), word(kept))
    }

    /// Files of a stack that only root may manage are root's, too.
    pub(super) const fn sudo(&self) -> &'static str {
        match self.docker {
            DockerAccess::Direct => "",
            DockerAccess::Sudo => "sudo -n ",
        }
    }
}

pub(super) fn refusal(tried: &str, status: u32, stderr: &Foreign) -> Fault {
    let words = stderr.end();
    let (kind, remedy) = if stderr.mentions("ermission denied") {
        (
            FaultKind::NotAllowed,
            "The user on the host may not do this: change the file's owner or rights, or let Docker and files be reached by sudo.",
        )
    } else if stderr.mentions("No such file") {
        (FaultKind::NotFound, "Is the file mounted from where the profile says?")
    } else if stderr.mentions("No space left") {
        (FaultKind::Refused, "Make room on the host's disk. The old file is untouched.")
    } else {
        (FaultKind::Refused, "The old file is untouched.")
    };
    fault(kind, tried).answered(format!("exit status {status}: {words}")).remedy(remedy)
}
