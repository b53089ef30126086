//! What gives this program access to the servers.

use jiff::{Timestamp, tz::TimeZone};

use super::{age, time::minutes};
use crate::{
    authentik::TokenLife,
    site::System,
    wizard::{AccessKind, AccessNote, HostNeed, KeyNote, TokenEnd, TokenNote, TokenView},
};

/// When a token ends, in a few words: "does not end by itself".
#[must_use]
pub fn token_end(token: &TokenView, now: Timestamp) -> String {
    if token.is_deleted {
        return say!("was made for this run, and is deleted");
    }
    match token.ends {
        TokenEnd::Unknown => say!("ends at a time that authentik did not tell"),
        TokenEnd::Never => say!("does not end by itself"),
        TokenEnd::At(at) => {
            let clock = at.to_zoned(TimeZone::system()).strftime("%Y-%m-%d %H:%M");
            let left = at.duration_since(now);
            match left.as_mins() {
                minutes if minutes < 0 => say!("ended at {clock}", clock),
                minutes @ 0..120 => say!("ends at {clock}, in {minutes} min", clock, minutes),
                _ => say!("ends at {clock}, in {time}", clock, time = age(left)),
            }
        }
    }
}

/// All that is known of a token, in sentences.
#[must_use]
pub fn token(token: &TokenView, now: Timestamp) -> String {
    let (owner, end) = (&token.owner, token_end(token, now));
    let mut text = match &token.identifier {
        Some(name) => {
            say!("The API token `{name}` of `{owner}` for authentik {end}.", name, owner, end)
        }
        None => say!("The API token of `{owner}` for authentik {end}.", owner, end),
    };
    if token.of_one_run && !token.is_deleted {
        text += &say!(" It is for one run only and is deleted at its end.");
    }
    if token.renewal_is_due(now) {
        let age = token.age(now).map(age).unwrap_or_default();
        text += &say!(
            " It is {age} old: `{us} rotate authentik-token` renews it.",
            age,
            us = crate::say::us()
        );
    }
    text
}

/// Something to know about access.
pub(super) fn note(note: &AccessNote) -> String {
    match note {
        AccessNote::MadeOfAddress(System::Authentik) => say!(
            "The issuer is made of it, so it must be the one that people and Immich itself use."
        ),
        AccessNote::MadeOfAddress(_) => {
            say!("The redirect URIs are made of it, byte by byte.")
        }
        AccessNote::EmptyIsPublic => say!("Empty: at the public address."),
        AccessNote::UsedOnce => say!("It is used once and kept nowhere."),
        AccessNote::CodeIsShown => say!("From your authenticator app, or a recovery code."),
        AccessNote::PastedIsKept(place) => {
            say!("It is not shown. If it works it is kept in {place}.", place)
        }
        AccessNote::StoreFile { path } => say!("The file is {path}.", path),
        AccessNote::Host(need) => host(*need),
        AccessNote::BackLeavesOut => say!("Going back leaves this step out."),
        AccessNote::AgentSilent(silence) => say!(
            "On the way to the Immich host {silence}; another key or the password worked in its \
             place. Restart the agent, or name the key file in the profile (`key_file` under \
             [host]): then nothing waits for it.",
            silence = silence.told()
        ),
        AccessNote::Copy { name } => name.clone(),
        AccessNote::LookYourself { kind, is_open } => look_yourself(*kind, *is_open),
        AccessNote::Token(note) => token_note(note),
        AccessNote::Key(KeyNote::HasNoEnd) => say!(
            "A key has no expiry in Immich: `{us} access remove` deletes it when you are \
             done.",
            us = crate::say::us()
        ),
        AccessNote::Key(KeyNote::OlderGoes) => {
            say!("The key that this program made before is deleted.")
        }
    }
}

fn host(need: HostNeed) -> String {
    match need {
        HostNeed::Settings => say!("Immich's settings are written there, over SSH."),
        HostNeed::Restart => say!("Immich is restarted there, with docker compose."),
        HostNeed::Accounts => say!(
            "Links of accounts are changed there, in Immich's database, over SSH: its API lets \
             only the owner of an account do that."
        ),
        HostNeed::Copy => say!(
            "This program keeps a copy of Immich's config file there: it goes with the access."
        ),
    }
}

fn look_yourself(kind: AccessKind, is_open: bool) -> String {
    let place = match kind {
        AccessKind::Key => say!("Immich under Account Settings, API Keys"),
        AccessKind::Token => say!("authentik under Directory, Tokens and App passwords"),
        AccessKind::Account => say!("authentik under Directory, Users"),
        AccessKind::Role => say!("authentik under Directory, Roles"),
        AccessKind::Group => say!("authentik under Directory, Groups"),
    };
    if is_open {
        say!(
            "A run was cut short while it made it, and this program does not see whether it is \
             there. Look in {place}.",
            place
        )
    } else {
        say!(
            "The journal has its name only, and a name may be somebody else's. Look in {place}.",
            place
        )
    }
}

fn token_note(note: &TokenNote) -> String {
    match note {
        TokenNote::InUse { token, at } => self::token(token, *at),
        TokenNote::Lasts(Some(time)) => say!(
            "authentik ends a token {time} after it was made unless it is made without an end: \
             that is the setting “Default token duration” under System, Settings.",
            time = minutes(*time)
        ),
        TokenNote::Lasts(None) => say!(
            "authentik does not show how long a token lasts that ends; 30 minutes, unless an \
             administrator changed it."
        ),
        TokenNote::OfCaller { token, owner } => say!(
            "The API token `{token}` belongs to `{owner}` and permits what that user may do.",
            token,
            owner
        ),
        TokenNote::AccountIsMade { name } => say!(
            "The service account `{name}` is created, with a role and a group of its own.",
            name
        ),
        TokenNote::AccountIsUsedAgain { name } => {
            say!("The service account `{name}` of an earlier run is used again.", name)
        }
        TokenNote::RolePermits { permissions } => {
            let names: Vec<&str> = permissions
                .iter()
                .map(|name| name.split('.').next_back().unwrap_or_default())
                .collect();
            say!("The role permits {names} and nothing else.", names = names.join(", "))
        }
        TokenNote::Ends { token, life, has_account } => ends(token, *life, *has_account),
        TokenNote::EndsWithin(time) => {
            say!("authentik ends it {time} after it was made at the latest.", time = minutes(*time))
        }
        TokenNote::HadEnded { token } => say!(
            "The token `{token}` of this run has ended by itself; whoever signs in for the next \
             one deletes what is left of it.",
            token
        ),
        TokenNote::NotDeleted { token, answer } => say!(
            "The token `{token}` of this run could not be deleted ({answer}). The next run deletes \
             it; authentik ends it by itself at the latest.",
            token,
            answer
        ),
    }
}

/// When a token that is to be made ends.
fn ends(token: &str, life: TokenLife, has_account: bool) -> String {
    match life {
        TokenLife::Unlimited => say!(
            "The API token `{token}` does not end by itself: `{us} rotate authentik-token` \
             renews it, `{us} access remove` removes it.",
            token,
            us = crate::say::us()
        ),
        TokenLife::Limited => say!("authentik ends the API token `{token}` by itself.", token),
        TokenLife::Run if has_account => say!(
            "The API token `{token}` is deleted at the end of this run. If the run is killed, the \
             next one deletes it. The account stays, without a token, for the next run; \
             `{us} access remove` removes it.",
            token,
            us = crate::say::us()
        ),
        TokenLife::Run => say!(
            "The API token `{token}` is deleted at the end of this run. If the run is killed, the \
             next one deletes it.",
            token
        ),
    }
}
