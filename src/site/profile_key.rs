//! The values of a profile that an operator may change while a step is on the
//! screen, each by its key.

use super::{Profile, SigningAlgorithm, TokenAuthMethod, ValueError, harmless::Each};

/// What is typed for a value that is there and empty; cards show it so, too.
const EMPTY: &str = "empty";

/// One value of a profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ProfileKey {
    /// `immich.other_urls`, separated by blanks.
    OtherUrls,
    /// `provider.name`.
    ProviderName,
    /// `provider.client_id`.
    ClientId,
    /// `provider.authorization_flow`.
    AuthorizationFlow,
    /// `provider.invalidation_flow`; empty: the one that is set, else
    /// authentik's default.
    InvalidationFlow,
    /// `provider.signing_key`; empty: the one that is set, else the first that
    /// fits.
    SigningKey,
    /// `application.name`.
    ApplicationName,
    /// `application.slug`.
    Slug,
    /// `application.launch_url`; left out: where the tile leads already, else
    /// Immich's own address.
    LaunchUrl,
    /// `settings.button_text`.
    ButtonText,
    /// `settings.scope`, separated by blanks.
    Scope,
    /// `settings.auto_register`: yes or no.
    AutoRegister,
    /// `settings.signing_algorithm`.
    SigningAlgorithm,
    /// `settings.token_endpoint_auth_method`.
    TokenAuthMethod,
}

impl ProfileKey {
    /// All of them.
    pub const ALL: [Self; 14] = [
        Self::OtherUrls,
        Self::ProviderName,
        Self::ClientId,
        Self::AuthorizationFlow,
        Self::InvalidationFlow,
        Self::SigningKey,
        Self::ApplicationName,
        Self::Slug,
        Self::LaunchUrl,
        Self::ButtonText,
        Self::Scope,
        Self::AutoRegister,
        Self::SigningAlgorithm,
        Self::TokenAuthMethod,
    ];

    /// How the profile's file spells it, with its section.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::OtherUrls => "immich.other_urls",
            Self::ProviderName => "provider.name",
            Self::ClientId => "provider.client_id",
            Self::AuthorizationFlow => "provider.authorization_flow",
            Self::InvalidationFlow => "provider.invalidation_flow",
            Self::SigningKey => "provider.signing_key",
            Self::ApplicationName => "application.name",
            Self::Slug => "application.slug",
            Self::LaunchUrl => "application.launch_url",
            Self::ButtonText => "settings.button_text",
            Self::Scope => "settings.scope",
            Self::AutoRegister => "settings.auto_register",
            Self::SigningAlgorithm => "settings.signing_algorithm",
            Self::TokenAuthMethod => "settings.token_endpoint_auth_method",
        }
    }

    /// What it is, where its row in a table does not say so by itself; may be
    /// empty.
    #[must_use]
    pub const fn hint(self) -> &'static str {
        match self {
            Self::OtherUrls => {
                word!(
                    "Further addresses under which people open Immich, separated by blanks; each gets \
                 its redirect URIs."
                )
            }
            Self::SigningKey => {
                word!(
                    "The name of a key pair that fits the signing algorithm; empty: the one that is \
                 set, else the first that fits."
                )
            }
            Self::InvalidationFlow => {
                word!("Left out: the one that is set, else authentik's default.")
            }
            Self::LaunchUrl => {
                word!(
                    "Left out: where it leads already, else Immich's own address. blank://blank hides \
                 the tile; `empty` lets authentik guess."
                )
            }
            Self::Scope => word!("Separated by blanks; `openid` is always one of them."),
            Self::AutoRegister => word!("yes or no: whether a first login makes an Immich user."),
            Self::SigningAlgorithm => {
                word!("RS256, ES256, ES384, ES512 or HS256; the provider's signing key must fit.")
            }
            Self::TokenAuthMethod => word!("client_secret_post or client_secret_basic."),
            _ => "",
        }
    }

    /// The value, as it is typed.
    #[must_use]
    pub fn get(self, profile: &Profile) -> String {
        match self {
            Self::OtherUrls => profile.immich.other_urls.join(" "),
            Self::ProviderName => profile.provider.name.clone(),
            Self::ClientId => profile.provider.client_id.clone(),
            Self::AuthorizationFlow => profile.provider.authorization_flow.clone(),
            Self::InvalidationFlow => {
                profile.provider.invalidation_flow.clone().unwrap_or_default()
            }
            Self::SigningKey => profile.provider.signing_key.clone().unwrap_or_default(),
            Self::ApplicationName => profile.application.name.clone(),
            Self::Slug => profile.application.slug.clone(),
            Self::LaunchUrl => {
                profile.application.launch_url.as_deref().map(Self::spelled).unwrap_or_default()
            }
            Self::ButtonText => profile.settings.button_text.clone(),
            Self::Scope => profile.settings.scope.clone(),
            Self::AutoRegister => {
                if profile.settings.auto_register { "yes" } else { "no" }.to_owned()
            }
            Self::SigningAlgorithm => profile.settings.signing_algorithm.name().to_owned(),
            Self::TokenAuthMethod => profile.settings.token_endpoint_auth_method.name().to_owned(),
        }
    }

    /// A value as it is typed, where an empty line means that it is left out.
    #[must_use]
    pub fn spelled(value: &str) -> String {
        if value.is_empty() { EMPTY } else { value }.to_owned()
    }

    /// Puts what was typed into the profile, which stays as it was when that
    /// will not do.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub fn set(self, profile: &mut Profile, text: &str) -> Result<(), EditError> {
        let text = text.trim();
        let mut changed = profile.clone();
        let words = || text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        let optional = || (!text.is_empty()).then(|| text.to_owned());
        match self {
            Self::OtherUrls => changed.immich.other_urls = words(),
            Self::ProviderName => changed.provider.name = text.into(),
            Self::ClientId => changed.provider.client_id = text.into(),
            Self::AuthorizationFlow => changed.provider.authorization_flow = text.into(),
            Self::InvalidationFlow => changed.provider.invalidation_flow = optional(),
            Self::SigningKey => changed.provider.signing_key = optional(),
            Self::ApplicationName => changed.application.name = text.into(),
            Self::Slug => changed.application.slug = text.into(),
            Self::LaunchUrl if text == EMPTY => {
                changed.application.launch_url = Some(String::new());
            }
            Self::LaunchUrl => changed.application.launch_url = optional(),
            Self::ButtonText => changed.settings.button_text = text.into(),
            Self::Scope => changed.settings.scope = words().join(" "),
            Self::AutoRegister => {
                changed.settings.auto_register = match text.to_ascii_lowercase().as_str() {
                    "yes" | "y" | "true" | "on" => true,
                    "no" | "n" | "false" | "off" => false,
                    _ => return Err(EditError::NoYesOrNo),
                }
            }
            Self::SigningAlgorithm => {
                changed.settings.signing_algorithm =
                    SigningAlgorithm::parse(text).ok_or(EditError::NoAlgorithm)?;
            }
            Self::TokenAuthMethod => {
                changed.settings.token_endpoint_auth_method =
                    TokenAuthMethod::parse(text).ok_or(EditError::NoAuthMethod)?;
            }
        }
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

