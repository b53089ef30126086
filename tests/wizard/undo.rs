//! Undo: after it everything of ours is as it was, to the byte, by every route;
//! and what somebody changed meanwhile is shown and left to the operator.

use immich_sso::{
    secret::Label,
    wizard::{
        Act, Command, Ending, LoginTopic, Prompt, Purpose, RunTopic, Snapshot, StepId, StepTopic,
        Tally, Topic, UndoTopic, UndoView, effect::Effect, start,
    },
};
use immich_sso_lab::{HomelabOptions, Settings, Version};
use serde_json::json;
use testkit::said;

use crate::{
    access::signs_in,
    driver::{Driver, Site, Stored, confirm, in_words, pick, says},
};

fn options(immich: &str, settings: Settings) -> HomelabOptions {
    HomelabOptions {
        immich: immich.parse::<Version>().unwrap(),
        settings,
        ..HomelabOptions::default()
    }
}

const ROUTES: [(&str, Settings); 6] = [
    ("3.2.2", Settings::Api),
    ("2.7.5", Settings::Api),
    ("1.105.1", Settings::Api),
    ("1.105.1", Settings::Database),
    ("2.7.5", Settings::Database),
    ("2.7.5", Settings::ConfigFile),
];

#[tokio::test]
async fn a_first_set_up_is_taken_back_to_the_byte_by_every_route() {
    for (immich, settings) in ROUTES {
        let site = Site::with(options(immich, settings)).await;
        let before = site.stored().await;
        assert_eq!(site.walk().await.ending, Ending::LoginVerified);
        let undone = site.undo().await;
        let Ending::TakenBack(tally) = undone.ending else { panic!("{:?}", undone.ending) };
        assert_eq!((tally.taken_back, tally.left), (4, 0), "Immich {immich}, {settings:?}");
        let mut after = site.stored().await;
        if settings == Settings::Api && immich != "1.105.1" {
            // Immich itself makes the row at the first PUT, and leaves it.
            assert_eq!(after.tables.metadata, Some(json!({})));
            after.tables.metadata = None;
        }
        same(&after, &before, &format!("Immich {immich}, {settings:?}"));
        for row in &undone.last.journal {
            assert!(!matches!(row.undo, UndoView::Possible(_)), "{row:?}");
        }
        // And once more: there is nothing left.
        let again = site.undo().await;
        assert_eq!(again.ending, Ending::TakenBack(Tally::default()));
        // The set-up works again as if it were the first time.
        assert!(site.walk().await.login_worked());
    }
}

/// Settings of others in Immich, a provider and an application that were there.
#[tokio::test]
async fn what_was_there_before_comes_back_by_every_route() {
    for (immich, settings) in ROUTES {
        let site = Site::with(options(immich, settings)).await;
        assert_eq!(site.walk().await.ending, Ending::LoginVerified);
        foreign(&site);
        if immich == "1.105.1" && settings == Settings::Api {
            // What was changed behind its back it sees since the restart.
            site.lab.immich.restart().await.unwrap();
        }
        let before = site.stored().await;
        let walked = site.walk().await;
        assert!(walked.login_worked(), "Immich {immich}, {settings:?}");
        assert_ne!(site.stored().await, before);
        let undone = site.undo().await;
        assert!(
            matches!(undone.ending, Ending::TakenBack(Tally { left: 0, .. })),
            "{undone:?}",
            undone = undone.ending
        );
        let mut after = site.stored().await;
        if immich == "1.105.1" && settings == Settings::Database {
            // What was changed behind its back it only sees since the restart.
            after.settings = before.settings.clone();
        }
        same(&after, &before, &format!("Immich {immich}, {settings:?}"));
    }
}

/// To the byte, but for what a name alone tells.
fn same(after: &Stored, before: &Stored, place: &str) {
    assert_eq!(after.providers, before.providers, "{place}");
    assert_eq!(after.applications, before.applications, "{place}");
    assert_eq!(after.tables, before.tables, "{place}");
    assert_eq!(after.file, before.file, "{place}");
    assert_eq!(after.settings, before.settings, "{place}");
    assert_eq!(after.secret, before.secret, "{place}");
}

