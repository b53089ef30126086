//! Values that are edited while a step is on the screen, and the map that is
//! lit by what is checked.

use immich_sso::{
    site::{FaultKind, ProfileKey},
    text,
    wizard::{
        CheckId, Claim, Command, FieldId, FieldState, FieldValue, Light, LoginStage, MapView,
        Point, ProviderField, Road, SettingsField, Snapshot, StepId, StepState, StepTopic,
    },
};
use testkit::said;

use crate::driver::{self, Site, confirm, pick, says};

#[tokio::test]
async fn a_value_that_is_edited_is_checked_saved_and_planned_anew() {
    let site = Site::open().await;
    let mut driver = site.start();
    let asked = driver.asked(StepTopic::Apply(StepId::Provider)).await;
    let edit = |value: &str| Command::Edit { key: ProfileKey::ProviderName, value: value.into() };
    driver.send(edit("immich photos"));
    let now =
        driver.until(|now| now.prompt.as_ref().is_some_and(|prompt| prompt.id != asked.id)).await;
    let card = now.card().unwrap();
    assert_eq!(text::value(&card.fields[0].wanted), "immich photos");
    assert_eq!(card.fields[0].edit.as_ref().unwrap().value, "immich photos");
    assert!(driver::files(site.folder.path()).contains("immich photos"), "it is not saved");
    // A yes to the plan before is no yes to this one.
    assert_ne!(now.prompt.as_ref().unwrap().kind, asked.kind);
    // What will not do is told, and changes nothing.
    driver.send(edit(" "));
    let now =
        driver.until(|now| now.card().is_some_and(|card| says(&card.notes, &said("empty")))).await;
    assert_eq!(text::value(&now.card().unwrap().fields[0].wanted), "immich photos");
    assert_eq!(site.mutations(), 0);
    driver.quit().await;
}

#[tokio::test]
async fn a_value_of_an_earlier_step_leads_back_to_it() {
    let site = Site::open().await;
    let mut driver = site.start();
    for id in [StepId::Provider, StepId::Application] {
        let prompt = driver.asked(StepTopic::Apply(id)).await;
        driver.answer(&prompt, confirm(&prompt, &driver.now()));
    }
    driver.asked(StepTopic::Apply(StepId::Settings)).await;
    driver.send(Command::Edit { key: ProfileKey::ClientId, value: "immich-two".into() });
    driver.asked(StepTopic::Apply(StepId::Provider)).await;
    let now = driver.now();
    assert_eq!(now.here, StepId::Provider);
    let row = now
        .card()
        .unwrap()
        .fields
        .iter()
        .find(|row| row.id == FieldId::Provider(ProviderField::ClientId))
        .unwrap();
    assert_eq!(row.wanted, FieldValue::Text("immich-two".into()));
    assert_eq!(row.state, FieldState::Differs);
    driver.quit().await;
}

#[tokio::test]
async fn a_setting_that_was_left_out_is_shown_and_can_be_set() {
    let site = Site::open().await;
    let mut driver = site.start();
    for id in [StepId::Provider, StepId::Application] {
        let prompt = driver.asked(StepTopic::Apply(id)).await;
        driver.answer(&prompt, confirm(&prompt, &driver.now()));
    }
    let prompt = driver.asked(StepTopic::Apply(StepId::Settings)).await;
    let row = |now: &Snapshot| {
        let id = FieldId::Settings(SettingsField::AutoLaunch);
        now.card().unwrap().fields.iter().find(|row| row.id == id).unwrap().clone()
    };
    let shown = row(&driver.now());
    assert_eq!((shown.state, shown.wanted), (FieldState::Kept, FieldValue::Flag(false)));
    driver.send(Command::Edit { key: ProfileKey::AutoLaunch, value: "yes".into() });
    driver.past(&prompt).await;
    let prompt = driver.asked(StepTopic::Apply(StepId::Settings)).await;
    let set = row(&driver.now());
    assert_eq!((set.state, set.wanted), (FieldState::Differs, FieldValue::Flag(true)));
    driver.answer(&prompt, confirm(&prompt, &driver.now()));
    driver.past(&prompt).await;
    driver.asked_anything().await;
    assert_eq!(site.oauth()["autoLaunch"], true);
    driver.quit().await;
}