/// Why what was typed will not do for a value of the profile.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// It is neither yes nor no.
    #[error("{}", say!("it is yes or no"))]
    NoYesOrNo,
    /// It is no algorithm that tokens are signed with.
    #[error("{}", one_of(SigningAlgorithm::ALL.map(SigningAlgorithm::name)))]
    NoAlgorithm,
    /// It is no way in which a client shows its secret.
    #[error("{}", one_of(TokenAuthMethod::ALL.map(TokenAuthMethod::name)))]
    NoAuthMethod,
    /// A profile's file could not have it either.
    #[error("{}", say!("{why}. {remedy}", why = .0, remedy = .0.hint()))]
    Value(#[from] ValueError),
}

impl EditError {
    /// Does something with every text in it that somebody wrote.
    pub fn each_text(&mut self, each: Each<'_>) {
        match self {
            Self::Value(error) => error.each_text(each),
            Self::NoYesOrNo | Self::NoAlgorithm | Self::NoAuthMethod => {}
        }
    }
}

fn one_of<const N: usize>(names: [&str; N]) -> String {
    say!("it is one of {names}", names = names.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::site::value_error::Wrong;

    #[test]
    fn every_key_takes_its_own_value_and_changes_no_other() {
        for key in ProfileKey::ALL {
            let mut profile = Profile::default();
            let before = ProfileKey::ALL.map(|key| key.get(&profile));
            let value = match key {
                ProfileKey::OtherUrls => "http://192.0.2.11:2283 https://p.example.com",
                ProfileKey::LaunchUrl => "https://photos.example.com/photos",
                ProfileKey::Scope => "openid email",
                ProfileKey::AutoRegister => "no",
                ProfileKey::SigningAlgorithm => "ES256",
                ProfileKey::TokenAuthMethod => "client_secret_basic",
                _ => "another-one",
            };
            key.set(&mut profile, &format!(" {value}\n")).unwrap();
            for (other, before) in ProfileKey::ALL.into_iter().zip(before) {
                let expected = if other == key { value } else { &before };
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
