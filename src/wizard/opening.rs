//! The opening of a run on a site that is known: what changed since last time,
//! in plain words, and which steps that asks for.

use std::time::Duration;

use jiff::tz::TimeZone;

use super::{
    Answer, FieldState, StepId, StepState,
    desk::{Desk, Interrupt, Question, option},
    looking,
    memory::Memory,
    record::{self, Begun},
    steps::{self, Look},
    systems::Systems,
    undo,
};
use crate::{
    secret::{Fingerprint, Label},
    site::Reading,
};

/// How long a glance may take: one that takes longer is none.
const AT_MOST: Duration = Duration::from_secs(20);

/// What the operator wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Wish {
    /// To walk, past these steps, which have nothing to do.
    Walk(Vec<StepId>),
    /// To try the login alone.
    TryLogin,
    /// To take the last run back.
    TakeBack,
    /// To leave everything as it is.
    Finish,
}

/// Whether anything was done here before.
pub(super) fn is_known(systems: &Systems) -> bool {
    systems.memory.is_some() || record::begun(systems.history()).iter().any(Begun::is_done)
}

/// A glance at a site that is probably as it was: everything is asked for at
/// once, with the tokens that are kept and the releases of last time. `false`:
/// it is not all as wanted, or not as it was; then it is looked at with care.
pub(super) async fn glance(desk: &mut Desk, systems: &mut Systems) -> Result<bool, Interrupt> {
    let is_open = record::begun(systems.history()).iter().any(Begun::is_open);
    if systems.memory.is_none() || is_open || systems.vault().is_err() {
        return Ok(false);
    }
    // Whatever is wrong shows again where it is looked at with care.
    let is_as_wanted = match systems.presume().await {
        Ok(true) => {
            let what = "looking whether all is as it was";
            desk.work(what, Some(AT_MOST), Box::pin(as_wanted(systems))).await
        }
        _ => Ok(false),
    };
    match is_as_wanted {
        Ok(true) => {
            systems.show_presumed(desk);
            Ok(true)
        }
        Ok(false) => {
            systems.forget_presumed();
            Ok(false)
        }
        Err(other) => {
            systems.forget_presumed();
            Err(other)
        }
    }
}

async fn as_wanted(systems: &Systems) -> bool {
    let look = |id| Box::pin(steps::look(id, systems));
    let (presumed, provider, application, settings) = tokio::join!(
        systems.are_as_presumed(),
        look(StepId::Provider),
        look(StepId::Application),
        look(StepId::Settings),
    );
    let clean = |look: &Look| look.effects.is_empty() && look.blockers.is_empty();
    presumed.is_ok_and(|same| same)
        && [provider, application, settings].iter().all(clean)
        && !systems.restart_is_due()
}

/// Asks what is to be done where a glance saw that all is as wanted.
pub(super) async fn nothing_to_do(desk: &mut Desk, systems: &Systems) -> Result<Wish, Interrupt> {
    for id in [StepId::Provider, StepId::Application, StepId::Settings] {
        desk.show_step(id, |step| step.state = StepState::Done);
    }
    ask(desk, systems, &[], Vec::new(), Vec::new()).await
}

/// Looks at everything at once, says what changed, and asks what is to be done.
pub(super) async fn begin(desk: &mut Desk, systems: &mut Systems) -> Result<Wish, Interrupt> {
    let looks = looking::look_at_all(desk, systems).await?;
    let (mut needed, mut clean) = (Vec::new(), Vec::new());
    for (id, look) in &looks {
        if look.effects.is_empty() && look.blockers.is_empty() {
            clean.push(*id);
            desk.show_step(*id, |step| step.state = StepState::Done);
        } else {
            needed.push(*id);
        }
    }
    if systems.restart_is_due() {
        needed.push(StepId::Restart);
    }
    let told = changes(systems, &looks, &kept(systems).await);
    ask(desk, systems, &needed, clean, told).await
}

async fn ask(
    desk: &mut Desk,
    systems: &Systems,
    needed: &[StepId],
    clean: Vec<StepId>,
    told: Vec<String>,
) -> Result<Wish, Interrupt> {
    let since = systems.memory.as_ref().map(|memory| {
        let at = memory.at.to_zoned(TimeZone::system());
        format!("since {}", at.strftime("%-d %B, %H:%M"))
    });
    let since = since.unwrap_or_else(|| "since last time".into());
    let undo = undo::is_possible(systems)
        .then(|| option('u', "Take the last run back", "Change by change, each confirmed."));
    let (question, mut options) = if needed.is_empty() {
        (
            "Nothing to do: everything is as wanted. What now?".to_owned(),
            vec![
                option('t', "Test the login", "It changes nothing."),
                option('w', "Walk through all steps", "Each is looked at and verified anew."),
                option('f', "Finish", ""),
            ],
        )
    } else {
        let names: Vec<&str> = needed.iter().map(|step| step.title()).collect();
        (
            format!(
                "{} changed {since}. To be looked at: {}.",
                things(told.len()),
                names.join(", ")
            ),
            vec![
                option('g', "Go to what is needed", "Every change is shown and confirmed."),
                option('w', "Walk through all steps", ""),
                option('f', "Leave everything as it is", ""),
            ],
        )
    };
    options.extend(undo);
    let keys: Vec<char> = options.iter().map(|option| option.key).collect();
    let mut asked = Question::choice(question, options);
    for line in told {
        asked = asked.help(line);
    }
    let Answer::Choice(index) = desk.ask(asked).await? else { return Err(Interrupt::Refresh) };
    Ok(match keys.get(index) {
        Some('g') => Wish::Walk(clean),
        Some('t') => Wish::TryLogin,
        Some('f') => Wish::Finish,
        Some('u') => Wish::TakeBack,
        _ => Wish::Walk(Vec::new()),
    })
}

