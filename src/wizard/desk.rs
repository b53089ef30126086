//! The desk between the engine and the face: the snapshot that is published,
//! the prompt that waits for an answer, the work that is under way.

mod failure;
mod late;
mod menu;
mod question;
mod stretch;
mod work;

use std::{collections::VecDeque, sync::Arc, time::Duration};

use tokio::sync::{mpsc, watch};

pub(super) use menu::{Menu, Retry};
pub(super) use question::Question;

use stretch::Bound;

pub use stretch::STRETCH_WITHIN;

use super::{
    Answer, Command, Prompt, PromptId, PromptKind, Rotated, Snapshot, StepId, StepView, SystemView,
};
use crate::{
    secret::Known,
    site::{Fault, ProfileKey},
};

/// What the operator wants instead of what is going on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Interrupt {
    /// End the run, or the face is gone.
    Quit,
    /// Go to another step.
    Visit(StepId),
    /// Change a value of the profile.
    Edit(ProfileKey, String),
    /// Take the last run back.
    Undo,
    /// Leave everything as it is.
    Finish,
    /// Look again.
    Refresh,
    /// Stop this piece of work.
    Cancel,
    /// One question back.
    Back,
    /// Show the client secret.
    Reveal,
    /// Hide it.
    Conceal,
    /// Go on with a rotation.
    Rotate(Rotated),
}

/// Why something was not done: the operator wants something else, or it failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// The operator wants something else.
    Interrupt(Interrupt),
    /// It failed.
    Fault(Fault),
}

impl Stop {
    /// Why it failed.
    ///
    /// # Errors
    /// It did not: the operator wants something else.
    pub(super) fn fault(self) -> Result<Fault, Interrupt> {
        match self {
            Self::Interrupt(interrupt) => Err(interrupt),
            Self::Fault(fault) => Ok(fault),
        }
    }
}

/// What came of a look that may fail: somebody looks again, or can do without.
///
/// # Errors
/// The operator wants something else.
pub(super) fn unless_failed<T>(looked: Result<T, Stop>) -> Result<Option<T>, Interrupt> {
    match looked {
        Ok(seen) => Ok(Some(seen)),
        Err(stop) => {
            let fault = stop.fault()?;
            tracing::debug!(%fault, "it was not seen");
            Ok(None)
        }
    }
}

impl From<Interrupt> for Stop {
    fn from(interrupt: Interrupt) -> Self {
        Self::Interrupt(interrupt)
    }
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// What was shown of the systems and the steps before a look at them began.
pub(super) struct Before {
    systems: Vec<SystemView>,
    steps: Vec<StepView>,
}

/// See the module.
pub(super) struct Desk {
    snapshot: Snapshot,
    published: watch::Sender<Arc<Snapshot>>,
    commands: mpsc::UnboundedReceiver<Command>,
    /// What came in while something else was going on.
    kept: VecDeque<Command>,
    /// Whether the operator said that the run is to end. Whoever hears it in the
    /// middle of work may go on without what was worked for; no question is put
    /// after it.
    quits: bool,
    last_prompt: PromptId,
    /// How long was worked since the step was come to.
    worked: Duration,
    /// Whether anything was performed since then.
    performed: bool,
    /// The work since the last answer.
    stretch: Bound,
    /// The secrets of the run: none of them is published.
    known: Known,
}

impl Desk {
    pub(super) fn new(
        snapshot: Snapshot,
        published: watch::Sender<Arc<Snapshot>>,
        commands: mpsc::UnboundedReceiver<Command>,
    ) -> Self {
        Self {
            snapshot,
            published,
            commands,
            kept: VecDeque::new(),
            quits: false,
            last_prompt: PromptId(0),
            worked: Duration::ZERO,
            performed: false,
            stretch: Bound::default(),
            known: Known::of_run(),
        }
    }

    /// The same where the work between two questions is bounded as a whole.
    pub(super) fn bounding_stretches(mut self, at_most: Duration) -> Self {
        self.stretch = Bound::of(at_most);
        self
    }

    /// The secrets of the run.
    pub(super) const fn known(&self) -> &Known {
        &self.known
    }

