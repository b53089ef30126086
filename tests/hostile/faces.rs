//! Everything that a run shows and writes, on every face.

use std::{
    fs::File,
    io::{Read, Seek, SeekFrom},
    sync::{Arc, LazyLock},
};

use immich_sso::{
    plain::{Ink, Lines, Narrator},
    report::{self, Report},
    site::harmless,
    text,
    tui::{
        event::Event,
        state::State,
        theme::{Depth, Ground, Theme},
        update, view,
    },
    wizard::Snapshot,
};
use jiff::{Timestamp, tz::TimeZone};
use ratatui::{Terminal, backend::TestBackend};

/// The log file of this process: all runs share it.
static LOG: LazyLock<tempfile::TempDir> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    immich_sso::cli::log_to_file(&folder.path().join("log")).unwrap();
    folder
});

/// Begins the log.
pub fn begin_log() {
    LazyLock::force(&LOG);
}

/// What the log says from that byte on, and how long it is.
pub fn log_since(from: u64) -> (String, u64) {
    let mut file = File::open(LOG.path().join("log")).unwrap();
    file.seek(SeekFrom::Start(from)).unwrap();
    let mut text = Vec::new();
    file.read_to_end(&mut text).unwrap();
    let end = from + u64::try_from(text.len()).unwrap();
    (String::from_utf8_lossy(&text).into_owned(), end)
}

/// The faces that look at a run.
pub struct Faces {
    narrator: Narrator,
    state: State,
    /// What they showed.
    pub shown: String,
}

impl Faces {
    pub fn new(first: Arc<Snapshot>, ink: Ink) -> Self {
        let theme = Theme { depth: Depth::None, ground: Ground::Dark, ascii: false, links: true };
        let state = State::new(first, theme, Timestamp::now(), TimeZone::UTC);
        Self { narrator: Narrator::new(Lines::new(ink, 100)), state, shown: String::new() }
    }

    /// Shows a snapshot on all of them.
    pub fn show(&mut self, now: &Arc<Snapshot>) {
        self.shown += &self.narrator.tell(now);
        if let Some(prompt) = &now.prompt {
            self.shown += &format!("{}\n", text::question(&prompt.topic));
        }
        let report = Report::from(&**now);
        let lines = Lines::new(Ink::Colour, 100);
        for json in [report::status_json(&report), report::plan_json(&report)] {
            self.shown += &harmless::json(&json.unwrap());
        }
        self.shown += &report::status_text(&report, lines);
        self.shown += &report::plan_text(&report, lines);
        update::update(&mut self.state, Event::Snapshot(Arc::clone(now)));
        self.shown += &screen(&self.state);
    }
}

/// The full screen, row by row.
pub fn screen(state: &State) -> String {
    let mut terminal = Terminal::new(TestBackend::new(160, 60)).unwrap();
    terminal.draw(|frame| drop(view::draw(frame, state))).unwrap();
    let buffer = terminal.backend().buffer();
    let mut text = String::new();
    for y in 0..buffer.area.height {
        (0..buffer.area.width).for_each(|x| text.push_str(buffer[(x, y)].symbol()));
        text.push('\n');
    }
    text
}

/// Shows the last snapshot of a run as the text of the summary.
pub fn summary(last: &Snapshot) -> String {
    let lines = Lines::new(Ink::Colour, 100);
    last.harmless().summary.map(|summary| lines.summary(&summary)).unwrap_or_default()
}
