//! Spans of time.

use jiff::{SignedDuration, Timestamp};

use crate::wizard::SecretAge;

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

/// How old a secret is, by what is known of it: "12 days old".
#[must_use]
pub fn old(known: &SecretAge, now: Timestamp) -> String {
    let at_least = known.at_least(now);
    let age = age(at_least);
    if known.made_here {
        say!("{age} old", age)
    } else if at_least.as_hours() >= 1 {
        say!("at least {age} old", age)
    } else {
        say!("of unknown age, taken over {age} ago", age)
    }
}

/// An age down to minutes.
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
    fn age_that_is_not_known_is_not_told_as_if_it_were() {
        let since = Timestamp::UNIX_EPOCH;
        let old = |made_here, hours| {
            let now = since + SignedDuration::from_hours(hours);
            super::old(&SecretAge { since, made_here }, now)
        };
        let age = |hours| super::age(SignedDuration::from_hours(hours));
        assert_eq!(old(true, 0), say!("{age} old", age = age(0)));
        assert_eq!(old(false, 0), say!("of unknown age, taken over {age} ago", age = age(0)));
        assert_eq!(old(false, 50), say!("at least {age} old", age = age(50)));
    }

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
