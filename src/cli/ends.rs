//! The signals by which a process is asked to end.

/// Listens for the signals that ask this process to end: TERM, INT, and HUP
/// unless it was started with HUP ignored, as `nohup` does.
#[derive(Debug)]
pub(super) struct Ends {
    #[cfg(unix)]
    signals: Vec<tokio::signal::unix::Signal>,
}

impl Ends {
    /// Listens from now on: none of them ends the process any more. Must be
    /// called within a runtime.
    #[must_use]
    pub(super) fn listen() -> Self {
        #[cfg(unix)]
        {
            use tokio::signal::unix::{SignalKind, signal};
            let mut kinds = vec![SignalKind::terminate(), SignalKind::interrupt()];
            // A handler would end what was to outlive its terminal.
            if !ignores_hang_up() {
                kinds.push(SignalKind::hangup());
            }
            Self { signals: kinds.into_iter().filter_map(|kind| signal(kind).ok()).collect() }
        }
        #[cfg(not(unix))]
        Self {}
    }

    /// Waits for one of them.
    pub(super) async fn asked(&mut self) {
        #[cfg(unix)]
        if !self.signals.is_empty() {
            let waits = self.signals.iter_mut().map(|signal| Box::pin(signal.recv()));
            futures::future::select_all(waits).await;
            return;
        }
        #[cfg(not(unix))]
        if tokio::signal::ctrl_c().await.is_ok() {
            return;
        }
        std::future::pending::<()>().await;
    }
}

/// Whether this process ignores HUP. Once a handler is installed it does not.
#[cfg(unix)]
fn ignores_hang_up() -> bool {
    match std::fs::read_to_string("/proc/self/status") {
        Ok(status) => is_first_bit_set(&status),
        Err(_) => child_ignores_hang_up(),
    }
}

/// Whether the mask of ignored signals has HUP, which is the first.
#[cfg(unix)]
fn is_first_bit_set(status: &str) -> bool {
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u128::from_str_radix(mask.trim(), 16).ok())
        .is_some_and(|mask| mask & 1 == 1)
}

/// The same where no file tells: what a process ignores its children ignore,
/// and a shell that sends itself HUP lives on then.
#[cfg(unix)]
fn child_ignores_hang_up() -> bool {
    use std::process::{Command, Stdio};
    let mut shell = Command::new("/bin/sh");
    shell.args(["-c", "kill -HUP $$"]).stdin(Stdio::null()).stdout(Stdio::null());
    shell.stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn a_mask_says_whether_hang_up_is_ignored() {
        let status = |mask: &str| format!("Name:\tx\nSigIgn:\t{mask}\nSigCgt:\t0000000000000001\n");
        assert!(is_first_bit_set(&status("0000000000001001")));
        assert!(!is_first_bit_set(&status("0000000000001000")));
        assert!(!is_first_bit_set(""));
    }

    #[test]
    fn a_child_tells_the_same_as_the_mask() {
        assert_eq!(child_ignores_hang_up(), ignores_hang_up());
    }
}
