//! TLS in front of a port on loopback, with HTTP/2 where the client offers it.
//! Bytes pass as they come, so that a connection that is cut behind it is cut.

use std::sync::Arc;

use rustls::ServerConfig;
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};
use tokio_rustls::TlsAcceptor;

/// The front; it ends with this value.
pub struct Front {
    port: u16,
    task: JoinHandle<()>,
}

impl Front {
    /// Starts one with this certificate, in front of the address. It offers
    /// HTTP/2 too, unless the configuration names what it offers.
    pub async fn start(config: &ServerConfig, address: &str) -> Self {
        let mut config = config.clone();
        if config.alpn_protocols.is_empty() {
            config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        }
        let tls = TlsAcceptor::from(Arc::new(config));
        let behind = address.trim_start_matches("http://").to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let task = tokio::spawn(async move {
            loop {
                let Ok((tcp, _)) = listener.accept().await else { return };
                let (tls, behind) = (tls.clone(), behind.clone());
                tokio::spawn(async move {
                    let Ok(mut near) = tls.accept(tcp).await else { return };
                    let Ok(mut far) = TcpStream::connect(behind).await else { return };
                    let _ = copy_bidirectional(&mut near, &mut far).await;
                });
            }
        });
        Self { port, task }
    }

    /// The address of the front.
    pub fn url(&self) -> String {
        format!("https://localhost:{}", self.port)
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        self.task.abort();
    }
}
