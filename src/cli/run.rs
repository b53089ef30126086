//! From the arguments to the exit code.

use std::{
    ffi::OsString,
    io::{self, IsTerminal, Write},
    process::ExitCode,
};

use clap::{ColorChoice, CommandFactory};

use crate::site::{Fault, FaultKind, System};

use super::{Cli, Command, EXIT_FAILED, EXIT_SAME, EXIT_USAGE, complaint, keep, log, panic};

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
            print(&script)
        }
        Command::Man => {
            let mut page = Vec::new();
            clap_mangen::Man::new(Cli::command()).render(&mut page).map_err(|e| no_output(&e))?;
            print(&page)
        }
        Command::Secret(command) => keep::secret(&cli.global, &command),
        Command::Profile(command) => keep::profile(&cli.global, &command),
        Command::Setup(_)
        | Command::Status(_)
        | Command::Plan(_)
        | Command::Apply(_)
        | Command::Demo(_) => {
            Err(Fault::new(System::Workstation, FaultKind::NotFound, "run this command")
                .answered("it is not built in yet"))
        }
    }
}

/// Writes to standard output. A reader that went away (`| head`) is no fault.
fn print(bytes: &[u8]) -> Result<u8, Fault> {
    let mut out = io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(no_output(&error)),
        _ => Ok(EXIT_SAME),
    }
}

fn no_output(error: &io::Error) -> Fault {
    Fault::new(System::Workstation, FaultKind::Refused, "write to standard output")
        .answered(error.to_string())
}

/// `--color` also holds for what the parser itself prints, so it is looked for
/// before the parser runs.
fn clap_color(arguments: &[OsString]) -> ColorChoice {
    let words: Vec<_> = arguments.iter().map(|word| word.to_string_lossy()).collect();
    let after = |i: usize| words.get(i + 1).map(|word| word.to_string());
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

/// Whether there is a person: somebody types and somebody reads.
#[allow(dead_code, reason = "asked by the faces, which come next")]
fn is_interactive() -> bool {
    io::stdin().is_terminal() && io::stdout().is_terminal()
}
