//! The login by a person: a link to open, and both servers watched until the
//! login shows.

mod causes;
mod judge;
mod link;
mod trail;

use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use super::{
    Key, LoginEvidence, LoginNote, LoginPick, LoginSight, LoginStage, LoginState, LoginTask,
    LoginTopic, LoginView, OnPick, Person, Point, Road, Sighting, Sign, Snapshot, StepId,
    StepState, Task,
    desk::{Desk, Interrupt, Menu},
    renewal,
    systems::Systems,
};
use crate::site::{Fault, FaultKind, System, UniformFailure};
use causes::End;
use judge::{Attempt, Judged, Seen, judge};
use trail::{Hidden, Sessions, Sight};

/// How often both servers are asked while somebody logs in.
const LOOK: Duration = Duration::from_secs(2);

/// How long one look at both servers, or the lab's own person, may take.
const AT_MOST: Duration = Duration::from_mins(1);

/// How long after it redeemed the code Immich may take to open a session. One
/// that comes later is seen still.
const OPENS_WITHIN: Duration = Duration::from_secs(15);

/// How long after authentik issued a code, where nobody saw it redeemed: as
/// long as Immich waits for authentik.
const ENDS_WITHIN: Duration = Duration::from_secs(30);

/// A login that is watched.
struct Watch {
    /// What was there before; `None`: it could not be seen yet.
    before: Option<Sight>,
    /// The attempts that failed.
    judged: Judged,
    /// The attempt that is under way, and since when.
    attempt: Option<(Attempt, Instant)>,
    /// Why the last one failed.
    failed: Option<Fault>,
    /// Where the code was led back to.
    led_back_to: Option<String>,
    /// The lab's person says that the login failed.
    person: Option<Fault>,
}

/// What the operator wants while a login is waited for.
#[derive(Clone, Copy, Debug)]
enum Picked {
    Opened,
    DidNotOpen,
    StandIn,
    Skip,
    MakeKey,
}

/// Watches until a login shows or the operator goes on without one. Returns the
/// redirect URI over which it came, once one did.
pub(super) async fn watch(
    desk: &mut Desk,
    systems: &mut Systems,
) -> Result<Option<String>, Interrupt> {
    let here = desk.snapshot().here;
    let mut watch = Watch {
        before: None,
        judged: Judged::default(),
        attempt: None,
        failed: None,
        led_back_to: None,
        person: None,
    };
    watch.note_before(desk, systems).await?;
    if !link::may_be_followed(desk, systems).await? {
        return Ok(None);
    }
    let link = format!("{}/auth/login?autoLaunch=1", systems.profile.immich.url);
    let since = systems.clock.now();
    desk.show(|snapshot| {
        snapshot.login = Some(LoginView { link, since: Some(since), ..LoginView::default() });
    });
    // What needs no person is proved; the login itself is still to come.
    desk.show_step(StepId::Login, |step| step.state = StepState::ToDo);
    loop {
        match desk.pick(watch.menu(systems)).await {
            Ok(picked) => match picked {
                Picked::StandIn => {
                    if !link::may_be_followed(desk, systems).await? {
                        return Ok(None);
                    }
                    watch.person = stand_in(desk, systems).await?;
                }
                Picked::MakeKey => {
                    if let Err(stop) = renewal::renew_key(desk, systems, here).await {
                        watch.failed = Some(stop.fault()?);
                    }
                    watch.before = None;
                }
                Picked::Opened => {
                    watch.by_word(desk, systems.clock.now());
                    return Ok(watch.led_back_to);
                }
                Picked::DidNotOpen => {
                    watch.fails(desk, systems, End::DidNotOpen, None).await?;
                    continue;
                }
                Picked::Skip => {
                    // Elsewhere the login is one more proof, and not the step.
                    if here == StepId::Login && watch.failed.is_none() {
                        desk.show_step(here, |step| step.state = StepState::Skipped);
                    }
                    return Ok(None);
                }
            },
            Err(Interrupt::Refresh) => {}
            Err(other) => return Err(other),
        }
        if watch.look(desk, systems).await? {
            return Ok(watch.led_back_to);
        }
    }
}

impl Watch {
    /// Notes what is there before somebody logs in. Without it nothing is
    /// judged: all that is there would count as new.
    async fn note_before(&mut self, desk: &mut Desk, systems: &Systems) -> Result<(), Interrupt> {
        let here = desk.snapshot().here;
        let what = Task::Login(LoginTask::NotingLogins);
        let noting = trail::first(systems);
        match desk.bounded(System::Authentik, what, AT_MOST, noting).await {
            Ok(before) => {
                self.before = Some(before);
                desk.show_step(here, |step| step.blockers.clear());
            }
            Err(stop) => {
                let fault = stop.fault()?;
                desk.show_step(here, |step| step.blockers = vec![fault]);
            }
        }
        Ok(())
    }