#[tokio::test]
async fn a_password_login_that_is_off_is_told_and_fails_no_step() {
    let site = Site::open().await;
    let mut config = site.lab.immich.settings().unwrap();
    config["passwordLogin"]["enabled"] = false.into();
    site.put_settings(&config).await;
    let walked = site.walk().await;
    let step = walked.last.step(StepId::Login).unwrap();
    assert_eq!(step.state, StepState::Done);
    let check = Claim::from(CheckId::PasswordLogin);
    let proof = step.proofs.iter().find(|proof| proof.what == check).unwrap();
    assert_eq!(proof.outcome.as_ref().unwrap_err().kind, FaultKind::NotFound);
}

#[tokio::test]
async fn the_map_is_dark_until_something_is_checked_and_lit_by_a_whole_walk() {
    let site = Site::open().await;
    let mut driver = site.start();
    assert!(driver.now().map.is_dark());
    driver.asked(StepTopic::Apply(StepId::Provider)).await;
    let map = driver.now().map.clone();
    let good = |map: &MapView, road, point| matches!(map.light(road, point), Light::Good { .. });
    assert!(good(&map, Road::BrowserToImmich, Point::Connection));
    assert!(good(&map, Road::BrowserToImmich, Point::Product));
    assert!(matches!(map.light(Road::BrowserToAuthentik, Point::Tls), Light::NotNeeded(_)));
    // Nothing is there yet, and nothing of it is lit.
    for point in Road::ImmichToAuthentik.points() {
        assert_eq!(map.light(Road::ImmichToAuthentik, *point), &Light::Off, "{point:?}");
    }
    let walked = driver.walk(confirm).await;
    let map = &walked.last.map;
    for way in [Road::BrowserToImmich, Road::BrowserToAuthentik, Road::ImmichToAuthentik] {
        // A number has no name to be found, and loopback no certificate.
        let checked = |point: &&Point| !matches!(point, Point::Name | Point::Tls);
        for point in way.points().iter().filter(checked) {
            assert!(good(map, way, *point), "{way:?} {point:?}: {:?}", map.light(way, *point));
        }
    }
    let stages: Vec<_> =
        walked.last.login.as_ref().unwrap().trail.iter().map(|seen| seen.stage).collect();
    assert_eq!(stages, LoginStage::ALL);
}

#[tokio::test]
async fn what_is_done_can_be_looked_at_and_verified_anew() {
    let site = Site::open().await;
    let mut driver = site.start();
    let mut last = None;
    loop {
        let now = driver
            .until(|now| now.prompt.as_ref().is_some_and(|prompt| Some(prompt.id) != last))
            .await;
        let prompt = now.prompt.clone().unwrap();
        if now.summary.is_some() {
            break;
        }
        last = Some(prompt.id);
        driver.answer(&prompt, confirm(&prompt, &now));
    }
    let (mutations, journal) = (site.mutations(), site.journal());
    driver.send(Command::Visit(StepId::Application));
    let prompt = driver.asked(StepTopic::Visited(StepId::Application)).await;
    let before = driver.now().map.light(Road::ImmichToAuthentik, Point::Discovery).clone();
    driver.answer(&prompt, pick(&prompt, 'v'));
    let now =
        driver.until(|now| now.prompt.as_ref().is_some_and(|again| again.id != prompt.id)).await;
    // It was proved once more, and nothing was changed for it.
    assert_ne!(now.map.light(Road::ImmichToAuthentik, Point::Discovery), &before);
    assert_eq!((site.mutations(), site.journal()), (mutations, journal));
    driver.quit().await;
}
