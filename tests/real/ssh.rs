//! The SSH session against a real OpenSSH server.

use std::{fs, path::PathBuf, process::Command, time::Duration};

use immich_sso::{
    net::{Remote, Ssh, SshAccess},
    secret::Secret,
    site::{FaultKind, SshTarget},
};

use crate::support::{
    Running, left_out, must,
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
    assert!(output.stderr.contains("err"));

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
async fn keys_are_taken_encrypted_ones_too() {
    if left_out() {
        return;
    }
    let sshd = Sshd::start("");
    let authorized = sshd.folder.path().join("authorized");
    for (kind, passphrase) in [("ed25519", "a passphrase"), ("rsa", ""), ("ecdsa", "")] {
        let path = sshd.folder.path().join(format!("more_{kind}"));
        make_key(&path, kind, passphrase);
        let public = fs::read_to_string(path.with_extension("pub")).unwrap();
        fs::write(&authorized, fs::read_to_string(&authorized).unwrap() + &public).unwrap();
        let mut access = SshAccess { key_file: Some(path), ..sshd.access() };
        if !passphrase.is_empty() {
            let fault = Ssh::connect(&access).await.unwrap_err();
            assert_eq!(fault.kind, FaultKind::PassphraseNeeded, "{fault}");
            access.passphrase = Some(Secret::new("wrong"));
            let fault = Ssh::connect(&access).await.unwrap_err();
            assert_eq!(fault.kind, FaultKind::PassphraseNeeded, "{fault}");
            access.passphrase = Some(Secret::new(passphrase));
        }
        Ssh::connect(&access).await.unwrap_or_else(|fault| panic!("{kind}: {fault}"));
    }
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
    assert!(fault.answer.contains("the key ") && fault.answer.contains("password"), "{fault}");
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
    assert!(fault.remedy.contains("nobody listens"), "{fault}");
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
    let me = std::env::current_exe().unwrap();
    must(
        Command::new(me)
            .args(["--exact", "ssh::signs_in_by_the_agent", "--ignored", "--nocapture"])
            .env("SSH_AUTH_SOCK", &socket)
            .env("HOME", folder.path()),
    );
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
