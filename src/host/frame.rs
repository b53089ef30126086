//! What surrounds every command on the host: a random mark on both streams
//! before and after it. A login script that prints something, a program that is
//! run in place of ours, a session that ends early: none of them knows the
//! mark, so that nothing of theirs is ever taken for an answer.

use std::time::Duration;

use shell_words::quote;
use zeroize::Zeroizing;

use super::{Command, SLACK};
use crate::{
    net::{Fills, Heard, Hole, Output, Running, SessionBreak, Spelling, Ssh, Template},
    secret::{Foreign, Secret},
    site::{Failure, Fault, FaultKind, System, UniformFailure},
};

/// The frame: two halves of the mark, how long the command may take, and the
/// command. The halves are joined there, so that whoever prints the command
/// line does not print the mark. The host itself ends what takes too long, if
/// it has `timeout`; a session that closes does not end what root started.
const FRAME: &str = "LC_ALL=C; export LC_ALL; mark=$1$2; limit=$3; shift 3; \
    if timeout -k 2 5 true 2>/dev/null; then set -- timeout -k 2 \"$limit\" \"$@\"; \
    elif timeout 5 true 2>/dev/null; then set -- timeout \"$limit\" \"$@\"; fi; \
    echo; echo \"$mark\"; echo >&2; echo \"$mark\" >&2; \
    \"$@\"; status=$?; \
    echo >&2; echo \"$mark end\" >&2; echo; echo \"$mark $status\"; exit \"$status\"";

/// The exit status of `timeout` when it had to end the command.
const TIMED_OUT: u32 = 124;

/// A command in its frame.
pub(super) fn framed(command: &Template, deadline: Duration) -> Template {
    joined![
        format!("sh -c {} sh ", quote(FRAME)),
        (Hole::MarkBegin, Spelling::Plain),
        " ",
        (Hole::MarkEnd, Spelling::Plain),
        format!(" {} ", deadline.as_secs()),
        command,
    ]
}

/// A command in its frame, past its first mark.
#[derive(Debug)]
pub(super) struct Framed {
    running: Running,
    mark: String,
    tried: String,
    deadline: Duration,
    /// What was printed before the first mark.
    noise: String,
    /// Where the command's own output begins.
    start: usize,
    /// Up to where it was looked through for lines.
    seen: usize,
}

/// What a command came to.
pub(super) struct Ended {
    pub(super) status: u32,
    pub(super) stdout: Zeroizing<Vec<u8>>,
    pub(super) stderr: Foreign,
}

impl Framed {
    /// Starts a command and waits until it begins: nothing is given to a
    /// program that is not ours.
    pub(super) async fn begin(
        ssh: &Ssh,
        tried: &str,
        command: &Command,
        fills: &Fills,
    ) -> Result<Self, Fault> {
        let named = |fault: Fault| Fault { tried: tried.into(), ..fault };
        let (one, two) = (half(tried)?, half(tried)?);
        let deadline = command.deadline;
        let marked = fills.clone().with(Hole::MarkBegin, one.as_str());
        let marked = marked.with(Hole::MarkEnd, two.as_str());
        let line = command.whole().fill(&marked);
        let line = line.map_err(|lack| lack.fault(System::Host, tried))?;
        let mut running = ssh.begin(line.expose(), deadline + SLACK).await.map_err(named)?;
        let mark = format!("{one}{two}");
        let first = format!("{mark}\n");
        loop {
            if let Some(at) = find(&running.heard().stdout, first.as_bytes()) {
                let noise = running.complaints(&running.heard().stdout[..at]).to_string();
                let start = at + first.len();
                let tried = tried.to_owned();
                return Ok(Self { running, mark, tried, deadline, noise, start, seen: start });
            }
            match running.more().await {
                Ok(true) => {}
                Ok(false) => return Err(other_program(tried, &running)),
                Err(late) => {
                    let printed = printed(&running);
                    if printed.is_empty() {
                        return Err(named(late));
                    }
                    return Err(Fault::of(&FrameError::NotBegun { late, printed }, tried));
                }
            }
        }
    }

    /// What a login script printed before the command.
    pub(super) fn noise(&self) -> &str {
        &self.noise
    }

    /// Gives it something to read.
    pub(super) async fn tell(&mut self, input: &Secret) -> Result<(), Fault> {
        let told = self.running.tell(input).await;
        told.map_err(|fault| Fault { tried: self.tried.clone(), ..fault })
    }

