//! What the views draw: every scene at every size, with its colours and
//! without any.

use std::fmt::Write;

use immich_sso::{
    tui::{
        drawn::Drawn,
        state::State,
        theme::{Depth, Ground, Role, Theme},
        view,
    },
    wizard::PromptKind,
};
use ratatui::{
    Terminal,
    backend::TestBackend,
    buffer::{Buffer, Cell},
    style::{Color, Modifier, Style},
};
use unicode_width::UnicodeWidthStr;

use super::scenes;

const SIZES: [(u16, u16); 4] = [(60, 20), (80, 24), (120, 40), (200, 50)];

const ROLES: [Role; 11] = [
    Role::Strong,
    Role::Faint,
    Role::Accent,
    Role::Good,
    Role::Notice,
    Role::Bad,
    Role::Rule,
    Role::Chosen,
    Role::Badge,
    Role::Fresh,
    Role::Typed,
];

fn draw(state: &State, width: u16, height: u16) -> Buffer {
    draw_all(state, width, height).0
}

/// The screen, and what was put where.
fn draw_all(state: &State, width: u16, height: u16) -> (Buffer, Drawn) {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    let mut drawn = Drawn::default();
    terminal.draw(|frame| drawn = view::draw(frame, state)).unwrap();
    (terminal.backend().buffer().clone(), drawn)
}

fn dark(scene: scenes::Scene) -> State {
    scene.state(Depth::True, Ground::Dark)
}

fn scene(name: &str) -> scenes::Scene {
    scenes::ALL.into_iter().find(|scene| scene.name == name).unwrap()
}

/// The cells of a row, without those behind the first half of a wide one.
fn cells(buffer: &Buffer, y: u16) -> impl Iterator<Item = &Cell> {
    let mut skip = 0;
    (0..buffer.area.width).map(move |x| &buffer[(x, y)]).filter(move |cell| {
        let hidden = skip > 0;
        skip = if hidden { skip - 1 } else { cell.symbol().width().saturating_sub(1) };
        !hidden
    })
}

