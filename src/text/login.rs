//! The test login.

use jiff::{Timestamp, tz::TimeZone};

use crate::wizard::{LoginState, LoginView};

/// Who logged in, and at what time of this machine's clock, once it worked.
#[must_use]
pub fn seen_login(login: &LoginView) -> Option<String> {
    Some(logged_in(login.who.as_ref()?, login.at?, login.state))
}

/// Who logged in, and at what time of this machine's clock.
pub(super) fn logged_in(who: &str, at: Timestamp, state: Option<LoginState>) -> String {
    let hour = at.to_zoned(TimeZone::system()).strftime("%H:%M");
    match state {
        Some(LoginState::Likely) => {
            say!("{who} logged in at {hour}, as you say; nothing proves it", who, hour)
        }
        _ => say!("{who} logged in at {hour}", who, hour),
    }
}
