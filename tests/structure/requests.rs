//! That requests which change something are built in one place each.

use std::{collections::BTreeSet, fs};

use crate::{root, rust_files};

/// Where they are built. Signing in, the questions that are put by `POST`, and
/// the settings that are put back as they came are no effect's own requests.
const PLACES: [&str; 7] = [
    "src/authentik/call.rs",
    "src/authentik/sign_in.rs",
    "src/authentik/token/calls.rs",
    "src/immich/call.rs",
    "src/immich/client.rs",
    "src/immich/sign_in.rs",
    "src/oidc/probe.rs",
];

#[test]
fn requests_are_built_in_one_place() {
    let changes = ["POST", "PUT", "PATCH", "DELETE"].map(|method| format!("Method::{method}"));
    let builds = |file: &String| {
        let text = fs::read_to_string(root().join(file)).unwrap();
        let made = |method: &String| {
            // A match on a method builds nothing.
            text.lines().any(|line| line.contains(method.as_str()) && !line.contains("=>"))
        };
        changes.iter().any(made)
    };
    let files: BTreeSet<String> = rust_files("src").into_iter().filter(builds).collect();
    assert_eq!(files, PLACES.map(str::to_owned).into());
}
