//! What is left in memory of an answer that was read and dropped.

use std::{
    fs,
    io::{Read, Seek, SeekFrom},
    time::{Duration, Instant},
};

use immich_sso::{
    net::{Http, Request, Trust},
    secret::Secret,
    site::System,
};
use rustls::ServerConfig;

use crate::{
    pki::Authority,
    server::{Server, answer},
};

/// A text that is in memory only where somebody put it: what is kept here is
/// masked.
struct Needle(Vec<u8>);

const MASK: u8 = 0x5a;

impl Needle {
    fn new() -> Self {
        let secret = Secret::generate().unwrap();
        Self(secret.expose().bytes().map(|byte| byte ^ MASK).collect())
    }

    fn text(&self) -> String {
        self.0.iter().map(|byte| char::from(byte ^ MASK)).collect()
    }

    /// How often it is in the memory of this process.
    fn count(&self) -> usize {
        let maps = fs::read_to_string("/proc/self/maps").unwrap();
        let mut memory = fs::File::open("/proc/self/mem").unwrap();
        let mut buffer = vec![0; 1 << 20];
        let mut count = 0;
        for line in maps.lines().filter(|line| line.contains(" rw")) {
            let (from, to) = line.split(' ').next().unwrap().split_once('-').unwrap();
            let [mut at, to] = [from, to].map(|text| u64::from_str_radix(text, 16).unwrap());
            while at < to {
                let length = usize::try_from(to - at).unwrap().min(buffer.len());
                // What is gone in the meantime is no trace.
                if memory.seek(SeekFrom::Start(at)).is_err()
                    || memory.read_exact(&mut buffer[..length]).is_err()
                {
                    break;
                }
                count += self.found(&buffer[..length]);
                at += length as u64;
            }
        }
        count
    }

    fn found(&self, memory: &[u8]) -> usize {
        let first = self.0[0] ^ MASK;
        let unlike = |window: &[u8]| window.iter().zip(&self.0).any(|(a, b)| *a != b ^ MASK);
        let starts = memory.windows(self.0.len()).filter(|window| window[0] == first);
        starts.filter(|window| !unlike(window)).count()
    }
}

async fn reads_and_drops(http: &Http) {
    let answer = http.send(Request::get("/token")).await.unwrap();
    let body = answer.json().unwrap();
    let secret = Secret::new(body["key"].as_str().unwrap());
    assert!(answer.body().len() > 64);
    assert!(secret.expose().len() > 32);
}

#[tokio::test]
async fn answers_leave_no_trace_in_memory() {
    let needle = Needle::new();
    assert_eq!(needle.count(), 0);
    {
        let text = needle.text();
        assert!(needle.count() > 0, "what is there is found");
        drop(text);
    }
    let says = || answer("200 OK", "", &format!("{{\"key\":\"{}\"}}", needle.text()));
    let server = Server::plain(vec![says()]).await;
    let http = crate::client(&server.http(), &Trust::default());
    reads_and_drops(&http).await;
    drop((server, http));

    let authority = Authority::new();
    let mut identity = authority.issue("localhost");
    let mut config = ServerConfig::clone(&identity.config);
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    identity.config = config.into();
    let server = Server::tls(&identity, vec![says()]).await;
    let file = authority.file();
    let trust = Trust { ca_file: Some(file.path().into()), ..Trust::default() };
    let http = Http::new(System::Immich, server.https().parse().unwrap(), &trust).unwrap();
    reads_and_drops(&http).await;
    drop((server, http));

    // The tasks of the connections end a moment later.
    let until = Instant::now() + Duration::from_secs(10);
    while needle.count() > 0 {
        assert!(Instant::now() < until, "{} traces are left", needle.count());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
