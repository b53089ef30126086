//! How many requests of which kind each run sends: more of them make a run
//! slower for everybody, so a change is seen here. What is asked again until
//! something happens is counted once. Each is declared by a release, or listed
//! among the routes that are in no contract.

use std::{collections::BTreeMap, fmt::Write};

use immich_sso::plain::Ink;

use crate::{
    contract, routes,
    runs::{Run, walk},
};

/// Asked until a login is seen, or a server is back.
const UNTIL: [&str; 5] = [
    "/api/v3/events/events/",
    "/api/v3/oauth2/access_tokens/",
    "/api/v3/oauth2/refresh_tokens/",
    "/api/admin/users",
    "/api/admin/users/*/sessions",
];

/// Asked over and over while a rotation measures when which side changes.
const MEASURED: [&str; 2] = ["/application/o/token/", "/api/system-config"];

#[tokio::test(flavor = "multi_thread")]
async fn requests_of_each_run_are_as_many_as_noted() {
    let (authentik, immich) = (contract::all("authentik"), contract::all("immich"));
    let mut stray = Vec::new();
    let mut text = String::new();
    for run in Run::ALL {
        let (site, wire) = run.open().await;
        walk(&site, &wire, run, Ink::Mono).await;
        let mut counts = BTreeMap::<String, usize>::new();
        for seen in wire.requests() {
            let kind = format!("{} {} {}", seen.system, seen.method, seen.path);
            let count = counts.entry(kind).or_default();
            let path = seen.path.as_str();
            let repeats = UNTIL.contains(&path)
                || run == Run::Rotate && seen.method != "PUT" && MEASURED.contains(&path);
            *count = if repeats { 1 } else { *count + 1 };
        }
        let all: usize = counts.values().sum();
        writeln!(text, "{run:?}: {all}").unwrap();
        for (kind, count) in counts {
            let words: Vec<&str> = kind.split(' ').collect();
            let system = words[0].to_lowercase();
            let contracts = if system == "authentik" { &authentik } else { &immich };
            if !routes::is_known(contracts, &system, words[1], words[2]) {
                stray.push(kind.clone());
            }
            writeln!(text, "{count:4} {kind}").unwrap();
        }
        text.push('\n');
    }
    assert_eq!(stray, Vec::<String>::new(), "neither in a contract nor in routes.txt");
    insta::assert_snapshot!(text);
}
