//! The summary at the end of a run.

use super::{old, outage, token_end};
use crate::wizard::{
    CredentialId, CredentialValue, LoginState, NextNote, Snapshot, StepId, SummaryTitle,
};

/// What a walk that is finished came to, in a sentence.
#[must_use]
pub fn finished(snapshot: &Snapshot) -> String {
    match &snapshot.summary {
        Some(summary) if snapshot.step(StepId::Finish).is_some() => {
            format!("{}.", summary_title(summary.title))
        }
        _ => match snapshot.login.as_ref().and_then(|login| login.state) {
            Some(LoginState::Verified) => say!("A login was verified."),
            Some(LoginState::Likely) => say!("A login worked as you say; nothing proves it."),
            Some(LoginState::Failed) => say!("The test login failed."),
            None => say!("No login was seen."),
        },
    }
}

/// What a summary is about.
#[must_use]
pub fn summary_title(title: SummaryTitle) -> String {
    match title {
        SummaryTitle::SetUp => say!("What was set up"),
        SummaryTitle::Rotated => say!("The secret was rotated"),
        SummaryTitle::RotatedBack => say!("The old secret is in use again"),
        SummaryTitle::Renewed(label) => say!("Renewed: {what}", what = label.meaning()),
    }
}

/// What to do once a site is set up.
pub(super) fn next_note(note: NextNote) -> String {
    match note {
        NextNote::LogInOnce => say!("Log in once yourself: nothing proves more."),
        NextNote::MobileApp => {
            say!("In the mobile app, log in with the same button; its redirect URI is registered.")
        }
        NextNote::KeepPasswordLogin => say!(
            "Keep password login on until an Immich administrator has logged in through authentik; \
             a second administrator is a second way in."
        ),
        NextNote::LockedOut => say!(
            "Locked out some day? `immich-admin enable-password-login` in Immich's container lets \
             passwords in again."
        ),
    }
}

/// What a line of the table of credentials is about.
#[must_use]
pub fn credential(id: CredentialId) -> String {
    match id {
        CredentialId::ClientId => say!("Client ID"),
        CredentialId::ClientSecret => say!("Client Secret"),
        CredentialId::PreviousSecret => say!("Previous"),
        CredentialId::Issuer => say!("Issuer URL"),
        CredentialId::Scopes => say!("Scopes"),
        CredentialId::Store => say!("Kept in"),
        CredentialId::Outage => say!("Outage"),
        CredentialId::AuthentikToken => say!("authentik token"),
        CredentialId::Renewed(label) => label.name().into(),
    }
}

/// The value of a line of the table of credentials.
#[must_use]
pub fn credential_value(value: &CredentialValue) -> String {
    match value {
        CredentialValue::Text(text) => text.clone(),
        CredentialValue::Secret { fingerprint, age: None } => {
            say!("•••••••• ({fingerprint})", fingerprint)
        }
        CredentialValue::Secret { fingerprint, age: Some((known, at)) } => {
            say!("•••••••• ({fingerprint}), {old}", fingerprint, old = old(known, *at))
        }
        CredentialValue::RefusedSecret { fingerprint } => {
            say!("•••••••• ({fingerprint}), refused now", fingerprint)
        }
        CredentialValue::NoneKept => say!("none is kept"),
        CredentialValue::Unread(fault) => fault.answer.clone(),
        CredentialValue::Store(place) => place.to_string(),
        CredentialValue::Outage(switch) => outage(switch).unwrap_or_default(),
        CredentialValue::Token { token, at } => {
            let name = token.identifier.as_deref().unwrap_or(&token.owner);
            let end = token_end(token, *at);
            if token.of_one_run {
                say!("`{name}` {end}; it is deleted when this run ends", name, end)
            } else {
                say!("`{name}` {end}", name, end)
            }
        }
    }
}
