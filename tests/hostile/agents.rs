//! What an SSH agent calls its key: whoever made the key chose the words. They
//! are shown where the host refuses the key, and never acted on.

use std::{fs, path::PathBuf};

use immich_sso::{
    plain::Ink,
    site::harmless,
    wizard::{HostTopic, Topic},
};
use immich_sso_lab::{HomelabOptions, Settings};
use russh::keys::{Algorithm, PrivateKey, PublicKeyBase64, key::safe_rng};
use testkit::support::agent::{Agent, in_a_child};

use crate::{
    driver::{Site, confirm, files},
    faces::{Faces, begin_log, log_since, summary},
    table,
    terminals::{HOSTILE, acts},
};

/// More than is ever shown of a comment, and no more than an agent's list holds.
const LONG: usize = 20_000;
/// What no terminal acts on in the middle of a comment that is cut.
const SHOWN: usize = 20;

/// What keys are called.
fn comments() -> Vec<Vec<u8>> {
    let texts = [
        HOSTILE,
        "mine\x1b[8m\nverified: alice\u{202e}",
        "\x1b]52;c;cm0gLXJmIC8=\x07",
        "\x1b]8;;https://evil.example\x1b\\here\x1b]8;;\x1b\\",
        "\r\x1b[2K\n  verified: FORGED",
        "\u{9b}2J\u{85}FORGED\u{2028}error: FORGED",
        "\x1bP$q\"p\x1b\\\x05",
        "",
        "\0\0\0",
    ];
    let mut comments: Vec<Vec<u8>> =
        texts.into_iter().map(|text| text.as_bytes().to_owned()).collect();
    // What is cut ends nowhere.
    comments.push(format!("{}\x1b[31m", "x".repeat(77)).into_bytes());
    comments.push("\x1b[2J\n".repeat(LONG).into_bytes());
    comments.push("x".repeat(LONG).into_bytes());
    comments.push(b"\xff\xfe\xc3(\x1b[8m\n".to_vec());
    comments
}

/// The agent is found by an environment variable, so this runs in a child
/// process, which writes what did not hold.
#[test]
fn comments_of_an_agent_are_shown_and_never_acted_on() {
    let home = tempfile::tempdir().unwrap();
    let socket = home.path().join("agent");
    in_a_child("agents::meets_an_agent", home.path(), &socket);
    let broken = fs::read_to_string(home.path().join("broken")).unwrap();
    let broken: Vec<String> = broken.lines().map(str::to_owned).collect();
    let row = "An SSH agent names its key as a terminal would act on";
    table::row(row, comments().len(), &broken);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a child of the test with the agent"]
async fn meets_an_agent() {
    begin_log();
    let key = PrivateKey::random(&mut safe_rng(), Algorithm::Ed25519).unwrap();
    let socket = PathBuf::from(std::env::var_os("SSH_AUTH_SOCK").unwrap());
    let agent = Agent::listen(&socket, key.public_key().public_key_bytes(), b"", true);
    let options = HomelabOptions { settings: Settings::Database, ..HomelabOptions::default() };
    let mut site = Site::with(options).await;
    site.profile.host.key_file = None;
    let mut broken = String::new();
    for comment in comments() {
        agent.call_the_key(&comment);
        if let Some(what) = refused(&site, &comment).await {
            let name: String = String::from_utf8_lossy(&comment).chars().take(40).collect();
            broken += &format!("{name:?}: {}\n", what.escape_debug());
        }
    }
    fs::write(socket.with_file_name("broken"), broken).unwrap();
}

/// What goes wrong where the host refuses a key of that name.
async fn refused(site: &Site, comment: &[u8]) -> Option<String> {
    let mut driver = site.start();
    let mut faces = Faces::new(driver.now(), Ink::Colour);
    let (_, before) = log_since(0);
    let refusal = loop {
        let Some(prompt) = driver.asked_or_ended().await else { break None };
        let now = driver.now();
        faces.show(&now);
        if matches!(prompt.topic, Topic::Host(HostTopic::Refused)) {
            break prompt.refused;
        }
        driver.answer(&prompt, confirm(&prompt, &now));
        driver.past(&prompt).await;
    };
    let (_, last) = driver.leave_and_look().await;
    faces.show(&last);
    let (log, _) = log_since(before);
    let written = files(site.folder.path());
    let Some(refusal) = refusal else { return Some("the key is not refused".into()) };
    // A list that is no text at all is no list.
    if let Ok(comment) = std::str::from_utf8(comment) {
        let shown: String = comment.chars().take(SHOWN).collect();
        if !harmless::line(&refusal.answer).contains(&*harmless::line(&shown)) {
            return Some(format!("it is not named: {}", refusal.answer));
        }
    }
    if refusal.answer.len() > 1000 {
        return Some(format!("{} bytes are shown", refusal.answer.len()));
    }
    let shown = faces.shown + &summary(&last);
    [("shown", shown), ("written", written), ("in the log", log)]
        .into_iter()
        .find_map(|(where_, text)| acts(&text).map(|what| format!("{where_}: {what}")))
}
