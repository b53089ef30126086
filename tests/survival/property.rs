//! Random histories of a site, beside a simple model of what must hold.

use immich_sso::{
    secret::Label,
    wizard::{
        Answer, Ending, LeavePick, Pick, Prompt, PromptKind, RotationTopic, Setup, Snapshot, Topic,
        UndoTopic, start, survey,
    },
};
use proptest::{
    prelude::*,
    test_runner::{Config, FileFailurePersistence, TestRunner},
};
use serde_json::json;

use crate::{
    driver::{Driver, Site, Stored, confirm, pick},
    scenes::Scene,
};

/// What happens to a site.
#[derive(Clone, Debug)]
enum Event {
    /// The wizard is walked to its end.
    Run,
    /// The operator wants another text on the button.
    Edit(u8),
    /// Somebody changes a field of ours in authentik.
    InAuthentik(u8),
    /// Somebody changes a field of ours in Immich.
    InImmich(u8),
    /// Somebody changes a setting in Immich that is not ours.
    NotOurs(u8),
    /// A run ends in its middle, after that many lines of the journal.
    Crash(usize),
    /// The secret is rotated.
    Rotate,
    /// A rotation ends in its middle, after that many lines of the journal.
    CrashRotating(usize),
    /// The last run is taken back.
    Undo,
    /// Immich comes back empty.
    ImmichRebuilt,
    /// Provider and application are gone.
    AuthentikRebuilt,
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        4 => Just(Event::Run),
        1 => any::<u8>().prop_map(Event::Edit),
        2 => any::<u8>().prop_map(Event::InAuthentik),
        2 => any::<u8>().prop_map(Event::InImmich),
        1 => any::<u8>().prop_map(Event::NotOurs),
        3 => (1_usize..9).prop_map(Event::Crash),
        2 => Just(Event::Rotate),
        2 => (1_usize..10).prop_map(Event::CrashRotating),
        3 => Just(Event::Undo),
        1 => Just(Event::ImmichRebuilt),
        1 => Just(Event::AuthentikRebuilt),
    ]
}

/// What is known of a site without asking it.
#[derive(Default)]
struct Model {
    /// Days in the trash: nobody's business but the operator's.
    days: u64,
    /// What was there before the last run, if nothing happened since and the
    /// run went to its end.
    before: Option<Box<Stored>>,
    /// What was there before a run that was cut short, which the next one
    /// continues: undo takes both for one.
    cut: Cut,
}

/// A run that was cut short and not continued yet.
#[derive(Clone, Default)]
enum Cut {
    /// There is none.
    #[default]
    Nothing,
    /// What was there before it.
    Before(Box<Stored>),
    /// Something else happened after it.
    Overtaken,
}

/// How many histories, unless `IMMICH_SSO_HISTORIES` says so. Each takes a
/// second or two.
const HISTORIES: u32 = 6;

#[test]
fn no_history_breaks_a_law() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let wished = std::env::var("IMMICH_SSO_HISTORIES").ok().and_then(|text| text.parse().ok());
    let config = Config {
        cases: wished.unwrap_or(HISTORIES),
        failure_persistence: Some(Box::new(FileFailurePersistence::WithSource("regressions"))),
        source_file: Some(file!()),
        ..Config::default()
    };
    let mut runner = TestRunner::new(config);
    let histories = proptest::collection::vec(event(), 3..8);
    runner
        .run(&histories, |history| {
            runtime
                .block_on(async { tokio::spawn(lived(history)).await })
                .map_err(|died| TestCaseError::fail(died.to_string()))
        })
        .unwrap();
}

async fn lived(history: Vec<Event>) {
    let mut site = Site::open().await;
    let mut model = Model { days: 30, before: None, cut: Cut::default() };
    for event in history {
        happens(&mut site, &mut model, &event).await;
        holds(&site, &model, &event).await;
    }
    // Whatever happened: one more run sets everything right.
    happens(&mut site, &mut model, &Event::Run).await;
    holds(&site, &model, &Event::Run).await;
}