    /// What is shown now, before it is searched for secrets.
    pub(super) const fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    /// Changes the snapshot and publishes it.
    pub(super) fn show(&mut self, change: impl FnOnce(&mut Snapshot)) {
        change(&mut self.snapshot);
        // A face that is gone is noticed where its commands are awaited.
        self.published.send_replace(Arc::new(self.public()));
    }

    /// Changes the snapshot and leaves it to the next question to publish it: what
    /// is shown with a question comes with it, so that no key which answers it is
    /// pressed before it is there.
    pub(super) fn show_with_question(&mut self, change: impl FnOnce(&mut Snapshot)) {
        change(&mut self.snapshot);
    }

    /// The snapshot as it leaves the engine: no secret of the run is in it.
    pub(super) fn public(&self) -> Snapshot {
        let mut snapshot = self.snapshot.clone();
        snapshot.each_text(&mut |text, _| {
            self.known.blot(text);
        });
        snapshot
    }

    /// A fault as it leaves the engine.
    pub(super) fn public_fault(&self, mut fault: Fault) -> Fault {
        for text in [&mut fault.tried, &mut fault.answer, &mut fault.remedy] {
            self.known.blot(text);
        }
        fault
    }

    /// Changes one step of the rail and publishes it.
    pub(super) fn show_step(&mut self, id: StepId, change: impl FnOnce(&mut StepView)) {
        self.show(|snapshot| {
            if let Some(step) = snapshot.steps.iter_mut().find(|step| step.id == id) {
                change(step);
            }
        });
    }

    /// Begins to take the time of a step.
    pub(super) const fn comes_to_step(&mut self) {
        self.worked = Duration::ZERO;
        self.performed = false;
    }

    /// Something is performed: the step is not merely visited.
    pub(super) const fn performs(&mut self) {
        self.performed = true;
    }

    /// How long a step took whose time was `known`: how long the program worked
    /// for it, not how long a person read. A visit that changes nothing does
    /// not count.
    pub(super) fn took(&self, known: Option<Duration>) -> Duration {
        known.filter(|_| !self.performed).unwrap_or(self.worked)
    }

    /// Puts a question and waits for its answer.
    pub(super) async fn ask(&mut self, question: Question) -> Result<Answer, Interrupt> {
        let answer = self.answered(question).await;
        // A person may think for hours.
        self.stretch.ends();
        answer
    }

    async fn answered(&mut self, question: Question) -> Result<Answer, Interrupt> {
        if self.quits {
            return Err(Interrupt::Quit);
        }
        let (look_again, can_refresh) = (question.looks_again_after, question.can_refresh);
        let id = self.put(question);
        loop {
            let command = match (self.kept.pop_front(), look_again) {
                (Some(command), _) => command,
                (None, None) => self.commands.recv().await.unwrap_or(Command::Quit),
                (None, Some(after)) => {
                    match tokio::time::timeout(after, self.commands.recv()).await {
                        Ok(command) => command.unwrap_or(Command::Quit),
                        Err(_) => return Err(Interrupt::Refresh),
                    }
                }
            };
            let interrupt = match command {
                Command::Answer(to, answer) if to == id => match self.fits(answer) {
                    Some(Answer::Back) => Interrupt::Back,
                    Some(answer) => {
                        if let Answer::Hidden(secret) = &answer {
                            self.known.learn(secret);
                        }
                        self.show(|snapshot| snapshot.prompt = None);
                        return Ok(answer);
                    }
                    None => continue,
                },
                Command::Answer(..) | Command::Cancel => continue,
                Command::Quit => self.quit(),
                Command::Visit(step) => Interrupt::Visit(step),
                Command::Edit { key, value } => Interrupt::Edit(key, value),
                Command::Undo => Interrupt::Undo,
                // Text that is being typed would be lost for nothing, and not
                // every question has something to look at.
                Command::Refresh if !can_refresh => continue,
                Command::Refresh => Interrupt::Refresh,
                Command::Reveal => Interrupt::Reveal,
                Command::Conceal => Interrupt::Conceal,
            };
            if interrupt != Interrupt::Refresh {
                self.show(|snapshot| snapshot.prompt = None);
            }
            return Err(interrupt);
        }
    }

    /// The run is to end, whatever becomes of what is going on.
    const fn quit(&mut self) -> Interrupt {
        self.quits = true;
        Interrupt::Quit
    }

