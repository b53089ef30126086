//! Everything that the views draw from: the engine's snapshot, and what only
//! the face knows.

use std::{sync::Arc, time::Duration};

use jiff::{Timestamp, tz::TimeZone};
use tui_input::Input;

use super::{
    action::{Action, Overlay},
    drawn::{Drawn, Scrolled},
    hidden_line::HiddenLine,
    refusal::Refusal,
    theme::Theme,
};
use crate::{
    site::{ProfileKey, Reading, System},
    wizard::{
        FieldRow, JournalRow, LiveRow, LiveSubject, PlanView, Prompt, PromptId, PromptKind,
        Snapshot, StepView, UndoView,
    },
};

/// How long a value that changed stands out.
pub const FRESH: Duration = Duration::from_secs(3);
/// How long a notice of the face stays.
pub const NOTICE: Duration = Duration::from_secs(4);
/// How long a plan must have been on the screen before it can be agreed to: a
/// key that is still held down from the plan before, or was typed ahead, is no
/// decision.
pub const READ_FIRST: Duration = Duration::from_millis(400);

/// Two presses of a key within this time are one that is held down.
pub const HELD: Duration = Duration::from_millis(700);

/// A field under the cursor.
#[derive(Clone, Debug)]
pub struct Field {
    /// Its row in the table of the card.
    pub row: usize,
    /// What is being typed, once that was begun.
    pub line: Option<Input>,
    /// What is wrong with it, once it was to be taken.
    pub refused: Option<Refusal>,
}

/// The key that shows the secret: pressed once it is shown for a while, held
/// down for as long as it is held.
#[derive(Clone, Copy, Debug, Default)]
pub struct Peek {
    /// When it was pressed last.
    pub pressed: Option<Timestamp>,
    /// Whether it is held down.
    pub held: bool,
}

/// The state of the face.
pub struct State {
    /// What the engine published last.
    pub snapshot: Arc<Snapshot>,
    /// What time it is, as far as the screen is concerned.
    pub now: Timestamp,
    /// In which zone times of day are shown.
    pub zone: TimeZone,
    /// Colours and glyphs.
    pub theme: Theme,
    /// Whether there is a browser on this machine to open a link in.
    pub browser: bool,
    /// What lies over the card.
    pub overlay: Option<Overlay>,
    /// Whether the operator is asked if they want to quit.
    pub asks_to_quit: bool,
    /// The prompt that what follows belongs to.
    pub begun: Option<PromptId>,
    /// The line of a text prompt.
    pub line: Input,
    /// The line of a hidden prompt.
    pub hidden: HiddenLine,
    /// The option under the cursor.
    pub chosen: usize,
    /// What is wrong with the line, once it was to be sent.
    pub refused: Option<Refusal>,
    /// The field under the cursor, while the cursor is on the fields.
    pub field: Option<Field>,
    /// The key that shows the secret.
    pub peek: Peek,
    /// Whether the secret was asked for to be copied, and not to be shown.
    pub copies: bool,
    /// The plan that is asked about, and since when.
    pub asked_plan: Option<(String, Timestamp)>,
    /// The prompt that was answered last.
    pub answered: Option<PromptId>,
    /// How far what is longer than its place is scrolled.
    pub scrolled: Scrolled,
    /// Values of the live pane that changed a moment ago, and until when they
    /// stand out.
    pub fresh: Vec<(System, LiveSubject, Timestamp)>,
    /// Something to say for a moment, and until when.
    pub notice: Option<(String, Timestamp)>,
    /// Whether work was asked to stop by Ctrl-C.
    pub stopping: bool,
    /// When work was over that Ctrl-C could have stopped.
    pub stopped: Option<Timestamp>,
    /// Whether the engine was asked to end the run.
    pub leaving: bool,
    /// What the last drawing put where.
    pub drawn: Drawn,
}

