//! What to do once a site is set up.

/// Something to do, or to know, afterwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NextNote {
    /// No login was proved.
    LogInOnce,
    /// The mobile app logs in through authentik, too.
    MobileApp,
    /// Password login is a way in until somebody else is an administrator.
    KeepPasswordLogin,
    /// How to let passwords in again.
    LockedOut,
}
