//! A walk, answered prompt by prompt.

use std::{sync::Arc, time::Duration};

use immich_sso::secret::Secret;
use immich_sso::wizard::{
    AccessTopic, Answer, Choice, Command, Ending, HostTopic, Key, LoginState, Note, Pick, Prompt,
    PromptKind, RunTopic, Snapshot, StepState, Topic, UndoTopic, Verdict, Walk,
};
use tokio::time::timeout;

use super::Site;

/// How long nothing may happen before a test gives up.
const PATIENCE: Duration = Duration::from_mins(1);

/// What a walk came to.
pub struct Walked {
    /// How the walk ended.
    pub ending: Ending,
    /// What was shown last.
    pub last: Snapshot,
    /// Everything that was shown, as text.
    pub shown: String,
}

impl Walked {
    /// Whether the test login worked. Releases before 2.3.1 list no sessions:
    /// there a login by an account that was linked before is likely at most.
    pub fn login_worked(&self) -> bool {
        match self.last.login.as_ref().and_then(|login| login.state) {
            Some(LoginState::Verified) => self.ending == Ending::LoginVerified,
            Some(LoginState::Likely) => self.ending == Ending::Finished,
            _ => false,
        }
    }
}

/// A walk that is under way.
pub struct Driver {
    walk: Walk,
    shown: String,
}

/// Confirms every plan, lets alice log in, trusts the host at first sight, sends what
/// is kept to new addresses, undoes what is older than a rotation, and takes every
/// default.
pub fn confirm(prompt: &Prompt, _: &Snapshot) -> Answer {
    match &prompt.kind {
        PromptKind::Choice { .. } if matches!(prompt.topic, Topic::Host(HostTopic::HostKey)) => {
            pick(prompt, 't')
        }
        PromptKind::Choice { .. }
            if matches!(prompt.topic, Topic::Access(AccessTopic::KeptElsewhere { .. })) =>
        {
            pick(prompt, 's')
        }
        PromptKind::Choice { .. }
            if matches!(prompt.topic, Topic::Undo(UndoTopic::RotatedSince { .. })) =>
        {
            pick(prompt, 'u')
        }
        PromptKind::Decide { plan } => {
            Answer::Decide { plan: plan.digest.clone(), verdict: Verdict::Perform }
        }
        PromptKind::Choice { options, default } => Answer::Choice(options[*default].key),
        PromptKind::Text { value, .. } => Answer::Text(value.clone()),
        PromptKind::Hidden => panic!("asked for something hidden: {:?}", prompt.topic),
    }
}

/// Refuses every plan, and goes on without a login.
pub fn refuse(prompt: &Prompt, snapshot: &Snapshot) -> Answer {
    match &prompt.kind {
        PromptKind::Decide { plan } => {
            Answer::Decide { plan: plan.digest.clone(), verdict: Verdict::Skip }
        }
        PromptKind::Choice { options, .. } => {
            let skips = |option: &&Choice| matches!(option.key, Key::S | Key::F);
            Answer::Choice(options.iter().find(skips).unwrap_or(&options[0]).key)
        }
        _ => confirm(prompt, snapshot),
    }
}

/// Confirms everything, and leaves where something failed.
pub fn leaves(prompt: &Prompt, now: &Snapshot) -> Answer {
    if prompt.refused.is_some() {
        let PromptKind::Choice { options, .. } = &prompt.kind else { panic!("{prompt:?}") };
        let leave = options.iter().find(|option| matches!(option.pick, Pick::Leave(_)));
        return Answer::Choice(leave.unwrap_or_else(|| panic!("{prompt:?}")).key);
    }
    confirm(prompt, now)
}

/// What the step that failed told.
pub fn refusal(walked: &Walked) -> String {
    let step = walked.last.steps.iter().find(|step| step.state == StepState::Failed).unwrap();
    step.blockers[0].to_string()
}

/// What notes say.
pub fn in_words(notes: &[Note]) -> Vec<String> {
    notes.iter().map(immich_sso::text::note).collect()
}

/// Whether any of the notes says that.
pub fn says(notes: &[Note], part: &str) -> bool {
    in_words(notes).iter().any(|text| text.contains(part))
}

/// Whether that is asked for the password of that person.
pub fn password_of(topic: &Topic, person: &str) -> bool {
    matches!(topic, Topic::Access(AccessTopic::PasswordOf { name }) if name == person)
}

/// Says yes, and pastes a token and a key where they are asked for.
pub fn pastes(site: &Site) -> impl Fn(&Prompt, &Snapshot) -> Answer + use<> {
    let (token, key) =
        (Secret::new(site.lab.authentik.admin_token()), Secret::new(site.lab.immich.admin_key()));
    move |prompt, now| match &prompt.kind {
        PromptKind::Choice { .. }
            if matches!(prompt.topic, Topic::Access(AccessTopic::HowToWork(_))) =>
        {
            pick(prompt, 'p')
        }
        PromptKind::Hidden if matches!(prompt.topic, Topic::Access(AccessTopic::PasteToken)) => {
            Answer::Hidden(token.clone())
        }
        PromptKind::Hidden if matches!(prompt.topic, Topic::Access(AccessTopic::PasteKey)) => {
            Answer::Hidden(key.clone())
        }
        _ => confirm(prompt, now),
    }
}

