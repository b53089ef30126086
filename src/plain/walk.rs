//! The walk with a person, as questions and answers.

use std::sync::Arc;

use tokio::{
    sync::{mpsc::UnboundedSender, watch},
    task::JoinHandle,
};

use super::{
    Ink, Lines, Narrator, Pictures,
    ask::{self, Reply, Withdrawal},
    fault,
    interruption::{Interruption, Interruptions},
    quiet::Quiet,
};
use crate::{
    site::{Fault, Reading},
    terminal::{is_dumb, shows_unicode},
    text,
    wizard::{Command, Ending, Prompt, PromptId, PromptKind, Snapshot, StepId},
};

/// How the plain face talks.
#[derive(Clone, Copy, Debug)]
pub struct PlainOptions {
    /// Colour or none.
    pub ink: Ink,
    /// How many columns the terminal has.
    pub columns: u16,
    /// Answers are typed as lines; nothing is drawn or moved in. For terminals
    /// that cannot place a cursor.
    pub typed: bool,
}

impl PlainOptions {
    /// What this terminal can do.
    #[must_use]
    pub fn detect(ink: Ink) -> Self {
        let columns = crossterm::terminal::size().map_or(80, |(columns, _)| columns);
        Self { ink, columns, typed: is_dumb() }
    }

    pub(super) fn lines(self) -> Lines {
        let pictures = if self.typed {
            Pictures::None
        } else if shows_unicode() {
            Pictures::Blocks
        } else {
            Pictures::Blanks
        };
        Lines::new(self.ink, usize::from(self.columns)).with_pictures(pictures)
    }
}

/// Walks with the person at the terminal until the run is over: tells what is
/// new, puts each question, brings the answer back.
///
/// # Errors
/// When this terminal cannot be asked on, or the engine is gone without a word.
pub async fn run(
    snapshots: watch::Receiver<Arc<Snapshot>>,
    commands: UnboundedSender<Command>,
    options: PlainOptions,
) -> Result<Ending, Fault> {
    let mut face = Face {
        commands,
        options,
        narrator: Narrator::new(options.lines()),
        asking: None,
        answered: None,
        outdated: None,
        stopping: false,
        leaving: false,
    };
    let _quiet = Quiet::begin();
    let ending = face.walk(snapshots).await;
    ask::give_terminal_back();
    ending
}

/// A question that stands.
struct Asking {
    prompt: Prompt,
    /// Whether it can be withdrawn when something new is to be told.
    restless: bool,
    withdrawal: Withdrawal,
    task: JoinHandle<Result<Reply, Fault>>,
}

struct Face {
    commands: UnboundedSender<Command>,
    options: PlainOptions,
    narrator: Narrator,
    asking: Option<Asking>,
    /// The prompt that was answered last, until the engine takes it away.
    answered: Option<PromptId>,
    /// What was shown when the operator asked to look again: the question is
    /// put anew once something newer is there.
    outdated: Option<Arc<Snapshot>>,
    /// Whether the work that is under way was asked to stop.
    stopping: bool,
    /// Whether the engine was asked to end the run.
    leaving: bool,
}

impl Face {
    async fn walk(
        &mut self,
        mut snapshots: watch::Receiver<Arc<Snapshot>>,
    ) -> Result<Ending, Fault> {
        let mut interruptions = Interruptions::new();
        let mut seen = snapshots.borrow_and_update().clone();
        let mut now = Arc::new(seen.harmless());
        loop {
            let latest = snapshots.borrow_and_update().clone();
            if !Arc::ptr_eq(&latest, &seen) {
                now = Arc::new(latest.harmless());
                seen = latest;
            }
            self.show(&now).await?;
            if let Some(ending) = &now.ending {
                return Ok(ending.clone());
            }
            self.ask_if_asked(&now);
            tokio::select! {
                changed = snapshots.changed() => {
                    if changed.is_err() {
                        return engine_is_gone(&snapshots);
                    }
                }
                reply = reply_of(self.asking.as_mut()) => {
                    self.asked(reply?, &now);
                }
                interruption = interruptions.next() => {
                    let outcome = self.interrupt(interruption, &now);
                    if self.leaving {
                        interruptions.end_by_last();
                    }
                    outcome?;
                }
            }
        }
    }

    /// Tells what is new. A menu that stands keeps the screen until it is
    /// answered; a typed question makes room.
    async fn show(&mut self, now: &Arc<Snapshot>) -> Result<(), Fault> {
        let gone = |asking: &Asking| {
            now.ending.is_some() || now.prompt.as_ref().is_none_or(|p| p.id != asking.prompt.id)
        };
        if self.asking.as_ref().is_some_and(|asking| !asking.restless) && now.ending.is_none() {
            return Ok(());
        }
        let gone = self.asking.as_ref().is_some_and(gone);
        let news = self.narrator.tell(now);
        if news.is_empty() && !gone {
            return Ok(());
        }
        if let Some(asking) = self.asking.as_mut().filter(|asking| asking.restless) {
            asking.withdrawal.withdraw();
            let reply = reply_of(self.asking.as_mut()).await?;
            self.asked(reply, now);
        } else if self.asking.is_some() {
            ask::give_terminal_back();
        }
        ask::say(&news);
        Ok(())
    }

