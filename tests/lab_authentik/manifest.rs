//! The fixtures are what they were: one that is altered, missing or too much
//! is found.

use std::{collections::BTreeSet, fs, path::Path};

use immich_sso::site::Version;

use crate::{
    contract::{self, fixtures},
    routes,
};

/// The recordings that no test sends to the lab.
const UNSENT: [(&str, &str); 2] = [
    ("authentik", include_str!("unsent.txt")),
    ("immich", include_str!("../lab_immich/unsent.txt")),
];

fn copy(from: &Path, to: &Path) {
    for part in fixtures::PARTS {
        fs::create_dir_all(to.join(part)).unwrap();
        for entry in fs::read_dir(from.join(part)).unwrap() {
            let entry = entry.unwrap();
            fs::copy(entry.path(), to.join(part).join(entry.file_name())).unwrap();
        }
    }
    fs::copy(from.join("MANIFEST"), to.join("MANIFEST")).unwrap();
}

#[test]
fn fixtures_are_as_the_manifest_says() {
    assert_eq!(fixtures::faults(&fixtures::folder()), Vec::<String>::new());
}

#[test]
fn an_altered_a_missing_and_a_foreign_fixture_are_found() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    copy(&fixtures::folder(), root);
    assert_eq!(fixtures::faults(root), Vec::<String>::new());
    for name in fixtures::NEEDED {
        let path = root.join(name);
        let right = fs::read(&path).unwrap();
        // One byte is enough.
        let mut altered = right.clone();
        *altered.last_mut().unwrap() ^= 1;
        fs::write(&path, altered).unwrap();
        assert_eq!(fixtures::faults(root), [format!("fixture {name} is altered")]);
        fs::remove_file(&path).unwrap();
        assert_eq!(fixtures::faults(root), [format!("fixture {name} is missing")]);
        fs::write(&path, right).unwrap();
    }
    fs::write(root.join("recordings/other.jsonl"), "").unwrap();
    assert_eq!(fixtures::faults(root), ["fixture recordings/other.jsonl is nobody's"]);
    fs::remove_file(root.join("recordings/other.jsonl")).unwrap();
    fs::remove_file(root.join("MANIFEST")).unwrap();
    assert_eq!(fixtures::faults(root).len(), fixtures::NEEDED.len());
}

#[test]
fn releases_are_those_that_were_measured() {
    let versions = |system: &str| -> Vec<String> {
        contract::all(system).into_iter().map(|contract| contract.version).collect()
    };
    let (authentik, immich) = (versions("authentik"), versions("immich"));
    assert_eq!((authentik.len(), immich.len()), (16, 19));
    for needed in ["2024.6.5", "2025.10.4", "2026.5.6", "2026.8.3"] {
        assert!(authentik.iter().any(|known| known == needed), "{needed}");
    }
    for needed in ["1.105.1", "1.106.4", "2.7.5", "3.0.0", "3.2.2"] {
        assert!(immich.iter().any(|known| known == needed), "{needed}");
    }
}

#[test]
fn routes_in_no_contract_are_held_against_recordings() {
    let (authentik, immich) = (contract::all("authentik"), contract::all("immich"));
    for route in routes::listed() {
        let (system, path) = (route.system.as_str(), route.path.as_str());
        let contracts = if system == "authentik" { &authentik } else { &immich };
        let declared = routes::is_declared(contracts, system, &route.method, path);
        assert!(!declared, "{path} is in a contract: strike it out");
        for (fixture, name) in &route.recordings {
            let exchange = &fixtures::recording(fixture, name)["request"];
            let asked = exchange["path"].as_str().unwrap().split('?').next().unwrap();
            let method = exchange["method"].as_str().unwrap();
            assert!(route.is(system, method, asked), "{fixture} {name} is of {method} {asked}");
            let line = format!("{} {name}", fixture.split_once('-').unwrap().1);
            let unsent = UNSENT.iter().filter(|(known, _)| *known == system);
            let is_unsent = unsent.flat_map(|(_, text)| text.lines()).any(|one| one == line);
            assert!(!is_unsent, "{fixture} {name} is sent to the lab in no test");
        }
    }
}

/// `2026.8` of `2026.8.3`.
fn minor(version: &str) -> String {
    version.rsplit_once('.').unwrap().0.to_owned()
}

#[test]
fn readme_says_which_releases_were_recorded() {
    let text = fs::read_to_string(testkit::project().join("README.md")).unwrap();
    for (system, oldest) in [("authentik", "2023.10.0"), ("Immich", "1.105.0")] {
        let (mut recorded, mut others) = (BTreeSet::new(), BTreeSet::new());
        for row in text.lines().filter(|row| row.starts_with(&format!("| {system} |"))) {
            let cells: Vec<&str> = row.split('|').map(str::trim).collect();
            let releases = cells[2].split(", ").map(str::to_owned);
            if cells[3].starts_with("recorded") {
                recorded.extend(releases);
            } else {
                assert!(cells[3].contains("; not recorded"), "{row}");
                others.extend(releases);
            }
        }
        let name = system.to_lowercase();
        let kept: BTreeSet<String> = fixtures::NEEDED
            .iter()
            .filter_map(|fixture| fixture.strip_prefix(&format!("recordings/{name}-")))
            .map(|fixture| fixture.trim_end_matches(".jsonl").to_owned())
            .collect();
        assert_eq!(recorded, kept, "{system}");
        let oldest: Version = oldest.parse().unwrap();
        let declared: BTreeSet<String> = contract::all(&name)
            .into_iter()
            .filter(|contract| contract.version.parse::<Version>().unwrap() >= oldest)
            .map(|contract| minor(&contract.version))
            .filter(|release| !kept.contains(release))
            .collect();
        assert_eq!(others, declared, "{system}");
        // The demo plays all of them, and no other.
        let plays: &[&str] = match system {
            "authentik" => &immich_sso_lab::authentik::RELEASES,
            _ => &immich_sso_lab::immich::RELEASES,
        };
        let played: BTreeSet<String> = plays.iter().map(|&release| release.to_owned()).collect();
        assert_eq!(played, &recorded | &others, "{system}");
    }
}
