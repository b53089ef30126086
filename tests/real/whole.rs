//! The wizard from end to end on a real host: set-up, re-runs, rotation and
//! undo, by the database and by the config file. One site goes through it all,
//! as one does in the course of years.

use std::{fs, sync::Arc};

use immich_sso::{
    immich::RouteKind,
    secret::Label,
    site::System,
    wizard::{
        AccessPick, AccessTopic, Ending, LoginState, LoginTopic, Pick, Prompt, PromptKind,
        RotateWish, RotationTopic, Snapshot, StepTopic, Topic,
    },
};
use immich_sso_lab::{
    authentik::{Mishap, MishapKind},
    immich::StorageKind,
};
use serde_json::{Value, json};
use testkit::{said, said_with};

use crate::{
    driver::{confirm, in_words, leaves, pick, refusal},
    site::{ALICE, Site},
    support::left_out,
};

/// What others set in Immich before this program came.
const OTHERS: &str = r#"{"trash": {"days": 99}, "ffmpeg": {"crf": 20}}"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_site_on_a_real_host_is_kept_right_for_years() {
    if left_out() {
        return;
    }
    let mut site = Site::start().await;
    first_set_up(&site).await;
    rotations(&site).await;
    the_database_refuses_at_the_commit(&site).await;
    changed_by_hand(&mut site, "Come in").await;
    restored_backup(&site).await;
    rebuilt_empty(&site).await;
    another_address(&mut site).await;
    upgraded(&site).await;
    rebuilt_workstation(&mut site).await;
    rebuilt_authentik(&mut site).await;
    config_file_instead(&mut site).await;
    rotations(&site).await;
    changed_by_hand(&mut site, "Here you are").await;
    restored_backup(&site).await;
}

/// The copy of Immich's config file goes with the access, once that is confirmed.
#[tokio::test(flavor = "multi_thread")]
async fn access_removed_takes_the_copy_on_the_host_along() {
    if left_out() {
        return;
    }
    let mut site = Site::start().await;
    site.rebuild_immich(StorageKind::ConfigFile(site.file())).await;
    let before = site.stored();
    site.walk(|_| None).await;
    let copy = site.file().with_file_name("immich.yaml.immich-sso-kept");
    assert_eq!(fs::read_to_string(&copy).unwrap(), before);
    let set_up = site.stored();

    let mut asked = 0;
    for (key, counts) in [('n', (0, 1)), ('d', (1, 0)), ('d', (0, 0))] {
        let ending = site
            .remove_access(|prompt, now| {
                if !matches!(prompt.topic, Topic::Access(AccessTopic::DeleteCopy)) {
                    return confirm(prompt, now);
                }
                assert_eq!(in_words(&prompt.help), [copy.display().to_string()]);
                assert_eq!(by_enter(prompt), &AccessPick::KeepCopy.into(), "Enter deletes nothing");
                asked += 1;
                pick(prompt, key)
            })
            .await;
        let Ending::AccessRemoved(tally) = ending else { panic!("{ending:?}") };
        assert_eq!((tally.taken_back, tally.left), counts);
        assert_eq!(copy.exists(), key == 'n');
    }
    assert_eq!(asked, 2, "what is gone is not asked about");
    assert_eq!(site.stored(), set_up, "what was set up stays");
    // Without the copy an undo sets the old values.
    let Ending::TakenBack(tally) = site.undo().await else { panic!("it is not undone") };
    assert_eq!(tally.left, 0);
    assert_eq!(site.immich.settings().unwrap()["oauth"]["enabled"], false);
}

/// Beside what others set; taken back to the byte; and once more, after which
/// there is nothing to do.
async fn first_set_up(site: &Site) {
    site.row.ask(&format!("INSERT INTO system_metadata VALUES ('system-config', '{OTHERS}');"));
    let before = site.stored();
    let (walked, _) = site.walk(|_| None).await;
    assert_eq!(walked.last.header.route.as_ref().unwrap().kind, RouteKind::Database);
    let row: Value = serde_json::from_str(&site.stored()).unwrap();
    assert_eq!((&row["trash"]["days"], &row["oauth"]["enabled"]), (&json!(99), &json!(true)));

    assert_eq!(counted(&site.undo().await), (4, 0));
    assert_eq!(site.stored(), before);
    assert_eq!(site.provider(), Value::Null);

    site.walk(|_| None).await;
    nothing_to_do(site).await;
}

/// Running again is free: no request, no statement that writes.
async fn nothing_to_do(site: &Site) {
    let before = (site.mutations(), site.stored(), site.row.written_by());
    let (_, told) = site.walk(|_| None).await;
    assert_eq!(told, [&*said("Nothing to do: everything is as wanted. What now?")]);
    assert_eq!((site.mutations(), site.stored(), site.row.written_by()), before);
}

