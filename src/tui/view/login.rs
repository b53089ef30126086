//! The test login: the link, its QR code, and what was seen of the login.

use ratatui::{
    Frame,
    layout::Rect,
    text::{Line, Span},
    widgets::{Clear, Paragraph},
};

use super::lines::{clock, hanging};
use crate::{
    text as say,
    tui::{
        drawn::Drawn,
        state::State,
        theme::{Role, Theme},
        widget::{hyperlink::Hyperlink, link_code, text},
    },
    wizard::{LoginStage, LoginState, LoginView, Person},
};

/// The part of the card about the login.
#[derive(Default)]
pub struct Login {
    pub lines: Vec<Line<'static>>,
    /// Where the link stands: from, to.
    pub link: Option<(usize, usize)>,
}

/// The part of the card about the login, once there is one to wait for. `room`
/// is how many lines of the card are left for it.
pub fn lines(state: &State, width: usize, room: usize) -> Login {
    let theme = state.theme;
    let Some(login) = &state.snapshot.login else { return Login::default() };
    let mut lines = Vec::new();
    let mut place = None;
    if let Some(link) = state.link() {
        let asks = match login.since.map(|since| clock(state, since)) {
            Some(since) => {
                say!("Open this link here or on a phone; waiting since {since}", since)
            }
            None => say!("Open this link here or on a phone"),
        };
        lines.extend(hanging(Span::raw(""), &asks, width, theme.style(Role::Faint)));
        let from = lines.len();
        for piece in text::chop(link, width) {
            lines.push(Line::styled(piece, theme.style(Role::Accent)));
        }
        place = Some((from, lines.len()));
        lines.push(Line::default());
    }
    // A phone reads all of the code or nothing: it stands beside the trail
    // where both fit, and is a key away elsewhere.
    let code = code(state);
    let fits = code.as_ref().filter(|code| {
        let wide = code.first().map_or(0, Line::width);
        wide + GAP + BESIDE <= width && lines.len() + code.len() <= room
    });
    if let Some(code) = fits {
        lines.extend(beside(state, login, code, width));
    } else {
        lines.extend(trail(state, login, width));
        if code.is_some() {
            let hint = word!("Q shows the link to the camera of a phone.");
            lines.push(Line::styled(hint, theme.style(Role::Faint)));
        }
    }
    Login { lines, link: place }
}

/// How many columns the trail needs beside the code, and what parts the two.
const BESIDE: usize = 17;
const GAP: usize = 2;

/// The code, and the trail at its right.
fn beside(
    state: &State,
    login: &LoginView,
    code: &[Line<'static>],
    width: usize,
) -> Vec<Line<'static>> {
    let wide = code.first().map_or(0, Line::width);
    let room = width - wide - GAP;
    let mut trail = trail(state, login, room);
    if trail.len() > code.len() {
        trail = parts(state, login);
    }
    let mut trail = trail.into_iter();
    code.iter()
        .map(|row| {
            let mut row = row.clone();
            row.push_span(Span::raw(" ".repeat(GAP)));
            row.extend(trail.next().unwrap_or_default().spans);
            row
        })
        .collect()
}

/// The parts of a login by name alone.
fn parts(state: &State, login: &LoginView) -> Vec<Line<'static>> {
    let theme = state.theme;
    let part = |stage: LoginStage| {
        let seen = login.trail.iter().any(|seen| seen.stage == stage);
        let (glyph, role) = mark(theme, seen);
        Line::from(Span::styled(format!("{glyph} {}", stage.title()), theme.style(role)))
    };
    LoginStage::ALL.map(part).into()
}

const fn mark(theme: Theme, seen: bool) -> (&'static str, Role) {
    if seen {
        (theme.glyph("✓", "v"), Role::Good)
    } else {
        (theme.glyph("○", "o"), Role::Faint)
    }
}

/// Below this width what was seen stands below the name of its part.
const ONE_LINE: usize = 44;

