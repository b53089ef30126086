//! Whether the values of a profile can be what they are meant for.

use super::{
    Address, Profile, ProfileKey, SigningAlgorithm, ValueError,
    value_check::{
        Outcome, absolute, address, container, database, filled, optional, ssh_target, wrong,
    },
    value_error::Wrong,
};

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
        for &key in ProfileKey::ALL {
            for error in key.checked(self) {
                check(key.name(), Err(error));
            }
        }
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

fn signing(algorithm: SigningAlgorithm, key: Option<&String>) -> Outcome {
    match key {
        Some(_) if algorithm.key_type().is_none() => wrong(Wrong::NoKeyPair(algorithm)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::site::value_check::RESERVED_SLUGS;

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
