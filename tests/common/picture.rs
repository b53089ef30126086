//! A picture of a screen: what a ratatui buffer holds, as SVG.

use std::fmt::Write;

use ratatui::{
    buffer::Buffer,
    style::{Color, Modifier},
};
use unicode_width::UnicodeWidthStr;

/// The size of a cell in the picture.
const CELL: (f32, f32) = (8.4, 18.0);

/// The buffer as an SVG image, on a dark background or a light one.
pub fn svg(buffer: &Buffer, light: bool) -> String {
    let (fore, back) = if light { ("#24292f", "#ffffff") } else { ("#d5d9e3", "#14161c") };
    let area = buffer.area;
    let (width, height) = (f32::from(area.width) * CELL.0, f32::from(area.height) * CELL.1);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\">\
         <rect width=\"100%\" height=\"100%\" fill=\"{back}\"/>\
         <g font-family=\"DejaVu Sans Mono\" font-size=\"13.9\" xml:space=\"preserve\">\n"
    );
    for y in 0..area.height {
        for x in 0..area.width {
            let cell = &buffer[(x, y)];
            let (mut fg, mut bg) = (color(cell.fg, fore), color(cell.bg, back));
            if cell.modifier.contains(Modifier::REVERSED) {
                std::mem::swap(&mut fg, &mut bg);
            }
            let (left, top) = (f32::from(x) * CELL.0, f32::from(y) * CELL.1);
            if bg != back {
                let wide = CELL.0 * f32::from(u16::try_from(cell.symbol().width()).unwrap_or(1));
                let _ = write!(
                    svg,
                    "<rect x=\"{left}\" y=\"{top}\" width=\"{:.1}\" height=\"{:.1}\" fill=\"{bg}\"/>",
                    wide + 0.4,
                    CELL.1 + 0.4
                );
            }
            let half = CELL.1 / 2.0;
            let block = match cell.symbol() {
                " " if !cell.modifier.contains(Modifier::UNDERLINED) => continue,
                "█" => Some((0.0, CELL.1)),
                "▀" => Some((0.0, half)),
                "▄" => Some((half, half)),
                _ => None,
            };
            if let Some((down, tall)) = block {
                let _ = write!(
                    svg,
                    "<rect x=\"{left}\" y=\"{}\" width=\"{}\" height=\"{tall}\" fill=\"{fg}\"/>",
                    top + down,
                    CELL.0 + 0.4
                );
                continue;
            }
            if cell.modifier.contains(Modifier::UNDERLINED) {
                let _ = write!(
                    svg,
                    "<rect x=\"{left}\" y=\"{:.1}\" width=\"{}\" height=\"1\" fill=\"{fg}\"/>",
                    top + 15.6,
                    CELL.0 + 0.4
                );
            }
            let bold = cell.modifier.contains(Modifier::BOLD);
            let weight = if bold { " font-weight=\"bold\"" } else { "" };
            let text = cell.symbol().replace('&', "&amp;").replace('<', "&lt;");
            let _ = write!(
                svg,
                "<text x=\"{left}\" y=\"{:.1}\" fill=\"{fg}\"{weight}>{text}</text>",
                top + 13.6
            );
        }
        svg.push('\n');
    }
    svg + "</g></svg>\n"
}

fn color(color: Color, default: &str) -> String {
    match color {
        Color::Rgb(r, g, b) => format!("#{r:02x}{g:02x}{b:02x}"),
        _ => default.into(),
    }
}
