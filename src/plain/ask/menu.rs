//! Questions as inquire draws them: a line to edit, a list to move in.

use std::fmt;

use inquire::{
    InquireError, Select, Text,
    list_option::ListOption,
    ui::RenderConfig,
    validator::{ErrorMessage, Validation},
};

use super::{Reply, say};
use crate::{
    plain::{Ink, Lines, fault::no_terminal},
    site::Fault,
    terminal::{shows_unicode, spelled},
    text::{self, Label},
    wizard::{Answer, Check, PlanView, Prompt, PromptKind, Verdict},
};

pub(super) fn put(prompt: &Prompt, lines: Lines) -> Result<Reply, Fault> {
    let escape =
        if prompt.can_go_back { word!("Esc: one question back") } else { word!("Esc: leave") };
    let asked = match &prompt.kind {
        PromptKind::Text { value, example, check } => {
            line(prompt, value, example, *check, escape, lines.ink)
        }
        PromptKind::Choice { options, default } => {
            let labels = options.iter().map(|option| text::option(&option.pick));
            let question = text::question(&prompt.topic);
            list(&question, labels.collect(), *default, escape, lines.ink).map(|index| {
                let option = options.get(index);
                option.map_or(Reply::Withdrawn, |option| Reply::Answer(Answer::Choice(option.key)))
            })
        }
        PromptKind::Decide { plan } => decide(prompt, plan, escape, lines),
        // Read elsewhere; see `ask::put`.
        PromptKind::Hidden => Ok(Reply::Withdrawn),
    };
    match asked {
        Ok(reply) => Ok(reply),
        Err(InquireError::OperationCanceled) if prompt.can_go_back => {
            Ok(Reply::Answer(Answer::Back))
        }
        Err(InquireError::OperationCanceled | InquireError::OperationInterrupted) => {
            Ok(Reply::Leave)
        }
        Err(error) => Err(no_terminal(&error)),
    }
}

fn line(
    prompt: &Prompt,
    value: &str,
    example: &str,
    check: Check,
    escape: &str,
    ink: Ink,
) -> Result<Reply, InquireError> {
    let mut help = say!("Enter: take it, {escape}, Ctrl-C: leave", escape);
    if !example.is_empty() {
        help = say!("for example {example}; {help}", example, help);
    }
    let question = text::question(&prompt.topic);
    let question = spelled(&question);
    let mut text = Text::new(&question)
        .with_help_message(&help)
        .with_render_config(look(ink))
        .with_validator(move |typed: &str| {
            Ok(match check.accept(typed) {
                Ok(()) => Validation::Valid,
                Err(why) => {
                    let why = why.to_string();
                    Validation::Invalid(ErrorMessage::Custom(spelled(&why).into_owned()))
                }
            })
        });
    if !value.is_empty() {
        text = text.with_initial_value(value);
    }
    text.prompt().map(|typed| Reply::Answer(Answer::Text(typed)))
}

fn list(
    question: &str,
    options: Vec<Label>,
    start: usize,
    escape: &str,
    ink: Ink,
) -> Result<usize, InquireError> {
    let arrows = if shows_unicode() { "↑ ↓" } else { word!("Arrow keys") };
    let help = say!("{arrows}: move, Enter: take it, {escape}, Ctrl-C: leave", arrows, escape);
    // What was chosen stays on the screen without its explanation.
    let short = |picked: ListOption<&Listed>| spelled(&picked.value.0.text).into_owned();
    Select::new(&spelled(question), options.into_iter().map(Listed).collect())
        .with_starting_cursor(start)
        .with_help_message(&help)
        .with_formatter(&short)
        .with_page_size(12)
        .without_filtering()
        .with_render_config(look(ink))
        .raw_prompt()
        .map(|picked| picked.index)
}

/// An option as a menu lists it.
struct Listed(Label);

impl fmt::Display for Listed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Label { text, detail } = &self.0;
        let shown = if detail.is_empty() { text.clone() } else { format!("{text}: {detail}") };
        f.write_str(&spelled(&shown))
    }
}

/// The cursor starts on showing the requests: an Enter that was typed ahead
/// must not perform anything.
fn decide(
    prompt: &Prompt,
    plan: &PlanView,
    escape: &str,
    lines: Lines,
) -> Result<Reply, InquireError> {
    let verdict = |verdict| Reply::Answer(Answer::Decide { plan: plan.digest.clone(), verdict });
    let question = text::question(&prompt.topic);
    loop {
        let label = |text, detail| Label { text, detail };
        let options = [
            label(say!("Show the exact requests"), String::new()),
            label(say!("Yes"), say!("do exactly this")),
            label(say!("No"), say!("leave this step as it is, and go on")),
            label(say!("Look again"), say!("read what is live anew")),
        ];
        return Ok(match list(&question, options.into(), 0, escape, lines.ink)? {
            0 => {
                say(&lines.exact(plan));
                say("\n");
                continue;
            }
            1 => verdict(Verdict::Perform),
            2 => verdict(Verdict::Skip),
            _ => Reply::Refresh,
        });
    }
}

fn look(ink: Ink) -> RenderConfig<'static> {
    match ink {
        Ink::Mono => RenderConfig::empty(),
        Ink::Colour => RenderConfig::default_colored(),
    }
}