    /// Puts the question of the snapshot, unless it stands or was answered.
    fn ask_if_asked(&mut self, now: &Arc<Snapshot>) {
        let Some(prompt) = &now.prompt else {
            self.answered = None;
            return;
        };
        let outdated = self.outdated.as_ref().is_some_and(|old| Arc::ptr_eq(old, now));
        if self.asking.is_some()
            || self.leaving
            || self.answered == Some(prompt.id)
            || outdated
            || now.work.is_some()
            || is_being_read(now)
        {
            return;
        }
        self.stopping = false;
        let lines = self.options.lines();
        let new = self.narrator.introduces(prompt);
        if new {
            ask::say("\n");
            let refused = prompt.refused.as_ref();
            if let Some(fault) = refused.filter(|fault| !self.narrator.has_just_told(fault)) {
                let what = match prompt.kind {
                    PromptKind::Text { .. } | PromptKind::Hidden => word!("not taken:"),
                    PromptKind::Choice { .. } | PromptKind::Decide { .. } => word!("because:"),
                };
                ask::say(&lines.fault(what, fault));
            }
            for paragraph in &prompt.help {
                ask::say(&lines.prose(&text::note(paragraph), 0));
            }
        }
        let restless = matches!(prompt.kind, PromptKind::Choice { .. })
            && (now.here == StepId::Restart || now.here.watches_login());
        let typed = restless || self.options.typed;
        let (prompt, withdrawal) = (prompt.clone(), Withdrawal::default());
        let task = tokio::task::spawn_blocking({
            let (prompt, withdrawal) = (prompt.clone(), withdrawal.clone());
            move || ask::put(&prompt, lines, (typed, new), &withdrawal)
        });
        self.asking = Some(Asking { prompt, restless, withdrawal, task });
    }

    /// Sends what came of the question that stood.
    fn asked(&mut self, reply: Reply, now: &Arc<Snapshot>) {
        let Some(asking) = self.asking.take() else { return };
        let command = match reply {
            Reply::Answer(answer) => {
                self.answered = Some(asking.prompt.id);
                Command::Answer(asking.prompt.id, answer)
            }
            Reply::Refresh => {
                self.outdated = Some(Arc::clone(now));
                Command::Refresh
            }
            Reply::Leave => {
                self.answered = Some(asking.prompt.id);
                self.leaving = true;
                Command::Quit
            }
            Reply::Withdrawn => return,
        };
        // An engine that is gone is noticed by its snapshots.
        let _ = self.commands.send(command);
    }

    /// Ctrl-C while nothing is asked: stops what can be stopped; once more, the
    /// run; and once more, waiting for it.
    fn interrupt(&mut self, interruption: Interruption, now: &Snapshot) -> Result<(), Fault> {
        let stoppable = now.work.as_ref().is_some_and(|work| work.can_cancel);
        let ended = interruption == Interruption::End;
        if self.leaving && !ended {
            return Err(fault::left_at_work(now.work.as_ref()));
        }
        if stoppable && !self.stopping && self.asking.is_none() && !ended {
            self.stopping = true;
            ask::say(&say!("  stopping this; Ctrl-C once more leaves\n"));
            let _ = self.commands.send(Command::Cancel);
        } else {
            self.leaving = true;
            if self.asking.is_some() {
                ask::go_below_question();
            }
            ask::say(&say!(
                "  leaving when what is under way is over; Ctrl-C once more does not wait for it\n"
            ));
            let _ = self.commands.send(Command::Quit);
        }
        Ok(())
    }
}

/// Whether the card still changes by itself: what is asked about is not there
/// yet.
fn is_being_read(now: &Snapshot) -> bool {
    now.card().is_some_and(|step| {
        step.fields.iter().any(|field| matches!(field.live, Reading::Reading { .. }))
    })
}

/// Waits for the question that stands; forever, where none does.
async fn reply_of(asking: Option<&mut Asking>) -> Result<Reply, Fault> {
    match asking {
        Some(asking) => {
            (&mut asking.task).await.unwrap_or_else(|error| Err(fault::nobody_asks(error)))
        }
        None => std::future::pending().await,
    }
}

/// The engine may end right after its last snapshot.
pub(super) fn engine_is_gone(snapshots: &watch::Receiver<Arc<Snapshot>>) -> Result<Ending, Fault> {
    snapshots.borrow().ending.clone().ok_or_else(fault::engine_is_gone)
}
