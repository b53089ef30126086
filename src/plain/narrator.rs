//! Tells what is new: compares each snapshot with what was told before.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;

use crate::{
    site::{Fault, Reading, System},
    text,
    wizard::{
        Ending, FieldId, Lamp, LoginState, Prompt, PromptId, PromptKind, Snapshot, StepId,
        StepState, StepView, SwitchView, Topic,
    },
};

use super::{Ink, Lines};

/// Turns snapshots into lines, each thing once. A snapshot may be skipped: what
/// was new in it is new in the next one too.
#[derive(Debug)]
pub struct Narrator {
    lines: Lines,
    /// Since when: what the journal holds of earlier runs is not told.
    since: Timestamp,
    opened: bool,
    systems: HashMap<System, String>,
    route: String,
    heading: Option<StepId>,
    steps: HashMap<StepId, Told>,
    work: String,
    switch: String,
    journal: usize,
    link: String,
    trail: usize,
    /// What was said that the login came to.
    login: Option<LoginState>,
    summary: bool,
    ended: bool,
    asked: Option<PromptId>,
    /// What keeps from going on, as told since the last question.
    blocked: Vec<String>,
    /// The same, told before this question.
    before: Vec<String>,
}

/// What was told of one step.
#[derive(Debug, Default)]
struct Told {
    /// The fields by name, as they were told.
    fields: HashMap<FieldId, String>,
    plan: String,
    /// What was asked about that plan.
    decided: Option<Topic>,
    /// Notes, blockers and proofs that failed, word for word.
    said: HashSet<String>,
    /// What was verified, word for word.
    verified: HashSet<String>,
    state: StepState,
}

impl Narrator {
    /// One that has told nothing yet.
    #[must_use]
    pub fn new(lines: Lines) -> Self {
        Self {
            lines,
            since: Timestamp::now(),
            opened: false,
            systems: HashMap::new(),
            route: String::new(),
            heading: None,
            steps: HashMap::new(),
            work: String::new(),
            switch: String::new(),
            journal: 0,
            link: String::new(),
            trail: 0,
            login: None,
            summary: false,
            ended: false,
            asked: None,
            blocked: Vec::new(),
            before: Vec::new(),
        }
    }

    /// Whether this question was not put before.
    pub fn introduces(&mut self, prompt: &Prompt) -> bool {
        let new = self.asked.replace(prompt.id) != Some(prompt.id);
        if new {
            self.before = std::mem::take(&mut self.blocked);
        }
        new
    }

    /// Whether that fault was told right before this question: who listens does
    /// not hear it twice.
    #[must_use]
    pub fn has_just_told(&self, fault: &Fault) -> bool {
        self.before.contains(&self.lines.blocker(fault))
    }

    /// What is new, in lines; empty when nothing is.
    pub fn tell(&mut self, now: &Snapshot) -> String {
        let now = &now.harmless();
        let mut text = String::new();
        self.opening(now, &mut text);
        self.systems(now, &mut text);
        let done: Vec<_> = now.journal.iter().filter(|row| row.at >= self.since).collect();
        for row in done.iter().skip(self.journal) {
            text += &self.lines.journal(row);
        }
        self.journal = self.journal.max(done.len());
        self.switch(now, &mut text);
        let (login, others): (Vec<_>, Vec<_>) =
            now.steps.iter().partition(|step| step.id.watches_login());
        self.outcomes(&others, now, &mut text);
        self.card(now, &mut text);
        self.login(now, &mut text);
        self.outcomes(&login, now, &mut text);
        self.work(now, &mut text);
        if let (Some(summary), false) = (&now.summary, self.summary) {
            self.summary = true;
            text += &self.lines.summary(summary);
        }
        self.ending(now, &mut text);
        text
    }

    fn opening(&mut self, now: &Snapshot, text: &mut String) {
        if self.opened {
            return;
        }
        self.opened = true;
        let ink = self.lines.ink;
        *text += &ink.strong(&say!("immich-sso: the site `{site}`", site = now.header.site));
        text.push('\n');
        if now.header.lab {
            *text += &format!("{}\n", ink.notice(word!("This is the lab.")));
            *text += &self.lines.prose(
                word!(
                    "authentik, Immich and its host are played by this program on loopback. \
                     Nothing of yours is touched, and its secrets end with it."
                ),
                0,
            );
        }
    }

