//! From the arguments to the exit code.

use std::{ffi::OsString, process::ExitCode};

use clap::{ColorChoice, CommandFactory};

use crate::site::{Fault, FaultKind, System};

use super::{
    Cli, Command, EXIT_CODES, EXIT_FAILED, EXIT_SAME, EXIT_USAGE, complaint, keep, log, manual,
    output, panic, workplace::Workplace,
};

/// The whole program: reads the arguments, does what they say, and says how it
/// ended.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    panic::install_hook();
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let cli = match Cli::read(&arguments, clap_color(&arguments)) {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version come this way too, and are no mistake.
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { EXIT_USAGE } else { EXIT_SAME });
        }
    };
    let color = cli.global.color;
    match run(&cli) {
        Ok(code) => ExitCode::from(code),
        Err(fault) => {
            complaint::complain(&fault, color);
            ExitCode::from(EXIT_FAILED)
        }
    }
}

/// Does what the arguments say and returns the exit code.
fn run(cli: &Cli) -> Result<u8, Fault> {
    if let Some(path) = &cli.global.log {
        log::to_file(path)?;
    }
    match cli.chosen() {
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "immich-sso", &mut script);
            output::print(&String::from_utf8_lossy(&script))?;
            Ok(EXIT_SAME)
        }
        Command::Man => {
            let page = manual::page(Cli::command(), &EXIT_CODES);
            output::print(&page.map_err(|error| output::no_output(&error))?)?;
            Ok(EXIT_SAME)
        }
        Command::Secret(command) => keep::secret(&cli.global, &command),
        Command::Profile(command) => keep::profile(&cli.global, &command),
        Command::Setup(_) => {
            if !output::is_interactive() {
                return Err(no_person());
            }
            Err(not_yet())
        }
        Command::Status(_) | Command::Plan(_) | Command::Apply(_) => {
            Workplace::open(&cli.global)?.profile()?;
            Err(not_yet())
        }
        Command::Demo(_) => Err(not_yet()),
    }
}

fn not_yet() -> Fault {
    Fault::new(System::Workstation, FaultKind::NotFound, "run this command")
        .answered("it is not built in yet")
}

/// The wizard asks, and there is nobody to answer.
fn no_person() -> Fault {
    Fault::new(System::Workstation, FaultKind::Refused, "open the wizard")
        .answered("standard input or output is no terminal")
        .remedy(
            "run it in a terminal; `immich-sso status`, `plan` and `apply` need none, and \
             `immich-sso demo` then plays the operator itself",
        )
}

/// `--color` also holds for what the parser itself prints, so it is looked for
/// before the parser runs.
fn clap_color(arguments: &[OsString]) -> ColorChoice {
    let words: Vec<_> = arguments.iter().map(|word| word.to_string_lossy()).collect();
    let after = |i: usize| words.get(i + 1).map(ToString::to_string);
    let chosen = words.iter().enumerate().find_map(|(i, word)| match word.as_ref() {
        "--color" => after(i),
        word => word.strip_prefix("--color=").map(str::to_owned),
    });
    match chosen.as_deref() {
        Some("always") => ColorChoice::Always,
        Some("never") => ColorChoice::Never,
        _ => ColorChoice::Auto,
    }
}
