//! Ending stale links, before somebody tries to log in.

use std::time::Duration;

use jiff::Timestamp;

use super::{Links, Next, Stale, accounts, look, say, told};
use crate::{
    immich::Relink,
    site::{Fault, FaultKind, Reading, System},
    wizard::{
        FieldRow, FieldState, StepId, access,
        desk::{Desk, Interrupt, Question, option},
        effect::{self, Effect},
        plan::{Decision, Plan},
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
        let plan = plan(&systems.links.stale);
        let digest = plan.digest();
        if plan.is_empty() || systems.links.left.as_ref() == Some(&digest) {
            return Ok(());
        }
        show(desk, systems, &plan);
        let mut question = Question::choice(asks(&systems.links.stale), options());
        for line in told(systems, &systems.links.stale) {
            question = question.help(line);
        }
        if desk.pick(question).await? != 0 {
            systems.links.left = Some(digest);
            return Ok(());
        }
        systems.goes_without_host = false;
        access::open_host(desk, systems, access::HostNeed::Accounts).await?;
        if accounts(systems).is_err() {
            by_hand(desk).await?;
            systems.links.left = Some(digest);
            return Ok(());
        }
        confirm(desk, systems).await?;
        if systems.links.left.is_some() {
            return Ok(());
        }
    }
}

/// Looks, and remembers what was seen. Returns why that was not possible.
async fn see(desk: &mut Desk, systems: &mut Systems) -> Result<Option<Fault>, Interrupt> {
    let what = "looking what Immich's accounts are linked to";
    let looked = desk.work(what, AT_MOST, look(systems)).await?;
    let left = systems.links.left.take();
    systems.links = Links { left, ..Links::of(looked) };
    if systems.links.unseen.is_none() {
        systems.saw.stale_links = Some(systems.links.stale.len());
    }
    Ok(systems.links.unseen.clone())
}

/// Where authentik is another one it is worth a sign-in to see its users.
/// `false`: the operator goes on without.
async fn sign_in(desk: &mut Desk, systems: &mut Systems, fault: Fault) -> Result<bool, Interrupt> {
    if fault.kind != FaultKind::NotAllowed || fault.system != System::Authentik {
        return Ok(false);
    }
    let mut refusal = fault;
    loop {
        let options = vec![
            option(
                's',
                "Sign in at authentik once",
                "As an administrator. The session serves this look and ends with it.",
            ),
            option('g', "Go on without looking", "Logins show whether they work."),
        ];
        let question =
            Question::choice("Are accounts in Immich linked to old ids? What now?", options)
                .help(say::unseen_after_rebuild())
                .refused(Some((String::new(), refusal.clone())));
        if desk.pick(question).await? != 0 {
            return Ok(false);
        }
        match access::borrow_session(desk, systems).await {
            Ok(Ok(())) => return Ok(true),
            Ok(Err(fault)) => refusal = fault,
            Err(Interrupt::Back | Interrupt::Cancel) => {}
            Err(other) => return Err(other),
        }
    }
}

/// Puts the plan to the operator and performs it once confirmed; live is looked
/// at again before.
async fn confirm(desk: &mut Desk, systems: &mut Systems) -> Result<(), Interrupt> {
    loop {
        let plan = plan(&systems.links.stale);
        if plan.is_empty() {
            return Ok(());
        }
        show(desk, systems, &plan);
        let question = Question::decide("End these links?", plan.view(systems), LOOK_AGAIN);
        let answer = match desk.ask(question).await {
            Ok(answer) => answer,
            Err(Interrupt::Refresh) => {
                see(desk, systems).await?;
                continue;
            }
            Err(other) => return Err(other),
        };
        let Some(decision) = Decision::of(&answer) else {
            systems.links.left = Some(plan.digest());
            return Ok(());
        };
        see(desk, systems).await?;
        let Ok(confirmed) = self::plan(&systems.links.stale).confirmed_by(&decision) else {
            continue;
        };
        let Err(fault) = effect::perform(desk, systems, confirmed).await else {
            return Ok(());
        };
        let options = vec![
            option('r', "Look again", "Nothing is done before you confirm it."),
            option('a', "Leave them as they are", ""),
        ];
        let question = Question::choice("This did not work. What now?", options)
            .refused(Some((String::new(), fault)));
        if desk.pick(question).await? != 0 {
            systems.links.left = Some(plan.digest());
            return Ok(());
        }
        see(desk, systems).await?;
    }
}

/// Without a way onto the host the program can only say how it is done.
async fn by_hand(desk: &mut Desk) -> Result<(), Interrupt> {
    let question = Question::choice(
        "Without the Immich host this program cannot end the links.",
        vec![option('g', "Go on", "")],
    )
    .help(
        "Each owner can: log in to Immich with the password, then Account Settings, OAuth, Unlink. \
         An administrator may have to set a password first.",
    )
    .help(
        "From Immich 1.144 on an administrator can do it for everybody at once: Administration, \
         Settings, Authentication, “Unlink all OAuth accounts”. That ends links that are in order, \
         too; the next login links each account anew by its e-mail address.",
    );
    desk.pick(question).await.map(drop)
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

fn asks(stale: &[Stale]) -> String {
    match stale.iter().filter(|one| one.next == Next::Refused).count() {
        1 => "One account in Immich is linked to nobody whom authentik knows. What now?".into(),
        count => {
            format!(
                "{count} accounts in Immich are linked to nobody whom authentik knows. What now?"
            )
        }
    }
}

fn options() -> Vec<crate::wizard::Choice> {
    vec![
        option(
            'u',
            "End these links",
            "You see and confirm it first. The next login links each account anew, by its e-mail \
             address.",
        ),
        option('a', "Leave them as they are", "Logins to these accounts are refused until then."),
    ]
}

/// Puts the accounts and the plan on the card.
fn show(desk: &mut Desk, systems: &Systems, plan: &Plan) {
    let row = |one: &Stale| FieldRow {
        name: one.account.email.clone(),
        wanted: match one.next {
            Next::Refused => "not linked, until the next login".into(),
            Next::Elsewhere => "left as it is: nobody in authentik has this address".into(),
        },
        live: Reading::Known {
            value: Some("linked to an id that authentik gives nobody".into()),
            at: Timestamp::now(),
            took: Duration::ZERO,
        },
        state: FieldState::Differs,
        edit: None,
    };
    let fields = systems.links.stale.iter().map(row).collect();
    let view = plan.view(systems);
    desk.show_step(HERE, |card| {
        card.fields = fields;
        card.notes = vec![
            "Once a link is ended, whoever has that e-mail address in authentik gets the account \
             at the next login. Read the list with that in mind."
                .into(),
        ];
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
