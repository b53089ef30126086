//! Restarting Immich and waiting until it answers again.

mod failure;

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::{
    DoneNote,
    effect::{Effect, Inverse, RotationEffect},
    record,
    systems::Systems,
};
use crate::host::RestartCommands;
use crate::immich::{RouteKind, api_is_measured, needs_restart};
use crate::site::Fault;
use failure::{Ended, RestartFailure};

/// How long Immich may take to answer again. Measured: 17 to 28 seconds on a
/// busy machine of two cores; a migration after an upgrade takes longer.
const BACK: Duration = Duration::from_mins(3);

/// How long the operator may take to restart it by hand.
const BY_HAND: Duration = Duration::from_mins(10);

/// How long a restart may take altogether.
pub(super) const AT_MOST: Duration = Duration::from_secs(BY_HAND.as_secs() + BACK.as_secs());

/// How often it is asked meanwhile.
const PACE: Duration = Duration::from_millis(500);

/// How often its container is looked at meanwhile.
const CONTAINER: Duration = Duration::from_secs(3);

/// How many lines of its log are told when it does not come back.
const LINES: usize = 15;

impl Systems {
    /// Whether this Immich reads at its start only what the chosen route
    /// writes: its database, before 1.106.3.
    pub(super) fn restart_is_ever_needed(&self) -> bool {
        self.immich_version().is_ok_and(needs_restart)
            && self.chosen_route().is_ok_and(|(route, _)| route == RouteKind::Database)
    }

    /// Whether Immich has to be restarted now: it was asked for, or settings
    /// that it only reads at the start are newer than its last restart.
    pub(super) fn restart_is_due(&self) -> bool {
        self.choices.wants_restart
            || self.seen.not_in_effect
            || self.restart_is_ever_needed() && self.written_since(RouteKind::Database)
    }

    /// Looks whether what the API wrote is in effect, where no measurement says
    /// so: Immich is asked to begin a login, and has to do it as the client
    /// that was written.
    pub(super) async fn look_whether_in_effect(&mut self) {
        self.seen.not_in_effect =
            self.effect_is_unknown() && !self.begins_logins_as_our_client().await;
    }

    /// Whether the API wrote settings, and only Immich itself can tell whether
    /// they are in effect.
    pub(super) fn effect_is_unknown(&self) -> bool {
        self.immich_version().is_ok_and(|version| !api_is_measured(version))
            && self.chosen_route().is_ok_and(|(route, _)| route == RouteKind::Api)
            && self.written_since(RouteKind::Api)
    }

    async fn begins_logins_as_our_client(&self) -> bool {
        let wanted = &self.profile.provider.client_id;
        self.begin_login(None).await.is_ok_and(|link| {
            link.query_pairs().any(|(key, value)| key == "client_id" && value == *wanted)
        })
    }

    fn written_since(&self, by: RouteKind) -> bool {
        record::begun(self.history()).iter().fold(false, |written, begun| match begun.value() {
            // Settings of before need not begin a login: nothing can be asked.
            Some(Effect::TakeBack { inverse: Inverse::RestoreSettings { route, .. }, .. })
                if route == by && by == RouteKind::Api =>
            {
                written && begun.is_not_done()
            }
            // What may have been written counts as written.
            Some(
                Effect::WriteSettings { route, .. }
                | Effect::Rotation(RotationEffect::SwitchImmich { route, .. })
                | Effect::TakeBack { inverse: Inverse::RestoreSettings { route, .. }, .. },
            ) if route == by => written || !begun.is_not_done(),
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

/// Restarts the services over SSH, or, without commands for that, waits until
/// the operator did, and then
/// until Immich answers.
pub(super) async fn perform(
    systems: &Systems,
    folder: &str,
    services: &[String],
    commands: Option<RestartCommands>,
) -> Result<DoneNote, Fault> {
    let began = Instant::now();
    match commands {
        Some(commands) => systems.host()?.compose_restart(&commands).await?,
        None => gone(systems).await?,
    }
    match back(systems, folder, services).await {
        Ok(()) => Ok(DoneNote::Answers { seconds: began.elapsed().as_secs() }),
        Err(fault) => Err(with_log(systems, services, fault).await),
    }
}

/// Waits until Immich stops answering.
async fn gone(systems: &Systems) -> Result<(), Fault> {
    let until = Instant::now() + BY_HAND;
    while systems.immich()?.is_up().await {
        if Instant::now() > until {
            return Err(RestartFailure::StillUp.waiting());
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
        if Instant::now() > until {
            return Err(RestartFailure::Away(fault).waiting());
        }
        if Instant::now() > look_at_container {
            look_at_container = Instant::now() + CONTAINER;
            if let Some(ended) = hopeless(systems, folder, services).await {
                return Err(RestartFailure::Hopeless(ended).waiting());
            }
        }
        sleep(PACE).await;
    }
}

/// What Docker says of a container that will not come back by itself. Without a
/// way onto the host nobody can tell.
async fn hopeless(systems: &Systems, folder: &str, services: &[String]) -> Option<Ended> {
    let (host, service) = (systems.host().ok()?, services.first()?);
    let now = host.condition(folder, service).await.ok()?;
    now.is_hopeless().then_some(match (now.restarts, now.exit_code) {
        (0, exit) => Ended::Once { exit },
        // Docker forgets the status while it starts it once more.
        (many, 0) => Ended::Often { many },
        (many, exit) => Ended::OftenWith { exit, many },
    })
}

/// Adds the end of the log, where it can be had.
async fn with_log(systems: &Systems, services: &[String], fault: Fault) -> Fault {
    let (Ok(host), Some(service)) = (systems.host(), services.first()) else { return fault };
    let folder = &systems.profile.host.folder;
    match host.compose_logs(folder, service, LINES).await {
        Ok(log) => RestartFailure::Logged { why: fault, log: log.end() }.waiting(),
        Err(_) => fault,
    }
}
