//! What is said when no answer comes: what sort of trouble, and what to do.

use std::time::Duration;

use immich_sso::{
    net::{Request, Trust},
    site::FaultKind,
};
use testkit::{said, said_with};
use tokio::net::TcpListener;

use crate::{
    client, get,
    pki::Authority,
    server::{Server, answer, fine},
};

#[tokio::test]
async fn https_asked_of_a_plain_port_says_so() {
    // Servers of plain HTTP answer a handshake as the bad request that it is.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let talk = tokio::spawn(async move {
        use tokio::io::AsyncWriteExt;
        let (mut tcp, _) = listener.accept().await.unwrap();
        tcp.write_all(&answer("400 Bad Request", "", "")).await.unwrap();
        tcp
    });
    let fault = get(&format!("https://localhost:{port}")).await.unwrap_err();
    drop(talk.await.unwrap());
    assert_eq!(fault.kind, FaultKind::WrongProduct, "{fault}");
    assert!(fault.remedy.contains(&format!("http://localhost:{port}")), "{fault}");
}

#[tokio::test]
async fn http_asked_of_a_tls_port_says_so() {
    let server = Server::tls(&Authority::new().issue("localhost"), vec![fine()]).await;
    let complaint = "Client sent an HTTP request to an HTTPS server.\n";
    let go = Server::plain(vec![answer("400 Bad Request", "", complaint)]).await;
    for server in [server, go] {
        let fault = get(&server.http()).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::WrongProduct, "{fault}");
        let right = server.http().replace("http", "https");
        assert!(fault.remedy.contains(&right), "{fault}");
    }
}

/// Servers that are no web servers, by what they say first.
const OTHERS: [&str; 4] = [
    "SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n",
    "220 mail.example.com ESMTP\r\n",
    "-ERR unknown command 'GET'\r\n",
    "SSH-2.0-\u{1b}[8mhidden\u{202e}\r\nverified: alice\r\n",
];

/// A server that says `words` to whoever comes and asks.
async fn another(words: &'static str) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut peer, _)) = listener.accept().await {
            tokio::spawn(async move {
                use tokio::io::{AsyncReadExt, AsyncWriteExt};
                let mut heard = [0; 4096];
                let _ = peer.read(&mut heard).await;
                let _ = peer.write_all(words.as_bytes()).await;
                while peer.read(&mut heard).await.is_ok_and(|read| read > 0) {}
            });
        }
    });
    port
}

#[tokio::test]
async fn a_server_of_another_protocol_is_told_by_its_words() {
    for words in OTHERS {
        let port = another(words).await;
        for scheme in ["http", "https"] {
            let fault = get(&format!("{scheme}://127.0.0.1:{port}")).await.unwrap_err();
            assert_eq!(fault.kind, FaultKind::WrongProduct, "{fault}");
            let first = words.split(['\r', '\u{1b}']).next().unwrap();
            assert!(fault.answer.contains(first), "{scheme}, {words:?}: {fault}");
            assert!(!fault.answer.contains(['\u{1b}', '\u{202e}', '\n']), "{:?}", fault.answer);
            assert!(!fault.answer.contains("alice"), "its first line alone: {fault}");
            for wrong in ["http://", "https://"] {
                assert!(!fault.remedy.contains(wrong), "neither would help: {fault}");
            }
        }
    }
}

#[tokio::test]
async fn a_port_where_nobody_listens_is_unreachable() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let fault = get(&format!("http://127.0.0.1:{port}")).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Unreachable);
    assert!(fault.answer.contains(&*said("refused")), "{fault}");
    assert!(fault.remedy.contains(&*said("port")), "{fault}");
}

#[tokio::test]
async fn a_name_that_does_not_resolve_is_unreachable() {
    let fault = get("http://photos.invalid").await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Unreachable);
    assert!(fault.answer.contains("photos.invalid"), "{fault}");
    assert!(fault.remedy.contains(&*said("name server")), "{fault}");
}

#[tokio::test]
async fn a_server_that_never_answers_is_late() {
    let server = Server::plain(Vec::new()).await;
    let request = Request::get("/").within(Duration::from_millis(200));
    let fault = client(&server.http(), &Trust::default()).send(request).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Late);
    assert!(fault.answer.contains(&*said("0.2 seconds")), "{fault}");
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_lost() {
    let half = b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf".to_vec();
    let server = Server::plain(vec![half]).await;
    let request = Request::new(reqwest::Method::POST, "/");
    let fault = client(&server.http(), &Trust::default()).send(request).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Lost, "{fault}");
    assert_eq!(server.requests(), 1);
}

#[tokio::test]
async fn a_fault_does_not_repeat_the_query() {
    let fault = get("http://photos.invalid").await.unwrap_err();
    assert_eq!(fault.tried, said_with("read {}", &[&"http://photos.invalid/api/thing"]));
    assert!(!format!("{fault:?}").contains("hush"));
}
