//! The profile: all that is not secret about a site.

use serde::{Deserialize, Serialize};

use super::{
    SigningAlgorithm, TokenAuthMethod,
    route::{self, RouteKind},
};

/// What a profile's file looks like at first: every section with its comments and
/// the defaults.
pub(super) const TEMPLATE: &str = r#"# What this site should be like. Written by `immich-sso`, and yours to edit:
# comments and order stay as you leave them. No secret belongs in here.

# Where this site's secrets are kept: "keyring" (that of this machine) or
# "file" (encrypted with a passphrase).
secrets = "keyring"

# The identity provider.
[authentik]
# The address that browsers use. The issuer is made of it.
url = ""
# Where this machine reaches the API, if not there.
#api_url = "http://192.0.2.10:9000"
# A PEM file with further certificate authorities to trust.
#ca_file = "/etc/ssl/my-ca.pem"

# The photo server.
[immich]
# The address that browsers use. The redirect URIs are made of it.
url = ""
# Where this machine reaches the API, if not there.
#api_url = "http://192.0.2.11:2283"
# Further addresses under which people open Immich.
#other_urls = ["http://192.0.2.11:2283"]
# A PEM file with further certificate authorities to trust.
#ca_file = "/etc/ssl/my-ca.pem"

# The OAuth2 provider in authentik.
[provider]
name = "immich-oauth-provider"
client_id = "immich-oauth-client"
# Flows, by slug: the one that asks for consent, and the one that ends the
# session. The latter left out: the one that is set, else authentik's default.
authorization_flow = "default-provider-authorization-explicit-consent"
#invalidation_flow = "default-provider-invalidation-flow"
# The key pair that signs tokens. Left out: the one that is set, else the first
# that fits `signing_algorithm`.
#signing_key = "authentik Self-signed Certificate"

# The application in authentik: the tile that people see.
[application]
name = "Immich"
# Part of the issuer.
slug = "immich"
# Where the tile leads. Left out: where it leads already, else to Immich.
# "blank://blank" hides the tile; "" lets authentik guess.
#launch_url = "https://photos.example.com/auth/login?autoLaunch=1"

# Immich's OAuth settings.
[settings]
button_text = "Login with Authentik"
scope = "openid email profile"
# Whether a first login makes an Immich user.
auto_register = true
# Whether Immich's login page goes to authentik by itself. Left out: what Immich
# has stays.
#auto_launch = true
# The claim that the storage label of a new account is taken from. Left out: what
# Immich has stays.
#storage_label_claim = "preferred_username"
# Immich 3 only: accept an authentik that is reached without TLS.
allow_insecure_requests = false
# How ID tokens are signed: "RS256" with an RSA key; "ES256", "ES384" or "ES512"
# with a key on the curve P-256, P-384 or P-521; "HS256" without a signing key.
signing_algorithm = "RS256"
# How Immich tells authentik the client secret: "client_secret_post" or
# "client_secret_basic".
token_endpoint_auth_method = "client_secret_post"
# How the settings are written: "auto", "api", "database" or "config-file".
route = "auto"

# The machine that Immich runs on, needed for its database, its configuration
# file and restarts.
[host]
# Left out: no SSH.
#ssh = "admin@192.0.2.11"
# A bastion to go through.
#jump = "admin@bastion.example.com:22"
# The private key to sign in with. Left out: the agent, then the usual files.
#key_file = "~/.ssh/id_ed25519"
# How Docker is called: "direct", or "sudo" for `sudo -n docker`.
docker = "direct"
# The folder of the compose project, and the service of the Immich server.
folder = "/opt/immich"
server_service = "immich-server"
# The container of PostgreSQL, the database and its user.
postgres_container = "immich_postgres"
database = "immich"
database_user = "postgres"
"#;

/// What the operator wants of a site: one Immich behind one authentik. Holds
/// no secret. Names default to those of the tutorial, addresses have no
/// default.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Profile {
    /// The identity provider.
    pub authentik: AuthentikProfile,
    /// The photo server.
    pub immich: ImmichProfile,
    /// The OAuth2 provider object in authentik.
    pub provider: ProviderProfile,
    /// The application object in authentik.
    pub application: ApplicationProfile,
    /// Immich's OAuth settings.
    pub settings: SettingsProfile,
    /// The machine that Immich runs on.
    pub host: HostProfile,
    /// Where this site's secrets are kept.
    pub secrets: StoreKind,
}

/// How to reach authentik.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AuthentikProfile {
    /// What browsers use and the issuer is made of: `https://auth.example.com`.
    pub url: String,
    /// Where this program reaches the API, if not at `url`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub api_url: Option<String>,
    /// A PEM file with further certificate authorities to trust.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ca_file: Option<String>,
    /// SHA-256 fingerprint of the one certificate that the operator accepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pinned_certificate: Option<String>,
}

