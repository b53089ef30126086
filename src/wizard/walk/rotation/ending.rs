//! The end of a rotation: which secret is in use, what the switch cost, and how
//! to go back.

use crate::{
    secret::Label,
    site::System,
    wizard::{
        Course, Credential, CredentialId, CredentialValue, Ending, Note, RotationNote, RunTopic,
        SecretView, StepId, Summary, SummaryTitle, Task,
        desk::{Desk, Interrupt, unless_failed},
        finish,
        rotation::{LOOKS_WITHIN, Standing, show_age},
        systems::Systems,
    },
};

/// Rests at the summary until the operator is done with it.
pub(in crate::wizard::walk) async fn summary(
    desk: &mut Desk,
    systems: &mut Systems,
) -> Result<Ending, Interrupt> {
    systems.rotation.switched = None;
    let read = Standing::read(systems);
    let what = Task::LookingAtBothSides;
    let read = desk.bounded(System::Authentik, what, LOOKS_WITHIN, read).await;
    if let Some(standing) = unless_failed(read)? {
        desk.show(|snapshot| {
            let switch = snapshot.rotation.take().and_then(|known| known.switch);
            snapshot.rotation = Some(standing.view(switch));
        });
    }
    show_age(desk, systems).await;
    let back = systems.rotation.rotates_back;
    let credentials = credentials(desk, systems, back).await?;
    let next = next(desk, systems, back);
    let title = if back { SummaryTitle::RotatedBack } else { SummaryTitle::Rotated };
    desk.show_with_question(|snapshot| {
        snapshot.summary = Some(Summary { title, credentials, next, revealed: None });
    });
    let ending = if back { Ending::Finished } else { Ending::Rotated };
    finish::rest(desk, systems, &RunTopic::AllStagesWalked, ending).await
}

async fn credentials(
    desk: &mut Desk,
    systems: &Systems,
    back: bool,
) -> Result<Vec<Credential>, Interrupt> {
    let row = |id, value| Credential { id, value };
    let client_id = systems.profile.provider.client_id.clone();
    let mut rows = vec![row(CredentialId::ClientId, CredentialValue::Text(client_id))];
    if let Some(SecretView { fingerprint, age, pending: _ }) =
        desk.snapshot().remembered.secret.clone()
    {
        let age = age.map(|age| (age, systems.clock.now()));
        rows.push(row(CredentialId::ClientSecret, CredentialValue::Secret { fingerprint, age }));
    }
    let vault = systems.vault().ok().cloned();
    if let Some(vault) = vault.filter(|_| !back) {
        let read = vault.get(Label::ClientSecretPrevious);
        if let Ok(Some(previous)) = desk.work(Task::ReadingStore, vault.at_most(), read).await? {
            let fingerprint = previous.fingerprint().to_string();
            let value = CredentialValue::RefusedSecret { fingerprint };
            rows.push(row(CredentialId::PreviousSecret, value));
        }
    }
    let switch = desk.snapshot().rotation.as_ref().and_then(|view| view.switch.clone());
    if let Some(switch) = switch.filter(|switch| switch.course == Course::Stands) {
        rows.push(row(CredentialId::Outage, CredentialValue::Outage(switch)));
    }
    rows.extend(finish::store_row(desk));
    Ok(rows)
}

fn next(desk: &Desk, systems: &Systems, back: bool) -> Vec<Note> {
    let mut next: Vec<Note> =
        desk.snapshot().step(StepId::Finish).map(|step| step.notes.clone()).unwrap_or_default();
    if !back {
        next.push(RotationNote::HowToGoBack.into());
        next.push(RotationNote::HowToRotateByAge.into());
    }
    if systems.restart_is_ever_needed() {
        next.push(RotationNote::ImmichWasRestarted.into());
    }
    next
}
