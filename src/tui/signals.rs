//! What the system tells this process.

/// The signals that end a program or stop it for a while.
pub struct Signals {
    #[cfg(unix)]
    ends: Option<[tokio::signal::unix::Signal; 2]>,
}

impl Signals {
    /// Listens from now on. Must be called within a runtime.
    #[must_use]
    pub fn listen() -> Self {
        #[cfg(unix)]
        {
            use tokio::signal::unix::{SignalKind, signal};
            let both = signal(SignalKind::terminate()).ok().zip(signal(SignalKind::hangup()).ok());
            Self { ends: both.map(|(terminate, hang_up)| [terminate, hang_up]) }
        }
        #[cfg(not(unix))]
        Self {}
    }

    /// Waits until the system wants this process to end.
    pub async fn end(&mut self) {
        #[cfg(unix)]
        if let Some([terminate, hang_up]) = &mut self.ends {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = hang_up.recv() => {}
            }
            return;
        }
        std::future::pending::<()>().await;
    }
}

/// Stops this process, as Ctrl-Z does, until the shell lets it go on.
pub async fn stop() {
    #[cfg(unix)]
    {
        use rustix::process::{Signal, getpid, kill_process};
        use std::time::Duration;
        use tokio::signal::unix::{SignalKind, signal};
        let Ok(mut goes_on) = signal(SignalKind::from_raw(Signal::CONT.as_raw())) else { return };
        if kill_process(getpid(), Signal::TSTP).is_ok() {
            // The signal may reach another thread a moment later. Where nobody
            // can be stopped (no shell), the face comes back by itself.
            let _ = tokio::time::timeout(Duration::from_secs(1), goes_on.recv()).await;
        }
    }
}
