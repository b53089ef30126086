//! What others may see of this process's memory, with secrets in it.

#[cfg(target_os = "linux")]
use std::sync::{Mutex, PoisonError};

/// Keeps images of this process's memory from being left behind: no core dump
/// is written, and other processes of the same user cannot look into it.
pub fn close_memory() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, setrlimit};
        // A limit that cannot be set is as it was.
        let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
    }
    #[cfg(target_os = "linux")]
    change(|state| state.closed = true);
}

/// Lets other processes of the same user look at this one for as long as it
/// lives. `KeePassXC` wants to see which program asks it for a secret, and
/// refuses one that it cannot look at.
#[derive(Debug)]
pub(super) struct Visible;

impl Visible {
    pub(super) fn begin() -> Self {
        #[cfg(target_os = "linux")]
        change(|state| state.visible += 1);
        Self
    }
}

impl Drop for Visible {
    fn drop(&mut self) {
        #[cfg(target_os = "linux")]
        change(|state| state.visible = state.visible.saturating_sub(1));
    }
}

#[cfg(target_os = "linux")]
struct State {
    closed: bool,
    /// How many calls want to be seen now.
    visible: usize,
}

#[cfg(target_os = "linux")]
fn change(work: impl FnOnce(&mut State)) {
    use rustix::process::{DumpableBehavior, set_dumpable_behavior};
    static STATE: Mutex<State> = Mutex::new(State { closed: false, visible: 0 });
    let mut state = STATE.lock().unwrap_or_else(PoisonError::into_inner);
    work(&mut state);
    if state.closed {
        let _ = set_dumpable_behavior(if state.visible > 0 {
            DumpableBehavior::Dumpable
        } else {
            DumpableBehavior::NotDumpable
        });
    }
}
