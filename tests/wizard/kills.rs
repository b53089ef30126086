//! A rotation by the real program, killed (`kill -9`) at every boundary: the
//! next start understands what is there, and goes on or back.

use std::{
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    time::Duration,
};

use immich_sso::{
    secret::{Label, Secret, Vault},
    site::{ProfileFile, StoreKind},
    wizard::{
        Ending, Journal, Outcome, Purpose, Record, RotateWish, RotationTopic, Setup, Topic, start,
        survey,
    },
};
use immich_sso_lab::{
    HomelabOptions,
    authentik::{Mishap, MishapKind},
    immich,
};
use portable_pty::CommandBuilder;
use rustix::process::{Pid, Signal, kill_process};
use testkit::said;
use tokio::time::{sleep, timeout};

use crate::{
    driver::{Driver, Site, confirm, pick},
    secret_file::{self, PASSPHRASE},
    terminal::Terminal,
};

/// When it is killed.
#[derive(Clone, Copy, Debug)]
enum Moment {
    /// The rotation wrote that many lines into the journal.
    Lines(usize),
    /// The secret store was written that often after so many lines.
    Writes { lines: usize, writes: usize },
    /// authentik and Immich hold the new secret, or not.
    Sides { authentik: bool, immich: bool },
}

/// A place in the rotation, and how to hold it up there.
struct Place {
    what: &'static str,
    moment: Moment,
    mishaps: fn(&Site),
}

const PLACES: [Place; 11] = [
    Place { what: "create: begun", moment: Moment::Lines(1), mishaps: |_| {} },
    Place {
        what: "create: the new secret is kept",
        moment: Moment::Writes { lines: 1, writes: 1 },
        mishaps: |_| {},
    },
    Place { what: "create: done", moment: Moment::Lines(2), mishaps: |_| {} },
    Place { what: "set: both writes begun", moment: Moment::Lines(4), mishaps: |_| {} },
    Place {
        what: "set: Immich has it, authentik not",
        moment: Moment::Sides { authentik: false, immich: true },
        mishaps: |site| site.lab.authentik.let_fail(patch(MishapKind::Delay(LONG))),
    },
    Place {
        what: "set: both have it, no answer yet",
        moment: Moment::Sides { authentik: true, immich: true },
        mishaps: |site| site.lab.immich.mishap(put_late()),
    },
    Place {
        what: "set: going back, authentik still has it",
        moment: Moment::Lines(7),
        mishaps: |site| {
            site.lab.immich.mishap(put_refused());
            site.lab.authentik.let_fail(patch(MishapKind::Delay(LONG)).after(1));
        },
    },
    Place { what: "set: done", moment: Moment::Lines(6), mishaps: |_| {} },
    Place { what: "finish: begun", moment: Moment::Lines(7), mishaps: |_| {} },
    Place {
        what: "finish: the old one is kept as previous",
        moment: Moment::Writes { lines: 7, writes: 1 },
        mishaps: |_| {},
    },
    Place {
        what: "finish: the new one is the current one",
        moment: Moment::Writes { lines: 7, writes: 2 },
        mishaps: |_| {},
    },
];

/// Longer than it takes to see it and to kill.
const LONG: Duration = Duration::from_secs(10);

fn patch(kind: MishapKind) -> Mishap {
    Mishap::new("/providers/oauth2/", kind).on(reqwest::Method::PATCH)
}

fn put_late() -> immich::Mishap {
    immich::Mishap::Late { method: "PUT".into(), path: "/api/system-config".into(), by: LONG }
}

