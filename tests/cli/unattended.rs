//! `status`, `plan` and `apply` on the built-in homelab, which another process
//! serves: real HTTP, a real profile, a real secret store.

use std::{
    fs,
    path::PathBuf,
    process::{Child, Command, Stdio},
};

use portable_pty::CommandBuilder;
use serde::Deserialize as _;
use serde_json::Value;
use tempfile::TempDir;

use testkit::{said, said_with};

use crate::terminal::Terminal;

const PROGRAM: &str = env!("CARGO_BIN_EXE_immich-sso");
const PASSPHRASE: &str = "correct horse battery staple";

/// The homelab in a process of its own.
struct Lab {
    process: Child,
    description: Value,
}

impl Lab {
    fn serve(options: &[&str]) -> Self {
        let mut process = Command::new(PROGRAM)
            .args(["demo", "--serve"])
            .args(options)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let output = process.stdout.take().unwrap();
        let mut reader = serde_json::Deserializer::from_reader(output);
        let description = Value::deserialize(&mut reader).unwrap();
        Self { process, description }
    }

    fn text(&self, pointer: &str) -> &str {
        self.description.pointer(pointer).and_then(Value::as_str).unwrap()
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        // Asked to end, it takes its folder with it.
        let _ = Command::new("kill").arg(self.process.id().to_string()).status();
        let _ = self.process.wait();
    }
}

/// A person's account with a profile of the lab.
struct Account {
    home: TempDir,
}

impl Account {
    fn of(lab: &Lab) -> Self {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join(".config/immich-sso");
        fs::create_dir_all(&folder).unwrap();
        let profile = format!(
            "secrets = \"file\"\n[authentik]\nurl = \"{}\"\n[immich]\nurl = \"{}\"\n",
            lab.text("/authentik/url"),
            lab.text("/immich/url")
        );
        fs::write(folder.join("default.toml"), profile).unwrap();
        Self { home }
    }

    /// The same, with the settings written over SSH; the host is known.
    fn over_ssh(lab: &Lab) -> Self {
        let account = Self::of(lab);
        let folder = account.home.path().join(".config/immich-sso");
        let host = format!(
            "[settings]\nroute = \"database\"\n[host]\nssh = \"{}\"\nkey_file = \"{}\"\nfolder = \"{}\"\n",
            lab.text("/host/ssh"),
            lab.text("/host/key_file"),
            lab.text("/host/folder")
        );
        let profile = fs::read_to_string(folder.join("default.toml")).unwrap() + &host;
        fs::write(folder.join("default.toml"), profile).unwrap();
        fs::write(folder.join("known_hosts"), lab.text("/host/known_hosts")).unwrap();
        account
    }

    fn start(&self, arguments: &[&str]) -> Terminal {
        let mut command = CommandBuilder::new(PROGRAM);
        command.args(arguments);
        command.env_clear();
        command.env("HOME", self.home.path());
        command.env("TERM", "xterm-256color");
        Terminal::start_sized(command, 200, 200)
    }

    /// Runs a command that asks for the passphrase, and tells how it ended and
    /// what was written.
    fn run(&self, arguments: &[&str]) -> (u32, String) {
        let mut terminal = self.start(arguments);
        terminal.wait_for(&said("(not shown)"));
        terminal.press(&format!("{PASSPHRASE}\r"));
        terminal.finish()
    }

    fn keep(&self, label: &str, secret: &str, first: bool) {
        let mut terminal = self.start(&["secret", "set", label]);
        terminal.wait_for(&said("assphrase"));
        terminal.press(&format!("{PASSPHRASE}\r"));
        if first {
            terminal.wait_for(&said("once more"));
            terminal.press(&format!("{PASSPHRASE}\r"));
        }
        terminal.wait_for(&format!("`{label}`"));
        terminal.press(&format!("{secret}\r"));
        let (code, written) = terminal.finish();
        assert_eq!(code, 0, "{written}");
    }

    /// All files of this account.
    fn files(&self) -> Vec<PathBuf> {
        let mut files = Vec::new();
        let mut folders = vec![self.home.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() { folders.push(path) } else { files.push(path) }
            }
        }
        files
    }
}

