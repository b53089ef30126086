//! A client id and its secret as a header: RFC 6749, section 2.3.1.

use std::fmt::Write;

use base64::{Engine, engine::general_purpose::STANDARD};
use zeroize::Zeroizing;

use crate::secret::Secret;

/// The value of the header `Authorization`.
pub(super) fn header_value(id: &str, secret: &Secret) -> Zeroizing<String> {
    let pair = Zeroizing::new(format!("{}:{}", *encoded(id), *encoded(secret.expose())));
    let encoded = Zeroizing::new(STANDARD.encode(pair.as_bytes()));
    Zeroizing::new(format!("Basic {}", *encoded))
}

/// A text as Immich's OAuth library encodes it: everything but letters and
/// digits, so that a server which does not decode it refuses both alike.
pub(super) fn encoded(text: &str) -> Zeroizing<String> {
    // Three letters a byte at most: it never moves and leaves nothing behind.
    let mut encoded = Zeroizing::new(String::with_capacity(3 * text.len()));
    for byte in text.bytes() {
        match byte {
            b' ' => encoded.push('+'),
            byte if byte.is_ascii_alphanumeric() => encoded.push(char::from(byte)),
            byte => drop(write!(*encoded, "%{byte:02X}")),
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_parts_are_encoded_before_they_are_joined() {
        let value = header_value("immich-oauth", &Secret::new("a:b c%é"));
        let text = value.strip_prefix("Basic ").unwrap();
        let text = String::from_utf8(STANDARD.decode(text).unwrap()).unwrap();
        assert_eq!(text, "immich%2Doauth:a%3Ab+c%25%C3%A9");
    }
}
