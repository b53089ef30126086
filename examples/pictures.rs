//! The pictures of the README, made from the real program in a terminal: it
//! walks the demo as a person would, and takes a picture of every screen that
//! matters, on a dark ground and on a light one, and a short moving one.
//!
//! ```sh
//! cargo build && cargo run --example pictures -- assets/pictures
//! ```

#![allow(clippy::unwrap_used, clippy::panic, reason = "a developer sees why it stopped")]

use std::{env, fs, path::PathBuf};

use portable_pty::CommandBuilder;
use ratatui::buffer::Buffer;
use testkit::{picture, terminal::Terminal};

/// The demo's servers listen where the real ones usually do, so that pictures
/// of two days differ in little.
const PORTS: [&str; 6] =
    ["--authentik-port", "9000", "--immich-port", "2283", "--ssh-port", "2222"];

fn main() {
    let folder = PathBuf::from(env::args().nth(1).unwrap_or_else(|| "target/pictures".into()));
    fs::create_dir_all(&folder).unwrap();
    for light in [false, true] {
        let mut album = Album { folder: folder.clone(), light, frames: Vec::new() };
        album.walk();
        album.small();
    }
}

struct Album {
    folder: PathBuf,
    light: bool,
    frames: Vec<(Buffer, f32)>,
}

impl Album {
    /// The program beside this example, on a terminal that says on what ground
    /// it writes.
    fn start(&self, rows: u16, columns: u16) -> Terminal {
        let program = env::current_exe().unwrap();
        let program = program.parent().and_then(|p| p.parent()).unwrap().join("immich-sso");
        let mut command = CommandBuilder::new(program);
        command.arg("demo");
        command.args(PORTS);
        command.env("LC_ALL", "C.UTF-8");
        command.env("TERM", "xterm-256color");
        command.env("COLORTERM", "truecolor");
        for name in ["NO_COLOR", "COLORFGBG", "DISPLAY", "WAYLAND_DISPLAY"] {
            command.env_remove(name);
        }
        let mut terminal = Terminal::start_sized(command, rows, columns);
        terminal.wait_written("\u{1b}]11;?");
        let ground = if self.light { "ffff/ffff/ffff" } else { "1414/1616/1c1c" };
        terminal.press(&format!("\u{1b}]11;rgb:{ground}\u{1b}\\"));
        terminal
    }

    /// Takes a picture.
    fn take(&self, terminal: &Terminal, name: &str) {
        let shade = if self.light { "light" } else { "dark" };
        let file = self.folder.join(format!("{name}-{shade}.svg"));
        terminal.settle();
        let buffer = terminal.look(picture::buffer);
        fs::write(file, picture::svg(&buffer, self.light)).unwrap();
    }

    /// Adds what is on the screen to the moving picture.
    fn keep(&mut self, terminal: &Terminal, seconds: f32) {
        terminal.settle();
        self.frames.push((terminal.look(picture::buffer), seconds));
    }

    /// The whole walk.
    fn walk(&mut self) {
        let mut t = self.start(38, 120);
        t.wait_for("y do exactly this");
        self.keep(&t, 2.5);
        self.take(&t, "step");

        t.press("e");
        t.wait_gone("y do exactly this");
        t.press("jj\r");
        t.wait_for("looks right");
        self.keep(&t, 1.2);
        t.press("\u{15}slow flow");
        t.wait_for("not yet");
        self.keep(&t, 1.8);
        self.take(&t, "edit");
        t.press("\u{1b}");
        t.wait_gone("not yet");
        t.press("\u{1b}");
        t.wait_for("y do exactly this");

        t.press("x");
        t.wait_for("Provider: exactly");
        self.keep(&t, 2.2);
        self.take(&t, "exact");
        t.press("\u{1b}");
        for (step, seconds) in [("step 1 of 5", 0.8), ("step 2 of 5", 1.4), ("step 3 of 5", 1.6)] {
            t.wait_for(step);
            t.wait_for("y do exactly this");
            self.keep(&t, seconds);
            t.press("y");
        }
        t.wait_for("Let alice log in");
        t.wait_for("code redeemed");
        self.keep(&t, 2.0);
        self.take(&t, "login");
        t.press("p");
        t.wait_for("All steps are walked");
        self.keep(&t, 2.5);
        self.take(&t, "end");
        t.press("m");
        t.wait_for("this machine stands in for it");
        self.keep(&t, 3.0);
        self.take(&t, "map");
        t.press("J");
        t.wait_for("Journal");
        t.wait_gone("this machine stands in for it");
        self.keep(&t, 2.0);
        self.take(&t, "journal");
        t.press("\u{1b}");
        t.wait_gone("Journal ");
        t.press("q");
        assert!(t.ended_well());
        let shade = if self.light { "light" } else { "dark" };
        let file = self.folder.join(format!("walk-{shade}.svg"));
        fs::write(file, picture::moving(&self.frames, self.light)).unwrap();
    }

    /// The smallest terminal that will do.
    fn small(&self) {
        let mut t = self.start(20, 60);
        t.wait_for("y do exactly this");
        self.take(&t, "small");
        t.press("q");
        assert!(t.ended_well());
    }
}
