//! The end of the walk: what was set up, and what comes next.

use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};

use super::{
    Credential, CredentialId, CredentialValue, Ending, Key, LeavePick, LoginState, NextNote, Note,
    Purpose, Revealed, Rotated, RotationPick, RunTopic, SecretAge, StepId, StepState, Summary,
    SummaryTitle, Task, TokenNote,
    desk::{Desk, Interrupt, Menu},
    systems::Systems,
};
use crate::secret::Label;

/// How long a secret stays on the screen.
const REVEALED: Duration = Duration::from_secs(10);

/// Shows the summary until the operator is done with it.
pub(super) async fn summary(desk: &mut Desk, systems: &Systems) -> Result<Ending, Interrupt> {
    let credentials = credentials(desk, systems).await?;
    let next = next(desk, systems);
    desk.show_with_question(|snapshot| {
        snapshot.summary =
            Some(Summary { title: SummaryTitle::SetUp, credentials, next, revealed: None });
    });
    let ending = ending(desk);
    let not_as_wanted = desk
        .snapshot()
        .steps
        .iter()
        .filter(|step| matches!(step.state, StepState::Differs | StepState::Failed))
        .map(|step| step.id)
        .collect();
    rest(desk, systems, &RunTopic::AllWalked { not_as_wanted }, ending).await
}

/// Rests at the summary until the operator is done with it.
pub(super) async fn rest(
    desk: &mut Desk,
    systems: &Systems,
    topic: &RunTopic,
    ending: Ending,
) -> Result<Ending, Interrupt> {
    // Measured by a clock that nobody sets: a secret that is shown goes again.
    let mut until = None;
    loop {
        let sets_up = matches!(systems.purpose, Purpose::SetUp);
        let token = desk.snapshot().remembered.token.as_ref();
        let is_due = token.is_some_and(|token| token.renewal_is_due(systems.clock.now()));
        let (secret, token) = (Rotated::ClientSecret, Rotated::AuthentikToken);
        let mut menu = Menu::new(topic.clone())
            .option(Key::F, LeavePick::Finish, None)
            .option_if(sets_up, Key::T, RotationPick::ClientSecret, Some(secret))
            .option_if(sets_up && is_due, Key::N, RotationPick::AuthentikToken, Some(token))
            .refreshes();
        // What else is asked for meanwhile does not make it longer.
        if let Some(until) = until.filter(|_| is_revealed(desk)) {
            let left = Instant::saturating_duration_since(&until, Instant::now());
            menu = menu.looks_again(left);
        }
        match desk.pick(menu).await {
            Ok(rotates) => {
                conceal(desk);
                return rotates.map_or(Ok(ending), |of| Err(Interrupt::Rotate(of)));
            }
            Err(Interrupt::Reveal) => {
                reveal(desk, systems).await?;
                until = Some(Instant::now() + REVEALED);
            }
            Err(Interrupt::Conceal) => conceal(desk),
            // The time of a secret that was shown is over.
            Err(Interrupt::Refresh) if is_revealed(desk) => conceal(desk),
            Err(other) => {
                conceal(desk);
                if other != Interrupt::Refresh {
                    desk.show(|snapshot| snapshot.summary = None);
                }
                return Err(other);
            }
        }
    }
}

fn is_revealed(desk: &Desk) -> bool {
    desk.snapshot().summary.as_ref().is_some_and(|summary| summary.revealed.is_some())
}

/// How the walk ended, by what was seen.
pub(super) fn ending(desk: &Desk) -> Ending {
    let snapshot = desk.snapshot();
    match snapshot.login.as_ref().and_then(|login| login.state) {
        Some(LoginState::Verified) => Ending::LoginVerified,
        _ => Ending::Finished,
    }
}

/// How the walk ended when the operator left it: one who leaves from the
/// summary has finished.
pub(super) fn left(desk: &Desk) -> Ending {
    let all_walked = desk.snapshot().steps.iter().all(|step| step.state != StepState::ToDo);
    let worked = desk.snapshot().login.as_ref().is_some_and(|login| login.who.is_some());
    if all_walked && worked { ending(desk) } else { Ending::Left }
}

