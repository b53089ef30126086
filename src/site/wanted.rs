//! What the profile asks for, worked out: the values that both servers must
//! agree on.

use super::Profile;

/// The redirect URI of Immich's mobile app. Three slashes: Immich's app and
/// its documentation spell it so, and authentik compares byte by byte.
/// See <https://docs.immich.app/administration/oauth>.
pub const MOBILE_REDIRECT_URI: &str = "app.immich:///oauth-callback";

/// The paths below an Immich address to which authentik sends a browser back:
/// after a login, and after linking an account in the user settings.
const WEB_REDIRECT_PATHS: [&str; 2] = ["/auth/login", "/user-settings"];

impl Profile {
    /// The redirect URIs that Immich needs, for every address under which
    /// people open it. A web URI comes first: authentik guesses the launch URL
    /// from the first one.
    #[must_use]
    pub fn redirect_uris(&self) -> Vec<String> {
        let mut uris = Vec::new();
        let origins = std::iter::once(&self.immich.url).chain(&self.immich.other_urls);
        for origin in origins {
            let origin = origin.trim_end_matches('/');
            for path in WEB_REDIRECT_PATHS {
                let uri = format!("{origin}{path}");
                if !uris.contains(&uri) {
                    uris.push(uri);
                }
            }
        }
        uris.push(MOBILE_REDIRECT_URI.to_owned());
        uris
    }

    /// The redirect URI of a login at Immich's public address.
    #[must_use]
    pub fn login_redirect_uri(&self) -> String {
        format!("{}{}", self.immich.url.trim_end_matches('/'), WEB_REDIRECT_PATHS[0])
    }

    /// Where the application's tile leads.
    #[must_use]
    pub fn launch_url(&self) -> &str {
        self.application.launch_url.as_deref().unwrap_or(&self.immich.url)
    }

    /// The issuer that authentik will advertise for the application's slug.
    /// Only a prediction, for a plan that is made before the application
    /// exists: what counts is what discovery returns.
    #[must_use]
    pub fn expected_issuer(&self) -> String {
        format!(
            "{}/application/o/{}/",
            self.authentik.url.trim_end_matches('/'),
            self.application.slug
        )
    }

    /// The scopes to ask for.
    pub fn scopes(&self) -> impl Iterator<Item = &str> {
        self.settings.scope.split_ascii_whitespace()
    }

    /// Where this program reaches authentik.
    #[must_use]
    pub fn authentik_api(&self) -> &str {
        self.authentik.api_url.as_deref().unwrap_or(&self.authentik.url)
    }

    /// Where this program reaches Immich.
    #[must_use]
    pub fn immich_api(&self) -> &str {
        self.immich.api_url.as_deref().unwrap_or(&self.immich.url)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_address_gets_its_redirect_uris_and_a_web_one_comes_first() {
        let mut profile = Profile::default();
        profile.immich.url = "https://photos.example.com".into();
        profile.immich.other_urls =
            vec!["http://192.0.2.11:2283".into(), "https://photos.example.com/".into()];
        assert_eq!(
            profile.redirect_uris(),
            [
                "https://photos.example.com/auth/login",
                "https://photos.example.com/user-settings",
                "http://192.0.2.11:2283/auth/login",
                "http://192.0.2.11:2283/user-settings",
                "app.immich:///oauth-callback",
            ]
        );
    }

    #[test]
    fn the_expected_issuer_ends_in_a_slash() {
        let mut profile = Profile::default();
        profile.authentik.url = "https://auth.example.com".into();
        assert_eq!(profile.expected_issuer(), "https://auth.example.com/application/o/immich/");
    }
}