    /// Looks at both servers; `true`: the login is proved.
    async fn look(&mut self, desk: &mut Desk, systems: &Systems) -> Result<bool, Interrupt> {
        let Some(before) = &self.before else {
            self.note_before(desk, systems).await?;
            return Ok(false);
        };
        let here = desk.snapshot().here;
        // The prompt stays meanwhile, and an answer to it is kept.
        let now = match desk
            .quietly(
                Task::Login(LoginTask::LookingWhoLoggedIn),
                AT_MOST,
                trail::now(systems, before),
            )
            .await?
        {
            Ok(now) => now,
            Err(fault) => {
                desk.show_step(here, |step| step.blockers = vec![fault]);
                return Ok(false);
            }
        };
        let at = systems.clock.now();
        let seen = judge(before, &now, &self.judged, &systems.seen.links, at);
        let Seen { trail, proof, led_back_to, attempt, refused } = seen;
        self.led_back_to = led_back_to;
        if let Some((who, evidence)) = proof {
            show_trail(desk, trail);
            done(desk, LoginState::Verified, who, evidence, at);
            return Ok(true);
        }
        let Some(attempt) = attempt else {
            // A list that could not be read in the beginning can be now.
            if let Sessions::Hidden(Hidden::Unseen(_)) = before.sessions {
                self.before = Some(now);
            }
            if let Some(fault) = self.person.take() {
                self.failed(desk, fault);
            }
            return Ok(false);
        };
        self.begins(desk, &attempt);
        show_trail(desk, trail);
        let known = self.attempt.as_ref().filter(|(known, _)| known.redeemed == attempt.redeemed);
        let began = known.map_or_else(Instant::now, |(_, began)| *began);
        let is_over = self.is_over(&attempt, began);
        let end = if attempt.redeemed { End::NoSession } else { End::NotRedeemed };
        self.attempt = Some((attempt, began));
        if let Some(fault) = refused {
            self.judged.take_in(&now);
            self.failed(desk, fault);
        } else if let Some(person) = self.person.take() {
            self.fails(desk, systems, end, Some(person.answer)).await?;
        } else if is_over {
            self.fails(desk, systems, end, None).await?;
        }
        Ok(false)
    }

    /// Whether an attempt has had its time, where a session would be seen.
    fn is_over(&self, attempt: &Attempt, began: Instant) -> bool {
        let within = if attempt.redeemed { OPENS_WITHIN } else { ENDS_WITHIN };
        self.hidden().is_none() && began.elapsed() >= within
    }

    /// Why a login cannot be proved by a session.
    fn hidden(&self) -> Option<&Hidden> {
        match &self.before.as_ref()?.sessions {
            Sessions::Hidden(why) => Some(why),
            Sessions::Known(_) => None,
        }
    }

    /// A new attempt is not what an earlier one came to.
    fn begins(&mut self, desk: &mut Desk, attempt: &Attempt) {
        let pk = |attempt: &Attempt| attempt.event.as_ref().map(|event| event.pk.clone());
        if self.attempt.as_ref().is_some_and(|(known, _)| pk(known) == pk(attempt)) {
            return;
        }
        self.attempt = None;
        self.failed = None;
        let here = desk.snapshot().here;
        desk.show(|snapshot| {
            if let Some(login) = &mut snapshot.login {
                login.trail.clear();
                login.state = None;
            }
        });
        desk.show_step(here, |step| {
            step.blockers.clear();
            if here == StepId::Login {
                step.state = StepState::ToDo;
            }
        });
    }

    fn menu(&self, systems: &Systems) -> Menu<Picked> {
        let word = self.asks_for_word();
        let mut menu = if let Some(why) = word {
            Menu::new(LoginTopic::DidImmichOpen).help(LoginNote::OnlyRedeemed(why.why(systems)))
        } else {
            let stand_in = systems.stand_in.is_some();
            Menu::new(LoginTopic::LogIn { stand_in }).help(LoginNote::WatchedForLong)
        };
        if let Some(why) = self.hidden().filter(|_| word.is_none()) {
            menu = menu.help(LoginNote::OnlyFirstLogins(why.why(systems)));
        }
        menu = menu
            .option_if(word.is_some(), Key::I, LoginPick::ImmichOpened, Picked::Opened)
            .option_if(word.is_some(), Key::N, LoginPick::ImmichDidNotOpen, Picked::DidNotOpen);
        if let Some(person) = &systems.stand_in {
            let pick = LoginPick::LetPersonLogIn { name: person.name.clone() };
            menu = menu.option(Key::P, pick, Picked::StandIn);
        }
        let has_poor_key = matches!(self.hidden(), Some(Hidden::Key(_)));
        menu.option(Key::S, OnPick::WithoutLogin, Picked::Skip)
            .option_if(has_poor_key, Key::M, LoginPick::MakeKeyForSessions, Picked::MakeKey)
            .about(self.failed.clone())
            .looks_again(LOOK)
    }

