//! What has to come of a renewal that was cut short.

use immich_sso::{
    secret::Label,
    wizard::{
        Ending, Journal, Outcome, Record, Setup,
        effect::{Effect, RotationEffect},
    },
};

use crate::{
    cases::After,
    driver::Site,
    ends::{Before, verified, walked},
    scenes::Scene,
};

/// Goes on with it, or leaves it: what is kept opens what it must, all along.
pub async fn come_to(
    site: &Site,
    before: &Before,
    scene: Scene,
    after: After,
) -> Result<(), String> {
    let (label, previous) = match scene {
        Scene::RenewKey => (Label::ImmichApiKey, Label::ImmichApiKeyPrevious),
        _ => (Label::AuthentikToken, Label::AuthentikTokenPrevious),
    };
    verified(site).await?;
    if after == After::Finish {
        let setup = Setup { purpose: scene.purpose(), ..site.setup() };
        let (walk, _) = walked(site, setup, 'g').await;
        if walk.ending != Ending::Rotated {
            return Err(format!("it ended with {:?}: {:#?}", walk.ending, walk.last.card()));
        }
        let now = site.vault.get(label).await.unwrap();
        if now.as_ref() == before.secret(label) {
            return Err("it is the old one still".into());
        }
        if site.vault.get(previous).await.unwrap().is_some() {
            return Err("the old one is kept still".into());
        }
        let ours = ours(site, scene)?;
        if ours.len() != 1 {
            return Err(format!("of what was made, this is there by the journal: {ours:?}"));
        }
        let there = there(site, scene);
        if there.len() != 1 {
            return Err(format!("of what was made, this is there: {there:?}"));
        }
    }
    // A set-up asks for nothing.
    let (walk, _) = walked(site, site.setup(), 'g').await;
    if walk.ending != Ending::LoginVerified || walk.shown.contains("HowToWork") {
        return Err(format!("the set-up ended with {:?}", walk.ending));
    }
    verified(site).await
}

/// What the server has of what this program made.
fn there(site: &Site, scene: Scene) -> Vec<String> {
    let all = match scene {
        Scene::RenewKey => site.lab.immich.key_names(),
        _ => site.lab.authentik.token_identifiers(),
    };
    all.into_iter().filter(|name| name.starts_with("immich-sso-")).collect()
}

/// What the journal says was made and not deleted since.
fn ours(site: &Site, scene: Scene) -> Result<Vec<String>, String> {
    let entries = Journal::read(&site.folders().journal("test")).map_err(|f| f.to_string())?;
    let done = |seq| {
        let last = entries.iter().rev().find_map(|entry| match &entry.record {
            Record::End { of, outcome } if *of == seq => Some(outcome),
            _ => None,
        });
        matches!(last, Some(Outcome::Done { .. }))
    };
    let mut ours = Vec::new();
    for entry in &entries {
        let Record::Begin { effect, .. } = &entry.record else { continue };
        if !done(entry.seq) {
            continue;
        }
        match (scene, serde_json::from_value(effect.body.clone())) {
            (_, Ok(Effect::TakeBack { of, .. })) => ours.retain(|(seq, _)| *seq != of),
            (Scene::RenewToken, Ok(Effect::MakeToken { token, .. })) => {
                ours.push((entry.seq, token.identifier));
            }
            (
                Scene::RenewToken,
                Ok(Effect::Rotation(RotationEffect::DeleteToken { identifier, .. })),
            ) => {
                ours.retain(|(_, made)| *made != identifier);
            }
            (Scene::RenewKey, Ok(Effect::MakeKey { name, .. })) => {
                ours.push((entry.seq, name));
            }
            (Scene::RenewKey, Ok(Effect::Rotation(RotationEffect::DeleteKey { .. }))) => {
                ours.pop();
            }
            _ => {}
        }
    }
    Ok(ours.into_iter().map(|(_, name)| name).collect())
}
