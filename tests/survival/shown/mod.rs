//! What is shown is what is sent: in every run of the matrix, what the lab got
//! between a decision and the next question is what the detail view of the plan
//! showed, with its holes filled; and nothing else that changes anything.

mod came;
mod holes;
mod wants;

use std::{collections::BTreeSet, fs};

use futures::{FutureExt, StreamExt, stream};
use immich_sso::{
    authentik::{AccessPart, Client},
    immich::RouteKind,
    net::{Hole, Http, Trust},
    secret::{Label, Secret},
    site::System,
    text,
    wizard::{
        PlanView, PromptKind, Purpose, Setup,
        effect::{Effect, Inverse, RotationEffect},
        start,
    },
};
use immich_sso_lab::Settings;
use serde_json::{Value, json};

use crate::{
    cases::Over,
    driver::{Driver, Site},
    matrix::{SCENES, names},
    operator::answer,
    rows::kind,
    scenes::Scene,
};
use came::{Came, Mark};
use holes::Holes;
use wants::{Want, wants};

/// What an effect is proved by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Proof {
    /// It sends nothing: it is about the secret store, or the operator does it.
    Nothing,
    /// It reads the secret that it keeps.
    Read,
    /// Requests.
    Requests,
    /// A change of settings by a route.
    Settings(RouteKind),
    /// A command.
    Command,
}

/// What proves an effect: each has its answer here.
const fn proof(effect: &Effect) -> Proof {
    match effect {
        Effect::GenerateSecret
        | Effect::SetSecretAside { .. }
        | Effect::Restart { by_hand: true, .. } => Proof::Nothing,
        Effect::AdoptSecret { .. } => Proof::Read,
        Effect::CreateProvider { .. }
        | Effect::ChangeProvider { .. }
        | Effect::CreateApplication { .. }
        | Effect::ChangeApplication { .. }
        | Effect::Access(
            AccessPart::MakeAccount { .. }
            | AccessPart::MakeRole { .. }
            | AccessPart::MakeGroup { .. },
        )
        | Effect::MakeToken { .. }
        | Effect::MakeKey { .. } => Proof::Requests,
        Effect::WriteSettings { route, .. } => Proof::Settings(*route),
        Effect::Unlink { .. } | Effect::Restart { by_hand: false, .. } => Proof::Command,
        Effect::TakeBack { inverse, .. } => match inverse {
            Inverse::ForgetSecret { .. } => Proof::Nothing,
            Inverse::DeleteProvider { .. }
            | Inverse::RestoreProvider { .. }
            | Inverse::DeleteApplication { .. }
            | Inverse::RestoreApplication { .. }
            | Inverse::DeleteAccount { .. }
            | Inverse::DeleteRole { .. }
            | Inverse::DeleteGroup { .. }
            | Inverse::DeleteToken { .. }
            | Inverse::DeleteKey { .. } => Proof::Requests,
            Inverse::RestoreSettings { route, .. } => Proof::Settings(*route),
            Inverse::Relink { .. } => Proof::Command,
        },
        Effect::Rotation(effect) => match effect {
            RotationEffect::Create
            | RotationEffect::Recall { .. }
            | RotationEffect::Promote { .. }
            | RotationEffect::Drop { .. } => Proof::Nothing,
            RotationEffect::SwitchAuthentik { .. }
            | RotationEffect::Revoke { .. }
            | RotationEffect::DeleteToken { .. }
            | RotationEffect::DeleteKey { .. } => Proof::Requests,
            RotationEffect::SwitchImmich { route, .. } => Proof::Settings(*route),
        },
    }
}

/// Whether that is what the view of an effect shows.
fn is_shown(proof: Proof, wants: &[Want]) -> bool {
    let requests = wants.iter().filter(|want| matches!(want, Want::Request(_))).count();
    let commands = wants.len() - requests;
    match proof {
        Proof::Nothing => wants.is_empty(),
        Proof::Read => wants.len() == 1 && requests == 1,
        Proof::Requests => requests > 0 && commands == 0,
        Proof::Settings(RouteKind::Api) => requests == 2 && commands == 0,
        Proof::Settings(_) | Proof::Command => requests == 0 && commands > 0,
    }
}

