//! What routes send for a change, as values: shown before they are sent, and
//! sent as they were shown.

use crate::{
    host::Command,
    net::{Json, Template},
};

/// When a change is carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// As soon as it is sent.
    AtOnce,
    /// At a word, once everything is prepared.
    AtAWord,
}

/// What a route sends for a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sends {
    /// All settings are read, and put back to the same path.
    Api {
        /// Where they are, and where they are in releases that do not know the
        /// first.
        paths: [&'static str; 2],
        /// What is replaced in the oauth block.
        fields: Json,
    },
    /// SQL on the standard input of a command.
    Database {
        /// The command.
        command: Command,
        /// The statements.
        sql: Template,
        /// What the command is told at the switch, if the change waits for it.
        word: Option<String>,
    },
    /// The new text of the config file on the standard input of a command.
    ConfigFile {
        /// What is set in the oauth block.
        fields: Json,
        /// What is taken out of it.
        gone: Vec<String>,
        /// The command.
        command: Command,
        /// What the command is told at the switch, if the change waits for it.
        word: Option<&'static str>,
        /// The name of the copy of the old text, where one is kept.
        kept: Option<Template>,
        /// The command that deletes the copy: of an undo, where no other run
        /// needs it.
        forget: Command,
    },
}
