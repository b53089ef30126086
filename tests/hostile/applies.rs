//! Runs of `apply` by the real program that are told to end in the middle of a
//! change, or cannot say what they did: the change is finished and noted, no more
//! is begun, and what was done is told somewhere.

use std::{fs, os::unix::fs::symlink, process::Command};

use immich_sso::{
    site::{ProfileFile, StoreKind},
    wizard::{Journal, Outcome, Record, survey},
};
use immich_sso_lab::{
    Gate, HomelabOptions,
    authentik::{Mishap, MishapKind},
};
use portable_pty::CommandBuilder;
use reqwest::Method;
use testkit::{
    said,
    secret_file::{self, PASSPHRASE},
};

use crate::{driver::Site, table, terminal::Terminal};

/// The signals that ask a program to end.
const SIGNALS: [&str; 3] = ["INT", "TERM", "HUP"];

/// When it comes: while that is asked of authentik, and how often.
const MOMENTS: [(&str, u8); 3] =
    [("/providers/oauth2/", 1), ("/core/applications/", 1), ("/providers/oauth2/", 2)];

/// What writes to a full device, and whether it changes something.
const FULL: [(&[&str], bool); 3] =
    [(&["status"], false), (&["plan"], false), (&["apply", "PLAN"], true)];

/// A site whose secrets are in a file, for another process to open; and a plan.
async fn site() -> (Site, String) {
    let mut site = Site::with(HomelabOptions::default()).await;
    site.profile.secrets = StoreKind::File;
    site.profile.host.ssh = None;
    ProfileFile::new(&site.folders(), "test").unwrap().save(&site.profile).unwrap();
    secret_file::write(&site.vault, &site.folders().secrets("test")).await;
    let root = site.folder.path();
    for folder in ["config", "state", "data"] {
        let base = root.join("xdg").join(folder);
        fs::create_dir_all(&base).unwrap();
        fs::create_dir_all(root.join(folder)).unwrap();
        symlink(root.join(folder), base.join("immich-sso")).unwrap();
    }
    let plan = root.join("plan.json");
    let file = survey(site.setup()).await.unwrap().plan_file();
    fs::write(&plan, serde_json::to_string(&file).unwrap()).unwrap();
    (site, plan.display().to_string())
}

/// Starts the program by a shell that does `shell` with it, and opens its store.
fn start(site: &Site, shell: &str, arguments: &[&str]) -> Terminal {
    let root = site.folder.path();
    let mut command = CommandBuilder::new("sh");
    command.args(["-c", shell, env!("CARGO_BIN_EXE_immich-sso"), "--profile", "test"]);
    command.args(arguments);
    command.env_clear();
    command.env("HOME", root);
    command.env("PATH", "/usr/bin:/bin");
    command.env("TERM", "dumb");
    command.env("LC_ALL", "C.UTF-8");
    for (name, folder) in
        [("XDG_CONFIG_HOME", "config"), ("XDG_STATE_HOME", "state"), ("XDG_DATA_HOME", "data")]
    {
        command.env(name, root.join("xdg").join(folder));
    }
    let mut terminal = Terminal::start_sized(command, 200, 200);
    if !terminal.ends_or_shows(&said("(not shown)")) {
        terminal.press(&format!("{PASSPHRASE}\r"));
    }
    terminal
}

/// How many effects were begun, and of how many it is known that they were done.
fn noted(site: &Site) -> (usize, usize) {
    let entries = Journal::read(&site.folders().journal("test")).unwrap();
    let count = |is: fn(&Record) -> bool| entries.iter().filter(|entry| is(&entry.record)).count();
    (
        count(|record| matches!(record, Record::Begin { .. })),
        count(|record| matches!(record, Record::End { outcome: Outcome::Done { .. }, .. })),
    )
}

/// What is wrong with how a run ends that is told to.
async fn told_to_end(signal: &str, (held, times): (&str, u8)) -> Option<String> {
    let (site, plan) = site().await;
    let gate = Gate::default();
    let mishap = Mishap::new(held, MishapKind::HeldAfter(gate.clone())).on(Method::POST);
    site.lab.authentik.let_fail(mishap);
    let terminal = start(&site, "exec \"$0\" \"$@\"", &["apply", &plan]);
    gate.reached().await;
    let pid = terminal.pid().to_string();
    let mut ended = tokio::task::spawn_blocking({
        let signal = format!("-{signal}");
        move || {
            let send = || Command::new("kill").args([&signal, &pid]).status().unwrap();
            send();
            let dies = terminal.ends_or_shows(&said("ending once what is under way is over"));
            if !dies && times > 1 {
                send();
            }
            if dies || times > 1 { Ok(terminal.finish()) } else { Err(terminal) }
        }
    })
    .await
    .unwrap();
    gate.open();
    if let Err(terminal) = ended {
        ended = Ok(tokio::task::spawn_blocking(|| terminal.finish()).await.unwrap());
    }
    let Ok((code, written)) = ended else { unreachable!("it is waited for") };
    let (begun, done) = noted(&site);
    let applications = site.lab.authentik.applications().len();
    let enabled = site.oauth()["enabled"] == true;
    let what = if code == 0 {
        "it ends well"
    } else if enabled || applications > usize::from(held.contains("applications")) {
        "more is begun"
    } else if times == 1 && begun != done {
        "what was begun is not noted as done"
    } else if times > 1 && begun != done + 1 {
        "it waits, or forgets what it began"
    } else {
        return None;
    };
    Some(format!("{signal} {times} times at {held}: {what}: {begun}, {done}: {written}"))
}

/// What is wrong with a run whose output nothing takes.
async fn unsaid(arguments: &[&str], changes: bool) -> Option<String> {
    let (site, plan) = site().await;
    let arguments: Vec<&str> =
        arguments.iter().map(|part| if *part == "PLAN" { plan.as_str() } else { part }).collect();
    let terminal = start(&site, "exec \"$0\" \"$@\" >/dev/full", &arguments);
    let (code, written) = tokio::task::spawn_blocking(|| terminal.finish()).await.unwrap();
    let (begun, done) = noted(&site);
    let what = if code != 1 {
        "it ends as if it had been read"
    } else if !written.contains(&*said("write to standard output")) {
        "it does not say why"
    } else if changes != (site.oauth()["enabled"] == true) || begun != done {
        "it is done by half"
    } else if written.contains(&*said("The plan was applied in full.")) != changes {
        "what was done is not told"
    } else {
        return None;
    };
    Some(format!("{arguments:?}: {what}: {written}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn apply_that_is_told_to_end_or_not_heard_leaves_nothing_half_done() {
    let mut broken = Vec::new();
    for signal in SIGNALS {
        for moment in MOMENTS {
            broken.extend(told_to_end(signal, moment).await);
        }
    }
    for (arguments, changes) in FULL {
        broken.extend(unsaid(arguments, changes).await);
    }
    let tries = SIGNALS.len() * MOMENTS.len() + FULL.len();
    table::row("A run that applies is told to end, or not heard", tries, &broken);
}
