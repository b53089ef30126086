//! Values of a profile as an operator types them.

use super::{EditError, Profile, ProfileKey};

impl ProfileKey {
    /// Puts what was typed into the profile, which stays as it was when that
    /// will not do.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub fn set(self, profile: &mut Profile, text: &str) -> Result<(), EditError> {
        let mut changed = profile.clone();
        self.slot().set(&mut changed, text.trim())?;
        if let Some(wrong) = changed.problems().into_iter().find(|found| found.key == self.name()) {
            return Err(wrong.error.into());
        }
        changed.tidy();
        *profile = changed;
        Ok(())
    }

    /// Whether what was typed will do. Faces ask this at every key; whoever
    /// sets the value asks again.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub fn check(self, text: &str) -> Result<(), EditError> {
        self.set(&mut Profile::default(), text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::site::value_error::Wrong;

    /// One of them fits each value.
    const SAMPLES: [&str; 7] = [
        "another-one",
        "openid email",
        "https://photos.example.com/photos",
        "https://p.example.com",
        "no",
        "ES256",
        "client_secret_basic",
    ];

    #[test]
    fn every_key_takes_its_own_value_and_changes_no_other() {
        for &key in ProfileKey::ALL {
            let mut profile = Profile::default();
            let before: Vec<_> = ProfileKey::ALL.iter().map(|key| key.get(&profile)).collect();
            let fits = |value: &&&str| key.check(value).is_ok() && key.get(&profile) != **value;
            let value = *SAMPLES.iter().find(fits).unwrap();
            key.set(&mut profile, &format!(" {value}\n")).unwrap();
            for (&other, before) in ProfileKey::ALL.iter().zip(&before) {
                let expected = if other == key { value } else { before };
                assert_eq!(other.get(&profile), expected, "{key:?} and {other:?}");
            }
        }
    }

    #[test]
    fn a_launch_url_says_all_that_authentik_takes() {
        for (typed, kept) in [
            ("blank://blank", Some("blank://blank")),
            ("empty", Some("")),
            ("", None),
            (
                "https://photos.example.com/auth/login?autoLaunch=1",
                Some("https://photos.example.com/auth/login?autoLaunch=1"),
            ),
        ] {
            let mut profile = Profile::default();
            ProfileKey::LaunchUrl.set(&mut profile, typed).unwrap();
            assert_eq!(profile.application.launch_url.as_deref(), kept);
            assert_eq!(ProfileKey::LaunchUrl.get(&profile), typed);
        }
    }

    #[test]
    fn what_will_not_do_changes_nothing_and_is_told() {
        let mut profile = Profile::default();
        let wrong = |wrong: Wrong| EditError::Value(wrong.into());
        for (key, text, why) in [
            (ProfileKey::Slug, "authorize", wrong(Wrong::ReservedSlug("authorize"))),
            (ProfileKey::ClientId, "", wrong(Wrong::Empty)),
            (ProfileKey::Scope, "email", wrong(Wrong::NoOpenId)),
            (ProfileKey::AutoRegister, "perhaps", EditError::NoYesOrNo),
            (ProfileKey::SigningAlgorithm, "none", EditError::NoAlgorithm),
            (ProfileKey::TokenAuthMethod, "none", EditError::NoAuthMethod),
        ] {
            assert_eq!(key.set(&mut profile, text), Err(why.clone()), "{key:?}");
            assert_eq!(key.check(text), Err(why));
        }
        assert!(ProfileKey::OtherUrls.set(&mut profile, "photos").is_err());
        assert_eq!(profile, Profile::default());
    }
}
