//! The SSH session against a real OpenSSH server.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use immich_sso::{
    net::{Remote, Ssh, SshAccess},
    secret::Secret,
    site::{FaultKind, SshTarget},
};
use testkit::{said, said_with};

use crate::support::{
    Running,
    agent::{self, Agent, in_a_child},
    left_out, must,
    sshd::{Sshd, User, make_key},
    until,
};

fn remote(command: &str) -> Remote {
    Remote { command: command.into(), stdin: None, deadline: Duration::from_secs(30) }
}

#[tokio::test]
async fn a_host_key_is_shown_at_first_sight_remembered_and_refused_when_it_changes() {
    if left_out() {
        return;
    }
    let sshd = Sshd::start("");
    let print = sshd.fingerprint();
    let fault = Ssh::connect(&sshd.stranger()).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Untrusted { fingerprint: Some(print.clone()) });
    assert!(!sshd.known_hosts().exists(), "nothing is remembered unasked");

    let wrong = SshAccess { accepted_fingerprint: Some("SHA256:other".into()), ..sshd.stranger() };
    assert!(Ssh::connect(&wrong).await.is_err());
    Ssh::connect(&sshd.access()).await.unwrap();
    // From now on it is known.
    Ssh::connect(&sshd.stranger()).await.unwrap();

    let known = fs::read_to_string(sshd.known_hosts()).unwrap();
    let sshd = sshd.with_another_host_key();
    let moved = known
        .lines()
        .map(|line| format!("[127.0.0.1]:{} {}\n", sshd.port, line.split_once(' ').unwrap().1));
    fs::write(sshd.known_hosts(), moved.collect::<String>()).unwrap();
    // Not even with the new key's own fingerprint accepted.
    let fault = Ssh::connect(&sshd.access()).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::HostKeyChanged);
    assert!(fault.answer.contains(&print), "{fault}");
}

#[tokio::test]
async fn commands_have_their_input_their_output_and_their_exit_status() {
    if left_out() {
        return;
    }
    let sshd = Sshd::start("");
    let ssh = Ssh::connect(&sshd.access()).await.unwrap();
    let output = ssh.run(remote("echo out; echo err >&2; exit 7")).await.unwrap();
    assert_eq!(output.status, 7);
    assert_eq!(output.stdout.expose(), "out\n");
    assert!(output.stderr.mentions("err"));

    let big = "0123456789".repeat(500_000);
    let echo = Remote { stdin: Some(Secret::new(big.clone())), ..remote("cat") };
    let output = ssh.run(echo).await.unwrap();
    assert_eq!(output.stdout.expose().len(), big.len());
    assert!(output.stdout.expose() == big, "it comes back as it went");

    let killed = ssh.run(remote("kill -KILL $$")).await.unwrap();
    assert_eq!(killed.status, 137);
}

#[tokio::test]
async fn a_lost_connection_is_never_a_success() {
    if left_out() {
        return;
    }
    let sshd = Sshd::start("");
    let ssh = Ssh::connect(&sshd.access()).await.unwrap();
    let marker = sshd.folder.path().join("begun");
    let command = format!("touch {}; exec sleep 100", marker.display());
    let (fault, ()) = tokio::join!(ssh.run(remote(&command)), async {
        let cut = tokio::task::spawn_blocking(move || {
            until("the command began", || marker.exists());
            sshd.cut();
            sshd
        });
        cut.await.unwrap();
    });
    assert_eq!(fault.unwrap_err().kind, FaultKind::Lost);
}

#[tokio::test]
async fn what_takes_too_long_is_given_up() {
    if left_out() {
        return;
    }
    let sshd = Sshd::start("");
    let ssh = Ssh::connect(&sshd.access()).await.unwrap();
    let slow = Remote { deadline: Duration::from_millis(200), ..remote("exec sleep 5") };
    assert_eq!(ssh.run(slow).await.unwrap_err().kind, FaultKind::Late);
    assert_eq!(ssh.run(remote("true")).await.unwrap().status, 0, "the session goes on");
}