fn put_refused() -> immich::Mishap {
    immich::Mishap::Answer { method: "PUT".into(), path: "/api/system-config".into(), status: 502 }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rotation_that_is_killed_anywhere_is_gone_on_with_or_led_back() {
    for (number, place) in PLACES.iter().enumerate() {
        let back = number % 2 == 1;
        killed(place, back).await;
        println!("{:<45} then {}", place.what, if back { "back" } else { "on" });
    }
}

async fn killed(place: &Place, back: bool) {
    let what = place.what;
    let mut site = Site::with(HomelabOptions::default()).await;
    assert_eq!(site.walk().await.ending, Ending::LoginVerified);
    let secrets = to_file(&mut site).await;
    let old = site.vault.get(Label::ClientSecret).await.unwrap().unwrap();
    let plan = site.folder.path().join("plan.json");
    let planned = survey(rotation(&site)).await.unwrap().plan_file();
    fs::write(&plan, planned.text().unwrap()).unwrap();

    let path = site.folders().journal("test");
    let journal = || Journal::read(&path).unwrap_or_default().len();
    let before = journal();
    (place.mishaps)(&site);
    let mut terminal = Terminal::start(program(&site, &plan));
    terminal.wait_for(&said("(not shown)"));
    terminal.press(&format!("{PASSPHRASE}\r"));
    let (mut seen, mut written) = (fs::read(&secrets).unwrap(), 0);
    let reached = async {
        loop {
            let lines = journal() - before;
            let there = match place.moment {
                Moment::Lines(wanted) => lines >= wanted,
                Moment::Writes { lines: after, writes } => {
                    let now = fs::read(&secrets).unwrap_or_default();
                    if lines >= after && now != seen {
                        written += 1;
                    }
                    seen = now;
                    written >= writes
                }
                Moment::Sides { authentik, immich } => {
                    let holds = |value: &serde_json::Value| value.as_str() != Some(old.expose());
                    holds(&site.provider()["client_secret"]) == authentik
                        && holds(&site.oauth()["clientSecret"]) == immich
                        && lines >= 4
                }
            };
            if there {
                return;
            }
            sleep(Duration::from_micros(500)).await;
        }
    };
    let reached = timeout(Duration::from_mins(1), reached).await;
    assert!(reached.is_ok(), "{what} was not reached: {}", terminal.written());
    kill_process(Pid::from_raw(terminal.pid().try_into().unwrap()).unwrap(), Signal::KILL).unwrap();
    let (code, told) = terminal.finish();
    assert_ne!(code, 0, "{what}: it was over: {told}");

    // Another start, with the same store.
    site.vault = Vault::age_file(secrets.clone(), Secret::new(PASSPHRASE));
    let mut asked = false;
    let walked = Driver::of(start(rotation(&site)))
        .walk(|prompt, now| {
            if matches!(
                prompt.topic,
                Topic::Rotation(
                    RotationTopic::Unfinished
                        | RotationTopic::Interrupted
                        | RotationTopic::RenewalUnfinished { .. }
                )
            ) {
                asked = true;
                return pick(prompt, if back { 'b' } else { 'g' });
            }
            confirm(prompt, now)
        })
        .await;
    // Where nothing had happened yet there is nothing to go back from, and
    // where all had, only tidying is left.
    let current = site.vault.get(Label::ClientSecret).await.unwrap().unwrap();
    if asked && back {
        assert_eq!(walked.ending, Ending::Finished, "{what}");
        assert_eq!(current, old, "{what}");
    } else {
        assert_eq!(walked.ending, Ending::Rotated, "{what}");
        assert_ne!(current, old, "{what}");
        let previous = site.vault.get(Label::ClientSecretPrevious).await.unwrap();
        assert_eq!(previous, Some(old), "{what}");
    }
    assert_eq!(site.vault.get(Label::ClientSecretPending).await.unwrap(), None, "{what}");
    assert_eq!(site.provider()["client_secret"], current.expose(), "{what}");
    assert_eq!(site.oauth()["clientSecret"], current.expose(), "{what}");
    immich_sso_lab::Homelab::log_in_as_alice(site.lab.immich.url()).await.unwrap();
    nothing_is_open(&path, what);
}

fn rotation(site: &Site) -> Setup {
    Setup { purpose: Purpose::Rotate(RotateWish::default()), ..site.setup() }
}

/// Every line that was begun has an end by now.
fn nothing_is_open(journal: &Path, what: &str) {
    let entries = Journal::read(journal).unwrap();
    for entry in &entries {
        if let Record::Begin { effect, .. } = &entry.record {
            let ended = entries.iter().any(|other| {
                matches!(&other.record, Record::End { of, outcome } if *of == entry.seq
                    && !matches!(outcome, Outcome::Unknown { .. }))
            });
            assert!(ended, "{what}: nobody knows what became of: {}", effect.what);
        }
    }
}

/// Moves the secrets into an encrypted file, where another process reads them.
async fn to_file(site: &mut Site) -> PathBuf {
    site.profile.secrets = StoreKind::File;
    ProfileFile::new(&site.folders(), "test").unwrap().save(&site.profile).unwrap();
    let path = site.folders().secrets("test");
    secret_file::write(&site.vault, &path).await;
    site.vault = Vault::age_file(path.clone(), Secret::new(PASSPHRASE));
    path
}

/// The program on this site's folders.
fn program(site: &Site, plan: &Path) -> CommandBuilder {
    let root = site.folder.path();
    for folder in ["config", "state", "data"] {
        let base = root.join("xdg").join(folder);
        fs::create_dir_all(&base).unwrap();
        fs::create_dir_all(root.join(folder)).unwrap();
        symlink(root.join(folder), base.join("immich-sso")).unwrap();
    }
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_immich-sso"));
    command.args(["--profile", "test", "apply", plan.to_str().unwrap()]);
    command.env_clear();
    command.env("HOME", root);
    command.env("TERM", "xterm-256color");
    for (name, folder) in
        [("XDG_CONFIG_HOME", "config"), ("XDG_STATE_HOME", "state"), ("XDG_DATA_HOME", "data")]
    {
        command.env(name, root.join("xdg").join(folder));
    }
    command
}
