//! Whether the values of a profile can be what they are meant for.

use url::Url;

use super::{
    Address, Profile, SigningAlgorithm, SshTarget, TooLong, ValueError, check_length,
    value_error::Wrong,
};

/// Slugs that an application cannot have: authentik serves its own endpoints
/// at `/application/o/SLUG/`, and these come first.
const RESERVED_SLUGS: [&str; 6] =
    ["authorize", "token", "device", "userinfo", "introspect", "revoke"];
/// What authentik's column for a client id holds.
const CLIENT_ID_LENGTH: usize = 255;
/// What a profile's name may have at most, as it becomes a file's name.
const NAME_LENGTH: usize = 64;

/// A value of a profile that will not do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The key, with its section: `application.slug`.
    pub key: &'static str,
    /// What is wrong with the value.
    pub error: ValueError,
}

impl Profile {
    /// What is wrong with its values. An address that is not filled in yet is
    /// nothing wrong.
    #[must_use]
    pub fn problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        let mut check = |key: &'static str, outcome: Outcome| {
            problems.extend(outcome.err().map(|error| Problem { key, error }));
        };
        check("authentik.url", address(&self.authentik.url));
        check("authentik.api_url", optional(self.authentik.api_url.as_ref(), address));
        check("authentik.ca_file", optional(self.authentik.ca_file.as_ref(), filled));
        check("immich.url", address(&self.immich.url));
        check("immich.api_url", optional(self.immich.api_url.as_ref(), address));
        check("immich.ca_file", optional(self.immich.ca_file.as_ref(), filled));
        for other in &self.immich.other_urls {
            check("immich.other_urls", filled(other).and_then(|()| address(other)));
        }
        check("provider.name", filled(&self.provider.name));
        check("provider.client_id", client_id(&self.provider.client_id));
        check("provider.authorization_flow", slug(&self.provider.authorization_flow));
        check(
            "provider.invalidation_flow",
            optional(self.provider.invalidation_flow.as_ref(), slug),
        );
        check("provider.signing_key", optional(self.provider.signing_key.as_ref(), filled));
        check("application.name", filled(&self.application.name));
        check("application.slug", application_slug(&self.application.slug));
        let leads_to = self.application.launch_url.as_ref().filter(|url| !url.is_empty());
        check("application.launch_url", optional(leads_to, launch_url));
        check("settings.button_text", filled(&self.settings.button_text));
        check("settings.scope", scope(&self.settings.scope));
        let algorithm = self.settings.signing_algorithm;
        check("settings.signing_algorithm", signing(algorithm, self.provider.signing_key.as_ref()));
        check("host.ssh", optional(self.host.ssh.as_ref(), ssh_target));
        check("host.jump", optional(self.host.jump.as_ref(), ssh_target));
        check("host.key_file", optional(self.host.key_file.as_ref(), filled));
        check("host.folder", absolute(&self.host.folder));
        check("host.server_service", container(&self.host.server_service));
        check("host.postgres_container", container(&self.host.postgres_container));
        check("host.database", database(&self.host.database));
        check("host.database_user", filled(&self.host.database_user));
        problems
    }

    /// Gives every address its one spelling. Those that are none stay as they
    /// are.
    pub fn tidy(&mut self) {
        let single = [&mut self.authentik.url, &mut self.immich.url];
        let optional = [&mut self.authentik.api_url, &mut self.immich.api_url];
        let all = single
            .into_iter()
            .chain(optional.into_iter().filter_map(Option::as_mut))
            .chain(&mut self.immich.other_urls);
        for url in all {
            if let Ok(address) = Address::parse(url) {
                *url = address.origin();
            }
        }
    }
}

/// Whether a profile may have that name: it becomes a file's name and a part
/// of a keyring entry's.
///
/// # Errors
/// Says what a name must be.
pub fn check_profile_name(name: &str) -> Result<(), ProfileNameError> {
    let good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let starts_well = name.starts_with(|c: char| c.is_ascii_alphanumeric());
    if starts_well && name.len() <= NAME_LENGTH && name.chars().all(good) {
        Ok(())
    } else {
        Err(ProfileNameError)
    }
}

/// A profile cannot have that name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{}",
    say!(
        "a profile's name is up to {most} letters, digits, `-`, `_` and `.`, and begins with a \
         letter or digit",
        most = NAME_LENGTH
    )
)]
pub struct ProfileNameError;

type Outcome = Result<(), ValueError>;

fn wrong(why: impl Into<Wrong>) -> Outcome {
    Err(why.into().into())
}

fn optional(value: Option<&String>, check: impl Fn(&str) -> Outcome) -> Outcome {
    match value {
        Some(value) => filled(value).and_then(|()| check(value)),
        None => Ok(()),
    }
}

fn short(text: &str) -> Outcome {
    check_length(text).or_else(wrong)
}

fn filled(text: &str) -> Outcome {
    short(text)?;
    if text.trim().is_empty() {
        return wrong(Wrong::Empty);
    }
    if text.chars().any(char::is_control) {
        return wrong(Wrong::ControlCharacter);
    }
    Ok(())
}

fn address(text: &str) -> Outcome {
    if text.is_empty() {
        return Ok(());
    }
    short(text)?;
    Address::check(text)
}

/// What authentik's own check takes: a web address, or `blank:`, which keeps the
/// tile off the dashboard.
fn launch_url(text: &str) -> Outcome {
    match Url::parse(text) {
        Ok(url) if matches!(url.scheme(), "http" | "https" | "blank") => Ok(()),
        _ => wrong(Wrong::NoWebAddress),
    }
}