/// On; back where authentik refuses; back on wish; and on again.
async fn rotations(site: &Site) {
    let (old, before) = (site.current().await, site.stored());
    let crash = || Mishap::new("/providers/oauth2/", MishapKind::Crash).on(reqwest::Method::PATCH);
    site.authentik.let_fail(crash());
    let walked = site.rotate(RotateWish::default(), leaves).await;
    assert_eq!(walked.ending, Ending::Left);
    assert!(refusal(&walked).contains(&*said("set back")), "{}", refusal(&walked));
    assert_eq!((site.current().await, site.stored()), (old.clone(), before.clone()));
    site.agrees().await;

    let walked = site.rotate(RotateWish::default(), confirm).await;
    assert_eq!(walked.ending, Ending::Rotated, "{:?}", walked.last.card());
    let switch = walked.last.rotation.as_ref().unwrap().switch.as_ref().unwrap();
    assert!(switch.is_measured(), "{switch:?}");
    let new = site.current().await;
    assert_ne!(new, old);
    assert_eq!(site.kept(Label::ClientSecretPrevious).await.as_ref(), Some(&old));
    assert_eq!(site.stored(), before.replace(old.expose(), new.expose()), "all else stays");
    site.agrees().await;

    let back = RotateWish { back: true, ..RotateWish::default() };
    assert_eq!(site.rotate(back, confirm).await.ending, Ending::Rotated);
    assert_eq!((site.current().await, site.stored()), (old, before));
    site.agrees().await;
}

/// Both writes are launched, and PostgreSQL says no to the very COMMIT:
/// authentik, which said yes, is set back.
async fn the_database_refuses_at_the_commit(site: &Site) {
    let (old, before) = (site.current().await, site.stored());
    site.row.ask(
        "CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS \
         'BEGIN RAISE EXCEPTION ''no room left''; END';
         CREATE CONSTRAINT TRIGGER no AFTER UPDATE ON system_metadata \
         DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION no();",
    );
    let mutations = site.authentik.mutations().len();
    let walked = site.rotate(RotateWish::default(), leaves).await;
    assert_eq!(walked.ending, Ending::Left);
    let told = refusal(&walked);
    assert!(told.contains("no room left") && told.contains(&*said("set back")), "{told}");
    assert_eq!(site.authentik.mutations().len(), mutations + 2, "there and back");
    assert_eq!((site.current().await, site.stored()), (old, before.clone()));
    site.agrees().await;
    site.row.ask("DROP TRIGGER no ON system_metadata; DROP FUNCTION no;");

    // The new secret is kept still; this operator does not want it any more.
    assert!(site.kept(Label::ClientSecretPending).await.is_some());
    let unwanted = |prompt: &Prompt, now: &Snapshot| {
        let unfinished = matches!(
            prompt.topic,
            Topic::Rotation(
                RotationTopic::Unfinished
                    | RotationTopic::Interrupted
                    | RotationTopic::RenewalUnfinished { .. }
            )
        );
        if unfinished { pick(prompt, 'b') } else { confirm(prompt, now) }
    };
    let walked = site.rotate(RotateWish::default(), unwanted).await;
    assert_eq!(walked.ending, Ending::Finished);
    assert_eq!(site.kept(Label::ClientSecretPending).await, None);
    assert_eq!(site.stored(), before);
}

/// A field of ours is another: put back, and that taken back, to the byte; then
/// kept, for the operator says so.
async fn changed_by_hand(site: &mut Site, text: &str) {
    let ours = site.profile.settings.button_text.clone();
    let by_hand = by_hand(site, "buttonText", text);
    let (_, told) = site.walk(|_| None).await;
    tells(&told, &said_with("it is `{}` now", &[&text]));
    assert_eq!(site.oauth()["buttonText"], ours);
    assert_eq!(counted(&site.undo().await), (1, 0));
    assert_eq!(site.stored(), by_hand);

    let keep = |prompt: &Prompt| {
        matches!(prompt.topic, Topic::Step(StepTopic::ChangedByHand(_))).then(|| pick(prompt, 't'))
    };
    site.walk(keep).await;
    assert_eq!(site.stored(), by_hand, "nothing is written");
    site.profile = site.saved();
    assert_eq!(site.profile.settings.button_text, text);
}

/// A backup brought the secret from before the last rotation.
async fn restored_backup(site: &Site) {
    let older = site.kept(Label::ClientSecretPrevious).await.unwrap();
    let restored = by_hand(site, "clientSecret", older.expose());
    let (_, told) = site.walk(|_| None).await;
    tells(&told, &said("Immich holds a client secret that was in use before"));
    assert_ne!(site.stored(), restored);
    assert_eq!(counted(&site.undo().await), (1, 0));
    assert_eq!(site.stored(), restored);
    site.walk(|_| None).await;
}

