//! The end of a rotation: which secret is in use, what the switch cost, and how
//! to go back.

use super::{spelled_age, standing::Standing};
use crate::{
    secret::Label,
    site::System,
    wizard::{
        Credential, CredentialId, Ending, Note, RunTopic, StepId, Summary, SwitchView,
        desk::{Desk, Interrupt},
        finish,
        systems::Systems,
    },
};

/// Rests at the summary until the operator is done with it.
pub(in crate::wizard) async fn summary(
    desk: &mut Desk,
    systems: &mut Systems,
) -> Result<Ending, Interrupt> {
    systems.switched = None;
    let read = Standing::read(systems);
    if let Ok(standing) =
        desk.bounded(System::Authentik, "looking at both sides", super::LOOKS_WITHIN, read).await?
    {
        desk.show(|snapshot| {
            let switch = snapshot.rotation.take().and_then(|known| known.switch);
            snapshot.rotation = Some(standing.view(switch));
        });
    }
    super::show_age(desk, systems).await;
    let back = systems.rotates_back;
    let credentials = credentials(desk, systems, back).await?;
    let next = next(desk, systems, back);
    let title = if back { "The old secret is in use again" } else { "The secret was rotated" };
    desk.show_with_question(|snapshot| {
        snapshot.summary = Some(Summary { title: title.into(), credentials, next, revealed: None });
    });
    let ending = if back { Ending::Finished } else { Ending::Rotated };
    finish::rest(desk, systems, &RunTopic::AllStagesWalked, ending).await
}

async fn credentials(
    desk: &mut Desk,
    systems: &Systems,
    back: bool,
) -> Result<Vec<Credential>, Interrupt> {
    let row = |id, value: String| Credential { id, value };
    let mut rows = vec![row(CredentialId::ClientId, systems.profile.provider.client_id.clone())];
    let secret = desk.snapshot().secret.clone();
    if let Some(secret) = secret {
        let age = secret.age.map(|age| spelled_age(age.at_least(systems.clock.now())));
        let age = age.map(|age| format!(", {age} old")).unwrap_or_default();
        rows.push(row(
            CredentialId::ClientSecret,
            format!("•••••••• ({}){age}", secret.fingerprint),
        ));
    }
    let vault = systems.vault().ok().cloned();
    if let Some(vault) = vault.filter(|_| !back) {
        let read = vault.get(Label::ClientSecretPrevious);
        if let Ok(Some(previous)) =
            desk.work("reading the secret store", vault.at_most(), read).await?
        {
            rows.push(row(
                CredentialId::PreviousSecret,
                format!("•••••••• ({}), refused now", previous.fingerprint()),
            ));
        }
    }
    let switch = desk.snapshot().rotation.as_ref().and_then(|view| view.switch.clone());
    if let Some(outage) = switch.as_ref().and_then(SwitchView::spelled) {
        rows.push(row(CredentialId::Outage, outage));
    }
    rows.push(row(CredentialId::Store, desk.snapshot().store.clone()));
    Ok(rows)
}

fn next(desk: &Desk, systems: &Systems, back: bool) -> Vec<Note> {
    let mut next: Vec<Note> =
        desk.snapshot().step(StepId::Finish).map(|step| step.notes.clone()).unwrap_or_default();
    if !back {
        next.push(
            "To go back to the previous secret: `immich-sso rotate --back`. It stays in the secret \
             store until the next rotation, or until `immich-sso secret forget \
             client-secret-previous`."
                .into(),
        );
        next.push(
            "To rotate by age, let a timer run `immich-sso rotate --if-older-than 90d`: it says by \
             its exit code when it is time."
                .into(),
        );
    }
    if systems.restart_is_ever_needed() {
        next.push(
            "This release of Immich was restarted for it; an update would spare you that.".into(),
        );
    }
    next
}
