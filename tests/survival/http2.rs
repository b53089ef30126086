//! A part of the matrix over HTTP/2: the same faults, with every request of the
//! program on one connection, which is cut as a whole.

use futures::{StreamExt, stream};
use immich_sso_lab::{HomelabOptions, Settings};

use crate::{
    cases::{After, Came, Case, Over},
    driver::{Door, Site},
    faults::{Trouble, Way},
    front::Front,
    pki::Authority,
    scenes::Scene,
};

/// A site whose servers are behind TLS and speak HTTP/2 there.
pub async fn site(options: HomelabOptions) -> Site {
    let authority = Authority::new();
    let identity = authority.issue("localhost");
    let file = authority.file();
    let authorities = file.path().to_owned();
    let options = HomelabOptions { authorities: Some(authorities.clone()), ..options };
    let mut site = Site::without_access(options).await;
    let authentik = Front::start(&identity.config, &site.lab.authentik.url()).await;
    let immich = Front::start(&identity.config, &site.lab.immich.url()).await;
    let path = Some(authorities.display().to_string());
    site.profile.authentik.url = authentik.url();
    site.profile.authentik.ca_file.clone_from(&path);
    site.profile.immich.url = immich.url();
    site.profile.immich.ca_file = path;
    let immich_url = immich.url();
    let keeps = Box::new((authentik, immich, file));
    site.door = Some(Door { immich: immich_url, authorities, keeps });
    site
}

/// Runs whose every request goes to the servers.
const SCENES: [Scene; 4] = [Scene::SetUp, Scene::Undo, Scene::Rotate, Scene::RenewKey];

/// What the network can do, and a kill.
const TROUBLES: [Trouble; 4] =
    [Trouble::AnswerLost, Trouble::Reset, Trouble::Truncated, Trouble::KilledAfter];

fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for scene in SCENES {
        let rows = scene.effects(Settings::Api).into_iter();
        for row in rows.filter(|row| matches!(row.way, Way::Authentik(..) | Way::Immich(..))) {
            for trouble in TROUBLES {
                // In turn: both ways to go on are tried with every fault.
                let after = [After::Finish, After::TakeBack][cases.len() % 2];
                let (settings, over) = (Settings::Api, Over::Http2);
                cases.push(Case { scene, settings, row, trouble, after, over });
            }
        }
    }
    cases
}

#[tokio::test(flavor = "multi_thread")]
async fn effects_survive_faults_over_http2() {
    let only = std::env::var("IMMICH_SSO_MATRIX_ONLY").unwrap_or_default();
    let cases: Vec<Case> =
        cases().into_iter().filter(|case| case.to_string().contains(&only)).collect();
    let results: Vec<(Case, Result<Came, String>)> = stream::iter(cases)
        .map(|case| async move {
            let result = tokio::spawn(case.run()).await;
            (case, result.unwrap_or_else(|died| Err(format!("it died: {died}"))))
        })
        .buffer_unordered(6)
        .collect()
        .await;
    let bad: Vec<String> = results
        .iter()
        .filter(|(_, result)| *result != Ok(Came::Well))
        .map(|(case, result)| format!("{case}: {result:?}"))
        .collect();
    assert!(bad.is_empty(), "{} of {} cases:\n{}", bad.len(), results.len(), bad.join("\n"));
}
