//! Files that are traps: links, pipes, and what others can change.

use std::{
    fs,
    os::unix::fs::{PermissionsExt, symlink},
    path::Path,
    process::Command,
};

use immich_sso::{
    secret::{AgeFile, Label, Secret, Vault},
    site::files::{self, Readers},
    wizard::{Doing, Journal, RunLock},
};

use testkit::{said, said_with};

use super::Account;

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

fn make_pipe(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

#[test]
fn locks_and_journals_are_never_written_through_a_link() {
    let folder = tempfile::tempdir().unwrap();
    let (precious, state) = (folder.path().join("precious"), folder.path().join("state"));
    fs::write(&precious, "all my notes\n").unwrap();
    fs::create_dir(&state).unwrap();
    for target in [precious.as_path(), &folder.path().join("nothing")] {
        symlink(target, state.join("default.lock")).unwrap();
        symlink(target, state.join("default.journal")).unwrap();
        let fault = RunLock::take(&state.join("default.lock"), Doing::SetUp).unwrap_err();
        assert!(fault.answer.contains(&*said("symbolic link")), "{fault}");
        let fault = Journal::open(&state.join("default.journal")).unwrap_err();
        assert!(fault.answer.contains(&*said("symbolic link")), "{fault}");
        fs::remove_file(state.join("default.lock")).unwrap();
        fs::remove_file(state.join("default.journal")).unwrap();
    }
    assert_eq!(fs::read_to_string(&precious).unwrap(), "all my notes\n");
    assert!(!folder.path().join("nothing").exists());
}

#[tokio::test]
async fn the_lock_of_the_encrypted_file_is_no_way_elsewhere() {
    let folder = tempfile::tempdir().unwrap();
    let precious = folder.path().join("precious");
    fs::write(&precious, "all my notes\n").unwrap();
    symlink(&precious, folder.path().join("default.lock")).unwrap();
    let vault = Vault::of(AgeFile::new(folder.path().join("default.age"), Secret::new("words")));
    let fault = vault.put(Label::ClientSecret, &Secret::new("hunter2hunter2")).await.unwrap_err();
    assert!(fault.answer.contains(&*said("symbolic link")), "{fault}");
    assert_eq!(fs::read_to_string(&precious).unwrap(), "all my notes\n");
}

#[test]
fn files_of_ours_that_others_can_read_become_private() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    drop(Journal::open(&state.join("default.journal")).unwrap());
    set_mode(&state, 0o755);
    set_mode(&state.join("default.journal"), 0o644);
    drop(Journal::open(&state.join("default.journal")).unwrap());
    assert_eq!(mode(&state), 0o700);
    assert_eq!(mode(&state.join("default.journal")), 0o600);
    let seen = state.join("default.seen.json");
    fs::write(&seen, "{}").unwrap();
    set_mode(&seen, 0o640);
    files::read(&seen, 100, Readers::OnlyUs).unwrap();
    assert_eq!(mode(&seen), 0o600);
    assert!(files::read(&seen, 1, Readers::OnlyUs).is_err(), "it has two bytes");
}

#[test]
fn what_others_can_change_is_refused_with_the_way_out() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    let journal = state.join("default.journal");
    drop(Journal::open(&journal).unwrap());
    set_mode(&journal, 0o602);
    let fault = Journal::open(&journal).unwrap_err();
    assert!(fault.answer.contains(&*said("chmod go-w")), "{fault}");
    set_mode(&journal, 0o600);
    set_mode(&state, 0o777);
    let fault = Journal::open(&journal).unwrap_err();
    assert!(fault.answer.contains(&*said("chmod go-w")), "{fault}");
    let fault = RunLock::take(&state.join("default.lock"), Doing::SetUp).unwrap_err();
    assert!(fault.answer.contains(&*said("chmod go-w")), "{fault}");
    assert_eq!(Journal::read(&journal).unwrap_err().kind, fault.kind);

    let account = Account::new().with_profile("default", "");
    let profile = account.config().join("default.toml");
    set_mode(&profile, 0o666);
    let told = account.run(&["profile", "show"]);
    assert!(told.starts_with("exit code: 1\n") && told.contains(&*said("chmod go-w")), "{told}");
    set_mode(&profile, 0o644);
    assert!(account.run(&["profile", "show"]).starts_with("exit code: 0\n"));
    set_mode(&account.config(), 0o777);
    let told = account.run(&["profile", "show"]);
    assert!(told.starts_with("exit code: 1\n") && told.contains(&*said("chmod go-w")), "{told}");
}

#[test]
fn what_belongs_to_somebody_else_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let journal = folder.path().join("state/default.journal");
    drop(Journal::open(&journal).unwrap());
    let foreign = |path: &Path| std::os::unix::fs::chown(path, Some(12_345), None);
    if foreign(&journal).is_err() {
        println!("left out: only the administrator can give a file away");
        return;
    }
    let fault = Journal::open(&journal).unwrap_err();
    assert!(fault.answer.contains(&said_with("belongs to user {}", &[&12345])), "{fault}");
    fs::remove_file(&journal).unwrap();
    foreign(journal.parent().unwrap()).unwrap();
    let fault = Journal::open(&journal).unwrap_err();
    assert!(fault.answer.contains(&said_with("belongs to user {}", &[&12345])), "{fault}");

    let account = Account::new().with_profile("default", "");
    foreign(&account.config().join("default.toml")).unwrap();
    let told = account.run(&["profile", "show"]);
    assert!(told.starts_with("exit code: 1\n") && told.contains("12345"), "{told}");
}

#[test]
fn pipes_and_devices_are_no_files_of_ours() {
    let account = Account::new();
    fs::create_dir_all(account.config()).unwrap();
    make_pipe(&account.config().join("pipe.toml"));
    symlink("/dev/zero", account.config().join("zero.toml")).unwrap();
    for (profile, kind) in [("pipe", "named pipe"), ("zero", "device")] {
        let told = account.run(&["profile", "show", "--profile", profile]);
        assert!(told.starts_with("exit code: 1\n") && told.contains(&*said(kind)), "{told}");
    }
    let account = Account::new().with_profile("default", "");
    let pipe = account.home.path().join("pipe");
    make_pipe(&pipe);
    let pipe = pipe.to_str().unwrap();
    for arguments in [&["apply", pipe][..], &["status", "--log", pipe]] {
        let told = account.run(arguments);
        assert!(
            told.starts_with("exit code: 1\n") && told.contains(&*said("named pipe")),
            "{told}"
        );
    }
}

#[test]
fn a_written_file_never_takes_the_place_of_a_device() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    make_pipe(&pipe);
    let link = folder.path().join("link");
    symlink(&pipe, &link).unwrap();
    for path in [&pipe, &link] {
        let error = files::replace(path, b"a plan").unwrap_err();
        assert!(error.to_string().contains(&*said("named pipe")), "{error}");
    }
    assert!(!fs::metadata(&pipe).unwrap().is_file());
    // A link to a file stays a link: people keep their profiles so.
    let (kept, link) = (folder.path().join("kept"), folder.path().join("profile"));
    fs::write(&kept, "old").unwrap();
    symlink(&kept, &link).unwrap();
    files::replace(&link, b"new").unwrap();
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(fs::read_to_string(&kept).unwrap(), "new");
}
