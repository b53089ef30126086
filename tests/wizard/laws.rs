//! The laws that the engine keeps, each against real servers of the lab.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, Ordering},
};

use immich_sso::{
    secret::{Call, Label, Readiness, Secret, Store, StorePlace, Vault},
    site::{Fault, FaultKind, System},
    text,
    wizard::{
        ActOutcome, Answer, Ending, FieldId, PromptKind, ProviderField, StepId, StepState,
        StepTopic, Topic, Verdict,
    },
};
use immich_sso_lab::immich::Mishap;
use serde_json::json;
use testkit::said;

use crate::driver::{Site, confirm, files, refuse, says};

/// Law 1.
#[tokio::test]
async fn nothing_happens_unconfirmed() {
    let site = Site::open().await;
    let walked = site.start().walk(refuse).await;
    assert_eq!(site.mutations(), 0);
    assert_eq!(site.journal(), "");
    assert!(site.vault.get(Label::ClientSecret).await.unwrap().is_none());
    for id in [StepId::Provider, StepId::Application, StepId::Settings] {
        assert_eq!(walked.last.step(id).unwrap().state, StepState::Skipped, "{id:?}");
    }
}

/// Law 1: a decision about a plan that no longer holds does not count.
#[tokio::test]
async fn a_plan_is_shown_anew_when_live_moved_since_it_was_shown() {
    let site = Site::open().await;
    site.walk().await;
    let change = |uri: &str| {
        let entry =
            json!([{"matching_mode": "strict", "url": uri, "redirect_uri_type": "authorization"}]);
        assert!(site.lab.authentik.change_provider("immich-oauth-provider", |provider| {
            provider.insert("redirect_uris".into(), entry);
        }));
    };
    change("https://one.example.com");
    let mut driver = site.start();
    driver.past_the_opening().await;
    let prompt = driver.asked(StepTopic::Apply(StepId::Provider)).await;
    let PromptKind::Decide { plan } = &prompt.kind else { panic!("{prompt:?}") };
    let plan = plan.digest.clone();
    change("https://two.example.com");
    let before = site.mutations();
    driver.answer(&prompt, Answer::Decide { plan: plan.clone(), verdict: Verdict::Perform });
    let shown = plan.clone();
    let anew = driver
        .until(|now| {
            let prompt = now.prompt.as_ref().map(|prompt| &prompt.kind);
            matches!(prompt, Some(PromptKind::Decide { plan }) if plan.digest != shown)
        })
        .await;
    assert_eq!(site.mutations(), before, "something was sent");
    let card = anew.card().unwrap();
    assert!(says(&card.notes[..1], &said("Something changed")), "{:?}", card.notes);
    let wanted = card
        .fields
        .iter()
        .find(|field| field.id == FieldId::Provider(ProviderField::RedirectUris))
        .unwrap();
    let wanted = text::value(&wanted.wanted);
    assert!(wanted.contains("https://two.example.com"), "{wanted}");
    // The old plan's digest opens nothing either.
    let prompt = anew.prompt.clone().unwrap();
    driver.answer(&prompt, Answer::Decide { plan: shown, verdict: Verdict::Perform });
    assert_eq!(driver.quit().await, Ending::Left);
    assert_eq!(site.mutations(), before, "something was sent");
}

/// A store that can be told to lose what it is given.
#[derive(Default)]
struct Careless {
    kept: Mutex<std::collections::BTreeMap<Label, Secret>>,
    loses: Arc<AtomicBool>,
}

impl Store for Careless {
    fn place(&self) -> StorePlace {
        StorePlace::Memory
    }

    fn open(&self, _: &Call) -> Result<Readiness, Fault> {
        Ok(Readiness::Ready)
    }

    fn get(&self, label: Label, _: &Call) -> Result<Option<Secret>, Fault> {
        Ok(self.kept.lock().unwrap().get(&label).cloned())
    }

    fn set(&self, label: Label, secret: &Secret, _: &Call) -> Result<(), Fault> {
        if !self.loses.load(Ordering::SeqCst) {
            self.kept.lock().unwrap().insert(label, secret.clone());
        }
        Ok(())
    }

