//! Colours and glyphs, each with a meaning. Nothing is told by colour alone:
//! every meaning also has a glyph or a word.

mod detect;

use ratatui::{
    style::{Color, Modifier, Style},
    symbols::border,
};

/// How many colours the terminal has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Depth {
    /// None: bold, underlined and reversed have to do.
    None,
    /// The sixteen that the terminal's own palette gives.
    Sixteen,
    /// The 256 of xterm.
    Indexed,
    /// All of them.
    #[default]
    True,
}

/// Whether letters are light on dark or the other way round.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ground {
    /// Nobody said: the colours are such that they can be read on both.
    #[default]
    Unknown,
    /// Light letters on a dark background.
    Dark,
    /// Dark letters on a light background.
    Light,
}

/// What a piece of the screen means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// What is read.
    Text,
    /// What steps back: labels, hints, what is equal.
    Faint,
    /// Headings and names.
    Strong,
    /// Where the operator is, and what can be pressed.
    Accent,
    /// As it should be.
    Good,
    /// Something differs or needs attention.
    Notice,
    /// Something is wrong.
    Bad,
    /// Lines that part one thing from another.
    Rule,
    /// The option that Enter takes.
    Chosen,
    /// The mark of the lab.
    Badge,
    /// A value that changed a moment ago.
    Fresh,
    /// A value while it is typed.
    Typed,
}

/// The look of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Theme {
    /// How many colours there are.
    pub depth: Depth,
    /// On what they stand.
    pub ground: Ground,
    /// Only the characters of ASCII are drawn.
    pub ascii: bool,
    /// The terminal takes sequences for its own use: links, and questions about
    /// its colours.
    pub links: bool,
}

impl Theme {
    /// Whether the terminal is to be asked on what ground letters stand. The
    /// sixteen colours are the terminal's own and fit its ground; without any,
    /// what a camera reads depends on it.
    #[must_use]
    pub fn may_ask_ground(self) -> bool {
        let depends = self.depth != Depth::Sixteen;
        self.links && depends && self.ground == Ground::Unknown && cfg!(unix)
    }

    /// Dark on light whatever the terminal's colours are: paper, for what a
    /// camera reads. Without colours it is the side of the terminal that is
    /// light; where nobody said which, that of the letters.
    #[must_use]
    pub fn paper(self) -> Style {
        match (self.depth, self.ground) {
            (Depth::True, _) => Style::new().fg(Color::Rgb(0, 0, 0)).bg(Color::Rgb(255, 255, 255)),
            (Depth::Indexed, _) => Style::new().fg(Color::Indexed(16)).bg(Color::Indexed(231)),
            (Depth::Sixteen, _) => Style::new().fg(Color::Black).bg(Color::White),
            (Depth::None, Ground::Light) => Style::new(),
            (Depth::None, _) => Style::new().add_modifier(Modifier::REVERSED),
        }
    }

    /// How a piece with that meaning looks.
    #[must_use]
    pub fn style(self, role: Role) -> Style {
        let plain = Style::new();
        match role {
            Role::Text => plain,
            Role::Typed => plain.add_modifier(Modifier::UNDERLINED),
            Role::Strong => plain.add_modifier(Modifier::BOLD),
            _ if self.depth == Depth::None => plain.add_modifier(without_color(role)),
            Role::Badge => {
                plain.fg(self.color(role)).add_modifier(Modifier::REVERSED | Modifier::BOLD)
            }
            Role::Chosen | Role::Fresh => plain.fg(self.color(role)).add_modifier(Modifier::BOLD),
            _ => plain.fg(self.color(role)),
        }
    }

    /// Dark and light values are chosen for at least 4.5 : 1 against black and
    /// white; those for an unknown ground have about that against both, which
    /// only colours of one lightness have.
    fn color(self, role: Role) -> Color {
        if self.ground == Ground::Unknown {
            return self.color_on_any(role);
        }
        let dark = self.ground == Ground::Dark;
        let (rgb, index, plain) = match (role, dark) {
            (Role::Faint, true) => ((0x8b, 0x90, 0xa0), 245, Color::DarkGray),
            (Role::Faint, false) => ((0x6a, 0x6f, 0x7c), 242, Color::DarkGray),
            (Role::Rule, true) => ((0x3f, 0x44, 0x52), 238, Color::DarkGray),
            (Role::Rule, false) => ((0xc8, 0xcc, 0xd4), 251, Color::Gray),
            (Role::Good, true) => ((0x7f, 0xc9, 0x8f), 114, Color::Green),
            (Role::Good, false) => ((0x1f, 0x7a, 0x3d), 28, Color::Green),
            (Role::Notice | Role::Badge | Role::Fresh, true) => {
                ((0xe5, 0xb5, 0x67), 179, Color::Yellow)
            }
            (Role::Notice | Role::Badge | Role::Fresh, false) => {
                ((0x95, 0x5c, 0x00), 94, Color::Magenta)
            }
            (Role::Bad, true) => ((0xf0, 0x7f, 0x7f), 210, Color::LightRed),
            (Role::Bad, false) => ((0xb3, 0x26, 0x2e), 124, Color::Red),
            (_, true) => ((0x8f, 0xae, 0xff), 111, Color::Cyan),
            (_, false) => ((0x35, 0x52, 0xc4), 26, Color::Blue),
        };
        match self.depth {
            Depth::None => Color::Reset,
            Depth::Sixteen => plain,
            Depth::Indexed => Color::Indexed(index),
            Depth::True => Color::Rgb(rgb.0, rgb.1, rgb.2),
        }
    }