/// Somebody else's hand on every object.
fn foreign(site: &Site) {
    let authentik = &site.lab.authentik;
    assert!(authentik.change_provider("immich-oauth-provider", |provider| {
        provider.insert("client_secret".into(), "somebody-elses".into());
        provider.insert("signing_key".into(), json!(null));
        provider.insert("redirect_uris".into(), json!([
            {"matching_mode": "regex", "url": "https://.*", "redirect_uri_type": "authorization"},
        ]));
    }));
    assert!(authentik.change_application("immich", |application| {
        application.insert("name".into(), "Our photos".into());
        application.insert("provider".into(), json!(null));
    }));
    let storage = site.lab.immich.storage();
    if let Some(path) = storage.file() {
        let text = std::fs::read_to_string(path).unwrap();
        let text = text
            .replace("clientId: immich-oauth-client", "clientId: another # mine")
            .replace("\"immich-oauth-client\"", "\"another\"");
        assert!(text.contains("another"), "{text}");
        std::fs::write(path, text + "\ntrash:\n  days: 99\n").unwrap();
        return;
    }
    let mut tables = storage.tables();
    if let Some(row) = &mut tables.metadata {
        row["oauth"]["clientSecret"] = "yet-another".into();
        row["oauth"]["buttonText"] = "Enter".into();
        row["oauth"]["roleClaim"] = "role".into();
        row["trash"] = json!({"days": 99});
    } else if let Some(rows) = &mut tables.rows {
        rows.insert("oauth.clientSecret".into(), "\"yet-another\"".into());
        rows.insert("oauth.buttonText".into(), "\"Enter\"".into());
        rows.insert("trash.days".into(), "99".into());
    }
}

fn makes_token(act: &Act) -> bool {
    matches!(act, Act::Effect(effect) if matches!(**effect, Effect::MakeToken { .. }))
}

/// How many changes were undone and left.
fn counted(ending: &Ending) -> (usize, usize) {
    let Ending::TakenBack(tally) = ending else { panic!("{ending:?}") };
    (tally.taken_back, tally.left)
}

/// Walks an undo; every conflict is answered by that letter.
async fn undo(site: &Site, letter: char, mut seen: impl FnMut(&Prompt, &Snapshot)) -> Ending {
    let driver = Driver::of(start(site.undoing()));
    let walked = driver
        .walk(|prompt, now| {
            seen(prompt, now);
            if matches!(prompt.topic, Topic::Undo(UndoTopic::ChangedSince { .. })) {
                pick(prompt, letter)
            } else if matches!(prompt.topic, Topic::Undo(UndoTopic::Failed)) {
                pick(prompt, 'a')
            } else {
                confirm(prompt, now)
            }
        })
        .await;
    walked.ending
}

#[tokio::test]
async fn what_somebody_changed_since_is_shown_with_three_values_and_left() {
    let site = Site::open().await;
    let before = site.stored().await;
    site.walk().await;
    let ours = site.vault.get(Label::ClientSecret).await.unwrap().unwrap();
    let mut oauth = site.oauth();
    oauth["buttonText"] = "Enter here".into();
    let mut config = site.lab.immich.settings().unwrap();
    config["oauth"] = oauth;
    site.put_settings(&config).await;
    let mut told = Vec::new();
    let ending = undo(&site, 'a', |prompt, _| {
        if matches!(prompt.topic, Topic::Undo(UndoTopic::ChangedSince { .. })) {
            told.extend(in_words(&prompt.help));
        }
    })
    .await;
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].contains(&*said("button text")), "{told:?}");
    for value in ["Login with OAuth", "Login with Authentik", "Enter here"] {
        assert!(told[0].contains(value), "{told:?}");
    }
    // The settings stay, and so does everything that they use.
    assert_eq!(counted(&ending), (0, 4));
    assert_eq!(site.oauth()["buttonText"], "Enter here");
    assert_eq!(site.oauth()["clientSecret"], ours.expose());
    assert!(site.vault.get(Label::ClientSecret).await.unwrap().is_some());
    assert_eq!(site.lab.authentik.providers().len(), 1);

    // Later on the rest is taken back as well, for the operator says so.
    let ending = undo(&site, 'b', |_, _| {}).await;
    assert_eq!(counted(&ending), (4, 0));
    let after = site.stored().await;
    assert_eq!(after.providers, before.providers);
    assert_eq!(after.settings, before.settings);
    assert_eq!(after.secret, None);
}

