//! The way to a server, step by step, and through a proxy.

use std::{
    net::{IpAddr, SocketAddr},
    process::Command,
};

use immich_sso::{
    net::{Trust, Way},
    site::FaultKind,
};
use testkit::said;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional},
    net::{TcpListener, TcpStream},
};

use crate::{
    client, get,
    pki::Authority,
    server::{Server, fine},
};

async fn way(address: &str) -> Way {
    client(address, &Trust::default()).way().await
}

#[tokio::test]
async fn a_name_that_resolves_and_a_port_that_listens_are_told() {
    let server = Server::plain(vec![fine()]).await;
    let Way::Direct { name, port } = way(&server.http()).await else { panic!("direct") };
    let ip = IpAddr::from([127, 0, 0, 1]);
    assert_eq!(name.outcome.unwrap(), [ip]);
    assert_eq!(port.unwrap().outcome.unwrap(), SocketAddr::new(ip, server.port));
    assert_eq!(server.requests(), 0, "nothing is asked");
}

#[tokio::test]
async fn the_way_ends_where_nobody_listens() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let Way::Direct { name, port } = way(&format!("https://localhost:{port}")).await else {
        panic!("direct")
    };
    assert!(name.outcome.unwrap().contains(&IpAddr::from([127, 0, 0, 1])));
    let fault = port.unwrap().outcome.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Unreachable);
    assert!(fault.answer.contains(&*said("refused")), "{fault}");
}

#[tokio::test]
async fn the_way_ends_with_a_name_that_nobody_knows() {
    let Way::Direct { name, port } = way("https://photos.invalid").await else { panic!("direct") };
    let fault = name.outcome.unwrap_err();
    assert!(fault.answer.contains("photos.invalid"), "{fault}");
    assert_eq!(port, None);
}

/// A proxy that leads to `port`, whatever is asked of it.
async fn proxy(port: u16) -> (u16, tokio::task::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let own = listener.local_addr().unwrap().port();
    let task = tokio::spawn(async move {
        let (mut tcp, _) = listener.accept().await.unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(tcp.read_u8().await.unwrap());
        }
        tcp.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await.unwrap();
        let mut server = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        let _ = copy_bidirectional(&mut tcp, &mut server).await;
        String::from_utf8(head).unwrap()
    });
    (own, task)
}

/// The environment is read where a process starts, so this test runs itself
/// again as a child.
#[tokio::test]
async fn the_proxy_of_the_environment_is_asked_and_told_without_its_password() {
    const AT: &str = "IMMICH_SSO_TEST_PROXY";
    const ADDRESS: &str = "https://photos.invalid";
    if let Ok(proxy) = std::env::var(AT) {
        assert_eq!(way(ADDRESS).await, Way::Proxy { at: proxy });
        get(ADDRESS).await.unwrap();
        // Named as an exception, it is reached without.
        assert!(matches!(way("https://auth.invalid").await, Way::Direct { .. }));
        return;
    }
    let authority = Authority::new();
    let server = Server::tls(&authority.issue("photos.invalid"), vec![fine()]).await;
    let (port, asked) = proxy(server.port).await;
    let at = format!("127.0.0.1:{port}");
    let file = authority.file();
    let mut child = Command::new(std::env::current_exe().unwrap());
    let name = "way::the_proxy_of_the_environment_is_asked_and_told_without_its_password";
    child
        .args(["--exact", name])
        .env(AT, &at)
        .env("HTTPS_PROXY", format!("http://somebody:hush@{at}"))
        .env("NO_PROXY", "auth.invalid")
        .env("SSL_CERT_FILE", file.path())
        .env_remove("SSL_CERT_DIR");
    let run = tokio::task::spawn_blocking(move || child.output()).await.unwrap().unwrap();
    let printed = String::from_utf8_lossy(&run.stdout).into_owned();
    assert!(run.status.success(), "{printed}");
    let head = asked.await.unwrap();
    assert!(head.starts_with("CONNECT photos.invalid:443"), "{head}");
    assert!(head.to_lowercase().contains("proxy-authorization: basic"), "{head}");
    assert_eq!(server.requests(), 1);
}

/// As above: it runs itself again with a proxy in its environment.
#[tokio::test]
async fn a_proxy_that_makes_no_connection_is_named() {
    const AT: &str = "IMMICH_SSO_TEST_NO_PROXY";
    const SAYS: &str = "IMMICH_SSO_TEST_SAYS";
    if let Ok(proxy) = std::env::var(AT) {
        let fault = get("https://photos.invalid").await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::Unreachable, "{fault}");
        assert!(fault.answer.contains(&proxy), "{fault}");
        let says = std::env::var(SAYS).unwrap();
        assert_eq!(fault.answer.contains(&*said("refused")), says.is_empty(), "{fault}");
        assert!(fault.remedy.contains(&*said("HTTPS_PROXY")), "{fault}");
        assert!(!fault.to_string().contains("hush"), "{fault}");
        return;
    }
    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let mut ports = vec![(nobody, "")];
    for says in ["HTTP/1.1 403 Forbidden\r\n\r\n", "HTTP/1.1 407 Who?\r\n\r\n", "SSH-2.0-x\r\n"] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        ports.push((listener.local_addr().unwrap().port(), says));
        tokio::spawn(async move {
            while let Ok((mut peer, _)) = listener.accept().await {
                let mut heard = [0; 4096];
                let _ = peer.read(&mut heard).await;
                let _ = peer.write_all(says.as_bytes()).await;
            }
        });
    }
    for (port, says) in ports {
        let at = format!("127.0.0.1:{port}");
        let mut child = Command::new(std::env::current_exe().unwrap());
        child
            .args(["--exact", "way::a_proxy_that_makes_no_connection_is_named"])
            .env(AT, &at)
            .env(SAYS, says)
            .env("HTTPS_PROXY", format!("http://somebody:hush@{at}"))
            .env_remove("NO_PROXY");
        let run = tokio::task::spawn_blocking(move || child.output()).await.unwrap().unwrap();
        let printed = String::from_utf8_lossy(&run.stdout).into_owned();
        assert!(run.status.success(), "{says:?}: {printed}");
    }
}
