//! The layers, and that modules form no cycles.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

use crate::{hold_against_today, imports::Imports, root, rust_files};

/// The modules of each layer, from the ground up. A module imports from its own
/// layer and those below.
const LAYERS: [(&str, &[&str]); 6] = [
    ("foundation", &["net", "say", "secret", "site", "terminal"]),
    ("systems", &["authentik", "immich", "host", "oidc"]),
    ("engine", &["wizard"]),
    ("text", &["text"]),
    ("faces", &["tui", "plain", "report"]),
    ("program", &["cli", "main"]),
];

/// The one file that knows the lab, a crate of its own.
const DEMO: &str = "src/cli/demo.rs";

fn layer(module: &str) -> usize {
    let found = LAYERS.iter().position(|(_, modules)| modules.contains(&module));
    found.unwrap_or_else(|| panic!("`{module}` belongs to no layer"))
}

#[test]
fn imports_go_downwards_only() {
    let imports = Imports::read();
    let mut upwards = BTreeSet::new();
    for (from, path) in &imports.all {
        let (Some(from), Some(to)) = (from.first(), path.first()) else { continue };
        // The crate's root only names its modules.
        if from == to || imports.module(path).first().is_none_or(|module| module != to) {
            continue;
        }
        if layer(to) > layer(from) {
            upwards.insert(format!("{from} imports {to}"));
        }
    }
    hold_against_today("layer", &upwards);
}

/// The built-in servers share nothing with the clients that are tested on them.
#[test]
fn program_and_lab_meet_in_the_demo_alone() {
    let names =
        |file: &String, name: &str| fs::read_to_string(root().join(file)).unwrap().contains(name);
    let files = rust_files("src").into_iter().filter(|file| names(file, "immich_sso_lab"));
    assert_eq!(files.collect::<Vec<_>>(), [DEMO]);
    let files = rust_files("lab").into_iter().filter(|file| names(file, "immich_sso::"));
    assert_eq!(files.collect::<Vec<_>>(), Vec::<String>::new());
    let manifest = fs::read_to_string(root().join("lab/Cargo.toml")).unwrap();
    let needs = |line: &&str| line.starts_with("immich-sso") || line.starts_with("testkit");
    assert_eq!(manifest.lines().find(needs), None);
}

/// Which modules name which, each by its first `depth` names.
fn graph(imports: &Imports, within: &[&str]) -> BTreeMap<String, BTreeSet<String>> {
    let depth = within.len() + 1;
    let part = |path: &[String]| {
        let is_within = within.iter().zip(path).all(|(a, b)| *a == b.as_str());
        (is_within && path.len() >= depth).then(|| path[depth - 1].clone())
    };
    let mut graph = BTreeMap::<String, BTreeSet<String>>::new();
    for (from, path) in &imports.all {
        let (from, to) = (part(from), part(&imports.module(path)));
        if let (Some(from), Some(to)) = (from, to)
            && from != to
        {
            graph.entry(from).or_default().insert(to);
        }
    }
    graph
}

/// Everything that a module leads to.
fn reach(graph: &BTreeMap<String, BTreeSet<String>>, from: &str) -> BTreeSet<String> {
    let (mut reached, mut left) = (BTreeSet::new(), vec![from.to_owned()]);
    while let Some(at) = left.pop() {
        for next in graph.get(&at).into_iter().flatten() {
            if reached.insert(next.clone()) {
                left.push(next.clone());
            }
        }
    }
    reached
}

/// The modules that lead back to themselves.
fn in_cycles(graph: &BTreeMap<String, BTreeSet<String>>) -> BTreeSet<String> {
    graph.keys().filter(|module| reach(graph, module).contains(*module)).cloned().collect()
}

#[test]
fn modules_form_no_cycles() {
    let imports = Imports::read();
    let mut cycles = BTreeSet::new();
    let all: BTreeSet<Vec<String>> = imports.all.iter().map(|(from, _)| from.clone()).collect();
    // Every module that has modules of its own.
    let parents: BTreeSet<Vec<String>> = all
        .iter()
        .flat_map(|module| (0..module.len()).map(|length| module[..length].to_vec()))
        .collect();
    for parent in parents {
        let within: Vec<&str> = parent.iter().map(String::as_str).collect();
        for module in in_cycles(&graph(&imports, &within)) {
            let path: Vec<&str> = within.iter().copied().chain([module.as_str()]).collect();
            cycles.insert(path.join("::"));
        }
    }
    hold_against_today("cycle", &cycles);
}
