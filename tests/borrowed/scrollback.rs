//! A real tmux without an alternate screen, and with a history.

use std::{
    process::{Command, Output},
    thread,
    time::{Duration, Instant},
};

use testkit::{said, said_with};

use super::{Home, PASSPHRASE, PROGRAM, program_below, send};

/// A tmux of its own; it ends with this value.
struct Tmux<'a> {
    home: &'a Home,
}

impl<'a> Tmux<'a> {
    fn start(home: &'a Home) -> Self {
        let tmux = Self { home };
        let conf = home.0.path().join("tmux.conf");
        std::fs::write(
            &conf,
            "set -g alternate-screen off\nset -g history-limit 9999\nset -g status off\n\
             set -g default-terminal screen-256color\n",
        )
        .unwrap();
        let conf = conf.display().to_string();
        tmux.must(&["-f", &conf, "new-session", "-d", "-x", "100", "-y", "24", "bash --norc -i"]);
        tmux.wait_for("bash-");
        tmux
    }

    fn call(&self, arguments: &[&str]) -> Output {
        Command::new("tmux")
            .arg("-S")
            .arg(self.home.0.path().join("tmux"))
            .args(arguments)
            .env_clear()
            .envs(self.home.environment())
            .output()
            .expect("tmux is installed by tests/setup.sh")
    }

    fn must(&self, arguments: &[&str]) -> String {
        let output = self.call(arguments);
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    fn types(&self, text: &str) {
        self.must(&["send-keys", "-l", text]);
    }

    /// All that can be seen and scrolled back to.
    fn all(&self) -> String {
        self.must(&["capture-pane", "-p", "-J", "-S", "-", "-E", "-"])
    }

    fn screen(&self) -> String {
        self.must(&["capture-pane", "-p"])
    }

    fn wait_for(&self, text: &str) {
        self.wait(text, |screen| screen.contains(text));
    }

    fn wait(&self, what: &str, holds: impl Fn(&str) -> bool) {
        let until = Instant::now() + Duration::from_secs(90);
        while !holds(&self.screen()) {
            assert!(Instant::now() < until, "waited for {what} on:\n{}", self.all());
            thread::sleep(Duration::from_millis(20));
        }
    }

    fn pid(&self) -> u32 {
        self.must(&["display-message", "-p", "#{pane_pid}"]).trim().parse().unwrap()
    }
}

impl Drop for Tmux<'_> {
    fn drop(&mut self) {
        self.call(&["kill-server"]);
    }
}

/// What ends the showing of a secret.
type End = dyn Fn(&Tmux<'_>);

const SECRET: &str = "hunter2-hunter2-hunter2";

#[test]
fn shown_secret_is_not_in_what_can_be_scrolled_back_to() {
    let home = Home::with_secret(SECRET);
    let tmux = Tmux::start(&home);
    let ends: [(&str, &End); 3] = [
        ("a key", &|tmux| tmux.types("x")),
        ("TERM", &|tmux| send(program_below(tmux.pid()), "TERM")),
        ("a smaller window", &|tmux| {
            tmux.must(&["resize-window", "-x", "60", "-y", "12"]);
            tmux.types("x");
        }),
    ];
    for (what, end) in ends {
        tmux.types(&format!("seq 100; {PROGRAM} secret show client-secret; echo over\n"));
        tmux.wait_for(&said("Passphrase"));
        tmux.types(&format!("{PASSPHRASE}\n"));
        tmux.wait_for(&said("Any key hides it"));
        assert!(tmux.screen().contains(SECRET), "{}", tmux.screen());
        end(&tmux);
        tmux.wait("the end", |screen| {
            screen.contains("over") && !screen.contains(&*said("Any key"))
        });
        tmux.types("seq 100; echo next\n");
        tmux.wait_for("next");
        let all = tmux.all();
        assert!(!all.contains("hunter2"), "after {what}:\n{all}");
        tmux.must(&["resize-window", "-x", "100", "-y", "24"]);
        tmux.must(&["clear-history"]);
    }
}

#[test]
fn revealed_secret_is_not_in_what_can_be_scrolled_back_to() {
    let home = Home::new();
    let tmux = Tmux::start(&home);
    tmux.must(&["resize-window", "-x", "120", "-y", "40"]);
    tmux.types(&format!("{PROGRAM} demo; echo over\n"));
    let agree = format!("y{}", said(" do exactly this"));
    for step in ["step 1 of 5", "step 2 of 5", "step 3 of 5"].map(said) {
        tmux.wait(&step, |screen| screen.contains(&*step) && screen.contains(&agree));
        tmux.types("y");
    }
    tmux.wait_for(&said_with("Let {} log in", &[&"alice"]));
    tmux.types("p");
    tmux.wait_for(&said("What was set up"));
    tmux.types("v");
    let secret = |screen: &str| {
        let is_long = |word: &&str| word.len() > 60 && word.chars().all(char::is_alphanumeric);
        screen.split_whitespace().find(is_long).map(str::to_owned)
    };
    tmux.wait("the secret", |screen| secret(screen).is_some());
    let shown = secret(&tmux.screen()).unwrap();
    // Drawn as a whole once more, wider too; then left with the secret on it.
    tmux.must(&["send-keys", "C-l"]);
    tmux.must(&["resize-window", "-x", "130", "-y", "44"]);
    tmux.wait("a wider frame", |screen| {
        screen.contains(&shown[..40]) && screen.lines().any(|line| line.chars().count() > 125)
    });
    tmux.must(&["send-keys", "C-l"]);
    send(program_below(tmux.pid()), "TERM");
    tmux.wait_for("over");
    tmux.types("seq 100; echo next\n");
    tmux.wait_for("next");
    let all = tmux.all();
    assert!(!all.contains(&shown[..20]), "{shown} is in:\n{all}");
}
