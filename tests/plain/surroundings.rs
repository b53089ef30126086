//! What the environment says of the terminal: characters and colors.

use immich_sso::{
    site::System,
    wizard::{AccessTopic, LoginTopic, RunTopic, StepId, StepTopic},
};
use portable_pty::CommandBuilder;
use testkit::said;

use crate::{question, terminal::Terminal, verified, walks::CHANGES};

/// The face on a script, with nothing in its environment but that.
fn face(environment: &[(&str, &str)]) -> Terminal {
    let mut command = CommandBuilder::new(std::env::current_exe().unwrap());
    command.args(["face_on_a_script", "--exact", "--ignored", "--nocapture"]);
    command.env_clear();
    for (name, value) in environment {
        command.env(name, value);
    }
    let mut terminal = Terminal::start_sized(command, 200, 100);
    terminal.wait_for(&question(AccessTopic::Address(System::Immich)));
    terminal.press("https://photos.example.com\r");
    terminal.wait_for(&question(AccessTopic::PasteToken));
    terminal.press("hunter2\r");
    terminal.wait_for(&question(StepTopic::Apply(StepId::Provider)));
    terminal
}

/// The walk to its end, and all that was written.
fn walked(environment: &[(&str, &str)]) -> String {
    let mut terminal = face(environment);
    let is_dumb = environment.contains(&("TERM", "dumb"));
    let first = said("Show the exact requests");
    if !is_dumb {
        terminal.wait_for(&first);
    }
    terminal.press(if is_dumb { "yes\r" } else { "\x1b[B\r" });
    terminal.wait_for(&verified());
    assert!(terminal.ended_well(), "{}", terminal.screen());
    // What follows is of the test itself.
    terminal.written().split("ended with ").next().unwrap().to_owned()
}

/// Locales that have ASCII alone, by the name that decides.
const ASCII: [&[(&str, &str)]; 5] = [
    &[],
    &[("LANG", "POSIX")],
    &[("LC_ALL", "C"), ("LC_CTYPE", "C.UTF-8"), ("LANG", "C.UTF-8")],
    &[("LC_ALL", ""), ("LC_CTYPE", "de_DE.ISO-8859-1"), ("LANG", "C.UTF-8")],
    &[("LANG", "de_DE")],
];

#[test]
fn locale_without_utf_8_gets_ascii_alone() {
    for locale in ASCII {
        for kind in ["xterm", "dumb"] {
            let written = walked(&[locale, &[("TERM", kind)]].concat());
            let odd = written.chars().find(|c| !c.is_ascii());
            assert_eq!(odd, None, "{kind} {locale:?}: {written}");
        }
    }
    let locale = [("TERM", "xterm"), ("LC_ALL", ""), ("LC_CTYPE", "C.UTF-8"), ("LANG", "C")];
    assert!(walked(&locale).contains('\u{2191}'));
}

#[test]
fn code_of_a_link_is_drawn_with_blanks_where_there_are_no_blocks() {
    let (dark, light) = ("\x1b[97;40m  \x1b[0m", "\x1b[30;107m  \x1b[0m");
    let written = walked(&[("TERM", "xterm"), ("LC_ALL", "C")]);
    assert!(written.contains(dark) && written.contains(light), "{written}");
    // Without colors there is nothing to draw with.
    let written = walked(&[("TERM", "xterm"), ("LC_ALL", "C"), ("NO_COLOR", "1")]);
    assert!(!written.contains("\x1b[97;40m") && !written.contains("##"), "{written}");
}

#[test]
fn colors_that_are_asked_for_come_in_menus_too() {
    for (color, comes) in [("always", true), ("auto", false), ("never", false)] {
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_immich-sso"));
        command.args(["demo", "--plain", "--color", color]);
        command.env("TERM", "xterm");
        command.env("NO_COLOR", "1");
        let mut terminal = Terminal::start_sized(command, 200, 100);
        terminal.wait_for(&said("Show the exact requests"));
        let written = terminal.written();
        // Of headings, which are ours, and of menus, which are not.
        assert_eq!(written.contains("\x1b[1m"), comes, "{color}: {written}");
        assert_eq!(written.contains("\x1b[38;5;"), comes, "{color}: {written}");
        terminal.press("\x03");
        assert!(terminal.ended_well());
    }
}

#[test]
fn demo_without_a_terminal_goes_by_the_locale_too() {
    for (locale, is_ascii) in [("C", true), ("C.UTF-8", false)] {
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_immich-sso"))
            .arg("demo")
            .env("LC_ALL", locale)
            .stdin(std::process::Stdio::null())
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&output.stdout);
        assert!(told.contains(&verified()), "{told}");
        assert_eq!(told.is_ascii(), is_ascii, "{told}");
    }
}

/// What a question begins with, also where it is broken.
fn beginning(topic: impl Into<immich_sso::wizard::Topic>) -> String {
    question(topic).split(' ').take(4).collect::<Vec<_>>().join(" ")
}

#[test]
fn lines_are_broken_at_blanks_at_every_width() {
    for columns in [60, 80] {
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_immich-sso"));
        command.args(["demo", "--plain"]);
        command.env("TERM", "dumb");
        command.env("LC_ALL", "C.UTF-8");
        let mut terminal = Terminal::start_sized(command, 400, columns);
        for step in CHANGES {
            terminal.wait_for(&beginning(StepTopic::Apply(step)));
            terminal.press("yes\r");
        }
        terminal.wait_for(&beginning(LoginTopic::LogIn { stand_in: true }));
        terminal.press("1\r");
        terminal.wait_for(&beginning(RunTopic::AllWalked { not_as_wanted: Vec::new() }));
        terminal.press("\r");
        assert!(terminal.ended_well(), "{}", terminal.screen());
        let written = terminal.written();
        let long: Vec<&str> = written
            .lines()
            .map(str::trim_end)
            .filter(|line| line.chars().count() > columns.into())
            // One word that is no URL, or the link, is never broken.
            .filter(|line| line.split_whitespace().count() > 1)
            .collect();
        assert!(long.is_empty(), "{columns}: {long:#?}");
    }
}
