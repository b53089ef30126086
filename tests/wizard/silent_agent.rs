//! An SSH agent that takes every connection and answers nothing.

use std::{fs, path::PathBuf};

use immich_sso::{
    net::AgentSilence,
    wizard::{AccessNote, Ending, RotateWish, start},
};
use immich_sso_lab::Settings;
use testkit::support::agent::{self, in_a_child};

use crate::{
    driver::{Driver, Site, confirm},
    rotation::options,
};

/// The agent is found by an environment variable, so this runs in a child
/// process.
#[test]
fn silent_agent_is_named_on_the_screen_where_the_key_file_worked() {
    let home = tempfile::tempdir().unwrap();
    let socket = home.path().join("agent");
    agent::silent(&socket);
    in_a_child("silent_agent::walks_beside_a_silent_agent", home.path(), &socket);
}

#[tokio::test]
#[ignore = "a child of the test with the silent agent"]
async fn walks_beside_a_silent_agent() {
    let mut site = Site::with(options("2026.8.3", "2.7.5", Settings::Database)).await;
    let folder = PathBuf::from(std::env::var_os("HOME").unwrap()).join(".ssh");
    fs::create_dir(&folder).unwrap();
    fs::copy(site.lab.host.key_file(), folder.join("id_ed25519")).unwrap();
    site.profile.host.key_file = None;
    for setup in [site.setup(), site.rotates_with(RotateWish::default())] {
        let walked = Driver::of(start(setup)).walk(confirm).await;
        assert!(matches!(walked.ending, Ending::LoginVerified | Ending::Rotated));
        let note = format!("{:?}", AccessNote::AgentSilent(AgentSilence::NoAnswer));
        assert!(walked.shown.contains(&note), "{:?}", walked.ending);
    }
}
