//! What is pasted, or typed before it is asked for: it answers no question that
//! nobody has read, and no part of a secret is shown, kept or left to the shell.

use portable_pty::CommandBuilder;
use testkit::said;

use crate::{profiles::home, table, terminal::Terminal};

const PROGRAM: &str = env!("CARGO_BIN_EXE_immich-sso");
const PASSPHRASE: &str = "correct horse battery";
/// The second change that the demo asks about.
const NEXT: &str = "application like this?";

/// A face, and how it is told to show the requests, and to leave.
struct Hands {
    term: &'static str,
    arguments: &'static [&'static str],
    /// What would agree to all changes, typed before any of them is there.
    ahead: &'static str,
    show: &'static str,
    /// What says that it may be told now: a key, and what that does.
    offers: (&'static str, &'static str),
    leave: &'static str,
}

const FACES: [Hands; 4] = [
    Hands {
        term: "dumb",
        arguments: &["demo", "--plain"],
        ahead: "yes\ryes\ryes\r1\r1\r",
        show: "show\r",
        offers: ("show", ": the exact requests"),
        leave: "leave\r",
    },
    Hands {
        term: "dumb",
        arguments: &["demo", "--plain"],
        ahead: "x\ny\nyes\nyes\nyes\n",
        show: "show\r",
        offers: ("show", ": the exact requests"),
        leave: "leave\r",
    },
    Hands {
        term: "xterm-256color",
        arguments: &["demo", "--plain"],
        ahead: "\x1b[B\r\x1b[B\r\x1b[B\r",
        show: "\r",
        offers: ("", "Look again: read what is live anew"),
        leave: "\x03",
    },
    Hands {
        term: "xterm-256color",
        arguments: &["demo"],
        ahead: "yyyyyyyy",
        show: "x",
        offers: ("y", " do exactly this"),
        leave: "\x03\x03\x03",
    },
];

/// Whether what was typed ahead agreed to a change.
fn agreed(hands: &Hands) -> Option<String> {
    let mut command = CommandBuilder::new(PROGRAM);
    command.args(hands.arguments);
    command.env("TERM", hands.term);
    command.env_remove("NO_COLOR");
    let mut terminal = Terminal::start_sized(command, 60, 120);
    terminal.press(hands.ahead);
    let (key, does) = hands.offers;
    terminal.wait_for(&format!("{key}{}", said(does)));
    // Keys come in their order: what was typed ahead counts before this.
    terminal.press(hands.show);
    terminal.wait_written("POST http");
    terminal.press(hands.leave);
    let (_, written) = terminal.finish();
    written
        .contains(&*said(NEXT))
        .then(|| format!("{:?} on {}: it agreed", hands.ahead, hands.term))
}

/// What goes wrong where a secret is pasted that is not one short line, to a
/// command that a shell started.
fn pasted(paste: &str) -> Option<String> {
    let home = home("secrets = \"file\"\n");
    let mut command = CommandBuilder::new("bash");
    let then = "\"$0\" secret set client-secret; while read -r -t 1 line; do echo \"SHELL $line\"; \
                done; echo over";
    command.args(["--norc", "-c", then, PROGRAM]);
    command.env_clear();
    command.env("HOME", home.path());
    command.env("PATH", "/usr/bin:/bin");
    command.env("TERM", "xterm");
    let mut terminal = Terminal::start_sized(command, 40, 120);
    for question in ["A passphrase", "once more"] {
        terminal.wait_written(&said(question));
        terminal.press(&format!("{PASSPHRASE}\r"));
    }
    terminal.wait_written(&said("The value"));
    terminal.press(paste);
    terminal.wait_written("over");
    let (_, written) = terminal.finish();
    let name: String = paste.chars().take(24).collect();
    if written.contains("SHELL") {
        return Some(format!("{name:?}: the shell gets a part of it"));
    }
    if written.contains("hunter") {
        return Some(format!("{name:?}: it is shown"));
    }
    let kept = home.path().join(".local/share/immich-sso/default.age").exists();
    (kept || !written.contains(&*said("error:"))).then(|| format!("{name:?}: a part of it is kept"))
}

#[test]
fn pastes_answer_nothing_that_nobody_read() {
    let long = format!("{}\r", "hunter7".repeat(3000));
    let pastes = ["hunter2\rhunter3\r", "hunter2\nhunter3\nhunter4\n", "hunter2\r\rhunter3", &long];
    let mut broken: Vec<String> = FACES.iter().filter_map(agreed).collect();
    broken.extend(pastes.into_iter().filter_map(pasted));
    table::row("A paste comes in several lines, or too early", FACES.len() + pastes.len(), &broken);
}
