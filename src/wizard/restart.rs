//! Restarting Immich and waiting until it answers again.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::{
    effect::{Effect, Inverse, RotationEffect},
    record,
    systems::Systems,
};
use crate::immich::RouteKind;
use crate::site::{Fault, FaultKind, System};

/// How long Immich may take to answer again. Measured: 17 to 28 seconds on a
/// busy machine of two cores; a migration after an upgrade takes longer.
const BACK: Duration = Duration::from_secs(180);

/// How long the operator may take to restart it by hand.
const BY_HAND: Duration = Duration::from_secs(600);

/// How long a restart may take altogether.
pub(super) const AT_MOST: Duration = Duration::from_secs(BY_HAND.as_secs() + BACK.as_secs());

/// How often it is asked meanwhile.
const PACE: Duration = Duration::from_millis(500);

/// How often its container is looked at meanwhile.
const CONTAINER: Duration = Duration::from_secs(3);

/// How many lines of its log are told when it does not come back.
const LINES: usize = 15;

impl Systems {
    /// Whether this Immich reads its settings at the start only, where they are
    /// not written by its API: before 1.106.3.
    pub(super) fn restart_is_ever_needed(&self) -> bool {
        let old = self.immich_version().is_ok_and(|version| !version.at_least(1, 106, 3));
        old && self.chosen_route().is_ok_and(|(route, _)| route == RouteKind::Database)
    }

    /// Whether Immich has to be restarted now: it was asked for, or settings
    /// that it only reads at the start are newer than its last restart.
    pub(super) fn restart_is_due(&self) -> bool {
        self.wants_restart
            || self.restart_is_ever_needed() && (self.settings_pending || self.written_since())
    }

    fn written_since(&self) -> bool {
        record::begun(self.history()).iter().fold(false, |written, begun| match begun.value() {
            // What may have been written counts as written.
            Some(
                Effect::WriteSettings { .. }
                | Effect::Rotation(RotationEffect::SwitchImmich { .. })
                | Effect::TakeBack { inverse: Inverse::RestoreSettings { .. }, .. },
            ) => written || !begun.is_not_done(),
            // What may have been a restart does not count as one.
            Some(Effect::Restart { .. }) => written && !begun.is_done(),
            _ => written,
        })
    }

    /// The compose services that read the settings.
    pub(super) fn services_to_restart(&self) -> Result<Vec<String>, Fault> {
        let mut services = vec![self.profile.host.server_service.clone()];
        if !self.immich_version()?.at_least(1, 106, 0) {
            services.push("immich-microservices".into());
        }
        Ok(services)
    }
}

/// Restarts the services over SSH, or waits until the operator did, and then
/// until Immich answers.
pub(super) async fn perform(
    systems: &Systems,
    folder: &str,
    services: &[String],
    by_hand: bool,
) -> Result<String, Fault> {
    let began = Instant::now();
    if by_hand {
        gone(systems).await?;
    } else {
        systems.host()?.compose_restart(folder, services).await?;
    }
    match back(systems, folder, services).await {
        Ok(()) => Ok(format!("Immich answers again, after {} s", began.elapsed().as_secs())),
        Err(fault) => Err(with_log(systems, services, fault).await),
    }
}

/// Waits until Immich stops answering.
async fn gone(systems: &Systems) -> Result<(), Fault> {
    let until = Instant::now() + BY_HAND;
    while systems.immich()?.is_up().await {
        if Instant::now() > until {
            return Err(Fault::new(System::Immich, FaultKind::Late, "see Immich go away")
                .answered("it went on answering")
                .remedy("Restart it as the step says, then look again."));
        }
        sleep(PACE).await;
    }
    Ok(())
}

/// Waits until Immich answers, or until its container shows that it will not.
async fn back(systems: &Systems, folder: &str, services: &[String]) -> Result<(), Fault> {
    let until = Instant::now() + BACK;
    let mut look_at_container = Instant::now() + CONTAINER;
    loop {
        let Err(fault) = systems.immich()?.look().await else { return Ok(()) };
        let tried = "wait for Immich to answer";
        if Instant::now() > until {
            return Err(Fault::new(System::Immich, FaultKind::Late, tried)
                .answered(fault.answer)
                .remedy("Look into its log. A value that it cannot read keeps it from starting."));
        }
        if Instant::now() > look_at_container {
            look_at_container = Instant::now() + CONTAINER;
            if let Some(ended) = hopeless(systems, folder, services).await {
                return Err(Fault::new(System::Immich, FaultKind::Crashed, tried)
                    .answered(ended)
                    .remedy(
                        "Its log says why. If it is a setting that it cannot read, go back to \
                         Immich's settings: the step reads them where they are kept and mends \
                         them.",
                    ));
            }
        }
        sleep(PACE).await;
    }
}

/// What Docker says of a container that will not come back by itself. Without a
/// way onto the host nobody can tell.
async fn hopeless(systems: &Systems, folder: &str, services: &[String]) -> Option<String> {
    let (host, service) = (systems.host().ok()?, services.first()?);
    let now = host.condition(folder, service).await.ok()?;
    now.is_hopeless().then(|| match (now.restarts, now.exit_code) {
        (0, exit) => format!("its container ended with exit status {exit}"),
        // Docker forgets the status while it starts it once more.
        (many, 0) => format!("its container ends again and again: {many} times by now"),
        (many, exit) => format!(
            "its container ends with exit status {exit} again and again: {many} times by now"
        ),
    })
}

/// Adds the end of the log, where it can be had.
async fn with_log(systems: &Systems, services: &[String], fault: Fault) -> Fault {
    let (Ok(host), Some(service)) = (systems.host(), services.first()) else { return fault };
    let folder = &systems.profile.host.folder;
    match host.compose_logs(folder, service, LINES).await {
        Ok(log) => {
            let answer = format!("{}; the end of its log:\n{}", fault.answer, log.trim_end());
            fault.answered(answer)
        }
        Err(_) => fault,
    }
}
