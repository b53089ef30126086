//! The engine: it reads what is so, plans what is to change, asks, performs,
//! verifies and keeps the journal. Faces see [`Snapshot`]s and send
//! [`Command`]s; they never call a system.

mod command;
mod journal;
mod lock;
mod snapshot;

pub use command::{Answer, Command, Verdict};
pub use journal::{EffectRecord, Entry, Journal, Outcome, Record, Seq};
pub use lock::RunLock;
pub use snapshot::{
    Check, Choice, Credential, EffectView, Ending, FieldRow, FieldState, JournalRow, Lamp, LiveRow,
    LoginView, PlanView, Prompt, PromptId, PromptKind, Proof, Revealed, RouteView, Snapshot,
    StepId, StepState, StepView, Summary, SystemView, Work,
};
