//! One session over SSH: host keys checked, every way of signing in, commands
//! with their input, output and exit status.

#[cfg(unix)]
mod agent;
mod agent_silence;
mod key_file_error;
mod known_hosts;
mod run;
mod running;
mod session;
mod sign_in;
mod tried;

pub use agent_silence::AgentSilence;
pub use run::{Output, Remote};
pub use running::{Heard, Running, SessionBreak};
pub use session::Ssh;