    /// Puts a choice and returns what the option that was picked stands for.
    pub(super) async fn pick<T>(&mut self, menu: Menu<T>) -> Result<T, Interrupt> {
        let (question, values) = menu.parts();
        let Answer::Choice(picked) = self.ask(question).await? else {
            return Err(Interrupt::Back);
        };
        let value = values.into_iter().find(|(key, _)| *key == picked);
        value.map(|(_, value)| value).ok_or(Interrupt::Back)
    }

    /// The same where a refresh picks what looks again.
    pub(super) async fn pick_or_look<T>(&mut self, menu: Menu<T>, look: T) -> Result<T, Interrupt> {
        match self.pick(menu).await {
            Err(Interrupt::Refresh) => {
                self.show(|snapshot| snapshot.prompt = None);
                Ok(look)
            }
            other => other,
        }
    }

    /// Shows a question. One that is on the screen already keeps its id, so
    /// that an answer which is on its way to it still counts.
    fn put(&mut self, question: Question) -> PromptId {
        let id = match &self.snapshot.prompt {
            Some(shown)
                if shown.topic == question.asks
                    && shown.kind == question.kind
                    && shown.refused == question.refused =>
            {
                shown.id
            }
            _ => PromptId(self.last_prompt.0 + 1),
        };
        self.last_prompt = id;
        let Question { asks: topic, help, kind, refused, can_go_back, can_refresh, .. } = question;
        let prompt = Prompt { id, topic, help, kind, refused, can_go_back, can_refresh };
        self.show(|snapshot| snapshot.prompt = Some(prompt));
        id
    }

    /// The answer, if it is one to the prompt on the screen.
    fn fits(&self, answer: Answer) -> Option<Answer> {
        let prompt = self.snapshot.prompt.as_ref()?;
        let fits = match (&prompt.kind, &answer) {
            (_, Answer::Back) => prompt.can_go_back,
            (PromptKind::Text { .. }, Answer::Text(_))
            | (PromptKind::Hidden, Answer::Hidden(_)) => true,
            (PromptKind::Choice { options, .. }, Answer::Choice(key)) => {
                options.iter().any(|option| option.key == *key)
            }
            (PromptKind::Decide { plan }, Answer::Decide { plan: about, .. }) => {
                plan.digest == *about
            }
            _ => false,
        };
        fits.then_some(answer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wizard::{Key, LeavePick, RunTopic, Task};

    /// Much can do without what it looked for, and takes being stopped for a look
    /// that failed: the run ends all the same.
    #[tokio::test]
    async fn run_ends_although_whoever_worked_did_not_pass_it_on() {
        let (published, _snapshots) = watch::channel(Arc::new(Snapshot::default()));
        let (commands, received) = mpsc::unbounded_channel();
        let mut desk = Desk::new(Snapshot::default(), published, received);
        commands.send(Command::Quit).unwrap();
        let at_most = Duration::from_mins(1);
        let looked = desk.quietly(Task::ReadingStore, at_most, std::future::pending::<()>()).await;
        assert_eq!(looked, Err(Interrupt::Quit));
        let menu = || Menu::new(RunTopic::NothingToDo).option(Key::F, LeavePick::Finish, ());
        for _ in 0..2 {
            let asked = tokio::time::timeout(at_most, desk.pick(menu())).await;
            assert_eq!(asked, Ok(Err(Interrupt::Quit)));
        }
    }

    #[tokio::test]
    async fn what_is_shown_with_a_question_comes_with_it() {
        let (published, mut snapshots) = watch::channel(Arc::new(Snapshot::default()));
        let (commands, received) = mpsc::unbounded_channel();
        let mut desk = Desk::new(Snapshot::default(), published, received);
        desk.show_with_question(|snapshot| snapshot.header.site = "photos".into());
        assert!(!snapshots.has_changed().unwrap(), "shown before its question");
        let menu = Menu::new(RunTopic::NothingToDo).option(Key::F, LeavePick::Finish, ());
        let asking = desk.pick(menu);
        let answering = async {
            let now = snapshots.wait_for(|now| now.header.site == "photos").await.unwrap().clone();
            let prompt = now.prompt.as_ref().expect("it comes without its question");
            commands.send(Command::Answer(prompt.id, Answer::Choice(Key::F))).unwrap();
        };
        let (answer, ()) = tokio::join!(asking, answering);
        assert_eq!(answer, Ok(()));
    }
}
