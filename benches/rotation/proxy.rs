//! A TCP proxy that delays: what goes in at one end comes out at the other that
//! much later, in order and in full. The kernel's own way (netem) is not to be
//! had everywhere.

use std::{net::SocketAddr, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream, tcp},
    sync::mpsc,
    time::{Instant, sleep_until},
};

/// Listens on loopback and leads to `to`, with that delay each way. A new
/// connection takes a round trip before its first byte is on its way.
pub async fn open(to: SocketAddr, delay: Duration) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((near, _)) = listener.accept().await {
            let opens = Instant::now() + 2 * delay;
            tokio::spawn(async move {
                let Ok(far) = TcpStream::connect(to).await else { return };
                let _ = (near.set_nodelay(true), far.set_nodelay(true));
                let ((near_in, near_out), (far_in, far_out)) =
                    (near.into_split(), far.into_split());
                tokio::join!(
                    carry(near_in, far_out, delay, opens),
                    carry(far_in, near_out, delay, opens)
                );
            });
        }
    });
    address
}

async fn carry(
    mut from: tcp::OwnedReadHalf,
    mut to: tcp::OwnedWriteHalf,
    delay: Duration,
    opens: Instant,
) {
    let (sender, mut queue) = mpsc::unbounded_channel::<(Instant, Vec<u8>)>();
    let reading = async move {
        let mut chunk = vec![0; 16 << 10];
        while let Ok(read @ 1..) = from.read(&mut chunk).await {
            let due = Instant::now().max(opens) + delay;
            if sender.send((due, chunk[..read].to_vec())).is_err() {
                return;
            }
        }
    };
    let writing = async move {
        while let Some((due, bytes)) = queue.recv().await {
            if !delay.is_zero() {
                sleep_until(due).await;
            }
            if to.write_all(&bytes).await.is_err() {
                return;
            }
        }
        let _ = to.shutdown().await;
    };
    tokio::join!(reading, writing);
}