/// How settings are kept in a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kept {
    Api,
    Database,
    OldDatabase,
    Yaml,
    Json,
}

/// What was proved: an effect, and by which route if that matters.
type Proved = BTreeSet<(String, Option<Kept>)>;

/// A plan that was confirmed.
struct Confirmed {
    plan: PlanView,
    mark: Mark,
    secrets: Vec<(Label, Secret)>,
}

async fn kept(site: &Site) -> Vec<(Label, Secret)> {
    let mut all = Vec::new();
    for label in Label::ALL {
        all.extend(site.vault.get(label).await.unwrap().map(|secret| (label, secret)));
    }
    all
}

impl Confirmed {
    /// What may go into the holes, now that it was performed.
    async fn holes(&self, site: &Site) -> Holes {
        let mut holes = Holes::default();
        for (label, secret) in self.secrets.iter().chain(&kept(site).await) {
            holes.may(Hole::Secret(*label), secret.expose());
        }
        for row in site.lab.authentik.providers() {
            let client_id = row["client_id"].as_str().unwrap().to_owned();
            holes.may(Hole::Provider { client_id }, row["pk"].clone());
        }
        if let Some(path) = site.lab.immich.storage().file() {
            holes.may(Hole::ConfigFile, path.display().to_string());
        }
        for name in [".immich-sso-kept", ""] {
            holes.may(Hole::CopyName, name);
        }
        for how in ["move", "within"] {
            holes.may(Hole::MoveOrWithin, how);
        }
        let url = site.lab.authentik.url().parse().unwrap();
        let http = Http::new(System::Authentik, url, &Trust::default()).unwrap();
        let admin = Client::new(http, Some(Secret::new(site.lab.authentik.admin_token())));
        for view in &self.plan.effects {
            match &view.effect {
                Effect::Access(AccessPart::MakeAccount { name, .. }) => {
                    let made = admin.account_named(name).await.unwrap().unwrap();
                    holes.may(Hole::Account, made.pk);
                }
                Effect::Access(AccessPart::MakeRole { name, .. }) => {
                    holes.may(Hole::Role, admin.role_named(name).await.unwrap().unwrap().pk);
                }
                _ => {}
            }
        }
        holes
    }

    /// Holds all that came against all that was shown.
    async fn hold(self, site: &Site, route: Kept, proved: &mut Proved) -> Result<(), String> {
        let mut holes = self.holes(site).await;
        let mut came = Came::since(self.mark, site);
        for view in &self.plan.effects {
            let (wants, proof) = (wants(&view.exact), proof(&view.effect));
            let body = json!(view.effect);
            let name = kind(&body).unwrap().to_owned();
            if !is_shown(proof, &wants) {
                return Err(format!("{name}: {proof:?} is not what is shown: {wants:#?}"));
            }
            for want in &wants {
                is_in_the_view(want, &text::exact(&view.exact))?;
                came.take(want, &mut holes).map_err(|why| format!("{name}: {why}"))?;
            }
            let of_route = matches!(proof, Proof::Settings(_)).then_some(route);
            proved.insert((name, of_route));
        }
        came.is_nothing()
    }
}

/// Whether the text of a view has what it says will be sent.
fn is_in_the_view(want: &Want, view: &str) -> Result<(), String> {
    let mut all = Vec::new();
    match want {
        Want::Request(request) => {
            all.push(format!("{} {}", request.method, text::template(&request.url)));
            if let wants::Body::Json(body) | wants::Body::Settings(body) = &request.body {
                all.push(text::template(body));
            }
        }
        Want::Command(command) => {
            all.push(text::template(&command.line));
            match &command.reads {
                wants::Reads::Nothing => {}
                wants::Reads::Text(shown) | wants::Reads::File { fields: shown, .. } => {
                    all.push(text::template(shown).trim_end().to_owned());
                }
            }
        }
    }
    match all.iter().find(|text| !view.contains(*text)) {
        Some(text) => Err(format!("the view lacks {text:?}: {view}")),
        None => Ok(()),
    }
}