#[test]
fn a_plan_is_made_reviewed_and_applied_exactly_once_and_no_secret_shows() {
    let lab = Lab::serve(&[]);
    let account = Account::of(&lab);
    let secrets = [lab.text("/authentik/token"), lab.text("/immich/api_key")];
    account.keep("authentik-token", secrets[0], true);
    account.keep("immich-api-key", secrets[1], false);
    let plan = account.home.path().join("plan.json");
    let plan = plan.to_str().unwrap();

    let mut told = String::new();
    let mut step = |arguments: &[&str], code: u32, says: &str| {
        let (ended, written) = account.run(arguments);
        assert_eq!(ended, code, "{arguments:?}: {written}");
        assert!(written.contains(says), "{arguments:?}: {written}");
        told += &written;
    };
    step(&["status"], 3, &said("Live differs from what is wanted."));
    step(&["status", "--json"], 3, "\"version\": 2");
    step(
        &["plan", "--out", plan],
        3,
        &said_with("Create the provider `{}`", &[&"immich-oauth-provider"]),
    );
    step(&["apply", plan], 0, &said("Done as it was planned."));
    step(&["status"], 0, &said("Live is as wanted."));
    step(&["plan"], 0, &said("Nothing to change: live is as wanted."));
    step(&["apply", plan], 1, &said("changed since the plan was made"));
    step(&["rotate", "--plan", plan], 3, &said("in place of"));
    step(&["apply", plan], 0, &said("measured: Logins could fail for"));
    step(&["status"], 0, &said("Live is as wanted."));

    for secret in secrets {
        assert!(!told.contains(secret));
        for file in account.files() {
            let bytes = fs::read(&file).unwrap();
            assert!(!String::from_utf8_lossy(&bytes).contains(secret), "{}", file.display());
        }
    }
}

/// The arguments and the environment of every process that was seen.
fn processes(seen: &mut std::collections::BTreeSet<String>) {
    for entry in fs::read_dir("/proc").unwrap().flatten() {
        for part in ["cmdline", "environ"] {
            let text = fs::read(entry.path().join(part)).unwrap_or_default();
            if !text.is_empty() {
                seen.insert(String::from_utf8_lossy(&text).into_owned());
            }
        }
    }
}

/// Law 7, over a whole set-up by the real program with the settings written
/// over SSH: every file, the log, the journal, what stood on the terminal, and
/// the arguments and environments of all processes meanwhile.
#[test]
#[cfg(target_os = "linux")]
fn a_whole_set_up_leaves_no_secret_anywhere() {
    let lab = Lab::serve(&["--settings", "database"]);
    let account = Account::over_ssh(&lab);
    account.keep("authentik-token", lab.text("/authentik/token"), true);
    account.keep("immich-api-key", lab.text("/immich/api_key"), false);
    let at = |name: &str| account.home.path().join(name).to_str().unwrap().to_owned();
    let (plan, log) = (at("plan.json"), at("log.txt"));

    let stop = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let watched = std::sync::Arc::clone(&stop);
    let spy = std::thread::spawn(move || {
        let mut seen = std::collections::BTreeSet::new();
        while !watched.load(std::sync::atomic::Ordering::SeqCst) {
            processes(&mut seen);
        }
        seen
    });
    let (_, planned) = account.run(&["--log", &log, "plan", "--out", &plan]);
    let (code, applied) = account.run(&["--log", &log, "apply", &plan]);
    assert_eq!(code, 0, "{applied}");
    stop.store(true, std::sync::atomic::Ordering::SeqCst);
    let seen = spy.join().unwrap();
    assert!(seen.iter().any(|text| text.contains("apply")), "the program was seen at work");

    // What the program made up itself is known only to those it was told.
    let secret = account.run(&["secret", "show", "client-secret", "--stdout"]);
    let secret = secret
        .1
        .split_whitespace()
        .find(|word| word.len() == 128 && word.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    let secret = secret.expect("the generated secret is shown to who asks for it").to_owned();
    let secrets =
        [secret.as_str(), lab.text("/authentik/token"), lab.text("/immich/api_key"), PASSPHRASE];
    assert!(fs::read_to_string(&log).unwrap().contains("answered"), "there is a log");
    for secret in secrets {
        assert!(!planned.contains(secret) && !applied.contains(secret), "on the terminal");
        for text in &seen {
            assert!(!text.contains(secret), "a process was given it: {}", text.len());
        }
        for file in account.files() {
            let bytes = fs::read(&file).unwrap();
            assert!(!String::from_utf8_lossy(&bytes).contains(secret), "{}", file.display());
        }
    }
}

/// A server that takes connections and never says a word.
#[test]
fn status_ends_in_time_and_says_so() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join(".config/immich-sso");
    fs::create_dir_all(&folder).unwrap();
    let at = silent.local_addr().unwrap();
    let profile = format!(
        "secrets = \"file\"\n[authentik]\nurl = \"http://{at}\"\n[immich]\nurl = \"http://{at}\"\n"
    );
    fs::write(folder.join("default.toml"), profile).unwrap();
    let account = Account { home };
    account.keep("authentik-token", "token", true);
    account.keep("immich-api-key", "key", false);
    let began = std::time::Instant::now();
    let (code, written) = account.run(&["status", "--timeout", "2s"]);
    assert_eq!(code, 1, "{written}");
    assert!(written.contains(&said_with("longer than {} s", &[&2])), "{written}");
    // Sooner than the first request gives up.
    assert!(began.elapsed().as_secs() < 15, "{:?}", began.elapsed());
}
