//! Every field that the wizard compares, changed by hand behind its back: told,
//! put back, or kept in the profile where that has a value for it; and then there
//! is nothing to do. The cards say which fields there are, so that none can be
//! forgotten here.

use std::collections::BTreeSet;

use immich_sso::{
    site::ProfileFile,
    text,
    wizard::{Ending, RunTopic, StepId, StepTopic, Topic},
};
use serde_json::{Map, Value, json};
use testkit::said;
use testkit::said_with;

use crate::driver::{Site, confirm, in_words, pick};

/// A field, how somebody changes it, and whether the profile can say the same.
struct Case {
    step: StepId,
    name: &'static str,
    key: &'static str,
    value: Value,
    keeps: bool,
}

const fn case(step: StepId, name: &'static str, key: &'static str, value: Value) -> Case {
    Case { step, name, key, value, keeps: false }
}

impl Case {
    /// The field, as the opening names it.
    fn about(&self) -> String {
        format!("{}, {}", self.step.title(), said(self.name))
    }

    const fn kept(mut self) -> Self {
        self.keeps = true;
        self
    }
}

/// The other flow for consent, and the other one that ends sessions.
const CONSENT: &str = "default-provider-authorization-implicit-consent";
const LEAVING: &str = "default-invalidation-flow";

async fn cases(site: &Site) -> Vec<Case> {
    use StepId::{Application, Provider, Settings};
    let flow = async |slug: &str| site.flow(slug).await;
    let provider = site.provider();
    let mappings = provider["property_mappings"].as_array().unwrap();
    // All but the profile's claims.
    let fewer = Value::from(site.mappings_but("profile").await);
    assert!(fewer.as_array().unwrap().len() < mappings.len());
    let uris = provider["redirect_uris"].as_array().unwrap();
    let fewer_uris: Vec<&Value> = uris
        .iter()
        .filter(|entry| !entry["url"].as_str().unwrap().contains("photos.example.com"))
        .collect();
    assert!(fewer_uris.len() < uris.len());
    vec![
        case(Provider, "name", "name", json!("Photos")).kept(),
        case(Provider, "client type", "client_type", json!("public")),
        case(Provider, "client id", "client_id", json!("photos")).kept(),
        case(Provider, "client secret", "client_secret", json!("somebody-elses")),
        case(Provider, "authorization flow", "authorization_flow", flow(CONSENT).await).kept(),
        case(Provider, "invalidation flow", "invalidation_flow", flow(LEAVING).await).kept(),
        // There is one key; without it nothing could be kept.
        case(Provider, "signing key", "signing_key", Value::Null),
        case(Provider, "scope mappings", "property_mappings", fewer).kept(),
        case(Provider, "redirect URIs", "redirect_uris", json!(fewer_uris)).kept(),
        case(Provider, "grant types", "grant_types", json!([])),
        case(Provider, "encryption key", "encryption_key", provider["signing_key"].clone()),
        case(Provider, "issuer mode", "issuer_mode", json!("global")),
        case(Application, "name", "name", json!("Our photos")).kept(),
        // The whole application is another one then: see the renamed slug.
        case(Application, "slug", "slug", Value::Null),
        case(Application, "provider", "provider", Value::Null),
        case(Application, "launch URL", "meta_launch_url", json!("https://start.example.com"))
            .kept(),
        case(Settings, "login with OAuth", "enabled", json!(false)),
        case(Settings, "issuer URL", "issuerUrl", json!("https://auth.example.com/o/")),
        case(Settings, "client id", "clientId", json!("other")).kept(),
        case(Settings, "client secret", "clientSecret", json!("somebody-elses-too")),
        case(Settings, "scope", "scope", json!("openid email")).kept(),
        case(Settings, "button text", "buttonText", json!("Enter")).kept(),
        case(Settings, "auto register", "autoRegister", json!(false)).kept(),
        case(Settings, "auto launch", "autoLaunch", json!(true)).kept(),
        case(Settings, "storage label claim", "storageLabelClaim", json!("immich_label")).kept(),
        case(Settings, "signing algorithm", "signingAlgorithm", json!("ES256")),
        case(
            Settings,
            "token endpoint auth method",
            "tokenEndpointAuthMethod",
            json!("client_secret_basic"),
        )
        .kept(),
        case(Settings, "allow insecure requests", "allowInsecureRequests", json!(false)),
    ]
}

/// Changes a field as somebody does who does not use this program.
async fn change(site: &Site, case: &Case) {
    let put = |row: &mut Map<String, Value>| drop(row.insert(case.key.into(), case.value.clone()));
    match case.step {
        StepId::Provider => {
            let name = site.provider()["name"].as_str().unwrap().to_owned();
            assert!(site.lab.authentik.change_provider(&name, put));
        }
        StepId::Application => assert!(site.lab.authentik.change_application("immich", put)),
        _ => {
            let mut config = site.lab.immich.settings().unwrap();
            config["oauth"][case.key] = case.value.clone();
            site.put_settings(&config).await;
        }
    }
}

/// What is there now; lists in an order of their own, for authentik minds none.
fn live(site: &Site, case: &Case) -> Value {
    let mut value = stored(site, case);
    if let Some(items) = value.as_array_mut() {
        items.sort_by_key(Value::to_string);
    }
    value
}

