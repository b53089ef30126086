//! Checks: each looks at one fact, in a file of its own, and says whether it holds.
//! This is the list of them: where each lies on the map, and which tests it is a part
//! of.

mod discovery;
mod finding;
mod held_secret;
mod issuer;
mod kept_secret;
mod login_offered;
mod other_secrets;
mod password_login;
mod reach;
mod redirect_uris;
mod scopes;
mod secret_in_use;
mod signing;
mod site;

pub(super) use finding::Finding;
pub(super) use held_secret::held_by_immich;
pub(super) use reach::leads_to_authentik;
pub(super) use site::{Rotating, Site};

use futures::future::BoxFuture;

use crate::wizard::{Point, Road};

/// A test that several checks make up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::wizard) enum Suite {
    /// What a look at the login shows.
    Look,
    /// The application works.
    Application,
    /// A login can work, as far as that shows without a person.
    Login,
    /// Immich finds authentik.
    Reach,
    /// A rotation's new secret works, and no old one does.
    Rotation,
}

impl Suite {
    /// Its checks, in the order in which they are made.
    const fn checks(self) -> &'static [CheckId] {
        use CheckId as Id;
        match self {
            Self::Look => &[Id::LoginOffered],
            Self::Application => {
                &[Id::ApplicationAnswers, Id::IssuerIsPublic, Id::ScopesOffered, Id::Signing]
            }
            Self::Login => &[
                Id::LeadsToAuthentik,
                Id::DiscoveryAnswers,
                Id::RedirectUris,
                Id::KeptSecret,
                Id::HeldSecret,
                Id::PasswordLogin,
            ],
            Self::Reach => &[Id::LeadsToAuthentik],
            Self::Rotation => {
                &[Id::DiscoveryAnswers, Id::SecretInUse, Id::OtherSecrets, Id::LeadsToAuthentik]
            }
        }
    }

    /// Makes its checks at a site.
    pub(in crate::wizard) async fn run(self, site: &Site<'_>) -> Vec<(CheckId, Finding)> {
        let mut found = Vec::new();
        for check in self.checks() {
            let findings = (check.row().run)(site).await;
            found.extend(findings.into_iter().map(|finding| (*check, finding)));
        }
        found
    }
}

/// All that is known of a check.
struct Row {
    /// Where it lies on the map.
    on: Option<(Road, Point)>,
    /// Whether nobody can log in where it does not hold.
    is_vital: bool,
    /// Looks.
    run: for<'a> fn(&'a Site<'_>) -> BoxFuture<'a, Vec<Finding>>,
}

impl CheckId {
    /// Where it lies on the map.
    pub(in crate::wizard) fn on(self) -> Option<(Road, Point)> {
        self.row().on
    }

    /// Whether nobody can log in where it does not hold.
    pub(in crate::wizard) fn is_vital(self) -> bool {
        self.row().is_vital
    }
}

macro_rules! checks {
    ($($(#[$doc:meta])* $name:ident($on:expr, $is_vital:expr, $run:path),)*) => {
        /// A check.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum CheckId {
            $($(#[$doc])* $name,)*
        }

        impl CheckId {
            fn row(self) -> Row {
                match self {
                    $(Self::$name => Row {
                        on: $on,
                        is_vital: $is_vital,
                        run: |site| Box::pin($run(site)),
                    },)*
                }
            }
        }
    };
}

const VITAL: bool = true;
const ON_DISCOVERY: Option<(Road, Point)> = Some((Road::ImmichToAuthentik, Point::Discovery));
const ON_SECRET: Option<(Road, Point)> = Some((Road::ImmichToAuthentik, Point::Secret));

checks! {
    /// Immich offers the login with OAuth.
    LoginOffered(Some((Road::BrowserToImmich, Point::Offer)), VITAL, login_offered::run),
    /// Discovery answers for the application.
    ApplicationAnswers(ON_DISCOVERY, VITAL, discovery::application_answers),
    /// The issuer is at authentik's public address.
    IssuerIsPublic(ON_DISCOVERY, VITAL, issuer::run),
    /// The provider offers the scopes that the profile asks for.
    ScopesOffered(None, VITAL, scopes::run),
    /// Tokens are signed as Immich expects.
    Signing(None, VITAL, signing::run),
    /// Immich finds authentik and sends browsers there.
    LeadsToAuthentik(Some((Road::ImmichToAuthentik, Point::Reach)), VITAL, reach::run),
    /// Discovery answers. Says so only where it does not.
    DiscoveryAnswers(ON_DISCOVERY, VITAL, discovery::run),
    /// authentik accepts each redirect URI.
    RedirectUris(
        Some((Road::BrowserToAuthentik, Point::RedirectUris)),
        VITAL,
        redirect_uris::run
    ),
    /// authentik accepts the client secret that is kept here.
    KeptSecret(ON_SECRET, VITAL, kept_secret::run),
    /// Immich holds the same client secret.
    HeldSecret(ON_SECRET, VITAL, held_secret::run),
    /// Immich lets people log in with a password.
    PasswordLogin(None, !VITAL, password_login::run),
    /// authentik accepts the client secret that a rotation brought in.
    SecretInUse(ON_SECRET, VITAL, secret_in_use::run),
    /// authentik refuses every other one.
    OtherSecrets(None, VITAL, other_secrets::run),
}