#[tokio::test]
async fn a_password_is_taken_and_a_refusal_says_what_was_tried() {
    if left_out() {
        return;
    }
    let (sshd, user) = (Sshd::start("PasswordAuthentication yes"), User::create());
    let stranger = sshd.folder.path().join("stranger");
    make_key(&stranger, "ed25519", "");
    let mut access = SshAccess {
        accepted_fingerprint: Some(sshd.fingerprint()),
        key_file: Some(stranger),
        ..sshd.access_as(&user.name)
    };
    let fault = Ssh::connect(&access).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::NotSignedIn);
    assert!(
        fault.answer.contains(&*said("the key ")) && fault.answer.contains("password"),
        "{fault}"
    );
    access.password = Some(Secret::new("wrong"));
    assert_eq!(Ssh::connect(&access).await.unwrap_err().kind, FaultKind::NotSignedIn);
    access.password = Some(Secret::new(user.password.clone()));
    let ssh = Ssh::connect(&access).await.unwrap();
    let who = ssh.run(remote("id -un")).await.unwrap();
    assert_eq!(who.stdout.expose().trim(), user.name);
}

#[tokio::test]
async fn a_bastion_leads_to_a_host_and_both_keys_are_checked() {
    if left_out() {
        return;
    }
    let (bastion, host) = (Sshd::start(""), Sshd::start(""));
    // One key opens both.
    for name in ["id_ed25519", "authorized"] {
        fs::copy(bastion.folder.path().join(name), host.folder.path().join(name)).unwrap();
    }
    let jump = SshTarget::parse(&format!("root@127.0.0.1:{}", bastion.port)).unwrap();
    let access = |accepted: Option<String>| SshAccess {
        jump: Some(jump.clone()),
        accepted_fingerprint: accepted,
        ..host.stranger()
    };
    let shown = |fault: immich_sso::site::Fault| match fault.kind {
        FaultKind::Untrusted { fingerprint } => fingerprint.unwrap(),
        other => panic!("{other:?}"),
    };
    let first = shown(Ssh::connect(&access(None)).await.unwrap_err());
    assert_eq!(first, bastion.fingerprint());
    let second = shown(Ssh::connect(&access(Some(first))).await.unwrap_err());
    assert_eq!(second, host.fingerprint());
    let ssh = Ssh::connect(&access(Some(second))).await.unwrap();
    assert_eq!(ssh.run(remote("echo there")).await.unwrap().stdout.expose(), "there\n");
}

#[tokio::test]
async fn nobody_there_is_told_apart_from_somebody_else() {
    if left_out() {
        return;
    }
    let at = |port: u16| {
        let target = SshTarget::parse(&format!("root@127.0.0.1:{port}")).unwrap();
        SshAccess::new(target, PathBuf::from("/nonexistent/known_hosts"))
    };
    let fault = Ssh::connect(&at(crate::support::free_port())).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Unreachable);
    assert!(fault.remedy.contains(&*said("nobody listens")), "{fault}");
}

/// The agent is found by an environment variable, so this runs in a child
/// process of its own.
#[test]
fn an_agent_signs_in() {
    if left_out() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("agent");
    let agent = Command::new("ssh-agent").arg("-D").arg("-a").arg(&socket).spawn().unwrap();
    let _agent = Running(agent);
    until("the agent listens", || socket.exists());
    in_a_child("ssh::signs_in_by_the_agent", folder.path(), &socket);
}

#[tokio::test]
#[ignore = "a child of an_agent_signs_in"]
async fn signs_in_by_the_agent() {
    let sshd = Sshd::start("");
    let key = sshd.folder.path().join("id_ed25519");
    let access = SshAccess { key_file: None, ..sshd.access() };
    let fault = Ssh::connect(&access).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::NotSignedIn, "the agent is empty: {fault}");
    must(Command::new("ssh-add").arg("-q").arg(key));
    Ssh::connect(&access).await.unwrap();
}

