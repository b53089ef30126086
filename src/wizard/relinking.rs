//! Ending stale links, before somebody tries to log in.

use std::time::Duration;

use jiff::Timestamp;

use crate::{
    immich::Relink,
    site::{Fault, FaultKind, Reading, System},
    wizard::{
        AgainPick, FieldId, FieldRow, FieldState, FieldValue, Key, LeavePick, LinkNote, LoginPick,
        LoginTopic, OnPick, StepId, StepTopic, Task, access,
        desk::{Desk, Interrupt, Menu, Question, Retry, Stop},
        effect::Effect,
        links::{accounts, look},
        perform,
        plan::{Decision, Plan},
        stale::{Links, Next, Stale, told},
        systems::Systems,
    },
};

/// How long one look may take.
const AT_MOST: Duration = Duration::from_mins(1);

/// How long a plan may stand on the screen before live is looked at again.
const LOOK_AGAIN: Duration = Duration::from_secs(30);

/// The step on whose card it is shown.
const HERE: StepId = StepId::Login;

/// Looks for stale links and offers to end them.
pub(in crate::wizard) async fn settle(
    desk: &mut Desk,
    systems: &mut Systems,
) -> Result<(), Interrupt> {
    let settled = offer(desk, systems).await;
    // A session that was borrowed to look serves for that alone.
    systems.give_back_session().await;
    clear(desk);
    settled
}

async fn offer(desk: &mut Desk, systems: &mut Systems) -> Result<(), Interrupt> {
    loop {
        if let Some(fault) = see(desk, systems).await? {
            if systems.authentik_was_rebuilt() && sign_in(desk, systems, fault).await? {
                continue;
            }
            return Ok(());
        }
        let plan = plan(&systems.seen.links.stale);
        let digest = plan.digest();
        if plan.is_empty() || systems.seen.links.left.as_ref() == Some(&digest) {
            return Ok(());
        }
        show(desk, systems, &plan);
        let refused =
            systems.seen.links.stale.iter().filter(|one| one.next == Next::Refused).count();
        let menu = Menu::new(LoginTopic::StaleLinks { refused })
            .option(Key::U, LoginPick::EndLinks, true)
            .option(Key::A, LeavePick::StaleLinks, false)
            .helps(told(&systems.profile, &systems.seen.links.stale));
        let ends = desk.pick(menu).await?;
        if !ends {
            systems.seen.links.left = Some(digest);
            return Ok(());
        }
        systems.choices.goes_without_host = false;
        access::open_host(desk, systems, access::HostNeed::Accounts).await?;
        if accounts(systems).is_err() {
            by_hand(desk).await?;
            systems.seen.links.left = Some(digest);
            return Ok(());
        }
        confirm(desk, systems).await?;
        if systems.seen.links.left.is_some() {
            return Ok(());
        }
    }
}

/// Looks, and remembers what was seen. Returns why that was not possible.
async fn see(desk: &mut Desk, systems: &mut Systems) -> Result<Option<Fault>, Interrupt> {
    let what = Task::ReadingLinks;
    let looked = desk.work(what, AT_MOST, look(systems)).await?;
    let left = systems.seen.links.left.take();
    systems.seen.links = Links { left, ..Links::of(looked) };
    if systems.seen.links.unseen.is_none() {
        systems.seen.saw.stale_links = Some(systems.seen.links.stale.len());
    }
    Ok(systems.seen.links.unseen.clone())
}

/// Where authentik is another one it is worth a sign-in to see its users.
/// `false`: the operator goes on without.
async fn sign_in(desk: &mut Desk, systems: &mut Systems, fault: Fault) -> Result<bool, Interrupt> {
    if fault.kind != FaultKind::NotAllowed || fault.system != System::Authentik {
        return Ok(false);
    }
    let mut refusal = fault;
    loop {
        let menu = Menu::new(LoginTopic::LinksUnseen)
            .option(Key::S, LoginPick::SignInToSeeUsers, true)
            .option(Key::G, OnPick::WithoutLinks, false)
            .help(LinkNote::UnseenAfterRebuild)
            .about(refusal.clone());
        let signs_in = desk.pick(menu).await?;
        if !signs_in {
            return Ok(false);
        }
        match access::borrow_session(desk, systems).await {
            Ok(()) => return Ok(true),
            Err(Stop::Fault(fault)) => refusal = fault,
            Err(Stop::Interrupt(Interrupt::Back | Interrupt::Cancel)) => {}
            Err(Stop::Interrupt(other)) => return Err(other),
        }
    }
}

