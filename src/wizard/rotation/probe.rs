//! The probe beside a switch: asks both sides, over and over, which secret they
//! hold, so that the outage is measured and not assumed.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use futures::FutureExt;
use tokio::{sync::watch, task::JoinHandle, time::sleep};

use crate::{
    immich::{Client, RouteKind, route},
    net::Http,
    oidc,
    secret::Secret,
    site::{HostProfile, TokenAuthMethod, Version},
    wizard::{Between, Course, SwitchView, systems::Systems},
};

/// How long to wait before looking again whether the probe has seen enough.
const POLL: Duration = Duration::from_millis(5);

/// The pauses between two questions to the same side, at the least and at the
/// most: servers have other things to do, too.
const PAUSE: (Duration, Duration) = (Duration::from_millis(5), Duration::from_secs(1));

/// The part of the time since the launch that a pause takes: what lasts long is
/// not told to the millisecond.
const PART: u32 = 20;

/// How often a side is asked at the most.
const MOST: usize = 300;

/// How long the probe goes on after both writes were answered, at most.
const LINGER: Duration = Duration::from_secs(3);

/// One answer: when it was asked for, when it came, and whether the side held
/// the new secret then.
#[derive(Clone, Copy, Debug)]
struct Sample {
    asked: Instant,
    answered: Instant,
    new: bool,
}

type Samples = Arc<Mutex<Vec<Sample>>>;

/// When what is watched was launched; until then, when the watch began.
type Since = watch::Receiver<Instant>;

/// How long to wait with the next question.
fn pause(since: Instant, now: Instant) -> Duration {
    let (least, most) = PAUSE;
    (now.saturating_duration_since(since) / PART).clamp(least, most)
}

/// A probe that is under way. It ends when this is dropped.
pub(super) struct Probe {
    authentik: Samples,
    immich: Samples,
    tasks: Vec<JoinHandle<()>>,
    since: watch::Sender<Instant>,
}

impl Drop for Probe {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

impl Probe {
    /// Begins to ask. Connections of its own, so that no write has to wait for
    /// an answer to it.
    pub(super) async fn begin(systems: &Systems, new: &Secret) -> Self {
        let mut probe = Self {
            authentik: Arc::default(),
            immich: Arc::default(),
            tasks: Vec::new(),
            since: watch::Sender::new(Instant::now()),
        };
        if let Ok(discovery) = systems.discovery().await
            && let Ok((http, url)) = systems.endpoint(&discovery, &discovery.token_endpoint)
        {
            let asks = Token {
                http: http.clone(),
                url,
                client_id: systems.profile.provider.client_id.clone(),
                method: systems.profile.settings.token_endpoint_auth_method,
                new: new.clone(),
            };
            let (samples, since) = (Arc::clone(&probe.authentik), probe.since.subscribe());
            probe.tasks.push(tokio::spawn(go_on(samples, since, move || {
                let asks = asks.clone();
                async move { asks.accepts_new().await }.boxed()
            })));
        }
        // Over SSH every look starts a program on the host, which would be in
        // the way of the write that is measured: there its own end counts.
        if let (Ok((RouteKind::Api, _)), Ok(client), Ok(version)) =
            (systems.chosen_route(), systems.another_immich(), systems.immich_version())
        {
            let asks = Settings {
                client,
                version: version.clone(),
                host: systems.profile.host.clone(),
                new: new.clone(),
            };
            let (samples, since) = (Arc::clone(&probe.immich), probe.since.subscribe());
            probe.tasks.push(tokio::spawn(go_on(samples, since, move || {
                let asks = asks.clone();
                async move { asks.holds_new().await }.boxed()
            })));
        }
        probe
    }

    /// Waits until both sides were asked once, but not for long: a side that
    /// does not answer is found out by the write.
    pub(super) async fn warm(&self) {
        let asked = |samples: &Samples| !lock(samples).is_empty();
        let until = Instant::now() + Duration::from_secs(2);
        for (samples, tasks) in [(&self.authentik, 1), (&self.immich, 2)] {
            while self.tasks.len() >= tasks && !asked(samples) && Instant::now() < until {
                sleep(POLL).await;
            }
        }
    }

    /// Both writes are launched now: from here on every moment counts.
    pub(super) fn launches(&self, at: Instant) {
        self.since.send_replace(at);
    }

