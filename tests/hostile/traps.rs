//! Files that are traps, in the place of each file that the program reads or
//! writes: it ends soon, says which file it is about, and changes nothing
//! elsewhere.

use std::{
    collections::HashSet,
    fs,
    os::unix::fs::{PermissionsExt, symlink},
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
    time::{Duration, Instant},
};

use futures::{StreamExt, stream};
use immich_sso::secret::{Label, Secret, Vault};
use portable_pty::CommandBuilder;
use testkit::said;
use tokio::task::spawn_blocking;

use crate::{driver::Site, table, terminal::Terminal};

/// How long a command may take before such a file.
const SOON: Duration = Duration::from_secs(40);
/// How many commands run at a time: they mostly wait.
const AT_A_TIME: usize = 6;
const PASSPHRASE: &str = "correct horse battery staple";
/// The commands that ask on until somebody leaves.
const WALKS: [&str; 3] = ["setup", "undo", "access"];
const PRECIOUS: &str = "all my notes\n";

/// What stands in the place of a file.
#[derive(Clone, Copy, Debug)]
enum Trap {
    Link,
    LinkToNothing,
    LinkToItself,
    Pipe,
    Zero,
    Folder,
    Huge,
    Binary,
    OpenToAll,
    OfAnother,
    Empty,
}

const TRAPS: [Trap; 11] = [
    Trap::Link,
    Trap::LinkToNothing,
    Trap::LinkToItself,
    Trap::Pipe,
    Trap::Zero,
    Trap::Folder,
    Trap::Huge,
    Trap::Binary,
    Trap::OpenToAll,
    Trap::OfAnother,
    Trap::Empty,
];

fn set(trap: Trap, path: &Path, elsewhere: &Path) {
    let mode = |mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    let _ = fs::remove_file(path);
    match trap {
        Trap::Link => symlink(elsewhere.join("precious"), path).unwrap(),
        Trap::LinkToNothing => symlink(elsewhere.join("nothing"), path).unwrap(),
        Trap::LinkToItself => symlink(path, path).unwrap(),
        Trap::Pipe => assert!(Command::new("mkfifo").arg(path).status().unwrap().success()),
        Trap::Zero => symlink("/dev/zero", path).unwrap(),
        Trap::Folder => fs::create_dir(path).unwrap(),
        Trap::Huge => fs::File::create(path).unwrap().set_len(64 << 30).unwrap(),
        Trap::Binary => fs::write(path, [0xff, 0xfe, 0, 1, b'\n', 0x1b, b'[', b'8', b'm']).unwrap(),
        Trap::OpenToAll => {
            fs::write(path, "{}\n").unwrap();
            mode(0o666);
        }
        Trap::OfAnother => {
            fs::write(path, "{}\n").unwrap();
            // Only the administrator can; others try a file of their own.
            let _ = std::os::unix::fs::chown(path, Some(12_345), Some(12_345));
        }
        Trap::Empty => fs::write(path, "").unwrap(),
    }
}

/// A file of the program: where it is, and the commands that come by it.
#[derive(Clone, Copy)]
struct Place {
    file: &'static str,
    commands: &'static [&'static [&'static str]],
    /// Whether a command that cannot use it says so: who passes over it in
    /// silence cannot be seen to come by.
    is_told: bool,
}

const fn place(file: &'static str, commands: &'static [&'static [&'static str]]) -> Place {
    Place { file, commands, is_told: true }
}

const PLACES: [Place; 11] = [
    place(".config/immich-sso/default.toml", &[&["status"], &["profile", "show"], &["setup"]]),
    Place { is_told: false, ..place(".config/immich-sso/default.toml", &[&["profile", "list"]]) },
    place(
        ".local/state/immich-sso/default.journal",
        &[&["status"], &["undo"], &["apply", "plan"], &["access", "remove"]],
    ),
    place(".local/state/immich-sso/default.anchor", &[&["status"], &["apply", "plan"]]),
    place(".local/state/immich-sso/default.lock", &[&["apply", "plan"], &["undo"]]),
    Place {
        is_told: false,
        ..place(".local/state/immich-sso/default.seen.json", &[&["status"], &["plan"]])
    },
    place(
        ".local/share/immich-sso/default.age",
        &[&["status"], &["secret", "list"], &["secret", "set", "authentik-token"]],
    ),
    place(".local/share/immich-sso/default.lock", &[&["secret", "set", "authentik-token"]]),
    place("plan", &[&["apply", "plan"]]),
    place("ca.pem", &[&["status"], &["plan"]]),
    place("log", &[&["status", "--log", "log"]]),
];

/// A home with a profile and the keys to both servers, before the trap is set.
struct Home(tempfile::TempDir);

impl Home {
    fn of(site: &Site) -> Self {
        let home = tempfile::tempdir().unwrap();
        for folder in [".config", ".local/state", ".local/share"] {
            let folder = home.path().join(folder).join("immich-sso");
            fs::create_dir_all(&folder).unwrap();
            fs::set_permissions(folder, fs::Permissions::from_mode(0o700)).unwrap();
        }
        let authority = rcgen::generate_simple_self_signed(["photos.example.com".into()]).unwrap();
        fs::write(home.path().join("ca.pem"), authority.cert.pem()).unwrap();
        let profile = format!(
            "secrets = \"file\"\n[authentik]\nurl = \"{1}\"\nca_file = \"{0}/ca.pem\"\n\
             [immich]\nurl = \"{2}\"\nca_file = \"{0}/ca.pem\"\n",
            home.path().display(),
            site.lab.authentik.url(),
            site.lab.immich.url()
        );
        fs::write(home.path().join(".config/immich-sso/default.toml"), profile).unwrap();
        Self(home)
    }

