//! What has to come of a run that was cut short: the next ones finish it, or
//! take it back, and both end in a state that verifies.

use immich_sso::{
    secret::{Label, Secret},
    wizard::{
        AccessTopic, Ending, Journal, Outcome, Record, RotationTopic, RunTopic, Setup, Topic,
        start, survey,
    },
};
use serde_json::Value;

use crate::{
    cases::After,
    driver::{Driver, Site, Stored, Walked},
    operator::answer,
    renewals, rotations,
    scenes::{ALICE, STALE, Scene},
};

/// What was so before the run that was cut short.
pub struct Before {
    pub stored: Stored,
    pub access: Vec<String>,
    pub journal: String,
    pub kept: Vec<(Label, Secret)>,
}

impl Before {
    pub async fn of(site: &Site) -> Self {
        Self {
            stored: site.stored().await,
            access: access(site),
            journal: site.journal(),
            kept: kept(site).await,
        }
    }

    /// The secret that was kept under a label.
    pub fn secret(&self, label: Label) -> Option<&Secret> {
        self.kept.iter().find(|(known, _)| *known == label).map(|(_, secret)| secret)
    }
}

/// Everything at both servers that gives access, by name.
pub fn access(site: &Site) -> Vec<String> {
    let authentik = &site.lab.authentik;
    let mut all = [
        authentik.usernames(),
        authentik.role_names(),
        authentik.group_names(),
        authentik.token_identifiers(),
        site.lab.immich.key_names(),
    ]
    .concat();
    all.sort();
    all
}

/// Everything in the secret store.
pub async fn kept(site: &Site) -> Vec<(Label, Secret)> {
    let mut kept = Vec::new();
    for label in Label::ALL {
        if let Some(secret) = site.vault.get(label).await.unwrap() {
            kept.push((label, secret));
        }
    }
    kept
}

/// Goes on as the case wants, and looks at what came of it.
///
/// # Errors
/// Says what is not as it must be.
pub async fn come_to(
    site: &Site,
    before: &Before,
    scene: Scene,
    after: After,
) -> Result<(), String> {
    nothing_doubled(site)?;
    no_secret_is_lost(site, before).await?;
    match scene {
        Scene::Rotate | Scene::OldRotate | Scene::RotateBack | Scene::Revoke => {
            rotations::come_to(site, before, scene, after == After::Finish).await?;
        }
        // To finish the way back is to have the old secret in use.
        Scene::Return => {
            rotations::come_to(site, before, scene, after == After::TakeBack).await?;
        }
        Scene::RemoveAccess => removed(site, after).await?,
        Scene::RenewToken | Scene::RenewKey => {
            renewals::come_to(site, before, scene, after).await?;
        }
        _ => set_up_or_undone(site, before, scene, after).await?,
    }
    nothing_is_open(site)
}

async fn set_up_or_undone(
    site: &Site,
    before: &Before,
    scene: Scene,
    after: After,
) -> Result<(), String> {
    settled(site).await;
    let undoes = matches!(scene, Scene::Undo | Scene::UndoAgain | Scene::UndoUnlink);
    // To finish an undo is to take back the rest, and the other way is to
    // set up again.
    if undoes == (after == After::Finish) {
        if has_something_to_take_back(&site.journal(), if undoes { "" } else { &before.journal }) {
            taken_back(site).await?;
        }
        let now = site.stored().await;
        match scene {
            Scene::Undo => empty(&now)?,
            Scene::UndoAgain => foreign_again(&now)?,
            Scene::Unlink | Scene::UndoUnlink => stale_again(site)?,
            _ => same(&before.stored, &now)?,
        }
        if scene == Scene::Access {
            access_is_removed(site, &before.access).await?;
        }
    }
    if undoes || after == After::Finish {
        finished(site, scene).await?;
    }
    Ok(())
}

/// Nothing of what gave access is left.
async fn access_is_removed(site: &Site, before: &[String]) -> Result<(), String> {
    let setup = Setup { purpose: Scene::RemoveAccess.purpose(), ..site.setup() };
    let (walk, _) = walked(site, setup, 'g').await;
    if !matches!(walk.ending, Ending::AccessRemoved(ref tally) if tally.left == 0) {
        return Err(format!("the removal ended with {:?}: {:#?}", walk.ending, walk.last.card()));
    }
    let now = access(site);
    if now == before { Ok(()) } else { Err(format!("access is {now:?}, and was {before:?}")) }
}

