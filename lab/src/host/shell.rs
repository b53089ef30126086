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

/// A command line that asks for a mark around its command's output, as the
/// lab's shell understands it: `sh -c SCRIPT sh HALF HALF SECONDS COMMAND…`,
/// where the script prints the joined halves and runs the rest.
pub(super) struct Line {
    mark: Option<String>,
    words: Vec<String>,
}

impl Line {
    /// Takes a command line apart.
    pub(super) fn read(command: &str) -> Result<Self, Ended> {
        let words = shell_words::split(command)
            .map_err(|error| Ended::badly(2, format!("sh: 1: Syntax error: {error}")))?;
        Ok(match words.as_slice() {
            [sh, c, script, _, one, two, _, rest @ ..]
                if sh == "sh" && c == "-c" && script.contains("mark=$1$2") =>
            {
                Self { mark: Some(format!("{one}{two}")), words: rest.to_vec() }
            }
            _ => Self { mark: None, words },
        })
    }

    /// Prints what comes before the command.
    pub(super) async fn begin(&self, voice: &Voice) {
        if let Some(mark) = &self.mark {
            let text = format!("\n{mark}\n");
            let _ = voice.data_bytes(text.clone().into_bytes()).await;
            let _ = voice.extended_data_bytes(1, text.into_bytes()).await;
        }
    }

    /// What comes after it, too.
    pub(super) fn end(&self, mut ended: Ended) -> Ended {
        if let Some(mark) = &self.mark {
            ended.stderr.push_str(&format!("\n{mark} end\n"));
            ended.stdout.push_str(&format!("\n{mark} {}\n", ended.status));
        }
        ended
    }

    /// Runs the command. It is one: words, quotes, no pipes. `None`: whoever
    /// started it is gone.
    pub(super) async fn run(
        &self,
        machine: &Machine,
        input: &mut Input,
        voice: &Voice,
    ) -> Option<Ended> {
        let mut words: Vec<&str> = self.words.iter().map(String::as_str).collect();
        // What stands before a command without changing what it does.
        while let ["sudo", "-n", rest @ ..] = words.as_slice() {
            words = rest.to_vec();
        }
        match words.as_slice() {
            ["docker", rest @ ..] => docker::run(machine, rest, input, voice).await,
            ["cat" | "sh", ..] => real(machine, &words, input, voice).await,
            [name, ..] => Some(Ended::badly(127, format!("sh: 1: {name}: not found"))),
            [] => Some(Ended::default()),
        }
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
