//! What listens at an address where HTTP was expected: it is asked once more,
//! without anything of the run, and the first bytes tell.

use std::time::Duration;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};
use url::Url;

/// How long it may take: it answered a moment ago.
const SOON: Duration = Duration::from_secs(2);
/// How much of its words is kept.
const MOST: usize = 120;
/// A request that carries nothing, so that every server has something to say.
const ASKED: &[u8] = b"GET / HTTP/1.0\r\n\r\n";
/// The first bytes of a TLS record: an alert or a handshake of version 3.
const TLS: [[u8; 2]; 2] = [[0x15, 3], [0x16, 3]];

/// What a peer said first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Opening {
    /// Nothing in time, or it could not be asked.
    Nothing,
    /// A TLS record.
    Tls,
    /// An answer of HTTP.
    Http,
    /// Another protocol: its first line.
    Words(String),
}

/// Asks what listens there.
pub(super) async fn listen(url: &Url) -> Opening {
    timeout(SOON, first(url)).await.ok().flatten().map_or(Opening::Nothing, |bytes| meant(&bytes))
}

async fn first(url: &Url) -> Option<Vec<u8>> {
    let host = url.host_str()?.trim_matches(['[', ']']);
    let mut peer = TcpStream::connect((host, url.port_or_known_default()?)).await.ok()?;
    peer.write_all(ASKED).await.ok()?;
    let mut bytes = vec![0; MOST];
    let mut read = 0;
    // The bytes can come one by one: a line tells more than the first of them.
    while read < MOST && !bytes[..read].contains(&b'\n') {
        match peer.read(&mut bytes[read..]).await {
            Ok(0) | Err(_) => break,
            Ok(more) => read += more,
        }
        if is_tls(&bytes[..read]) {
            break;
        }
    }
    bytes.truncate(read);
    Some(bytes)
}

fn is_tls(bytes: &[u8]) -> bool {
    TLS.iter().any(|begin| bytes.starts_with(begin))
}

fn meant(bytes: &[u8]) -> Opening {
    if bytes.is_empty() {
        return Opening::Nothing;
    }
    if is_tls(bytes) {
        return Opening::Tls;
    }
    if bytes.starts_with(b"HTTP/") {
        return Opening::Http;
    }
    let line = bytes.split(|byte| matches!(byte, b'\r' | b'\n')).next().unwrap_or_default();
    Opening::Words(String::from_utf8_lossy(line).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_bytes_tell_the_protocol() {
        assert_eq!(meant(b""), Opening::Nothing);
        assert_eq!(meant(&[0x15, 3, 1, 0, 2, 2, 70]), Opening::Tls);
        assert_eq!(meant(b"HTTP/1.1 400 Bad Request\r\n"), Opening::Http);
        assert_eq!(meant(b"220 mail ESMTP\r\n"), Opening::Words("220 mail ESMTP".into()));
    }
}
