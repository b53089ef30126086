//! The ways to rotate: this program's, by every route, and two by hand.

use immich_sso::{
    host::{Host, RestartCommands},
    immich::{self, RouteKind, SettingsChange, route},
    net::{Http, SshAccess, Trust},
    secret::{Label, Secret},
    site::{DockerAccess, SshTarget, System},
    wizard::Walk,
};
use immich_sso_lab::Settings;
use reqwest::Client;
use serde_json::{Value, json};

use crate::site::Site;

/// One way.
#[derive(Clone, Copy, Debug)]
pub enum Way {
    /// This program, by the route that this setting leads to.
    Route(Settings),
    /// A PATCH, then `psql` over SSH, then `docker compose restart`, each
    /// connecting anew as commands in a shell do.
    Tutorial,
    /// A PATCH, then a PUT, one after the other over open connections, with
    /// both bodies at hand.
    TwoCalls,
}

/// A way that waits for its moment.
pub enum Ready {
    Wizard(Walk),
    Tutorial(SshAccess),
    TwoCalls { client: Client, pk: i64, config: Value },
}

impl Way {
    pub const ALL: [Self; 5] = [
        Self::Route(Settings::Api),
        Self::Route(Settings::Database),
        Self::Route(Settings::ConfigFile),
        Self::Tutorial,
        Self::TwoCalls,
    ];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Route(Settings::Api) => "immich-sso, API",
            Self::Route(Settings::Database) => "immich-sso, database",
            Self::Route(Settings::ConfigFile) => "immich-sso, config file",
            Self::Tutorial => "(a) PATCH, psql, compose restart",
            Self::TwoCalls => "(b) PATCH, then PUT",
        }
    }

    pub async fn prepare(self, site: &Site) -> Ready {
        match self {
            Self::Route(_) => Ready::Wizard(site.rotation().await),
            Self::Tutorial => {
                let target = SshTarget::parse(site.profile.host.ssh.as_ref().unwrap()).unwrap();
                let known_hosts = site.folders().config().join("known_hosts");
                Ready::Tutorial(SshAccess {
                    key_file: site.profile.host.key_file.as_ref().map(Into::into),
                    ..SshAccess::new(target, known_hosts)
                })
            }
            Self::TwoCalls => {
                let client = client();
                let config = client
                    .get(format!("{}/api/system-config", site.profile.immich_api()))
                    .header("x-api-key", site.lab.immich.admin_key().expose())
                    .send()
                    .await
                    .unwrap();
                let config = config.json().await.unwrap();
                let pk = site.lab.authentik.providers()[0]["pk"].as_i64().unwrap();
                Ready::TwoCalls { client, pk, config }
            }
        }
    }
}

impl Ready {
    pub async fn go(self, site: &Site) {
        let secret = Secret::generate().unwrap();
        match self {
            Self::Wizard(walk) => site.switch(walk).await,
            Self::Tutorial(access) => {
                let pk = site.lab.authentik.providers()[0]["pk"].as_i64().unwrap();
                patch(&client(), site, pk, &secret).await;
                let host = Host::connect(&access, DockerAccess::Direct).await.unwrap();
                let url = site.profile.immich_api().parse().unwrap();
                let http = Http::new(System::Immich, url, &Trust::default()).unwrap();
                let nobody = immich::Client::new(http, None);
                let version = site.lab.immich.version().to_string().parse().unwrap();
                let profile = &site.profile.host;
                let route =
                    route::open(RouteKind::Database, &nobody, Some(&host), profile, &version);
                let route = route.unwrap();
                let basis = route.read().await.unwrap().basis;
                let change = SettingsChange::give(Label::ClientSecret);
                route.write(&change, Some(&secret), &basis).await.unwrap();
                let host = Host::connect(&access, DockerAccess::Direct).await.unwrap();
                let services = ["immich-server".to_owned()];
                let commands =
                    RestartCommands::new(DockerAccess::Direct, &profile.folder, &services);
                host.compose_restart(&commands).await.unwrap();
            }
            Self::TwoCalls { client, pk, mut config } => {
                // The connection is open, as it is where a script just looked.
                client
                    .get(format!("{}/-/health/live/", site.profile.authentik_api()))
                    .send()
                    .await
                    .unwrap();
                client
                    .get(format!("{}/api/server/ping", site.profile.immich_api()))
                    .send()
                    .await
                    .unwrap();
                patch(&client, site, pk, &secret).await;
                config["oauth"]["clientSecret"] = secret.expose().into();
                let put = client
                    .put(format!("{}/api/system-config", site.profile.immich_api()))
                    .header("x-api-key", site.lab.immich.admin_key().expose())
                    .json(&config);
                assert!(put.send().await.unwrap().status().is_success());
            }
        }
    }
}

async fn patch(client: &Client, site: &Site, pk: i64, secret: &Secret) {
    let api = site.profile.authentik_api();
    let patch = client
        .patch(format!("{api}/api/v3/providers/oauth2/{pk}/"))
        .bearer_auth(site.lab.authentik.admin_token().expose())
        .json(&json!({"client_secret": secret.expose()}));
    assert!(patch.send().await.unwrap().status().is_success());
}

fn client() -> Client {
    Client::builder().tls_certs_only([]).no_proxy().build().unwrap()
}
