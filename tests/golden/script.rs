//! Writes down a run as the script of a play: what is new on the screen before
//! each question, the question with all that belongs to it, the answer.

use immich_sso::text::{self, Label};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use immich_sso::wizard::{
    Answer, Between, Choice, Command, Ending, PlanView, Prompt, PromptKind, Snapshot, StepId,
    Verdict, Walk,
};
use tokio::time::timeout;

use crate::{normal::mask, texts::texts, view, works::Works};

/// How long nothing may happen before a run is given up.
const PATIENCE: Duration = Duration::from_mins(1);

/// More questions than any run has.
const MOST: usize = 60;

/// A run, written down.
pub struct Script {
    text: String,
    /// What was written of each piece last, and the same without what differs
    /// from run to run.
    told: BTreeMap<(String, String), (String, String)>,
    /// Every text that was shown.
    seen: BTreeSet<String>,
    /// The same without what differs from run to run.
    known: BTreeSet<String>,
    /// Texts that were shown since the last question, in their order.
    passing: Vec<String>,
    works: Works,
    questions: usize,
}

impl Script {
    /// An empty one; `about` says what is played.
    pub fn new(title: &str, about: &str) -> Self {
        let text = format!("{title}\n{}\n\n{about}\n", "=".repeat(title.len()));
        Self {
            text,
            told: BTreeMap::new(),
            seen: BTreeSet::new(),
            known: BTreeSet::new(),
            passing: Vec::new(),
            works: Works::heard(),
            questions: 0,
        }
    }

    /// Another run begins: its screen is empty.
    pub fn scene(&mut self, about: &str) {
        self.text += &format!("\n\n{about}\n{}\n", "=".repeat(about.len()));
        self.told.clear();
        self.questions = 0;
    }

    /// Plays a run to its end.
    pub async fn play(
        &mut self,
        mut walk: Walk,
        mut answer: impl FnMut(&Prompt, &Snapshot) -> Answer,
    ) -> Ending {
        // Not what was worked on before.
        self.works.take();
        let mut asked = None;
        loop {
            let now = walk.snapshots.borrow_and_update().clone();
            self.sees(&now);
            if let Some(ending) = &now.ending {
                self.text.push('\n');
                self.tells(&now);
                walk.task.await.unwrap();
                return ending.clone();
            }
            if let Some(prompt) = now.prompt.as_ref().filter(|prompt| asked != Some(prompt.id)) {
                asked = Some(prompt.id);
                let said = answer(prompt, &now);
                self.asks(&now, prompt, &said);
                walk.commands.send(Command::Answer(prompt.id, said)).unwrap();
            }
            let changed = timeout(PATIENCE, walk.snapshots.changed()).await;
            changed.expect("nothing happens").expect("the engine is gone");
        }
    }

    /// Plays a run up to a moment, and ends the engine where it stands then.
    pub async fn cut(
        &mut self,
        mut walk: Walk,
        mut answer: impl FnMut(&Prompt, &Snapshot) -> Answer,
        mut here: impl FnMut() -> bool,
    ) {
        self.works.take();
        let mut asked = None;
        let reached = async {
            loop {
                let now = walk.snapshots.borrow_and_update().clone();
                self.sees(&now);
                assert!(now.ending.is_none(), "it ended before: {:?}", now.ending);
                if let Some(prompt) = now.prompt.as_ref().filter(|prompt| asked != Some(prompt.id))
                {
                    asked = Some(prompt.id);
                    let said = answer(prompt, &now);
                    self.asks(&now, prompt, &said);
                    walk.commands.send(Command::Answer(prompt.id, said)).unwrap();
                }
                // What is waited for is elsewhere: looked for again and again.
                let _ = timeout(Duration::from_millis(5), walk.snapshots.changed()).await;
                if here() {
                    return;
                }
            }
        };
        timeout(PATIENCE, reached).await.expect("the moment did not come");
        walk.task.abort();
        let _ = walk.task.await;
        self.passing.clear();
        self.works.take();
        self.text += "\n(The run is cut off here.)\n";
    }

    /// Takes note of every text of a snapshot.
    fn sees(&mut self, now: &Arc<Snapshot>) {
        // Work may be too short to be in a snapshot that is looked at.
        for text in texts(&steady(now)) {
            if !text.is_empty() && self.seen.insert(text.clone()) && self.known.insert(mask(&text))
            {
                self.passing.push(text);
            }
        }
    }

