//! A line that is typed and not shown.

use zeroize::Zeroizing;

use crate::secret::Secret;

/// Longer than any token, in bytes.
const LONGEST: usize = 16 * 1024;

/// The characters of a hidden prompt. What they stood in is wiped, also when
/// the line has to move to grow.
#[derive(Default)]
pub struct HiddenLine(Zeroizing<String>);

impl HiddenLine {
    /// Adds what was typed or pasted, as a whole or not at all: `false` where it
    /// is far too much.
    pub fn push(&mut self, text: &str) -> bool {
        let needed = self.0.len() + text.len();
        if text.len() > LONGEST {
            return false;
        }
        if needed > self.0.capacity() {
            let mut larger = Zeroizing::new(String::with_capacity(needed.max(128) * 2));
            larger.push_str(&self.0);
            self.0 = larger;
        }
        self.0.push_str(text);
        true
    }

    /// Whether it is longer than any secret: it is not taken then, and gets no
    /// longer.
    pub fn is_too_long(&self) -> bool {
        self.0.len() > LONGEST
    }

    /// Takes the last character away.
    pub fn pop(&mut self) {
        self.0.pop();
    }

    /// Empties the line.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// How many characters it has.
    pub fn count(&self) -> usize {
        self.0.chars().count()
    }

    /// Hands the line over and begins a new one.
    pub fn take(&mut self) -> Secret {
        let secret = Secret::new(self.0.as_str());
        self.clear();
        secret
    }
}
