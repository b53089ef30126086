//! How many requests of which kind each run sends: more of them make a run
//! slower for everybody, so a change is seen here. What is asked again until
//! something happens is counted once. Each is declared by a release, or listed
//! among the routes that are in no contract.

use std::{collections::BTreeMap, fmt::Write};

use immich_sso::{plain::Ink, site::System};

use crate::{
    contract,
    proxy::Seen,
    routes,
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
        let mut counts = BTreeMap::<String, (Seen, usize)>::new();
        for seen in wire.requests() {
            let kind = format!("{} {} {}", seen.system, seen.method, seen.path);
            let path = seen.path.as_str();
            let repeats = UNTIL.contains(&path)
                || run == Run::Rotate && seen.method != "PUT" && MEASURED.contains(&path);
            let (_, count) = counts.entry(kind).or_insert_with(|| (seen.clone(), 0));
            *count = if repeats { 1 } else { *count + 1 };
        }
        let all: usize = counts.values().map(|(_, count)| count).sum();
        writeln!(text, "{run:?}: {all}").unwrap();
        for (kind, (seen, count)) in counts {
            let (system, contracts) = match seen.system {
                System::Authentik => ("authentik", &authentik),
                _ => ("immich", &immich),
            };
            if !routes::is_known(contracts, system, &seen.method, &seen.path) {
                stray.push(kind.clone());
            }
            writeln!(text, "{count:4} {kind}").unwrap();
        }
        text.push('\n');
    }
    assert_eq!(stray, Vec::<String>::new(), "neither in a contract nor in routes.txt");
    insta::assert_snapshot!(text);
}
