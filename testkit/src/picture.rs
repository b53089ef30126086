//! A picture of a screen: what a terminal shows, as SVG, still or moving.
//! Lines and blocks are drawn, not set in a font, so that they meet.

use std::{collections::HashMap, fmt::Write};

use ratatui::{
    buffer::{Buffer, Cell},
    style::{Color, Modifier},
};
use unicode_width::UnicodeWidthStr;

/// The size of a cell in the picture.
const CELL: (f32, f32) = (8.4, 18.0);

/// Letters and ground of a picture.
#[derive(Clone, Copy)]
struct Ink {
    fore: &'static str,
    back: &'static str,
}

const DARK: Ink = Ink { fore: "#d5d9e3", back: "#14161c" };
const LIGHT: Ink = Ink { fore: "#24292f", back: "#ffffff" };

/// The buffer as an SVG image, on a dark background or a light one.
pub fn svg(buffer: &Buffer, light: bool) -> String {
    let ink = if light { LIGHT } else { DARK };
    let mut svg = head(buffer, ink, "");
    for y in 0..buffer.area.height {
        let _ = writeln!(svg, "<g transform=\"translate(0 {})\">", f32::from(y) * CELL.1);
        svg.push_str(&row(buffer, y, ink));
        svg.push_str("</g>\n");
    }
    svg + "</g></svg>\n"
}

/// Buffers one after the other, each for so many seconds, over and over. Rows
/// that stay as they are are in it once.
pub fn moving(frames: &[(Buffer, f32)], light: bool) -> String {
    let ink = if light { LIGHT } else { DARK };
    let Some((first, _)) = frames.first() else { return String::new() };
    let whole: f32 = frames.iter().map(|(_, long)| long).sum();
    let mut style = String::from("<style>.f{visibility:hidden}");
    let mut from = 0.0;
    for (i, (_, long)) in frames.iter().enumerate() {
        let (begin, end) = (from / whole * 100.0, (from + long) / whole * 100.0);
        let _ = write!(
            style,
            "@keyframes k{i}{{0%{{visibility:{}}}{begin:.3}%{{visibility:visible}}\
             {end:.3}%{{visibility:hidden}}100%{{visibility:hidden}}}}\
             .k{i}{{animation:k{i} {whole}s step-end infinite}}",
            if i == 0 { "visible" } else { "hidden" }
        );
        from += long;
    }
    style.push_str("</style>");
    let mut rows: HashMap<String, usize> = HashMap::new();
    let mut defs = String::from("<defs>\n");
    let mut shown = String::new();
    for (i, (buffer, _)) in frames.iter().enumerate() {
        let _ = write!(shown, "<g class=\"f k{i}\">");
        for y in 0..buffer.area.height {
            let drawn = row(buffer, y, ink);
            if drawn.is_empty() {
                continue;
            }
            let next = rows.len();
            let id = *rows.entry(drawn).or_insert_with_key(|drawn| {
                let _ = writeln!(defs, "<g id=\"r{next}\">{drawn}</g>");
                next
            });
            let _ = write!(shown, "<use href=\"#r{id}\" y=\"{}\"/>", f32::from(y) * CELL.1);
        }
        shown.push_str("</g>\n");
    }
    defs.push_str("</defs>\n");
    format!("{}{defs}{shown}</g></svg>\n", head(first, ink, &style))
}

fn head(buffer: &Buffer, ink: Ink, style: &str) -> String {
    let area = buffer.area;
    let (width, height) = (f32::from(area.width) * CELL.0, f32::from(area.height) * CELL.1);
    let back = ink.back;
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.1}\" height=\"{height:.1}\" \
         viewBox=\"-8 -8 {:.1} {:.1}\">{style}\
         <rect x=\"-8\" y=\"-8\" width=\"100%\" height=\"100%\" rx=\"8\" fill=\"{back}\"/>\
         <g font-family=\"DejaVu Sans Mono,Menlo,Consolas,monospace\" font-size=\"13.9\" \
         xml:space=\"preserve\">\n",
        width + 16.0,
        height + 16.0
    )
}

/// One row, at the top of its own.
fn row(buffer: &Buffer, y: u16, ink: Ink) -> String {
    let (mut grounds, mut blocks) = (Rects::default(), Rects::default());
    let mut svg = String::new();
    let mut run: Option<Run> = None;
    let mut x = 0;
    while x < buffer.area.width {
        let cell = &buffer[(x, y)];
        let wide = u16::try_from(cell.symbol().width().max(1)).unwrap_or(1);
        let (fg, bg) = colors(cell, ink);
        if bg != ink.back {
            grounds.push(x, wide, (0.0, CELL.1 + 0.3), &bg);
        }
        if cell.modifier.contains(Modifier::UNDERLINED) {
            blocks.push(x, 1, (15.6, 1.0), &fg);
        }
        let bold = cell.modifier.contains(Modifier::BOLD);
        if cell.symbol() == " " || line(&mut svg, &mut blocks, x, cell.symbol(), &fg) {
            // A blank ends a run only where another one follows.
            let next_is_blank = x + 1 >= buffer.area.width || buffer[(x + 1, y)].symbol() == " ";
            match &mut run {
                Some(run) if cell.symbol() == " " && !next_is_blank => run.push(" ", 1),
                _ => end(&mut svg, run.take()),
            }
        } else {
            match &mut run {
                Some(run) if run.fg == fg && run.bold == bold && wide == 1 => {
                    run.push(cell.symbol(), 1);
                }
                _ => {
                    end(&mut svg, run.take());
                    let text = cell.symbol().to_owned();
                    run = Some(Run { x, cells: wide, text, fg, bold });
                }
            }
        }
        x += wide;
    }
    end(&mut svg, run);
    grounds.svg() + &blocks.svg() + &svg
}

