//! A workstation without a profile, and a site that is set up already: what is
//! there tells what the profile has to say.

use std::time::Duration;

use serde_json::Value;

use super::{
    Answer,
    desk::{Desk, Interrupt, Question, option},
    systems::Systems,
};
use crate::{
    immich::RouteKind,
    site::{Fault, Profile, ProfileKey, System},
};

/// How long it may take to read what is there.
const AT_MOST: Duration = Duration::from_secs(60);

/// Reads what is there, and puts it into the profile once the operator agreed.
pub(super) async fn offer(desk: &mut Desk, systems: &mut Systems) -> Result<(), Interrupt> {
    let what = "looking whether this site is set up already";
    // What cannot be read here is told by the step that needs it.
    let Ok(found) = desk.bounded(System::Immich, what, AT_MOST, read(systems)).await? else {
        return Ok(());
    };
    if found.is_empty() {
        return Ok(());
    }
    let mut question = Question::choice(
        "Immich logs in through this authentik already, with other values than the usual. Take \
         them over?",
        vec![
            option('t', "Take them over into the profile", "Nothing is changed on either side."),
            option('u', "Use the usual values", "Each difference is shown and asked about."),
        ],
    );
    for (key, value) in &found {
        question = question.help(format!("{}: {value}", key.name()));
    }
    if desk.ask(question).await? == Answer::Choice(0) {
        let mut changed = systems.profile.clone();
        // A value that will not do is left as it was.
        for (key, value) in &found {
            let _ = key.set(&mut changed, value);
        }
        systems.profile = changed;
    }
    Ok(())
}

/// The values of the profile that would be others, if the site told.
async fn read(systems: &Systems) -> Result<Vec<(ProfileKey, String)>, Fault> {
    // Immich's API tells by whichever route they are written; without a key the
    // host would have to be asked for, long before it is needed.
    let stored = systems.route(RouteKind::Api)?.read().await?;
    let text = |key: &str| stored.fields.get(key).and_then(Value::as_str).unwrap_or_default();
    let client_id = text("clientId");
    let client = systems.authentik()?;
    let (false, Some(provider)) =
        (client_id.is_empty(), client.provider_by_client_id(client_id).await?)
    else {
        return Ok(Vec::new());
    };
    let mut found = vec![
        (ProfileKey::ClientId, client_id.to_owned()),
        (ProfileKey::ProviderName, provider.name.clone()),
        (ProfileKey::ButtonText, text("buttonText").to_owned()),
        (ProfileKey::Scope, text("scope").to_owned()),
    ];
    if let Some(register) = stored.fields.get("autoRegister").and_then(Value::as_bool) {
        found.push((ProfileKey::AutoRegister, if register { "yes" } else { "no" }.into()));
    }
    let flows = client.flows(crate::authentik::Designation::Authorization).await?;
    if let Some(flow) =
        flows.iter().find(|flow| Some(&flow.pk) == provider.authorization_flow.as_ref())
    {
        found.push((ProfileKey::AuthorizationFlow, flow.slug.clone()));
    }
    if let Some(slug) = &provider.assigned_application_slug {
        found.push((ProfileKey::Slug, slug.clone()));
        if let Some(application) = client.application(slug).await? {
            found.push((ProfileKey::ApplicationName, application.name));
        }
    }
    let usual = systems.profile.clone();
    found.retain(|(key, value)| differs(&usual, *key, value));
    Ok(found)
}

fn differs(usual: &Profile, key: ProfileKey, value: &str) -> bool {
    let mut changed = usual.clone();
    key.set(&mut changed, value).is_ok() && changed != *usual
}
