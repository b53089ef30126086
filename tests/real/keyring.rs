//! The keyring of Linux: a real GNOME Keyring on a D-Bus of its own, and every
//! way in which there is none.

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    os::unix::{fs::DirBuilderExt, net::UnixListener},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    thread,
    time::{Duration, Instant},
};

use testkit::said;

const PROGRAM: &str = env!("CARGO_BIN_EXE_immich-sso");
/// How long anything may take that is not supposed to wait.
const DEADLINE: Duration = Duration::from_secs(30);

/// A bus without any service to start: what is on it is what a test puts
/// there, and nothing of the person who runs the tests.
const BUS: &str = r#"<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path=@PATH@</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"#;

/// An account of its own: a home, a bus perhaps, a keyring daemon perhaps.
struct Account {
    home: tempfile::TempDir,
    bus: String,
    running: Vec<Child>,
}

impl Account {
    /// One whose programs look for the bus at that address.
    fn at(bus: impl FnOnce(&Path) -> String) -> Self {
        let home = tempfile::tempdir().unwrap();
        for folder in ["run", "data/keyrings", "config/immich-sso"] {
            fs::DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(home.path().join(folder))
                .unwrap();
        }
        // A secret belongs to a profile.
        for profile in ["default", "home", "work"] {
            let file = home.path().join(format!("config/immich-sso/{profile}.toml"));
            fs::write(file, "").unwrap();
        }
        let bus = bus(home.path());
        Self { home, bus, running: Vec::new() }
    }

    /// One with a bus.
    fn with_bus() -> Self {
        let mut account = Self::at(|home| format!("unix:path={}", home.join("run/bus").display()));
        let config = account.home.path().join("bus.conf");
        let socket = account.home.path().join("run/bus");
        fs::write(&config, BUS.replace("@PATH@", &socket.display().to_string())).unwrap();
        let mut daemon = account
            .command("dbus-daemon")
            .arg("--nofork")
            .arg("--print-address")
            .arg(format!("--config-file={}", config.display()))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut address = String::new();
        BufReader::new(daemon.stdout.as_mut().unwrap()).read_line(&mut address).unwrap();
        assert!(address.starts_with("unix:"), "{address:?}");
        account.running.push(daemon);
        account
    }

    /// Starts the keyring daemon, with its keyring unlocked if a password is
    /// given.
    fn start_keyring(&mut self, password: Option<&str>) {
        let mut command = self.command("gnome-keyring-daemon");
        command.args(["--foreground", "--components=secrets"]);
        command.arg(if password.is_some() { "--unlock" } else { "--start" });
        let mut daemon = command
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut input = daemon.stdin.take().unwrap();
        input.write_all(password.unwrap_or_default().as_bytes()).unwrap();
        drop(input);
        self.running.push(daemon);
        self.wait_until("the keyring is on the bus", |account| {
            let asked = "org.freedesktop.DBus.NameHasOwner";
            let said =
                account.send("org.freedesktop.DBus", "/", asked, "string:org.freedesktop.secrets");
            said.contains("boolean true")
        });
    }

    fn stop_keyring(&mut self) {
        let mut daemon = self.running.pop().unwrap();
        daemon.kill().unwrap();
        daemon.wait().unwrap();
    }

    fn lock(&self) {
        let login = "array:objpath:/org/freedesktop/secrets/collection/login";
        let said = self.send(
            "org.freedesktop.secrets",
            "/org/freedesktop/secrets",
            "org.freedesktop.Secret.Service.Lock",
            login,
        );
        assert!(said.contains("collection/login"), "{said}");
    }

    /// Calls a method on the bus; the answer as text.
    fn send(&self, to: &str, object: &str, method: &str, argument: &str) -> String {
        let output = self
            .command("dbus-send")
            .arg(format!("--bus={}", self.bus))
            .arg("--print-reply")
            .arg(format!("--dest={to}"))
            .args([object, method, argument])
            .output()
            .unwrap();
        text(&output.stdout) + &text(&output.stderr)
    }

    fn command(&self, program: &str) -> Command {
        let home = self.home.path();
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap())
            .env("HOME", home)
            .env("XDG_RUNTIME_DIR", home.join("run"))
            .env("XDG_DATA_HOME", home.join("data"))
            .env("XDG_CONFIG_HOME", home.join("config"))
            .env("XDG_STATE_HOME", home.join("state"))
            .env("DBUS_SESSION_BUS_ADDRESS", &self.bus);
        command
    }

    /// `immich-sso secret …`
    fn secret(&self, arguments: &[&str], input: &str) -> Output {
        let mut child = self
            .command(PROGRAM)
            .arg("secret")
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // It may have failed before it read anything.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        child.wait_with_output().unwrap()
    }

    fn wait_until(&self, what: &str, done: impl Fn(&Self) -> bool) {
        let until = Instant::now() + DEADLINE;
        while !done(self) {
            assert!(Instant::now() < until, "waited for: {what}");
            thread::sleep(Duration::from_millis(10));
        }
    }

    fn files(&self) -> Vec<PathBuf> {
        fn below(folder: &Path, files: &mut Vec<PathBuf>) {
            for entry in fs::read_dir(folder).unwrap() {
                let entry = entry.unwrap();
                let kind = entry.file_type().unwrap();
                if kind.is_dir() {
                    below(&entry.path(), files);
                } else if kind.is_file() {
                    files.push(entry.path());
                }
            }
        }
        let mut files = Vec::new();
        below(self.home.path(), &mut files);
        files
    }
}

