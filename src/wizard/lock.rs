//! One run per profile at a time.

use std::{
    fs::{File, TryLockError},
    io::{Read, Seek, Write},
    path::{Path, PathBuf},
    process,
    time::Duration,
};

use jiff::{Timestamp, tz::TimeZone};
use serde::{Deserialize, Serialize};

use crate::site::{Fault, FaultKind, System, files};

/// How often a lock that is held is tried once more, and after how long.
const TRIES: u32 = 5;
const INSTANT: Duration = Duration::from_millis(20);

/// Says that this process works on a profile. The operating system takes the
/// lock back when the value is dropped or the process ends, however it ends;
/// the file stays and means nothing by itself.
#[derive(Debug)]
pub struct RunLock {
    file: File,
    path: PathBuf,
}

/// Who holds the lock, for the message of whoever comes second.
#[derive(Debug, Serialize, Deserialize)]
struct Holder {
    pid: u32,
    since: Timestamp,
    doing: String,
}

impl RunLock {
    /// Takes the lock at `path` for what is being done ("set-up").
    ///
    /// # Errors
    /// [`FaultKind::Refused`] when another run holds it; says which and since
    /// when. Waits for an instant only.
    pub fn take(path: &Path, doing: &str) -> Result<Self, Fault> {
        let fault = |answer: String| {
            Fault::new(System::Workstation, FaultKind::Refused, format!("lock {}", path.display()))
                .answered(answer)
        };
        if let Some(folder) = path.parent() {
            files::make_private_folder(folder).map_err(|error| fault(error.to_string()))?;
        }
        let mut file = files::open_private(path).map_err(|error| fault(error.to_string()))?;
        let mut taken_yet = file.try_lock();
        // A program that is being started holds all our files for an instant.
        for _ in 0..TRIES {
            if !matches!(taken_yet, Err(TryLockError::WouldBlock)) {
                break;
            }
            std::thread::sleep(INSTANT);
            taken_yet = file.try_lock();
        }
        match taken_yet {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(taken(&mut file)),
            Err(TryLockError::Error(error)) => {
                return Err(fault(error.to_string()).remedy(
                    "Keep the state folder (XDG_STATE_HOME) on a file system that has locks.",
                ));
            }
        }
        let holder =
            Holder { pid: process::id(), since: Timestamp::now(), doing: doing.to_owned() };
        let text = serde_json::to_string(&holder).map_err(|error| fault(error.to_string()))?;
        file.set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| writeln!(file, "{text}"))
            .map_err(|error| fault(error.to_string()))?;
        let lock = Self { file, path: path.to_owned() };
        lock.holds()?;
        Ok(lock)
    }

    /// Sees that the lock keeps others out still: one whose file was removed or
    /// replaced keeps nobody out.
    ///
    /// # Errors
    /// [`FaultKind::Refused`] when it does not.
    pub fn holds(&self) -> Result<(), Fault> {
        let tried = format!("lock {}", self.path.display());
        let fault = |answer: String| {
            Fault::new(System::Workstation, FaultKind::Refused, tried.as_str()).answered(answer)
        };
        match files::is_at(&self.file, &self.path) {
            Ok(true) => Ok(()),
            Ok(false) => Err(fault("somebody removed or replaced the file meanwhile".into())
                .remedy("See that no other run of immich-sso is at work, then start again.")),
            Err(error) => Err(fault(error.to_string())),
        }
    }
}

fn taken(file: &mut File) -> Fault {
    let mut text = String::new();
    // Whoever holds it may be about to write, and Windows does not let us read.
    let holder = file
        .read_to_string(&mut text)
        .ok()
        .and_then(|_| serde_json::from_str::<Holder>(&text).ok());
    let who = holder.map_or_else(
        || "another run is at work on it".into(),
        |holder| {
            let since = holder.since.to_zoned(TimeZone::system());
            format!(
                "process {} is at work on it ({}), since {}",
                holder.pid,
                holder.doing,
                since.strftime("%H:%M:%S on %-d %B")
            )
        },
    );
    Fault::new(System::Workstation, FaultKind::Refused, "begin a run on this profile")
        .answered(who)
        .remedy("Finish or end that run first, or choose another profile with --profile.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_run_learns_who_holds_the_profile_and_gets_it_afterwards() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state/home.lock");
        let first = RunLock::take(&path, "set-up").unwrap();
        let fault = RunLock::take(&path, "rotation").unwrap_err();
        assert_eq!(fault.kind, FaultKind::Refused);
        assert!(fault.answer.contains(&process::id().to_string()), "{fault}");
        assert!(fault.answer.contains("set-up"), "{fault}");
        let year_free = fault.answer.split("since ").nth(1).unwrap();
        assert!(year_free.contains(':'), "{fault}");
        drop(first);
        RunLock::take(&path, "rotation").unwrap();
    }

    #[test]
    fn what_a_dead_run_left_in_the_file_is_no_lock() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("home.lock");
        std::fs::write(
            &path,
            "{\"pid\":1,\"since\":\"2026-01-01T00:00:00Z\",\"doing\":\"x\"}\n rest",
        )
        .unwrap();
        let _held = RunLock::take(&path, "set-up").unwrap();
        let fault = RunLock::take(&path, "set-up").unwrap_err();
        assert!(fault.answer.contains(&process::id().to_string()), "{fault}");
    }

    #[test]
    fn other_profiles_are_not_locked() {
        let folder = tempfile::tempdir().unwrap();
        let _one = RunLock::take(&folder.path().join("one.lock"), "set-up").unwrap();
        let _two = RunLock::take(&folder.path().join("two.lock"), "set-up").unwrap();
    }

    #[test]
    fn lock_whose_file_is_gone_keeps_nobody_out_and_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("home.lock");
        let first = RunLock::take(&path, "set-up").unwrap();
        first.holds().unwrap();
        std::fs::remove_file(&path).unwrap();
        assert_eq!(first.holds().unwrap_err().kind, FaultKind::Refused);
        let second = RunLock::take(&path, "set-up").unwrap();
        assert!(first.holds().unwrap_err().answer.contains("removed or replaced"));
        second.holds().unwrap();
    }

    /// The other process of the next test; does nothing by itself.
    #[test]
    #[ignore = "run by another test"]
    fn holds_the_lock_that_it_is_told_to() {
        let Some(path) = std::env::var_os("LOCK_TO_HOLD") else { return };
        let _held = RunLock::take(Path::new(&path), "set-up").unwrap();
        println!("held");
        let _ = std::io::stdin().read_line(&mut String::new());
    }

    #[test]
    fn a_lock_dies_with_its_process() {
        use std::io::{BufRead, BufReader};
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("home.lock");
        let mut other = process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "wizard::lock::tests::holds_the_lock_that_it_is_told_to"])
            .args(["--ignored", "--nocapture"])
            .env("LOCK_TO_HOLD", &path)
            .stdin(process::Stdio::piped())
            .stdout(process::Stdio::piped())
            .spawn()
            .unwrap();
        let said = BufReader::new(other.stdout.take().unwrap());
        assert!(said.lines().map_while(Result::ok).any(|line| line.contains("held")));
        let fault = RunLock::take(&path, "set-up").unwrap_err();
        assert!(fault.answer.contains(&format!("process {} ", other.id())), "{fault}");
        other.kill().unwrap();
        other.wait().unwrap();
        RunLock::take(&path, "set-up").unwrap();
    }
}