impl State {
    /// The state before anything happened.
    #[must_use]
    pub fn new(snapshot: Arc<Snapshot>, theme: Theme, now: Timestamp, zone: TimeZone) -> Self {
        let mut state = Self {
            snapshot,
            now,
            zone,
            theme,
            browser: false,
            overlay: None,
            asks_to_quit: false,
            begun: None,
            line: Input::default(),
            hidden: HiddenLine::default(),
            chosen: 0,
            refused: None,
            field: None,
            peek: Peek::default(),
            copies: false,
            asked_plan: None,
            answered: None,
            scrolled: Scrolled::default(),
            fresh: Vec::new(),
            notice: None,
            stopping: false,
            stopped: None,
            leaving: false,
            drawn: Drawn::default(),
        };
        state.begin_prompt();
        state
    }

    /// Says what time it is. Where the clock was set back, what counts from a
    /// time counts from now on: else a plan could not be agreed to, and a notice
    /// would stay, until the clock is where it was.
    pub(super) fn set_time(&mut self, now: Timestamp) {
        if now < self.now {
            let until = |lasts: Duration| now.checked_add(lasts).unwrap_or(Timestamp::MAX);
            if let Some((_, since)) = &mut self.asked_plan {
                *since = now.min(*since);
            }
            if let Some((_, ends)) = &mut self.notice {
                *ends = until(NOTICE).min(*ends);
            }
            for (_, _, ends) in &mut self.fresh {
                *ends = until(FRESH).min(*ends);
            }
            for pressed in [&mut self.peek.pressed, &mut self.stopped].into_iter().flatten() {
                *pressed = now.min(*pressed);
            }
        }
        self.now = now;
    }

    /// The question that waits for an answer.
    #[must_use]
    pub fn prompt(&self) -> Option<&Prompt> {
        self.snapshot
            .prompt
            .as_ref()
            .filter(|prompt| self.answered != Some(prompt.id) && !self.leaving)
    }

    /// The plan that is asked about; else the one that is proposed on the card.
    #[must_use]
    pub fn plan(&self) -> Option<&PlanView> {
        self.snapshot.plan()
    }

    /// The step on the card.
    #[must_use]
    pub fn card(&self) -> Option<&StepView> {
        self.snapshot.card()
    }

    /// The login link, while it is on the card.
    #[must_use]
    pub fn link(&self) -> Option<&str> {
        let login = self.snapshot.login.as_ref()?;
        let here = self.snapshot.here.watches_login();
        (here && self.snapshot.summary.is_none() && login.who.is_none() && !login.link.is_empty())
            .then_some(login.link.as_str())
    }

    /// The secret, while it is to be seen.
    #[must_use]
    pub fn revealed(&self) -> Option<&crate::wizard::Revealed> {
        let shown = self.snapshot.summary.as_ref()?.revealed.as_ref()?;
        (!self.copies && shown.until > self.now).then_some(shown)
    }

    /// The rows of the card whose value can be changed.
    pub fn editable(&self) -> impl DoubleEndedIterator<Item = (usize, &FieldRow)> {
        let rows = self.card().map(|step| step.fields.as_slice()).unwrap_or_default();
        rows.iter().enumerate().filter(|(_, row)| row.edit.is_some())
    }

    /// The field that is being changed: which value it is, and what was typed.
    #[must_use]
    pub fn typed_field(&self) -> Option<(ProfileKey, &Input)> {
        let field = self.field.as_ref()?;
        let edit = self.card()?.fields.get(field.row)?.edit.as_ref()?;
        Some((edit.key, field.line.as_ref()?))
    }

    /// Whether a live row changed a moment ago.
    #[must_use]
    pub fn is_fresh(&self, row: &LiveRow) -> bool {
        self.fresh.iter().any(|(system, what, until)| {
            *system == row.system && *what == row.what && *until > self.now
        })
    }

