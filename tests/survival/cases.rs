//! One case: a run is cut short by a fault at one effect, and what comes after.

use std::{fmt, fs};

use immich_sso::{
    secret::Vault,
    wizard::{PromptKind, Setup, start},
};
use immich_sso_lab::Settings;
use serde_json::{Value, json};

use crate::{
    driver::{Driver, Site},
    ends::{self, Before},
    faults::{self, Trouble, Way},
    operator::answer,
    real::{self, Program},
    rows::Row,
    scenes::Scene,
    store::Lockable,
};

/// How it goes on afterwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum After {
    /// What was begun is finished.
    Finish,
    /// It is taken back.
    TakeBack,
}

/// See the module.
#[derive(Clone, Copy, Debug)]
pub struct Case {
    pub scene: Scene,
    pub settings: Settings,
    pub row: Row,
    pub trouble: Trouble,
    pub after: After,
    pub over: Over,
}

/// What the servers are spoken to over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Over {
    /// HTTP/1.1 without TLS.
    Http1,
    /// HTTP/2.
    Http2,
}

impl Case {
    /// The row of the table that it is in.
    pub fn row(&self) -> String {
        let route = match self.settings {
            Settings::Api => "",
            Settings::Database => ", database",
            Settings::ConfigFile => ", config file",
        };
        let write = match self.row.way {
            Way::Store(nth @ 2..) => format!(", write {nth} to the store"),
            Way::Store(_) if self.row.kind.starts_with("make-") => ", kept".to_owned(),
            _ => String::new(),
        };
        format!("{}{route}: {} …{write}", self.scene.name(), self.row.what.trim())
    }
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} / {} / {:?}", self.row(), self.trouble, self.after)
    }
}

/// How often a kill that comes too late is tried altogether.
const KILLS: usize = 3;

/// What a case came to.
#[derive(Debug, PartialEq, Eq)]
pub enum Came {
    /// To an end that verifies.
    Well,
    /// The fault did not come about, or did not meet the effect.
    Missed(String),
}

impl Case {
    /// Runs it. Where a process is killed from outside, the kill races with the
    /// process: one that came too late is tried again.
    ///
    /// # Errors
    /// Says what is not as it must be.
    pub async fn run(self) -> Result<Came, String> {
        for _ in 1..KILLS {
            match self.run_once().await? {
                Came::Missed(why) if self.trouble.takes_a_process() => {
                    println!("{self}: missed, tried again: {why}");
                }
                came => return Ok(came),
            }
        }
        self.run_once().await
    }

    async fn run_once(self) -> Result<Came, String> {
        let (mut site, store) = self.scene.open(self.settings, self.over).await;
        let before = Before::of(&site).await;
        let met = if self.trouble.takes_a_process() {
            let met = self.cut_short_for_real(&mut site).await;
            real::from_file(&mut site, Vault::of(Lockable::default())).await;
            met
        } else {
            self.cut_short(&site, &store).await
        };
        if let Err(why) = met.and_then(|()| self.met(&site, &before)) {
            return Ok(Came::Missed(why));
        }
        if self.row.kind == "make-token" && self.trouble == Trouble::ClockBack {
            // No token can be made for a time that is over: it is set right.
            site.clock.jump(faults::FAR);
        }
        ends::come_to(&site, &before, self.scene, self.after).await?;
        Ok(Came::Well)
    }

    /// Whether the fault came to the effect that it is meant for, by the
    /// journal: it was begun, and where the journal had no room, nothing of it
    /// is there.
    fn met(self, site: &Site, before: &Before) -> Result<(), String> {
        let journal = site.journal();
        let new: Vec<Value> = journal
            .lines()
            .skip(before.journal.lines().count())
            .filter_map(|line| serde_json::from_str(line).ok())
            .collect();
        let begun = new
            .iter()
            .filter(|line| line["entry"] == "begin")
            .find(|line| self.row.is(&line["effect"]["body"]));
        let ended = |begun: &Value| {
            new.iter().any(|line| line["entry"] == "end" && line["of"] == begun["seq"])
        };
        match (self.trouble, begun) {
            (Trouble::JournalFullBefore, None) => {
                let first = new.iter().filter(|line| line["entry"] == "begin").count();
                if self.row.kind == "switch-immich" && first == 0 {
                    return Err("the write before it was not announced".into());
                }
                Ok(())
            }
            (Trouble::JournalFullBefore, Some(_)) => Err(format!("it was begun: {new:#?}")),
            (_, None) => Err(format!("it was not begun: {new:#?}")),
            (Trouble::JournalFullAfter, Some(begun)) if ended(begun) => {
                Err(format!("how it ended was written: {new:#?}"))
            }
            (_, Some(begun)) => {
                let what = begun["effect"]["what"].as_str().unwrap();
                assert!(what.starts_with(&self.row.begins()), "{begun:#}");
                Ok(())
            }
        }
    }