async fn happens(site: &mut Site, model: &mut Model, event: &Event) {
    let before = site.stored().await;
    let known = std::mem::take(&mut model.before);
    let cut = std::mem::take(&mut model.cut);
    model.cut = match (event, cut.clone()) {
        (Event::Crash(_), Cut::Nothing) => Cut::Before(Box::new(before.clone())),
        (Event::Crash(_), cut) => cut,
        (Event::Run | Event::Undo, _) | (_, Cut::Nothing) => Cut::Nothing,
        (_, Cut::Before(_) | Cut::Overtaken) => Cut::Overtaken,
    };
    match event {
        Event::Run => {
            let journal = site.journal();
            let mut ending = run(site, true).await;
            let rotated = ending != Ending::LoginVerified;
            if rotated {
                // It went on with a rotation, or could not: that is for later.
                ending = run(site, false).await;
            }
            assert_eq!(ending, Ending::LoginVerified);
            // A run that did nothing is none that could be taken back, and one
            // that only noted what became of another neither.
            if !rotated
                && site.journal() != journal
                && !journal.lines().last().is_some_and(is_begin)
            {
                model.before = match cut {
                    Cut::Nothing => Some(Box::new(before)),
                    Cut::Before(first) => Some(first),
                    Cut::Overtaken => None,
                };
            }
        }
        Event::Edit(n) => site.profile.settings.button_text = format!("Log in {n}"),
        Event::InAuthentik(n) => {
            site.lab.authentik.change_provider("immich-oauth-provider", |provider| {
                match n % 3 {
                    0 => provider.insert("client_secret".into(), format!("foreign-{n}").into()),
                    1 => provider.insert("signing_key".into(), json!(null)),
                    _ => provider.insert("issuer_mode".into(), "global".into()),
                };
            });
        }
        Event::InImmich(n) => {
            let mut config = site.lab.immich.settings().unwrap();
            match n % 2 {
                0 => config["oauth"]["clientSecret"] = format!("foreign-{n}").into(),
                _ => config["oauth"]["buttonText"] = format!("Foreign {n}").into(),
            }
            site.put_settings(&config).await;
        }
        Event::NotOurs(n) => {
            model.days = u64::from(*n) + 1;
            let mut config = site.lab.immich.settings().unwrap();
            config["trash"]["days"] = model.days.into();
            site.put_settings(&config).await;
        }
        Event::Crash(lines) => crash(site, site.setup(), *lines).await,
        Event::Rotate => {
            let walked = Driver::of(start(rotating(site))).walk(leaves_what_fails).await;
            if matches!(walked.ending, Ending::Rotated | Ending::Finished) {
                holds_one_secret(site).await;
                let pending = site.vault.get(Label::ClientSecretPending).await.unwrap();
                assert_eq!(pending, None);
            }
        }
        Event::CrashRotating(lines) => crash(site, rotating(site), *lines).await,
        Event::Undo => {
            let walked = Driver::of(start(site.undoing()))
                .walk(|prompt, now| {
                    if matches!(prompt.topic, Topic::Undo(UndoTopic::ChangedSince { .. })) {
                        return pick(prompt, 'b');
                    }
                    if matches!(
                        prompt.topic,
                        Topic::Undo(UndoTopic::Failed | UndoTopic::NeedsAdministrator(_))
                    ) {
                        return pick(prompt, 'a');
                    }
                    confirm(prompt, now)
                })
                .await;
            let Ending::TakenBack(tally) = walked.ending else { panic!("{:?}", walked.ending) };
            if let Some(known) = known {
                assert_eq!(tally.left, 0);
                let now = site.stored().await;
                assert_eq!(now.providers, known.providers);
                assert_eq!(now.applications, known.applications);
                assert_eq!(now.settings, known.settings);
                assert_eq!(now.secret, known.secret);
            }
        }
        Event::ImmichRebuilt => {
            site.lab.immich.storage().tables().metadata = None;
            model.days = 30;
        }
        Event::AuthentikRebuilt => site.wipe_authentik().await,
    }
}

fn is_begin(line: &str) -> bool {
    line.contains(r#""entry":"begin""#)
}

/// A run to its end, which goes on with a rotation that was cut short or leaves
/// it for later.
async fn run(site: &Site, rotates: bool) -> Ending {
    let walked = site
        .start()
        .walk(|prompt, now| {
            if matches!(prompt.topic, Topic::Rotation(RotationTopic::Interrupted)) {
                return pick(prompt, if rotates { 'g' } else { 'a' });
            }
            if rotates { leaves_what_fails(prompt, now) } else { confirm(prompt, now) }
        })
        .await;
    walked.ending
}

fn rotating(site: &Site) -> Setup {
    Setup { purpose: Scene::Rotate.purpose(), ..site.setup() }
}

/// Confirms everything, and leaves where there is nothing to rotate.
fn leaves_what_fails(prompt: &Prompt, now: &Snapshot) -> Answer {
    if let PromptKind::Choice { options, .. } = &prompt.kind
        && let Some(leave) = options.iter().find(|option| leaves(&option.pick))
        && prompt.refused.is_some()
    {
        return Answer::Choice(leave.key);
    }
    confirm(prompt, now)
}

fn leaves(pick: &Pick) -> bool {
    matches!(pick, Pick::Leave(leave) if *leave != LeavePick::Step)
}

/// Both servers and the store hold the same one.
async fn holds_one_secret(site: &Site) {
    let secret = site.vault.get(Label::ClientSecret).await.unwrap().unwrap();
    assert_eq!(site.provider()["client_secret"], secret.expose());
    assert_eq!(site.oauth()["clientSecret"], secret.expose());
}

/// A run that is dropped in its middle.
async fn crash(site: &Site, setup: Setup, lines: usize) {
    let enough = site.journal().lines().count() + lines;
    let mut driver = Driver::of(start(setup));
    while let Some(prompt) = driver.asked_or_ended().await {
        let now = driver.now();
        if prompt.refused.is_some() {
            break;
        }
        driver.answer(&prompt, confirm(&prompt, &now));
        tokio::select! {
            () = driver.past(&prompt) => {}
            () = reaches(site, enough) => break,
        }
    }
    driver.abort().await;
}

async fn reaches(site: &Site, lines: usize) {
    while site.journal().lines().count() < lines {
        tokio::task::yield_now().await;
    }
}

/// What holds after every event.
async fn holds(site: &Site, model: &Model, event: &Event) {
    assert!(site.lab.authentik.providers().len() <= 1, "doubled after {event:?}");
    assert!(site.lab.authentik.applications().len() <= 1, "doubled after {event:?}");
    let days = site.lab.immich.settings().unwrap()["trash"]["days"].as_u64().unwrap();
    assert_eq!(days, model.days, "others' settings after {event:?}");
    let journal = site.journal();
    for label in Label::ALL {
        if let Some(secret) = site.vault.get(label).await.unwrap() {
            assert!(!journal.contains(secret.expose()), "{label} is in the journal");
        }
    }
    if matches!(event, Event::Run) {
        holds_one_secret(site).await;
        let before = site.mutations();
        let looked = survey(site.setup()).await.unwrap();
        assert!(looked.plan_file().is_empty(), "{:?}", looked.plan_file().text());
        assert_eq!(site.mutations(), before);
    }
}
