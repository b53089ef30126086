//! What a rotation says and asks between its stages.

use std::time::Instant;

use super::{
    back, settle,
    standing::{Phase, Standing},
};
use crate::{
    secret::Label,
    site::{Fault, FaultKind, System},
    wizard::{
        StepId, StepState, access,
        desk::{Desk, Interrupt, Question, option},
        login, looking,
        systems::Systems,
    },
};

/// Where to go after something was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::wizard) enum Turn {
    /// To the next stage.
    On,
    /// Once more through the switch.
    Set,
    /// Away; nothing more is done.
    Leave,
}

/// Looks where things stand. Where an earlier rotation did not come to its
/// end, that is told, and the operator says which way it goes.
pub(in crate::wizard) async fn opening(
    desk: &mut Desk,
    systems: &mut Systems,
) -> Result<Turn, Interrupt> {
    access::open_host(desk, systems, access::HostNeed::Settings).await?;
    let what = "looking which secret each side holds";
    let began = Instant::now();
    // Where that fails the first stage looks again, and says what is in the way.
    let Ok(standing) =
        desk.bounded(System::Authentik, what, super::LOOKS_WITHIN, Standing::read(systems)).await?
    else {
        return Ok(Turn::On);
    };
    let live = super::stages::live(&standing, began.elapsed());
    desk.show_step(StepId::Create, |step| step.live = live);
    let settled = settle::settle(systems, &standing);
    desk.show(|snapshot| snapshot.rotation = Some(standing.view(None)));
    super::show_age(desk, systems).await;
    if let Err(fault) = settled {
        desk.show_step(StepId::Create, |step| step.notes.insert(0, fault.to_string()));
    }
    match standing.phase() {
        Phase::Rest | Phase::Unkept => others(desk, systems).await,
        Phase::Apart => Ok(Turn::On),
        // This very run has come here, and goes on.
        _ if systems.switched.is_some() => Ok(Turn::On),
        Phase::Promoted => Ok(Turn::On),
        Phase::Created | Phase::Half | Phase::Switched => {
            unfinished(desk, systems, &standing).await
        }
    }
}

/// What cannot be seen has to be asked.
async fn others(desk: &mut Desk, systems: &Systems) -> Result<Turn, Interrupt> {
    let client = &systems.profile.provider.client_id;
    let question = Question::choice(
        format!("Does anything but Immich use the client `{client}`?"),
        vec![
            option('n', "No, only Immich", ""),
            option(
                'y',
                "Yes",
                "It cannot log anybody in from the switch on until you give it the new secret.",
            ),
            option('a', "Leave", "Nothing was changed."),
        ],
    )
    .help("authentik does not tell what else may use it.");
    match desk.pick(question).await? {
        0 => Ok(Turn::On),
        1 => {
            desk.show_step(StepId::Finish, |step| {
                step.notes = vec![format!(
                    "Give the new secret to whatever else uses `{client}`: `immich-sso secret copy \
                     client-secret`."
                )];
            });
            Ok(Turn::On)
        }
        _ => Ok(Turn::Leave),
    }
}

async fn unfinished(
    desk: &mut Desk,
    systems: &mut Systems,
    standing: &Standing,
) -> Result<Turn, Interrupt> {
    let mut options = vec![
        option('g', "Go on to the new secret", "The stages that are left are walked."),
        option(
            'b',
            "Go back to the old one",
            "Both sides are set to it, and the new one forgotten.",
        ),
        option('a', "Leave it as it is", "Nothing is changed."),
    ];
    if standing.kept.current.is_none() {
        options.remove(1);
    }
    let keys: Vec<char> = options.iter().map(|option| option.key).collect();
    let question =
        Question::choice("An earlier rotation did not come to its end. Which way?", options)
            .help(standing.story());
    let picked = desk.pick(question).await?;
    match keys.get(picked) {
        Some('g') => {
            systems.rotates_back = false;
            Ok(Turn::On)
        }
        Some('b') => {
            systems.rotates_back = true;
            Ok(Turn::On)
        }
        _ => Ok(Turn::Leave),
    }
}

