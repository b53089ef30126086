//! A server that speaks HTTP/2, a turn a request; HTTP/1.1 where that is asked
//! for.

use std::{
    convert::Infallible,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use bytes::Bytes;
use h2::{Reason, server::SendResponse};
use reqwest::header::{HeaderMap, HeaderValue};
use rustls::ServerConfig;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, DuplexStream, copy_bidirectional, duplex},
    net::{TcpListener, TcpStream},
    sync::oneshot,
    task::JoinHandle,
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

use crate::{pki::Identity, server::fine};

/// What happens to a request.
#[derive(Clone, Copy, Debug)]
pub enum Turn {
    /// 200 and a bit of JSON.
    Fine,
    /// The same after a 103.
    Hints,
    /// The same with trailers.
    Trailers,
    /// The same with many headers.
    LargeHeaders,
    /// The same; then no more on this connection.
    LastOne,
    /// `RST_STREAM`.
    Reset(Reason),
    /// Half of the body, then `RST_STREAM`.
    Half(Reason),
    /// `GOAWAY`, from which it is clear that the request was not begun.
    GoAway(Reason),
    /// The connection breaks.
    Cut,
    /// Nothing more is read or written on this connection.
    Freeze,
}

/// The server; it ends with this value.
pub struct Server2 {
    port: u16,
    seen: Arc<Seen>,
    task: JoinHandle<()>,
}

#[derive(Default)]
struct Seen {
    requests: AtomicUsize,
    connections: AtomicUsize,
    asked: Mutex<Vec<String>>,
}

impl Server2 {
    /// The first request meets the first turn, and so on; the last one is
    /// repeated.
    pub async fn start(identity: &Identity, turns: Vec<Turn>) -> Self {
        let mut config = ServerConfig::clone(&identity.config);
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        let tls = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let seen = Arc::new(Seen::default());
        let (noted, turns) = (seen.clone(), Arc::new(turns));
        let task = tokio::spawn(async move {
            loop {
                let Ok((tcp, _)) = listener.accept().await else { return };
                let (tls, turns, seen) = (tls.clone(), turns.clone(), noted.clone());
                tokio::spawn(async move {
                    let Ok(stream) = tls.accept(tcp).await else { return };
                    seen.connections.fetch_add(1, Ordering::SeqCst);
                    if stream.get_ref().1.alpn_protocol() == Some(b"h2") {
                        let (near, far) = duplex(1 << 16);
                        let (stop, stopped) = oneshot::channel();
                        tokio::spawn(pump(stream, far, stopped));
                        let _ = converse(near, &turns, &seen, stop).await;
                    } else {
                        older(stream, &seen).await;
                    }
                });
            }
        });
        Self { port, seen, task }
    }

    /// How many requests came.
    pub fn requests(&self) -> usize {
        self.seen.requests.load(Ordering::SeqCst)
    }

    /// Over how many connections.
    pub fn connections(&self) -> usize {
        self.seen.connections.load(Ordering::SeqCst)
    }

    /// The hosts that were asked for, and how.
    pub fn asked(&self) -> Vec<String> {
        self.seen.asked.lock().unwrap().clone()
    }

    /// The address, for certificates for `localhost`.
    pub fn https(&self) -> String {
        format!("https://localhost:{}", self.port)
    }
}

impl Drop for Server2 {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Carries bytes to and fro until a turn says what else happens.
async fn pump(
    mut stream: TlsStream<TcpStream>,
    mut inside: DuplexStream,
    stopped: oneshot::Receiver<Turn>,
) {
    let turn = tokio::select! {
        _ = copy_bidirectional(&mut stream, &mut inside) => return,
        turn = stopped => turn,
    };
    match turn {
        Ok(Turn::GoAway(reason)) => {
            // No stream was begun; then the error, and a word to nobody.
            let mut frame = vec![0, 0, 12, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0];
            frame.extend(u32::from(reason).to_be_bytes());
            frame.extend(b"hush");
            let _ = stream.write_all(&frame).await;
            let _ = stream.flush().await;
            let mut rest = Vec::new();
            let _ = stream.read_to_end(&mut rest).await;
        }
        Ok(Turn::Freeze) => match std::future::pending::<Infallible>().await {},
        _ => {}
    }
}

async fn converse(
    stream: DuplexStream,
    turns: &[Turn],
    seen: &Seen,
    stop: oneshot::Sender<Turn>,
) -> Result<(), h2::Error> {
    let mut connection = h2::server::handshake(stream).await?;
    while let Some(next) = connection.accept().await {
        let (request, respond) = next?;
        let number = seen.requests.fetch_add(1, Ordering::SeqCst);
        let host = request.uri().host().unwrap_or_default();
        seen.asked.lock().unwrap().push(format!("{host} over {:?}", request.version()));
        let turn = *turns.get(number).or_else(|| turns.last()).unwrap();
        match turn {
            Turn::GoAway(_) | Turn::Cut | Turn::Freeze => {
                let _ = stop.send(turn);
                // What was not said stays unsaid.
                match std::future::pending::<Infallible>().await {}
            }
            turn => say(turn, respond)?,
        }
        if matches!(turn, Turn::LastOne) {
            connection.graceful_shutdown();
        }
    }
    Ok(())
}

fn say(turn: Turn, mut respond: SendResponse<Bytes>) -> Result<(), h2::Error> {
    let mut headers = HeaderMap::new();
    match turn {
        Turn::Reset(reason) => {
            respond.send_reset(reason);
            return Ok(());
        }
        Turn::LargeHeaders => {
            let policy = HeaderValue::from_str(&"p".repeat(4000)).unwrap();
            for _ in 0..10 {
                headers.append("content-security-policy", policy.clone());
            }
        }
        Turn::Hints => {
            let mut hints = axum::http::Response::new(());
            *hints.status_mut() = axum::http::StatusCode::EARLY_HINTS;
            respond.send_informational(hints)?;
        }
        _ => {}
    }
    let mut answer = axum::http::Response::new(());
    *answer.headers_mut() = headers;
    let mut body = respond.send_response(answer, false)?;
    let trailers = matches!(turn, Turn::Trailers);
    if let Turn::Half(reason) = turn {
        body.send_data(Bytes::from_static(b"{\"fine\""), false)?;
        body.send_reset(reason);
        return Ok(());
    }
    body.send_data(Bytes::from_static(b"{\"fine\":true}"), !trailers)?;
    if trailers {
        let mut sum = HeaderMap::new();
        sum.insert("x-sum", HeaderValue::from_static("1"));
        body.send_trailers(sum)?;
    }
    Ok(())
}

/// One request over HTTP/1.1.
async fn older(mut stream: TlsStream<TcpStream>, seen: &Seen) {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read(&mut byte).await {
            Ok(1) => head.push(byte[0]),
            _ => return,
        }
    }
    seen.requests.fetch_add(1, Ordering::SeqCst);
    let head = String::from_utf8_lossy(&head).to_lowercase();
    let host = head.lines().find_map(|line| line.strip_prefix("host: ")).unwrap_or_default();
    seen.asked.lock().unwrap().push(format!("{host} over HTTP/1.1"));
    let _ = stream.write_all(&fine()).await;
    let _ = stream.shutdown().await;
}
