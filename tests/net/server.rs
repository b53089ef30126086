//! A server on loopback that answers each connection as it is told, with TLS or
//! without.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use immich_sso::{
    net::{Http, Trust},
    site::System,
};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpListener,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        pki_types::{CertificateDer, PrivateKeyDer},
    },
};

/// What a server answers, connection by connection; the last one for good.
pub type Script = Vec<Vec<u8>>;

pub struct Server {
    pub address: SocketAddr,
    connections: Arc<AtomicUsize>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A good answer with that body.
pub fn ok(body: &str) -> Vec<u8> {
    answer("200 OK", body)
}

pub fn answer(status: &str, body: &str) -> Vec<u8> {
    format!(
        "HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

impl Server {
    pub async fn plain(script: Script) -> Self {
        Self::start(script, None).await
    }

    pub async fn tls(script: Script, certificate: &Certificate) -> Self {
        Self::start(script, Some(certificate.acceptor())).await
    }

    async fn start(script: Script, acceptor: Option<TlsAcceptor>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let connections = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&connections);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let number = count.fetch_add(1, Ordering::SeqCst);
                let bytes = script[number.min(script.len() - 1)].clone();
                let acceptor = acceptor.clone();
                tokio::spawn(async move {
                    match acceptor {
                        None => serve(stream, &bytes).await,
                        Some(acceptor) => {
                            if let Ok(stream) = acceptor.accept(stream).await {
                                serve(stream, &bytes).await;
                            }
                        }
                    }
                });
            }
        });
        Self { address, connections, task }
    }

    /// How many connections came in.
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    pub fn http(&self, scheme: &str, host: &str, trust: &Trust) -> Http {
        let url = format!("{scheme}://{host}:{}/", self.address.port());
        Http::new(System::Authentik, url.parse().unwrap(), trust).unwrap()
    }
}

/// Reads a request's head and answers. An empty answer: none, for good.
async fn serve(mut stream: impl AsyncRead + AsyncWrite + Unpin, bytes: &[u8]) {
    let mut head = Vec::new();
    let mut byte = [0_u8; 1];
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read(&mut byte).await {
            // No letter: somebody speaks TLS, and web servers say so at once.
            Ok(1) if head.is_empty() && !byte[0].is_ascii_alphabetic() => break,
            Ok(1) => head.push(byte[0]),
            _ => return,
        }
    }
    if bytes.is_empty() {
        std::future::pending::<()>().await;
    }
    let _ = stream.write_all(bytes).await;
    let _ = stream.shutdown().await;
}

/// An authority of the test's own, and a certificate that it issued.
pub struct Certificate {
    pub authority: String,
    chain: Vec<CertificateDer<'static>>,
    key: Vec<u8>,
}

impl Certificate {
    /// For this name, valid for these days around now.
    pub fn for_name(name: &str, expired: bool) -> Self {
        let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        if expired {
            params.not_before = rcgen::date_time_ymd(2020, 1, 1);
            params.not_after = rcgen::date_time_ymd(2021, 1, 1);
        }
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &authority).unwrap();
        Self {
            authority: authority.pem(),
            chain: vec![certificate.der().clone()],
            key: key.serialize_der(),
        }
    }

    /// Its fingerprint as `openssl` prints it.
    pub fn fingerprint(&self) -> String {
        let hash = ring::digest::digest(&ring::digest::SHA256, &self.chain[0]);
        hash.as_ref().iter().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().join(":")
    }

    fn acceptor(&self) -> TlsAcceptor {
        let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(
                self.chain.clone(),
                PrivateKeyDer::try_from(self.key.clone()).unwrap(),
            )
            .unwrap();
        TlsAcceptor::from(Arc::new(config))
    }
}
