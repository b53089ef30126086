//! The real program in a process and a terminal of its own, with the encrypted
//! file as its secret store: to be killed (`kill -9`), or to be told by the
//! system that there is no room.

use std::{
    fs,
    os::unix::fs::symlink,
    path::PathBuf,
    time::{Duration, Instant},
};

use futures::FutureExt;
use immich_sso::{
    secret::{Label, Secret, Vault},
    site::{ProfileFile, StoreKind},
};
use immich_sso_lab::Gate;
use portable_pty::CommandBuilder;
use rustix::process::{Pid, Signal, kill_process};
use testkit::said;

use crate::{
    driver::Site,
    operator,
    secret_file::{self, PASSPHRASE},
    terminal::Terminal,
};

/// How long nothing may come of it before a test gives up.
const PATIENCE: Duration = Duration::from_mins(2);

/// How often it is looked at what the program wrote.
const LOOK: Duration = Duration::from_millis(1);

/// How the typed face ends what it says about the keys of a question.
fn keys() -> String {
    said("Ctrl-C: leave)").into_owned()
}

/// The word for a plan that is to be read again: only a plan's question has it.
fn for_a_plan() -> String {
    format!("again: {}", said("read live anew"))
}

/// The program, at work on a site.
pub struct Program<'a> {
    site: &'a Site,
    way: char,
    terminal: Terminal,
    /// How many questions were answered.
    answered: usize,
    /// How many of them up to the last plan.
    decided: usize,
    until: Instant,
}

/// A question that the program put.
pub struct Asked {
    /// What it wants to know.
    pub question: String,
    /// Whether it is about a plan.
    pub decides: bool,
    /// All that was written since the last plan was decided on.
    pub told: String,
}

impl<'a> Program<'a> {
    /// Starts it on the files as they are.
    pub fn start_on(site: &'a Site, command: &[&str], way: char) -> Self {
        let terminal = Terminal::start(program(site, command));
        Self { site, way, terminal, answered: 0, decided: 0, until: Instant::now() + PATIENCE }
    }

    /// Waits a moment; a question if there is a new one. `Err`: it is over.
    pub async fn look(&mut self) -> Result<Option<Asked>, String> {
        let written = self.terminal.written();
        assert!(Instant::now() < self.until, "it does not come to an end:\n{written}");
        let keys = keys();
        let parts: Vec<&str> = written.split(&keys).collect();
        if let Some(question) = parts.get(self.answered + 1).filter(|rest| rest.ends_with(' ')) {
            let decides = parts[self.answered].contains(&for_a_plan());
            let told = parts[self.decided..=self.answered].concat();
            let question = question.trim().to_owned();
            return Ok(Some(Asked { question, decides, told }));
        }
        if self.terminal.has_ended() {
            return Err(written);
        }
        tokio::time::sleep(LOOK).await;
        Ok(None)
    }

    /// Answers a question as the operator does.
    pub fn answer(&mut self, asked: &Asked) {
        let typed = if asked.decides {
            self.decided = self.answered + 1;
            "yes\r".to_owned()
        } else {
            operator::types(self.site, self.way, &asked.question)
        };
        self.press(&typed);
    }

    /// Leaves at a question.
    pub fn leave(&mut self) {
        self.press("\x03");
    }

    fn press(&mut self, keys: &str) {
        self.answered += 1;
        self.until = Instant::now() + PATIENCE;
        self.terminal.press(keys);
    }

    /// From now on no file of its may grow beyond that.
    #[cfg(target_os = "linux")]
    pub fn has_room_for(&self, bytes: u64) {
        use rustix::process::{Resource, Rlimit, prlimit};
        let limit = Rlimit { current: Some(bytes), maximum: None };
        prlimit(Some(self.pid()), Resource::Fsize, limit).unwrap();
    }

    #[cfg(not(target_os = "linux"))]
    pub fn has_room_for(&self, _: u64) {}

    /// `kill -9`: nothing of it runs any more.
    pub fn kill(self) -> String {
        kill_process(self.pid(), Signal::KILL).unwrap();
        self.terminal.finish().1
    }

    /// Answers everything until something stands at the gate. `Err`: it came to
    /// its end before.
    pub async fn until_at(&mut self, gate: &Gate) -> Result<(), String> {
        while gate.reached().now_or_never().is_none() {
            if let Some(asked) = self.look().await? {
                self.answer(&asked);
            }
        }
        Ok(())
    }

    /// Answers everything until something is so. `Err`: it came to its end
    /// before.
    pub async fn until(&mut self, mut is_so: impl FnMut() -> bool) -> Result<(), String> {
        while !is_so() {
            if let Some(asked) = self.look().await? {
                self.answer(&asked);
            }
        }
        Ok(())
    }

    fn pid(&self) -> Pid {
        Pid::from_raw(self.terminal.pid().try_into().unwrap()).unwrap()
    }
}

/// Moves the secrets into an encrypted file, where another process reads them.
pub async fn to_file(site: &mut Site) -> PathBuf {
    site.profile.secrets = StoreKind::File;
    let path = site.folders().secrets("test");
    secret_file::write(&site.vault, &path).await;
    let mut file = ProfileFile::new(&site.folders(), "test").unwrap();
    let _ = file.load();
    file.save(&site.profile).unwrap();
    let known = site.folders().config().join("known_hosts");
    fs::write(known, format!("{}\n", site.lab.host.known_hosts_line())).unwrap();
    path
}

/// Reads the file's secrets into another vault.
pub async fn from_file(site: &mut Site, to: Vault) {
    let file = Vault::age_file(site.folders().secrets("test"), Secret::new(PASSPHRASE));
    for label in Label::ALL {
        if let Some(secret) = file.get(label).await.unwrap() {
            to.put(label, &secret).await.unwrap();
        }
    }
    site.vault = to;
}

/// The program on this site's folders, in a terminal that cannot place a
/// cursor.
fn program(site: &Site, arguments: &[&str]) -> CommandBuilder {
    let root = site.folder.path();
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_immich-sso"));
    command.args(["--profile", "test", "--color", "never"]);
    command.args(arguments);
    command.arg("--plain");
    command.env_clear();
    command.env("PATH", "/usr/bin:/bin");
    command.env("HOME", root);
    command.env("TERM", "dumb");
    for (name, folder) in
        [("XDG_CONFIG_HOME", "config"), ("XDG_STATE_HOME", "state"), ("XDG_DATA_HOME", "data")]
    {
        let base = root.join("xdg").join(folder);
        fs::create_dir_all(&base).unwrap();
        fs::create_dir_all(root.join(folder)).unwrap();
        // There from an earlier start.
        let _ = symlink(root.join(folder), base.join("immich-sso"));
        command.env(name, base);
    }
    command
}