    fn forget(&self, label: Label, _: &Call) -> Result<bool, Fault> {
        Ok(self.kept.lock().unwrap().remove(&label).is_some())
    }
}

/// Law 2: a store that does not give the secret back keeps it from authentik.
#[tokio::test]
async fn no_system_is_sent_a_secret_that_is_not_kept() {
    let mut site = Site::open().await;
    let store = Careless::default();
    let loses = Arc::clone(&store.loses);
    let vault = Vault::of(store);
    for label in [Label::AuthentikToken, Label::ImmichApiKey] {
        let secret = site.vault.get(label).await.unwrap().unwrap();
        vault.put(label, &secret).await.unwrap();
    }
    loses.store(true, Ordering::SeqCst);
    site.vault = vault;
    let mut driver = site.start();
    let prompt = driver.asked(StepTopic::Apply(StepId::Provider)).await;
    let answer = confirm(&prompt, &immich_sso::wizard::Snapshot::default());
    driver.answer(&prompt, answer);
    let failed = driver.asked(StepTopic::DidNotWork).await;
    let fault = failed.refused.unwrap();
    assert_eq!((fault.system, fault.kind), (System::SecretStore, FaultKind::NotKept));
    assert_eq!(site.mutations(), 0);
    driver.quit().await;
}

/// Law 3: what is overwritten is kept before.
#[tokio::test]
async fn what_is_overwritten_is_kept() {
    let site = Site::open().await;
    site.walk().await;
    let ours = site.vault.get(Label::ClientSecret).await.unwrap().unwrap();
    let foreign = "somebody-set-this-in-authentik";
    assert!(site.lab.authentik.change_provider("immich-oauth-provider", |provider| {
        provider.insert("client_secret".into(), foreign.into());
        provider.insert("issuer_mode".into(), "global".into());
    }));
    let walked = site.walk().await;
    assert_eq!(walked.ending, Ending::LoginVerified);
    assert_eq!(site.provider()["client_secret"], ours.expose());
    let previous = site.vault.get(Label::ClientSecretPrevious).await.unwrap().unwrap();
    assert_eq!(previous.expose(), foreign);
    let journal = site.journal();
    assert!(journal.contains(r#""before":{"issuer_mode":"global"}"#), "{journal}");
    for row in &walked.last.journal {
        assert_ne!(row.outcome, ActOutcome::NotWritten, "{row:?}");
    }
    assert!(!journal.contains(foreign));
}

/// Law 3: every effect says how it is taken back, or that it cannot be.
#[tokio::test]
async fn every_effect_says_how_it_is_taken_back() {
    let site = Site::open().await;
    let mut seen = 0;
    site.start()
        .walk(|prompt, now| {
            if matches!(prompt.kind, PromptKind::Decide { .. }) {
                for effect in &now.card().unwrap().plan.as_ref().unwrap().effects {
                    assert!(!text::undo_way(effect.effect.undo()).is_empty(), "{effect:?}");
                    assert!(text::exact(&effect.exact).lines().count() > 1, "{effect:?}");
                    seen += 1;
                }
            }
            confirm(prompt, now)
        })
        .await;
    assert!(seen >= 4, "{seen}");
}

/// Law 4.
#[tokio::test]
async fn running_again_is_free() {
    let site = Site::open().await;
    site.walk().await;
    let (mutations, journal) = (site.mutations(), site.journal());
    let walked = site
        .start()
        .walk(|prompt, now| {
            assert!(!matches!(prompt.kind, PromptKind::Decide { .. }), "{prompt:?}");
            confirm(prompt, now)
        })
        .await;
    assert_eq!(walked.ending, Ending::LoginVerified);
    assert_eq!(site.mutations(), mutations);
    assert_eq!(site.journal(), journal);
}

/// Law 6: everything else in Immich's settings stays as it is.
#[tokio::test]
async fn others_settings_stay_as_they_are() {
    let site = Site::open().await;
    let storage = site.lab.immich.storage();
    storage.tables().metadata = Some(json!({
        "ffmpeg": {"crf": 30},
        "oauth": {"storageLabelClaim": "nickname", "autoLaunch": true},
        "notifications": {"smtp": {"transport": {"password": "not-ours"}}},
    }));
    let before = site.lab.immich.settings().unwrap();
    let walked = site.walk().await;
    assert_eq!(walked.ending, Ending::LoginVerified);
    let mut after = site.lab.immich.settings().unwrap();
    for key in
        ["enabled", "issuerUrl", "clientId", "clientSecret", "buttonText", "allowInsecureRequests"]
    {
        if let Some(old) = before["oauth"].get(key) {
            after["oauth"][key] = old.clone();
        }
    }
    assert_eq!(after, before);
    assert!(!site.journal().contains("not-ours"), "others' secrets stay out of the journal");
    assert!(!walked.shown.contains("not-ours"), "and off the screen");
}

/// Law 6: a change by somebody else after the plan was shown is not
/// overwritten: it is noticed, and planned on.
#[tokio::test]
async fn a_concurrent_change_is_noticed_and_not_overwritten() {
    let site = Site::open().await;
    // Right before our own GET of the write: the plan is on the screen, and
    // the decision is made.
    let mut changed = false;
    let walked = site
        .start()
        .walk(|prompt, now| {
            if matches!(prompt.topic, Topic::Step(StepTopic::Apply(StepId::Settings))) && !changed {
                changed = true;
                site.lab.immich.mishap(Mishap::ForeignChange {
                    method: "GET".into(),
                    path: "/api/system-config".into(),
                    block: "trash".into(),
                    key: "days".into(),
                    value: json!(99),
                });
            }
            confirm(prompt, now)
        })
        .await;
    assert_eq!(walked.ending, Ending::LoginVerified);
    assert_eq!(site.lab.immich.settings().unwrap()["trash"]["days"], 99);
    assert_eq!(site.oauth()["enabled"], true);
}

/// Law 6: what somebody else made is adopted only after the operator agreed.
#[tokio::test]
async fn what_others_made_is_left_alone_until_the_operator_agrees() {
    let site = Site::open().await;
    site.walk().await;
    assert!(site.lab.authentik.change_provider("immich-oauth-provider", |provider| {
        provider.insert("signing_key".into(), json!(null));
    }));
    // As on a new workstation: the store knows no secret.
    site.vault.forget(Label::ClientSecret).await.unwrap();
    let (provider, mutations) = (site.provider(), site.mutations());
    site.start().walk(refuse).await;
    assert_eq!(site.provider(), provider);
    assert_eq!(site.mutations(), mutations);
    let walked = site.walk().await;
    assert_eq!(walked.ending, Ending::LoginVerified);
    let kept = site.vault.get(Label::ClientSecret).await.unwrap().unwrap();
    assert_eq!(provider["client_secret"], kept.expose(), "its secret is taken over");
    assert_eq!(site.lab.authentik.providers().len(), 1);
}

/// Law 7: neither what is shown nor what is written holds a secret.
#[tokio::test]
async fn secrets_show_nowhere() {
    let site = Site::open().await;
    let walked = site.walk().await;
    let written = files(site.folder.path());
    assert!(written.contains("immich-oauth-provider"), "the files are there: {written}");
    for label in Label::ALL {
        let Some(secret) = site.vault.get(label).await.unwrap() else { continue };
        assert!(!walked.shown.contains(secret.expose()), "{label} was shown");
        assert!(!written.contains(secret.expose()), "{label} was written");
    }
}

/// Law 10.
#[tokio::test]
async fn one_run_at_a_time() {
    let site = Site::open().await;
    let mut first = site.start();
    first.asked(StepTopic::Apply(StepId::Provider)).await;
    let second = site.start().walk(confirm).await;
    let Ending::Failed(fault) = second.ending else { panic!("{:?}", second.ending) };
    assert!(fault.to_string().contains(&std::process::id().to_string()), "{fault}");
    assert_eq!(site.mutations(), 0);
    first.quit().await;
    assert_eq!(site.walk().await.ending, Ending::LoginVerified);
}
