//! A QR code of a link, drawn with half blocks, for a phone's camera.

use qrcode::{EcLevel, QrCode, types::Color as Module};
use ratatui::{
    style::Style,
    text::{Line, Span},
};

/// How many modules of light stand around the code. Four are asked for by
/// ISO 18004; cameras read two, and screens are small.
const QUIET: usize = 2;

/// The code's lines, or nothing where the link is too long for one. `paper` is
/// dark on light, because not every camera reads the opposite.
#[must_use]
pub fn lines(link: &str, paper: Style) -> Option<Vec<Line<'static>>> {
    let code = QrCode::with_error_correction_level(link, EcLevel::L).ok()?;
    let width = code.width();
    let modules = code.to_colors();
    let side = width + 2 * QUIET;
    let dark = |x: usize, y: usize| {
        let inside = (QUIET..width + QUIET).contains(&x) && (QUIET..width + QUIET).contains(&y);
        inside && modules[(y - QUIET) * width + x - QUIET] == Module::Dark
    };
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
    Some((0..side).step_by(2).map(row).collect())
}
