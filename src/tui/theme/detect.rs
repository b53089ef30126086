//! What a terminal can show, as its environment says.

use std::env;

use super::{Depth, Ground, Theme};
use crate::terminal::shows_unicode;

impl Theme {
    /// What this terminal can show. `color` is the operator's wish.
    #[must_use]
    pub fn detect(color: bool) -> Self {
        let of = |name| env::var(name).unwrap_or_default();
        let depth = if color { depth(&of("COLORTERM"), &of("TERM")) } else { Depth::None };
        // The consoles of kernels, and terminals of metal, show them as letters.
        let links = !matches!(of("TERM").as_str(), "linux" | "dumb" | "vt100" | "vt220" | "")
            || cfg!(windows);
        Self { depth, ground: ground(&of("COLORFGBG")), ascii: !shows_unicode(), links }
    }
}

fn depth(colorterm: &str, term: &str) -> Depth {
    if matches!(colorterm, "truecolor" | "24bit") || term.ends_with("-direct") {
        Depth::True
    } else if term.contains("256") {
        Depth::Indexed
    } else if term == "dumb" || term.ends_with("-mono") || term == "vt100" {
        Depth::None
    } else {
        Depth::Sixteen
    }
}

/// `COLORFGBG` is `foreground;background` as numbers of the palette, set by
/// rxvt, Konsole and others.
fn ground(colorfgbg: &str) -> Ground {
    match colorfgbg.rsplit(';').next().and_then(|number| number.parse().ok()) {
        Some(7 | 9..=15_u8) => Ground::Light,
        Some(_) => Ground::Dark,
        None => Ground::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_says_what_a_terminal_can_show() {
        assert_eq!(depth("truecolor", "xterm"), Depth::True);
        assert_eq!(depth("", "xterm-256color"), Depth::Indexed);
        assert_eq!(depth("", "linux"), Depth::Sixteen);
        assert_eq!(depth("", "vt100"), Depth::None);
        assert_eq!(ground("0;15"), Ground::Light);
        assert_eq!(ground("15;default;0"), Ground::Dark);
        assert_eq!(ground(""), Ground::Unknown);
    }
}
