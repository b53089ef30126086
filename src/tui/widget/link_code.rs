//! A QR code of a link for a phone's camera: drawn with half blocks, or with
//! blanks where the terminal has no other letters.

use qrcode::{EcLevel, QrCode, types::Color as Module};
use ratatui::{
    style::{Modifier, Style},
    text::{Line, Span},
};

/// How many modules of light stand around the code. Four are asked for by
/// ISO 18004; cameras read two, and screens are small.
const QUIET: usize = 2;

/// The code's lines, or nothing where the link is too long for one. `paper` is
/// dark on light, because not every camera reads the opposite.
#[must_use]
pub fn lines(link: &str, paper: Style, ascii: bool) -> Option<Vec<Line<'static>>> {
    let code = QrCode::with_error_correction_level(link, EcLevel::L).ok()?;
    let width = code.width();
    let modules = code.to_colors();
    let side = width + 2 * QUIET;
    let dark = |x: usize, y: usize| {
        let inside = (QUIET..width + QUIET).contains(&x) && (QUIET..width + QUIET).contains(&y);
        inside && modules[(y - QUIET) * width + x - QUIET] == Module::Dark
    };
    let mut ink = paper;
    ink.add_modifier.toggle(Modifier::REVERSED);
    let row = |y: usize| {
        let text: String = (0..side)
            .map(|x| match (dark(x, y), y + 1 < side && dark(x, y + 1)) {
                (true, true) => '█',
                (true, false) => '▀',
                (false, true) => '▄',
                (false, false) => ' ',
            })
            .collect();
        Line::from(Span::styled(text, paper))
    };
    // Two blanks for a module are about as wide as tall.
    let blank = |y: usize| {
        let module = |x| Span::styled("  ", if dark(x, y) { ink } else { paper });
        Line::from((0..side).map(module).collect::<Vec<_>>())
    };
    Some(if ascii {
        (0..side).map(blank).collect()
    } else {
        (0..side).step_by(2).map(row).collect()
    })
}
