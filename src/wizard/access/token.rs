//! A token of the wizard's own: how long it is to last is asked, what it takes
//! is shown, and it is made once confirmed. One for a single run is deleted at
//! its end.

use jiff::SignedDuration;

use super::{
    AT_MOST,
    authentik::Token,
    confirm::confirm,
    driver::{in_place, kept},
    settle,
};
use crate::{
    authentik::{AccessPart, Client, Permission, TokenLife, TokenOwner, TokenPlan, TokenWish},
    secret::Label,
    site::{Fault, FaultKind, System},
    wizard::{
        AccessKind, AccessTopic, Key, Note, StepId, Task, TokenNote, TokenPick,
        desk::{Desk, Interrupt, Menu, Stop},
        effect::{self, Effect, Inverse},
        made::{self, Made, ours},
        perform,
        systems::Systems,
    },
};

/// A token that authentik ends sooner than this is of no use to a program that
/// is to watch and rotate.
const SOON: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Makes a token as `client`, who signed in for it, once confirmed.
pub(super) async fn offer(
    desk: &mut Desk,
    systems: &mut Systems,
    client: Client,
    on: StepId,
) -> Result<(), Stop> {
    systems.signed_in(client);
    let made = make(desk, systems, on).await;
    systems.sign_out_of_authentik().await;
    made
}

/// Makes a token with the rights of the one that is in use.
pub(in crate::wizard) async fn renew(
    desk: &mut Desk,
    systems: &mut Systems,
    on: StepId,
) -> Result<(), Stop> {
    let client = systems.authentik()?.clone();
    offer(desk, systems, client, on).await
}

/// What is known before anything is asked.
struct Beforehand {
    plan: TokenPlan,
    /// How long a token lasts that ends; `None`: not seen.
    lasts: Option<SignedDuration>,
    /// Old tokens of ours that make room.
    retired: Vec<Made>,
}

async fn make(desk: &mut Desk, systems: &mut Systems, on: StepId) -> Result<(), Stop> {
    let what = Task::LookingForAccess;
    desk.bounded(System::Authentik, what, AT_MOST, settle::settle(systems)).await?;
    let look = beforehand(systems, on);
    let what = Task::PlanningToken;
    let found = desk.bounded(System::Authentik, what, AT_MOST, look).await?;
    let life = match known_life(desk, systems, on).await? {
        Some(life) => life,
        None => ask_life(desk, found.lasts, on, &found.plan).await?,
    };
    let plan = found.plan.lasting(life);
    let notes = notes(&plan, found.lasts);
    let mut effects: Vec<Effect> = found
        .retired
        .iter()
        .filter_map(|made| Some(Effect::TakeBack { of: made.seq, inverse: made.inverse()? }))
        .collect();
    effects.extend(plan.parts.into_iter().map(Effect::Access));
    let replaces = in_place(desk, systems, Label::AuthentikToken).await?;
    effects.push(Effect::MakeToken { token: plan.token, replaces });
    let topic = AccessTopic::MakeToken;
    confirm(desk, systems, on, effects, notes, topic).await?;
    kept(&Token, desk, systems).await?;
    Ok(())
}

/// Looks at everything that the plan depends on. Changes nothing.
async fn beforehand(systems: &Systems, on: StepId) -> Result<Beforehand, Fault> {
    let client = systems.access_client()?;
    let all = ours(systems.history());
    let mut retired = Vec::new();
    // A renewal deletes the old one after the new one was tested.
    if on == StepId::Access {
        for made in all.iter().filter(|made| made.kind == AccessKind::Token && made.pk.is_some()) {
            let row = client.token_row(&made.name).await?;
            if row.is_some_and(|row| Some(&row.pk) == made.pk.as_ref()) {
                retired.push(made.clone());
            }
        }
    }
    let mut known = made::known(&all);
    known.retired = retired.iter().map(|made| made.name.clone()).collect();
    let wish = TokenWish {
        identifier: systems.own_name(),
        life: TokenLife::Unlimited,
        permissions: Permission::TOKEN.to_vec(),
        known,
    };
    // Rights first: nothing is asked of somebody who gets no token.
    let plan = client.plan_token(&wish).await?;
    let lasts = client.default_token_duration().await?;
    Ok(Beforehand { plan, lasts, retired })
}

/// The token in use is renewed as it is, where this program made it.
async fn known_life(
    desk: &mut Desk,
    systems: &Systems,
    on: StepId,
) -> Result<Option<TokenLife>, Interrupt> {
    if on == StepId::Access {
        return Ok(None);
    }
    let key = in_place(desk, systems, Label::AuthentikToken).await?;
    let all = ours(systems.history());
    let kept = all.iter().rev().find(|made| made.kind == AccessKind::Token && made.key == key);
    Ok(kept.filter(|made| made.key.is_some() && made.life != TokenLife::Run).map(|made| made.life))
}