/// Proves that the secret in use is right. What does not hold leads back, by
/// itself where the switch was just confirmed.
pub(in crate::wizard) async fn test(
    desk: &mut Desk,
    systems: &mut Systems,
) -> Result<Turn, Interrupt> {
    looking::look(desk, systems, StepId::Test).await?;
    // A server that was in the middle of something deserves a second look.
    let mut broken = looking::verify(desk, systems, StepId::Test).await?;
    if broken.is_some() {
        broken = looking::verify(desk, systems, StepId::Test).await?;
    }
    let Some(fault) = broken else { return watched(desk, systems).await };
    let fault = match systems.switched.take() {
        Some(confirmed) => Box::pin(back::lead(desk, systems, &confirmed, fault)).await,
        None => fault,
    };
    desk.show_step(StepId::Test, |step| {
        step.state = StepState::Failed;
        step.blockers = vec![fault.clone()];
    });
    let question = Question::choice(
        "The test failed. What now?",
        vec![
            option('r', "Look again", "The switch is planned anew where it is needed."),
            option('b', "Go back to the old secret", "It is shown and confirmed first."),
            option('a', "Leave it as it is", "The next start sees where it stands."),
        ],
    )
    .refused(Some((String::new(), fault)));
    match desk.pick(question).await? {
        0 => Ok(Turn::Set),
        1 => {
            systems.rotates_back = true;
            Ok(Turn::Set)
        }
        _ => Ok(Turn::Leave),
    }
}

/// Offers to watch a real login: nothing proves more.
async fn watched(desk: &mut Desk, systems: &mut Systems) -> Result<Turn, Interrupt> {
    let question = Question::choice(
        "Both sides hold the same secret, and authentik accepts it. Go on?",
        vec![
            option('g', "Go on", ""),
            option('w', "Watch a login first", "Log in once; both sides are watched meanwhile."),
        ],
    );
    if desk.pick(question).await? == 1 {
        login::watch(desk, systems).await?;
    }
    Ok(Turn::On)
}

/// Asks, in a set-up, about a rotation that did not come to its end; `true`:
/// it is gone on with.
pub(in crate::wizard) async fn interrupted(
    desk: &mut Desk,
    systems: &Systems,
) -> Result<bool, Interrupt> {
    let Ok(vault) = systems.vault() else { return Ok(false) };
    let vault = vault.clone();
    let read = vault.get(Label::ClientSecretPending);
    let pending = desk.work("reading the secret store", vault.at_most(), read).await?;
    let Ok(Some(pending)) = pending else { return Ok(false) };
    let question = Question::choice(
        "A rotation of the client secret did not come to its end.",
        vec![
            option('g', "Go on with the rotation", "It says where it stands; forward or back."),
            option(
                'a',
                "Leave it for later",
                "The set-up then wants the old secret on both sides, and asks before it changes any.",
            ),
        ],
    )
    .help(format!("The new secret is kept as pending: {}.", pending.fingerprint()));
    Ok(desk.pick(question).await? == 0)
}

/// What a run without an operator tells of a test that failed.
pub(in crate::wizard) async fn test_unattended(
    desk: &mut Desk,
    systems: &mut Systems,
) -> Result<(), Fault> {
    let interrupted = |_| {
        Fault::new(crate::site::System::Workstation, FaultKind::Cancelled, "test the new secret")
    };
    for _ in 0..2 {
        let broken = looking::verify(desk, systems, StepId::Test).await;
        let Some(fault) = broken.map_err(interrupted)? else { return Ok(()) };
        desk.show_step(StepId::Test, |step| step.blockers = vec![fault]);
    }
    let step = desk.snapshot().step(StepId::Test);
    let fault = step.and_then(|step| step.blockers.first().cloned());
    let Some(fault) = fault else { return Ok(()) };
    match systems.switched.take() {
        Some(confirmed) => Err(Box::pin(back::lead(desk, systems, &confirmed, fault)).await),
        None => Err(fault),
    }
}
