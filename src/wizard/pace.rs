//! How long a server took for its last write of a kind.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

/// The time of the last write that succeeded.
#[derive(Debug, Default)]
pub(super) struct Pace {
    /// In microseconds; nought: none was measured.
    last: AtomicU64,
}

impl Pace {
    /// One that starts with what an earlier run measured.
    pub(super) fn new(milliseconds: Option<u64>) -> Self {
        let last = milliseconds.unwrap_or_default().saturating_mul(1000);
        Self { last: AtomicU64::new(last) }
    }

    /// The last time; `None`: there was none yet.
    pub(super) fn last(&self) -> Option<Duration> {
        match self.last.load(Ordering::Relaxed) {
            0 => None,
            micros => Some(Duration::from_micros(micros)),
        }
    }

    /// Measures a write.
    pub(super) async fn measure<T, E>(
        &self,
        write: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        let began = Instant::now();
        let done = write.await;
        if done.is_ok() {
            let micros = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
            self.last.store(micros.max(1), Ordering::Relaxed);
        }
        done
    }
}