    /// What was seen of a switch that was launched at `launched`, and whose
    /// writes were answered at these moments. One that came off is watched
    /// until both sides answer as they are to; one that did not is not waited
    /// for, for it has to be led back.
    pub(super) async fn seen(
        &self,
        launched: Instant,
        (authentik, immich): (Option<Instant>, Option<Instant>),
        came_off: bool,
    ) -> SwitchView {
        let until = Instant::now() + LINGER;
        let settled = |samples: &Samples, answered: Option<Instant>| {
            let samples = lock(samples);
            answered.is_none() || samples.is_empty() || samples.last().is_some_and(|last| last.new)
        };
        while came_off
            && !(settled(&self.authentik, authentik) && settled(&self.immich, immich))
            && Instant::now() < until
        {
            sleep(POLL).await;
        }
        let (on_authentik, on_immich) = (lock(&self.authentik), lock(&self.immich));
        let answered = |answered: Option<Instant>| answered.filter(|_| came_off);
        SwitchView {
            authentik: between(&on_authentik, launched, answered(authentik)),
            immich: between(&on_immich, launched, answered(immich)),
            probes: on_authentik.len() + on_immich.len(),
            course: if came_off { Course::Stands } else { Course::Apart },
        }
    }
}

/// Asks an Immich that is restarted, over and over, whether it answers. It ends
/// when this is dropped.
pub(super) struct Restart {
    samples: Samples,
    began: Instant,
    task: JoinHandle<()>,
}

impl Drop for Restart {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Restart {
    /// Begins to ask, right before the restart. `None`: there is no way to.
    pub(super) fn begin(systems: &Systems) -> Option<Self> {
        let client = systems.another_immich().ok()?;
        let samples = Samples::default();
        let began = Instant::now();
        let since = watch::Sender::new(began).subscribe();
        let task = tokio::spawn(go_on(Arc::clone(&samples), since, move || {
            let client = client.clone();
            // Asked once, and not until it answers; then looked at, for a proxy
            // answers, too.
            async move { Some(client.is_up().await && client.look().await.is_ok()) }.boxed()
        }));
        Some(Self { samples, began, task })
    }

