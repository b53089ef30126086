//! What a face may show: the state of a run at one instant, as plain data.

use std::{fmt, time::Duration};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    RotationView, SecretAge,
    map::{MapView, Point, Road},
    spelled_age,
};
use crate::{
    secret::Secret,
    site::{Address, Fault, ProfileKey, Reading, SshTarget, System},
};

/// Everything that a face may draw. The engine publishes a new one whenever
/// something changed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Snapshot {
    /// The name of the profile.
    pub site: String,
    /// Whether this is the built-in lab and nothing of the operator's.
    pub lab: bool,
    /// Where the secrets are kept: "the keyring of this machine".
    pub store: String,
    /// authentik, Immich and, when it is needed, the host.
    pub systems: Vec<SystemView>,
    /// How Immich's settings are written, once that is known.
    pub route: Option<RouteView>,
    /// The rail: the steps of this run in their order, access first.
    pub steps: Vec<StepView>,
    /// The step on the card.
    pub here: StepId,
    /// What the operator is asked now.
    pub prompt: Option<Prompt>,
    /// What is going on now.
    pub work: Option<Work>,
    /// What was done, oldest first.
    pub journal: Vec<JournalRow>,
    /// What was checked between browser, Immich, authentik and the host.
    pub map: MapView,
    /// The login that is being waited for, or was seen.
    pub login: Option<LoginView>,
    /// The client secret that is kept, and how old it is.
    pub secret: Option<SecretView>,
    /// Which side holds which secret, in a rotation.
    pub rotation: Option<RotationView>,
    /// The end of the walk: what was set up, and what comes next.
    pub summary: Option<Summary>,
    /// Set when the run is over; nothing comes after it.
    pub ending: Option<Ending>,
}

impl Snapshot {
    /// The step on the card.
    #[must_use]
    pub fn card(&self) -> Option<&StepView> {
        self.step(self.here)
    }

    /// One step of the rail.
    #[must_use]
    pub fn step(&self, id: StepId) -> Option<&StepView> {
        self.steps.iter().find(|step| step.id == id)
    }

    /// The place of a step on the rail, from nought.
    #[must_use]
    pub fn place(&self, id: StepId) -> Option<usize> {
        self.steps.iter().position(|step| step.id == id)
    }

    /// The step after that one.
    #[must_use]
    pub fn after(&self, id: StepId) -> Option<StepId> {
        self.steps.get(self.place(id)? + 1).map(|step| step.id)
    }

    /// The step before that one; before the first there is none.
    #[must_use]
    pub fn before(&self, id: StepId) -> Option<StepId> {
        self.steps.get(self.place(id)?.checked_sub(1)?).map(|step| step.id)
    }
}

/// The steps of all runs. Which of them a run has, and in which order, says
/// its rail: [`Snapshot::steps`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StepId {
    /// Addresses of both servers, and the right to work on them.
    #[default]
    Access,
    /// The OAuth2 provider in authentik.
    Provider,
    /// The application in authentik.
    Application,
    /// Immich's OAuth settings.
    Settings,
    /// The restart of Immich.
    Restart,
    /// The test login.
    Login,
    /// Rotation: a new secret is made and kept.
    Create,
    /// Rotation: both sides get it at the same moment.
    Set,
    /// Rotation: it works and the old one does not.
    Test,
    /// Rotation: it becomes the current one.
    Finish,
}

impl StepId {
    /// The rail of the set-up.
    pub const SET_UP: [Self; 6] = [
        Self::Access,
        Self::Provider,
        Self::Application,
        Self::Settings,
        Self::Restart,
        Self::Login,
    ];

    /// The rail of a rotation.
    pub const ROTATION: [Self; 5] =
        [Self::Access, Self::Create, Self::Set, Self::Test, Self::Finish];

    /// The rail where the wizard's own token or key is renewed.
    pub const RENEWAL: [Self; 3] = [Self::Access, Self::Create, Self::Finish];

    /// Whether a login may be waited for on its card.
    #[must_use]
    pub const fn watches_login(self) -> bool {
        matches!(self, Self::Login | Self::Test)
    }

