//! SSH servers that are silent, odd or noisy: each is given up in time, and no
//! answer is ever made of what a host printed beside it.

use std::{
    fs,
    sync::Arc,
    time::{Duration, Instant},
};

use futures::{StreamExt, stream};
use immich_sso::{
    host::{ConfigFile, Host},
    net::{Remote, Ssh, SshAccess},
    secret::Secret,
    site::{DockerAccess, SshTarget},
};
use russh::{
    Channel,
    keys::{Algorithm, HashAlg, PrivateKey, key::safe_rng},
    server::{self, Auth, ChannelOpenHandle, Config, Handler, Msg, Session},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    time::timeout,
};

use crate::{
    support::{left_out, sshd::Sshd},
    table,
};

/// More than any server may cost.
const MOST: Duration = Duration::from_secs(90);

/// What a server says at once; `None`: it closes.
fn openings() -> Vec<(&'static str, Option<Vec<u8>>)> {
    let page = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n".to_vec();
    vec![
        ("closes", None),
        ("is silent", Some(Vec::new())),
        ("speaks HTTP", Some(page)),
        ("speaks SMTP", Some(b"220 mail.example.com ESMTP\r\n".to_vec())),
        ("speaks an old SSH", Some(b"SSH-1.5-OpenSSH_2.0\r\n".to_vec())),
        ("greets and is silent", Some(b"SSH-2.0-OpenSSH_9.2\r\n".to_vec())),
        ("greets with a megabyte", Some(vec![b'x'; 1 << 20])),
        ("greets with many lines", Some(b"welcome\r\n".repeat(1 << 16))),
        ("greets with sequences", Some(b"SSH-2.0-\x1b[8mx\x1b]0;t\x07\r\n".to_vec())),
        ("sends a packet without end", {
            let mut bytes = b"SSH-2.0-x\r\n\xff\xff\xff\xff".to_vec();
            bytes.extend([0x14; 4096]);
            Some(bytes)
        }),
        ("sends an empty packet", Some(b"SSH-2.0-x\r\n\0\0\0\0\0\0\0\0".to_vec())),
        ("sends zeros", Some(vec![0; 1 << 16])),
    ]
}

async fn odd(said: Option<Vec<u8>>) -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let said = said.map(Arc::new);
    tokio::spawn(async move {
        while let Ok((mut peer, _)) = listener.accept().await {
            let Some(said) = said.clone() else { continue };
            tokio::spawn(async move {
                let _ = peer.write_all(&said).await;
                // It stays and hears everything.
                let mut heard = [0; 4096];
                while peer.read(&mut heard).await.is_ok_and(|read| read > 0) {}
            });
        }
    });
    port
}

async fn connects(name: &str, said: Option<Vec<u8>>) -> Option<String> {
    let folder = tempfile::tempdir().unwrap();
    let target = SshTarget::parse(&format!("root@127.0.0.1:{}", odd(said).await)).unwrap();
    let access = SshAccess::new(target, folder.path().join("known_hosts"));
    let began = Instant::now();
    let what = match timeout(MOST, Ssh::connect(&access)).await {
        Err(_) => Some("it is not given up".to_owned()),
        Ok(Ok(_)) => Some("it is taken for a host".to_owned()),
        Ok(Err(fault)) => {
            let said = fault.answer;
            let acts = said.contains(['\u{1b}', '\n', '\u{7}']) || said.len() > 2_000;
            acts.then(|| format!("its words are shown as they came: {said:?}"))
        }
    };
    println!("{:5.1} s  a server that {name}", began.elapsed().as_secs_f32());
    what.map(|what| format!("a server that {name}: {what}"))
}

/// An SSH server that lets everybody in, says that it is there, and does no more.
struct Deaf(Vec<ChannelOpenHandle>);

impl Handler for Deaf {
    type Error = russh::Error;

    async fn auth_password(&mut self, _: &str, _: &str) -> Result<Auth, russh::Error> {
        Ok(Auth::Accept)
    }