    /// When it answered again, since `launched`; the restart is over by now.
    pub(super) fn answered_again(&self, launched: Instant) -> Between {
        back(&lock(&self.samples), launched, self.began, Instant::now())
    }
}

/// When a server was back: after the last question that it did not answer was
/// put, and before its first answer since came. Where it was not seen to be
/// away: some time between the begin and the end of its restart.
fn back(samples: &[Sample], launched: Instant, began: Instant, ended: Instant) -> Between {
    let away = samples.iter().filter(|sample| !sample.new).map(|sample| sample.asked).max();
    let answered = away.and_then(|away| {
        let since = samples.iter().filter(|sample| sample.new && sample.asked > away);
        since.map(|sample| sample.answered).min()
    });
    let since = |at: Instant| at.saturating_duration_since(launched);
    let to = since(answered.map_or(ended, |answered| answered.min(ended)));
    Between { from: since(away.unwrap_or(began)).min(to), to }
}

/// When a side changed over: after the last question that it answered as
/// before was put, and before the first answer of the other kind came.
fn between(samples: &[Sample], launched: Instant, answered: Option<Instant>) -> Option<Between> {
    let answered = answered?;
    let old = samples.iter().filter(|sample| !sample.new).map(|sample| sample.asked).max();
    let new = samples.iter().filter(|sample| sample.new).map(|sample| sample.answered).min();
    let since = |at: Instant| at.saturating_duration_since(launched);
    let to = since(new.map_or(answered, |new| new.min(answered)));
    let from = old.map(since).unwrap_or_default().min(to);
    Some(Between { from, to })
}

/// Asks over and over, the more seldom the longer it takes. What cannot be told is
/// no sample.
async fn go_on(
    samples: Samples,
    mut since: Since,
    ask: impl Fn() -> futures::future::BoxFuture<'static, Option<bool>>,
) {
    for _ in 0..MOST {
        let asked = Instant::now();
        if let Some(new) = ask().await {
            lock(&samples).push(Sample { asked, answered: Instant::now(), new });
        }
        let pause = pause(*since.borrow_and_update(), Instant::now());
        tokio::select! {
            () = sleep(pause) => {}
            Ok(()) = since.changed() => {}
        }
    }
}

fn lock(samples: &Samples) -> std::sync::MutexGuard<'_, Vec<Sample>> {
    samples.lock().unwrap_or_else(PoisonError::into_inner)
}

/// authentik's token endpoint.
#[derive(Clone)]
struct Token {
    http: Http,
    url: String,
    client_id: String,
    method: TokenAuthMethod,
    new: Secret,
}

impl Token {
    async fn accepts_new(&self) -> Option<bool> {
        let (id, method) = (&self.client_id, self.method);
        match oidc::ask_secret(&self.http, &self.url, id, &self.new, method).await {
            oidc::SecretVerdict::Right => Some(true),
            oidc::SecretVerdict::Wrong => Some(false),
            oidc::SecretVerdict::Unclear(_) => None,
        }
    }
}

/// Immich's settings, by its API.
#[derive(Clone)]
struct Settings {
    client: Client,
    version: Version,
    host: HostProfile,
    new: Secret,
}

impl Settings {
    async fn holds_new(&self) -> Option<bool> {
        let api =
            route::open(RouteKind::Api, &self.client, None, &self.host, &self.version).ok()?;
        let stored = api.read().await.ok()?;
        Some(stored.client_secret.as_ref() == Some(&self.new))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_lies_between_the_last_old_and_the_first_new_answer() {
        let launched = Instant::now();
        let at = |ms: u64| launched + Duration::from_millis(ms);
        let sample =
            |asked, answered, new| Sample { asked: at(asked), answered: at(answered), new };
        let samples = [sample(0, 10, false), sample(15, 25, false), sample(30, 40, true)];
        let ms = Duration::from_millis;
        // The write's own answer came first.
        let seen = between(&samples, launched, Some(at(33))).unwrap();
        assert_eq!((seen.from, seen.to), (ms(15), ms(33)));
        // Or the probe's.
        let seen = between(&samples, launched, Some(at(90))).unwrap();
        assert_eq!((seen.from, seen.to), (ms(15), ms(40)));
        // Without a sample the write is all that is known.
        let seen = between(&[], launched, Some(at(90))).unwrap();
        assert_eq!((seen.from, seen.to), (ms(0), ms(90)));
        assert_eq!(between(&samples, launched, None), None);
    }

    /// Whoever hangs is asked less and less often, and what is short is measured
    /// closely.
    #[test]
    fn a_side_is_asked_closely_at_first_and_never_hammered() {
        let asked_within = |time| {
            let begin = Instant::now();
            let mut at = begin;
            let times = std::iter::from_fn(|| {
                at += pause(begin, at);
                (at - begin <= time).then_some(())
            });
            times.count()
        };
        assert!(asked_within(Duration::from_millis(100)) >= 20);
        let long = asked_within(Duration::from_secs(20));
        assert!((40..=150).contains(&long), "{long}");
    }

    #[tokio::test]
    async fn a_probe_that_nobody_ends_ends_by_itself() {
        let (samples, since) = (Samples::default(), watch::Sender::new(Instant::now()));
        let probe =
            go_on(Arc::clone(&samples), since.subscribe(), || async { Some(false) }.boxed());
        // A launch after the other leaves no time for pauses.
        let launches = async {
            loop {
                since.send_replace(Instant::now());
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            () = probe => {}
            () = launches => unreachable!("it ends never"),
        }
        assert_eq!(lock(&samples).len(), MOST);
    }

    #[test]
    fn restart_is_over_with_the_first_answer_after_the_last_silence() {
        let launched = Instant::now();
        let at = |ms: u64| launched + Duration::from_millis(ms);
        let sample =
            |asked, answered, new| Sample { asked: at(asked), answered: at(answered), new };
        // It answers still, is away, and is back.
        let samples = [
            sample(100, 110, true),
            sample(200, 210, false),
            sample(900, 910, false),
            sample(920, 950, true),
            sample(960, 970, true),
        ];
        let ms = Duration::from_millis;
        let seen = back(&samples, launched, at(90), at(1000));
        assert_eq!((seen.from, seen.to), (ms(900), ms(950)));
        // Nobody saw it away.
        let seen = back(&samples[..1], launched, at(90), at(1000));
        assert_eq!((seen.from, seen.to), (ms(90), ms(1000)));
    }
}