    /// The name on the rail.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Access => "Access",
            Self::Provider => "Provider",
            Self::Application => "Application",
            Self::Settings => "Immich settings",
            Self::Restart => "Restart",
            Self::Login => "Test login",
            Self::Create => "Create",
            Self::Set => "Set",
            Self::Test => "Test",
            Self::Finish => "Finish",
        }
    }
}

/// A system's lamp in the header.
#[derive(Clone, Debug, PartialEq)]
pub struct SystemView {
    /// Which.
    pub system: System,
    /// Its address as the operator gave it; empty before that.
    pub address: String,
    /// How it is.
    pub lamp: Lamp,
    /// Its version, once seen.
    pub version: Option<String>,
    /// How long its last answer took.
    pub latency: Option<Duration>,
    /// What is wrong with it.
    pub fault: Option<Fault>,
}

/// The colour of a lamp.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Lamp {
    /// Nobody has looked.
    #[default]
    Off,
    /// Somebody is looking.
    Looking,
    /// All is well.
    Good,
    /// It answers, but something is not right.
    Warning,
    /// It cannot be worked with.
    Bad,
}

/// The route in use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouteView {
    /// `API`, `database` or `config file`.
    pub name: String,
    /// Why this one.
    pub why: String,
}

/// One step: its place on the rail and its card.
#[derive(Clone, Debug, PartialEq)]
pub struct StepView {
    /// Which.
    pub id: StepId,
    /// How far it is.
    pub state: StepState,
    /// How long it took, once done.
    pub took: Option<Duration>,
    /// What it does and why, in two or three plain sentences.
    pub about: String,
    /// The fields: wanted beside live.
    pub fields: Vec<FieldRow>,
    /// What both servers say about the objects of this step.
    pub live: Vec<LiveRow>,
    /// The change that is proposed, if any.
    pub plan: Option<PlanView>,
    /// Traps that this step avoids, and other things to know.
    pub notes: Vec<String>,
    /// What keeps it from going on.
    pub blockers: Vec<Fault>,
    /// What was verified after it.
    pub proofs: Vec<Proof>,
}

/// How far a step is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StepState {
    /// Not looked at yet.
    #[default]
    ToDo,
    /// Something is to be changed.
    Differs,
    /// Live is as wanted, and was verified.
    Done,
    /// The operator left it as it is.
    Skipped,
    /// There is nothing to do here on this server.
    NotNeeded,
    /// It was tried and did not work.
    Failed,
}

/// One field of a step. Secrets appear as fingerprints.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldRow {
    /// The field's name.
    pub name: String,
    /// What the profile asks for.
    pub wanted: String,
    /// What is there. `None` inside: the thing itself is not there.
    pub live: Reading<Option<String>>,
    /// How the two compare.
    pub state: FieldState,
    /// How the wanted value is changed, where it is the operator's to choose.
    pub edit: Option<Edit>,
}

/// A wanted value that [`super::Command::Edit`] changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// Which value of the profile. Faces call [`ProfileKey::check`] as it is
    /// typed; the engine calls it again.
    pub key: ProfileKey,
    /// The value as it is typed.
    pub value: String,
}

/// How wanted and live of a field compare.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FieldState {
    /// Live is not known.
    #[default]
    Unknown,
    /// The same.
    Same,
    /// There is nothing yet.
    New,
    /// Something else is there.
    Differs,
}

/// One line of the live pane.
#[derive(Clone, Debug, PartialEq)]
pub struct LiveRow {
    /// Who says so.
    pub system: System,
    /// What it is about: "provider immich-oauth-provider".
    pub what: String,
    /// What it says.
    pub value: Reading<String>,
}

/// A change that is proposed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanView {
    /// Names exactly this plan: to be sent back with the decision.
    pub digest: String,
    /// The effects, in the order in which they happen.
    pub effects: Vec<EffectView>,
}

/// One effect of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EffectView {
    /// Where it acts.
    pub system: System,
    /// What it does, as an imperative: "Create the provider …".
    pub summary: String,
    /// The exact request, SQL or command that will be sent, secrets as dots,
    /// in lines.
    pub exact: String,
    /// How it is taken back, or that it cannot be.
    pub undo: String,
}

