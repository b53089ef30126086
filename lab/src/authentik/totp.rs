//! One-time codes by the clock (RFC 6238): six digits, SHA-1, 30 seconds.

use jiff::Timestamp;
use ring::hmac;

/// How long a code lasts, in seconds.
const PERIOD: i64 = 30;

/// The code of a secret at a time.
pub(super) fn code(secret: &[u8], at: Timestamp) -> String {
    let counter = at.as_second().div_euclid(PERIOD);
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret);
    let tag = hmac::sign(&key, &counter.to_be_bytes());
    let tag = tag.as_ref();
    // Dynamic truncation, RFC 4226 section 5.3.
    let offset = usize::from(tag.last().copied().unwrap_or_default() & 0x0f);
    let number = tag
        .get(offset..offset + 4)
        .and_then(|part| part.try_into().ok())
        .map_or(0, |part| u32::from_be_bytes(part) & 0x7fff_ffff);
    format!("{:06}", number % 1_000_000)
}

/// Whether somebody's code is right, now or one period before or after.
pub(super) fn is_right(secret: &[u8], at: Timestamp, given: &str) -> bool {
    let given: String = given.chars().filter(|c| !c.is_whitespace()).collect();
    [-PERIOD, 0, PERIOD].iter().any(|shift| {
        Timestamp::from_second(at.as_second() + shift).is_ok_and(|at| code(secret, at) == given)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_codes_are_those_of_the_standard() {
        // RFC 6238, appendix B, the last six of its eight digits.
        for (second, expected) in
            [(59, "287082"), (1_111_111_109, "081804"), (20_000_000_000, "353130")]
        {
            let at = Timestamp::from_second(second).unwrap();
            assert_eq!(code(b"12345678901234567890", at), expected);
        }
    }
}