/// The next removal removes the rest; a set-up makes it new, once.
async fn removed(site: &Site, after: After) -> Result<(), String> {
    if after == After::Finish {
        let setup = Setup { purpose: Scene::RemoveAccess.purpose(), ..site.setup() };
        let (walk, _) = walked(site, setup, 'g').await;
        if !matches!(walk.ending, Ending::AccessRemoved(ref tally) if tally.left == 0) {
            return Err(format!("it ended with {:?}: {:#?}", walk.ending, walk.last.card()));
        }
        let left = access(site);
        let ours = left.iter().filter(|name| name.starts_with("immich-sso-")).count();
        if ours > 0 {
            return Err(format!("left: {left:?}"));
        }
    }
    finished(site, Scene::RemoveAccess).await?;
    let there = access(site);
    let ours = there.iter().filter(|name| name.starts_with("immich-sso-")).count();
    // Account, role, group, token and key.
    if ours == 5 { Ok(()) } else { Err(format!("there is {there:?}")) }
}

/// Both servers and the store hold the same secret, and looking again finds
/// nothing to do.
pub async fn verified(site: &Site) -> Result<(), String> {
    nothing_doubled(site)?;
    let secret = site.vault.get(Label::ClientSecret).await.unwrap().ok_or("no secret is kept")?;
    let held = (site.provider()["client_secret"].clone(), site.oauth()["clientSecret"].clone());
    if held.0 != secret.expose() || held.1 != secret.expose() {
        return Err("the three do not hold the same secret".into());
    }
    site.log_in().await?;
    let (mutations, journal) = (site.mutations(), site.journal());
    let looked = survey(site.setup()).await.map_err(|fault| fault.to_string())?;
    if !looked.plan_file().is_empty() {
        return Err(format!("there is still to do: {:?}", looked.plan_file().text()));
    }
    if site.mutations() != mutations || site.journal() != journal {
        return Err("looking changed something".into());
    }
    Ok(())
}

/// The next run finishes; the one after has nothing to do.
async fn finished(site: &Site, scene: Scene) -> Result<(), String> {
    let walked = site.start().walk(answer(site, 'g')).await;
    let has_worked = match scene {
        // Immich 1.105 lists no sessions: a repeated login is likely at most.
        Scene::OldSetUp => walked.login_worked(),
        _ => walked.ending == Ending::LoginVerified,
    };
    if !has_worked {
        return Err(format!("it ended with {:?}: {:#?}", walked.ending, walked.last.card()));
    }
    verified(site).await
}

/// Whether it is asked of somebody who gives access.
const fn gives_access(topic: &Topic) -> bool {
    matches!(
        topic,
        Topic::Access(
            AccessTopic::TokenLife
                | AccessTopic::HowToWork(_)
                | AccessTopic::UserName
                | AccessTopic::SecondFactor
                | AccessTopic::Email
                | AccessTopic::PasswordOf { .. }
                | AccessTopic::MakeToken
                | AccessTopic::MakeKey
        )
    )
}

/// A run that only looks what became of what was begun, and is left.
async fn settled(site: &Site) {
    let mut driver = site.start();
    while let Some(prompt) = driver.asked_or_ended().await {
        let now = driver.now();
        if !gives_access(&prompt.topic)
            && !matches!(
                prompt.topic,
                Topic::Run(RunTopic::CutShort { .. } | RunTopic::CutShortUnseen)
            )
        {
            break;
        }
        driver.answer(&prompt, answer(site, 'g')(&prompt, &now));
        driver.past(&prompt).await;
    }
    driver.leave().await;
}

/// Whether the last run that was no undo did anything that is not taken back,
/// and is none of the runs in `earlier`.
fn has_something_to_take_back(journal: &str, earlier: &str) -> bool {
    let lines: Vec<Value> =
        journal.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let begins = || lines.iter().filter(|line| line["entry"] == "begin");
    let done = |begin: &Value| {
        let mut ends =
            lines.iter().filter(|line| line["entry"] == "end" && line["of"] == begin["seq"]);
        ends.next_back().is_some_and(|end| end["outcome"]["how"] == "done")
    };
    let is_undo = |begin: &Value| !begin["effect"]["undoes"].is_null();
    let Some(last) = begins().rfind(|begin| !is_undo(begin)) else { return false };
    if earlier.contains(last["run"].as_str().unwrap()) {
        return false;
    }
    begins().any(|begin| {
        let kind = begin["effect"]["body"]["effect"].as_str().unwrap_or_default();
        begin["run"] == last["run"]
            && !["set-secret-aside", "restart", "access", "make-token", "make-key"].contains(&kind)
            && done(begin)
            && !begins().any(|undo| undo["effect"]["undoes"] == begin["seq"] && done(undo))
    })
}

