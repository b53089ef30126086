//! Hears what the engine works on, each piece, as its log tells it. A run is on
//! the thread of its test.

use std::{
    fmt::Debug,
    sync::{Arc, Mutex},
};

use tracing::{
    Event, Level, Metadata, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id, Record},
    subscriber::{DefaultGuard, set_default},
};

/// The pieces of work of this thread, as long as this is there.
pub struct Works {
    heard: Arc<Mutex<Vec<String>>>,
    _hearing: DefaultGuard,
}

impl Works {
    /// Hears from now on.
    pub fn heard() -> Self {
        let heard = Arc::new(Mutex::new(Vec::new()));
        let hearing = set_default(Ear(Arc::clone(&heard)));
        Self { heard, _hearing: hearing }
    }

    /// What was heard since the last time.
    pub fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.heard.lock().unwrap())
    }
}

struct Ear(Arc<Mutex<Vec<String>>>);

impl Subscriber for Ear {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("immich_sso::") && *metadata.level() == Level::DEBUG
    }

    fn event(&self, event: &Event<'_>) {
        let mut pen = Pen::default();
        event.record(&mut pen);
        if pen.message == "at work" {
            self.0.lock().unwrap().push(pen.what);
        }
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

#[derive(Default)]
struct Pen {
    message: String,
    what: String,
}

impl Visit for Pen {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        match field.name() {
            "message" => self.message = format!("{value:?}"),
            "what" => self.what = format!("{value:?}"),
            _ => {}
        }
    }
}
