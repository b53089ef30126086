//! Spans of time.

use jiff::SignedDuration;

/// An age in the unit that fits: "12 days".
#[must_use]
pub fn age(age: SignedDuration) -> String {
    let (days, hours) = (age.as_hours() / 24, age.as_hours());
    match (days, hours) {
        (1, _) => say!("1 day"),
        (2.., _) => say!("{days} days", days),
        (_, 1) => say!("1 hour"),
        (_, 2..) => say!("{hours} hours", hours),
        _ => say!("less than an hour"),
    }
}

/// The same, down to minutes.
pub(super) fn minutes(time: SignedDuration) -> String {
    match time.as_mins() {
        0 => say!("less than a minute"),
        1 => say!("1 minute"),
        minutes @ 2..120 => say!("{minutes} minutes", minutes),
        _ => age(time),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn age_is_told_in_the_unit_that_fits() {
        let hours = |hours| age(SignedDuration::from_hours(hours));
        assert_eq!(hours(0), say!("less than an hour"));
        assert_eq!(hours(1), say!("1 hour"));
        assert_eq!(hours(23), say!("{hours} hours", hours = 23));
        assert_eq!(hours(47), say!("1 day"));
        assert_eq!(hours(24 * 90), say!("{days} days", days = 90));
    }
}