    /// Whether an action would do something now, so that it is worth a hint.
    #[must_use]
    pub fn can(&self, action: Action) -> bool {
        match action {
            Action::Back => self.prompt().is_some_and(|prompt| prompt.can_go_back),
            Action::Perform => self.plan_was_read(),
            Action::Refresh => self.prompt().is_some_and(|prompt| prompt.can_refresh),
            Action::Reveal => self.snapshot.summary.is_some(),
            Action::Copy => self.link().is_some() || self.snapshot.summary.is_some(),
            Action::Fields => self.snapshot.summary.is_none() && self.editable().next().is_some(),
            Action::Open => self.browser && self.link().is_some(),
            Action::Undo => {
                let possible = |row: &JournalRow| matches!(row.undo, UndoView::Possible(_));
                self.overlay == Some(Overlay::Journal)
                    && self.prompt().is_some()
                    && self.snapshot.journal.iter().any(possible)
            }
            Action::LivePage(_) => self.drawn.live.end > 0,
            Action::Toggle(Overlay::Map) => !self.snapshot.header.systems.is_empty(),
            Action::Toggle(Overlay::Code) => self.link().is_some(),
            Action::Toggle(Overlay::Exact) => {
                self.plan().is_some() || self.card().is_some_and(|step| !step.fields.is_empty())
            }
            Action::Toggle(Overlay::Journal) => !self.snapshot.journal.is_empty(),
            _ => true,
        }
    }

    /// How long until the screen would look different without any event.
    #[must_use]
    pub fn changes_in(&self) -> Option<Duration> {
        let second = Duration::from_secs(1);
        if self.asked_plan.is_some() && !self.plan_was_read() {
            return Some(READ_FIRST);
        }
        if self.peek.held {
            return Some(HELD);
        }
        let ticking = self.snapshot.work.is_some()
            || self.revealed().is_some()
            || self.notice.is_some()
            || !self.fresh.is_empty();
        if ticking {
            return Some(second);
        }
        // Ages are shown in whole minutes.
        let shown = self.card()?.live.iter().flat_map(|row| read_at(&row.value));
        shown
            .map(|at| {
                let age = self.now.duration_since(at).as_secs().max(0);
                Duration::from_secs(60 - u64::try_from(age % 60).unwrap_or(0))
            })
            .min()
    }

    /// Whether the plan that is asked about has been there long enough to be
    /// read.
    #[must_use]
    pub fn plan_was_read(&self) -> bool {
        let long = |since: Timestamp| Duration::try_from(self.now.duration_since(since));
        self.asked_plan
            .as_ref()
            .is_some_and(|(_, since)| long(*since).is_ok_and(|there| there >= READ_FIRST))
    }

    /// Starts the line or the choice of a prompt that is new.
    pub(super) fn begin_prompt(&mut self) {
        let plan = self.snapshot.prompt.as_ref().and_then(Prompt::plan).map(|plan| &plan.digest);
        if self.asked_plan.as_ref().map(|(asked, _)| asked) != plan {
            self.asked_plan = plan.map(|plan| (plan.clone(), self.now));
        }
        let id = self.snapshot.prompt.as_ref().map(|prompt| prompt.id);
        if id == self.begun {
            return;
        }
        self.begun = id;
        self.refused = None;
        self.hidden.clear();
        self.line = Input::default();
        self.chosen = 0;
        match self.snapshot.prompt.as_ref().map(|prompt| &prompt.kind) {
            Some(PromptKind::Text { value, .. }) => self.line = Input::new(value.clone()),
            Some(PromptKind::Choice { options, default }) => {
                self.chosen = (*default).min(options.len().saturating_sub(1));
            }
            _ => {}
        }
    }
}

/// When a value was seen, and when it could not be read.
fn read_at<T>(reading: &Reading<T>) -> impl Iterator<Item = Timestamp> {
    let (seen, failed) = match reading {
        Reading::Known { at, .. } => (Some(*at), None),
        Reading::Failed { at, .. } => (reading.last_at(), Some(*at)),
        Reading::Reading { .. } | Reading::Unknown => (None, None),
    };
    seen.into_iter().chain(failed)
}
