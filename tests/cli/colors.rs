//! When there are colors.

use portable_pty::CommandBuilder;

use crate::terminal::Terminal;

/// What a command writes to a terminal.
fn written(arguments: &[&str], environment: &[(&str, &str)]) -> String {
    let home = tempfile::tempdir().unwrap();
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_immich-sso"));
    command.args(arguments);
    command.env_clear();
    command.env("HOME", home.path());
    for (name, value) in environment {
        command.env(name, value);
    }
    Terminal::start_sized(command, 100, 100).finish().1
}

/// Help, a mistake, and an error.
const COMMANDS: [&[&str]; 3] = [&["--help"], &["statsu"], &["status"]];

#[test]
fn terminal_that_says_nothing_of_itself_gets_no_colors() {
    for (environment, comes) in [
        (&[][..], false),
        (&[("TERM", "")], false),
        (&[("TERM", "dumb")], false),
        (&[("TERM", "dumb"), ("CLICOLOR_FORCE", "1"), ("CI", "1")], false),
        (&[("TERM", "xterm"), ("NO_COLOR", "1")], false),
        (&[("TERM", "xterm"), ("NO_COLOR", "")], true),
        (&[("TERM", "xterm"), ("CLICOLOR", "0")], true),
        (&[("TERM", "xterm")], true),
    ] {
        for arguments in COMMANDS {
            let told = written(arguments, environment);
            assert_eq!(told.contains('\x1b'), comes, "{arguments:?} {environment:?}: {told}");
            let always = written(&[arguments, &["--color", "always"]].concat(), environment);
            assert!(always.contains('\x1b'), "{arguments:?} {environment:?}: {always}");
            let never = written(&[arguments, &["--color=never"]].concat(), environment);
            assert!(!never.contains('\x1b'), "{arguments:?} {environment:?}: {never}");
        }
    }
}

#[test]
fn pipe_gets_colors_only_by_the_option() {
    let account = crate::Account::new();
    let forced = [("CLICOLOR_FORCE", "1"), ("TERM", "xterm")];
    for arguments in COMMANDS {
        assert!(!account.run_with(arguments, "", &forced).contains('\x1b'), "{arguments:?}");
        let always = [arguments, &["--color", "always"]].concat();
        assert!(account.run_with(&always, "", &[]).contains('\x1b'), "{arguments:?}");
    }
}
