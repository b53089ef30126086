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

use crate::site::{Fault, FaultKind, System, UniformFailure, files};

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

/// What the run that holds a lock does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Doing {
    /// It sets a site up.
    SetUp,
    /// It rotates a secret.
    Rotation,
    /// It takes a run back.
    Undo,
    /// It removes what gives access.
    RemovalOfAccess,
    /// What another release names otherwise.
    #[serde(other)]
    Unknown,
}

impl Doing {
    /// Its name, which the error needs.
    const fn name(self) -> &'static str {
        match self {
            Self::SetUp => word!("set-up"),
            Self::Rotation => word!("rotation"),
            Self::Undo => word!("undo"),
            Self::RemovalOfAccess => word!("removal of access"),
            Self::Unknown => word!("not known"),
        }
    }
}

/// Who holds the lock, for the message of whoever comes second.
#[derive(Debug, Serialize, Deserialize)]
struct Holder {
    pid: u32,
    since: Timestamp,
    doing: Doing,
}

impl RunLock {
    /// Takes the lock at `path` for what is being done.
    ///
    /// # Errors
    /// [`FaultKind::Refused`] when another run holds it; says which and since
    /// when. Waits for an instant only.
    pub fn take(path: &Path, doing: Doing) -> Result<Self, Fault> {
        Self::try_take(path, doing).map_err(|error| match error {
            LockError::Taken(_) | LockError::TakenBySomebody => {
                Fault::of(&error, say!("begin a run on this profile"))
            }
            error => Fault::of(&error, lock(path)),
        })
    }

    fn try_take(path: &Path, doing: Doing) -> Result<Self, LockError> {
        if let Some(folder) = path.parent() {
            files::make_private_folder(folder)?;
        }
        let mut file = files::open_private(path)?;
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
            Err(TryLockError::Error(error)) => return Err(LockError::NoLocks(error)),
        }
        let holder = Holder { pid: process::id(), since: Timestamp::now(), doing };
        let text = serde_json::to_string(&holder)?;
        file.set_len(0)?;
        file.rewind()?;
        writeln!(file, "{text}")?;
        let lock = Self { file, path: path.to_owned() };
        lock.try_hold()?;
        Ok(lock)
    }

    /// Sees that the lock keeps others out still: one whose file was removed or
    /// replaced keeps nobody out.
    ///
    /// # Errors
    /// [`FaultKind::Refused`] when it does not.
    pub fn holds(&self) -> Result<(), Fault> {
        self.try_hold().map_err(|error| Fault::of(&error, lock(&self.path)))
    }

    fn try_hold(&self) -> Result<(), LockError> {
        if files::is_at(&self.file, &self.path)? { Ok(()) } else { Err(LockError::Replaced) }
    }
}

fn lock(path: &Path) -> String {
    say!("lock {path}", path = path.display())
}

fn taken(file: &mut File) -> LockError {
    let mut text = String::new();
    // Whoever holds it may be about to write, and Windows does not let us read.
    let holder = file
        .read_to_string(&mut text)
        .ok()
        .and_then(|_| serde_json::from_str::<Holder>(&text).ok());
    holder.map_or(LockError::TakenBySomebody, LockError::Taken)
}