/// How to reach Immich.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ImmichProfile {
    /// What browsers use: `https://photos.example.com`.
    pub url: String,
    /// Where this program reaches the API, if not at `url`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub api_url: Option<String>,
    /// Further addresses under which people open Immich, such as
    /// `http://192.0.2.11:2283`: each gets its redirect URIs.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub other_urls: Vec<String>,
    /// A PEM file with further certificate authorities to trust.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ca_file: Option<String>,
    /// SHA-256 fingerprint of the one certificate that the operator accepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pinned_certificate: Option<String>,
}

/// The OAuth2 provider to make or keep.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ProviderProfile {
    /// Its name, unique among all providers.
    pub name: String,
    /// The OAuth client id, unique among OAuth2 providers.
    pub client_id: String,
    /// Slug of the flow that asks for consent.
    pub authorization_flow: String,
    /// Slug of the flow that ends the session with the provider. Left out: the
    /// one that is set, else authentik's default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invalidation_flow: Option<String>,
    /// Name of the key pair that signs tokens. Left out: the one that is set,
    /// else the first that fits the signing algorithm.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signing_key: Option<String>,
}

impl Default for ProviderProfile {
    fn default() -> Self {
        Self {
            name: "immich-oauth-provider".into(),
            client_id: "immich-oauth-client".into(),
            authorization_flow: "default-provider-authorization-explicit-consent".into(),
            invalidation_flow: None,
            signing_key: None,
        }
    }
}

/// The application to make or keep.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ApplicationProfile {
    /// The name on the tile.
    pub name: String,
    /// The slug: part of the issuer.
    pub slug: String,
    /// Where the tile leads. Left out: where it leads already, else to
    /// Immich's public URL. Empty: authentik guesses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub launch_url: Option<String>,
}

impl Default for ApplicationProfile {
    fn default() -> Self {
        Self { name: "Immich".into(), slug: "immich".into(), launch_url: None }
    }
}

/// The OAuth settings of Immich that are the operator's choice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SettingsProfile {
    /// The text on Immich's login button.
    pub button_text: String,
    /// The scopes to ask for, separated by blanks.
    pub scope: String,
    /// Whether a first login makes an Immich user.
    pub auto_register: bool,
    /// Whether Immich's login page goes to authentik by itself. Left out: what
    /// Immich has stays.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auto_launch: Option<bool>,
    /// The claim that a new account's storage label is taken from. Left out: what
    /// Immich has stays. Immich keeps no empty one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub storage_label_claim: Option<String>,
    /// Immich 3.x only: accept an issuer without TLS.
    pub allow_insecure_requests: bool,
    /// How ID tokens are signed. The provider's signing key must fit.
    pub signing_algorithm: SigningAlgorithm,
    /// How Immich tells authentik's token endpoint the client secret.
    pub token_endpoint_auth_method: TokenAuthMethod,
    /// How the settings are written; `None`, in a profile `auto`: by the route that
    /// fits the server.
    #[serde(serialize_with = "route::write", deserialize_with = "route::read")]
    pub route: Option<RouteKind>,
}

impl Default for SettingsProfile {
    fn default() -> Self {
        Self {
            button_text: "Login with Authentik".into(),
            scope: "openid email profile".into(),
            auto_register: true,
            auto_launch: None,
            storage_label_claim: None,
            allow_insecure_requests: false,
            signing_algorithm: SigningAlgorithm::default(),
            token_endpoint_auth_method: TokenAuthMethod::default(),
            route: None,
        }
    }
}

/// How to reach the machine that Immich runs on, and what is where on it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HostProfile {
    /// `user@host` or `user@host:port`. Left out: no SSH.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ssh: Option<String>,
    /// A bastion to go through: `user@host:port`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jump: Option<String>,
    /// The private key file to sign in with. Left out: the agent, then the
    /// usual files.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_file: Option<String>,
    /// How Docker is called.
    pub docker: DockerAccess,
    /// The folder of the compose project.
    pub folder: String,
    /// The compose service of the Immich server.
    pub server_service: String,
    /// The container that PostgreSQL runs in.
    pub postgres_container: String,
    /// Immich's database.
    pub database: String,
    /// The database user.
    pub database_user: String,
}

impl Default for HostProfile {
    fn default() -> Self {
        Self {
            ssh: None,
            jump: None,
            key_file: None,
            docker: DockerAccess::Direct,
            folder: "/opt/immich".into(),
            server_service: "immich-server".into(),
            postgres_container: "immich_postgres".into(),
            database: "immich".into(),
            database_user: "postgres".into(),
        }
    }
}

/// How Docker is called on the host.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DockerAccess {
    /// `docker`: the user may talk to the engine.
    #[default]
    Direct,
    /// `sudo -n docker`: without a password.
    Sudo,
}

/// Where secrets are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StoreKind {
    /// The keyring of the operating system.
    #[default]
    Keyring,
    /// A file that is encrypted with a passphrase, in the age format.
    File,
}
