//! Tells the program which commit it is built from, where that is known.

use std::{env, path::Path, process::Command};

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    // A build for tests: nobody can read its texts. See src/say.rs.
    println!("cargo:rustc-check-cfg=cfg(scrambled)");
    println!("cargo:rerun-if-env-changed=IMMICH_SSO_SCRAMBLED");
    if env::var_os("IMMICH_SSO_SCRAMBLED").is_some() {
        println!("cargo:rustc-cfg=scrambled");
    }
    if let Some(head) = git(&["rev-parse", "--git-path", "logs/HEAD"]) {
        // Changes with every commit and checkout. A path that is not there
        // would make cargo run this every time.
        if Path::new(&head).exists() {
            println!("cargo:rerun-if-changed={head}");
        }
    }
    let version = env!("CARGO_PKG_VERSION");
    let long =
        commit().map_or_else(|| version.to_owned(), |commit| format!("{version} ({commit})"));
    println!("cargo:rustc-env=IMMICH_SSO_VERSION={long}");
}

/// The short commit and its date, if this is a checkout of this very project
/// (and not a copy of its sources inside of somebody else's repository).
fn commit() -> Option<String> {
    let top = git(&["rev-parse", "--show-toplevel"])?;
    let here = env!("CARGO_MANIFEST_DIR");
    if Path::new(&top).canonicalize().ok()? != Path::new(here).canonicalize().ok()? {
        return None;
    }
    git(&["log", "-1", "--format=%h %cs"])
}

fn git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?.trim().to_owned();
    (output.status.success() && !text.is_empty()).then_some(text)
}