/// Rectangles of a row; those that touch become one.
#[derive(Default)]
struct Rects(Vec<(u16, u16, (f32, f32), String)>);

impl Rects {
    /// One from cell `x` on, so many cells wide, at that height and so tall.
    fn push(&mut self, x: u16, cells: u16, upright: (f32, f32), fill: &str) {
        let touches = |(from, wide, at, color): &&mut (u16, u16, (f32, f32), String)| {
            *from + *wide == x && *at == upright && color == fill
        };
        match self.0.iter_mut().rev().take(2).find(touches) {
            Some((_, wide, ..)) => *wide += cells,
            None => self.0.push((x, cells, upright, fill.to_owned())),
        }
    }

    fn svg(&self) -> String {
        let mut svg = String::new();
        for (x, cells, (top, tall), fill) in &self.0 {
            let wide = f32::from(*cells) * CELL.0 + 0.3;
            rect(&mut svg, *x, *top, wide, *tall, fill);
        }
        svg
    }
}

/// Letters of one look.
struct Run {
    x: u16,
    cells: u16,
    text: String,
    fg: String,
    bold: bool,
}

impl Run {
    fn push(&mut self, text: &str, cells: u16) {
        self.text.push_str(text);
        self.cells += cells;
    }
}

fn end(svg: &mut String, run: Option<Run>) {
    let Some(run) = run else { return };
    let text = run.text.trim_end();
    let blanks = run.text.len() - text.len();
    let cells = f32::from(run.cells) - f32::from(u16::try_from(blanks).unwrap_or(0));
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    let bold = if run.bold { " font-weight=\"bold\"" } else { "" };
    let _ = write!(
        svg,
        "<text x=\"{:.1}\" y=\"13.6\" fill=\"{}\"{bold} textLength=\"{:.1}\">{text}</text>",
        f32::from(run.x) * CELL.0,
        run.fg,
        cells * CELL.0
    );
}

fn rect(svg: &mut String, x: u16, top: f32, wide: f32, tall: f32, fill: &str) {
    let left = f32::from(x) * CELL.0;
    let _ = write!(
        svg,
        "<rect x=\"{left:.1}\" y=\"{top:.1}\" width=\"{wide:.1}\" height=\"{tall:.1}\" \
         fill=\"{fill}\"/>"
    );
}

/// Draws what is a line or a block; `false`: it is a letter.
fn line(svg: &mut String, blocks: &mut Rects, x: u16, symbol: &str, fg: &str) -> bool {
    let (wide, tall) = CELL;
    let (left, middle) = (f32::from(x) * wide, f32::from(x) * wide + wide / 2.0);
    let half = tall / 2.0;
    let right = left + wide;
    let path = match symbol {
        "█" => {
            blocks.push(x, 1, (0.0, half), fg);
            blocks.push(x, 1, (half, half), fg);
            return true;
        }
        "▀" | "▄" => {
            blocks.push(x, 1, (if symbol == "▀" { 0.0 } else { half }, half), fg);
            return true;
        }
        "▌" => {
            rect(svg, x, 0.0, wide / 2.0, tall, fg);
            return true;
        }
        "│" => format!("M{middle} 0V{tall}"),
        "─" => {
            blocks.push(x, 1, (half - 0.5, 1.0), fg);
            return true;
        }
        "┬" => format!("M{left} {half}H{right}M{middle} {half}V{tall}"),
        "╭" => format!("M{middle} {tall}V{}Q{middle} {half} {right} {half}", half + 4.0),
        "╮" => format!("M{middle} {tall}V{}Q{middle} {half} {left} {half}", half + 4.0),
        "╰" => format!("M{middle} 0V{}Q{middle} {half} {right} {half}", half - 4.0),
        "╯" => format!("M{middle} 0V{}Q{middle} {half} {left} {half}", half - 4.0),
        "┊" => format!("M{middle} 1V4M{middle} 7V11M{middle} 14V17"),
        "┄" => format!("M{left} {half}h2m2 0h2"),
        _ => return false,
    };
    let _ = write!(svg, "<path d=\"{path}\" fill=\"none\" stroke=\"{fg}\"/>");
    true
}

fn colors(cell: &Cell, ink: Ink) -> (String, String) {
    let (fg, bg) = (color(cell.fg, ink.fore), color(cell.bg, ink.back));
    if cell.modifier.contains(Modifier::REVERSED) { (bg, fg) } else { (fg, bg) }
}

fn color(color: Color, default: &str) -> String {
    match color {
        Color::Rgb(r, g, b) => format!("#{r:02x}{g:02x}{b:02x}"),
        _ => default.into(),
    }
}

/// What a terminal shows, as a buffer.
pub fn buffer(screen: &vt100::Screen) -> Buffer {
    let (rows, columns) = screen.size();
    let (rows, columns) = (u16::from(rows), u16::from(columns));
    let mut buffer = Buffer::empty(ratatui::layout::Rect::new(0, 0, columns, rows));
    for y in 0..rows {
        for x in 0..columns {
            let Some(cell) = screen.cell(y, x) else { continue };
            let target = &mut buffer[(x, y)];
            if cell.has_contents() {
                target.set_symbol(cell.contents());
            }
            target.fg = shown(cell.fgcolor());
            target.bg = shown(cell.bgcolor());
            for (is, modifier) in [
                (cell.bold(), Modifier::BOLD),
                (cell.underline(), Modifier::UNDERLINED),
                (cell.inverse(), Modifier::REVERSED),
            ] {
                if is {
                    target.modifier |= modifier;
                }
            }
        }
    }
    buffer
}

const fn shown(color: vt100::Color) -> Color {
    match color {
        vt100::Color::Rgb(r, g, b) => Color::Rgb(r, g, b),
        _ => Color::Reset,
    }
}
