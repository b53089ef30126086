//! Echoed secrets: no spelling of them is on a screen, in a report, in the
//! journal, in a file or in the log.

use std::{collections::BTreeSet, time::Duration};

use aho_corasick::AhoCorasick;
use futures::{StreamExt, stream};
use immich_sso::{plain::Ink, site::System};
use tokio::time::timeout;

use crate::{
    echo::{Echo, Moment, Place, Spelling, traces},
    faces,
    proxy::Seen,
    runs::{OTHERS, Run, walk},
    table,
};

/// Of the cases of a place one in so many is run, unless all of them are.
const ONE_IN: usize = 41;
/// To so many answers with all spellings there is one with a single spelling.
const ALONE_IN: usize = 4;
/// How many runs are under way at a time: most of the time they wait.
const AT_A_TIME: usize = 48;
/// How long a run may take at most, all its deadlines together: those that ask
/// sixty times take a quarter of a minute alone, and minutes beside others.
const MOST: Duration = Duration::from_mins(15);
/// How servers refuse; 429 and the like are asked again, and answer the same.
const STATUS: [u16; 5] = [400, 401, 403, 409, 500];

/// What each run is seen to send, each request once.
pub async fn requests() -> Vec<(Run, Seen)> {
    let seen = stream::iter(Run::ALL).map(|run| async move {
        let (site, wire) = run.open().await;
        let met = walk(&site, &wire, run, Ink::Mono).await;
        assert_eq!(wire.echoed().0, 0);
        let requests: BTreeSet<Seen> = wire.requests().into_iter().collect();
        assert!(requests.len() > 8, "{run:?}: {requests:?} {:?}", met.ending);
        requests.into_iter().map(|request| (run, request)).collect::<Vec<_>>()
    });
    seen.buffered(3).collect::<Vec<_>>().await.concat()
}

/// The cases of one place.
fn cases(requests: &[(Run, Seen)], place: Place) -> Vec<(Run, Echo)> {
    let mut cases = Vec::new();
    for (run, to) in requests {
        let reads = to.method == "GET";
        let moments: &[Moment] = if reads {
            &[Moment::FirstLook, Moment::ReadBack, Moment::Error]
        } else {
            &[Moment::Write, Moment::Error]
        };
        for (nth, moment) in moments.iter().enumerate() {
            // All spellings in one answer; and now and then one alone, so that none is
            // only held because of another.
            let number = cases.len();
            let spellings = match number % ALONE_IN {
                0 => vec![Spelling::Each, Spelling::ALL[number / ALONE_IN % Spelling::ALL.len()]],
                _ => vec![Spelling::Each],
            };
            for spelling in spellings {
                let status = match moment {
                    Moment::Error => 500,
                    _ => STATUS[(cases.len() + nth) % STATUS.len()],
                };
                let echo = Echo { to: to.clone(), place, spelling, moment: *moment, status };
                cases.push((*run, echo));
            }
        }
    }
    let first = Place::ALL.iter().position(|other| *other == place).unwrap_or_default() * 29;
    let turn = |at: usize| table::whole() || at % ONE_IN == first % ONE_IN;
    cases.into_iter().enumerate().filter(|(at, _)| turn(*at)).map(|(_, case)| case).collect()
}

/// One case; what was found of which secret.
async fn run(run: Run, echo: Echo) -> Result<BTreeSet<String>, String> {
    let (site, wire) = run.open().await;
    wire.set(echo.clone());
    let met = walk(&site, &wire, run, Ink::Colour).await;
    let (_, told) = wire.echoed();
    found_in(&met.all, &told).map_err(|trace| format!("{echo} in {run:?}: {trace}"))?;
    Ok(told)
}

/// No trace of a secret is in a text.
fn found_in(text: &str, secrets: &BTreeSet<String>) -> Result<(), String> {
    let traces: Vec<(&String, String)> = secrets
        .iter()
        .flat_map(|secret| traces(secret).into_iter().map(move |trace| (secret, trace)))
        .collect();
    let searched = AhoCorasick::new(traces.iter().map(|(_, trace)| trace)).unwrap();
    let Some(found) = searched.find(text) else { return Ok(()) };
    let (secret, trace) = &traces[found.pattern()];
    let at = found.start();
    let from = (at.saturating_sub(80)..=at).find(|at| text.is_char_boundary(*at));
    let around = &text[from.unwrap_or(at)..found.end()];
    Err(format!("`{trace}` of `{secret}` in …{around}"))
}

