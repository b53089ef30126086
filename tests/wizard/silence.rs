//! Servers that fall silent or die in the middle of a run: what is shown of
//! them then, and that a wait for them can be ended.

use std::time::Duration;

use immich_sso::{
    site::{Reading, RouteKind, System},
    wizard::{
        AccessTopic, Command, Ending, HostTopic, Lamp, Light, LiveValue, Point, Prompt, Road,
        Snapshot, StepId, StepTopic, SystemView, Task,
    },
};
use testkit::said;
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    task::JoinSet,
};

use crate::driver::{Driver, Site, confirm, pick};

/// Takes connections and says nothing.
async fn mute() -> (TcpListener, u16) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    (listener, port)
}

/// A cable to a server: cut where it is dropped.
struct Cable(JoinSet<()>);

impl Cable {
    async fn to(url: &str, port: u16) -> (Self, u16) {
        let behind = url.strip_prefix("http://").unwrap().to_owned();
        let listener = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let mut through = JoinSet::new();
            while let Ok((mut near, _)) = listener.accept().await {
                let behind = behind.clone();
                through.spawn(async move {
                    let Ok(mut far) = TcpStream::connect(behind).await else { return };
                    let _ = copy_bidirectional(&mut near, &mut far).await;
                });
            }
        });
        (Self(tasks), port)
    }

    async fn cut(mut self) {
        self.0.shutdown().await;
    }
}

fn lamp(now: &Snapshot, system: System) -> Option<&SystemView> {
    now.header.systems.iter().find(|view| view.system == system)
}

/// Waits until that work is shown, and ends it.
async fn stops(driver: &mut Driver, what: impl Fn(&Task) -> bool) {
    let now = driver.until(|now| now.work.as_ref().is_some_and(|work| what(&work.what))).await;
    let work = now.work.as_ref().unwrap();
    assert!(work.can_cancel && work.at_most.is_some(), "{work:?}");
    driver.send(Command::Cancel);
}

#[tokio::test]
async fn a_silent_host_is_given_up_at_once_and_asked_for_again() {
    let mut site = Site::open().await;
    let (_held, port) = mute().await;
    site.profile.settings.route = Some(RouteKind::Database);
    site.profile.host.ssh = Some(format!("admin@127.0.0.1:{port}"));
    let mut driver = site.start();
    for _ in 0..60 {
        let now = driver
            .until(|now| {
                now.prompt.is_some()
                    || now.work.as_ref().is_some_and(|work| work.what == Task::ConnectingToHost)
            })
            .await;
        let Some(prompt) = &now.prompt else { break };
        let prompt: Prompt = prompt.clone();
        driver.answer(&prompt, confirm(&prompt, &now));
        driver.past(&prompt).await;
    }
    stops(&mut driver, |task| *task == Task::ConnectingToHost).await;
    // Nothing is asked for that nobody wanted to change.
    let stopped = driver.asked(AccessTopic::Stopped(System::Host)).await;
    driver.answer(&stopped, pick(&stopped, 'c'));
    let asked = driver.asked(HostTopic::SshTarget).await;
    assert!(asked.can_go_back);
    let now = driver.now();
    let host = lamp(&now, System::Host);
    assert!(host.is_none_or(|view| view.lamp != Lamp::Looking), "{host:?}");
    driver.leave().await;
}