/// Something that was verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// What: "the token endpoint accepts the client secret".
    pub what: String,
    /// The evidence, or why it does not hold.
    pub outcome: Result<String, Fault>,
    /// The place on the map that it lights.
    pub on: Option<(Road, Point)>,
}

/// Names one prompt; a later one has another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PromptId(pub u64);

/// A question to the operator.
#[derive(Clone, Debug, PartialEq)]
pub struct Prompt {
    /// To be sent back with the answer.
    pub id: PromptId,
    /// The question, one clear sentence.
    pub question: String,
    /// What helps to answer it, a paragraph each.
    pub help: Vec<String>,
    /// How it is answered.
    pub kind: PromptKind,
    /// Why the last answer was not taken; a text prompt then starts with that
    /// answer instead of its default.
    pub refused: Option<Fault>,
    /// Whether [`super::Answer::Back`] leads anywhere.
    pub can_go_back: bool,
}

/// How a question is answered.
#[derive(Clone, Debug, PartialEq)]
pub enum PromptKind {
    /// A line of text.
    Text {
        /// What stands in the line at first.
        value: String,
        /// A grey example for an empty line.
        example: String,
        /// What the text must be, checked as it is typed.
        check: Check,
    },
    /// A line that is not shown.
    Hidden,
    /// One of several.
    Choice {
        /// The options, at least one.
        options: Vec<Choice>,
        /// The index of the one that Enter takes: never a dangerous one.
        default: usize,
    },
    /// Yes or no to [`StepView::plan`] of the step on the card.
    Decide {
        /// The plan's digest.
        plan: String,
    },
}

/// One option of a choice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// A letter that picks it.
    pub key: char,
    /// What it says.
    pub label: String,
    /// What it means, in a sentence; may be empty.
    pub detail: String,
}

/// What a text must be. Faces call [`Check::accept`] as it is typed; the engine
/// calls it again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Check {
    /// Anything but nothing.
    Filled,
    /// Anything, also nothing.
    Any,
    /// An address: scheme, host, perhaps a port.
    Address,
    /// The same, or nothing.
    OptionalAddress,
    /// `user@host` or `user@host:port`.
    SshTarget,
    /// Six or so digits of a second factor.
    Code,
}

/// What is going on, and how long it may last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Work {
    /// What: "waiting for Immich to answer again".
    pub what: String,
    /// Since when.
    pub since: Timestamp,
    /// How long at most.
    pub at_most: Option<Duration>,
    /// Whether [`super::Command::Cancel`] stops it.
    pub can_cancel: bool,
}

/// One line of the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JournalRow {
    /// Names the run: the same for all rows of one.
    pub run: String,
    /// When it was begun.
    pub at: Timestamp,
    /// Where.
    pub system: System,
    /// What was done.
    pub what: String,
    /// How it ended.
    pub outcome: String,
    /// Whether it can be taken back.
    pub undo: UndoView,
}

/// Whether something that was done can be taken back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UndoView {
    /// It can, and this is how.
    Possible(String),
    /// It was, at that time.
    TakenBack(Timestamp),
    /// It cannot or need not be, and this is why.
    None(String),
}

/// The login that is waited for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LoginView {
    /// The link to open.
    pub link: String,
    /// What was seen of it so far, in the order in which it happens.
    pub trail: Vec<Sighting>,
    /// Who it was, once it is done.
    pub who: Option<String>,
    /// When it was done.
    pub at: Option<Timestamp>,
}

/// A part of a login that was seen to happen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sighting {
    /// Which part.
    pub stage: LoginStage,
    /// What was seen, as a sentence without its full stop.
    pub what: String,
    /// When it happened, or was seen first where the server does not say.
    pub at: Timestamp,
}

/// The parts of a login, in the order in which they happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum LoginStage {
    /// authentik let somebody in.
    Authorized,
    /// authentik issued a code and sent the browser back with it.
    CodeIssued,
    /// Immich redeemed the code.
    Redeemed,
    /// Immich linked or made an account.
    Linked,
}

