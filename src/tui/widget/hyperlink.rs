//! Text on the screen that a terminal opens when it is clicked (OSC 8). A
//! terminal that does not know the sequence shows the text alone.
//!
//! ```text
//! ESC ] 8 ; id=1 ; https://photos.example.com/ ESC \  text  ESC ] 8 ; ; ESC \
//! ```
//! See <https://gist.github.com/egmontkob/eb114294efbcd5adb1944c9f3cb5feda>.

use std::num::NonZero;

use ratatui::{
    buffer::{Buffer, CellDiffOption},
    layout::Rect,
};

/// A piece of the screen that leads somewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hyperlink {
    /// Where it stands.
    pub area: Rect,
    /// Where it leads.
    pub address: String,
    /// Pieces of the same number are one link: a terminal marks them together.
    pub id: u16,
}

impl Hyperlink {
    /// Makes the cells of a drawn buffer lead there. Each cell carries the
    /// whole sequence, so that one that is drawn anew alone is still a link.
    pub fn apply(&self, buffer: &mut Buffer) {
        if !is_safe(&self.address) {
            return;
        }
        let area = self.area.intersection(buffer.area);
        for position in area.positions() {
            let Some(cell) = buffer.cell_mut(position) else { continue };
            let symbol = cell.symbol();
            let width = u16::try_from(super::text::columns(symbol)).ok().and_then(NonZero::new);
            let Some(width) = width else { continue };
            let linked = format!(
                "\u{1b}]8;id={};{}\u{1b}\\{symbol}\u{1b}]8;;\u{1b}\\",
                self.id, self.address
            );
            cell.set_symbol(&linked).set_diff_option(CellDiffOption::ForcedWidth(width));
        }
    }
}

/// Whether an address cannot end the sequence early.
fn is_safe(address: &str) -> bool {
    (address.starts_with("https://") || address.starts_with("http://"))
        && address.chars().all(|c| matches!(c, '!'..='~'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn linked(address: &str) -> Buffer {
        let mut buffer = Buffer::with_lines(["see https://p.example"]);
        let area = Rect::new(4, 0, 17, 1);
        Hyperlink { area, address: address.into(), id: 7 }.apply(&mut buffer);
        buffer
    }

    #[test]
    fn every_cell_of_a_link_leads_there_and_no_other_does() {
        let buffer = linked("https://p.example");
        assert_eq!(buffer[(3, 0)].symbol(), " ");
        assert_eq!(
            buffer[(4, 0)].symbol(),
            "\u{1b}]8;id=7;https://p.example\u{1b}\\h\u{1b}]8;;\u{1b}\\"
        );
        let plain = Buffer::with_lines(["see https://p.example"]);
        // As wide as before: nothing behind it moves.
        let changed: Vec<u16> = plain.diff(&buffer).iter().map(|(x, _, _)| *x).collect();
        assert_eq!(changed, (4..21).collect::<Vec<_>>());
    }

    #[test]
    fn an_address_that_could_break_out_is_no_link() {
        for address in ["https://p.example/\u{1b}\\", "javascript:alert(1)", "https://p.example/ x"]
        {
            assert_eq!(linked(address), Buffer::with_lines(["see https://p.example"]));
        }
    }
}
