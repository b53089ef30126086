//! One case: a run is cut short by a fault at one effect, and what comes after.

use immich_sso::{
    lab::Settings,
    secret::Label,
    wizard::{Answer, Ending, Prompt, PromptKind, Snapshot, start, survey},
};

use serde_json::Value;

use crate::{
    driver::{Driver, Site, Stored, confirm, pick},
    faults::{self, Lockable, Trouble, Way},
    scenes::Scene,
};

/// How it goes on afterwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum After {
    Finish,
    TakeBack,
}

/// See the module.
#[derive(Clone, Copy, Debug)]
pub struct Case {
    pub scene: Scene,
    pub settings: Settings,
    pub effect: &'static str,
    pub way: Way,
    pub trouble: Trouble,
    pub after: After,
}

/// What a case came to.
#[derive(Debug, PartialEq, Eq)]
pub enum Came {
    /// To an end that verifies.
    Well,
    /// The fault did not come about: the effect was not reached.
    Missed,
}

impl Case {
    /// Runs it.
    ///
    /// # Errors
    /// Says what is not as it must be.
    pub async fn run(self) -> Result<Came, String> {
        let (site, store) = self.scene.open(self.settings).await;
        let (before, journal) = (site.stored().await, site.journal());
        if !self.cut_short(&site, &store).await {
            return Ok(Came::Missed);
        }
        nothing_doubled(&site)?;
        settled(&site).await;
        let undoes = matches!(self.scene, Scene::Undo | Scene::UndoAgain);
        // To finish an undo is to take back the rest, and the other way is to
        // set up again.
        if undoes == (self.after == After::Finish) {
            if has_something_to_take_back(&site.journal(), if undoes { "" } else { &journal }) {
                taken_back(&site).await?;
            }
            let now = site.stored().await;
            match self.scene {
                Scene::SetUp | Scene::Again => same(&before, &now)?,
                Scene::Undo => empty(&now)?,
                Scene::UndoAgain => foreign_again(&now)?,
            }
        }
        if undoes || self.after == After::Finish {
            finished(&site).await?;
        }
        Ok(Came::Well)
    }

    /// Walks until the fault came about, and leaves. `false`: it never did.
    async fn cut_short(self, site: &Site, store: &Lockable) -> bool {
        let setup = immich_sso::wizard::Setup { purpose: self.scene.purpose(), ..site.setup() };
        let mut driver = Driver::of(start(setup));
        let mut armed = false;
        loop {
            let asked = driver.asked_or_ended().await;
            let Some(prompt) = asked else { break };
            let now = driver.now();
            let question = prompt.question.as_str();
            let failed = ["did not work", "cannot be taken back", "cannot go on"]
                .iter()
                .any(|part| question.contains(part));
            if armed && failed {
                break;
            }
            if let PromptKind::Decide { .. } = prompt.kind {
                let plan = now.card().and_then(|card| card.plan.clone());
                let here = plan.is_some_and(|plan| {
                    plan.effects.iter().any(|effect| effect.summary.starts_with(self.effect))
                });
                if here && !armed {
                    armed = true;
                    faults::arm(site, store, &self.way, self.trouble);
                }
            }
            let answer = answer(&prompt, &now);
            driver.answer(&prompt, answer);
            driver.past(&prompt).await;
        }
        driver.leave().await;
        if self.trouble.kills() {
            faults::kill_leaves(site);
        }
        if self.trouble == Trouble::JournalUnwritable {
            faults::mend_journal(site);
        }
        armed
    }
}

/// Confirms everything and goes on without a login.
fn answer(prompt: &Prompt, now: &Snapshot) -> Answer {
    if prompt.question.contains("changed since that run") {
        return pick(prompt, 'b');
    }
    confirm(prompt, now)
}

/// The next run finishes; the one after has nothing to do.
async fn finished(site: &Site) -> Result<(), String> {
    let walked = site.start().walk(answer).await;
    if walked.ending != Ending::LoginVerified {
        return Err(format!("it ended with {:?}", walked.ending));
    }
    nothing_doubled(site)?;
    let secret = site.vault.get(Label::ClientSecret).await.unwrap().ok_or("no secret is kept")?;
    let held = (site.provider()["client_secret"].clone(), site.oauth()["clientSecret"].clone());
    if held.0 != secret.expose() || held.1 != secret.expose() {
        return Err("the three do not hold the same secret".into());
    }
    // Running again would do nothing.
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

/// A run that only looks what became of what was begun, and is left.
async fn settled(site: &Site) {
    let mut driver = site.start();
    while let Some(prompt) = driver.asked_or_ended().await {
        if !prompt.question.contains("cut short") {
            break;
        }
        driver.answer(&prompt, pick(&prompt, 'g'));
        driver.past(&prompt).await;
    }
    driver.leave().await;
}

/// Whether the last run that was no undo did anything that is not taken back,
/// and is none of the runs in `earlier`.
fn has_something_to_take_back(journal: &str, earlier: &str) -> bool {
    let lines: Vec<Value> =
        journal.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
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
            && !["set-secret-aside", "restart"].contains(&kind)
            && done(begin)
            && !begins().any(|undo| undo["effect"]["undoes"] == begin["seq"] && done(undo))
    })
}

/// Takes back what there is to take back of the last run.
async fn taken_back(site: &Site) -> Result<String, String> {
    let mut told = String::new();
    let driver = Driver::of(start(site.undoing()));
    let walked = driver
        .walk(|prompt, now| {
            told.push_str(&format!("[{}] ", prompt.question));
            answer(prompt, now)
        })
        .await;
    match walked.ending {
        Ending::TakenBack(tally) if tally.left == 0 => Ok(told),
        other => Err(format!("the undo ended with {other:?}: {told}")),
    }
}

fn nothing_doubled(site: &Site) -> Result<(), String> {
    let count = (site.lab.authentik.providers().len(), site.lab.authentik.applications().len());
    if count.0 > 1 || count.1 > 1 { Err(format!("doubled: {count:?}")) } else { Ok(()) }
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

fn foreign_again(now: &Stored) -> Result<(), String> {
    let theirs = now.providers[0]["client_secret"] == "somebody-elses"
        && now.settings["oauth"]["clientSecret"] == "yet-another";
    if theirs { Ok(()) } else { Err("what somebody else had set is not back".into()) }
}