    /// The same once more.
    fn copy(&self) -> Self {
        let copy = tempfile::tempdir().unwrap();
        let all = self.0.path().join(".");
        let copied = Command::new("cp").arg("-a").arg(all).arg(copy.path()).status();
        assert!(copied.unwrap().success());
        let profile = copy.path().join(".config/immich-sso/default.toml");
        let text = fs::read_to_string(&profile).unwrap();
        let [old, new] = [self.0.path(), copy.path()].map(|path| path.display().to_string());
        fs::write(profile, text.replace(&old, &new)).unwrap();
        Self(copy)
    }

    /// Runs a command on a terminal, tells it the passphrase, and leaves what it
    /// asks then. `Err`: it does not end.
    fn run(&self, arguments: &[&str]) -> Result<(u32, String), &'static str> {
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_immich-sso"));
        command.args(arguments);
        command.cwd(self.0.path());
        command.env_clear();
        command.env("HOME", self.0.path());
        command.env("PATH", "/usr/bin:/bin");
        command.env("TERM", "dumb");
        let mut terminal = Terminal::start_sized(command, 60, 250);
        for (question, answer) in
            [("assphrase", PASSPHRASE), ("once more", PASSPHRASE), ("The value", "hush-hush-0123")]
        {
            let asked = said(question);
            let asks = |screen: &str| screen.contains(&format!("{asked} "));
            let is_asked = question == "assphrase"
                || question == "once more" && terminal.screen().contains(&*said("A passphrase"))
                || question == "The value" && arguments.contains(&"set");
            if is_asked && !terminal.ends_or_shows(&asked) && asks(&terminal.screen()) {
                terminal.press(&format!("{answer}\r"));
            }
        }
        let began = Instant::now();
        while !terminal.ends_unread(Duration::from_millis(700)) {
            if began.elapsed() > SOON {
                return Err("it does not end");
            }
            // A wizard asks on; whoever only looks is not held up by it.
            if WALKS.contains(&arguments[0]) {
                terminal.press("\x03");
            }
        }
        Ok(terminal.finish())
    }
}

/// What came of a command that came by a trap: what went wrong, and whether it
/// came by.
fn broken_by(home: &Home, trap: Trap, file: &str, arguments: &[&str]) -> (Option<String>, bool) {
    let (home, elsewhere) = (home.copy(), tempfile::tempdir().unwrap());
    fs::write(elsewhere.path().join("precious"), PRECIOUS).unwrap();
    set(trap, &home.0.path().join(file), elsewhere.path());
    let (code, told) = match home.run(arguments) {
        Ok(ended) => ended,
        Err(what) => return (Some(what.into()), true),
    };
    let kept: Vec<PathBuf> =
        fs::read_dir(elsewhere.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
    let name = Path::new(file).file_name().unwrap().to_str().unwrap();
    let comes_by = told.contains(name);
    let broken = if kept.len() != 1 || fs::read_to_string(&kept[0]).unwrap() != PRECIOUS {
        Some(format!("it wrote elsewhere: {kept:?}"))
    } else if code == 101 || told.contains(&*said("mistake of its own")) {
        Some(format!("it died: {told}"))
    } else if told.contains("\u{1b}[8m") {
        Some(format!("it prints what it read: {told:?}"))
    } else {
        told.trim().is_empty().then(|| "it says nothing".into())
    };
    (broken, comes_by)
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_are_traps_catch_nobody() {
    let site = Site::open().await;
    let home = Home::of(&site);
    let store = home.0.path().join(".local/share/immich-sso/default.age");
    let vault = Vault::age_file(store, Secret::new(PASSPHRASE));
    vault.put(Label::AuthentikToken, &Secret::new(site.lab.authentik.admin_token())).await.unwrap();
    vault.put(Label::ImmichApiKey, &Secret::new(site.lab.immich.admin_key())).await.unwrap();
    let (code, told) = home.run(&["plan", "--out", "plan"]).unwrap();
    assert_eq!(code, 3, "{told}");
    let tries: Vec<(Trap, Place, &[&str])> = PLACES
        .iter()
        .flat_map(|place| TRAPS.map(|trap| (trap, *place)))
        .flat_map(|(trap, place)| place.commands.iter().map(move |command| (trap, place, *command)))
        .collect();
    let home = Arc::new(home);
    let came: Vec<_> = stream::iter(tries.clone())
        .map(|(trap, place, command)| {
            let home = Arc::clone(&home);
            spawn_blocking(move || broken_by(&home, trap, place.file, command))
        })
        .buffered(AT_A_TIME)
        .collect()
        .await;
    let mut broken = Vec::new();
    let told = tries.iter().filter(|(_, place, _)| place.is_told);
    let mut passed: HashSet<(&str, &[&str])> =
        told.map(|(_, place, command)| (place.file, *command)).collect();
    for ((trap, place, command), came) in tries.iter().zip(came) {
        let (what, comes_by) = came.unwrap();
        if comes_by {
            passed.remove(&(place.file, *command));
        }
        broken.extend(what.map(|what| format!("{trap:?} at {}, {command:?}: {what}", place.file)));
    }
    broken.extend(passed.iter().map(|(file, command)| {
        format!("{command:?} never comes by {file}: nothing is tried there")
    }));
    table::row("A file is a link, a pipe, a device, or somebody else's", tries.len(), &broken);
}
