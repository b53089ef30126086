//! What is taken back, and how that came out.

use crate::wizard::{effect::Effect, journal::Seq};

/// An effect that is to be taken back.
#[derive(Clone, Debug)]
pub(super) struct Target {
    pub(super) seq: Seq,
    pub(super) effect: Effect,
}

/// How one of them came out.
pub(super) enum Came {
    Back,
    Left,
}
