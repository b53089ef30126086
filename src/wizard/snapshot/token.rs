//! The wizard's own token for authentik.

use jiff::{SignedDuration, Timestamp, tz::TimeZone};

use crate::wizard::spelled_age;

/// From this age on the renewal of a token that does not end is offered.
const OLD: SignedDuration = SignedDuration::from_hours(90 * 24);

/// The token that the wizard works with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenView {
    /// Its identifier; `None`: it could not be found out.
    pub identifier: Option<String>,
    /// The user whose it is.
    pub owner: String,
    /// When it ends.
    pub ends: TokenEnd,
    /// When this program made it; `None`: somebody else did.
    pub since: Option<Timestamp>,
    /// Whether it is for one run only.
    pub of_one_run: bool,
    /// Whether it was deleted at the end of the run.
    pub is_deleted: bool,
}

/// When a token ends, by authentik's own word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenEnd {
    /// It could not be seen.
    Unknown,
    /// Not by itself.
    Never,
    /// Then.
    At(Timestamp),
}

impl TokenView {
    /// How old it is, if this program made it.
    #[must_use]
    pub fn age(&self, now: Timestamp) -> Option<SignedDuration> {
        self.since.map(|since| now.duration_since(since))
    }

    /// Whether it does not end, and is old enough to be renewed.
    #[must_use]
    pub fn renewal_is_due(&self, now: Timestamp) -> bool {
        self.ends == TokenEnd::Never && self.age(now).is_some_and(|age| age >= OLD)
    }

    /// Whether the end of a run has to say something of it: it ended, or will.
    #[must_use]
    pub const fn is_told_at_the_end(&self) -> bool {
        self.of_one_run || matches!(self.ends, TokenEnd::At(_))
    }

    /// When it ends, in a few words: "does not end by itself".
    #[must_use]
    pub fn end(&self, now: Timestamp) -> String {
        match self.ends {
            _ if self.is_deleted => "was made for this run, and is deleted".into(),
            TokenEnd::Unknown => "ends at a time that authentik did not tell".into(),
            TokenEnd::Never => "does not end by itself".into(),
            TokenEnd::At(at) => {
                let clock = at.to_zoned(TimeZone::system()).strftime("%Y-%m-%d %H:%M");
                let left = at.duration_since(now);
                match left.as_mins() {
                    minutes if minutes < 0 => format!("ended at {clock}"),
                    minutes @ 0..120 => format!("ends at {clock}, in {minutes} min"),
                    _ => format!("ends at {clock}, in {}", spelled_age(left)),
                }
            }
        }
    }

    /// All that is known of it, in sentences.
    #[must_use]
    pub fn spelled(&self, now: Timestamp) -> String {
        let name = self.identifier.as_ref().map_or_else(String::new, |name| format!(" `{name}`"));
        let mut text =
            format!("The API token{name} of `{}` for authentik {}.", self.owner, self.end(now));
        if self.of_one_run && !self.is_deleted {
            text.push_str(" It is for one run only and is deleted at its end.");
        }
        if self.renewal_is_due(now) {
            let age = self.age(now).map(spelled_age).unwrap_or_default();
            text.push_str(&format!(
                " It is {age} old: `immich-sso rotate authentik-token` renews it."
            ));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view(ends: TokenEnd) -> TokenView {
        TokenView {
            identifier: Some("immich-sso-laptop".into()),
            owner: "immich-sso-laptop".into(),
            ends,
            since: Some("2026-01-01T00:00:00Z".parse().unwrap()),
            of_one_run: false,
            is_deleted: false,
        }
    }

    #[test]
    fn renewal_is_offered_by_age_where_a_token_does_not_end() {
        let day = |text: &str| text.parse::<Timestamp>().unwrap();
        let token = view(TokenEnd::Never);
        assert!(!token.renewal_is_due(day("2026-03-31T00:00:00Z")));
        assert!(token.renewal_is_due(day("2026-04-01T00:00:00Z")));
        let said = token.spelled(day("2026-04-01T00:00:00Z"));
        assert!(said.contains("90 days old") && said.contains("rotate authentik-token"), "{said}");
        let ending = view(TokenEnd::At(day("2026-04-01T00:30:00Z")));
        assert!(!ending.renewal_is_due(day("2026-04-01T00:00:00Z")));
        assert!(ending.spelled(day("2026-04-01T00:00:00Z")).contains("in 30 min"));
    }
}
