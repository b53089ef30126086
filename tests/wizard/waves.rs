//! How many round trips an unchanged site costs: both servers stand behind a
//! gate that opens only when nothing more is asked for, and counts how often.

use immich_sso::wizard::{LoginTopic, RunTopic, Topic};
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use immich_sso::wizard::Ending;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::watch,
    time::{Instant, sleep_until},
};

use crate::driver::{Site, confirm, pick};

/// How long nothing must be asked for until the gate opens: longer than a busy
/// machine takes from one request to the next that waits for nothing.
const QUIET: Duration = Duration::from_millis(600);

/// A gate in front of a server.
#[derive(Clone)]
struct Gate {
    /// How often it opened.
    opened: watch::Sender<usize>,
    last_request: watch::Sender<Instant>,
    held: Arc<AtomicUsize>,
    is_shut: watch::Sender<bool>,
}

impl Gate {
    fn new() -> Self {
        let gate = Self {
            opened: watch::channel(0).0,
            last_request: watch::channel(Instant::now()).0,
            held: Arc::default(),
            is_shut: watch::channel(false).0,
        };
        tokio::spawn(gate.clone().keep());
        gate
    }

    /// Opens whenever answers wait and nobody asks any more.
    async fn keep(self) {
        let mut requests = self.last_request.subscribe();
        loop {
            let quiet_at = *requests.borrow_and_update() + QUIET;
            tokio::select! {
                () = sleep_until(quiet_at) => {
                    if self.held.swap(0, Ordering::SeqCst) > 0 {
                        self.opened.send_modify(|times| *times += 1);
                    }
                    if requests.changed().await.is_err() {
                        return;
                    }
                }
                _ = requests.changed() => {}
            }
        }
    }

    /// The address of the gate to a server.
    async fn to(&self, url: &str) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let here = format!("http://{}", listener.local_addr().unwrap());
        let (gate, server) = (self.clone(), url.trim_start_matches("http://").to_owned());
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(gate.clone().pass(client, server.clone()));
            }
        });
        here
    }

    async fn pass(self, client: TcpStream, server: String) {
        let server = TcpStream::connect(server).await.unwrap();
        let ((mut from_client, mut to_client), (mut from_server, mut to_server)) =
            (client.into_split(), server.into_split());
        let (asked, answers) = watch::channel(0_usize);
        let there = async {
            let mut bytes = vec![0; 65536];
            while let Ok(read @ 1..) = from_client.read(&mut bytes).await {
                self.last_request.send_replace(Instant::now());
                asked.send_modify(|times| *times += 1);
                if to_server.write_all(&bytes[..read]).await.is_err() {
                    return;
                }
            }
        };
        let back = async {
            let (mut bytes, mut answered) = (vec![0; 65536], 0);
            while let Ok(read @ 1..) = from_server.read(&mut bytes).await {
                let now = *answers.borrow();
                // The first piece of an answer waits; the rest follows it.
                if now > answered && *self.is_shut.borrow() {
                    answered = now;
                    let mut opened = self.opened.subscribe();
                    opened.borrow_and_update();
                    self.held.fetch_add(1, Ordering::SeqCst);
                    self.last_request.send_replace(Instant::now());
                    if opened.changed().await.is_err() {
                        return;
                    }
                }
                if to_client.write_all(&bytes[..read]).await.is_err() {
                    return;
                }
            }
        };
        tokio::select! {
            () = there => {}
            () = back => {}
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unchanged_site_is_known_to_be_so_after_one_round_trip() {
    let mut site = Site::open().await;
    let gate = Gate::new();
    site.profile.authentik.url = gate.to(&site.lab.authentik.url()).await;
    site.profile.immich.url = gate.to(&site.lab.immich.url()).await;
    // The lab's person does not know the way through the gate.
    let walked = site
        .start()
        .walk(|prompt, now| {
            if matches!(prompt.topic, Topic::Login(LoginTopic::LogIn { .. })) {
                return pick(prompt, 's');
            }
            confirm(prompt, now)
        })
        .await;
    assert_eq!(walked.ending, Ending::Finished);
    let before = site.mutations();

    gate.is_shut.send_replace(true);
    let mut driver = site.start();
    driver.asked(RunTopic::NothingToDo).await;
    let trips = *gate.opened.borrow();
    gate.is_shut.send_replace(false);
    driver.quit().await;
    assert!((1..2).contains(&trips), "{trips} round trips");
    assert_eq!(site.mutations(), before);
}