/// A secret of somebody else's is never overwritten without being kept.
#[tokio::test]
async fn putting_a_secret_back_keeps_the_one_that_somebody_else_set() {
    let site = Site::open().await;
    site.walk().await;
    let set = |secret: &'static str| {
        assert!(site.lab.authentik.change_provider("immich-oauth-provider", |provider| {
            provider.insert("client_secret".into(), secret.into());
        }));
    };
    set("the-first-foreign-one");
    site.walk().await;
    set("the-second-foreign-one");
    let ending = undo(&site, 'b', |_, _| {}).await;
    assert_eq!(counted(&ending), (1, 0));
    assert_eq!(site.provider()["client_secret"], "the-first-foreign-one");
    let older = site.vault.get(Label::ClientSecretOlder).await.unwrap().unwrap();
    assert_eq!(older.expose(), "the-second-foreign-one");
}

/// Law 6: an object that this program did not make is never deleted.
#[tokio::test]
async fn a_provider_that_was_made_anew_by_somebody_else_is_not_deleted() {
    let site = Site::open().await;
    site.walk().await;
    assert!(site.lab.authentik.change_provider("immich-oauth-provider", |provider| {
        provider.insert("pk".into(), json!(4711));
    }));
    assert!(site.lab.authentik.change_application("immich", |application| {
        application.insert("provider".into(), json!(4711));
    }));
    let ending = undo(&site, 'b', |_, _| {}).await;
    let Ending::TakenBack(_) = ending else { panic!("{ending:?}") };
    let providers = site.lab.authentik.providers();
    assert_eq!(providers.len(), 1, "{providers:?}");
    assert_eq!(providers[0]["pk"], 4711);
}

/// In the middle of the wizard, and on from there.
#[tokio::test]
async fn the_wizard_takes_its_own_last_run_back_and_walks_on() {
    let site = Site::open().await;
    let before = site.stored().await.providers;
    let mut driver = site.start();
    loop {
        let prompt = driver.asked_anything().await;
        if matches!(prompt.topic, Topic::Run(RunTopic::AllWalked { .. })) {
            driver.send(Command::Undo);
            break;
        }
        let now = driver.until(|_| true).await;
        driver.answer(&prompt, confirm(&prompt, &now));
        let asked = prompt.id;
        driver.until(|now| now.prompt.as_ref().is_none_or(|prompt| prompt.id != asked)).await;
    }
    let mut stood_empty = false;
    let walked = driver
        .walk(|prompt, now| {
            if matches!(prompt.topic, Topic::Undo(UndoTopic::Undone(Tally { taken_back: 4, .. }))) {
                stood_empty = site.lab.authentik.providers() == before;
            }
            confirm(prompt, now)
        })
        .await;
    assert!(stood_empty);
    assert_eq!(walked.ending, Ending::LoginVerified);
    assert_eq!(site.lab.authentik.providers().len(), 1);
}

