//! Every scene of the full-screen face as a picture, without a server: `cargo
//! run --example tui_gallery -- FOLDER` writes them as SVG at four sizes, on a
//! dark ground, on a light one, and without colours. For whoever changes a
//! view; the pictures of the README are made by the `pictures` example, from
//! the real program.

#![allow(clippy::unwrap_used, reason = "a developer sees why it stopped")]

use std::{env, fs, path::PathBuf};

use immich_sso::tui::{
    theme::{Depth, Ground},
    view,
};
use ratatui::{Terminal, backend::TestBackend};
use testkit::{picture, scenes};

fn main() {
    let folder = PathBuf::from(env::args().nth(1).unwrap_or_else(|| "target/gallery".into()));
    fs::create_dir_all(&folder).unwrap();
    for (width, height) in [(60, 20), (80, 24), (120, 40), (200, 50)] {
        for scene in scenes::ALL {
            for (look, depth, ground) in [
                ("dark", Depth::True, Ground::Dark),
                ("light", Depth::True, Ground::Light),
                ("unknown", Depth::True, Ground::Unknown),
                ("plain", Depth::None, Ground::Unknown),
            ] {
                let state = scene.state(depth, ground);
                let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
                terminal.draw(|frame| _ = view::draw(frame, &state)).unwrap();
                let name = format!("{}-{width}x{height}-{look}.svg", scene.name);
                let light = look == "light" || look == "unknown";
                let svg = picture::svg(terminal.backend().buffer(), light);
                fs::write(folder.join(name), svg).unwrap();
            }
        }
    }
}