    /// Waits until it writes that line, and returns the lines before it; `None`
    /// when it ended without.
    pub(super) async fn says(&mut self, line: &str) -> Result<Option<Vec<String>>, Fault> {
        let last = format!("{} ", self.mark);
        let mut lines = Vec::new();
        loop {
            let stdout = &self.running.heard().stdout;
            while let Some(end) = stdout[self.seen..].iter().position(|byte| *byte == b'\n') {
                let text = String::from_utf8_lossy(&stdout[self.seen..self.seen + end]);
                let text = text.trim_end().to_owned();
                self.seen += end + 1;
                if text.starts_with(&last) {
                    return Ok(None);
                }
                if text == line {
                    return Ok(Some(lines));
                }
                lines.push(text);
            }
            let more = self.running.more().await;
            if !more.map_err(|fault| Fault { tried: self.tried.clone(), ..fault })? {
                return Ok(None);
            }
        }
    }

    /// Gives it the last thing to read, and waits for its end. What comes after
    /// the last mark is nobody's answer.
    ///
    /// # Errors
    /// [`FaultKind::Lost`] without a last mark: whether it was carried out is
    /// then not known.
    pub(super) async fn finish(mut self, last: Option<&Secret>) -> Result<Ended, Fault> {
        let (start, mark) = (self.start, self.mark.clone());
        let (last_out, last_err) = (format!("\n{mark} "), format!("\n{mark} end\n"));
        let is_done = |heard: &Heard| {
            end(&heard.stdout, start, &last_out).is_some()
                && find(&heard.stderr, last_err.as_bytes()).is_some()
        };
        let finished = self.running.finish(last, is_done).await;
        let heard = self.running.heard();
        let Some((end, status)) = end(&heard.stdout, start, &last_out) else {
            let late = finished.err();
            return Err(late.map_or_else(
                || self.lost(SessionBreak::InTheMiddle),
                |fault| Fault { tried: self.tried.clone(), ..fault },
            ));
        };
        if status == TIMED_OUT {
            let error = FrameError::Late { seconds: self.deadline.as_secs() };
            return Err(Fault::of(&error, self.tried));
        }
        let stdout = Zeroizing::new(heard.stdout[start..end].to_vec());
        Ok(Ended {
            status,
            stdout,
            stderr: self.running.complaints(complaint(&heard.stderr, &mark)),
        })
    }

    fn lost(&self, how: SessionBreak) -> Fault {
        Fault { tried: self.tried.clone(), ..self.running.lost(how) }
    }
}

impl From<Ended> for Output {
    fn from(ended: Ended) -> Self {
        let stdout = Secret::new(String::from_utf8_lossy(&ended.stdout).into_owned());
        Self { status: ended.status, stdout, stderr: ended.stderr }
    }
}

/// One random half of a mark.
fn half(tried: &str) -> Result<String, Fault> {
    let mut bytes = [0_u8; 8];
    getrandom::fill(&mut bytes)
        .map_err(|error| Fault::of(&FrameError::NoRandomNumber(error), tried))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Where a text begins in others.
fn find(bytes: &[u8], text: &[u8]) -> Option<usize> {
    bytes.windows(text.len()).position(|window| window == text)
}

/// Where the output ends, and the exit status that stands behind the last mark.
fn end(stdout: &[u8], start: usize, last: &str) -> Option<(usize, u32)> {
    let end = start - 1 + find(stdout.get(start - 1..)?, last.as_bytes())?;
    let rest = &stdout[end + last.len()..];
    let line = &rest[..rest.iter().position(|byte| *byte == b'\n')?];
    let status = std::str::from_utf8(line).ok()?.trim().parse().ok()?;
    Some((end.max(start), status))
}

/// What the command itself complained of.
fn complaint<'a>(stderr: &'a [u8], mark: &str) -> &'a [u8] {
    let first = format!("{mark}\n");
    let start = find(stderr, first.as_bytes()).map_or(0, |at| at + first.len());
    let rest = &stderr[start..];
    let end = find(rest, format!("\n{mark} end\n").as_bytes()).unwrap_or(rest.len());
    &rest[..end]
}

/// Something else ran than the command that was sent, or the login shell ended
/// before it.
fn other_program(tried: &str, running: &Running) -> Fault {
    let Some(status) = running.heard().status else {
        let lost = running.lost(SessionBreak::BeforeItBegan);
        return Fault { tried: tried.into(), ..lost };
    };
    let printed = printed(running);
    let printed = if printed.is_empty() { say!("nothing") } else { printed };
    Fault::of(&FrameError::OtherProgram { status, printed }, tried)
}

