//! The build whose texts nobody can read (`IMMICH_SSO_SCRAMBLED=1`, see
//! src/say.rs): a test that looks for a sentence of the program's fails in it,
//! and so does code that reads one back. These tests are for both builds.

#![allow(clippy::unwrap_used, clippy::panic, reason = "this is how a test fails")]

use clap::{Arg, Command, CommandFactory as _, builder::StyledStr};
use immich_sso::{
    cli::Cli,
    tui::{
        theme::{Depth, Ground},
        view,
    },
};
use ratatui::{Terminal, backend::TestBackend, buffer::Cell};
use testkit::{said, scenes};

/// Whether the texts of this build cannot be read.
fn is_scrambled() -> bool {
    said("text") != "text"
}

/// The first screen of a walk.
fn first_screen() -> String {
    let scene = scenes::ALL.into_iter().find(|scene| scene.name == "opening").unwrap();
    let state = scene.state(Depth::None, Ground::Unknown);
    let mut terminal = Terminal::new(TestBackend::new(120, 40)).unwrap();
    terminal.draw(|frame| drop(view::draw(frame, &state))).unwrap();
    terminal.backend().buffer().content().iter().map(Cell::symbol).collect()
}

#[test]
fn words_of_the_first_screen_can_be_read_in_a_plain_build_alone() {
    let screen = first_screen();
    for word in ["help", "quit"] {
        assert_eq!(screen.contains(word), !is_scrambled(), "{word}: {screen}");
        assert!(screen.contains(&*said(word)), "{word}: {screen}");
    }
}

fn read(text: Option<&StyledStr>) -> String {
    text.map(ToString::to_string).unwrap_or_default()
}

/// What is said about an argument, text by text.
fn texts_of_argument(argument: &Arg) -> Vec<String> {
    let mut texts = vec![read(argument.get_help()), read(argument.get_long_help())];
    texts.extend(argument.get_help_heading().map(str::to_owned));
    let names = argument.get_value_names().unwrap_or_default();
    texts.extend(names.iter().map(ToString::to_string));
    texts.extend(argument.get_possible_values().iter().map(|value| read(value.get_help())));
    texts
}

/// What is said about a command and all that is below it, text by text.
fn texts_of(command: &Command) -> Vec<String> {
    let mut texts = vec![
        read(command.get_about()),
        read(command.get_long_about()),
        read(command.get_before_help()),
        read(command.get_before_long_help()),
        read(command.get_after_help()),
    ];
    texts.extend(command.get_subcommand_help_heading().map(str::to_owned));
    texts.extend(command.get_arguments().flat_map(texts_of_argument));
    texts.extend(command.get_subcommands().flat_map(texts_of));
    texts
}

#[test]
fn help_is_scrambled_text_by_text() {
    let (plain, told) = (texts_of(&Cli::command()), texts_of(&Cli::parser()));
    assert!(plain.len() > 100, "{plain:?}");
    let expected: Vec<String> = plain.iter().map(|text| said(text).into_owned()).collect();
    assert_eq!(told, expected);
}
