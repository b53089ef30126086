//! Random names and keys.

use std::sync::atomic::{AtomicU64, Ordering};

/// Makes ids unique even where the operating system has no random source to
/// offer: a lab need not fail over that.
static SERIAL: AtomicU64 = AtomicU64::new(1);

fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0_u8; N];
    if getrandom::fill(&mut bytes).is_err() {
        let serial = SERIAL.fetch_add(1, Ordering::Relaxed).to_le_bytes();
        for (byte, part) in bytes.iter_mut().zip(serial.iter().cycle()) {
            *byte = *part;
        }
    }
    bytes
}

/// 32 hexadecimal digits: an authorization code, a request id.
pub(super) fn hex() -> String {
    hex_of(&bytes::<16>())
}

/// Bytes as hexadecimal digits.
pub(super) fn hex_of(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(bytes)
}

/// A UUID of version 4.
pub(super) fn uuid() -> String {
    let mut raw = bytes::<16>();
    raw[6] = (raw[6] & 0x0f) | 0x40;
    raw[8] = (raw[8] & 0x3f) | 0x80;
    dashed(&hex_of(&raw))
}

/// 32 hexadecimal digits in the form of a UUID.
pub(super) fn dashed(hex: &str) -> String {
    let part = |from, to| hex.get(from..to).unwrap_or_default();
    [part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32)].join("-")
}

/// `length` letters and digits.
pub(super) fn letters(length: usize) -> String {
    const ALPHABET: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let mut text = String::with_capacity(length);
    while text.len() < length {
        let wanted = length - text.len();
        let fresh = bytes::<64>();
        text.extend(
            fresh
                .iter()
                .filter(|byte| **byte < 248)
                .take(wanted)
                .map(|byte| char::from(ALPHABET[usize::from(*byte) % ALPHABET.len()])),
        );
    }
    text
}