    /// Walks in this process until the fault came about, and leaves.
    async fn cut_short(self, site: &Site, store: &Lockable) -> Result<(), String> {
        let setup = Setup { purpose: self.scene.purpose(), ..site.setup() };
        let mut driver = Driver::of(start(setup));
        let mut armed = false;
        while let Some(prompt) = driver.asked_or_ended().await {
            let now = driver.now();
            if armed && prompt.refused.is_some() {
                break;
            }
            if let PromptKind::Decide { .. } = prompt.kind {
                let plan = now.card().and_then(|card| card.plan.clone());
                let here = plan.is_some_and(|plan| {
                    let mut bodies = plan.effects.iter().map(|view| json!(view.effect));
                    bodies.any(|body| self.row.is(&body))
                });
                if here && !armed {
                    armed = true;
                    match self.trouble {
                        Trouble::ClockAhead | Trouble::ClockBack => {
                            let authentiks = self.scene.has_lasting_access();
                            faults::set_clock(site, self.trouble, authentiks);
                        }
                        trouble => faults::arm(site, store, &self.row.way, trouble),
                    }
                }
            }
            driver.answer(&prompt, answer(site, self.scene.way())(&prompt, &now));
            driver.past(&prompt).await;
        }
        driver.leave().await;
        if armed { Ok(()) } else { Err("it was not planned".into()) }
    }

    /// The same with the real program.
    async fn cut_short_for_real(self, site: &mut Site) -> Result<(), String> {
        let secrets = real::to_file(site).await;
        let site = &*site;
        let mut program = Program::start_on(site, self.scene.command(), self.scene.way());
        let begins = self.row.begins();
        let decision = loop {
            match program.look().await {
                Ok(Some(asked)) if asked.decides && asked.told.contains(&begins) => {
                    break asked;
                }
                Ok(Some(asked)) => program.answer(&asked),
                Ok(None) => {}
                Err(written) => return Err(format!("it was not planned: {written}")),
            }
        };
        let path = site.folders().journal("test");
        let size = || fs::metadata(&path).map_or(0, |file| file.len());
        let begun = || {
            let text = site.journal();
            // What comes after the last end of a line is being written.
            let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
            let last = whole.lines().rfind(|line| line.contains(r#""entry":"begin""#));
            last.is_some_and(|line| {
                let line: Value = serde_json::from_str(line).unwrap();
                self.row.is(&line["effect"]["body"])
            })
        };
        // The store's file is another one after each write.
        let (mut last, mut writes) = (fs::read(&secrets).unwrap_or_default(), 0);
        let mut written = |wanted: usize| {
            let now = fs::read(&secrets).unwrap_or_default();
            if now != last {
                writes += 1;
                last = now;
            }
            writes >= wanted
        };
        match (self.trouble, self.row.way) {
            (Trouble::KilledBefore, Way::Store(1)) => {
                program.answer(&decision);
                program.until(begun).await?;
            }
            (Trouble::KilledBefore | Trouble::KilledAfter, Way::Store(nth)) => {
                let wanted = nth - usize::from(self.trouble == Trouble::KilledBefore);
                program.answer(&decision);
                program.until(|| begun() && written(wanted)).await?;
            }
            (Trouble::KilledBefore | Trouble::KilledAfter, way) => {
                let gate = faults::hold(site, &way, self.trouble == Trouble::KilledAfter);
                program.answer(&decision);
                program.until_at(&gate).await?;
            }
            (Trouble::JournalFullBefore, _) => {
                // Both writes of a rotation are announced before either.
                let first = if self.row.kind == "switch-immich" { FIRST_OF_TWO } else { 0 };
                program.has_room_for(size() + first + TORN);
                program.answer(&decision);
                return left(program).await;
            }
            (_, Way::Store(_)) => {
                program.answer(&decision);
                program.until(begun).await?;
                program.has_room_for(size() + TORN);
                return left(program).await;
            }
            (_, way) => {
                let gate = faults::hold(site, &way, true);
                program.answer(&decision);
                program.until_at(&gate).await?;
                program.has_room_for(size() + TORN);
                gate.open();
                return left(program).await;
            }
        }
        program.kill();
        Ok(())
    }
}

/// There is room for a piece of a line, not for all of it.
const TORN: u64 = 10;

/// More than the line of one write of a rotation, and less than of both.
const FIRST_OF_TWO: u64 = 600;

/// Leaves at the first question that comes of it, if it does not end by itself.
async fn left(mut program: Program<'_>) -> Result<(), String> {
    loop {
        match program.look().await {
            Ok(Some(asked)) if asked.decides => program.answer(&asked),
            Ok(Some(_)) => program.leave(),
            Ok(None) => {}
            Err(_) => return Ok(()),
        }
    }
}