async fn credentials(desk: &mut Desk, systems: &Systems) -> Result<Vec<Credential>, Interrupt> {
    let profile = &systems.profile;
    let row = |id, value| Credential { id, value };
    let text = |text: &str| CredentialValue::Text(text.to_owned());
    let secret = match systems.vault() {
        Ok(vault) => {
            let read = vault.get(Label::ClientSecret);
            desk.work(Task::ReadingStore, vault.at_most(), read).await?
        }
        Err(fault) => Err(fault),
    };
    let secret = match secret {
        Ok(Some(secret)) => CredentialValue::Secret {
            fingerprint: secret.fingerprint().to_string(),
            age: age(desk, systems),
        },
        Ok(None) => CredentialValue::NoneKept,
        Err(fault) => CredentialValue::Unread(fault),
    };
    let mut rows = vec![
        row(CredentialId::ClientId, text(&profile.provider.client_id)),
        row(CredentialId::ClientSecret, secret),
        row(CredentialId::Issuer, text(&systems.issuer())),
        row(CredentialId::Scopes, text(&profile.settings.scope)),
    ];
    rows.extend(store_row(desk));
    rows.extend(token_row(desk, systems));
    Ok(rows)
}

/// When the token for authentik ends.
pub(super) fn token_row(desk: &Desk, systems: &Systems) -> Option<Credential> {
    let token = desk.snapshot().remembered.token.clone()?;
    let value = CredentialValue::Token { token, at: systems.clock.now() };
    Some(Credential { id: CredentialId::AuthentikToken, value })
}

/// Where secrets are kept.
pub(super) fn store_row(desk: &Desk) -> Option<Credential> {
    let place = desk.snapshot().header.store.clone()?;
    Some(Credential { id: CredentialId::Store, value: CredentialValue::Store(place) })
}

/// How old the client secret is, where that is worth a word.
fn age(desk: &Desk, systems: &Systems) -> Option<(SecretAge, Timestamp)> {
    let age = desk.snapshot().remembered.secret.as_ref().and_then(|secret| secret.age)?;
    let now = systems.clock.now();
    (age.at_least(now).as_hours() >= 24).then_some((age, now))
}

fn next(desk: &Desk, systems: &Systems) -> Vec<Note> {
    let mut next = Vec::new();
    let login = desk.snapshot().step(StepId::Login).map(|step| step.state);
    if login != Some(StepState::Done) {
        next.push(NextNote::LogInOnce.into());
    }
    let token = desk.snapshot().remembered.token.as_ref();
    if let Some(token) = token.filter(|token| token.renewal_is_due(systems.clock.now())) {
        let at = systems.clock.now();
        next.push(TokenNote::InUse { token: token.clone(), at }.into());
    }
    let always = [NextNote::MobileApp, NextNote::KeepPasswordLogin, NextNote::LockedOut];
    next.extend(always.map(Note::from));
    next
}

async fn reveal(desk: &mut Desk, systems: &Systems) -> Result<(), Interrupt> {
    let Ok(vault) = systems.vault() else { return Ok(()) };
    let read = vault.get(Label::ClientSecret);
    let read = desk.work(Task::ReadingStore, vault.at_most(), read).await?;
    if let Ok(Some(secret)) = read {
        let shown = SignedDuration::try_from(REVEALED).unwrap_or(SignedDuration::from_secs(10));
        let now = systems.clock.now();
        let until = now.checked_add(shown).unwrap_or(now);
        desk.show(|snapshot| {
            if let Some(summary) = &mut snapshot.summary {
                summary.revealed = Some(Revealed { secret, until });
            }
        });
    }
    Ok(())
}

fn conceal(desk: &mut Desk) {
    if is_revealed(desk) {
        desk.show(|snapshot| {
            if let Some(summary) = &mut snapshot.summary {
                summary.revealed = None;
            }
        });
    }
}