fn things(count: usize) -> String {
    match count {
        1 => "One thing".into(),
        count => format!("{count} things"),
    }
}

/// What the secret store knows; nothing, where it cannot be read.
async fn kept(systems: &Systems) -> Vec<(Label, Fingerprint)> {
    match systems.vault() {
        Ok(vault) => vault.list().await.unwrap_or_default(),
        Err(_) => Vec::new(),
    }
}

/// What changed, a sentence each.
fn changes(
    systems: &Systems,
    looks: &[(StepId, Look)],
    kept: &[(Label, Fingerprint)],
) -> Vec<String> {
    let mut told = Vec::new();
    if let Some(memory) = &systems.memory {
        places(systems, memory, &mut told);
        objects(systems, memory, &mut told);
    }
    secrets(systems, kept, &mut told);
    for (id, look) in looks {
        fields(*id, look, &mut told);
        told.extend(
            look.blockers.iter().map(|fault| format!("{}: {}.", fault.system, fault.answer)),
        );
    }
    told
}

/// Addresses and releases.
fn places(systems: &Systems, memory: &Memory, told: &mut Vec<String>) {
    let mut moved = |what: &str, then: &str, now: &str| {
        if then != now && !then.is_empty() {
            told.push(format!("{what}: {then} last time, {now} now."));
        }
    };
    moved("authentik's address", &memory.authentik, &systems.profile.authentik.url);
    moved("Immich's address", &memory.immich, &systems.profile.immich.url);
    let text = |version: Option<String>| version.unwrap_or_default();
    moved(
        "authentik's release",
        &text(memory.authentik_version.clone()),
        &text(systems.authentik_version().map(ToString::to_string)),
    );
    moved(
        "Immich's release",
        &text(memory.immich_version.clone()),
        &text(systems.immich_version().ok().map(ToString::to_string)),
    );
    if let (Some(then), Some(now)) = (memory.saw.route, systems.saw.route) {
        moved("The way to Immich's settings", then.name(), now.name());
    }
}

/// The provider, the application, the settings.
fn objects(systems: &Systems, memory: &Memory, told: &mut Vec<String>) {
    let (then, now) = (&memory.saw, &systems.saw);
    match (then.provider, now.provider) {
        (Some(number), None) => told.push(format!(
            "authentik has no provider for Immich any more (it was number {number}): it was \
             rebuilt, or somebody deleted it. It is made again with the same client id and the \
             client secret that is kept here."
        )),
        (Some(then), Some(now)) if then != now => told.push(format!(
            "authentik has another provider than last time: number {now} instead of {then}."
        )),
        _ => {}
    }
    if then.application.is_some() && now.application.is_none() {
        told.push(format!(
            "authentik has no application `{}` any more. It is made again under the same slug, so \
             that the issuer stays what it was.",
            systems.profile.application.slug
        ));
    }
    if then.signing_key.is_some()
        && now.signing_key.is_some()
        && then.signing_key != now.signing_key
    {
        told.push("authentik signs tokens with another key than last time.".into());
    }
    if then.is_set && !now.is_set {
        told.push(
            "Immich has no OAuth settings any more: it was rebuilt, or somebody reset them. They \
             are written again with the client secret that is kept here."
                .into(),
        );
    }
}

/// Which secret each side holds.
fn secrets(systems: &Systems, kept: &[(Label, Fingerprint)], told: &mut Vec<String>) {
    let label = |label| kept.iter().find(|(known, _)| *known == label).map(|(_, print)| print);
    let Some(ours) = label(Label::ClientSecret) else { return };
    let sides =
        [("authentik", &systems.saw.authentik_secret), ("Immich", &systems.saw.immich_secret)];
    for (side, held) in sides {
        let Some(held) = held.as_ref().filter(|held| **held != ours.to_string()) else { continue };
        let was_ours = kept.iter().any(|(_, print)| print.to_string() == *held);
        told.push(if was_ours {
            format!(
                "{side} holds a client secret that was in use before ({held}): it seems to come \
                 from an older backup. The present one ({ours}) is set again."
            )
        } else {
            format!(
                "{side} holds a client secret that is not ours ({held}). Ours ({ours}) is set \
                 again, and that one is kept as the previous one."
            )
        });
    }
}

/// Fields of objects that are there.
fn fields(id: StepId, look: &Look, told: &mut Vec<String>) {
    for row in look.fields.iter().filter(|row| row.state == FieldState::Differs) {
        let Reading::Known { value: Some(live), .. } = &row.live else { continue };
        if row.name == "client secret" {
            continue;
        }
        let one_line = |text: &str| text.replace('\n', ", ");
        told.push(format!(
            "{}, {}: it is {} now; the profile says {}.",
            id.title(),
            row.name,
            one_line(live),
            one_line(&row.wanted)
        ));
    }
}
