//! What ends a run from outside: Ctrl-C while nothing reads keys, a signal to
//! end, a terminal that is gone.

#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};

/// What came from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Interruption {
    /// Ctrl-C: the person wants this to stop.
    ControlC,
    /// The program is to end, or its terminal is gone.
    End,
}

/// Waits for what ends a run from outside.
#[derive(Debug, Default)]
pub(super) struct Interruptions {
    /// Signals that could be listened for; the others keep their usual effect.
    #[cfg(unix)]
    signals: Vec<(Signal, Interruption)>,
}

impl Interruptions {
    #[cfg(unix)]
    pub(super) fn new() -> Self {
        let kinds = [
            (SignalKind::interrupt(), Interruption::ControlC),
            (SignalKind::terminate(), Interruption::End),
            (SignalKind::hangup(), Interruption::End),
        ];
        let heard = |(kind, meaning)| signal(kind).ok().map(|signal| (signal, meaning));
        Self { signals: kinds.into_iter().filter_map(heard).collect() }
    }

    #[cfg(not(unix))]
    pub(super) fn new() -> Self {
        Self::default()
    }

    #[cfg(unix)]
    pub(super) async fn next(&mut self) -> Interruption {
        let waits: Vec<_> = self
            .signals
            .iter_mut()
            .map(|(signal, meaning)| {
                Box::pin(async {
                    signal.recv().await;
                    *meaning
                })
            })
            .collect();
        if waits.is_empty() {
            return std::future::pending().await;
        }
        futures::future::select_all(waits).await.0
    }

    #[cfg(not(unix))]
    #[allow(clippy::unused_self, reason = "the same face as on Unix")]
    pub(super) async fn next(&mut self) -> Interruption {
        if tokio::signal::ctrl_c().await.is_err() {
            return std::future::pending().await;
        }
        Interruption::ControlC
    }
}
