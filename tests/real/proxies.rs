//! Real reverse proxies in front of the lab: nginx with and without HTTP/2, and
//! Caddy, each with certificates of an authority of our own. The wizard sets a
//! site up through each, somebody logs in, and the client secret is rotated.

use std::{
    fs,
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::Arc,
};

use futures::FutureExt;
use immich_sso::{
    net::{Http, Trust},
    oidc::{self, Route},
    secret::{Label, Secret, Vault},
    site::{Clock, Folders, Profile, ProfileFile, System},
    wizard::{Ending, Purpose, RotateWish, Setup, StandIn, apply, start, survey},
};
use immich_sso_lab::{Homelab, HomelabOptions};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tempfile::TempDir;

use crate::{
    driver::{Driver, confirm},
    support::{Running, free_port, left_out, until_or},
};

/// A proxy, and what it is told to speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Nginx,
    NginxHttp2,
    Caddy,
}

/// A lab behind a proxy.
struct Site {
    lab: Homelab,
    proxy: Proxy,
    folder: TempDir,
    vault: Vault,
    profile: Profile,
}

/// A proxy with a port for each server; it ends with this value.
struct Proxy {
    authentik: u16,
    immich: u16,
    folder: TempDir,
    _process: Running,
}

#[tokio::test(flavor = "multi_thread")]
async fn nginx_is_passed_over_http1() {
    through(Kind::Nginx, "HTTP/1.1").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nginx_is_passed_over_http2() {
    through(Kind::NginxHttp2, "HTTP/2.0").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn caddy_is_passed_over_http2() {
    through(Kind::Caddy, "HTTP/2.0").await;
}

async fn through(kind: Kind, protocol: &str) {
    if left_out() {
        return;
    }
    let site = Site::behind(kind).await;
    let walked = Driver::of(start(site.setup(Purpose::SetUp))).walk(confirm).await;
    assert_eq!(walked.ending, Ending::LoginVerified, "{:?}", walked.last.card());
    site.agrees().await;

    let walked = Driver::of(start(site.setup(rotation()))).walk(confirm).await;
    assert_eq!(walked.ending, Ending::Rotated, "{:?}", walked.last.card());
    site.agrees().await;

    // The same without a person, by a plan that was written to a file.
    let plan = survey(site.setup(rotation())).await.unwrap().plan_file();
    apply(site.setup(rotation()), &plan).await.unwrap();
    site.agrees().await;

    site.speaks_for_another_name(kind).await;
    let spoken = site.proxy.spoken(kind);
    assert!(!spoken.is_empty());
    let (own, others): (Vec<&str>, Vec<&str>) =
        spoken.iter().map(String::as_str).partition(|line| line.contains("immich-sso/"));
    assert!(own.len() > 20, "{spoken:?}");
    // One request asks in another name, which HTTP/2 has no place for.
    let odd: Vec<&&str> = own.iter().filter(|line| !line.contains(protocol)).collect();
    let expected = usize::from(protocol != "HTTP/1.1");
    assert_eq!(odd.len(), expected, "{odd:?}");
    assert!(!others.is_empty(), "Immich and the browser come this way, too");
}

fn rotation() -> Purpose {
    Purpose::Rotate(RotateWish::default())
}

impl Site {
    async fn behind(kind: Kind) -> Self {
        let folder = tempfile::tempdir().unwrap();
        certify(folder.path());
        let authorities = folder.path().join("ca.pem");
        let options =
            HomelabOptions { authorities: Some(authorities.clone()), ..HomelabOptions::default() };
        let lab = Homelab::start(options).await.unwrap();
        let proxy = Proxy::start(kind, folder, &lab.authentik.url(), &lab.immich.url());
        let vault = Vault::memory();
        vault.put(Label::AuthentikToken, &Secret::new(lab.authentik.admin_token())).await.unwrap();
        vault.put(Label::ImmichApiKey, &Secret::new(lab.immich.admin_key())).await.unwrap();
        let mut profile = Profile::default();
        profile.authentik.url = Proxy::url(proxy.authentik);
        profile.immich.url = Proxy::url(proxy.immich);
        profile.authentik.ca_file = Some(authorities.display().to_string());
        profile.immich.ca_file = Some(authorities.display().to_string());
        Self { lab, proxy, folder: tempfile::tempdir().unwrap(), vault, profile }
    }

    fn setup(&self, purpose: Purpose) -> Setup {
        let folders = Folders::below(self.folder.path());
        let (immich, authorities) = (self.profile.immich.url.clone(), self.proxy.authorities());
        let log_in = move || {
            let (immich, authorities) = (immich.clone(), authorities.clone());
            async move { Homelab::log_in_by_tls(immich, Some(&authorities)).await }.boxed()
        };
        Setup {
            file: ProfileFile::new(&folders, "test").unwrap(),
            profile: self.profile.clone(),
            folders,
            vault: Some(self.vault.clone()),
            purpose,
            lab: false,
            stand_in: Some(StandIn { name: "alice".into(), log_in: Arc::new(log_in) }),
            clock: Clock::default(),
        }
    }

    /// The store, authentik and Immich have one secret, and alice gets in.
    async fn agrees(&self) {
        let current = self.vault.get(Label::ClientSecret).await.unwrap().unwrap();
        let provider = self.lab.authentik.providers().remove(0);
        assert_eq!(provider["client_secret"], current.expose(), "authentik");
        let oauth = self.lab.immich.settings().unwrap()["oauth"].clone();
        assert_eq!(oauth["clientSecret"], current.expose(), "Immich");
        let authorities = self.proxy.authorities();
        let immich = self.profile.immich.url.clone();
        Homelab::log_in_by_tls(immich, Some(&authorities)).await.unwrap();
    }

    /// Where the public name leads elsewhere from here, the proxy is asked for
    /// it at its own address.
    async fn speaks_for_another_name(&self, kind: Kind) {
        let http = |address: String| {
            let trust = Trust { ca_file: Some(self.proxy.authorities()), ..Trust::default() };
            Http::new(System::Authentik, address.parse().unwrap(), &trust).unwrap()
        };
        let nowhere = format!("https://localhost:{}", free_port());
        let public = http(nowhere.clone());
        let api = http(self.profile.authentik.url.clone());
        let found = oidc::discovery(&public, Some(&api), "immich").await;
        let found = found.unwrap_or_else(|fault| panic!("{kind:?}: {fault}"));
        assert!(matches!(found.route, Route::InTheNameOfPublic { .. }));
        assert!(found.issuer.starts_with(&nowhere), "{kind:?}: {}", found.issuer);
    }
}

impl Proxy {
    fn start(kind: Kind, folder: TempDir, authentik: &str, immich: &str) -> Self {
        let ports = (free_port(), free_port());
        let sites = [(ports.0, authentik), (ports.1, immich)];
        let at = folder.path();
        let (config, mut command) = match kind {
            Kind::Nginx => (nginx(at, &sites, ""), Command::new("/usr/sbin/nginx")),
            Kind::NginxHttp2 => (nginx(at, &sites, " http2"), Command::new("/usr/sbin/nginx")),
            Kind::Caddy => (caddy(at, &sites), Command::new("/usr/bin/caddy")),
        };
        let file = at.join(if kind == Kind::Caddy { "Caddyfile" } else { "nginx.conf" });
        fs::write(&file, config).unwrap();
        match kind {
            Kind::Caddy => {
                command.args(["run", "--adapter", "caddyfile", "--config"]).arg(&file);
            }
            _ => {
                command.arg("-p").arg(at).arg("-e").arg(at.join("log")).arg("-c").arg(&file);
            }
        }
        // Whatever it keeps, it keeps there.
        command.env("HOME", at).env("XDG_DATA_HOME", at).env("XDG_CONFIG_HOME", at);
        let log = at.join("log");
        command.stdin(Stdio::null()).stdout(Stdio::null());
        command.stderr(fs::File::create(&log).unwrap());
        let process = Running(command.spawn().expect("tests/setup.sh installs nginx and Caddy"));
        let proxy = Self { authentik: ports.0, immich: ports.1, folder, _process: process };
        until_or(
            "the proxy listens",
            || {
                [ports.0, ports.1]
                    .iter()
                    .all(|port| TcpStream::connect(("127.0.0.1", *port)).is_ok())
            },
            || fs::read_to_string(&log).unwrap_or_default(),
        );
        proxy
    }

    fn url(port: u16) -> String {
        format!("https://localhost:{port}")
    }

    fn authorities(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// A line a request: the protocol and the client.
    fn spoken(&self, kind: Kind) -> Vec<String> {
        let text = fs::read_to_string(self.folder.path().join("access.log")).unwrap();
        let line = |line: &str| match kind {
            Kind::Caddy => {
                let entry: serde_json::Value = serde_json::from_str(line).unwrap();
                let request = &entry["request"];
                let agent = request["headers"]["User-Agent"][0].as_str().unwrap_or_default();
                format!("{} {agent}", request["proto"].as_str().unwrap_or_default())
            }
            _ => line.to_owned(),
        };
        text.lines().map(line).collect()
    }
}

/// Its configuration, as guides have it, but for the ports and the folder.
fn nginx(at: &Path, sites: &[(u16, &str)], http2: &str) -> String {
    let at = at.display();
    let servers: String = sites
        .iter()
        .map(|(port, behind)| {
            format!(
                "server {{\n listen 127.0.0.1:{port} ssl{http2};\n server_name _;\n \
                 ssl_certificate {at}/cert.pem;\n ssl_certificate_key {at}/key.pem;\n \
                 location / {{\n proxy_pass {behind};\n proxy_http_version 1.1;\n \
                 proxy_set_header Host $http_host;\n \
                 proxy_set_header X-Forwarded-Proto $scheme;\n \
                 proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;\n }}\n}}\n"
            )
        })
        .collect();
    format!(
        "daemon off;\nmaster_process off;\npid {at}/pid;\nevents {{}}\nhttp {{\n\
         log_format spoken '$server_protocol $http_user_agent';\naccess_log {at}/access.log spoken;\n\
         client_body_temp_path {at}/body;\nproxy_temp_path {at}/proxy;\n\
         fastcgi_temp_path {at}/fastcgi;\nuwsgi_temp_path {at}/uwsgi;\nscgi_temp_path {at}/scgi;\n\
         {servers}}}\n"
    )
}

fn caddy(at: &Path, sites: &[(u16, &str)]) -> String {
    let at = at.display();
    let servers: String = sites
        .iter()
        .map(|(port, behind)| {
            format!(
                "https://:{port} {{\n bind 127.0.0.1\n tls {at}/cert.pem {at}/key.pem\n \
                 log {{\n  output file {at}/access.log\n }}\n reverse_proxy {behind}\n}}\n"
            )
        })
        .collect();
    format!("{{\n admin off\n auto_https off\n}}\n{servers}")
}

/// An authority, and a certificate of it for `localhost`, as files.
fn certify(folder: &Path) {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let certificate = params.signed_by(&key, &authority).unwrap();
    fs::write(folder.join("ca.pem"), authority.pem()).unwrap();
    fs::write(folder.join("cert.pem"), certificate.pem()).unwrap();
    fs::write(folder.join("key.pem"), key.serialize_pem()).unwrap();
}