impl Drop for Account {
    fn drop(&mut self) {
        // The keyring before its bus.
        for child in self.running.iter_mut().rev() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[track_caller]
fn succeeded(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    text(&output.stdout)
}

/// What was said when it did not work; always with the way out.
#[track_caller]
fn failed(output: &Output) -> String {
    let told = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.contains(&*said("secrets = \"file\"")), "{told}");
    assert!(!told.contains("hunter"), "{told}");
    told
}

#[test]
fn a_secret_is_kept_found_by_others_and_outlives_the_keyring_daemon() {
    let mut account = Account::with_bus();
    account.start_keyring(Some("password of the desktop"));
    assert_eq!(succeeded(&account.secret(&["list"], "")), "");
    succeeded(&account.secret(&["set", "client-secret"], "hunter2hunter2\n"));
    succeeded(&account.secret(&["set", "client-secret"], "hunter3hunter3\n"));
    let listed = succeeded(&account.secret(&["list"], ""));
    assert_eq!(listed.lines().count(), 2, "{listed}");

    let entry = "dict:string:string:service,immich-sso,username,default/client-secret";
    let found = account.send(
        "org.freedesktop.secrets",
        "/org/freedesktop/secrets",
        "org.freedesktop.Secret.Service.SearchItems",
        entry,
    );
    assert!(found.contains("/org/freedesktop/secrets/collection/login/"), "{found}");

    account.stop_keyring();
    account.start_keyring(Some("password of the desktop"));
    let show = |label| succeeded(&account.secret(&["show", "--stdout", label], ""));
    assert_eq!(show("client-secret"), "hunter3hunter3\n");
    assert_eq!(show("client-secret-previous"), "hunter2hunter2\n");
    for file in account.files() {
        let bytes = fs::read(&file).unwrap();
        assert!(!text(&bytes).contains("hunter"), "in clear in {}", file.display());
    }
    succeeded(&account.secret(&["forget", "client-secret"], ""));
    let gone = account.secret(&["show", "--stdout", "client-secret"], "");
    assert_eq!(gone.status.code(), Some(1));
    assert_eq!(text(&gone.stdout), "");
}

#[test]
fn sites_of_different_names_do_not_see_each_other() {
    let mut account = Account::with_bus();
    account.start_keyring(Some("password"));
    succeeded(&account.secret(&["set", "authentik-token", "--profile", "home"], "hunter2"));
    assert_eq!(succeeded(&account.secret(&["list", "--profile", "work"], "")), "");
    let listed = succeeded(&account.secret(&["list", "--profile", "home"], ""));
    assert!(listed.starts_with("authentik-token"), "{listed}");
}

#[test]
fn a_locked_keyring_that_nobody_can_unlock_is_named_and_soon() {
    let mut account = Account::with_bus();
    account.start_keyring(Some("password"));
    succeeded(&account.secret(&["set", "client-secret"], "hunter2"));
    account.lock();
    let begun = Instant::now();
    for arguments in [
        &["list"][..],
        &["show", "--stdout", "client-secret"],
        &["set", "client-secret"],
        &["forget", "client-secret"],
    ] {
        let told = failed(&account.secret(arguments, "hunter3"));
        assert!(told.contains(&*said("the keyring is locked")), "{arguments:?}: {told}");
        assert!(
            told.contains(&*said("Waiting for you: unlock the keyring")),
            "{arguments:?}: {told}"
        );
    }
    assert!(begun.elapsed() < DEADLINE, "{:?}", begun.elapsed());
}

#[test]
fn an_account_without_any_keyring_file_keeps_nothing_half() {
    let mut account = Account::with_bus();
    account.start_keyring(None);
    let told = failed(&account.secret(&["set", "client-secret"], "hunter2"));
    assert!(told.contains(&*said("choose a password for a new keyring")), "{told}");
    assert_eq!(succeeded(&account.secret(&["list"], "")), "");
}

#[test]
fn a_bus_on_which_nobody_offers_a_keyring_is_named() {
    let account = Account::with_bus();
    let told = failed(&account.secret(&["set", "client-secret"], "hunter2"));
    assert!(told.contains(&*said("no program on this machine offers a keyring")), "{told}");
}

#[test]
fn no_bus_at_all_is_named_at_once() {
    let account = Account::at(|home| format!("unix:path={}", home.join("run/none").display()));
    let begun = Instant::now();
    let told = failed(&account.secret(&["set", "client-secret"], "hunter2"));
    assert!(told.contains(&*said("no D-Bus session")), "{told}");
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
}

#[test]
fn a_bus_that_accepts_and_never_answers_is_given_up() {
    let account = Account::at(|home| format!("unix:path={}", home.join("run/mute").display()));
    let listener = UnixListener::bind(account.home.path().join("run/mute")).unwrap();
    // Holds every connection open, and hears it being given up.
    let mute = thread::spawn(move || {
        let mut connection = testkit::caller(&listener);
        connection.set_read_timeout(Some(DEADLINE)).unwrap();
        let mut heard = Vec::new();
        connection.read_to_end(&mut heard).map(|_| heard)
    });
    let begun = Instant::now();
    let told = failed(&account.secret(&["list"], ""));
    let took = begun.elapsed();
    assert!(told.contains(&*said("gave no answer within 10 seconds")), "{told}");
    assert!(took >= Duration::from_secs(10) && took < DEADLINE, "{took:?}");
    let heard = mute.join().unwrap().expect("the connection ends with the program");
    assert!(heard.starts_with(b"\0AUTH"), "{heard:?}");
}