/// Puts the plan to the operator and performs it once confirmed; live is looked
/// at again before.
async fn confirm(desk: &mut Desk, systems: &mut Systems) -> Result<(), Interrupt> {
    loop {
        let plan = plan(&systems.seen.links.stale);
        if plan.is_empty() {
            return Ok(());
        }
        show(desk, systems, &plan);
        let question = Question::decide(LoginTopic::EndLinks, plan.view(systems), LOOK_AGAIN);
        let answer = match desk.ask(question).await {
            Ok(answer) => answer,
            Err(Interrupt::Refresh) => {
                see(desk, systems).await?;
                continue;
            }
            Err(other) => return Err(other),
        };
        let Some(decision) = Decision::of(&answer) else {
            systems.seen.links.left = Some(plan.digest());
            return Ok(());
        };
        see(desk, systems).await?;
        let Ok(confirmed) = self::plan(&systems.seen.links.stale).confirmed_by(&decision) else {
            continue;
        };
        let Err(fault) = perform::perform(desk, systems, confirmed).await else {
            return Ok(());
        };
        let leave = (Key::A, LeavePick::Links);
        let retry = Retry::new(StepTopic::DidNotWork, AgainPick::LookUnconfirmed, leave);
        if !retry.ask(desk, fault).await? {
            systems.seen.links.left = Some(plan.digest());
            return Ok(());
        }
        see(desk, systems).await?;
    }
}

/// Without a way onto the host the program can only say how it is done.
async fn by_hand(desk: &mut Desk) -> Result<(), Interrupt> {
    let menu = Menu::new(LoginTopic::LinksByHand)
        .option(Key::G, OnPick::On, ())
        .help(LinkNote::OwnersUnlink)
        .help(LinkNote::AdministratorUnlinks);
    desk.pick(menu).await
}

/// Ends the links of those whom the next login would then find by their e-mail
/// address. For the others an end alone would not help.
fn plan(stale: &[Stale]) -> Plan {
    let accounts: Vec<Relink> = stale
        .iter()
        .filter(|one| one.next == Next::Refused)
        .map(|one| Relink {
            id: one.account.id.clone(),
            email: one.account.email.clone(),
            from: one.account.oauth_id.clone(),
            to: String::new(),
        })
        .collect();
    let effects = if accounts.is_empty() { Vec::new() } else { vec![Effect::Unlink { accounts }] };
    Plan::new(HERE, effects)
}

/// Puts the accounts and the plan on the card.
fn show(desk: &mut Desk, systems: &Systems, plan: &Plan) {
    let row = |one: &Stale| FieldRow {
        id: FieldId::Account { email: one.account.email.clone() },
        wanted: match one.next {
            Next::Refused => FieldValue::NotLinkedUntilLogin,
            Next::Elsewhere => FieldValue::LeftAsItIs,
        },
        live: Reading::Known {
            value: Some(FieldValue::LinkedToNobody),
            at: Timestamp::now(),
            took: Duration::ZERO,
        },
        state: FieldState::Differs,
        edit: None,
    };
    let fields = systems.seen.links.stale.iter().map(row).collect();
    let view = plan.view(systems);
    desk.show_step(HERE, |card| {
        card.fields = fields;
        card.notes = vec![LinkNote::WhoGetsIt.into()];
        card.plan = Some(view);
    });
}

fn clear(desk: &mut Desk) {
    desk.show_step(HERE, |card| {
        card.fields.clear();
        card.notes.clear();
        card.plan = None;
    });
}