    /// A login began, and only the operator can see how it ended.
    fn asks_for_word(&self) -> Option<&Hidden> {
        self.hidden().filter(|_| self.attempt.is_some())
    }

    /// Takes the operator's word for how a login ended whose begin was seen.
    fn by_word(&self, desk: &mut Desk, at: Timestamp) {
        let who = self.attempt.as_ref().map_or(Person::Somebody, |(known, _)| known.who());
        let evidence = LoginEvidence::SaidByOperator;
        let what = LoginSight::LetIn(evidence.clone());
        show_trail(desk, vec![Sighting { stage: LoginStage::LetIn, what, at }]);
        done(desk, LoginState::Likely, who, evidence, at);
    }

    /// Says that the attempt failed, and why as far as it shows.
    async fn fails(
        &mut self,
        desk: &mut Desk,
        systems: &Systems,
        end: End,
        answer: Option<String>,
    ) -> Result<(), Interrupt> {
        if let Some(before) = &self.before
            && let Ok(now) = desk
                .quietly(
                    Task::Login(LoginTask::LookingWhoLoggedIn),
                    AT_MOST,
                    trail::now(systems, before),
                )
                .await?
        {
            self.judged.take_in(&now);
        }
        let attempt = self.attempt.take().map(|(attempt, _)| attempt);
        let looks = causes::fault(systems, attempt.as_ref(), end, answer);
        let fault =
            desk.quietly(Task::Login(LoginTask::LookingWhyLoginFailed), AT_MOST, looks).await?;
        self.failed(desk, fault);
        Ok(())
    }

    fn failed(&mut self, desk: &mut Desk, fault: Fault) {
        self.attempt = None;
        self.failed = Some(fault.clone());
        let here = desk.snapshot().here;
        desk.show(|snapshot| {
            if let Some(login) = &mut snapshot.login {
                login.state = Some(LoginState::Failed);
                login.evidence = Some(LoginEvidence::Told(fault.answer.clone()));
                login.who = None;
                login.at = Some(Timestamp::now());
            }
            snapshot.map.broken(Road::ImmichToAuthentik, Point::User, fault.clone());
        });
        desk.show_step(here, |step| {
            step.blockers = vec![fault];
            if here == StepId::Login {
                step.state = StepState::Failed;
            }
        });
    }
}

/// Whether a login was seen, and nothing was changed since.
pub(super) fn was_seen(desk: &Desk) -> bool {
    desk.snapshot().login.as_ref().is_some_and(|login| login.who.is_some())
}

/// Lets the login that was seen not count any more.
pub(super) fn forget(desk: &mut Desk) {
    desk.show(Snapshot::forget_login);
}

/// Shows what a login came to that let somebody in.
fn done(desk: &mut Desk, state: LoginState, who: Person, evidence: LoginEvidence, at: Timestamp) {
    desk.show(|snapshot| {
        snapshot.prompt = None;
        let proved = (state == LoginState::Verified).then(|| who.clone());
        let sign = Sign::LoggedIn { who: proved, evidence: evidence.clone() };
        if let Some(login) = &mut snapshot.login {
            login.state = Some(state);
            login.evidence = Some(evidence);
            login.who = Some(who);
            login.at = Some(at);
        }
        snapshot.map.checked(Road::ImmichToAuthentik, Point::User, Ok(sign));
    });
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

/// Lets the lab's person log in; returned is what Immich said instead of
/// opening.
async fn stand_in(desk: &mut Desk, systems: &Systems) -> Result<Option<Fault>, Interrupt> {
    let Some(person) = &systems.stand_in else { return Ok(None) };
    let what = Task::Login(LoginTask::LogsIn { name: person.name.clone() });
    let outcome = desk.work(what, AT_MOST, (person.log_in)()).await?;
    Ok(outcome.err().map(|answer| Fault::of(&NotOpened(answer), say!("log in by OAuth"))))
}

/// Immich did not open for the lab's person; this is what it said.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct NotOpened(String);

impl UniformFailure for NotOpened {
    const SYSTEM: System = System::Immich;
    const KIND: FaultKind = FaultKind::Refused;

    fn hint(&self) -> String {
        say!("Look at the proofs above: what they prove is not the cause.")
    }
}

/// Shows what was seen on the login's card and on the map. What was seen
/// before keeps its time.
fn show_trail(desk: &mut Desk, trail: Vec<Sighting>) {
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
        for seen in &login.trail {
            let (road, point) = match seen.stage {
                LoginStage::Authorized | LoginStage::LetIn => continue,
                LoginStage::CodeIssued => (Road::BrowserToAuthentik, Point::Code),
                LoginStage::Redeemed => (Road::ImmichToAuthentik, Point::Exchange),
            };
            let sign = Sign::Login(seen.what.clone());
            snapshot.map.set(road, point, super::Light::Good { sign, at: seen.at });
        }
    });
}
