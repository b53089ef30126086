//! The commands of the lab's host: Docker is played, files are real, and
//! everything else is not installed.

use std::{
    path::{Component, Path},
    process::Stdio,
};

use russh::{ChannelWriteHalf, server::Msg};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    process::Command,
};

use super::{
    Machine, docker,
    input::{Input, Piece},
};

/// Where a command writes while it runs.
pub(super) type Voice = ChannelWriteHalf<Msg>;

/// What a command came to.
#[derive(Debug, Default)]
pub(super) struct Ended {
    pub(super) status: u32,
    pub(super) stdout: String,
    pub(super) stderr: String,
}

impl Ended {
    /// A good end with that output.
    pub(super) fn well(stdout: impl Into<String>) -> Self {
        Self { stdout: stdout.into(), ..Self::default() }
    }

    /// A bad end with that complaint.
    pub(super) fn badly(status: u32, stderr: impl Into<String>) -> Self {
        Self { status, stderr: stderr.into() + "\n", ..Self::default() }
    }
}

/// Runs one command line. It is one command: words, quotes, no pipes. `None`:
/// whoever started it is gone.
pub(super) async fn run(
    machine: &Machine,
    command: &str,
    input: &mut Input,
    voice: &Voice,
) -> Option<Ended> {
    let words = match shell_words::split(command) {
        Ok(words) => words,
        Err(error) => return Some(Ended::badly(2, format!("sh: 1: Syntax error: {error}"))),
    };
    let mut words: Vec<&str> = words.iter().map(String::as_str).collect();
    // What stands before a command without changing what it does.
    loop {
        words = match words.as_slice() {
            ["timeout", "-k", _, _, rest @ ..] | ["sudo", "-n", rest @ ..] => rest.to_vec(),
            _ => break,
        };
    }
    match words.as_slice() {
        ["docker", rest @ ..] => docker::run(machine, rest, input, voice).await,
        ["cat" | "sh", ..] => real(machine, &words, input, voice).await,
        [name, ..] => Some(Ended::badly(127, format!("sh: 1: {name}: not found"))),
        [] => Some(Ended::default()),
    }
}

/// Runs a real program on real files, if all of them are below the lab's
/// folder.
async fn real(
    machine: &Machine,
    words: &[&str],
    input: &mut Input,
    voice: &Voice,
) -> Option<Ended> {
    for word in words.iter().filter(|word| word.starts_with('/')) {
        if !is_below(Path::new(word), &machine.folder) {
            let complaint = format!("{}: {word}: Permission denied", words[0]);
            return Some(Ended::badly(1, complaint));
        }
    }
    let spawned = Command::new(words[0])
        .args(&words[1..])
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .current_dir(&machine.folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn();
    let mut child = match spawned {
        Ok(child) => child,
        Err(error) => return Some(Ended::badly(127, format!("{}: {error}", words[0]))),
    };
    let (mut pipe, mut said) = (child.stdin.take(), child.stdout.take()?);
    let feeding = async {
        loop {
            match input.next().await {
                Piece::Data(data) => {
                    if let Some(open) = &mut pipe {
                        // One that does not read ends on its own terms.
                        let _ = open.write_all(&data).await;
                    }
                }
                Piece::End => pipe = None,
                Piece::HungUp => {
                    pipe = None;
                    std::future::pending::<()>().await;
                }
            }
        }
    };
    let speaking = async {
        let mut chunk = [0; 4096];
        while let Ok(read @ 1..) = said.read(&mut chunk).await {
            let _ = voice.data_bytes(chunk[..read].to_vec()).await;
        }
    };
    tokio::select! {
        () = feeding => {}
        () = speaking => {}
    }
    Some(match child.wait_with_output().await {
        Ok(output) => Ended {
            status: output.status.code().and_then(|code| u32::try_from(code).ok()).unwrap_or(1),
            stdout: String::new(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        },
        Err(error) => Ended::badly(1, error.to_string()),
    })
}

fn is_below(path: &Path, folder: &Path) -> bool {
    path.starts_with(folder) && !path.components().any(|part| part == Component::ParentDir)
}