/// Walks a run, and holds each plan against what came of it.
async fn hold_run(
    site: &Site,
    purpose: Purpose,
    way: char,
    route: Kept,
    proved: &mut Proved,
) -> Result<(), String> {
    let mut driver = Driver::of(start(Setup { purpose, ..site.setup() }));
    let mut confirmed: Option<Confirmed> = None;
    let mut mark = Mark::at(site);
    while let Some(prompt) = driver.asked_or_ended().await {
        match confirmed.take() {
            Some(confirmed) => confirmed.hold(site, route, proved).await?,
            // Copies are deleted where that is answered, with their names at hand.
            None => Came::since(mark, site).is_nothing()?,
        }
        let now = driver.now();
        if let PromptKind::Decide { plan } = &prompt.kind {
            let (plan, secrets) = (plan.clone(), kept(site).await);
            confirmed = Some(Confirmed { plan, mark: Mark::at(site), secrets });
        }
        mark = Mark::at(site);
        driver.answer(&prompt, answer(site, way)(&prompt, &now));
        driver.past(&prompt).await;
    }
    match confirmed.take() {
        Some(confirmed) => confirmed.hold(site, route, proved).await,
        None => Came::since(mark, site).is_nothing(),
    }
}

/// A run of the matrix.
async fn hold_scene(scene: Scene, settings: Settings) -> Result<Proved, String> {
    let (site, _) = scene.open(settings, Over::Http1).await;
    let route = match settings {
        _ if matches!(scene, Scene::OldSetUp | Scene::OldRotate) => Kept::OldDatabase,
        Settings::Api => Kept::Api,
        Settings::Database => Kept::Database,
        Settings::ConfigFile => Kept::Yaml,
    };
    let mut proved = Proved::new();
    hold_run(&site, scene.purpose(), scene.way(), route, &mut proved).await?;
    Ok(proved)
}

/// A set-up and a rotation of an Immich whose config file is JSON, and its undo;
/// the same with the rows of an old one.
async fn hold_other_stores(route: Kept) -> Result<Proved, String> {
    let (scene, settings) = match route {
        Kept::OldDatabase => (Scene::OldSetUp, Settings::Database),
        _ => (Scene::SetUp, Settings::ConfigFile),
    };
    let (site, _) = scene.open(settings, Over::Http1).await;
    if let Some(path) = site.lab.immich.storage().file() {
        let yaml: Value = serde_saphyr::from_str(&fs::read_to_string(path).unwrap()).unwrap();
        fs::write(path, format!("{yaml:#}\n")).unwrap();
    }
    let mut proved = Proved::new();
    for purpose in [Purpose::SetUp, Scene::Rotate.purpose(), Purpose::Undo] {
        hold_run(&site, purpose, 'g', route, &mut proved).await?;
    }
    Ok(proved)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_sent_is_what_was_shown() {
    let only = std::env::var("IMMICH_SSO_SHOWN_ONLY").unwrap_or_default();
    let scenes = SCENES.into_iter().map(|(scene, settings)| {
        (format!("{}, {settings:?}", scene.name()), hold_scene(scene, settings).boxed())
    });
    let stores = [Kept::Json, Kept::OldDatabase]
        .into_iter()
        .map(|route| (format!("{route:?}"), hold_other_stores(route).boxed()));
    let runs = scenes.chain(stores).filter(|(name, _)| name.contains(&only));
    let results: Vec<_> = stream::iter(runs)
        .map(|(name, run)| async move { (name, tokio::spawn(run).await) })
        .buffer_unordered(6)
        .collect()
        .await;
    let (mut proved, mut bad) = (Proved::new(), Vec::new());
    for (name, result) in results {
        match result {
            Ok(Ok(of_run)) => proved.extend(of_run),
            Ok(Err(why)) => bad.push(format!("{name}: {why}")),
            Err(died) => bad.push(format!("{name}: it died: {died}")),
        }
    }
    assert!(bad.is_empty(), "{} runs:\n{}", bad.len(), bad.join("\n"));
    let kinds: BTreeSet<String> = proved.iter().map(|(name, _)| name.clone()).collect();
    if only.is_empty() {
        assert_eq!(kinds, names().await, "each effect is in some run");
        for name in ["write-settings", "restore-settings", "switch-immich"] {
            for route in [Kept::Api, Kept::Database, Kept::OldDatabase, Kept::Yaml, Kept::Json] {
                assert!(proved.contains(&(name.to_owned(), Some(route))), "{name}: {route:?}");
            }
        }
    }
}
