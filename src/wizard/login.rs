//! The login by a person: a link to open, and both servers watched until the
//! login shows.

mod trail;

use std::time::Duration;

use jiff::Timestamp;

use super::{
    Answer, Choice, Light, LoginStage, LoginView, Point, Road, Sighting, Snapshot, StepId,
    StepState,
    desk::{Desk, Interrupt, Question, option},
    systems::Systems,
};
use crate::site::{Fault, FaultKind, System};
use trail::{Seen, Sight, sight, trail};

/// How often both servers are asked while somebody logs in.
const LOOK: Duration = Duration::from_secs(2);

/// How long one look at both servers, or the lab's own person, may take.
const AT_MOST: Duration = Duration::from_secs(60);

/// How long a login is waited for.
const WAITS: &str = "It is watched for as long as you like.";

/// Watches until a login shows or the operator goes on without one. Returns the
/// redirect URI over which it came, once one did.
pub(super) async fn watch(desk: &mut Desk, systems: &Systems) -> Result<Option<String>, Interrupt> {
    let mut led_to = None;
    let here = desk.snapshot().here;
    let noting = sight(systems);
    let what = "noting who logged in before";
    let before = match desk.bounded(System::Authentik, what, AT_MOST, noting).await? {
        Ok(before) => before,
        Err(fault) => {
            desk.show_step(here, |step| step.notes.insert(0, fault.to_string()));
            Sight::default()
        }
    };
    let link = format!("{}/auth/login?autoLaunch=1", systems.profile.immich.url);
    let since = systems.clock.now();
    desk.show(|snapshot| {
        snapshot.login = Some(LoginView { link, since: Some(since), ..LoginView::default() });
    });
    // What needs no person is proved; the login itself is still to come.
    desk.show_step(StepId::Login, |step| step.state = StepState::ToDo);
    loop {
        let options = options(desk, systems);
        let keys: Vec<char> = options.iter().map(|option| option.key).collect();
        let question = if systems.stand_in.is_some() {
            "Open the link and log in, or let the lab's person do it."
        } else {
            "Open the link in a private window and log in."
        };
        let asked = Question::choice(question, options).help(WAITS).looks_again(LOOK);
        match desk.ask(asked).await {
            Ok(Answer::Choice(index)) => match keys.get(index) {
                Some('p') => stand_in(desk, systems).await?,
                Some('i') => {
                    by_word(desk, systems.clock.now());
                    return Ok(led_to);
                }
                _ => {
                    // Elsewhere the login is one more proof, and not the step.
                    if here == StepId::Login {
                        desk.show_step(here, |step| step.state = StepState::Skipped);
                    }
                    return Ok(None);
                }
            },
            Ok(_) | Err(Interrupt::Refresh) => {}
            Err(other) => return Err(other),
        }
        // The prompt stays meanwhile, and an answer to it is kept.
        match desk.quietly(sight(systems)).await? {
            Ok(now) => {
                let Seen { trail, who, led_back_to, refused } =
                    trail(&before, &now, &systems.links, systems.clock.now());
                led_to = led_back_to;
                let done = who.is_some();
                let linked = trail.last().is_some_and(|seen| seen.stage == LoginStage::Linked);
                show_trail(desk, trail, who);
                if done && !linked {
                    // Immich redeems the code first and links the account then.
                    last_look(desk, systems, &before).await?;
                }
                if let Some(fault) = refused {
                    desk.show_step(here, |step| step.blockers = vec![fault]);
                }
                if done {
                    finished(desk);
                    return Ok(led_to);
                }
            }
            Err(fault) => desk.show_step(here, |step| step.blockers = vec![fault]),
        }
    }
}

/// Once more, for what comes at the very end of a login.
async fn last_look(desk: &mut Desk, systems: &Systems, before: &Sight) -> Result<(), Interrupt> {
    if let Ok(now) = desk.quietly(sight(systems)).await? {
        let Seen { trail, who, .. } = trail(before, &now, &systems.links, systems.clock.now());
        if who.is_some() {
            show_trail(desk, trail, who);
        }
    }
    Ok(())
}

/// Whether a login was seen, and nothing was changed since.
pub(super) fn was_seen(desk: &Desk) -> bool {
    desk.snapshot().login.as_ref().is_some_and(|login| login.who.is_some())
}

