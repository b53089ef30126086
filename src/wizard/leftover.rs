//! Redirect URIs of addresses that Immich had before. They stay while the new
//! address is not proven; once a login came over it, taking them off is offered:
//! an address that somebody else may get one day must not lead logins there.

use std::{collections::BTreeSet, time::Duration};

use jiff::Timestamp;
use serde_json::json;

use super::{
    AgainPick, FieldId, FieldRow, FieldState, FieldValue, Key, LeavePick, LoginTopic, PlanView,
    ProviderField, StepId, StepState, StepTopic, Task, UndoNote,
    desk::{Desk, Interrupt, Question, Retry},
    effect::{Effect, Fields},
    perform,
    plan::{Decision, Plan},
    record::{self, Begun},
    systems::Systems,
};
use crate::{
    authentik::{Dialect, Provider, RedirectUris},
    site::{Fault, Reading},
};

/// How long a look may take.
const AT_MOST: Duration = Duration::from_secs(30);

/// How long a plan may stand on the screen before live is looked at again.
const LOOK_AGAIN: Duration = Duration::from_secs(30);

/// The step on whose card it is shown.
const HERE: StepId = StepId::Provider;

/// A provider with entries that can go.
struct Leftover {
    provider: Provider,
    gone: Vec<String>,
    rest: RedirectUris,
}

/// After a login that came over `seen_at`: offers to take off what this program
/// registered for addresses that the profile does not name any more.
pub(super) async fn settle(
    desk: &mut Desk,
    systems: &mut Systems,
    seen_at: &str,
) -> Result<(), Interrupt> {
    if !systems.profile.redirect_uris().iter().any(|uri| uri == seen_at) {
        return Ok(());
    }
    loop {
        let Some((found, plan)) = planned(desk, systems).await? else { return Ok(()) };
        let here = desk.snapshot().here;
        let view = plan.view(systems);
        show(desk, &found, view.clone());
        let topic = LoginTopic::RemoveOldRedirectUris;
        let answer = desk.ask(Question::decide(topic, view, LOOK_AGAIN)).await;
        clear(desk, here);
        let answer = match answer {
            Ok(answer) => answer,
            Err(Interrupt::Refresh) => continue,
            Err(other) => return Err(other),
        };
        let Some(decision) = Decision::of(&answer) else { return Ok(()) };
        let Some((_, plan)) = planned(desk, systems).await? else { return Ok(()) };
        let Ok(confirmed) = plan.confirmed_by(&decision) else { continue };
        if let Err(fault) = perform::perform(desk, systems, confirmed).await
            && !retry().ask(desk, fault).await?
        {
            return Ok(());
        }
    }
}

/// What can go now, and the plan for it.
async fn planned(
    desk: &mut Desk,
    systems: &Systems,
) -> Result<Option<(Leftover, Plan)>, Interrupt> {
    let what = Task::LookingForOldUris;
    match desk.work(what, AT_MOST, look(systems)).await? {
        Ok(Some(found)) => {
            let plan = plan(systems, &found);
            Ok(Some((found, plan)))
        }
        Ok(None) => Ok(None),
        Err(fault) => {
            // It can wait: the next test login looks again.
            tracing::debug!(%fault, "old redirect URIs cannot be looked at");
            Ok(None)
        }
    }
}

async fn look(systems: &Systems) -> Result<Option<Leftover>, Fault> {
    let client = systems.authentik()?;
    let client_id = &systems.profile.provider.client_id;
    let Some(provider) = client.provider_by_client_id(client_id).await? else { return Ok(None) };
    let ours = registered(&record::begun(systems.history()));
    let wanted = systems.profile.redirect_uris();
    let uris = &provider.redirect_uris;
    let is_wanted = |stored: &str| wanted.iter().any(|url| uris.is_stored_as(stored, url));
    let gone: Vec<String> = uris
        .stored()
        .into_iter()
        .filter(|stored| ours.contains(*stored) && !is_wanted(stored))
        .map(str::to_owned)
        .collect();
    let rest = uris.without(&gone);
    // Without any, authentik trusts the first one that anybody asks for.
    if gone.is_empty() || rest.is_empty() {
        return Ok(None);
    }
    Ok(Some(Leftover { provider, gone, rest }))
}

/// What this program added to a provider's redirect URIs, by the journal. What
/// was there before it came is not ours.
fn registered(begun: &[Begun<'_>]) -> BTreeSet<String> {
    let mut ours = BTreeSet::new();
    for begun in begun.iter().filter(|begun| begun.is_done() && begun.taken_back.is_none()) {
        let (fields, before) = match begun.value() {
            Some(Effect::CreateProvider { fields }) => (fields, Fields::new()),
            Some(Effect::ChangeProvider { fields, before, .. }) => (fields, before),
            _ => continue,
        };
        let Some(after) = fields.get("redirect_uris") else { continue };
        let (after, before) =
            (RedirectUris::read(Some(after)), RedirectUris::read(before.get("redirect_uris")));
        let before = before.stored();
        ours.extend(
            after.stored().into_iter().filter(|uri| !before.contains(uri)).map(str::to_owned),
        );
    }
    ours
}

fn plan(systems: &Systems, found: &Leftover) -> Plan {
    let provider = &found.provider;
    let dialect = Dialect::of(systems.authentik_version(), Some(provider));
    let field = |uris: &RedirectUris| -> Fields {
        [("redirect_uris".to_owned(), json!(dialect.write(uris)))].into_iter().collect()
    };
    Plan::new(
        HERE,
        vec![Effect::ChangeProvider {
            provider: provider.pk,
            name: provider.name.clone(),
            fields: field(&found.rest),
            before: field(&provider.redirect_uris),
            secret: false,
        }],
    )
}

/// Puts the plan on the provider's card.
fn show(desk: &mut Desk, found: &Leftover, view: PlanView) {
    let row = FieldRow {
        id: FieldId::Provider(ProviderField::RedirectUris),
        wanted: FieldValue::Lines(found.rest.spelled()),
        live: Reading::Known {
            value: Some(FieldValue::Lines(found.provider.redirect_uris.spelled())),
            at: Timestamp::now(),
            took: Duration::ZERO,
        },
        state: FieldState::Differs,
        edit: None,
    };
    desk.show(|snapshot| snapshot.here = HERE);
    desk.show_step(HERE, |card| {
        card.fields = vec![row];
        card.notes = vec![
            UndoNote::OldRedirectUris { uris: found.gone.clone() }.into(),
            UndoNote::OldAddresses.into(),
        ];
        card.plan = Some(view);
        card.state = StepState::Differs;
    });
}

/// Leaves the card as it is when the provider is as wanted, and goes back to
/// where the login was.
fn clear(desk: &mut Desk, here: StepId) {
    desk.show_step(HERE, |card| {
        card.fields.clear();
        card.notes.clear();
        card.plan = None;
        card.state = StepState::Done;
    });
    desk.show(|snapshot| snapshot.here = here);
}

fn retry() -> Retry {
    let leave = (Key::A, LeavePick::RedirectUris);
    Retry::new(StepTopic::DidNotWork, AgainPick::LookUnconfirmed, leave)
}
