//! A server on loopback that says what it is told to, one answer a connection,
//! and counts the requests.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpListener,
    task::JoinHandle,
};
use tokio_rustls::TlsAcceptor;

use crate::pki::Identity;

/// The server; it ends with this value.
pub struct Server {
    /// The port on 127.0.0.1.
    pub port: u16,
    requests: Arc<AtomicUsize>,
    heads: Arc<Mutex<String>>,
    task: JoinHandle<()>,
}

impl Server {
    /// Serves in the clear: the first connection gets the first answer, and so
    /// on; the last one is repeated.
    pub async fn plain(answers: Vec<Vec<u8>>) -> Self {
        Self::start(None, answers).await
    }

    /// The same with TLS.
    pub async fn tls(identity: &Identity, answers: Vec<Vec<u8>>) -> Self {
        Self::start(Some(TlsAcceptor::from(identity.config.clone())), answers).await
    }

    async fn start(tls: Option<TlsAcceptor>, answers: Vec<Vec<u8>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let requests = Arc::new(AtomicUsize::new(0));
        let counter = requests.clone();
        let heads = Arc::new(Mutex::new(String::new()));
        let seen = heads.clone();
        let task = tokio::spawn(async move {
            let answers = Arc::new(answers);
            loop {
                let Ok((tcp, _)) = listener.accept().await else { return };
                let (tls, answers, counter) = (tls.clone(), answers.clone(), counter.clone());
                let seen = seen.clone();
                tokio::spawn(async move {
                    match tls {
                        None => converse(tcp, &answers, &counter, &seen).await,
                        Some(tls) => {
                            if let Ok(stream) = tls.accept(tcp).await {
                                converse(stream, &answers, &counter, &seen).await;
                            }
                        }
                    }
                });
            }
        });
        Self { port, requests, heads, task }
    }

    /// How many requests came.
    pub fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }

    /// The heads of the requests, one after the other.
    pub fn heads(&self) -> String {
        self.heads.lock().unwrap().clone()
    }

    /// The address in the clear.
    pub fn http(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The address with TLS, for certificates for `localhost`.
    pub fn https(&self) -> String {
        format!("https://localhost:{}", self.port)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn converse(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    answers: &[Vec<u8>],
    requests: &AtomicUsize,
    heads: &Mutex<String>,
) {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read(&mut byte).await {
            Ok(1) => head.push(byte[0]),
            _ => return,
        }
    }
    heads.lock().unwrap().push_str(&String::from_utf8_lossy(&head));
    let number = requests.fetch_add(1, Ordering::SeqCst);
    let Some(answer) = answers.get(number).or_else(|| answers.last()) else {
        // Told to say nothing: until the other side gives up.
        let _ = stream.read(&mut byte).await;
        return;
    };
    let _ = stream.write_all(answer).await;
    let _ = stream.shutdown().await;
}

/// An answer with this status line and these headers.
pub fn answer(status: &str, headers: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {length}\r\n{headers}\r\n{body}"
    )
    .into_bytes()
}

/// 200 and a bit of JSON.
pub fn fine() -> Vec<u8> {
    answer("200 OK", "", r#"{"fine":true}"#)
}