/// Lets the login that was seen not count any more.
pub(super) fn forget(desk: &mut Desk) {
    desk.show(Snapshot::forget_login);
}

fn options(desk: &Desk, systems: &Systems) -> Vec<Choice> {
    let mut options = Vec::new();
    if let Some(person) = &systems.stand_in {
        options.push(option(
            'p',
            format!("Let {} log in", person.name),
            "The lab's own person walks the whole login as a browser would.",
        ));
    }
    options.push(option(
        's',
        "Go on without a login",
        "Everything that can be tested without a person was tested.",
    ));
    // A token with least rights may not see that a code was redeemed, and an
    // account that was linked before does not change: then a person has to say
    // how it ended.
    if desk.snapshot().login.as_ref().is_some_and(|login| !login.trail.is_empty()) {
        options.push(option(
            'i',
            "It worked: Immich opened",
            "authentik issued a code, but this program's token may not see whether Immich redeemed it.",
        ));
    }
    options
}

fn finished(desk: &mut Desk) {
    desk.show(|snapshot| snapshot.prompt = None);
    let here = desk.snapshot().here;
    // Elsewhere than on its own step the login is one proof of several.
    let took = desk.snapshot().login.as_ref().filter(|_| here == StepId::Login);
    let took = took.and_then(LoginView::took);
    desk.show_step(here, |step| {
        step.state = StepState::Done;
        step.took = took.or(step.took);
        step.blockers.clear();
    });
}

/// Takes the operator's word for how a login ended whose begin was seen.
fn by_word(desk: &mut Desk, at: Timestamp) {
    desk.show(|snapshot| {
        let Some(login) = &mut snapshot.login else { return };
        let what = "Immich opened, as you say".to_owned();
        login.who = login.trail.first().map(|seen| format!("{}; {what}", seen.what));
        login.at = Some(at);
        login.trail.push(Sighting { stage: LoginStage::Linked, what: what.clone(), at });
        let light = Light::Good { evidence: what, at };
        snapshot.map.set(Road::ImmichToAuthentik, Point::User, light);
    });
    finished(desk);
}

async fn stand_in(desk: &mut Desk, systems: &Systems) -> Result<(), Interrupt> {
    let Some(person) = &systems.stand_in else { return Ok(()) };
    let what = format!("{} logs in", person.name);
    let outcome = desk.work(what, AT_MOST, (person.log_in)()).await?;
    if let Err(answer) = outcome {
        let fault = Fault::new(System::Immich, FaultKind::Refused, "log in by OAuth")
            .answered(answer)
            .remedy("Look at the proofs above: what they prove is not the cause.");
        let here = desk.snapshot().here;
        desk.show_step(here, |step| step.blockers = vec![fault]);
    }
    Ok(())
}

/// Shows what was seen on the login's card and on the map. What was seen
/// before keeps its time.
fn show_trail(desk: &mut Desk, trail: Vec<Sighting>, who: Option<String>) {
    desk.show(|snapshot| {
        let Some(login) = &mut snapshot.login else { return };
        for mut seen in trail {
            match login.trail.iter_mut().find(|known| known.stage == seen.stage) {
                Some(known) => {
                    seen.at = known.at;
                    *known = seen;
                }
                None => login.trail.push(seen),
            }
        }
        login.trail.sort_by_key(|seen| seen.stage);
        if who.is_some() {
            login.at = login.trail.iter().map(|seen| seen.at).max();
        }
        login.who = who;
        for seen in &login.trail {
            let (road, point) = match seen.stage {
                LoginStage::Authorized => continue,
                LoginStage::CodeIssued => (Road::BrowserToAuthentik, Point::Code),
                LoginStage::Redeemed => (Road::ImmichToAuthentik, Point::Exchange),
                LoginStage::Linked => (Road::ImmichToAuthentik, Point::User),
            };
            let evidence = seen.what.clone();
            snapshot.map.set(road, point, Light::Good { evidence, at: seen.at });
        }
        if let Some(who) = &login.who {
            let at = login.at.unwrap_or_else(Timestamp::now);
            let evidence = format!("{who} logged in");
            snapshot.map.set(Road::ImmichToAuthentik, Point::User, Light::Good { evidence, at });
        }
    });
}