    fn color_on_any(self, role: Role) -> Color {
        let (rgb, index, plain) = match role {
            Role::Faint => ((0x75, 0x77, 0x7d), 243, Color::DarkGray),
            Role::Rule => ((0x8a, 0x8d, 0x94), 245, Color::DarkGray),
            Role::Good => ((0x22, 0x83, 0x3f), 28, Color::Green),
            Role::Notice | Role::Badge | Role::Fresh => ((0xa0, 0x69, 0x0b), 130, Color::Magenta),
            Role::Bad => ((0xd4, 0x44, 0x44), 161, Color::Red),
            _ => ((0x3f, 0x74, 0xd8), 27, Color::Blue),
        };
        match self.depth {
            Depth::None => Color::Reset,
            Depth::Sixteen => plain,
            Depth::Indexed => Color::Indexed(index),
            Depth::True => Color::Rgb(rgb.0, rgb.1, rgb.2),
        }
    }

    /// Picks the glyph for this terminal.
    #[must_use]
    pub const fn glyph(self, unicode: &'static str, ascii: &'static str) -> &'static str {
        if self.ascii { ascii } else { unicode }
    }

    /// What ends a value that did not fit.
    #[must_use]
    pub const fn ellipsis(self) -> &'static str {
        self.glyph("…", "~")
    }

    /// The line between two columns.
    #[must_use]
    pub const fn upright(self) -> &'static str {
        self.glyph("│", "|")
    }

    /// The line between two rows.
    #[must_use]
    pub const fn level(self) -> &'static str {
        self.glyph("─", "-")
    }

    /// The frame of a box.
    #[must_use]
    pub const fn border(self) -> border::Set<'static> {
        if self.ascii {
            border::Set {
                top_left: "+",
                top_right: "+",
                bottom_left: "+",
                bottom_right: "+",
                vertical_left: "|",
                vertical_right: "|",
                horizontal_top: "-",
                horizontal_bottom: "-",
            }
        } else {
            border::ROUNDED
        }
    }
}

/// What stands for a colour where there is none.
const fn without_color(role: Role) -> Modifier {
    match role {
        Role::Accent | Role::Notice | Role::Fresh => Modifier::BOLD,
        Role::Bad => Modifier::BOLD.union(Modifier::UNDERLINED),
        Role::Chosen | Role::Badge => Modifier::REVERSED.union(Modifier::BOLD),
        _ => Modifier::empty(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How much two colours differ in lightness, as WCAG 2 counts it.
    fn contrast(one: (u8, u8, u8), other: (u8, u8, u8)) -> f64 {
        let linear = |value: u8| {
            let value = f64::from(value) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        let lightness =
            |(r, g, b)| 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b) + 0.05;
        let (one, other) = (lightness(one), lightness(other));
        one.max(other) / one.min(other)
    }

    #[test]
    fn every_letter_can_be_read_on_its_ground_and_on_any_where_that_is_unknown() {
        let (black, white) = ((0, 0, 0), (255, 255, 255));
        let roles = [
            Role::Faint,
            Role::Accent,
            Role::Good,
            Role::Notice,
            Role::Bad,
            Role::Chosen,
            Role::Badge,
            Role::Fresh,
        ];
        for (ground, backs, least) in [
            (Ground::Dark, vec![black], 4.5),
            (Ground::Light, vec![white], 4.5),
            (Ground::Unknown, vec![black, white], 4.3),
        ] {
            let theme = Theme { ground, ..Theme::default() };
            for (role, back) in roles.into_iter().flat_map(|r| backs.iter().map(move |b| (r, *b))) {
                let Color::Rgb(r, g, b) = theme.color(role) else { panic!("{role:?}") };
                let found = contrast((r, g, b), back);
                assert!(found >= least, "{role:?} on {back:?} ({ground:?}): {found:.2}");
            }
        }
    }
}
