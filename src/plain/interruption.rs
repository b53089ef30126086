//! What ends a run from outside: Ctrl-C while nothing reads keys, a signal to
//! end, a terminal that is gone.

#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Waits for what ends a run from outside.
#[derive(Debug, Default)]
pub(super) struct Interruptions {
    /// Signals that could be listened for; the others keep their usual effect.
    #[cfg(unix)]
    signals: Vec<Signal>,
}

impl Interruptions {
    #[cfg(unix)]
    pub(super) fn new() -> Self {
        let kinds = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()];
        Self { signals: kinds.into_iter().filter_map(|kind| signal(kind).ok()).collect() }
    }

    #[cfg(not(unix))]
    pub(super) fn new() -> Self {
        Self::default()
    }

    #[cfg(unix)]
    pub(super) async fn next(&mut self) {
        let waits = self.signals.iter_mut().map(|signal| Box::pin(signal.recv()));
        let waits: Vec<_> = waits.collect();
        if waits.is_empty() {
            std::future::pending::<()>().await;
        }
        futures::future::select_all(waits).await;
    }

    #[cfg(not(unix))]
    #[allow(clippy::unused_self, reason = "the same face as on Unix")]
    pub(super) async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