/// Why it is not known what a command came to.
#[derive(Debug, thiserror::Error)]
enum FrameError {
    #[error("{}", say!("{answer}; until then it printed: {printed}", answer = &.late.answer, printed = .printed))]
    NotBegun {
        #[source]
        late: Fault,
        printed: String,
    },
    #[error("{}", say!("it did not end within {seconds} s", seconds = .seconds))]
    Late { seconds: u64 },
    #[error("{}", say!("the host did not run the command that was sent; it ended with status {status} and printed: {printed}", status = .status, printed = .printed))]
    OtherProgram { status: u32, printed: String },
    #[error("{0}")]
    NoRandomNumber(getrandom::Error),
}

impl Failure for FrameError {
    fn system(&self) -> System {
        System::Host
    }

    fn kind(&self) -> FaultKind {
        match self {
            Self::NotBegun { late, .. } => late.kind.clone(),
            Self::Late { .. } => FaultKind::Late,
            Self::OtherProgram { .. } => FaultKind::Refused,
            Self::NoRandomNumber(_) => FaultKind::Crashed,
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::NotBegun { late, .. } => late.remedy.clone(),
            Self::Late { .. } => say!("Is the host very busy? Look again in a moment."),
            Self::OtherProgram { .. } => say!(
                "The key or the user runs a program of its own: look for `command=` in \
                 authorized_keys, for ForceCommand in sshd_config, and for an `exit` or `exec` in the \
                 login scripts. Use a key that may run commands."
            ),
            Self::NoRandomNumber(_) => String::new(),
        }
    }
}

/// A program that the host lacks.
#[derive(Debug, thiserror::Error)]
#[error("{}", say!("there is no `{program}` on the host", program = .0))]
pub(super) struct MissingProgram(pub(super) String);

impl UniformFailure for MissingProgram {
    const SYSTEM: System = System::Host;
    const KIND: FaultKind = FaultKind::NotFound;

    fn hint(&self) -> String {
        say!("Install `{program}` there, or put it on the PATH of this user.", program = self.0)
    }
}

/// The program that a command failed for want of, by its own name: as shells
/// say it, and as `timeout` does.
pub(super) fn missing_program(status: u32, stderr: &Foreign) -> Option<String> {
    let by_shell = |line: &str| {
        let line = line.strip_suffix(": not found").or(line.strip_suffix(": command not found"))?;
        line.rsplit(": ").next().map(str::to_owned)
    };
    let by_timeout = |line: &str| {
        let rest = line.strip_prefix("timeout: ")?.split_once('\'')?.1;
        rest.split_once("': No such file").map(|(name, _)| name.to_owned())
    };
    if !matches!(status, 1 | 2 | 127) {
        return None;
    }
    let name = stderr.part(|text| {
        let mut lines = text.lines().map(str::trim);
        lines.find_map(|line| by_shell(line).or_else(|| by_timeout(line))).unwrap_or_default()
    });
    (!name.is_empty()).then(|| name.to_string())
}

/// What came on both streams.
fn printed(running: &Running) -> String {
    let heard = running.heard();
    let all = [&heard.stdout, &heard.stderr].map(|bytes| running.complaints(bytes));
    let all = all.iter().filter(|text| !text.is_empty()).map(ToString::to_string);
    all.collect::<Vec<_>>().join(" / ")
}

#[cfg(test)]
mod tests {
    use std::process;

    use super::*;

    /// Runs a command line as sshd does, behind what a login script prints.
    fn run(before: &str, command: &str, after: &str) -> std::process::Output {
        let marks = Fills::default().with(Hole::MarkBegin, "ab").with(Hole::MarkEnd, "cd");
        let line = framed(&command.into(), Duration::from_secs(5)).fill(&marks).unwrap();
        let line = line.expose();
        let script = format!("{before}\n{line}\n{after}");
        process::Command::new("/bin/sh").args(["-c", &script]).output().unwrap()
    }

    #[test]
    fn marks_tell_noise_from_output() {
        let output = run(
            "printf noise; echo noise >&2; set -x",
            "sh -c 'printf out; printf err >&2; exit 7'",
            "echo bye",
        );
        let start = find(&output.stdout, b"abcd\n").unwrap() + 5;
        let (end, status) = end(&output.stdout, start, "\nabcd ").unwrap();
        assert_eq!((&output.stdout[start..end], status), (b"out".as_slice(), 7));
        assert_eq!(complaint(&output.stderr, "abcd"), b"err");
        assert!(output.stdout.starts_with(b"noise\n"));
    }

    #[test]
    fn an_empty_output_is_empty() {
        let output = run("", "true", "");
        let start = find(&output.stdout, b"abcd\n").unwrap() + 5;
        assert_eq!(end(&output.stdout, start, "\nabcd "), Some((start, 0)));
    }
}