/// The wizard's own token has least rights: it may not delete.
#[tokio::test]
async fn deleting_needs_an_administrator_who_signs_in_for_it() {
    let site = Site::without_access(HomelabOptions::default()).await;
    let signs_in = signs_in(&site, "akadmin");
    let signs_in = |prompt: &Prompt, now: &Snapshot| {
        let asked = &prompt.topic;
        if matches!(asked, Topic::Undo(UndoTopic::Failed | UndoTopic::NeedsAdministrator(_)))
            || matches!(asked, Topic::Login(LoginTopic::LogIn { .. }))
        {
            return pick(prompt, 's');
        }
        signs_in(prompt, now)
    };
    site.start().walk(signs_in).await;
    assert_eq!(site.lab.authentik.providers().len(), 1);
    let walked =
        Driver::of(start(immich_sso::wizard::Setup { purpose: Purpose::Undo, ..site.setup() }))
            .walk(signs_in)
            .await;
    // What was set up, then account, role, group, token and key.
    assert_eq!(counted(&walked.ending), (9, 0));
    assert!(site.lab.authentik.providers().is_empty());
    assert!(site.lab.authentik.applications().is_empty());
    let token = walked.last.journal.iter().find(|row| makes_token(&row.act)).unwrap();
    assert!(matches!(&token.undo, UndoView::TakenBack(_)), "{token:?}");
}

/// Up to 1.105 each setting is a row with a JSON text; the tutorial writes bare
/// ones, which Immich cannot read. They come back as they were, to the byte.
#[tokio::test]
async fn rows_that_are_no_json_come_back_as_the_broken_texts_that_they_were() {
    let site = Site::with(options("1.105.1", Settings::Database)).await;
    let rows = |site: &Site| site.lab.immich.storage().tables().rows.clone().unwrap();
    let broken = [
        ("oauth.enabled", "true"),
        ("oauth.issuerUrl", "https://auth.example.com/application/o/immich"),
        ("oauth.clientId", "immich-oauth-client"),
        ("oauth.clientSecret", "the-secret-without-quotes"),
        ("oauth.scope", "\"openid  email\" "),
        ("ffmpeg.crf", "23"),
    ];
    for (key, text) in broken {
        let mut tables = site.lab.immich.storage().tables().clone();
        tables.rows.as_mut().unwrap().insert(key.into(), text.into());
        *site.lab.immich.storage().tables() = tables;
    }
    let before = rows(&site);
    let walked = site.walk().await;
    assert_eq!(walked.ending, Ending::LoginVerified);
    // One of them says what is wanted, and is mended all the same.
    assert_eq!(rows(&site)["oauth.clientId"], "\"immich-oauth-client\"");
    assert_ne!(rows(&site), before);
    let mut noted = false;
    let mut driver = Driver::of(start(site.undoing()));
    // The restart that an undo ends with would not come back.
    while let Some(prompt) = driver.asked_or_ended().await {
        noted |= driver.now().card().is_some_and(|card| says(&card.notes, &said("is no JSON")));
        let answer = if matches!(prompt.topic, Topic::Step(StepTopic::Apply(StepId::Restart))) {
            crate::driver::refuse(&prompt, &driver.now())
        } else {
            confirm(&prompt, &driver.now())
        };
        driver.answer(&prompt, answer);
        driver.past(&prompt).await;
    }
    assert!(noted, "what the old values do to Immich is told");
    assert_eq!(rows(&site), before);
}

/// authentik has providers without grant types, and takes none: its answer to
/// an empty list is a refusal.
#[tokio::test]
async fn grant_types_that_were_none_stay_and_all_else_comes_back() {
    let site = Site::of("2026.8.3", "3.2.2").await;
    assert_eq!(site.walk().await.ending, Ending::LoginVerified);
    assert!(site.lab.authentik.change_provider("immich-oauth-provider", |provider| {
        provider.insert("grant_types".into(), json!([]));
        provider.insert("signing_key".into(), json!(null));
    }));
    let mut before = site.provider();
    assert!(site.walk().await.login_worked());
    let types = site.provider()["grant_types"].clone();
    assert_ne!(types, json!([]));
    let mut notes = Vec::new();
    let ending = undo(&site, 'p', |_, now| {
        notes.extend(now.steps.iter().flat_map(|card| card.notes.clone()));
    })
    .await;
    assert!(matches!(ending, Ending::TakenBack(Tally { left: 0, .. })), "{ending:?}");
    assert!(says(&notes, &said("had no grant types before")), "{notes:?}");
    before["grant_types"] = types;
    assert_eq!(site.provider(), before);
}
