//! The login by a person: a link to open, and both servers watched until the
//! login shows.

use std::{collections::BTreeSet, time::Duration};

use jiff::{SignedDuration, Timestamp};

use super::{
    Answer, Choice, Light, LoginStage, LoginView, Point, Road, Sighting, StepId, StepState,
    desk::{Desk, Interrupt, Question, option},
    links::Links,
    systems::Systems,
};
use crate::{
    authentik::LoginEvent,
    immich::User,
    site::{Fault, FaultKind, System},
};

/// How often both servers are asked while somebody logs in.
const LOOK: Duration = Duration::from_secs(2);

/// How far back events are read. Servers' clocks may differ from ours; what
/// counts is which events were there before.
const HISTORY: SignedDuration = SignedDuration::from_hours(1);

/// What both servers knew at one moment.
#[derive(Default)]
struct Sight {
    events: Vec<LoginEvent>,
    redeemed: BTreeSet<i64>,
    users: Vec<User>,
}

/// Watches until a login shows or the operator goes on without one.
pub(super) async fn watch(desk: &mut Desk, systems: &Systems) -> Result<(), Interrupt> {
    let here = desk.snapshot().here;
    let before = match desk.work("noting who logged in before", None, sight(systems)).await? {
        Ok(before) => before,
        Err(fault) => {
            desk.show_step(here, |step| step.notes.insert(0, fault.to_string()));
            Sight::default()
        }
    };
    let link = format!("{}/auth/login?autoLaunch=1", systems.profile.immich.url);
    desk.show(|snapshot| {
        snapshot.login = Some(LoginView { link, ..LoginView::default() });
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
        match desk.ask(Question::choice(question, options).looks_again(LOOK)).await {
            Ok(Answer::Choice(index)) => match keys.get(index) {
                Some('p') => stand_in(desk, systems).await?,
                Some('i') => {
                    by_word(desk);
                    return Ok(());
                }
                _ => {
                    // Elsewhere the login is one more proof, and not the step.
                    if here == StepId::Login {
                        desk.show_step(here, |step| step.state = StepState::Skipped);
                    }
                    return Ok(());
                }
            },
            Ok(_) | Err(Interrupt::Refresh) => {}
            Err(other) => return Err(other),
        }
        // The prompt stays meanwhile, and an answer to it is kept.
        match desk.quietly(sight(systems)).await? {
            Ok(now) => {
                let Seen { trail, who, refused } =
                    trail(&before, &now, &systems.links, Timestamp::now());
                let done = who.is_some();
                show_trail(desk, trail, who);
                if let Some(fault) = refused {
                    desk.show_step(here, |step| step.blockers = vec![fault]);
                }
                if done {
                    finished(desk);
                    return Ok(());
                }
            }
            Err(fault) => desk.show_step(here, |step| step.blockers = vec![fault]),
        }
    }
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
    desk.show_step(here, |step| {
        step.state = StepState::Done;
        step.blockers.clear();
    });
}

/// Takes the operator's word for how a login ended whose begin was seen.
fn by_word(desk: &mut Desk) {
    desk.show(|snapshot| {
        let Some(login) = &mut snapshot.login else { return };
        let what = "Immich opened, as you say".to_owned();
        let at = Timestamp::now();
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
    let outcome = desk.work(what, Some(Duration::from_secs(60)), (person.log_in)()).await?;
    if let Err(answer) = outcome {
        let fault = Fault::new(System::Immich, FaultKind::Refused, "log in by OAuth")
            .answered(answer)
            .remedy("Look at the proofs above: what they prove is not the cause.");
        let here = desk.snapshot().here;
        desk.show_step(here, |step| step.blockers = vec![fault]);
    }
    Ok(())
}

async fn sight(systems: &Systems) -> Result<Sight, Fault> {
    let client = systems.authentik()?;
    let client_id = &systems.profile.provider.client_id;
    let since = Timestamp::now() - HISTORY;
    let provider = client.provider_by_client_id(client_id).await?;
    let events = client.authorize_events(since, client_id).await?;
    let redeemed = match &provider {
        Some(found) => {
            client.access_tokens(found.pk).await?.into_iter().map(|token| token.pk).collect()
        }
        None => BTreeSet::new(),
    };
    // The list of users is one more proof, not a needed one: a key may lack
    // the right to read it.
    let users = match systems.immich() {
        Ok(immich) => immich.users().await.unwrap_or_default(),
        Err(_) => Vec::new(),
    };
    Ok(Sight { events, redeemed, users })
}

/// What was seen of a login.
struct Seen {
    trail: Vec<Sighting>,
    /// Who it was, once it is complete.
    who: Option<String>,
    /// Why Immich let nobody in although it redeemed the code.
    refused: Option<Fault>,
}

/// What was seen since `before`, and who it was once it is complete: authentik
/// issued a code, and Immich redeemed it or linked an account by it. It redeems
/// the code of somebody whose account is linked to another subject, too, and
/// then says no.
fn trail(before: &Sight, now: &Sight, links: &Links, at: Timestamp) -> Seen {
    let fresh = |event: &&LoginEvent| !before.events.iter().any(|known| known.pk == event.pk);
    let linked = now.users.iter().find(|user| {
        let known = before.users.iter().find(|known| known.id == user.id);
        !user.oauth_id.is_empty() && known.is_none_or(|known| known.oauth_id != user.oauth_id)
    });
    let redeemed = now.redeemed.difference(&before.redeemed).next().is_some();
    let mut trail = Vec::new();
    let mut see = |stage, what: String, at| trail.push(Sighting { stage, what, at });
    let first = now.events.iter().find(fresh);
    if let Some(event) = first {
        // authentik writes one event for each code, when it issues the code.
        let from = match event.client_ip.as_str() {
            "" => String::new(),
            address => format!(", from {address}"),
        };
        see(LoginStage::Authorized, format!("authentik let {} in{from}", event.who), event.at);
        let to = match event.redirect_uri.as_str() {
            "" => String::new(),
            uri => format!(" and led back to {uri}"),
        };
        see(LoginStage::CodeIssued, format!("authentik issued a code{to}"), event.at);
    }
    if redeemed {
        see(LoginStage::Redeemed, "Immich redeemed the code".into(), at);
    }
    if let Some(user) = linked {
        see(LoginStage::Linked, format!("Immich linked {} ({})", user.name, user.email), at);
    }
    let immich = first.and_then(|event| {
        now.users
            .iter()
            .find(|user| user.email.eq_ignore_ascii_case(&event.email) && !user.oauth_id.is_empty())
    });
    let stale = immich.filter(|user| linked.is_none() && links.is_stale(user));
    let refused = stale.filter(|_| redeemed).map(|user| {
        Fault::new(System::Immich, FaultKind::Refused, format!("log in as {}", user.email))
            .answered("the account is linked to an id that authentik gives nobody any more")
            .remedy("Visit this step again and let it end the old link; then log in once more.")
    });
    let proved = (redeemed && stale.is_none()) || linked.is_some();
    let who = first.filter(|_| proved).map(|event| match (linked, immich) {
        (Some(user), _) | (None, Some(user)) => {
            format!("{}, in Immich {} ({})", event.who, user.name, user.email)
        }
        (None, None) => format!("{} ({})", event.who, event.email),
    });
    Seen { trail, who, refused }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn event(pk: &str) -> LoginEvent {
        LoginEvent {
            pk: pk.into(),
            who: "alice".into(),
            user: Some(5),
            email: "alice@example.com".into(),
            at: Timestamp::UNIX_EPOCH,
            redirect_uri: "https://photos.example.com/auth/login".into(),
            scopes: "openid".into(),
            application: "Immich".into(),
            client_ip: "192.0.2.7".into(),
        }
    }

    fn stages(before: &Sight, now: &Sight) -> Vec<LoginStage> {
        let seen = trail(before, now, &Links::default(), Timestamp::UNIX_EPOCH);
        seen.trail.into_iter().map(|seen| seen.stage).collect()
    }

    #[test]
    fn only_what_is_new_is_seen_and_a_code_alone_is_no_login() {
        let before = Sight { events: vec![event("a")], ..Sight::default() };
        assert_eq!(stages(&before, &before), []);
        let now = Sight { events: vec![event("a"), event("b")], ..Sight::default() };
        assert_eq!(stages(&before, &now), [LoginStage::Authorized, LoginStage::CodeIssued]);
        let links = Links::default();
        assert_eq!(trail(&before, &now, &links, Timestamp::UNIX_EPOCH).who, None);
        let now = Sight { redeemed: BTreeSet::from([1]), ..now };
        let Seen { trail: seen, who, .. } = trail(&before, &now, &links, Timestamp::UNIX_EPOCH);
        assert_eq!(seen.last().map(|seen| seen.stage), Some(LoginStage::Redeemed));
        assert_eq!(who.as_deref(), Some("alice (alice@example.com)"));
    }
}
