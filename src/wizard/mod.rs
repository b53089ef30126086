//! The engine: it reads what is so, plans what is to change, asks, performs,
//! verifies and keeps the journal. Faces see [`Snapshot`]s and send
//! [`Command`]s; they never call a system.

mod access;
mod adopt;
mod checks;
mod command;
mod desk;
mod done;
mod edit;
pub mod effect;
mod evidence;
mod exact;
mod fields;
mod finish;
mod journal;
mod json_texts;
mod keep;
mod leftover;
mod links;
mod lock;
mod login;
mod look;
mod looking;
mod made;
mod memory;
mod opening;
mod our_values;
mod pace;
mod perform;
mod plan;
mod record;
mod recovery;
mod relinking;
mod removal;
mod renewal;
mod restart;
mod retiring;
mod road;
mod rotation;
mod setup;
mod snapshot;
mod stale;
mod standing;
mod step_id;
mod steps;
mod survey;
mod systems;
mod tail;
mod turn;
mod undo;
mod undo_values;
mod walk;

pub use checks::CheckId;
pub use command::{Answer, Command, Verdict};
pub use desk::STRETCH_WITHIN;
use done::Done;
pub use effect::UndoWay;
pub use evidence::Evidence;
pub use fields::{
    AccessKind, ApplicationField, FieldId, FieldValue, Holding, ProviderField, SettingsField,
    Staged,
};
pub use journal::{
    Anchor, Anchors, Cut, EffectRecord, Entry, Journal, Outcome, Record, Seq, SetUp,
};
pub use lock::{Doing, RunLock};
pub use plan::{Confirmed, Plan};
pub use road::{Point, Road};
pub use rotation::{secret_age, token_age};
pub use setup::{Purpose, RotateWish, Rotated, Setup, StandIn};
pub use snapshot::{
    About, AccessPick, AccessTopic, Act, ActOutcome, AgainPick, BackTo, Changed, Check, Choice,
    Claim, Credential, CredentialId, DoneNote, Edit, EffectView, Ending, Exact, Fate, FieldRow,
    FieldState, FitPick, Header, HostPick, HostTopic, JournalRow, Key, Lamp, LeavePick, LiveRow,
    LiveSubject, LiveValue, LoginEvidence, LoginNote, LoginPick, LoginResult, LoginSight,
    LoginStage, LoginState, LoginTask, LoginTopic, LoginView, NoUndo, Note, NothingToUndo, Offered,
    OnPick, Person, Pick, Place, PlanView, Prompt, PromptId, PromptKind, Proof, Remains,
    Remembered, Revealed, RightPick, RotationPick, RotationTopic, RouteView, RunTopic, SecretView,
    Sighting, Sign, Snapshot, StepNote, StepState, StepTopic, StepView, StorePick, StoreTopic,
    Stretch, Summary, SummaryTitle, SystemView, Tally, Task, TextRefusal, TokenEnd, TokenPick,
    TokenView, Topic, UndoNote, UndoPick, UndoTopic, UndoView, Unproved, Who, Work,
};
pub use snapshot::{
    AccessNote, CredentialValue, HandMade, HostNeed, KeyNote, LinkNote, LinkedAccount, NextNote,
    OpeningNote, RenewalNote, RevocationNote, RotationNote, TokenNote,
};
pub use snapshot::{
    Between, Course, Light, MapView, RotationView, SecretAge, Side, Story, SwitchView,
};
pub use step_id::StepId;
pub use survey::{
    APPLY_WITHIN, PlanFile, SURVEY_WITHIN, Survey, Watch, apply, apply_within, survey,
    survey_within,
};
pub use walk::{Walk, preview, preview_lab, start, start_opening, start_within};
