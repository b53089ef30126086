//! Keys, pastes and clicks, as they come.

use crossterm::event::{Event as TerminalEvent, EventStream};
use futures::StreamExt;
use tokio::{
    sync::mpsc::{self, UnboundedReceiver},
    task::JoinHandle,
};

use super::event::Event;

/// How many events of a burst (a paste without brackets, a resize storm) are
/// taken in before the next frame.
const BURST: usize = 256;

/// Listens to the terminal as long as it lives.
pub struct Input {
    events: UnboundedReceiver<Event>,
    task: JoinHandle<()>,
}

impl Input {
    /// Listens from now on.
    #[must_use]
    pub fn listen() -> Self {
        let (heard, events) = mpsc::unbounded_channel();
        // A task of its own, because a stream that is only looked into forgets
        // who waits for it.
        let task = tokio::spawn(async move {
            let mut stream = EventStream::new();
            while let Some(Ok(event)) = stream.next().await {
                if translate(event).is_some_and(|event| heard.send(event).is_err()) {
                    return;
                }
            }
        });
        Self { events, task }
    }

    /// Waits for the next event and takes those along that came with it.
    /// `None`: the terminal is gone.
    pub async fn next(&mut self) -> Option<Vec<Event>> {
        let mut burst = Vec::new();
        let taken = self.events.recv_many(&mut burst, BURST).await;
        (taken > 0).then_some(burst)
    }
}

impl Drop for Input {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn translate(event: TerminalEvent) -> Option<Event> {
    match event {
        TerminalEvent::Key(key) => Some(Event::Key(key)),
        TerminalEvent::Paste(text) => Some(Event::Paste(text)),
        TerminalEvent::Mouse(mouse) => Some(Event::Mouse(mouse)),
        TerminalEvent::Resize(..) => Some(Event::Resize),
        TerminalEvent::FocusGained | TerminalEvent::FocusLost => None,
    }
}
