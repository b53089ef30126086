//! The test login.

use jiff::{Timestamp, tz::TimeZone};

use crate::wizard::{
    LoginEvidence, LoginNote, LoginResult, LoginSight, LoginState, LoginView, Person, Unproved,
};

/// Who logged in, and at what time of this machine's clock, once it worked.
#[must_use]
pub fn seen_login(login: &LoginView) -> Option<String> {
    Some(logged_in(login.who.as_ref()?, login.at?, login.state))
}

/// Who logged in, and at what time of this machine's clock.
pub(super) fn logged_in(who: &Person, at: Timestamp, state: Option<LoginState>) -> String {
    let who = person(who);
    let hour = at.to_zoned(TimeZone::system()).strftime("%H:%M");
    match state {
        Some(LoginState::Likely) => {
            say!("{who} logged in at {hour}, as you say; nothing proves it", who, hour)
        }
        _ => say!("{who} logged in at {hour}", who, hour),
    }
}

/// Who it is.
#[must_use]
pub fn person(person: &Person) -> String {
    match person {
        Person::Both { user, account } => say!("{user}, in Immich {account}", user, account),
        Person::Account(name) | Person::Named(name) => name.clone(),
        Person::Somebody => say!("somebody"),
    }
}

/// What proves a login, or why it failed: a sentence without its full stop.
#[must_use]
pub fn login_evidence(evidence: &LoginEvidence) -> String {
    match evidence {
        LoginEvidence::AccountMade(account) => {
            say!("Immich made the account {account}", account)
        }
        LoginEvidence::AccountLinked(account) => say!("Immich linked {account}", account),
        LoginEvidence::SessionOpened(account) => {
            say!("Immich opened a session for {account}", account)
        }
        LoginEvidence::SaidByOperator => say!("Immich opened, as you say"),
        LoginEvidence::Told(text) => text.clone(),
    }
}

/// What was seen of a login: a sentence without its full stop.
#[must_use]
pub fn sight(sight: &LoginSight) -> String {
    match sight {
        LoginSight::Authorized { who, from: Some(from) } => {
            say!("authentik let {who} in, from {from}", who, from)
        }
        LoginSight::Authorized { who, from: None } => say!("authentik let {who} in", who),
        LoginSight::CodeIssued { to: Some(to) } => {
            say!("authentik issued a code and led back to {to}", to)
        }
        LoginSight::CodeIssued { to: None } => say!("authentik issued a code"),
        LoginSight::Redeemed => say!("Immich redeemed the code"),
        LoginSight::LetIn(evidence) => login_evidence(evidence),
    }
}

/// What a test login came to, in a sentence.
#[must_use]
pub fn login_result(result: &LoginResult) -> String {
    let LoginResult { state, who, at, evidence } = result;
    let state = state.name();
    let at = at.to_zoned(TimeZone::system()).strftime("%Y-%m-%d %H:%M");
    let evidence = login_evidence(evidence);
    match who {
        Some(who) => say!(
            "The last test login: {state}, {who}, at {at}: {evidence}.",
            state,
            who = person(who),
            at,
            evidence
        ),
        None => say!("The last test login: {state}, at {at}: {evidence}.", state, at, evidence),
    }
}

/// Something to know while a login is waited for.
pub(super) fn login_note(note: &LoginNote) -> String {
    match note {
        LoginNote::WatchedForLong => say!("It is watched for as long as you like."),
        LoginNote::OnlyRedeemed(why) => {
            say!("Immich redeemed the code. That proves no login, and {why}.", why = unproved(why))
        }
        LoginNote::OnlyFirstLogins(why) => say!(
            "An account that logs in for the first time is seen. Another login cannot be proved: \
             {why}.",
            why = unproved(why)
        ),
    }
}

fn unproved(why: &Unproved) -> String {
    match why {
        Unproved::Release { version } => say!("Immich {version} does not list sessions", version),
        Unproved::Key { permission } => {
            say!("this API key may not list sessions: it lacks {permission}", permission)
        }
        Unproved::NoKey => {
            say!("there is no API key with which Immich's sessions could be listed")
        }
        Unproved::TooMany { users } => {
            say!("there are more than {users} users whose sessions would be listed", users)
        }
        Unproved::Unseen(fault) => {
            say!("Immich's sessions could not be listed: {answer}", answer = fault.answer)
        }
    }
}