    fn systems(&mut self, now: &Snapshot, text: &mut String) {
        for system in &now.header.systems {
            // The version comes a moment after the first answer.
            let half_seen = system.lamp == Lamp::Good && system.version.is_none();
            if half_seen || matches!(system.lamp, Lamp::Off | Lamp::Looking) {
                continue;
            }
            let line = self.lines.system(system);
            if self.systems.get(&system.system) != Some(&line) {
                *text += &line;
                self.systems.insert(system.system, line);
            }
        }
        if let Some(route) = &now.header.route {
            let line = say!(
                "Immich's settings are written by the route `{name}`: {why}.",
                name = route.kind.name(),
                why = text::route_reason(&route.why)
            );
            if self.route != line {
                *text += &format!("  {}", self.lines.prose(&line, 4).trim_start());
                self.route = line;
            }
        }
    }

    /// Steps that came out one way or another, with what was verified.
    fn outcomes(&mut self, steps: &[&StepView], now: &Snapshot, text: &mut String) {
        for step in steps {
            let told = self.steps.entry(step.id).or_default();
            let over = !matches!(step.state, StepState::ToDo | StepState::Differs);
            let news = over && told.state != step.state;
            told.state = step.state;
            if !over {
                // Walked again, it is verified again.
                told.verified.clear();
                continue;
            }
            if news && self.heading != Some(step.id) {
                self.heading = Some(step.id);
                *text += &self.lines.heading(step, now);
            }
            if news && told.fields.is_empty() {
                *text += &settled_fields(self.lines, told, step, true);
            }
            for note in &step.notes {
                say_once(&mut told.said, &self.lines.note(&text::note(note)), text);
            }
            for fault in &step.blockers {
                let line = self.lines.blocker(fault);
                if say_once(&mut told.said, &line, text) {
                    self.blocked.push(line);
                }
            }
            for proof in &step.proofs {
                let said = match proof.outcome {
                    Ok(_) => &mut told.verified,
                    Err(_) => &mut told.said,
                };
                say_once(said, &self.lines.proof(proof), text);
            }
            if news {
                *text += &self.lines.outcome(step);
            }
        }
    }

    /// The step on the card: its heading at once, the rest when it is asked
    /// about, for before that it is still being read.
    fn card(&mut self, now: &Snapshot, text: &mut String) {
        let Some(step) = now.card() else {
            self.plan_alone(now, text);
            return;
        };
        if self.heading != Some(step.id) {
            self.heading = Some(step.id);
            *text += &self.lines.heading(step, now);
        }
        let (Some(prompt), None) = (&now.prompt, &now.summary) else { return };
        let told = self.steps.entry(step.id).or_default();
        let plan = now.plan();
        let digest = plan.map(|plan| plan.digest.clone()).unwrap_or_default();
        let new_plan = digest != told.plan;
        let decide = matches!(prompt.kind, PromptKind::Decide { .. });
        // Another change of the same step is another plan, not a changed one.
        let again = told.decided.as_ref() == Some(&prompt.topic);
        if new_plan && !told.plan.is_empty() && decide && again {
            text.push_str(word!("The plan has changed since it was shown. This is the new one.\n"));
        }
        *text += &settled_fields(self.lines, told, step, new_plan && decide);
        for note in &step.notes {
            say_once(&mut told.said, &self.lines.note(&text::note(note)), text);
        }
        for fault in &step.blockers {
            let line = self.lines.blocker(fault);
            if say_once(&mut told.said, &line, text) {
                self.blocked.push(line);
            }
        }
        if let (Some(plan), true) = (plan, new_plan) {
            *text += &format!("\n{}", self.lines.plan(plan));
        }
        told.plan = digest;
        if decide {
            told.decided = Some(prompt.topic.clone());
        }
    }

    /// The plan that is asked about where the run has no card for it.
    fn plan_alone(&mut self, now: &Snapshot, text: &mut String) {
        let Some(plan) = now.prompt.as_ref().and_then(Prompt::plan) else { return };
        let told = self.steps.entry(now.here).or_default();
        if told.plan != plan.digest {
            *text += &format!("\n{}", self.lines.plan(plan));
            told.plan.clone_from(&plan.digest);
        }
    }