/// Asks how long the token is to last.
async fn ask_life(
    desk: &mut Desk,
    lasts: Option<SignedDuration>,
    on: StepId,
    plan: &TokenPlan,
) -> Result<TokenLife, Interrupt> {
    let unlimited = (Key::N, TokenPick::Unlimited, TokenLife::Unlimited);
    let run = (on == StepId::Access).then_some((Key::O, TokenPick::ForRun, TokenLife::Run));
    let limited = lasts
        .filter(|lasts| *lasts >= SOON)
        .map(|lasts| (Key::E, TokenPick::For(lasts), TokenLife::Limited));
    let mut options: Vec<_> = [Some(unlimited), run, limited].into_iter().flatten().collect();
    // A token that permits everything that its owner may do is not for ever.
    if plan.parts.is_empty() && options.len() > 1 {
        options.swap(0, 1);
    }
    let mut menu = Menu::new(AccessTopic::TokenLife).can_go_back();
    for (key, pick, life) in options {
        menu = menu.option(key, pick, life);
    }
    let menu = menu.help(TokenNote::Lasts(lasts));
    desk.pick(menu).await
}

/// What to know of a token that is to be made.
fn notes(plan: &TokenPlan, lasts: Option<SignedDuration>) -> Vec<Note> {
    let name = &plan.token.identifier;
    let mut notes = vec![match plan.token.owner.clone() {
        TokenOwner::Caller { name: owner } => TokenNote::OfCaller { token: name.clone(), owner },
        TokenOwner::Account { name, account: None } => TokenNote::AccountIsMade { name },
        TokenOwner::Account { name, account: Some(_) } => TokenNote::AccountIsUsedAgain { name },
    }];
    for part in &plan.parts {
        if let AccessPart::MakeRole { permissions, .. } = part {
            notes.push(TokenNote::RolePermits { permissions: permissions.clone() });
        }
    }
    let (life, has_account) = (plan.token.life, !plan.parts.is_empty());
    notes.push(TokenNote::Ends { token: name.clone(), life, has_account });
    notes.extend(lasts.filter(|_| life.expires()).map(TokenNote::EndsWithin));
    notes.into_iter().map(Note::from).collect()
}

/// Deletes the token that was made for one run, this one or one that was
/// killed. It was confirmed when the token was made.
pub(in crate::wizard) async fn end_run(desk: &mut Desk, systems: &mut Systems) {
    let all = ours(systems.history());
    let of_run = |made: &Made| made.kind == AccessKind::Token && made.life == TokenLife::Run;
    for made in all.into_iter().filter(of_run) {
        let Some(inverse @ Inverse::DeleteToken { .. }) = made.inverse() else { continue };
        let done = match prepare_end(systems, &made).await {
            Ok(()) => {
                let effect = Effect::TakeBack { of: made.seq, inverse };
                perform::carry_out(desk, systems, &effect).await
            }
            Err(fault) => Err(fault),
        };
        systems.sign_out_of_authentik().await;
        match done {
            Ok(()) => desk.show(|snapshot| {
                if let Some(token) = &mut snapshot.remembered.token {
                    token.is_deleted = true;
                }
            }),
            Err(fault) => tell_left(desk, systems, &made, &fault),
        }
    }
}

/// A token may delete itself: it asks for that, whoever else is signed in.
/// Nothing is begun where it cannot be seen.
async fn prepare_end(systems: &mut Systems, made: &Made) -> Result<(), Fault> {
    let kept = systems.given(Label::AuthentikToken).await?;
    let itself = kept.filter(|kept| Some(kept.fingerprint().to_string()) == made.key);
    let http = systems.authentik()?.http().clone();
    if let Some(token) = itself {
        systems.signed_in(Client::new(http, Some(token)));
    }
    let row = systems.access_client()?.token_row(&made.name).await?;
    if row.is_some_and(|row| Some(&row.pk) == made.pk.as_ref()) {
        Ok(())
    } else {
        Err(effect::moved(effect::Thing::ApiToken))
    }
}

fn tell_left(desk: &mut Desk, systems: &Systems, made: &Made, fault: &Fault) {
    tracing::debug!(%fault, "the token of one run could not be deleted");
    if made.run != systems.log.run {
        return;
    }
    let token = made.name.clone();
    let note = if fault.kind == FaultKind::NotSignedIn {
        TokenNote::HadEnded { token }
    } else {
        TokenNote::NotDeleted { token, answer: fault.answer.clone() }
    };
    desk.show_step(StepId::Access, |step| step.notes.push(note.into()));
}
