//! The truth, which only the lab can tell: for how long its two servers held
//! different secrets.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use immich_sso_lab::Homelab;
use serde_json::Value;

/// Looks at both servers from the inside, over and over.
pub struct Apart {
    stop: Arc<AtomicBool>,
    thread: thread::JoinHandle<Duration>,
}

impl Apart {
    /// Begins to look.
    pub fn begin(lab: &Arc<Homelab>) -> Self {
        let (stop, lab) = (Arc::new(AtomicBool::new(false)), Arc::clone(lab));
        let stopped = Arc::clone(&stop);
        let thread = thread::spawn(move || {
            let (mut apart, mut since) = (Duration::ZERO, None);
            while !stopped.load(Ordering::Relaxed) {
                let now = Instant::now();
                if differ(&lab) {
                    since.get_or_insert(now);
                } else if let Some(since) = since.take() {
                    apart += now - since;
                }
                thread::sleep(Duration::from_micros(200));
            }
            apart
        });
        Self { stop, thread }
    }

    /// For how long they were apart, all in all.
    pub fn end(self) -> Duration {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().unwrap()
    }
}

fn differ(lab: &Homelab) -> bool {
    let provider = lab.authentik.providers().first().cloned().unwrap_or_default();
    let Ok(settings) = lab.immich.settings() else { return false };
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    text(&provider["client_secret"]) != text(&settings["oauth"]["clientSecret"])
}