/// Why a profile cannot be locked.
#[derive(Debug, thiserror::Error)]
enum LockError {
    /// Another run is at work, and says which.
    #[error(
        "{}",
        say!(
            "process {pid} is at work on it ({doing}), since {since}",
            pid = .0.pid,
            doing = .0.doing.name(),
            since = .0.since.to_zoned(TimeZone::system()).strftime("%H:%M:%S on %-d %B")
        )
    )]
    Taken(Holder),
    /// Another run is at work.
    #[error("{}", say!("another run is at work on it"))]
    TakenBySomebody,
    /// The file system has no locks.
    #[error("{0}")]
    NoLocks(std::io::Error),
    /// The file is another one by now.
    #[error("{}", say!("somebody removed or replaced the file meanwhile"))]
    Replaced,
    /// The file cannot be written.
    #[error("{0}")]
    File(#[from] std::io::Error),
    /// What it is to say cannot be written as JSON.
    #[error("{0}")]
    Json(#[from] serde_json::Error),
}

impl UniformFailure for LockError {
    const SYSTEM: System = System::Workstation;
    const KIND: FaultKind = FaultKind::Refused;

    fn hint(&self) -> String {
        match self {
            Self::Taken(_) | Self::TakenBySomebody => {
                say!("Finish or end that run first, or choose another profile with --profile.")
            }
            Self::NoLocks(_) => {
                say!("Keep the state folder (XDG_STATE_HOME) on a file system that has locks.")
            }
            Self::Replaced => {
                say!("See that no other run of immich-sso is at work, then start again.")
            }
            Self::File(_) | Self::Json(_) => String::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::say::as_said;

    #[test]
    fn the_second_run_learns_who_holds_the_profile_and_gets_it_afterwards() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state/home.lock");
        let first = RunLock::take(&path, Doing::SetUp).unwrap();
        let fault = RunLock::take(&path, Doing::Rotation).unwrap_err();
        assert_eq!(fault.kind, FaultKind::Refused);
        assert!(fault.answer.contains(&process::id().to_string()), "{fault}");
        assert!(fault.answer.contains(Doing::SetUp.name()), "{fault}");
        let year_free = fault.answer.split(&*as_said("since ")).nth(1).unwrap();
        assert!(year_free.contains(':'), "{fault}");
        drop(first);
        RunLock::take(&path, Doing::Rotation).unwrap();
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
        let _held = RunLock::take(&path, Doing::SetUp).unwrap();
        let fault = RunLock::take(&path, Doing::SetUp).unwrap_err();
        assert!(fault.answer.contains(&process::id().to_string()), "{fault}");
    }

    #[test]
    fn other_profiles_are_not_locked() {
        let folder = tempfile::tempdir().unwrap();
        let _one = RunLock::take(&folder.path().join("one.lock"), Doing::SetUp).unwrap();
        let _two = RunLock::take(&folder.path().join("two.lock"), Doing::SetUp).unwrap();
    }

    #[test]
    fn lock_whose_file_is_gone_keeps_nobody_out_and_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("home.lock");
        let first = RunLock::take(&path, Doing::SetUp).unwrap();
        first.holds().unwrap();
        std::fs::remove_file(&path).unwrap();
        assert_eq!(first.holds().unwrap_err().kind, FaultKind::Refused);
        let second = RunLock::take(&path, Doing::SetUp).unwrap();
        assert_eq!(first.holds().unwrap_err().answer, LockError::Replaced.to_string());
        second.holds().unwrap();
    }

    /// The other process of the next test; does nothing by itself.
    #[test]
    #[ignore = "run by another test"]
    fn holds_the_lock_that_it_is_told_to() {
        let Some(path) = std::env::var_os("LOCK_TO_HOLD") else { return };
        let _held = RunLock::take(Path::new(&path), Doing::SetUp).unwrap();
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
        let fault = RunLock::take(&path, Doing::SetUp).unwrap_err();
        assert!(fault.answer.contains(&say!("process {pid} ", pid = other.id())), "{fault}");
        other.kill().unwrap();
        other.wait().unwrap();
        RunLock::take(&path, Doing::SetUp).unwrap();
    }

    #[test]
    fn what_an_earlier_release_wrote_of_its_run_is_read() {
        let read = |doing: &str| serde_json::from_value::<Doing>(doing.into()).unwrap();
        assert_eq!(read("set-up"), Doing::SetUp);
        assert_eq!(read("rotation"), Doing::Rotation);
        assert_eq!(read("undo"), Doing::Undo);
        assert_eq!(read("removal of access"), Doing::Unknown);
    }
}
