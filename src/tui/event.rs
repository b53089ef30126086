//! What reaches the face.

use std::sync::Arc;

use crossterm::event::{KeyEvent, MouseEvent};
use jiff::Timestamp;

use super::theme::Ground;
use crate::wizard::Snapshot;

/// One thing that happened.
#[derive(Clone, Debug)]
pub enum Event {
    /// A key was pressed.
    Key(KeyEvent),
    /// Text was pasted.
    Paste(String),
    /// The mouse did something.
    Mouse(MouseEvent),
    /// The terminal said on what ground letters stand.
    Ground(Ground),
    /// The terminal has another size.
    Resize,
    /// The engine published something new.
    Snapshot(Arc<Snapshot>),
    /// It is later.
    Tick(Timestamp),
}