    /// What a rotation's switch cost, as it was measured.
    fn switch(&mut self, now: &Snapshot, text: &mut String) {
        let switch = now.rotation.as_ref().and_then(|view| view.switch.as_ref());
        let Some(told) = switch.and_then(text::switch_cost) else { return };
        let is_measured = switch.is_some_and(SwitchView::is_measured);
        let line = format!("{}{told}", if is_measured { word!("measured: ") } else { "" });
        let line = format!("  {}\n", self.lines.hanging(&line, 2, 4));
        if self.switch != line {
            *text += &line;
            self.switch = line;
        }
    }

    fn login(&mut self, now: &Snapshot, text: &mut String) {
        let Some(login) = &now.login else { return };
        if !login.link.is_empty() && login.link != self.link {
            self.link.clone_from(&login.link);
            *text += &self.lines.link(&login.link);
        }
        for line in login.trail.iter().skip(self.trail) {
            *text += &self.lines.marked(
                word!("seen:"),
                |_, mark| mark.to_owned(),
                &text::sight(&line.what),
            );
        }
        self.trail = login.trail.len();
        if login.state != self.login {
            let who =
                || login.who.as_ref().map(|who| say!("{who} logged in", who = text::person(who)));
            let says = text::seen_login(login).or_else(who).unwrap_or_else(|| {
                login.evidence.as_ref().map(text::login_evidence).unwrap_or_default()
            });
            *text += &match login.state {
                Some(LoginState::Verified) => {
                    self.lines.marked(word!("verified:"), Ink::good, &says)
                }
                Some(LoginState::Likely) => self.lines.marked(word!("likely:"), Ink::strong, &says),
                Some(LoginState::Failed) => self.lines.marked(word!("failed:"), Ink::bad, &says),
                None => String::new(),
            };
        }
        self.login = login.state;
    }

    fn work(&mut self, now: &Snapshot, text: &mut String) {
        let line = now.work.as_ref().map(|work| self.lines.work(work)).unwrap_or_default();
        if line != self.work {
            *text += &line;
            self.work = line;
        }
    }

    fn ending(&mut self, now: &Snapshot, text: &mut String) {
        let (Some(ending), false) = (&now.ending, self.ended) else { return };
        self.ended = true;
        let ink = self.lines.ink;
        text.push('\n');
        *text += &match ending {
            Ending::LoginVerified => {
                ink.good(word!("Everything is as wanted, and a login was verified."))
            }
            Ending::Rotated => {
                ink.good(word!("The new secret is in use, and the old one is refused."))
            }
            Ending::Finished => {
                let how = text::finished(now);
                self.lines.hanging(&say!("The walk is over. {how}", how), 0, 0)
            }
            Ending::TakenBack(tally) => self.lines.hanging(&text::tally(tally), 0, 0),
            Ending::AccessRemoved(tally) => self.lines.hanging(&text::access_tally(tally), 0, 0),
            Ending::Left => {
                say!("Left. Nothing is running; start again to go on from here.")
            }
            // Told where faults are told, at the very end.
            Ending::Failed(_) => ink.bad(word!("It could not go on.")),
        };
        text.push('\n');
        if let Some(token) =
            now.remembered.token.as_ref().filter(|token| token.is_told_at_the_end())
        {
            *text += &self.lines.prose(&text::token(token, Timestamp::now()), 0);
        }
    }
}

/// The fields that are read and were not told like this before, or `all` of
/// them.
fn settled_fields(lines: Lines, told: &mut Told, step: &StepView, all: bool) -> String {
    let mut news = Vec::new();
    for field in &step.fields {
        if matches!(field.live, Reading::Reading { .. }) && !all {
            continue;
        }
        let line = lines.fields([field]);
        if all || told.fields.get(&field.id) != Some(&line) {
            told.fields.insert(field.id.clone(), line);
            news.push(field);
        }
    }
    lines.fields(news)
}

/// Says it unless it was said; whether it was news.
fn say_once(said: &mut HashSet<String>, line: &str, text: &mut String) -> bool {
    let new = said.insert(line.to_owned());
    if new {
        text.push_str(line);
    }
    new
}
