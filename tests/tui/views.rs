//! What the views draw, at every size.

use immich_sso::{
    tui::{
        action::Overlay,
        state::State,
        theme::{Depth, Ground},
        view,
    },
    wizard::Snapshot,
};
use ratatui::{
    Terminal,
    backend::TestBackend,
    buffer::Buffer,
    style::{Color, Modifier},
};

use super::scenes;

fn draw(state: &State, width: u16, height: u16) -> Buffer {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| _ = view::draw(frame, state)).unwrap();
    terminal.backend().buffer().clone()
}

fn state(scene: Snapshot) -> State {
    scenes::state(scene, Depth::True, Ground::Dark)
}

/// The letters of a screen, without the blanks at the ends of lines.
fn text(buffer: &Buffer) -> String {
    let area = buffer.area;
    let mut text = String::new();
    for y in 0..area.height {
        let mut line = String::new();
        let mut skip = 0;
        for x in 0..area.width {
            let symbol = buffer[(x, y)].symbol();
            if skip > 0 {
                skip -= 1;
                continue;
            }
            line.push_str(symbol);
            skip = unicode_width::UnicodeWidthStr::width(symbol).saturating_sub(1);
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

#[test]
fn every_scene_is_drawn_at_eighty_columns() {
    for (name, scene) in scenes::ALL {
        insta::assert_snapshot!(format!("{name}_80x24"), text(&draw(&state(scene()), 80, 24)));
    }
}

#[test]
fn the_main_scenes_are_drawn_small_wide_and_very_wide() {
    for (width, height) in [(60, 20), (120, 40), (200, 50)] {
        for (name, scene) in [
            ("decide", scenes::decide as fn() -> Snapshot),
            ("differs", scenes::differs),
            ("login", scenes::login),
            ("wide", scenes::wide),
        ] {
            let drawn = text(&draw(&state(scene()), width, height));
            insta::assert_snapshot!(format!("{name}_{width}x{height}"), drawn);
        }
    }
}

#[test]
fn pages_lie_over_the_card() {
    for (name, overlay) in
        [("exact", Overlay::Exact), ("help", Overlay::Help), ("journal", Overlay::Journal)]
    {
        let mut state = state(scenes::decide());
        state.overlay = Some(overlay);
        insta::assert_snapshot!(format!("{name}_page_120x40"), text(&draw(&state, 120, 40)));
    }
}

#[test]
fn a_window_that_is_too_small_says_so() {
    let drawn = text(&draw(&state(scenes::decide()), 59, 20));
    assert!(drawn.contains("59 x 20; 60 x 20 will do"), "{drawn}");
}

#[test]
fn without_unicode_everything_is_ascii() {
    for (name, scene) in scenes::ALL.into_iter().filter(|(name, _)| *name != "wide") {
        let mut state = state(scene());
        state.theme.ascii = true;
        let drawn = text(&draw(&state, 120, 40)).replace('•', "");
        assert!(drawn.is_ascii(), "{name}:\n{drawn}");
    }
}

#[test]
fn what_differs_has_the_colour_of_a_notice_and_what_is_equal_steps_back() {
    let buffer = draw(&state(scenes::differs()), 120, 40);
    let at = |needle: &str| {
        let text = text(&buffer);
        let (y, line) = text.lines().enumerate().find(|(_, line)| line.contains(needle)).unwrap();
        let x = line[..line.find(needle).unwrap()].chars().count();
        buffer[(u16::try_from(x).unwrap(), u16::try_from(y).unwrap())].fg
    };
    assert_eq!(at("(51c09fd2)"), Color::Rgb(0xe5, 0xb5, 0x67));
    assert_eq!(at("confidential"), Color::Rgb(0x8b, 0x90, 0xa0));
}

#[test]
fn without_colours_there_is_none() {
    for (name, scene) in scenes::ALL {
        let buffer = draw(&scenes::state(scene(), Depth::None, Ground::Dark), 120, 40);
        for cell in buffer.content() {
            assert_eq!((cell.fg, cell.bg), (Color::Reset, Color::Reset), "{name}: {cell:?}");
        }
        let loud = |cell: &ratatui::buffer::Cell| !(cell.modifier - Modifier::DIM).is_empty();
        assert!(buffer.content().iter().any(loud), "{name}: nothing stands out");
    }
}

#[test]
fn a_revealed_secret_is_only_where_it_was_asked_for() {
    let secret = "not-a-real-secret-but-one-for-a-picture";
    assert!(text(&draw(&state(scenes::summary()), 120, 40)).contains(secret));
    let mut hidden = scenes::summary();
    hidden.summary.as_mut().unwrap().revealed = None;
    assert!(!text(&draw(&state(hidden), 120, 40)).contains(secret));
}
