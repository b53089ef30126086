//! TLS by the wizard's own questions: an authority from a file, one pinned
//! certificate, and the way to a server as the card shows it.

use std::sync::Arc;

use immich_sso::{
    site::{FaultKind, Reading, System},
    text,
    wizard::{AccessTopic, Answer, Snapshot, StepId},
};
use testkit::said;
use testkit::said_with;
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};
use tokio_rustls::TlsAcceptor;

use crate::{
    driver::{Site, pick},
    pki::{Authority, Identity},
};

/// TLS in front of a server on loopback, as a reverse proxy would be.
struct Front {
    port: u16,
    task: JoinHandle<()>,
}

impl Front {
    async fn of(url: &str, identity: &Identity) -> Self {
        let behind = url.strip_prefix("http://").unwrap().to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let tls = TlsAcceptor::from(Arc::clone(&identity.config));
        let task = tokio::spawn(async move {
            while let Ok((tcp, _)) = listener.accept().await {
                let (tls, behind) = (tls.clone(), behind.clone());
                tokio::spawn(async move {
                    let Ok(mut browser) = tls.accept(tcp).await else { return };
                    let mut server = TcpStream::connect(behind).await.unwrap();
                    let _ = copy_bidirectional(&mut browser, &mut server).await;
                });
            }
        });
        Self { port, task }
    }

    fn url(&self) -> String {
        format!("https://localhost:{}", self.port)
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// What the card says of the way to a system, row by row.
fn way(now: &Snapshot, system: System) -> Vec<(String, Result<String, FaultKind>)> {
    let rows = &now.step(StepId::Access).unwrap().live;
    rows.iter()
        .filter(|row| row.system == system)
        .map(|row| {
            let told = match &row.value {
                Reading::Known { value, .. } => Ok(text::live_value(value)),
                Reading::Failed { why, .. } => Err(why.kind.clone()),
                _ => Ok(String::new()),
            };
            (text::live_subject(&row.what), told)
        })
        .collect()
}

#[tokio::test]
async fn an_authority_of_ones_own_is_named_and_a_certificate_pinned_where_trust_is_missing() {
    let mut site = Site::without_access(immich_sso_lab::HomelabOptions::default()).await;
    let authority = Authority::new();
    let identity = authority.issue("localhost");
    let authentik = Front::of(&site.lab.authentik.url(), &identity).await;
    let immich = Front::of(&site.lab.immich.url(), &identity).await;
    site.profile.authentik.url.clone_from(&authentik.url());
    site.profile.immich.url.clone_from(&immich.url());
    let mut driver = site.start();

    // authentik: the file with the authority.
    let prompt = driver.asked(AccessTopic::CannotBeUsed(System::Authentik)).await;
    let now = driver.until(|_| true).await;
    let fingerprint = Some(identity.fingerprint.clone());
    let rows = way(&now, System::Authentik);
    // Which of its addresses comes first is this machine's affair.
    assert_eq!(rows[0].0, said_with("name {}", &[&"localhost"]));
    assert!(rows[0].1.as_ref().unwrap().contains("127.0.0.1"), "{rows:?}");
    assert!(rows[1].1.as_ref().unwrap().contains(&authentik.port.to_string()), "{rows:?}");
    let untrusted = FaultKind::Untrusted { fingerprint };
    assert_eq!(rows[2], (said("certificate").into_owned(), Err(untrusted.clone())));
    assert_eq!(rows[3], (said("product").into_owned(), Ok(String::new())), "nobody asked yet");
    assert_eq!(prompt.refused.as_ref().unwrap().kind, untrusted);
    driver.answer(&prompt, pick(&prompt, 'f'));
    let prompt = driver.asked(AccessTopic::CaFile).await;
    let file = authority.file();
    driver.answer(&prompt, Answer::Text(file.path().display().to_string()));

    // Immich: exactly this certificate.
    let prompt = driver.asked(AccessTopic::CannotBeUsed(System::Immich)).await;
    let now = driver.until(|_| true).await;
    let rows = way(&now, System::Authentik);
    assert!(rows[2].1.as_ref().unwrap().contains(".tmp"), "the file is named: {rows:?}");
    assert!(rows[3].1.as_ref().unwrap().starts_with(&*said("authentik 2026")), "{rows:?}");
    assert!(format!("{prompt:?}").contains(&identity.fingerprint));
    driver.answer(&prompt, pick(&prompt, 't'));
    driver.asked(AccessTopic::HowToWork(System::Authentik)).await;
    let now = driver.until(|_| true).await;
    let rows = way(&now, System::Immich);
    let pinned = Ok(said("it is the pinned one").into_owned());
    assert_eq!(rows[2], (said("certificate").into_owned(), pinned));
    assert!(rows[3].1.as_ref().unwrap().starts_with(&*said("Immich 2.7")), "{rows:?}");
    driver.quit().await;

    // What was agreed to is in the profile.
    let profile = site.setup().file.load().unwrap().unwrap();
    assert_eq!(profile.authentik.ca_file, Some(file.path().display().to_string()));
    assert_eq!(profile.immich.pinned_certificate, Some(identity.fingerprint));
}
