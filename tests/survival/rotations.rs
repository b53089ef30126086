//! What has to come of a rotation that was cut short.

use immich_sso::{
    secret::{Label, Secret},
    wizard::{Ending, Purpose, RotateWish, Setup},
};

use crate::{
    driver::Site,
    ends::{Before, kept, verified, walked},
    scenes::Scene,
};

/// Goes on to another secret than before, or back to the one before.
pub async fn come_to(
    site: &Site,
    before: &Before,
    scene: Scene,
    wants_new: bool,
) -> Result<(), String> {
    let old = before.secret(Label::ClientSecret).ok_or("nothing was kept before")?;
    let current = async || site.vault.get(Label::ClientSecret).await.unwrap();
    let pending = site.vault.get(Label::ClientSecretPending).await.unwrap();
    let (promoted, unfinished) = (pending == current().await, pending.is_some());
    let mut in_use: Vec<Secret> = sides(site);
    if unfinished {
        let way = if wants_new { 'g' } else { 'b' };
        let (walk, told) = walked(site, rotation(site, RotateWish::default()), way).await;
        if !matches!(walk.ending, Ending::Rotated | Ending::Finished) {
            return Err(format!("it ended with {:?}: {:#?}", walk.ending, walk.last.card()));
        }
        if !told && !promoted {
            return Err("nobody was told where it stood".into());
        }
    }
    if !wants_new {
        // What was on its way and is in use nowhere is forgotten.
        in_use.retain(|secret| Some(secret) != pending.as_ref());
    }
    let wish = match (wants_new, current().await.as_ref() == Some(old)) {
        // Nothing had happened yet.
        (true, true) => match scene.purpose() {
            Purpose::Rotate(wish) => Some(wish),
            _ => None,
        },
        // It was through.
        (false, false) => Some(RotateWish { back: true, ..RotateWish::default() }),
        _ if scene == Scene::Revoke && wants_new => {
            Some(RotateWish { revoke: true, ..RotateWish::default() })
        }
        _ => None,
    };
    if let Some(wish) = wish {
        let (walk, _) = walked(site, rotation(site, wish), 'g').await;
        if walk.ending != Ending::Rotated {
            return Err(format!("then it ended with {:?}: {:#?}", walk.ending, walk.last.card()));
        }
    }
    let current = current().await.ok_or("no secret is kept")?;
    if (current != *old) != wants_new {
        return Err("another secret is in use than was wanted".into());
    }
    let after = kept(site).await;
    if after.iter().any(|(label, _)| *label == Label::ClientSecretPending) {
        return Err("a secret is pending still".into());
    }
    in_use.push(old.clone());
    if in_use.iter().any(|secret| !after.iter().any(|(_, kept)| kept == secret)) {
        return Err("a secret that was in use is not kept".into());
    }
    if scene == Scene::Revoke && wants_new && site.lab.authentik.outstanding_tokens() > 0 {
        return Err("tokens are outstanding".into());
    }
    // No set-up wants it otherwise, and nobody is asked about a rotation.
    let (walk, told) = walked(site, site.setup(), 'g').await;
    // An Immich that lists no sessions cannot prove a login.
    let works = match scene {
        Scene::OldRotate => walk.login_worked(),
        _ => walk.ending == Ending::LoginVerified,
    };
    if told || !works {
        return Err(format!("the set-up ended with {:?} (told: {told})", walk.ending));
    }
    verified(site).await
}

fn rotation(site: &Site, wish: RotateWish) -> Setup {
    Setup { purpose: Purpose::Rotate(wish), ..site.setup() }
}

fn sides(site: &Site) -> Vec<Secret> {
    let sides = [site.provider()["client_secret"].clone(), site.oauth()["clientSecret"].clone()];
    sides.iter().filter_map(|side| side.as_str().map(Secret::new)).collect()
}