/// Takes back what there is to take back of the last run.
async fn taken_back(site: &Site) -> Result<(), String> {
    let mut told = String::new();
    let answer = answer(site, 'g');
    let walked = Driver::of(start(site.undoing()))
        .walk(|prompt, now| {
            told.push_str(&format!("[{:?}] ", prompt.topic));
            answer(prompt, now)
        })
        .await;
    match walked.ending {
        Ending::TakenBack(tally) if tally.left == 0 => Ok(()),
        other => Err(format!("the undo ended with {other:?}: {told}")),
    }
}

/// Walks a run of that purpose to its end.
pub async fn walked(site: &Site, setup: Setup, way: char) -> (Walked, bool) {
    let mut told = false;
    let answer = answer(site, way);
    let walked = Driver::of(start(setup))
        .walk(|prompt, now| {
            told |= matches!(
                prompt.topic,
                Topic::Rotation(
                    RotationTopic::Unfinished
                        | RotationTopic::Interrupted
                        | RotationTopic::RenewalUnfinished { .. }
                )
            );
            answer(prompt, now)
        })
        .await;
    (walked, told)
}

fn nothing_doubled(site: &Site) -> Result<(), String> {
    let count = (site.lab.authentik.providers().len(), site.lab.authentik.applications().len());
    if count.0 > 1 || count.1 > 1 { Err(format!("doubled: {count:?}")) } else { Ok(()) }
}

/// What a server holds now, and what was kept before, is kept now; but for what
/// an undo forgot on purpose.
async fn no_secret_is_lost(site: &Site, before: &Before) -> Result<(), String> {
    let now = kept(site).await;
    let is_kept = |secret: &str| now.iter().any(|(_, kept)| kept.expose() == secret);
    let sides = [site.provider()["client_secret"].clone(), site.oauth()["clientSecret"].clone()];
    let theirs = ["somebody-elses", "yet-another"];
    for side in sides.iter().filter_map(Value::as_str) {
        let was = [
            before.stored.providers.first().map(|row| row["client_secret"].clone()),
            Some(before.stored.settings["oauth"]["clientSecret"].clone()),
        ];
        let was_there = was.iter().flatten().any(|was| was == side);
        if !side.is_empty() && !is_kept(side) && !was_there && !theirs.contains(&side) {
            return Err("a server holds a secret that nobody keeps".into());
        }
    }
    Ok(())
}

/// Nobody has to wonder any more how something ended.
fn nothing_is_open(site: &Site) -> Result<(), String> {
    let entries = Journal::read(&site.folders().journal("test")).map_err(|f| f.to_string())?;
    for entry in &entries {
        let Record::Begin { effect, .. } = &entry.record else { continue };
        let ended = entries.iter().any(|other| {
            matches!(&other.record, Record::End { of, outcome } if *of == entry.seq
                && !matches!(outcome, Outcome::Unknown { .. }))
        });
        if !ended {
            return Err(format!("nobody knows what became of: {}", effect.what));
        }
    }
    Ok(())
}

fn same(before: &Stored, after: &Stored) -> Result<(), String> {
    let mut wrong = Vec::new();
    if before.providers != after.providers {
        wrong.push(format!("providers {:?} were {:?}", after.providers, before.providers));
    }
    if before.applications != after.applications {
        wrong.push("applications".to_owned());
    }
    if before.settings != after.settings {
        wrong.push("Immich's settings".to_owned());
    }
    if before.secret != after.secret {
        wrong.push(format!("the kept secret: {:?} was {:?}", after.secret, before.secret));
    }
    if wrong.is_empty() { Ok(()) } else { Err(format!("not as before: {}", wrong.join(", "))) }
}

fn empty(now: &Stored) -> Result<(), String> {
    let is_empty = now.providers.is_empty() && now.applications.is_empty() && now.secret.is_none();
    let off = now.settings["oauth"]["enabled"] == false;
    if is_empty && off { Ok(()) } else { Err("something of the set-up is left".into()) }
}

/// What the account was linked to before anybody ended that.
fn stale_again(site: &Site) -> Result<(), String> {
    let users = site.lab.immich.users();
    let stale = users.iter().any(|user| user["email"] == ALICE && user["oauthId"] == STALE);
    if stale { Ok(()) } else { Err(format!("the link is not back: {users:?}")) }
}

fn foreign_again(now: &Stored) -> Result<(), String> {
    let theirs = now.providers[0]["client_secret"] == "somebody-elses"
        && now.settings["oauth"]["clientSecret"] == "yet-another";
    if theirs { Ok(()) } else { Err("what somebody else had set is not back".into()) }
}