/// The option of that letter.
pub fn pick(prompt: &Prompt, key: char) -> Answer {
    let PromptKind::Choice { options, .. } = &prompt.kind else {
        panic!("no choice: {:?}", prompt.topic)
    };
    let option = options.iter().find(|option| option.key.char() == key);
    let option = option.unwrap_or_else(|| panic!("{key} is no option of {:?}", prompt.topic));
    Answer::Choice(option.key)
}

impl Driver {
    /// An operator for a run that was started.
    pub fn of(walk: Walk) -> Self {
        Self { walk, shown: String::new() }
    }

    /// Waits until `ready` holds for what is shown.
    pub async fn until(&mut self, ready: impl Fn(&Snapshot) -> bool) -> Arc<Snapshot> {
        loop {
            let now = self.walk.snapshots.borrow_and_update().clone();
            self.shown.push_str(&format!("{now:?}\n"));
            if ready(&now) {
                return now;
            }
            assert!(now.ending.is_none(), "it ended: {:?}", now.ending);
            let changed = timeout(PATIENCE, self.walk.snapshots.changed()).await;
            changed.expect("nothing happens").expect("the engine is gone");
        }
    }

    /// What is shown now.
    pub fn now(&self) -> Arc<Snapshot> {
        self.walk.snapshots.borrow().clone()
    }

    /// Waits for a question about that.
    pub async fn asked(&mut self, topic: impl Into<Topic>) -> Prompt {
        let topic = topic.into();
        self.asked_like(|asked| *asked == topic).await
    }

    /// Waits for a question whose topic will do.
    pub async fn asked_like(&mut self, will_do: impl Fn(&Topic) -> bool) -> Prompt {
        let is_asked = |now: &Snapshot| now.prompt.as_ref().is_some_and(|p| will_do(&p.topic));
        self.until(is_asked).await.prompt.clone().unwrap()
    }

    /// Waits for any question.
    pub async fn asked_anything(&mut self) -> Prompt {
        self.asked_like(|_| true).await
    }

    /// Waits for a prompt; `None`: the walk is over.
    pub async fn asked_or_ended(&mut self) -> Option<Prompt> {
        let now = self.until_or_ended(|now| now.prompt.is_some()).await;
        now.prompt.clone().filter(|_| now.ending.is_none())
    }

    /// Waits until a prompt is no longer there.
    pub async fn past(&mut self, prompt: &Prompt) {
        let id = prompt.id;
        self.until_or_ended(|now| now.prompt.as_ref().is_none_or(|prompt| prompt.id != id)).await;
    }

    async fn until_or_ended(&mut self, ready: impl Fn(&Snapshot) -> bool) -> Arc<Snapshot> {
        self.until(|now| now.ending.is_some() || ready(now)).await
    }

    /// Ends the engine where it stands.
    pub async fn abort(self) {
        self.walk.task.abort();
        let _ = self.walk.task.await;
    }

    /// Leaves, whatever it is about.
    pub async fn leave(self) {
        let _ = self.walk.commands.send(Command::Quit);
        let _ = self.walk.task.await;
    }

    /// Everything that was shown so far.
    pub fn shown(&self) -> &str {
        &self.shown
    }

    /// Leaves, and looks at what is shown last.
    pub async fn leave_and_look(self) -> (Ending, Arc<Snapshot>) {
        let _ = self.walk.commands.send(Command::Quit);
        let ending = self.walk.task.await.unwrap();
        let last = self.walk.snapshots.borrow().clone();
        (ending, last)
    }

    /// Goes past what a re-run opens with, to what is needed.
    pub async fn past_the_opening(&mut self) {
        let opening = self
            .asked_like(|topic| matches!(topic, Topic::Run(RunTopic::StepsNeeded { .. })))
            .await;
        self.answer(&opening, pick(&opening, 'g'));
    }

    /// Answers a prompt.
    pub fn answer(&self, prompt: &Prompt, answer: Answer) {
        self.send(Command::Answer(prompt.id, answer));
    }

    /// Sends a command.
    pub fn send(&self, command: Command) {
        self.walk.commands.send(command).expect("the engine is gone");
    }

    /// Answers every prompt until the walk ends.
    pub async fn walk(mut self, mut answer: impl FnMut(&Prompt, &Snapshot) -> Answer) -> Walked {
        let mut last = None;
        for _ in 0..200 {
            let seen = last;
            let now = self
                .until(|now| {
                    now.ending.is_some()
                        || now.prompt.as_ref().is_some_and(|prompt| Some(prompt.id) != seen)
                })
                .await;
            if let Some(ending) = &now.ending {
                let (ending, last) = (ending.clone(), (*now).clone());
                // The lock goes with the engine's task.
                self.walk.task.await.unwrap();
                return Walked { ending, last, shown: self.shown };
            }
            let prompt = now.prompt.clone().unwrap();
            last = Some(prompt.id);
            self.answer(&prompt, answer(&prompt, &now));
        }
        let now = self.walk.snapshots.borrow().clone();
        let blockers = now.card().map(|card| card.blockers.clone());
        panic!("the walk goes in circles: {:#?} {blockers:?} {:?}", now.prompt, now.login)
    }

    /// Waits for the end of the walk.
    pub async fn ended(self) -> Ending {
        self.walk.task.await.unwrap()
    }

    /// Ends the walk.
    pub async fn quit(self) -> Ending {
        self.send(Command::Quit);
        self.walk.task.await.unwrap()
    }
}