    /// Writes what is new on the screen.
    fn tells(&mut self, now: &Arc<Snapshot>) {
        let now = steady(now);
        let shown: BTreeSet<String> = texts(&now).into_iter().collect();
        for what in self.works.take() {
            if self.known.insert(mask(&what)) {
                self.text += &format!("  ... {}\n", hanging(&what, 6));
            }
        }
        let passed: Vec<_> = self.passing.drain(..).filter(|text| !shown.contains(text)).collect();
        for text in passed {
            self.text += &format!("  ... {}\n", hanging(&text, 6));
        }
        let mut part = String::new();
        for piece in view::pieces(&now) {
            let key = (piece.part.clone(), piece.about);
            let before = self.told.get(&key);
            if before.is_some_and(|(said, _)| *said == piece.says) {
                continue;
            }
            let says = mask(&piece.says);
            let is_same = before.is_some_and(|(_, said)| *said == says);
            self.told.insert(key, (piece.says.clone(), says));
            if is_same {
                continue;
            }
            if part != piece.part {
                let gap = if self.text.ends_with("\n\n") { "" } else { "\n" };
                self.text += &format!("{gap}  {}\n", piece.part);
                part = piece.part;
            }
            self.text += &format!("    {}\n", hanging(&piece.says, 6));
        }
    }

    /// Writes what is new, the question, and the answer.
    fn asks(&mut self, now: &Arc<Snapshot>, prompt: &Prompt, answer: &Answer) {
        self.questions += 1;
        assert!(self.questions < MOST, "the run goes in circles:\n{}", self.text);
        let title = now.step(now.here).map_or("", |step| step.id.title());
        let head = format!("-- {}, {title} ", self.questions);
        self.text += &format!("\n{head}{}\n\n", "-".repeat(78_usize.saturating_sub(head.len())));
        self.tells(now);
        let gap = if self.text.ends_with("\n\n") { "" } else { "\n" };
        self.text += &format!("{gap}  ? {}\n", text::question(&prompt.topic));
        for paragraph in &prompt.help {
            self.text += &format!("    {}\n", hanging(&text::note(paragraph), 4));
        }
        if let Some(fault) = &prompt.refused {
            self.text += &format!("    refused: {}\n", hanging(&fault.to_string(), 6));
        }
        self.text += &match &prompt.kind {
            PromptKind::Text { value, example, check } => {
                format!("    line: [{value}], example [{example}], {check:?}\n")
            }
            PromptKind::Hidden => "    line that is not shown\n".into(),
            PromptKind::Choice { options, default } => {
                let option = |(index, option): (usize, &Choice)| {
                    let mark = if index == *default { '*' } else { ' ' };
                    let Label { text, detail } = text::option(&option.pick);
                    let detail = if detail.is_empty() { detail } else { format!(": {detail}") };
                    format!("   {mark}[{}] {text}{detail}\n", option.key)
                };
                options.iter().enumerate().map(option).collect()
            }
            PromptKind::Decide { plan } => Self::decides(now, plan),
        };
        for (holds, says) in
            [(prompt.can_go_back, "can go back"), (prompt.can_refresh, "can look again")]
        {
            if holds {
                self.text += &format!("    ({says})\n");
            }
        }
        self.text += &format!("  > {}\n", spelled(prompt, answer));
    }

    /// The plan, unless the card has it.
    fn decides(now: &Snapshot, plan: &PlanView) -> String {
        let on_card = now.card().and_then(|card| card.plan.as_ref()) == Some(plan);
        if on_card {
            return "    yes or no to the plan above\n".into();
        }
        format!("    yes or no to this {}\n", hanging(&view::plan(plan), 4))
    }

    /// The whole script.
    pub fn text(self) -> String {
        self.text
    }
}

/// The same with what is measured replaced: how it is told depends on it.
fn steady(now: &Arc<Snapshot>) -> Snapshot {
    let mut now = Snapshot::clone(now);
    if let Some(switch) = now.rotation.as_mut().and_then(|view| view.switch.as_mut()) {
        let ms = Duration::from_millis;
        switch.probes = 9;
        for (side, from) in [(&mut switch.authentik, 10), (&mut switch.immich, 40)] {
            if side.is_some() {
                *side = Some(Between { from: ms(from), to: ms(from + 10) });
            }
        }
    }
    debug_assert!(now.steps.iter().any(|step| step.id == now.here) || now.here == StepId::Access);
    now
}

fn spelled(prompt: &Prompt, answer: &Answer) -> String {
    match (answer, &prompt.kind) {
        (Answer::Text(text), _) => format!("types [{text}]"),
        (Answer::Hidden(_), _) => "types a secret".into(),
        (Answer::Choice(key), PromptKind::Choice { options, .. }) => {
            let option = options.iter().find(|option| option.key == *key).unwrap();
            text::option(&option.pick).text
        }
        (Answer::Choice(key), _) => format!("option {key}"),
        (Answer::Decide { verdict: Verdict::Perform, .. }, _) => "yes".into(),
        (Answer::Decide { verdict: Verdict::Skip, .. }, _) => "no".into(),
        (Answer::Back, _) => "back".into(),
    }
}

/// All lines but the first, indented.
fn hanging(text: &str, indent: usize) -> String {
    text.lines().collect::<Vec<_>>().join(&format!("\n{}", " ".repeat(indent)))
}
