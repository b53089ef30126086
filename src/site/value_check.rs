//! Whether a text can be what it is meant for.

use url::Url;

use super::{Address, SshTarget, TooLong, ValueError, check_length, value_error::Wrong};

/// Slugs that an application cannot have: authentik serves its own endpoints
/// at `/application/o/SLUG/`, and these come first.
pub(super) const RESERVED_SLUGS: [&str; 6] =
    ["authorize", "token", "device", "userinfo", "introspect", "revoke"];
/// What authentik's column for a client id holds.
const CLIENT_ID_LENGTH: usize = 255;
/// Why a value will not do.
pub(super) type Outcome = Result<(), ValueError>;

/// Says of a text whether it will do.
pub(super) type Check = fn(&str) -> Outcome;

/// Whatever it says: there is no text, or its parser checked it.
pub(super) const ANY: Check = |_| Ok(());

/// An address that is filled in.
pub(super) fn full_address(text: &str) -> Outcome {
    filled(text).and_then(|()| address(text))
}

pub(super) fn wrong(why: impl Into<Wrong>) -> Outcome {
    Err(why.into().into())
}

pub(super) fn optional(value: Option<&String>, check: impl Fn(&str) -> Outcome) -> Outcome {
    match value {
        Some(value) => filled(value).and_then(|()| check(value)),
        None => Ok(()),
    }
}

fn short(text: &str) -> Outcome {
    check_length(text).or_else(wrong)
}

pub(super) fn filled(text: &str) -> Outcome {
    short(text)?;
    if text.trim().is_empty() {
        return wrong(Wrong::Empty);
    }
    if text.chars().any(char::is_control) {
        return wrong(Wrong::ControlCharacter);
    }
    Ok(())
}

pub(super) fn address(text: &str) -> Outcome {
    if text.is_empty() {
        return Ok(());
    }
    short(text)?;
    Address::check(text)
}

/// What authentik's own check takes: a web address, or `blank:`, which keeps the
/// tile off the dashboard.
pub(super) fn launch_url(text: &str) -> Outcome {
    filled(text)?;
    match Url::parse(text) {
        Ok(url) if matches!(url.scheme(), "http" | "https" | "blank") => Ok(()),
        _ => wrong(Wrong::NoWebAddress),
    }
}

/// RFC 6749, appendix A.1, lets a client id be any printable text; blanks at
/// its ends get lost on the way through forms.
pub(super) fn client_id(text: &str) -> Outcome {
    filled(text)?;
    if text.chars().count() > CLIENT_ID_LENGTH {
        return wrong(TooLong(CLIENT_ID_LENGTH));
    }
    if text.trim() != text {
        return wrong(Wrong::OuterBlank);
    }
    if !text.chars().all(|c| matches!(c, ' '..='~')) {
        return wrong(Wrong::BeyondAscii);
    }
    Ok(())
}

pub(super) fn slug(text: &str) -> Outcome {
    filled(text)?;
    if text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')) {
        Ok(())
    } else {
        wrong(Wrong::NoSlug)
    }
}

pub(super) fn application_slug(text: &str) -> Outcome {
    slug(text)?;
    match RESERVED_SLUGS.into_iter().find(|reserved| *reserved == text) {
        Some(reserved) => wrong(Wrong::ReservedSlug(reserved)),
        None => Ok(()),
    }
}

pub(super) fn scope(text: &str) -> Outcome {
    filled(text)?;
    if text.split_ascii_whitespace().any(|scope| scope == "openid") {
        Ok(())
    } else {
        wrong(Wrong::NoOpenId)
    }
}

pub(super) fn ssh_target(text: &str) -> Outcome {
    short(text)?;
    SshTarget::check(text)
}

pub(super) fn absolute(text: &str) -> Outcome {
    filled(text)?;
    if text.starts_with('/') { Ok(()) } else { wrong(Wrong::NoAbsolutePath) }
}

/// What Docker itself allows: `[a-zA-Z0-9][a-zA-Z0-9_.-]*`.
pub(super) fn container(text: &str) -> Outcome {
    filled(text)?;
    let good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if text.starts_with(|c: char| c.is_ascii_alphanumeric()) && text.chars().all(good) {
        Ok(())
    } else {
        wrong(Wrong::NoContainerName)
    }
}

/// `psql` takes a name with such signs for the address of another server, and
/// would hand that the SQL, secrets and all.
pub(super) fn database(text: &str) -> Outcome {
    filled(text)?;
    if text.contains('=') || text.contains("://") {
        return wrong(Wrong::Connection);
    }
    Ok(())
}
