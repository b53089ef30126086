//! Keys, pastes and clicks, as they come, and what the terminal answers among
//! them.

use crossterm::event::{
    Event as TerminalEvent, EventStream, KeyCode, KeyEvent, KeyEventKind, KeyModifiers,
    MouseEventKind,
};
use futures::StreamExt;
use tokio::{
    sync::mpsc::{self, UnboundedReceiver},
    task::JoinHandle,
};

use super::{event::Event, theme::Ground};

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
            let mut reply = Reply::default();
            while let Some(Ok(event)) = stream.next().await {
                for event in translate(event, &mut reply) {
                    if heard.send(event).is_err() {
                        return;
                    }
                }
            }
        });
        Self { events, task }
    }

    /// Listens no more: somebody else has the terminal.
    pub fn stop(&self) {
        self.task.abort();
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
        self.stop();
    }
}

fn translate(event: TerminalEvent, reply: &mut Reply) -> Vec<Event> {
    match event {
        TerminalEvent::Key(key) => reply.take(key),
        TerminalEvent::Paste(text) => vec![Event::Paste(text)],
        // A mouse that only moves changes nothing, and draws nothing.
        TerminalEvent::Mouse(mouse) => match mouse.kind {
            MouseEventKind::Down(_) | MouseEventKind::ScrollUp | MouseEventKind::ScrollDown => {
                vec![Event::Mouse(mouse)]
            }
            _ => Vec::new(),
        },
        TerminalEvent::Resize(..) => vec![Event::Resize],
        TerminalEvent::FocusGained | TerminalEvent::FocusLost => Vec::new(),
    }
}

/// How the answer about the ground begins, behind `ESC ]`.
const BEGINNING: &str = "11;rgb:";
/// No answer is longer.
const LONGEST: usize = 40;

/// The terminal's answer about its ground, which arrives as if it were typed:
/// `ESC ] 11 ; rgb : RRRR / GGGG / BBBB ESC \`, or `BEL` at its end. What turns
/// out not to be that answer is handed on as the keys that it is.
#[derive(Default)]
struct Reply {
    held: Vec<KeyEvent>,
    text: String,
}

impl Reply {
    fn take(&mut self, key: KeyEvent) -> Vec<Event> {
        if key.kind != KeyEventKind::Press {
            return vec![Event::Key(key)];
        }
        let (alt, ctrl) = (KeyModifiers::ALT, KeyModifiers::CONTROL);
        let held = key.modifiers - KeyModifiers::SHIFT;
        match key.code {
            KeyCode::Char(']') if self.held.is_empty() && held == alt => {
                self.held.push(key);
                return Vec::new();
            }
            _ if self.held.is_empty() => return vec![Event::Key(key)],
            // The first half of `ESC \`, where the two came apart.
            KeyCode::Esc if held.is_empty() && self.is_whole() => {
                self.held.push(key);
                return Vec::new();
            }
            KeyCode::Char('\\') if self.is_whole() && (held == alt || held.is_empty()) => {
                return self.answer();
            }
            KeyCode::Char('g') if self.is_whole() && held == ctrl => return self.answer(),
            KeyCode::Char(c) if held.is_empty() => {
                self.text.push(c);
                let (said, whole) = (&self.text, BEGINNING);
                let begins = whole.starts_with(said.as_str());
                let goes_on = said
                    .strip_prefix(whole)
                    .is_some_and(|rest| rest.chars().all(|c| c.is_ascii_hexdigit() || c == '/'));
                if (begins || goes_on) && said.len() <= LONGEST {
                    self.held.push(key);
                    return Vec::new();
                }
            }
            _ => {}
        }
        let mut keys = std::mem::take(self).held;
        keys.push(key);
        keys.into_iter().map(Event::Key).collect()
    }

    fn is_whole(&self) -> bool {
        self.text.strip_prefix(BEGINNING).is_some_and(|rest| rest.split('/').count() == 3)
    }

    fn answer(&mut self) -> Vec<Event> {
        let text = std::mem::take(self).text;
        ground(&text).map(Event::Ground).into_iter().collect()
    }
}

/// Whether a colour such as `rgb:1e1e/1e1e/2e2e` is dark or light.
fn ground(text: &str) -> Option<Ground> {
    let mut parts = text.strip_prefix(BEGINNING)?.split('/').map(|part| {
        let digits = u32::try_from(part.len()).ok().filter(|digits| (1..=4).contains(digits))?;
        let value = u32::from_str_radix(part, 16).ok()?;
        Some(f64::from(value) / f64::from(16_u32.pow(digits) - 1))
    });
    let mut next = || parts.next().flatten();
    let (red, green, blue) = (next()?, next()?, next()?);
    let lightness = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    Some(if lightness > 0.5 { Ground::Light } else { Ground::Dark })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(c: char) -> KeyEvent {
        KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE)
    }

    fn alt(c: char) -> KeyEvent {
        KeyEvent::new(KeyCode::Char(c), KeyModifiers::ALT)
    }

    fn typed(keys: impl IntoIterator<Item = KeyEvent>) -> Vec<Event> {
        let mut reply = Reply::default();
        keys.into_iter().flat_map(|key| reply.take(key)).collect()
    }

    fn reply(color: &str, end: &[KeyEvent]) -> Vec<Event> {
        let text = format!("11;rgb:{color}");
        let keys = std::iter::once(alt(']')).chain(text.chars().map(key));
        typed(keys.chain(end.iter().copied()))
    }

    #[test]
    fn the_answer_of_the_terminal_is_taken_out_of_the_keys() {
        let bell = KeyEvent::new(KeyCode::Char('g'), KeyModifiers::CONTROL);
        let escape = KeyEvent::new(KeyCode::Esc, KeyModifiers::NONE);
        for (color, end, expected) in [
            ("1e1e/1e1e/2e2e", vec![alt('\\')], Ground::Dark),
            ("FFFF/ffff/fff0", vec![bell], Ground::Light),
            ("f/f/e", vec![escape, key('\\')], Ground::Light),
        ] {
            let events = reply(color, &end);
            assert!(
                matches!(events[..], [Event::Ground(ground)] if ground == expected),
                "{color}: {events:?}"
            );
        }
        // No colour, and yet no keys.
        assert!(reply("1/2/99999", &[alt('\\')]).is_empty());
    }

    #[test]
    fn what_only_begins_like_it_is_typed() {
        let keys = [alt(']'), key('1'), key('1'), key('y')];
        let events = typed(keys);
        let back: Vec<KeyEvent> = events
            .into_iter()
            .map(|event| match event {
                Event::Key(key) => key,
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(back, keys);
        assert_eq!(typed([key('y')]).len(), 1);
    }
}
