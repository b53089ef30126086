//! Servers that flood, stall, cut and lie: the program says what came, ends or
//! asks, and touches nothing that it was not asked to touch.

use std::{
    collections::BTreeSet,
    sync::{LazyLock, Mutex},
    time::{Duration, Instant},
};

use futures::{StreamExt, stream};
use immich_sso::{plain::Ink, wizard::Ending};
use tokio::{io::AsyncReadExt, net::TcpListener, time::timeout};

use crate::{
    echoes::requests,
    lie::{CLIMBS, Kind, Lie},
    proxy::Seen,
    runs::{Run, walk},
    table,
    terminals::acts,
};

/// One case of so many is run, unless all are, or those whose name holds the text
/// in `IMMICH_SSO_LIES_ONLY`.
const ONE_IN: usize = 73;
/// How many runs are under way at a time: some of them only wait.
const AT_A_TIME: usize = 48;
/// How long a run may take at most, all its deadlines together: those that ask
/// sixty times take a quarter of a minute alone, and minutes beside others.
const MOST: Duration = Duration::from_mins(15);

/// What died in the library.
static DEATHS: LazyLock<Mutex<Vec<String>>> = LazyLock::new(|| {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        let ours = |file: &str| file.starts_with("src/");
        if let Some(at) = info.location().filter(|at| ours(at.file())) {
            DEATHS.lock().unwrap().push(at.to_string());
        }
        before(info);
    }));
    Mutex::default()
});

/// Another server, and what was sent to it.
async fn stranger() -> (String, std::sync::Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let got = std::sync::Arc::<Mutex<Vec<String>>>::default();
    let notes = got.clone();
    tokio::spawn(async move {
        while let Ok((mut peer, _)) = listener.accept().await {
            let mut bytes = vec![0; 4096];
            let read = peer.read(&mut bytes).await.unwrap_or(0);
            notes.lock().unwrap().push(String::from_utf8_lossy(&bytes[..read]).into_owned());
        }
    });
    (address, got)
}

/// What a run makes of a lie that it must not.
async fn broken_by(run: Run, lie: Lie) -> Option<String> {
    let (site, wire) = run.open().await;
    wire.lie(lie.clone());
    let met = walk(&site, &wire, run, Ink::Colour).await;
    if wire.lied() == 0 {
        return None;
    }
    if let Some(path) = wire.paths().into_iter().find(|path| path.contains("..")) {
        return Some(format!("it asked for {path}"));
    }
    if met.faces.contains(&format!("/{CLIMBS}")) {
        return Some("it shows an address that leads out".into());
    }
    if let Some(what) = acts(&met.faces) {
        return Some(what);
    }
    let claims = match &met.ending {
        Ending::LoginVerified | Ending::Rotated => true,
        Ending::TakenBack(tally) | Ending::AccessRemoved(tally) => {
            tally.left == 0 && tally.remains.is_empty()
        }
        _ => false,
    };
    // A set-up's claim is about the login, not about what it tidied up.
    let (method, path) = (lie.to.method.as_str(), lie.to.path.as_str());
    let changes = match run {
        Run::SignIn | Run::SetUp => {
            matches!(method, "PUT" | "PATCH")
                || method == "POST"
                    && (path.contains("/providers/") || path.contains("/applications/"))
        }
        // Whether a session ended is the server's word alone.
        _ => !matches!(method, "GET" | "OPTIONS") && !path.ends_with("/logout"),
    };
    (lie.kind == Kind::NotDone && changes && claims).then(|| format!("it claims {:?}", met.ending))
}

fn cases(requests: &[(Run, Seen)], stranger: &str) -> Vec<(Run, Lie)> {
    let kinds = Kind::all(stranger);
    let all = requests.iter().flat_map(|(run, to)| {
        kinds.iter().map(|kind| (*run, Lie { to: to.clone(), kind: kind.clone() }))
    });
    let only = std::env::var("IMMICH_SSO_LIES_ONLY").unwrap_or_default();
    let turn = |at: usize, (run, lie): &(Run, Lie)| {
        if only.is_empty() {
            table::whole() || at % ONE_IN == 7
        } else {
            lie.name(*run).contains(&only)
        }
    };
    all.enumerate().filter(|(at, case)| turn(*at, case)).map(|(_, case)| case).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_that_lie_are_neither_believed_nor_followed() {
    LazyLock::force(&DEATHS);
    let (address, got) = stranger().await;
    let cases = cases(&requests().await, &address);
    let tries = cases.len();
    let came: Vec<Option<String>> = stream::iter(cases)
        .map(|(run, lie)| async move {
            let name = lie.name(run);
            let begun = Instant::now();
            let task = tokio::spawn(timeout(MOST, broken_by(run, lie))).await;
            let came = task.unwrap_or_else(|died| Ok(Some(format!("it died: {died}"))));
            let came = came.unwrap_or_else(|_| Some("it does not come to an end".into()));
            println!("{:5.1} s  {name}: {came:?}", begun.elapsed().as_secs_f32());
            let what = came?;
            Some(format!("{name}: {what}"))
        })
        .buffer_unordered(AT_A_TIME)
        .collect()
        .await;
    let mut broken: Vec<String> = came.into_iter().flatten().collect();
    // A server that believes a lie asks there itself; that is not the program.
    let ours = |text: &&String| text.to_lowercase().contains("user-agent: immich-sso/");
    let strays: BTreeSet<String> = got.lock().unwrap().iter().filter(ours).cloned().collect();
    broken.extend(strays.into_iter().map(|text| format!("sent elsewhere: {text}")));
    broken.extend(DEATHS.lock().unwrap().iter().map(|at| format!("a panic at {at}")));
    table::row("A server floods, stalls, cuts or lies", tries, &broken);
}
