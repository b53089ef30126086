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
    text += match report.standing() {
        Standing::Same => word!("\nLive is as wanted.\n"),
        Standing::Differs => {
            word!("\nLive differs from what is wanted. `immich-sso plan` says more.\n")
        }
        Standing::Failed => word!("\nNot everything could be looked at.\n"),
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
    text += match report.standing() {
        Standing::Same => word!("\nNothing to change: live is as wanted.\n"),
        Standing::Differs if report.steps.iter().any(|step| step.id == StepId::Create) => {
            word!(
                "\nNothing was changed. `immich-sso apply FILE` does exactly this; what fails is led \
                 back.\n"
            )
        }
        Standing::Differs => word!("\nNothing was changed. `immich-sso` does it step by step.\n"),
        Standing::Failed => {
            word!("\nThis is not the whole plan: not everything could be looked at.\n")
        }
    };
    text
}

/// `apply`: what was done since it began, and what was verified after it.
#[must_use]
pub fn applied_text(after: &Snapshot, began: Timestamp, lines: Lines) -> String {
    let after = &after.harmless();
    let mut text = opening(&Report::from(after), lines);
    for note in after.step(StepId::Access).iter().flat_map(|step| &step.notes) {
        text += &lines.note(&text::note(note));
    }
    let done: Vec<_> = after.journal.iter().filter(|row| row.at >= began).collect();
    for row in &done {
        text += &lines.journal(row);
    }
    for step in &after.steps {
        for proof in &step.proofs {
            text += &lines.proof(proof);
        }
    }
    let rotation = after.rotation.as_ref();
    if let Some(switch) = rotation.and_then(|view| view.switch.as_ref())
        && let Some(told) = text::switch_cost(switch)
    {
        let measured = if switch.is_measured() { word!("measured: ") } else { "" };
        text += &format!("  {measured}{told}\n");
    }
    text += if done.is_empty() {
        word!("\nNothing to do: live was as wanted already.\n")
    } else if rotation.is_some() {
        word!(
            "\nDone as it was planned. `immich-sso rotate --back` brings the previous secret back.\n"
        )
    } else {
        word!("\nDone as it was planned. No login was tried; `immich-sso` does that.\n")
    };
    text
}

fn opening(report: &Report<'_>, lines: Lines) -> String {
    let mut text = lines.ink.strong(&say!("The site `{site}`", site = report.site));
    text.push('\n');
    for system in report.systems {
        text += &lines.system(system);
    }
    if let Some(secret) = report.secret {
        text += &format!(
            "  {}",
            lines.prose(&text::client_secret(secret, Timestamp::now()), 4).trim_start()
        );
    }
    if let Some(login) = report.login {
        text += &format!("  {}", lines.prose(&crate::text::login_result(login), 4).trim_start());
    }
    if let Some(token) = report.token {
        text +=
            &format!("  {}", lines.prose(&text::token(token, Timestamp::now()), 4).trim_start());
    }
    if let Some(route) = report.route {
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