/// The letters of a screen, without the blanks at the ends of lines.
fn text(buffer: &Buffer) -> String {
    let mut text = String::new();
    for y in 0..buffer.area.height {
        let line: String = cells(buffer, y).map(Cell::symbol).collect();
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// How the letters of a screen look: runs of one look, line by line.
fn looks(buffer: &Buffer, name: impl Fn(&Cell) -> String) -> String {
    let mut text = String::new();
    for y in 0..buffer.area.height {
        let mut runs: Vec<(String, String)> = Vec::new();
        for cell in cells(buffer, y).filter(|cell| cell.symbol() != " ") {
            let look = name(cell);
            match runs.last_mut() {
                Some((last, letters)) if *last == look => letters.push_str(cell.symbol()),
                _ => runs.push((look, cell.symbol().to_owned())),
            }
        }
        runs.retain(|(look, _)| !look.is_empty());
        if !runs.is_empty() {
            let _ = write!(text, "{y:>2}");
            for (look, letters) in runs {
                let _ = write!(text, "  {look}:{letters}");
            }
            text.push('\n');
        }
    }
    text
}

/// What a cell means, by the theme.
fn role(theme: Theme, cell: &Cell) -> String {
    let style = |role| Style::reset().patch(theme.style(role));
    let look = Style::reset().patch(cell.style());
    let plain = |style: Style| (style.fg, style.bg, style.add_modifier);
    let found = ROLES.into_iter().find(|role| plain(style(*role)) == plain(look));
    match found {
        Some(role) => format!("{role:?}"),
        None if (cell.fg, cell.modifier) == (Color::Reset, Modifier::empty()) => String::new(),
        None => format!("{:?}", cell.fg),
    }
}

fn modifiers(cell: &Cell) -> String {
    if cell.modifier.is_empty() { String::new() } else { format!("{:?}", cell.modifier) }
}

#[test]
fn every_scene_is_drawn_at_every_size_with_colours_and_without() {
    let theme = dark(scene("decide")).theme;
    for scene in scenes::ALL {
        for (width, height) in SIZES {
            let colours = draw(&dark(scene), width, height);
            let plain = draw(&scene.state(Depth::None, Ground::Unknown), width, height);
            assert!(
                plain
                    .content()
                    .iter()
                    .all(|cell| (cell.fg, cell.bg) == (Color::Reset, Color::Reset)),
                "{}: a colour where there is none",
                scene.name
            );
            let screen = format!(
                "{}── colours\n{}── without colours\n{}",
                text(&colours),
                looks(&colours, |cell| role(theme, cell)),
                looks(&plain, modifiers),
            );
            if scene.name != "code" {
                assert_eq!(text(&colours), text(&plain), "{}: other letters", scene.name);
            }
            insta::with_settings!({snapshot_path => "views", prepend_module_to_snapshot => false}, {
                insta::assert_snapshot!(format!("{}_{width}x{height}", scene.name), screen);
            });
        }
    }
}

/// A terminal with the letters of ASCII alone and no colours: the least of all.
#[test]
fn every_scene_is_drawn_with_the_least_of_means() {
    for scene in scenes::ALL {
        let mut state = scene.state(Depth::None, Ground::Unknown);
        state.theme.ascii = true;
        let screen = text(&draw(&state, 80, 24));
        insta::with_settings!({snapshot_path => "views", prepend_module_to_snapshot => false}, {
            insta::assert_snapshot!(format!("{}_ascii", scene.name), screen);
        });
    }
}

/// What helps to answer is seen whole, however little room the prompt has: the
/// card scrolls to it.
#[test]
fn what_helps_to_answer_is_seen_to_its_end() {
    for scene in scenes::ALL {
        let mut state = dark(scene);
        let Some(help) = state.prompt().map(|prompt| prompt.help.clone()) else { continue };
        if state.overlay.is_some() || state.field.is_some() || state.asks_to_quit {
            continue;
        }
        for (width, height) in SIZES {
            let mut seen = String::new();
            state.scrolled.card = 0;
            loop {
                let (screen, drawn) = draw_all(&state, width, height);
                seen.push_str(&text(&screen));
                if state.scrolled.card >= drawn.card.end {
                    break;
                }
                state.scrolled.card += drawn.card.area.height;
            }
            // Borders and breaks are no words.
            let words = |text: &str| -> Vec<String> {
                text.split(|c: char| !c.is_alphanumeric()).map(str::to_owned).collect()
            };
            let seen = words(&seen);
            for word in help.iter().flat_map(|help| words(&immich_sso::text::note(help))) {
                assert!(seen.contains(&word), "{} {width}x{height}: {word}", scene.name);
            }
        }
    }
}

#[test]
fn a_window_that_is_too_small_says_so() {
    let drawn = text(&draw(&dark(scene("decide")), 59, 20));
    let told = testkit::said_with("{} x {}; {} x {} will do", &[&59, &20, &60, &20]);
    assert!(drawn.contains(&told), "{drawn}");
}

#[test]
fn without_unicode_everything_is_ascii() {
    for scene in scenes::ALL.into_iter().filter(|scene| !scene.name.contains("wide")) {
        let mut state = dark(scene);
        state.theme.ascii = true;
        let drawn = text(&draw(&state, 120, 40)).replace(['•', 'ü'], "");
        assert!(drawn.is_ascii(), "{}:\n{drawn}", scene.name);
    }
}

#[test]
fn something_stands_out_without_colours_too() {
    for scene in scenes::ALL.into_iter().filter(|scene| scene.name != "code") {
        let buffer = draw(&scene.state(Depth::None, Ground::Unknown), 120, 40);
        let loud = |cell: &Cell| !(cell.modifier - Modifier::DIM).is_empty();
        assert!(buffer.content().iter().any(loud), "{}", scene.name);
    }
}

#[test]
fn a_revealed_secret_is_only_where_it_was_asked_for() {
    let secret = "not-a-real-secret-but-one-for-a-picture";
    for (width, height) in SIZES {
        let shown = text(&draw(&dark(scene("summary")), width, height));
        assert!(shown.contains(&secret[..12]), "{shown}");
    }
    let mut hidden = scenes::summary();
    hidden.summary.as_mut().unwrap().revealed = None;
    let hidden = scenes::state(hidden, Depth::True, Ground::Dark);
    assert!(!text(&draw(&hidden, 120, 40)).contains(secret));
    // Asked for to be copied, it is not drawn; nor once its time is over.
    let mut state = dark(scene("summary"));
    state.copies = true;
    assert!(!text(&draw(&state, 120, 40)).contains(secret));
    let mut state = dark(scene("summary"));
    state.now = scenes::noon() + jiff::SignedDuration::from_secs(9);
    assert!(!text(&draw(&state, 120, 40)).contains(secret));
}

#[test]
fn the_code_for_a_camera_is_whole_at_every_size() {
    for (width, height) in SIZES {
        let drawn = text(&draw(&dark(scene("code")), width, height));
        // 29 modules and two of light on each side, two to a row.
        let rows = drawn.lines().filter(|line| line.contains(['█', '▀', '▄'])).count();
        assert!(rows >= 15 && drawn.contains("autoLaunch=1"), "{width}x{height}: {rows}\n{drawn}");
    }
}

/// Whether a colour is light on a terminal of that ground; those of letters
/// are as light as letters are there.
fn is_light(color: Color, ground: Ground, letters: bool) -> bool {
    match color {
        Color::Rgb(255, 255, 255) | Color::Indexed(231) | Color::White => true,
        Color::Rgb(0, 0, 0) | Color::Indexed(16) | Color::Black => false,
        _ => letters != (ground == Ground::Light),
    }
}

/// What a camera reads from the screen: which dots are light, each module a few
/// dots wide, on a terminal of that ground.
fn read_by_camera(buffer: &Buffer, ground: Ground) -> Option<String> {
    const DOTS: usize = 4;
    let light = |x: usize, y: usize| {
        let at = |n: usize| u16::try_from(n).unwrap();
        let cell = &buffer[(at(x / DOTS), at(y / DOTS / 2))];
        let upper = (y / DOTS).is_multiple_of(2);
        let inked = match cell.symbol() {
            "█" => true,
            "▀" => upper,
            "▄" => !upper,
            _ => false,
        };
        let swapped = cell.modifier.contains(Modifier::REVERSED);
        let light = if inked == swapped {
            is_light(cell.bg, ground, false)
        } else {
            is_light(cell.fg, ground, true)
        };
        if light { 255 } else { 0 }
    };
    let (width, height) = (usize::from(buffer.area.width), usize::from(buffer.area.height));
    let (width, height) = (width * DOTS, height * DOTS * 2);
    let mut image = rqrr::PreparedImage::prepare_from_greyscale(width, height, light);
    Some(image.detect_grids().first()?.decode().ok()?.1)
}

#[test]
fn a_camera_reads_the_link_from_the_screen() {
    let link = "https://photos.example.com/auth/login?autoLaunch=1";
    for (name, width, height) in [("code", 60, 20), ("code", 80, 24), ("login", 120, 40)] {
        for depth in [Depth::True, Depth::Indexed, Depth::Sixteen, Depth::None] {
            for ground in [Ground::Dark, Ground::Light] {
                let state = scene(name).state(depth, ground);
                let read = read_by_camera(&draw(&state, width, height), ground);
                let what = format!("{name} at {width}x{height}, {depth:?} on {ground:?}");
                assert_eq!(read.as_deref(), Some(link), "{what}");
            }
        }
    }
}

/// What can be answered is on the screen, however much there is to say besides.
#[test]
fn every_option_is_seen_at_every_size() {
    for scene in scenes::ALL {
        let state = dark(scene);
        if state.overlay.is_some() || state.asks_to_quit || state.field.is_some() {
            continue;
        }
        let Some(prompt) = state.prompt() else { continue };
        let PromptKind::Choice { options, .. } = &prompt.kind else { continue };
        for (width, height) in SIZES {
            let screen = text(&draw(&state, width, height));
            for option in options {
                let label = immich_sso::text::option(&option.pick).text;
                let seen = screen.contains(&label);
                assert!(seen, "{} {width}x{height}: {label}\n{screen}", scene.name);
            }
            let fault = prompt.refused.as_ref().map_or("", |fault| fault.tried.as_str());
            assert!(screen.contains(fault), "{} {width}x{height}: {fault}\n{screen}", scene.name);
        }
    }
}