#[tokio::test]
async fn a_key_file_that_others_can_read_is_refused_with_the_way_out() {
    if left_out() {
        return;
    }
    let sshd = Sshd::start("");
    let key = sshd.folder.path().join("id_ed25519");
    for mode in [0o644, 0o640, 0o604, 0o660] {
        fs::set_permissions(&key, fs::Permissions::from_mode(mode)).unwrap();
        let fault = Ssh::connect(&sshd.access()).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::Refused, "{fault}");
        let way_out = said_with("chmod 600 '{}'", &[&key.display()]);
        assert!(fault.answer.contains(&format!("{mode:04o}")), "{fault}");
        assert!(fault.remedy.contains(&way_out), "{fault}");
    }
    for mode in [0o600, 0o400, 0o700] {
        fs::set_permissions(&key, fs::Permissions::from_mode(mode)).unwrap();
        Ssh::connect(&sshd.access()).await.unwrap();
    }
}

#[tokio::test]
async fn a_key_file_that_is_no_file_is_refused_at_once() {
    if left_out() {
        return;
    }
    let sshd = Sshd::start("");
    let pipe = sshd.folder.path().join("pipe");
    must(Command::new("mkfifo").arg(&pipe));
    let large = sshd.folder.path().join("large");
    fs::File::create(&large).unwrap().set_len(1 << 40).unwrap();
    for (path, what) in [
        (pipe.as_path(), "named pipe"),
        (Path::new("/dev/zero"), "a device"),
        (Path::new("/dev/tty"), "a device"),
        (sshd.folder.path(), "a folder"),
        (large.as_path(), "longer than"),
    ] {
        let access = SshAccess { key_file: Some(path.to_owned()), ..sshd.access() };
        let began = Instant::now();
        let fault = Ssh::connect(&access).await.unwrap_err();
        assert!(fault.answer.contains(&*said(what)), "{fault}");
        assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
    }
}

/// What a key is called by somebody who wants a terminal to obey.
const COMMENT: &[u8] = b"mine\x1b[8m\nverified: alice\xe2\x80\xae";

#[test]
fn a_silent_agent_does_not_keep_the_key_file_from_its_try() {
    if left_out() {
        return;
    }
    let home = tempfile::tempdir().unwrap();
    let socket = home.path().join("agent");
    agent::silent(&socket);
    in_a_child("ssh::signs_in_beside_a_silent_agent", home.path(), &socket);
}

#[test]
fn an_agent_that_never_signs_is_given_up_for_the_key_file() {
    if left_out() {
        return;
    }
    let home = tempfile::tempdir().unwrap();
    let socket = home.path().join("agent");
    let key = home.path().join("key");
    make_key(&key, "ed25519", "");
    let public = fs::read_to_string(key.with_extension("pub")).unwrap();
    let blob = public.split(' ').nth(1).unwrap();
    let blob = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, blob).unwrap();
    let _agent = Agent::listen(&socket, blob, COMMENT, false);
    in_a_child("ssh::signs_in_beside_a_silent_agent", home.path(), &socket);
}

#[tokio::test]
#[ignore = "a child of the tests with silent agents"]
async fn signs_in_beside_a_silent_agent() {
    let sshd = Sshd::start("");
    let home = PathBuf::from(std::env::var_os("HOME").unwrap());
    let access = SshAccess { key_file: None, ..sshd.access() };
    // A key that the agent lists is one that the host takes.
    if home.join("key.pub").exists() {
        sshd.authorize(&home.join("key"));
    }
    let fault = Ssh::connect(&access).await.unwrap_err();
    assert!(
        fault.answer.contains(&*said("agent")) && fault.answer.contains(&*said(" s")),
        "{fault}"
    );
    assert!(!fault.answer.contains(['\u{1b}', '\n', '\u{202e}']), "{:?}", fault.answer);
    let folder = home.join(".ssh");
    fs::create_dir(&folder).unwrap();
    fs::copy(sshd.folder.path().join("id_ed25519"), folder.join("id_ed25519")).unwrap();
    let began = Instant::now();
    let ssh = Ssh::connect(&access).await.unwrap();
    assert!(began.elapsed() < Duration::from_secs(50), "{:?}", began.elapsed());
    assert!(ssh.agent_silence().is_some());
    let named = SshAccess { key_file: sshd.access().key_file, ..access };
    assert_eq!(Ssh::connect(&named).await.unwrap().agent_silence(), None, "nobody asked it");
}