#[tokio::test]
async fn a_look_at_a_silent_address_that_is_stopped_leaves_nothing_looking() {
    let mut site = Site::open().await;
    let (_held, port) = mute().await;
    site.profile.immich.url = format!("http://127.0.0.1:{port}");
    let mut driver = site.start();
    stops(&mut driver, |task| *task == Task::LookingAt(System::Immich)).await;
    let stopped = driver.asked(AccessTopic::Stopped(System::Immich)).await;
    assert!(stopped.can_go_back);
    let now = driver.now();
    assert!(
        now.header.systems.iter().all(|view| view.lamp != Lamp::Looking),
        "{:?}",
        now.header.systems
    );
    let rows = &now.step(StepId::Access).unwrap().live;
    let reading = |value: &Reading<LiveValue>| matches!(value, Reading::Reading { .. });
    assert!(!rows.iter().any(|row| reading(&row.value)), "{rows:?}");
    // Who wants so looks again, and whoever wants to go, goes.
    driver.answer(&stopped, pick(&stopped, 'r'));
    stops(&mut driver, |task| *task == Task::LookingAt(System::Immich)).await;
    let again = driver.asked(AccessTopic::Stopped(System::Immich)).await;
    driver.answer(&again, pick(&again, 'a'));
    assert_eq!(driver.ended().await, Ending::Left);
}

#[tokio::test]
async fn a_server_that_dies_breaks_its_road_on_the_map_until_it_answers_again() {
    let mut site = Site::open().await;
    let url = site.lab.authentik.url();
    let (cable, port) = Cable::to(&url, 0).await;
    site.profile.authentik.url = format!("http://127.0.0.1:{port}");
    let mut driver = site.start();
    driver.asked(StepTopic::Apply(StepId::Provider)).await;
    let now = driver.now();
    let authentik = lamp(&now, System::Authentik).unwrap();
    assert_eq!(authentik.lamp, Lamp::Good);
    assert!(authentik.latency.is_some_and(|took| took > Duration::ZERO));
    let road = Road::BrowserToAuthentik;
    assert!(matches!(now.map.light(road, Point::Connection), Light::Good { .. }));

    cable.cut().await;
    driver.send(Command::Refresh);
    let blocked = driver.asked(StepTopic::Blocked(StepId::Provider)).await;
    let now = driver.now();
    let authentik = lamp(&now, System::Authentik).unwrap();
    assert_eq!((authentik.lamp, authentik.latency), (Lamp::Bad, None));
    let (point, why) = now.break_on(road).expect("it is broken on the map");
    assert_eq!(point, Point::Connection, "{why}");
    assert_eq!(now.map.light(Road::ImmichToAuthentik, Point::Discovery), &Light::Off);
    // Immich was not asked, and is as well as it was.
    assert_eq!(lamp(&now, System::Immich).unwrap().lamp, Lamp::Good);
    assert_eq!(now.break_on(Road::BrowserToImmich), None);

    let (_cable, _) = Cable::to(&url, port).await;
    driver.answer(&blocked, pick(&blocked, 'r'));
    driver.asked(StepTopic::Apply(StepId::Provider)).await;
    let now = driver.now();
    let authentik = lamp(&now, System::Authentik).unwrap();
    assert_eq!(authentik.lamp, Lamp::Good);
    assert!(authentik.latency.is_some());
    assert_eq!(now.break_on(road), None);
    driver.leave().await;
}

#[tokio::test]
async fn a_look_at_a_step_that_is_stopped_is_asked_about_and_not_begun_anew() {
    let mut site = Site::open().await;
    let url = site.lab.authentik.url();
    let (cable, port) = Cable::to(&url, 0).await;
    site.profile.authentik.url = format!("http://127.0.0.1:{port}");
    let mut driver = site.start();
    driver.asked(StepTopic::Apply(StepId::Provider)).await;
    let shown = driver.now().step(StepId::Provider).unwrap().fields.clone();
    assert!(!shown.is_empty());

    cable.cut().await;
    let held = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
    driver.send(Command::Refresh);
    stops(&mut driver, |task| matches!(task, Task::Reading(_))).await;
    driver.asked(StepTopic::Blocked(StepId::Provider)).await;
    let now = driver.now();
    let step = now.step(StepId::Provider).unwrap();
    assert_eq!(step.fields, shown, "what was shown stands as it was");
    assert!(step.blockers[0].answer.contains(&*said("you stopped it")), "{:?}", step.blockers);
    drop(held);
    driver.leave().await;
}
