//! The demo without a terminal: plays the operator through the same snapshots
//! and commands as every face, and prints the walk.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::{
    sync::{mpsc::UnboundedSender, watch},
    time::timeout,
};

use super::{
    Lines, Narrator, ask::tell, fault::ScriptError, interruption::Interruptions,
    walk::engine_is_gone,
};
use crate::{
    site::Fault,
    text,
    wizard::{Answer, Command, Ending, Prompt, PromptKind, Snapshot, Topic, Verdict},
};

/// The most questions that a walk may have: more of them are a circle.
const MOST_QUESTIONS: usize = 100;

/// How long nothing may change before the walk counts as stuck.
const PATIENCE: Duration = Duration::from_mins(2);

/// What the played operator knows.
#[derive(Clone, Debug, Default)]
pub struct Script {
    /// Answers by what is asked. For a question that is not here the default is
    /// taken, where it has one.
    pub answers: Vec<(Topic, Answer)>,
}

/// Walks to the end without a person: answers by the script, confirms every
/// plan, and prints each step: what was live, what would change, what was done,
/// what was verified.
///
/// # Errors
/// When a question has no answer, an answer is refused, or nothing goes on.
pub async fn autopilot(
    mut snapshots: watch::Receiver<Arc<Snapshot>>,
    commands: UnboundedSender<Command>,
    script: &Script,
    lines: Lines,
) -> Result<Ending, Fault> {
    let mut narrator = Narrator::new(lines);
    let mut interruptions = Interruptions::new();
    let mut questions = 0;
    let mut trouble = None;
    let mut last_change = Instant::now();
    loop {
        let now = snapshots.borrow_and_update().harmless();
        if let Err(fault) = tell(&narrator.tell(&now)) {
            give_up(&mut trouble, &commands, fault);
        }
        if let Some(ending) = &now.ending {
            // Who gave up has the reason; the engine only knows that we left.
            return trouble.map_or_else(|| Ok(ending.clone()), Err);
        }
        if let (Some(prompt), None) = (&now.prompt, &trouble)
            && narrator.introduces(prompt)
        {
            questions += 1;
            match answer(prompt, script, questions) {
                Ok(answer) => {
                    if let Err(fault) = tell(&conversation(prompt, &answer, lines)) {
                        give_up(&mut trouble, &commands, fault);
                    }
                    let _ = commands.send(Command::Answer(prompt.id, answer));
                }
                Err(fault) => give_up(&mut trouble, &commands, fault),
            }
        }
        let left = PATIENCE.saturating_sub(last_change.elapsed());
        tokio::select! {
            changed = timeout(left, snapshots.changed()) => match changed {
                Ok(Ok(())) => last_change = Instant::now(),
                Ok(Err(_)) => {
                    let ending = engine_is_gone(&snapshots);
                    return trouble.map_or(ending, Err);
                }
                Err(_) => return Err(trouble.unwrap_or_else(stuck)),
            },
            _ = interruptions.next() => {
                let _ = commands.send(Command::Quit);
            }
        }
    }
}

/// Ends the walk for the first reason that there is.
fn give_up(trouble: &mut Option<Fault>, commands: &UnboundedSender<Command>, why: Fault) {
    if trouble.is_none() {
        *trouble = Some(why);
        let _ = commands.send(Command::Quit);
    }
}

fn answer(prompt: &Prompt, script: &Script, questions: usize) -> Result<Answer, Fault> {
    if let Some(fault) = &prompt.refused {
        return Err(fault.clone());
    }
    if questions > MOST_QUESTIONS {
        return Err(ScriptError::Circle.about(prompt));
    }
    let known = script.answers.iter().find(|(topic, _)| *topic == prompt.topic);
    if let Some((_, answer)) = known {
        return Ok(answer.clone());
    }
    match &prompt.kind {
        PromptKind::Decide { plan } => {
            Ok(Answer::Decide { plan: plan.digest.clone(), verdict: Verdict::Perform })
        }
        PromptKind::Choice { options, default } => match options.get(*default) {
            Some(option) => Ok(Answer::Choice(option.key)),
            None => Err(ScriptError::NoOptions.about(prompt)),
        },
        PromptKind::Text { value, check, .. } => match check.accept(value) {
            Ok(()) => Ok(Answer::Text(value.clone())),
            Err(why) => Err(ScriptError::Unfit(why).about(prompt)),
        },
        PromptKind::Hidden => Err(ScriptError::NotInScript.about(prompt)),
    }
}

/// The question and what was answered, as one reads a play.
fn conversation(prompt: &Prompt, answer: &Answer, lines: Lines) -> String {
    let said = match (answer, &prompt.kind) {
        (Answer::Text(text), _) if text.is_empty() => say!("(nothing)"),
        (Answer::Text(text), _) => text.clone(),
        (Answer::Hidden(secret), _) => secret.to_string(),
        (Answer::Choice(key), PromptKind::Choice { options, .. }) => options
            .iter()
            .find(|option| option.key == *key)
            .map(|option| text::option(&option.pick).text)
            .unwrap_or_default(),
        (Answer::Choice(key), _) => key.to_string(),
        (Answer::Decide { verdict: Verdict::Perform, .. }, _) => say!("yes"),
        (Answer::Decide { verdict: Verdict::Skip, .. }, _) => say!("skip"),
        (Answer::Back, _) => say!("back"),
    };
    let asked = text::question(&prompt.topic);
    say!("  asked: {asked} {said}\n", asked, said = lines.ink.strong(&said))
}

fn stuck() -> Fault {
    ScriptError::Stuck(PATIENCE).at_walk()
}