impl LoginStage {
    /// All of them, in order.
    pub const ALL: [Self; 4] = [Self::Authorized, Self::CodeIssued, Self::Redeemed, Self::Linked];

    /// Its name.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Authorized => "authorize",
            Self::CodeIssued => "code issued",
            Self::Redeemed => "code redeemed",
            Self::Linked => "user linked",
        }
    }
}

/// The client secret that is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretView {
    /// Its fingerprint.
    pub fingerprint: String,
    /// How old it is, if the journal knows.
    pub age: Option<SecretAge>,
    /// The fingerprint of the one that a rotation is bringing in.
    pub pending: Option<String>,
}

impl SecretView {
    /// How old it is, and whether a rotation is under way, in words.
    #[must_use]
    pub fn spelled(&self, now: Timestamp) -> String {
        let age = match &self.age {
            Some(age) if age.made_here => format!("{} old", spelled_age(age.at_least(now))),
            Some(age) => format!("at least {} old", spelled_age(age.at_least(now))),
            None => "of unknown age".into(),
        };
        let pending = match &self.pending {
            Some(pending) => format!(
                " A rotation to {pending} did not come to its end: `immich-sso rotate` goes on, or \
                 back."
            ),
            None => String::new(),
        };
        format!("The client secret {} is {age}.{pending}", self.fingerprint)
    }
}

/// The end of the walk.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// What it is about: "What was set up".
    pub title: String,
    /// The tutorial's table of credentials.
    pub credentials: Vec<Credential>,
    /// What to do next, a sentence each.
    pub next: Vec<String>,
    /// The client secret while it is revealed.
    pub revealed: Option<Revealed>,
}

/// One line of the table of credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credential {
    /// The field.
    pub field: String,
    /// Its value, a secret as dots and fingerprint.
    pub value: String,
}

/// A secret that the operator asked to see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revealed {
    /// The secret.
    pub secret: Secret,
    /// Until when it is shown.
    pub until: Timestamp,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Everything is as wanted and a login was seen.
    LoginVerified,
    /// Everything that was not skipped is as wanted; no login was seen.
    Finished,
    /// A new secret is in use, and the old one is not accepted any more.
    Rotated,
    /// What was done before was taken back, as far as the operator wanted.
    TakenBack(Tally),
    /// The operator ended it.
    Left,
    /// It could not go on.
    Failed(Fault),
}

/// What an undo came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// How many effects were taken back.
    pub taken_back: usize,
    /// How many were left as they are.
    pub left: usize,
}

/// In a sentence.
impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let changes =
            |n: usize| if n == 1 { "1 change".to_owned() } else { format!("{n} changes") };
        match (self.taken_back, self.left) {
            (0, 0) => f.write_str("There was nothing to take back."),
            (0, left) => write!(f, "Nothing was taken back; {} left as they are.", changes(left)),
            (done, 0) => {
                write!(f, "Taken back: {}. All is as it was before that run.", changes(done))
            }
            (done, left) => {
                write!(f, "Taken back: {}. Left as they are: {}.", changes(done), changes(left))
            }
        }
    }
}

impl Check {
    /// Whether `text` will do.
    ///
    /// # Errors
    /// Says what is wrong with it, in half a sentence.
    pub fn accept(self, text: &str) -> Result<(), String> {
        let text = text.trim();
        match self {
            Self::Any => Ok(()),
            Self::OptionalAddress if text.is_empty() => Ok(()),
            Self::Address | Self::OptionalAddress => Address::parse(text)
                .map(|_| ())
                .map_err(|fault| format!("{}. {}", fault.answer, fault.remedy)),
            _ if text.is_empty() => Err("it is empty".into()),
            Self::Filled => Ok(()),
            Self::SshTarget => SshTarget::parse(text).map(|_| ()).map_err(|fault| fault.answer),
            Self::Code => {
                let digits = text.chars().filter(|c| !c.is_whitespace());
                if digits.clone().all(|c| c.is_ascii_alphanumeric()) && digits.count() >= 6 {
                    Ok(())
                } else {
                    Err("a code has six digits or more".into())
                }
            }
        }
    }
}