/// The parts of a login: those that were seen, and those that are still to
/// come.
fn trail(state: &State, login: &LoginView, width: usize) -> Vec<Line<'static>> {
    let theme = state.theme;
    let mut lines = Vec::new();
    for stage in LoginStage::ALL {
        let seen = login.trail.iter().find(|seen| seen.stage == stage);
        let (glyph, role) = mark(theme, seen.is_some());
        let head = format!("{glyph} {}", stage.title());
        let text = theme.style(Role::Text);
        match seen {
            Some(seen) if width < ONE_LINE => {
                lines.push(Line::from(Span::styled(head, theme.style(role))));
                let what = format!("{} {}", clock(state, seen.at), say::sight(&seen.what));
                lines.extend(hanging(Span::raw("  "), &what, width, text));
            }
            Some(seen) => {
                let mark = Span::styled(text::pad(&head, 17, ""), theme.style(role));
                let what = format!("{}  {}", clock(state, seen.at), say::sight(&seen.what));
                lines.extend(hanging(mark, &what, width, text));
            }
            // What a finished login went without will not come any more.
            None if login.state.is_some() => {}
            None if width < ONE_LINE => {
                lines.push(Line::from(Span::styled(head, theme.style(role))));
            }
            None => {
                let waits = text::pad(&head, 17, "") + word!("not yet");
                lines.push(Line::styled(waits, theme.style(role)));
            }
        }
    }
    if let Some((mark, text)) = outcome(theme, login, "", |at| hour(state, at)) {
        lines.extend(hanging(mark, &text, width, theme.style(Role::Strong)));
    }
    lines
}

/// What a login came to, marked by how sure that is. `to` says to what, where
/// that is not on the screen.
pub fn outcome(
    theme: Theme,
    login: &LoginView,
    to: &str,
    clock: impl Fn(jiff::Timestamp) -> String,
) -> Option<(Span<'static>, String)> {
    let who = say::person(login.who.as_ref().unwrap_or(&Person::Somebody));
    let at = login.at.map(|at| say!(" at {time}", time = clock(at))).unwrap_or_default();
    let ((fancy, ascii), role, text) = match login.state? {
        LoginState::Verified => {
            (("✓ ", "v "), Role::Good, say!("{who} logged in{to}{at}.", who, to, at))
        }
        LoginState::Likely => (
            ("? ", "? "),
            Role::Notice,
            say!("{who} logged in{to}{at}, as you say; nothing proves it.", who, to, at),
        ),
        LoginState::Failed => {
            let why = login.evidence.as_ref().map(say::login_evidence).unwrap_or_default();
            (("✗ ", "x "), Role::Bad, say!("The login failed: {why}.", why))
        }
    };
    Some((Span::styled(theme.glyph(fancy, ascii), theme.style(role)), text))
}

fn hour(state: &State, at: jiff::Timestamp) -> String {
    at.to_zoned(state.zone.clone()).strftime("%H:%M").to_string()
}

/// Draws the code alone, on all of the screen: a camera wants all of it, and
/// some light around it.
pub fn render_code(frame: &mut Frame, screen: Rect, state: &State, drawn: &mut Drawn) {
    frame.render_widget(Clear, screen);
    let Some(link) = state.link() else { return };
    let theme = state.theme;
    let code = code(state).unwrap_or_default();
    let (wide, tall) = (code.first().map_or(0, Line::width), code.len());
    let fits = wide <= usize::from(screen.width) && tall <= usize::from(screen.height);
    let code = if fits {
        code
    } else {
        let hint = say!("The code needs {wide} x {tall} here; the link does as well:", wide, tall);
        vec![Line::styled(hint, theme.style(Role::Faint))]
    };
    let tall = u16::try_from(code.len()).unwrap_or(u16::MAX).min(screen.height);
    let wide = code.iter().map(Line::width).max().unwrap_or(0);
    let wide = u16::try_from(wide).unwrap_or(u16::MAX).min(screen.width);
    let below = screen.height - tall;
    let area = Rect {
        x: screen.x + (screen.width - wide) / 2,
        y: screen.y + below.saturating_sub(2) / 2,
        width: wide,
        height: tall,
    };
    frame.render_widget(Paragraph::new(code), area);
    let room = usize::from(screen.width.saturating_sub(2));
    let mut said: Vec<Line> = text::chop(link, room)
        .into_iter()
        .map(|p| Line::styled(p, theme.style(Role::Accent)))
        .collect();
    let links = said.len();
    said.push(Line::styled(word!("Esc goes back"), theme.style(Role::Faint)));
    for (i, line) in said.into_iter().enumerate() {
        let y = area.bottom() + u16::try_from(i).unwrap_or(u16::MAX);
        if y >= screen.bottom() {
            break;
        }
        let width = u16::try_from(line.width()).unwrap_or(screen.width).min(screen.width);
        let row = Rect { x: screen.x + (screen.width - width) / 2, y, width, height: 1 };
        frame.render_widget(Paragraph::new(line), row);
        if i < links {
            drawn.links.push(Hyperlink { area: row, address: link.to_owned(), id: 1 });
        }
    }
}

fn code(state: &State) -> Option<Vec<Line<'static>>> {
    link_code::lines(state.link()?, state.theme.paper(), state.theme.ascii)
}
