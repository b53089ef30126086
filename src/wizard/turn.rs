//! Where a rotation goes on after something was asked.

/// Where to go after something was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// To the next stage.
    On,
    /// Once more through the switch.
    Set,
    /// Away; nothing more is done.
    Leave,
}
