//! What the tests share: real parts that are started for a test, an operator
//! that answers, recordings of real servers, terminals and certificates. Used by
//! the tests, the benchmarks and the examples, never by the program.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::missing_panics_doc,
    reason = "this is how a test fails"
)]

#[cfg(unix)]
mod caller;
pub mod contract;
pub mod driver;
#[cfg(unix)]
pub mod executable;
pub mod fixtures;
pub mod front;
pub mod http;
pub mod picture;
pub mod pki;
pub mod routes;
pub mod scenes;
pub mod secret_file;
#[cfg(unix)]
pub mod support;
pub mod terminal;

#[cfg(unix)]
pub use caller::caller;

use std::{
    borrow::Cow,
    fmt::Display,
    path::{Path, PathBuf},
};

/// The folder of the project.
pub fn project() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// A text of the program's, without values, as the program under test says it.
pub fn said(text: &str) -> Cow<'_, str> {
    immich_sso::say::as_said(text)
}

/// A text of the program's as the program under test says it; what stands in
/// backticks are values.
pub fn said_around_backticks(text: &str) -> String {
    let pieces = text.split('`').enumerate();
    let pieces = pieces.map(|(i, piece)| if i % 2 == 0 { said(piece) } else { piece.into() });
    pieces.collect::<Vec<_>>().join("`")
}

/// A text of the program's as the program under test says it, with a value in
/// the place of each `{}`.
pub fn said_with(text: &str, values: &[&dyn Display]) -> String {
    let mut pieces = text.split("{}").map(said);
    let mut whole = pieces.next().unwrap_or_default().into_owned();
    for (piece, value) in pieces.zip(values) {
        whole += &format!("{value}{piece}");
    }
    whole
}