/// RFC 6749, appendix A.1, lets a client id be any printable text; blanks at
/// its ends get lost on the way through forms.
fn client_id(text: &str) -> Outcome {
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

fn slug(text: &str) -> Outcome {
    filled(text)?;
    if text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')) {
        Ok(())
    } else {
        wrong(Wrong::NoSlug)
    }
}

fn application_slug(text: &str) -> Outcome {
    slug(text)?;
    match RESERVED_SLUGS.into_iter().find(|reserved| *reserved == text) {
        Some(reserved) => wrong(Wrong::ReservedSlug(reserved)),
        None => Ok(()),
    }
}

fn scope(text: &str) -> Outcome {
    filled(text)?;
    if text.split_ascii_whitespace().any(|scope| scope == "openid") {
        Ok(())
    } else {
        wrong(Wrong::NoOpenId)
    }
}

fn signing(algorithm: SigningAlgorithm, key: Option<&String>) -> Outcome {
    match key {
        Some(_) if algorithm.key_type().is_none() => wrong(Wrong::NoKeyPair(algorithm)),
        _ => Ok(()),
    }
}

fn ssh_target(text: &str) -> Outcome {
    short(text)?;
    SshTarget::check(text)
}

fn absolute(text: &str) -> Outcome {
    filled(text)?;
    if text.starts_with('/') { Ok(()) } else { wrong(Wrong::NoAbsolutePath) }
}

/// What Docker itself allows: `[a-zA-Z0-9][a-zA-Z0-9_.-]*`.
fn container(text: &str) -> Outcome {
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
fn database(text: &str) -> Outcome {
    filled(text)?;
    if text.contains('=') || text.contains("://") {
        return wrong(Wrong::Connection);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The keys that are found fault with after `change`.
    fn faulty(change: impl FnOnce(&mut Profile)) -> Vec<&'static str> {
        let mut profile = Profile::default();
        change(&mut profile);
        profile.problems().into_iter().map(|problem| problem.key).collect()
    }

    #[test]
    fn the_defaults_are_in_order_and_addresses_may_come_later() {
        assert_eq!(Profile::default().problems(), []);
    }

    #[test]
    fn what_cannot_work_is_named_by_its_key() {
        assert_eq!(faulty(|p| p.authentik.url = "auth.example.com".into()), ["authentik.url"]);
        assert_eq!(faulty(|p| p.immich.api_url = Some(String::new())), ["immich.api_url"]);
        assert_eq!(
            faulty(|p| p.immich.other_urls = vec!["http://192.0.2.11/x".into()]),
            ["immich.other_urls"]
        );
        assert_eq!(faulty(|p| p.provider.client_id = " immich".into()), ["provider.client_id"]);
        assert_eq!(faulty(|p| p.provider.client_id = "i".repeat(256)), ["provider.client_id"]);
        assert!(faulty(|p| p.provider.client_id = "i".repeat(255)).is_empty());
        assert_eq!(faulty(|p| p.application.name = "i".repeat(1 << 20)), ["application.name"]);
        assert_eq!(faulty(|p| p.host.ssh = Some(format!("{:>9999}@nas", 1))), ["host.ssh"]);
        assert_eq!(faulty(|p| p.settings.scope = "email profile".into()), ["settings.scope"]);
        assert_eq!(faulty(|p| p.host.folder = "opt/immich".into()), ["host.folder"]);
        assert_eq!(faulty(|p| p.host.ssh = Some("192.0.2.11".into())), ["host.ssh"]);
        for database in ["host=evil.example", "postgresql://evil.example/immich"] {
            assert_eq!(faulty(|p| p.host.database = database.into()), ["host.database"]);
        }
        assert_eq!(faulty(|p| p.host.server_service = "$(id)".into()), ["host.server_service"]);
        assert_eq!(
            faulty(|p| p.application.launch_url = Some("javascript:x".into())),
            ["application.launch_url"]
        );
        for launch_url in
            ["blank://blank", "", "https://photos.example.com/auth/login?autoLaunch=1"]
        {
            assert!(faulty(|p| p.application.launch_url = Some(launch_url.into())).is_empty());
        }
        let hs256 = |p: &mut Profile| p.settings.signing_algorithm = SigningAlgorithm::Hs256;
        assert!(faulty(hs256).is_empty());
        let with_a_key = |p: &mut Profile| {
            hs256(p);
            p.provider.signing_key = Some("Home".into());
        };
        assert_eq!(faulty(with_a_key), ["settings.signing_algorithm"]);
        for reserved in RESERVED_SLUGS {
            assert_eq!(faulty(|p| p.application.slug = reserved.into()), ["application.slug"]);
        }
    }

    #[test]
    fn tidying_gives_addresses_the_spelling_that_servers_compare() {
        let mut profile = Profile::default();
        profile.authentik.url = "HTTPS://Auth.example.com:443/".into();
        profile.immich.other_urls = vec!["http://192.0.2.11:2283/".into(), "what".into()];
        profile.tidy();
        assert_eq!(profile.authentik.url, "https://auth.example.com");
        assert_eq!(profile.immich.other_urls, ["http://192.0.2.11:2283", "what"]);
    }

    #[test]
    fn a_profile_name_cannot_leave_its_folder() {
        for name in ["home", "Home-2", "a.b_c", "0"] {
            check_profile_name(name).unwrap();
        }
        for name in ["", ".", "..", "../x", "a/b", "-x", "a b", "ü", "a\0", &"x".repeat(65)] {
            assert!(check_profile_name(name).is_err(), "{name:?}");
        }
    }
}
