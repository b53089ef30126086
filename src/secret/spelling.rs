//! How a secret may be spelled in somebody else's text, and a text with such
//! spellings undone.

use base64::{
    Engine,
    engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD},
};
use zeroize::Zeroizing;

/// How often spellings may lie in each other: JSON in a form in a page.
const ROUNDS: usize = 3;

/// What to search for, to find a secret: as such, with `+` for blanks as forms
/// have it, and in the base64 of any text that holds it. Other spellings are
/// undone in the text that is searched.
pub(super) fn spellings(secret: &str) -> Vec<Zeroizing<String>> {
    let mut all = vec![Zeroizing::new(secret.to_owned())];
    if secret.contains(' ') {
        all.push(Zeroizing::new(secret.replace(' ', "+")));
    }
    for before in 0..3_usize {
        let mut bytes = Zeroizing::new(vec![0_u8; before]);
        bytes.extend_from_slice(secret.as_bytes());
        // What the neighbors of the secret have no part in.
        let (from, to) = ((before * 8).div_ceil(6), bytes.len() * 8 / 6);
        for engine in [&STANDARD_NO_PAD, &URL_SAFE_NO_PAD] {
            let text = Zeroizing::new(engine.encode(&*bytes));
            if let Some(own) = text.get(from..to).filter(|own| own.len() >= 4)
                && all.iter().all(|known| known.as_str() != own)
            {
                all.push(Zeroizing::new(own.to_owned()));
            }
        }
    }
    all
}

/// A text in which spellings were undone, and from where to where each of its
/// bytes stood in the text as it came.
pub(super) struct Plain {
    pub(super) bytes: Zeroizing<Vec<u8>>,
    pub(super) places: Vec<(usize, usize)>,
}

/// The text with URL, JSON and HTML spellings undone: once, then in what came
/// of it, as long as there is something to undo.
pub(super) fn undone(text: &[u8]) -> Vec<Plain> {
    let mut all: Vec<Plain> = Vec::new();
    for _ in 0..ROUNDS {
        let next = match all.last() {
            None => undo(text, |at| (at, at + 1)),
            Some(last) => undo(&last.bytes, |at| last.places[at]),
        };
        match next {
            Some(next) => all.push(next),
            None => break,
        }
    }
    all
}

fn undo(text: &[u8], place: impl Fn(usize) -> (usize, usize)) -> Option<Plain> {
    if !text.iter().any(|byte| matches!(byte, b'%' | b'\\' | b'&')) {
        return None;
    }
    let mut plain = Plain { bytes: Zeroizing::default(), places: Vec::new() };
    let (mut at, mut changed) = (0, false);
    while at < text.len() {
        let (c, taken) = if let Some(found) = unit(&text[at..]) {
            changed = true;
            found
        } else {
            plain.bytes.push(text[at]);
            plain.places.push(place(at));
            at += 1;
            continue;
        };
        let (from, to) = (place(at).0, place(at + taken - 1).1);
        match c {
            Unit::Byte(byte) => {
                plain.bytes.push(byte);
                plain.places.push((from, to));
            }
            Unit::Char(c) => {
                for byte in c.encode_utf8(&mut [0; 4]).bytes() {
                    plain.bytes.push(byte);
                    plain.places.push((from, to));
                }
            }
        }
        at += taken;
    }
    changed.then_some(plain)
}

enum Unit {
    Byte(u8),
    Char(char),
}

/// The spelled character that a text begins with, and how long its spelling is.
fn unit(text: &[u8]) -> Option<(Unit, usize)> {
    match text.first()? {
        b'%' => Some((Unit::Byte(u8::try_from(hex(text.get(1..3)?)?).ok()?), 3)),
        b'\\' => escape(text),
        b'&' => entity(text),
        _ => None,
    }
}

fn escape(text: &[u8]) -> Option<(Unit, usize)> {
    let c = match text.get(1)? {
        b'u' => {
            let unit = hex(text.get(2..6)?)?;
            if !(0xd800..0xdc00).contains(&unit) {
                return Some((Unit::Char(char::from_u32(unit)?), 6));
            }
            let low = text.get(6..8).filter(|next| *next == b"\\u").and(text.get(8..12));
            let low = hex(low?)?.checked_sub(0xdc00)?;
            let c = char::from_u32(0x1_0000 + ((unit - 0xd800) << 10) + low)?;
            return Some((Unit::Char(c), 12));
        }
        b'x' => return Some((Unit::Byte(u8::try_from(hex(text.get(2..4)?)?).ok()?), 4)),
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        c @ (b'"' | b'\'' | b'\\' | b'/') => char::from(*c),
        _ => return None,
    };
    Some((Unit::Char(c), 2))
}

fn entity(text: &[u8]) -> Option<(Unit, usize)> {
    const LONGEST: usize = 12;
    let end = text.iter().take(LONGEST).position(|byte| *byte == b';')?;
    let name = std::str::from_utf8(&text[1..end]).ok()?;
    let c = match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => ' ',
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(digits) => u32::from_str_radix(digits, 16),
                None => number.parse(),
            };
            char::from_u32(code.ok()?)?
        }
    };
    Some((Unit::Char(c), end + 1))
}

fn hex(digits: &[u8]) -> Option<u32> {
    if !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}
