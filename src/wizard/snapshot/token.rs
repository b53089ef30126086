//! The wizard's own token for authentik.

use jiff::{SignedDuration, Timestamp};

use crate::site::harmless::{Each, Shape::Line};

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

    /// Does something with every text that came from outside.
    pub(super) fn each_text(&mut self, each: Each<'_>) {
        let Self { identifier, owner, ends: _, since: _, of_one_run: _, is_deleted: _ } = self;
        if let Some(text) = identifier {
            each(text, Line);
        }
        each(owner, Line);
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
        let ending = view(TokenEnd::At(day("2026-04-01T00:30:00Z")));
        assert!(!ending.renewal_is_due(day("2026-04-01T00:00:00Z")));
    }
}
