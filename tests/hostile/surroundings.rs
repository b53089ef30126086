//! Surroundings in which the program is not at home: environments, streams that
//! are closed or full, limits. It works all the same or says why not, says
//! nothing else, and makes nothing where it does not belong.

use std::{
    fs,
    process::{Command, Output, Stdio},
};

use testkit::{said, said_around_backticks};

use crate::table;

/// What becomes of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ends {
    /// It works as if nothing were.
    Well,
    /// It says so, in a line with that.
    Told(&'static str),
}

/// Variables that are set.
type Variables = &'static [(&'static str, &'static str)];

const VARIABLES: [(Variables, Ends); 16] = [
    (&[("TZ", "garbage")], Ends::Well),
    (&[("TZ", "/etc/passwd")], Ends::Well),
    (&[("TZ", "UTC+99")], Ends::Well),
    (&[("TZ", "<\x1b[8m>3")], Ends::Well),
    (&[("LC_ALL", "xx_YY.no-such"), ("LANG", "\x1b[8m")], Ends::Well),
    (&[("COLUMNS", "99999999999999999999"), ("LINES", "-1")], Ends::Well),
    (&[("TERM", "\x1b[8m")], Ends::Well),
    (&[("RUST_LOG", "trace"), ("RUST_BACKTRACE", "full")], Ends::Well),
    (&[("SSL_CERT_FILE", "/etc"), ("SSL_CERT_DIR", "/dev/null")], Ends::Well),
    (&[("HTTPS_PROXY", "http://user:hush-hush-0123@127.0.0.1:9")], Ends::Well),
    (&[("ALL_PROXY", "socks5://user:hush-hush-0123@127.0.0.1:9")], Ends::Well),
    (&[("TMPDIR", "/dev/null")], Ends::Told("hint:")),
    (&[("SSH_AUTH_SOCK", "/dev/zero")], Ends::Well),
    (&[("XDG_STATE_HOME", "here"), ("XDG_DATA_HOME", "here")], Ends::Well),
    (&[("HOME", "")], Ends::Well),
    (&[("PATH", "")], Ends::Well),
];

/// What a shell does before it becomes the program (`$0`).
const SHELLS: [(&str, Ends); 10] = [
    ("exec \"$0\" demo <&-", Ends::Well),
    ("exec \"$0\" demo >&- <&-", Ends::Well),
    ("exec \"$0\" demo 2>&- <&-", Ends::Well),
    ("exec \"$0\" man >/dev/full", Ends::Told("write to standard output")),
    ("exec \"$0\" demo 2>/dev/full", Ends::Well),
    ("\"$0\" demo | head -n 1", Ends::Well),
    ("exec \"$0\" demo --log /dev/full", Ends::Told("write all of the log file")),
    ("HOME=here exec \"$0\" profile list", Ends::Told("HOME is `here`")),
    // Root may start as many processes as it likes.
    (
        "few='prlimit --nproc=1'; if [ $(id -u) != 0 ]; then $few \"$0\" status; else \
         d=$(mktemp -d); chmod 755 $d; cp \"$0\" $d/immich-sso; \
         setpriv --reuid=65534 --clear-groups $few $d/immich-sso status; rm -r $d; fi",
        Ends::Told("start another thread"),
    ),
    ("ulimit -c unlimited; ulimit -f 0; exec \"$0\" profile list", Ends::Well),
];

/// Arguments on which a terminal would act: an escape sequence, a direction, the end
/// of a line.
const ARGUMENTS: [&[&str]; 8] = [
    &["sta\x1b[8m\u{202e}tus\u{2028}"],
    &["--profile", "x\x1b[8m\u{202e}y", "status"],
    &["--config", "/tmp/c\x1b[8m\u{202e}y", "profile", "list"],
    &["--config", "/tmp/c\x1b[8m\u{202e}y", "profile", "show"],
    &["--log", "/no/x\x1b[8m\u{202e}y", "status"],
    &["--timeout", "5\x1b[8m\u{202e}", "status"],
    &["apply", "/no/x\x1b[8m\u{202e}\x1b[2Jy"],
    &["secret", "show", "client\x1b[8m\u{202e}secret"],
];

#[test]
fn arguments_that_a_terminal_would_act_on_are_shown_as_marks() {
    let home = tempfile::tempdir().unwrap();
    let mut broken = Vec::new();
    for arguments in ARGUMENTS {
        let mut command = Command::new(env!("CARGO_BIN_EXE_immich-sso"));
        command.env_clear().env("HOME", home.path()).env("PATH", "/usr/bin:/bin");
        let ended = command.args(arguments).stdin(Stdio::null()).output().unwrap();
        let told = String::from_utf8_lossy(&ended.stderr);
        let acts = |c: char| matches!(c, '\x1b' | '\u{202e}' | '\u{2028}');
        if told.contains(acts) || told.trim().is_empty() {
            broken.push(format!("{arguments:?}: {told:?}"));
        }
    }
    table::row("An argument holds what a terminal would act on", ARGUMENTS.len(), &broken);
}

/// What is wrong with how it ended.
fn broken_by(command: &mut Command, ends: Ends) -> Option<String> {
    let folder = tempfile::tempdir().unwrap();
    command.current_dir(folder.path()).stdin(Stdio::null());
    let Output { status, stdout, stderr } = command.output().unwrap();
    let (told, talk) = (String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
    let made: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|it| it.unwrap().path()).collect();
    if !made.is_empty() {
        return Some(format!("it made {made:?}"));
    }
    let mistake = said("mistake of its own");
    for text in [&told, &talk] {
        for bad in ["panicked", &mistake, "\x1b[8m", "hush-hush", "tracing"] {
            if text.contains(bad) {
                return Some(format!("{bad:?} in {text}"));
            }
        }
    }
    match ends {
        Ends::Well if status.success() => None,
        Ends::Told(what) if talk.matches(&said_around_backticks(what)).count() == 1 => None,
        _ => Some(format!("{status}, not {ends:?}: {talk}")),
    }
}

#[test]
fn surroundings_that_are_odd_are_borne_or_told() {
    let home = tempfile::tempdir().unwrap();
    let begin = |program: &str| {
        let mut command = Command::new(program);
        command.env_clear().env("HOME", home.path()).env("PATH", "/usr/bin:/bin");
        command
    };
    let program = env!("CARGO_BIN_EXE_immich-sso");
    let mut broken = Vec::new();
    for (variables, ends) in VARIABLES {
        let mut command = begin(program);
        command.arg("demo").envs(variables.iter().copied());
        broken.extend(broken_by(&mut command, ends).map(|what| format!("{variables:?}: {what}")));
    }
    for (shell, ends) in SHELLS {
        let mut command = begin("bash");
        command.args(["-c", shell, program]);
        broken.extend(broken_by(&mut command, ends).map(|what| format!("{shell}: {what}")));
    }
    table::row(
        "An environment, a stream or a limit is odd",
        VARIABLES.len() + SHELLS.len(),
        &broken,
    );
}
