//! How long a server took for its last write of a kind.

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

use crate::immich::RouteKind;

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
            self.took(began.elapsed());
        }
        done
    }

    /// A write took that long.
    pub(super) fn took(&self, time: Duration) {
        let micros = u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        self.last.store(micros.max(1), Ordering::Relaxed);
    }

    /// The last time in milliseconds, which is never nought.
    pub(super) fn milliseconds(&self) -> Option<u64> {
        let last = self.last()?.as_micros().div_ceil(1000);
        Some(u64::try_from(last).unwrap_or(u64::MAX))
    }
}

/// The same for Immich's settings, by each route.
#[derive(Debug, Default)]
pub(super) struct SettingsPaces {
    api: Pace,
    database: Pace,
    config_file: Pace,
}

impl SettingsPaces {
    /// Those that an earlier run measured, in milliseconds.
    pub(super) fn new(before: &BTreeMap<RouteKind, u64>) -> Self {
        let pace = |route| Pace::new(before.get(&route).copied());
        Self {
            api: pace(RouteKind::Api),
            database: pace(RouteKind::Database),
            config_file: pace(RouteKind::ConfigFile),
        }
    }

    /// The one of a route.
    pub(super) const fn of(&self, route: RouteKind) -> &Pace {
        match route {
            RouteKind::Api => &self.api,
            RouteKind::Database => &self.database,
            RouteKind::ConfigFile => &self.config_file,
        }
    }

    /// All that were measured, in milliseconds.
    pub(super) fn measured(&self) -> BTreeMap<RouteKind, u64> {
        [RouteKind::Api, RouteKind::Database, RouteKind::ConfigFile]
            .into_iter()
            .filter_map(|route| Some((route, self.of(route).milliseconds()?)))
            .collect()
    }
}