    async fn channel_open_session(
        &mut self,
        _: Channel<Msg>,
        reply: ChannelOpenHandle,
        _: &mut Session,
    ) -> Result<(), russh::Error> {
        // Dropped, it would be an answer.
        self.0.push(reply);
        Ok(())
    }
}

async fn deaf() -> Option<String> {
    let mut config = Config::default();
    config.keys.push(PrivateKey::random(&mut safe_rng(), Algorithm::Ed25519).unwrap());
    let print = config.keys[0].public_key().fingerprint(HashAlg::Sha256).to_string();
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let config = Arc::new(config);
        while let Ok((peer, _)) = listener.accept().await {
            let serving = server::run_stream(Arc::clone(&config), peer, Deaf(Vec::new()));
            tokio::spawn(async move {
                if let Ok(running) = serving.await {
                    let _ = running.await;
                }
            });
        }
    });
    let folder = tempfile::tempdir().unwrap();
    let target = SshTarget::parse(&format!("root@127.0.0.1:{port}")).unwrap();
    let mut access = SshAccess::new(target, folder.path().join("known_hosts"));
    access.password = Some(Secret::new("hunter2"));
    access.accepted_fingerprint = Some(print);
    let ssh = match timeout(MOST, Ssh::connect(&access)).await {
        Ok(Ok(ssh)) => ssh,
        other => return Some(format!("a server that starts nothing lets nobody in: {other:?}")),
    };
    let remote = Remote { command: "true".into(), stdin: None, deadline: Duration::from_secs(2) };
    let what = match timeout(MOST, ssh.run(remote)).await {
        Err(_) => "it is not given up",
        Ok(Ok(_)) => "it is taken for done",
        Ok(Err(_)) => return None,
    };
    Some(format!("a server that starts nothing: {what}"))
}

/// Lines of a login script.
const SCRIPTS: [&str; 10] = [
    "echo '# nas, today'",
    "printf 'no line end'",
    "printf '\\0\\377\\376'",
    "echo noise >&2",
    "trap 'echo bye' EXIT",
    "set -x",
    "head -c 3000000 /dev/zero",
    "echo \"mark=$1$2\"; echo \"$SSH_ORIGINAL_COMMAND\"",
    "tr '\\0' ' ' < /proc/$$/cmdline; echo",
    "printf '\\033[8mhidden\\nverified: alice\\n'",
];

/// The text of the file, which ends without a line end.
const TEXT: &str = "oauth:\n  enabled: false\n  buttonText: \u{1b}[8m\n# no line end";

/// A host whose login script does that: the file is read as it is.
async fn reads(script: &str) -> Option<String> {
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join(".bashrc"), format!("{script}\n")).unwrap();
    let sshd = Sshd::start(&format!("SetEnv HOME={}", home.path().display()));
    let path = home.path().join("immich.yaml");
    fs::write(&path, TEXT).unwrap();
    let file = ConfigFile {
        path: path.display().to_string(),
        is_mounted_itself: false,
        mounted: home.path().display().to_string(),
        same_inside: Vec::new(),
    };
    let work = async {
        let host = Host::connect(&sshd.access(), DockerAccess::Direct).await?;
        host.look_at_file(&file).await
    };
    match timeout(MOST, work).await {
        Err(_) => Some("it is not given up".to_owned()),
        Ok(Ok(seen)) if seen.text.expose() == TEXT => None,
        Ok(Ok(_)) => Some("another text is taken for the file's".to_owned()),
        Ok(Err(fault)) => Some(format!("the file is not read: {fault}")),
    }
    .map(|what| format!("a host whose login script says {script:?}: {what}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn hosts_that_are_odd_are_given_up_in_time() {
    if left_out() {
        return;
    }
    let openings = openings();
    let tries = openings.len() + SCRIPTS.len() + 1;
    let odd = stream::iter(openings).map(|(name, said)| connects(name, said));
    let mut broken: Vec<String> =
        odd.buffer_unordered(20).filter_map(std::future::ready).collect().await;
    broken.extend(deaf().await);
    for script in SCRIPTS {
        broken.extend(reads(script).await);
    }
    table::row("An SSH server is silent, odd or noisy", tries, &broken);
}
