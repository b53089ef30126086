//! The help whose texts nobody can read: a build for tests alone.

use clap::{
    Arg, Command, ValueEnum,
    builder::{PossibleValuesParser, StyledStr, TypedValueParser},
};

#[cfg(feature = "demo")]
use super::LabSettings;
use super::{Color, What};
use crate::say::scrambled::whole;

/// Gives something another text, where it has one.
fn with<T>(on: T, text: impl Fn(&T) -> Option<&StyledStr>, set: impl Fn(T, StyledStr) -> T) -> T {
    match text(&on).map(|text| StyledStr::from(whole(&text.to_string()))) {
        Some(text) => set(on, text),
        None => on,
    }
}

/// A name that lasts as long as the program.
fn lasting(text: &str) -> &'static str {
    whole(text).leak()
}

/// The same command with other texts; what is typed stays. `exit_codes` is
/// scrambled already, and is left as it is.
pub(super) fn texts_of(command: Command, exit_codes: &str) -> Command {
    let command = with(command, Command::get_about, Command::about);
    let command = with(command, Command::get_long_about, Command::long_about);
    let command = with(command, Command::get_before_help, Command::before_help);
    let command = with(command, Command::get_before_long_help, Command::before_long_help);
    let command = with(command, Command::get_after_help, Command::after_help);
    let after = |command: &Command| {
        command.get_after_long_help().filter(|text| text.to_string() != exit_codes).cloned()
    };
    let command = match after(&command) {
        Some(text) => command.after_long_help(whole(&text.to_string())),
        None => command,
    };
    let command = match command.get_subcommand_help_heading().map(lasting) {
        Some(heading) => command.subcommand_help_heading(heading),
        None => command,
    };
    command.mut_args(argument).mut_subcommands(|below| texts_of(below, exit_codes))
}

fn argument(argument: Arg) -> Arg {
    let argument = with(argument, Arg::get_help, Arg::help);
    let argument = with(argument, Arg::get_long_help, Arg::long_help);
    let argument = match argument.get_help_heading().map(lasting) {
        Some(heading) => argument.help_heading(heading),
        None => argument,
    };
    let argument = match argument.get_id().as_str() {
        "color" => argument.value_parser(values::<Color>()),
        "what" => argument.value_parser(values::<What>()),
        #[cfg(feature = "demo")]
        "settings" => argument.value_parser(values::<LabSettings>()),
        _ => argument,
    };
    let names = argument.get_value_names().map(|names| names.iter().map(|name| lasting(name)));
    match names.map(Iterator::collect::<Vec<_>>) {
        Some(names) => argument.value_names(names),
        None => argument,
    }
}

/// The values of an argument; what each means is scrambled.
fn values<T: ValueEnum + Clone + Send + Sync + 'static>() -> impl TypedValueParser<Value = T> {
    let all =
        T::value_variants().iter().filter_map(ValueEnum::to_possible_value).map(
            |value| match value.get_help().map(|help| whole(&help.to_string())) {
                Some(help) => value.help(help),
                None => value,
            },
        );
    PossibleValuesParser::new(all).try_map(|name| T::from_str(&name, false))
}