/// What came of the cases of one row.
#[derive(Default)]
struct Came {
    tries: usize,
    /// How many servers came to repeat something.
    met: usize,
    broken: Vec<String>,
}

impl Came {
    /// Tries the cases, and searches what they logged.
    async fn of(name: &str, cases: Vec<(Run, Echo)>) -> Self {
        let mut all = Self::default();
        let mut told = BTreeSet::new();
        let (_, logged) = faces::log_since(0);
        let of = cases.len();
        let mut trying = stream::iter(cases)
            .map(|(scene, echo)| async move {
                let name = echo.to_string();
                let task = tokio::spawn(timeout(MOST, run(scene, echo))).await;
                let came = task.unwrap_or_else(|died| Ok(Err(format!("{name}: it died: {died}"))));
                came.unwrap_or_else(|_| Err(format!("{name}: it does not come to an end")))
            })
            .buffer_unordered(AT_A_TIME);
        while let Some(came) = trying.next().await {
            all.tries += 1;
            match came {
                Ok(secrets) => {
                    all.met += usize::from(!secrets.is_empty());
                    told.extend(secrets);
                }
                Err(broken) => all.broken.push(broken),
            }
            if all.tries % 100 == 0 {
                println!("{name}: {} of {of} tried, {} did not hold", all.tries, all.broken.len());
            }
        }
        let (log, _) = faces::log_since(logged);
        if let Err(trace) = found_in(&log, &told) {
            all.broken.push(format!("the log: {trace}"));
        }
        all
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_that_a_server_repeats_are_nowhere() {
    faces::begin_log();
    let requests = requests().await;
    let mut rows = Vec::new();
    for (place, name) in Place::ALL.into_iter().zip(table::ROWS) {
        rows.push((name, Came::of(name, cases(&requests, place)).await));
    }
    // All of them are tried before one fails.
    for (name, Came { tries, met, broken }) in rows {
        println!("{name}: {met} of {tries} servers came to repeat something");
        assert!(met * 2 > tries, "{name}: only {met} of {tries} came about");
        table::row(name, tries, &broken);
    }
}

/// Everything that is written goes out beside other people's settings: what a
/// server repeats of it when it refuses is not shown, known or not.
#[tokio::test(flavor = "multi_thread")]
async fn settings_that_a_server_repeats_are_nowhere() {
    let (mut tries, mut broken) = (0, Vec::new());
    for (password, status) in [(OTHERS[1], 400), ("hut7x", 400), (OTHERS[1], 409), ("hut7x", 500)] {
        for (run, system, method, path) in [
            (Run::SetUp, System::Immich, "PUT", "/api/system-config"),
            (Run::Rotate, System::Immich, "PUT", "/api/system-config"),
            (Run::SetUp, System::Authentik, "POST", "/api/v3/providers/oauth2/"),
        ] {
            let (site, wire) = run.open().await;
            let mut config = site.lab.immich.settings().unwrap();
            config["notifications"]["smtp"]["transport"]["password"] = password.into();
            site.put_settings(&config).await;
            let to = Seen { system, method: method.into(), path: path.into() };
            let (place, spelling, moment) = (Place::Body, Spelling::Plain, Moment::Write);
            let echo = Echo { to, place, spelling, moment, status };
            wire.set(echo.clone());
            let met = walk(&site, &wire, run, Ink::Mono).await;
            let (times, told) = wire.echoed();
            assert!(times > 0, "{echo}: {:?}", met.ending);
            tries += 1;
            let mut secrets = told;
            secrets.insert(password.to_owned());
            if let Err(trace) = found_in(&met.all, &secrets) {
                broken.push(format!("{echo} in {run:?}: {trace}"));
            }
        }
    }
    table::row("A server refuses a write and repeats other people's secrets", tries, &broken);
}
