//! Reports as text, for people.

use jiff::Timestamp;

use crate::{
    plain::Lines,
    text,
    wizard::{Snapshot, StepId},
};

use super::{Report, Standing, step_standing};

/// `status`: wanted beside live, step by step.
#[must_use]
pub fn status_text(report: &Report<'_>, lines: Lines) -> String {
    let snapshot = report.harmless();
    let report = &Report::from(&snapshot);
    let mut text = opening(report, lines);
    for step in report.told() {
        let standing = standing(step_standing(step));
        text += &format!("\n{}: {standing}\n", lines.ink.strong(step.id.title()));
        text += &lines.fields(&step.fields);
        for note in &step.notes {
            text += &lines.note(&text::note(note));
        }
        for fault in &step.blockers {
            text += &lines.blocker(fault);
        }
    }
    text += &match report.standing() {
        Standing::Same => say!("\nLive is as wanted.\n"),
        Standing::Differs => say!(
            "\nLive differs from what is wanted. `{us} plan` says more.\n",
            us = crate::say::us()
        ),
        Standing::Failed => say!("\nNot everything could be looked at.\n"),
    };
    text
}

/// `plan`: what set-up would do, step by step.
#[must_use]
pub fn plan_text(report: &Report<'_>, lines: Lines) -> String {
    let snapshot = report.harmless();
    let report = &Report::from(&snapshot);
    let mut text = opening(report, lines);
    for step in report.told() {
        for fault in &step.blockers {
            text += &format!("\n{}\n{}", lines.ink.strong(step.id.title()), lines.blocker(fault));
        }
        let Some(plan) = step.plan.as_ref().filter(|plan| !plan.effects.is_empty()) else {
            continue;
        };
        text += &format!("\n{}\n", lines.ink.strong(step.id.title()));
        let changed: Vec<_> = step.fields.iter().filter(|field| differs(field.state)).collect();
        text += &lines.fields(changed);
        for note in &step.notes {
            text += &lines.note(&text::note(note));
        }
        text += &format!("\n{}", lines.plan(plan));
        text += &lines.exact(plan);
    }
    let us = crate::say::us();
    text += &match report.standing() {
        Standing::Same => say!("\nNothing to change: live is as wanted.\n"),
        Standing::Differs if report.steps.iter().any(|step| step.id == StepId::Create) => say!(
            "\nNothing was changed. `{us} apply FILE` does exactly this; what fails is led back.\n",
            us
        ),
        Standing::Differs => say!("\nNothing was changed. `{us}` does it step by step.\n", us),
        Standing::Failed => {
            say!("\nThis is not the whole plan: not everything could be looked at.\n")
        }
    };
    text
}

/// What `apply` says: each thing as soon as it is so.
#[derive(Debug)]
pub struct Applying {
    lines: Lines,
    began: Timestamp,
    /// Whether it was said where all this happens.
    is_open: bool,
    /// How many changes were told.
    done: usize,
    /// The steps whose proofs were told.
    proved: Vec<StepId>,
}

impl Applying {
    /// What was done before `began` is not told.
    #[must_use]
    pub const fn new(began: Timestamp, lines: Lines) -> Self {
        Self { lines, began, is_open: false, done: 0, proved: Vec::new() }
    }

    /// What is new since it was asked last: changes, and what was verified.
    #[must_use]
    pub fn news(&mut self, now: &Snapshot) -> String {
        let now = &now.harmless();
        let lines = self.lines;
        let mut text = String::new();
        if !std::mem::replace(&mut self.is_open, true) {
            text += &opening(&Report::from(now), lines);
            for note in now.step(StepId::Access).iter().flat_map(|step| &step.notes) {
                text += &lines.note(&text::note(note));
            }
        }
        let done = now.journal.iter().filter(|row| row.at >= self.began);
        for row in done.skip(self.done) {
            text += &lines.journal(row);
            self.done += 1;
        }
        for step in &now.steps {
            if step.proofs.is_empty() || self.proved.contains(&step.id) {
                continue;
            }
            self.proved.push(step.id);
            for proof in &step.proofs {
                text += &lines.proof(proof);
            }
        }
        text
    }

    /// What is said at the end, once all of it was done.
    #[must_use]
    pub fn end(mut self, after: &Snapshot) -> String {
        let mut text = self.news(after);
        let rotation = after.rotation.as_ref();
        if let Some(switch) = rotation.and_then(|view| view.switch.as_ref())
            && let Some(told) = text::switch_cost(switch)
        {
            let measured = if switch.is_measured() { word!("measured: ") } else { "" };
            let line = format!("{measured}{told}");
            text += &format!("  {}\n", self.lines.hanging(&line, 2, 4));
        }
        let us = crate::say::us();
        text += &if self.done == 0 {
            say!("\nNothing to do: live was as wanted already.\n")
        } else if rotation.is_some() {
            say!(
                "\nDone as it was planned. `{us} rotate --back` brings the previous secret back.\n",
                us
            )
        } else {
            say!("\nDone as it was planned. No login was tried; `{us}` does that.\n", us)
        };
        text
    }
}

fn opening(report: &Report<'_>, lines: Lines) -> String {
    let mut text = lines.ink.strong(&say!("The site `{site}`", site = &report.header.site));
    text.push('\n');
    for system in &report.header.systems {
        text += &lines.system(system);
    }
    if let Some(secret) = &report.remembered.secret {
        text += &format!(
            "  {}",
            lines.prose(&text::client_secret(secret, Timestamp::now()), 4).trim_start()
        );
    }
    if let Some(login) = &report.remembered.last_login {
        text += &format!("  {}", lines.prose(&crate::text::login_result(login), 4).trim_start());
    }
    if let Some(token) = &report.remembered.token {
        text +=
            &format!("  {}", lines.prose(&text::token(token, Timestamp::now()), 4).trim_start());
    }
    if let Some(route) = &report.header.route {
        let line = say!(
            "Immich's settings, by the route `{name}`: {why}.",
            name = route.kind.name(),
            why = text::route_reason(&route.why)
        );
        text += &format!("  {}", lines.prose(&line, 4).trim_start());
    }
    text
}

fn differs(state: crate::wizard::FieldState) -> bool {
    use crate::wizard::FieldState::{Differs, New};
    matches!(state, New | Differs)
}

const fn standing(standing: Standing) -> &'static str {
    match standing {
        Standing::Same => word!("as wanted"),
        Standing::Differs => word!("differs"),
        Standing::Failed => word!("could not be looked at"),
    }
}
