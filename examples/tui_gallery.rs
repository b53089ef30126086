//! Pictures of the full-screen face, without a server: `cargo run --example
//! tui_gallery -- FOLDER` writes every scene as SVG, dark and light.

#![allow(clippy::unwrap_used, reason = "a developer sees why it stopped")]

#[path = "../tests/common/picture.rs"]
mod picture;
#[path = "../tests/tui/scenes.rs"]
mod scenes;

use std::{env, fs, path::PathBuf};

use immich_sso::tui::{
    action::Overlay,
    theme::{Depth, Ground},
    view,
};
use ratatui::{Terminal, backend::TestBackend};

fn main() {
    let folder = PathBuf::from(env::args().nth(1).unwrap_or_else(|| "target/gallery".into()));
    fs::create_dir_all(&folder).unwrap();
    for (width, height) in [(60, 20), (80, 24), (120, 40), (200, 50)] {
        for (name, scene) in scenes::ALL {
            for ground in [Ground::Dark, Ground::Light] {
                let light = ground == Ground::Light;
                let overlays = match name {
                    "decide" => {
                        [None, Some(Overlay::Exact), Some(Overlay::Help), Some(Overlay::Journal)]
                    }
                    _ => [None; 4],
                };
                for (i, overlay) in overlays.into_iter().enumerate() {
                    if i > 0 && overlay.is_none() {
                        continue;
                    }
                    let mut state = scenes::state(scene(), Depth::True, ground);
                    state.overlay = overlay;
                    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
                    terminal.draw(|frame| _ = view::draw(frame, &state)).unwrap();
                    let shade = if light { "light" } else { "dark" };
                    let over =
                        overlay.map(|o| format!("-{o:?}")).unwrap_or_default().to_lowercase();
                    let file = folder.join(format!("{name}{over}-{width}x{height}-{shade}.svg"));
                    fs::write(file, picture::svg(terminal.backend().buffer(), light)).unwrap();
                }
            }
        }
    }
}
