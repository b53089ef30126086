//! Regular expressions of redirect URIs, matched against the whole text as
//! Python's `re.fullmatch` does.

use regex_automata::nfa::thompson::pikevm::PikeVM;

/// One of them, compiled.
pub(super) struct Pattern(PikeVM);

impl Pattern {
    /// `None` where it is no regular expression. Python's and Rust's dialects
    /// agree in all that redirect URIs are written with; look-around and
    /// back-references are refused here.
    pub fn new(pattern: &str) -> Option<Self> {
        PikeVM::new(&format!(r"\A(?:{pattern})\z")).ok().map(Self)
    }

    pub fn matches(&self, text: &str) -> bool {
        self.0.is_match(&mut self.0.create_cache(), text)
    }
}