fn stored(site: &Site, case: &Case) -> Value {
    match case.step {
        StepId::Provider => site.provider()[case.key].clone(),
        StepId::Application => site.lab.authentik.applications()[0][case.key].clone(),
        _ => site.oauth()[case.key].clone(),
    }
}

/// Walks; what it opened with, and the steps at which it was asked whether what
/// is there stays.
async fn walk(site: &Site, answer: char) -> (String, Vec<StepId>) {
    let (mut told, mut asked) = (String::new(), Vec::new());
    let walked = site
        .start()
        .walk(|prompt, now| {
            if matches!(
                prompt.topic,
                Topic::Run(RunTopic::StepsNeeded { changed: Some(_), .. } | RunTopic::NothingToDo)
            ) && told.is_empty()
            {
                told = format!(
                    "{}\n{}",
                    text::question(&prompt.topic),
                    in_words(&prompt.help).join("\n")
                );
            }
            if matches!(prompt.topic, Topic::Step(StepTopic::ChangedByHand(_))) {
                asked.push(now.here);
                return pick(prompt, answer);
            }
            confirm(prompt, now)
        })
        .await;
    assert_eq!(walked.ending, Ending::LoginVerified, "{told}");
    (told, asked)
}

async fn nothing_to_do(site: &Site, about: &str) {
    let before = site.mutations();
    let (told, _) = walk(site, 'p').await;
    assert!(told.starts_with(&*said("Nothing to do")), "{about}: {told}");
    assert_eq!(site.mutations(), before, "{about}");
}

async fn site() -> Site {
    let mut site = Site::of("2026.8.3", "3.2.2").await;
    site.profile.immich.other_urls = vec!["https://photos.example.com".into()];
    // What may be left out is compared once it is not.
    site.profile.settings.auto_launch = Some(false);
    site.profile.settings.storage_label_claim = Some("preferred_username".into());
    site
}

/// What the profile leaves out is the operator's: it is shown, never changed, and
/// nobody is asked about it.
#[tokio::test]
async fn what_the_profile_leaves_out_stays_as_somebody_set_it() {
    let site = Site::of("2026.8.3", "3.2.2").await;
    for (launches, claim) in [(true, "immich_label"), (false, "preferred_username")] {
        let mut config = site.lab.immich.settings().unwrap();
        config["oauth"]["autoLaunch"] = launches.into();
        config["oauth"]["storageLabelClaim"] = claim.into();
        site.put_settings(&config).await;
        site.walk().await;
        let oauth = site.oauth();
        assert_eq!(
            (&oauth["autoLaunch"], &oauth["storageLabelClaim"]),
            (&json!(launches), &json!(claim))
        );
        nothing_to_do(&site, claim).await;
    }
}

/// Everything that a card compares is in the table, and nothing else is.
#[tokio::test]
async fn the_table_names_every_field_that_is_compared() {
    let site = site().await;
    site.walk().await;
    // Not the glance: the cards are filled where it is looked at with care.
    assert!(site.lab.authentik.change_application("immich", |row| {
        row.insert("name".into(), json!("Other"));
    }));
    let walked = site.walk().await;
    let compared: BTreeSet<(String, String)> = walked
        .last
        .steps
        .iter()
        .flat_map(|step| {
            step.fields.iter().map(|row| (format!("{:?}", step.id), text::field(&row.id)))
        })
        .collect();
    let table: BTreeSet<(String, String)> = cases(&site)
        .await
        .iter()
        .map(|case| (format!("{:?}", case.step), said(case.name).into_owned()))
        .collect();
    assert_eq!(compared, table);
}

#[tokio::test]
async fn every_field_that_was_changed_by_hand_is_told_and_put_back() {
    let site = site().await;
    site.walk().await;
    for case in cases(&site).await.into_iter().filter(|case| case.name != "slug") {
        let before = live(&site, &case);
        change(&site, &case).await;
        let (told, asked) = walk(&site, 'p').await;
        let about = case.about();
        let named = match case.name {
            "client secret" => said("holds a client secret that is not ours").into_owned(),
            _ => said_with("{}: it is", &[&about]),
        };
        assert!(told.contains(&named), "{about}: {told}");
        assert_eq!(asked, if case.keeps { vec![case.step] } else { vec![] }, "{about}");
        assert_eq!(live(&site, &case), before, "{about}");
        nothing_to_do(&site, &about).await;
    }
}

#[tokio::test]
async fn what_the_profile_can_say_is_kept_where_that_is_wanted() {
    let mut site = site().await;
    site.walk().await;
    let original = site.profile.clone();
    for case in cases(&site).await.into_iter().filter(|case| case.keeps) {
        let about = case.about();
        change(&site, &case).await;
        let (_, asked) = walk(&site, 't').await;
        assert_eq!(asked[0], case.step, "{about}");
        let mut kept = case.value.clone();
        kept.as_array_mut().into_iter().for_each(|items| items.sort_by_key(Value::to_string));
        assert_eq!(live(&site, &case), kept, "{about}");
        let mut file: ProfileFile = site.setup().file;
        site.profile = file.load().unwrap().unwrap();
        assert_ne!(site.profile, original, "{about}");
        nothing_to_do(&site, &about).await;
        // Back to where it began, by the profile.
        site.profile = original.clone();
        let (_, asked) = walk(&site, 'p').await;
        assert_eq!(asked, [], "{about}: the profile was changed, not the servers");
    }
}
