//! SQL for Immich's database: what every transaction begins with, and how a
//! value is quoted in it.

use data_encoding::HEXLOWER;

use crate::{
    net::{Hole, Spelling, Template},
    site::{Fault, FaultKind, System, UniformFailure},
};

/// PostgreSQL writes a statement that fails into its log, secret and all,
/// unless it is told not to; only a superuser may, and Immich's user is one
/// where it was set up as documented.
pub(super) const SILENCE: &str = "\
SELECT set_config('log_min_error_statement', 'panic', true), set_config('log_statement', 'none', true),
       set_config('log_min_duration_statement', '-1', true)
WHERE current_setting('is_superuser') = 'on';
";

/// A transaction that waits keeps others from changing settings: not for long,
/// even when this machine is gone meanwhile. Nor does it wait for others long.
pub(super) const BOUNDS: &str = "\
SELECT set_config('idle_in_transaction_session_timeout', '20s', true), set_config('lock_timeout', '5s', true);
";

/// What stands before the random part of a tag.
const TAG: &str = "wz_";

/// A text between two tags.
pub(super) fn quoted(text: &Template) -> Template {
    let tag = joined![format!("${TAG}"), (Hole::Tag, Spelling::Plain), "$"];
    joined![&tag, text, tag]
}

/// The random part of a tag for dollar quoting that does not occur in what is quoted: random, so
/// that no value can be made to hold it.
/// See <https://www.postgresql.org/docs/current/sql-syntax-lexical.html>.
pub(super) fn tag(text: &str) -> Result<String, Fault> {
    loop {
        let mut bytes = [0_u8; 8];
        getrandom::fill(&mut bytes)
            .map_err(|error| Fault::of(&NoRandomNumber(error), word!("quote a value")))?;
        let tag = HEXLOWER.encode(&bytes);
        if !text.contains(&tag) {
            return Ok(tag);
        }
    }
}

/// The operating system gives no random number.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct NoRandomNumber(getrandom::Error);

impl UniformFailure for NoRandomNumber {
    const SYSTEM: System = System::Immich;
    const KIND: FaultKind = FaultKind::Crashed;

    fn hint(&self) -> String {
        String::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_never_occurs_in_what_it_quotes() {
        let (one, other) = (tag("$wz_$").unwrap(), tag("$wz_$").unwrap());
        assert_ne!(one, other);
        assert_eq!(one.len(), 16, "{one}");
    }
}
