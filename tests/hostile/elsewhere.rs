//! A profile whose servers are not those of the last run, as one of the same
//! name in another folder has them: what is kept for the servers of that run goes
//! to no other unless somebody says so.

use immich_sso::{
    secret::Secret,
    site::System,
    wizard::{
        AccessTopic, Answer, PromptKind, Purpose, RotateWish, Setup, Topic, apply, start, survey,
    },
};
use immich_sso_lab::HomelabOptions;

use crate::{
    driver::{Driver, Site},
    proxy::Wire,
    table,
};

/// What begins there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Run {
    Status,
    RotationPlan,
    Apply,
    SetUp,
    Rotation,
    Undo,
    RemoveAccess,
}

const RUNS: [Run; 7] = [
    Run::Status,
    Run::RotationPlan,
    Run::Apply,
    Run::SetUp,
    Run::Rotation,
    Run::Undo,
    Run::RemoveAccess,
];

/// The system whose server is another one.
const SYSTEMS: [System; 2] = [System::Authentik, System::Immich];

/// What is wrong with a run whose profile names another server.
async fn wrong(system: System, run: Run) -> Option<String> {
    let mut site = Site::set_up(HomelabOptions::default()).await;
    let kept =
        [Secret::new(site.lab.authentik.admin_token()), Secret::new(site.lab.immich.admin_key())];
    let file = survey(site.setup()).await.unwrap().plan_file();
    let (other, wire) = (Site::open().await, Wire::default());
    match system {
        System::Authentik => {
            site.profile.authentik.url = wire.before(system, &other.lab.authentik.url()).await;
        }
        _ => site.profile.immich.url = wire.before(system, &other.lab.immich.url()).await,
    }
    let rotation = || site.rotates_with(RotateWish::default());
    let removal = || Setup { purpose: Purpose::RemoveAccess, ..site.setup() };
    let ended = match run {
        Run::Status => survey(site.setup()).await.map(drop).err(),
        Run::RotationPlan => survey(rotation()).await.map(drop).err(),
        Run::Apply => apply(site.setup(), &file).await.map(drop).err(),
        Run::SetUp => enter(site.setup()).await,
        Run::Rotation => enter(rotation()).await,
        Run::Undo => enter(site.undoing()).await,
        Run::RemoveAccess => enter(removal()).await,
    };
    let seen = wire.secrets();
    let leaked = |secret: &Secret| seen.iter().any(|seen| seen.contains(secret.expose()));
    let what = if kept.iter().any(leaked) {
        "what is kept is sent there".to_owned()
    } else if other.mutations() > 0 {
        "something is changed there".to_owned()
    } else if ended.is_none() && matches!(run, Run::Status | Run::RotationPlan | Run::Apply) {
        "it ends well".to_owned()
    } else {
        return None;
    };
    Some(format!("{system}, {run:?}: {what}: {:?}", wire.requests()))
}

/// Presses Enter until a secret is asked for, or the way on, or it ends.
async fn enter(setup: Setup) -> Option<immich_sso::site::Fault> {
    let mut driver = Driver::of(start(setup));
    for _ in 0..12 {
        let prompt = driver.asked_or_ended().await?;
        let answer = match &prompt.kind {
            PromptKind::Choice { .. }
                if matches!(prompt.topic, Topic::Access(AccessTopic::HowToWork(_))) =>
            {
                break;
            }
            PromptKind::Choice { options, default } => Answer::Choice(options[*default].key),
            PromptKind::Text { value, .. } => Answer::Text(value.clone()),
            PromptKind::Hidden => Answer::Hidden(Secret::new("nothing that is kept")),
            PromptKind::Decide { .. } => break,
        };
        driver.answer(&prompt, answer);
        driver.past(&prompt).await;
    }
    driver.leave().await;
    None
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_kept_goes_to_the_servers_that_it_was_given_for() {
    let mut broken = Vec::new();
    for system in SYSTEMS {
        for run in RUNS {
            broken.extend(Box::pin(wrong(system, run)).await);
        }
    }
    table::row(
        "A profile names another server than the last run",
        SYSTEMS.len() * RUNS.len(),
        &broken,
    );
}
