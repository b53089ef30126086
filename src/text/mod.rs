//! Everything that a person reads, as functions from types to text: one file a
//! topic. Faces call them; the engine knows no sentence, and nothing reads a text
//! back. Errors are the exception: they carry their text with them.

mod access;
mod done;
mod effects;
mod fields;
mod journal;
mod links;
mod live;
mod login;
mod notes;
mod opening;
mod options;
mod proofs;
mod questions;
mod rotation;
mod route;
mod states;
mod steps;
mod summary;
mod time;
mod undo;
mod undo_notes;
pub use access::{token, token_end};
pub use done::done_note;
pub use effects::{effect, exact, template, undo_way};
pub use fields::{field, hint, value};
pub use journal::{act, act_outcome, no_undo};
pub use live::{live_subject, live_value};
pub use login::{login_evidence, login_result, person, seen_login, sight};
pub use notes::note;
pub use options::{Label, option};
pub use proofs::{claim, evidence, sign};
pub use questions::question;
pub use rotation::{client_secret, outage, switch_cost};
pub use route::route_reason;
pub use states::{field_change, field_state, lamp, outcome, short_name, short_title, step_state};
pub use steps::about;
pub use summary::{credential, credential_value, finished, summary_title};
pub use time::{age, old};
pub use undo::{access_tally, nothing_to_undo, remains, tally, tally_counted};
