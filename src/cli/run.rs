//! From the arguments to the exit code.

use std::{
    borrow::Cow,
    ffi::OsString,
    io::{self, IsTerminal, Write},
    process::ExitCode,
};

use clap::ValueEnum;
use crossterm::style::force_color_output;

use crate::{
    plain::Ink,
    secret::close_memory,
    site::{Fault, harmless},
    terminal::{self, spelled},
};

#[cfg(feature = "demo")]
use super::demo;
use super::{
    AccessCommand, Cli, Color, Command, EXIT_CODES, EXIT_FAILED, EXIT_SAME, EXIT_USAGE, complaint,
    log, machine::NoThreads, manual, output, panic, profile, rotate, secret, unattended, walk,
    workplace::Workplace,
};

/// The whole program: reads the arguments, does what they say, and says how it
/// ended.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    panic::install_hook();
    close_memory();
    terminal::let_writes_fail();
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let cli = match Cli::read(&arguments) {
        Ok(cli) => cli,
        // Help and version come this way too, and are no mistake.
        Err(error) => return ExitCode::from(show_usage(&error, wished_color(&arguments))),
    };
    cli.global.is_named();
    let color = cli.global.color;
    if color == Color::Always {
        // Else crossterm takes colors away where `NO_COLOR` is set.
        force_color_output(true);
    }
    let code = run(&cli).unwrap_or_else(|fault| {
        complaint::complain(&fault, color);
        EXIT_FAILED
    });
    if let Some(fault) = log::trouble() {
        complaint::complain(&fault, color);
    }
    // Whoever started this program is to see that a signal ended it.
    terminal::end_as_asked();
    ExitCode::from(code)
}

/// Says what is wrong with the arguments, or what the help says, and returns the exit
/// code. A terminal acts on nothing that stands in an argument.
fn show_usage(error: &clap::Error, color: Color) -> u8 {
    let is_mistake = error.use_stderr();
    let terminal = if is_mistake { io::stderr().is_terminal() } else { io::stdout().is_terminal() };
    let styled = error.render();
    let text = styled.to_string();
    let text = match harmless::lines(&text) {
        Cow::Borrowed(_) if complaint::ink(color, terminal) == Ink::Colour => {
            styled.ansi().to_string()
        }
        text => text.into_owned(),
    };
    if is_mistake {
        // Nobody is left to tell when standard error is gone.
        let _ = io::stderr().lock().write_all(spelled(&text).as_bytes());
        return EXIT_USAGE;
    }
    match output::tell(&text) {
        Ok(()) => EXIT_SAME,
        Err(fault) => {
            complaint::complain(&fault, color);
            EXIT_FAILED
        }
    }
}

/// Does what the arguments say and returns the exit code.
fn run(cli: &Cli) -> Result<u8, Fault> {
    if let Some(path) = &cli.global.log {
        log::to_file(path)?;
    }
    let color = cli.global.color;
    match cli.chosen() {
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::parser(), "immich-sso", &mut script);
            output::print(&String::from_utf8_lossy(&script))?;
            Ok(EXIT_SAME)
        }
        Command::Man => {
            let page = manual::page(Cli::parser(), &EXIT_CODES);
            output::print(&page.map_err(output::no_output)?)?;
            Ok(EXIT_SAME)
        }
        Command::Secret(command) => secret::run(&cli.global, &command),
        Command::Profile(command) => profile::run(&cli.global, &command),
        Command::Setup(options) => {
            let setup = Workplace::open(&cli.global)?.setup();
            wait_for(walk::with_a_person(setup, options.plain, color))
        }
        Command::Undo(options) => {
            let setup = Workplace::open(&cli.global)?.undo()?;
            wait_for(walk::with_a_person(setup, options.plain, color))
        }
        Command::Access(AccessCommand::Remove(options)) => {
            let setup = Workplace::open(&cli.global)?.remove_access()?;
            wait_for(walk::with_a_person(setup, options.plain, color))
        }
        Command::Rotate(options) => {
            let place = Workplace::open(&cli.global)?;
            wait_for(async { rotate::run(place, &options, &cli.global).await })
        }
        Command::Status(options) => {
            let place = Workplace::open(&cli.global)?;
            wait_for(async {
                unattended::status(place.unattended().await?, &options, &cli.global).await
            })
        }
        Command::Plan(options) => {
            let place = Workplace::open(&cli.global)?;
            wait_for(async {
                unattended::plan(place.unattended().await?, &options, &cli.global).await
            })
        }
        Command::Apply(options) => {
            let place = Workplace::open(&cli.global)?;
            wait_for(async {
                unattended::apply(place.unattended().await?, &options.file, &cli.global).await
            })
        }
        #[cfg(feature = "demo")]
        Command::Demo(options) => wait_for(demo::run(options, color)),
    }
}

/// Runs the asynchronous part of a command. What still blocks when it is done,
/// such as a question that nobody answers, is left behind.
fn wait_for<T>(work: impl Future<Output = Result<T, Fault>>) -> Result<T, Fault> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Fault::of(&NoThreads(error), say!("start threads")))?;
    let done = runtime.block_on(work);
    runtime.shutdown_background();
    done
}

/// `--color` also holds for what the parser itself says, so it is looked for where
/// the parser failed.
fn wished_color(arguments: &[OsString]) -> Color {
    let words: Vec<_> = arguments.iter().map(|word| word.to_string_lossy()).collect();
    let after = |i: usize| words.get(i + 1).map(ToString::to_string);
    let chosen = words.iter().enumerate().find_map(|(i, word)| match word.as_ref() {
        "--color" => after(i),
        word => word.strip_prefix("--color=").map(str::to_owned),
    });
    chosen.and_then(|chosen| Color::from_str(&chosen, false).ok()).unwrap_or_default()
}