/// Immich's database was made anew: it gets the kept secret, in a row of its
/// own, which undoing takes away again.
async fn rebuilt_empty(site: &Site) {
    let kept = site.current().await;
    site.row.ask("DELETE FROM system_metadata;");
    let (_, told) = site.walk(|_| None).await;
    tells(&told, &said("Immich has no OAuth settings any more"));
    assert_eq!(site.current().await, kept);
    assert_eq!(counted(&site.undo().await), (1, 0));
    assert_eq!(site.stored(), "", "there is no row again");
    site.walk(|_| None).await;
}

/// Immich is elsewhere now; its database moved along.
async fn another_address(site: &mut Site) {
    site.rebuild_immich(StorageKind::Row(Arc::new(site.row.clone()))).await;
    let (_, told) = site.walk(|_| None).await;
    tells(&told, &said("Immich's address"));
    let uris = site.provider()["redirect_uris"].to_string();
    assert!(uris.contains(&format!("{}/auth/login", site.immich.url())), "{uris}");
}

/// Newer releases read the same row; that it is another release is told.
async fn upgraded(site: &Site) {
    for release in ["3.0.3", "3.2.2"] {
        let kept = site.current().await;
        site.immich.upgrade(release.parse().unwrap()).await.unwrap();
        let (_, told) = site.walk(|_| None).await;
        tells(&told, &said_with("last time, {} now", &[&release]));
        assert_eq!(site.current().await, kept);
    }
    assert_eq!(site.oauth()["allowInsecureRequests"], true, "the issuer has no TLS");
}

/// The servers are as they were, and the workstation learns it all from them.
async fn rebuilt_workstation(site: &mut Site) {
    let (kept, before) = (site.current().await, (site.mutations(), site.stored()));
    site.forget_everything().await;
    site.walk(|_| None).await;
    assert_eq!(site.current().await, kept);
    assert_eq!((site.mutations(), site.stored()), before);
}

/// authentik was made anew and gives everybody another id; Immich has no API key
/// for us either. The client is made again with the kept secret, and alice's
/// account is freed of its old link in the very table. Without a key Immich proves
/// no login: that it worked is what the operator says.
async fn rebuilt_authentik(site: &mut Site) {
    let (kept, old) = (site.current().await, site.row.link(ALICE));
    assert_ne!(old, "", "she logged in before");
    site.rebuild_authentik().await;
    site.vault.forget(Label::ImmichApiKey).await.unwrap();
    let mut ended = false;
    let (_, told) = site
        .walk_to(LoginState::Likely, |prompt| {
            ended |= matches!(prompt.topic, Topic::Login(LoginTopic::EndLinks));
            let key = matches!(prompt.topic, Topic::Access(AccessTopic::HowToWork(System::Immich)));
            key.then(|| pick(prompt, 'w'))
        })
        .await;
    tells(&told, &said_with("{} is linked to an account", &[&"Alice (alice@example.com)"]));
    assert!(ended, "it is asked about");
    assert_eq!(site.current().await, kept);
    let new = site.row.link(ALICE);
    assert!(!new.is_empty() && new != old, "linked anew: {new}");
}

/// Immich came back with a config file; what people wrote there stays.
async fn config_file_instead(site: &mut Site) {
    let (kept, before) = (site.current().await, fs::read_to_string(site.file()).unwrap());
    site.rebuild_immich(StorageKind::ConfigFile(site.file())).await;
    let (_, told) = site.walk(|_| None).await;
    tells(&told, &said("The way to Immich's settings: database last time, config file now"));
    assert_eq!(site.current().await, kept);
    assert!(site.stored().starts_with(&before), "{}", site.stored());
    nothing_to_do(site).await;
}

/// Changes a text field of Immich's behind everybody's back; what is stored
/// then.
fn by_hand(site: &Site, key: &str, value: &str) -> String {
    match site.immich.storage().file() {
        None => site.row.set(key, &json!(value)),
        Some(path) => {
            let old = site.oauth()[key].as_str().unwrap().to_owned();
            let text = site.stored();
            assert!(text.contains(&old), "{text}");
            fs::write(path, text.replace(&old, value)).unwrap();
        }
    }
    site.stored()
}

fn tells(told: &[String], part: &str) {
    assert!(told.iter().any(|line| line.contains(part)), "{part:?} is not among {told:#?}");
}

/// How many changes were undone and left.
fn counted(ending: &Ending) -> (usize, usize) {
    let Ending::TakenBack(tally) = ending else { panic!("{ending:?}") };
    (tally.taken_back, tally.left)
}

/// What Enter picks.
fn by_enter(prompt: &Prompt) -> &Pick {
    let PromptKind::Choice { options, default } = &prompt.kind else { panic!("{prompt:?}") };
    &options[*default].pick
}
