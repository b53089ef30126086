//! What the vault adds to every store: deadlines, and reading back.

use std::{
    path::Path,
    sync::{
        Arc, Mutex,
        mpsc::{Receiver, Sender, channel},
    },
    time::{Duration, Instant},
};

use immich_sso::{
    secret::{AgeFile, Call, Demand, Label, Memory, Readiness, Secret, Store, StorePlace, Vault},
    site::{Fault, FaultKind, System},
};
use testkit::said;

/// Longer than any of these tests; a call that waits for it has failed.
const LONG: Duration = Duration::from_mins(1);
const SHORT: Duration = Duration::from_millis(50);

/// A store whose calls wait until the test lets them go, as a keyring waits
/// for a person.
struct Held {
    memory: Arc<Memory>,
    asks: bool,
    awaits_turn: bool,
    go: Mutex<Receiver<()>>,
    wrote: Sender<bool>,
}

fn held(asks: bool) -> (Held, Arc<Memory>, Sender<()>, Receiver<bool>) {
    let memory = Arc::new(Memory::default());
    let (go, wait) = channel();
    let (wrote, seen) = channel();
    (
        Held { memory: Arc::clone(&memory), asks, awaits_turn: false, go: Mutex::new(wait), wrote },
        memory,
        go,
        seen,
    )
}

impl Held {
    fn wait(&self, call: &Call) {
        if self.asks {
            call.needs_operator(Demand::Unlock);
        }
        if self.awaits_turn {
            call.awaits_turn(Path::new("the file"));
        }
        let _ = self.go.lock().unwrap().recv_timeout(LONG);
        call.goes_on();
    }
}

impl Store for Held {
    fn place(&self) -> StorePlace {
        StorePlace::Memory
    }

    fn open(&self, call: &Call) -> Result<Readiness, Fault> {
        self.wait(call);
        Ok(Readiness::Ready)
    }

    fn get(&self, label: Label, call: &Call) -> Result<Option<Secret>, Fault> {
        self.memory.get(label, call)
    }

    fn set(&self, label: Label, secret: &Secret, call: &Call) -> Result<(), Fault> {
        self.wait(call);
        let writes = !call.is_abandoned();
        if writes {
            self.memory.set(label, secret, call)?;
        }
        let _ = self.wrote.send(writes);
        Ok(())
    }

    fn forget(&self, label: Label, call: &Call) -> Result<bool, Fault> {
        self.memory.forget(label, call)
    }
}

/// A store that says yes and keeps something else.
struct Careless(Memory);

impl Store for Careless {
    fn place(&self) -> StorePlace {
        StorePlace::Memory
    }

    fn open(&self, call: &Call) -> Result<Readiness, Fault> {
        self.0.open(call)
    }

    fn get(&self, label: Label, call: &Call) -> Result<Option<Secret>, Fault> {
        self.0.get(label, call)
    }

    fn set(&self, label: Label, secret: &Secret, call: &Call) -> Result<(), Fault> {
        let half = &secret.expose()[..secret.expose().len() / 2];
        self.0.set(label, &Secret::new(half), call)
    }

    fn forget(&self, _: Label, _: &Call) -> Result<bool, Fault> {
        Ok(true)
    }
}

#[tokio::test]
async fn a_secret_is_kept_listed_by_fingerprint_and_forgotten() {
    let vault = Vault::memory();
    let secret = Secret::new("hunter2");
    assert_eq!(vault.get(Label::AuthentikToken).await.unwrap(), None);
    vault.put(Label::AuthentikToken, &secret).await.unwrap();
    assert_eq!(vault.get(Label::AuthentikToken).await.unwrap(), Some(secret.clone()));
    let listed = vault.clone().list().await.unwrap();
    assert_eq!(listed, [(Label::AuthentikToken, secret.fingerprint())]);
    assert!(vault.forget(Label::AuthentikToken).await.unwrap());
    assert!(!vault.forget(Label::AuthentikToken).await.unwrap());
    assert_eq!(vault.list().await.unwrap(), []);
}

#[tokio::test]
async fn a_store_that_keeps_something_else_is_found_out() {
    let vault = Vault::of(Careless(Memory::default()));
    let fault = vault.put(Label::ClientSecret, &Secret::new("hunter2")).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::NotKept);
    assert!(!fault.to_string().contains("hun"), "{fault}");
    let fault = vault.forget(Label::ClientSecret).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::NotKept);
}

#[tokio::test]
async fn a_store_that_does_not_answer_is_given_up_and_does_not_write_later() {
    let (store, memory, go, wrote) = held(false);
    let vault = Vault::of(store).deadlines(SHORT, LONG);
    let begun = Instant::now();
    let fault = vault.put(Label::ClientSecret, &Secret::new("hunter2")).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Late);
    assert!(begun.elapsed() < LONG / 2);
    go.send(()).unwrap();
    assert!(!wrote.recv_timeout(LONG).unwrap());
    let vault = Vault::of(Shared(memory));
    assert_eq!(vault.get(Label::ClientSecret).await.unwrap(), None);
}

#[tokio::test]
async fn a_call_that_is_dropped_does_not_write_later() {
    let (store, _, go, wrote) = held(false);
    let vault = Vault::of(store);
    let secret = Secret::new("hunter2");
    tokio::select! {
        _ = vault.put(Label::ClientSecret, &secret) => panic!("nobody let it go"),
        () = tokio::time::sleep(SHORT) => {}
    }
    go.send(()).unwrap();
    assert!(!wrote.recv_timeout(LONG).unwrap());
}

#[tokio::test]
async fn a_person_gets_more_time_than_a_machine_and_is_told_what_for() {
    let (store, _, go, _) = held(true);
    let told: Arc<Mutex<Vec<Option<Demand>>>> = Arc::default();
    let heard = Arc::clone(&told);
    let vault = Vault::of(store).deadlines(SHORT, LONG).on_waiting(move |what| {
        heard.lock().unwrap().push(what);
    });
    let waiting = tokio::spawn({
        let vault = vault.clone();
        async move { vault.open().await }
    });
    tokio::time::sleep(SHORT * 4).await;
    assert!(!waiting.is_finished(), "the deadline of machines holds no longer");
    go.send(()).unwrap();
    assert_eq!(waiting.await.unwrap().unwrap(), Readiness::Ready);
    assert_eq!(*told.lock().unwrap(), [Some(Demand::Unlock), None]);
}

#[tokio::test]
async fn another_program_gets_its_time_and_nobody_is_asked_for_it() {
    let (mut store, _, go, _) = held(false);
    store.awaits_turn = true;
    let asked: Arc<Mutex<usize>> = Arc::default();
    let counted = Arc::clone(&asked);
    let vault =
        Vault::of(store).deadlines(SHORT, LONG).on_waiting(move |_| *counted.lock().unwrap() += 1);
    let waiting = tokio::spawn(async move { vault.open().await });
    tokio::time::sleep(SHORT * 4).await;
    assert!(!waiting.is_finished(), "its work does not count against this call");
    go.send(()).unwrap();
    assert_eq!(waiting.await.unwrap().unwrap(), Readiness::Ready);
    assert_eq!(*asked.lock().unwrap(), 0);
}

#[tokio::test]
async fn a_person_who_does_not_come_is_named_as_the_reason() {
    let (store, _, _go, _) = held(true);
    let vault = Vault::of(store).deadlines(SHORT, SHORT);
    let fault = vault.open().await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Locked);
    assert!(fault.answer.contains(&Demand::Unlock.to_string()), "{fault}");
    assert!(fault.remedy.contains(&*said("encrypted file")), "{fault}");
}

/// A store that is locked, and that nobody unlocks.
struct Shut;

impl Store for Shut {
    fn place(&self) -> StorePlace {
        StorePlace::Memory
    }

    fn open(&self, _: &Call) -> Result<Readiness, Fault> {
        Ok(Readiness::NeedsOperator(Demand::Unlock))
    }

    fn unlock(&self, _: &Call) -> Result<(), Fault> {
        Err(Fault::new(System::SecretStore, FaultKind::Locked, "unlock it"))
    }

    fn get(&self, _: Label, call: &Call) -> Result<Option<Secret>, Fault> {
        self.unlock(call).map(|()| None)
    }

    fn set(&self, _: Label, _: &Secret, call: &Call) -> Result<(), Fault> {
        self.unlock(call)
    }

    fn forget(&self, _: Label, call: &Call) -> Result<bool, Fault> {
        self.unlock(call).map(|()| false)
    }
}

#[tokio::test]
async fn opening_asks_nobody_and_unlocking_does() {
    let vault = Vault::of(Shut);
    assert_eq!(vault.open().await.unwrap(), Readiness::NeedsOperator(Demand::Unlock));
    assert_eq!(vault.unlock().await.unwrap_err().kind, FaultKind::Locked);
    Vault::memory().unlock().await.unwrap();
}

#[tokio::test]
async fn nothing_that_holds_a_secret_prints_it() {
    let memory = Arc::new(Memory::default());
    let vault = Vault::of(Shared(Arc::clone(&memory)));
    vault.put(Label::ClientSecret, &Secret::new("hunter2")).await.unwrap();
    let file = Vault::age_file("/nowhere/home.age".into(), Secret::new("hunter2"));
    let bare = AgeFile::new("/nowhere/home.age".into(), Secret::new("hunter2"));
    let printed = format!("{memory:?} {vault:?} {file:?} {bare:?} {}", file.place());
    assert!(printed.contains("ClientSecret"), "{printed}");
    assert!(!printed.contains("hunter2"), "{printed}");
}

/// A store that the test looks into from outside.
struct Shared(Arc<Memory>);

impl Store for Shared {
    fn place(&self) -> StorePlace {
        self.0.place()
    }

    fn open(&self, call: &Call) -> Result<Readiness, Fault> {
        self.0.open(call)
    }

    fn get(&self, label: Label, call: &Call) -> Result<Option<Secret>, Fault> {
        self.0.get(label, call)
    }

    fn set(&self, label: Label, secret: &Secret, call: &Call) -> Result<(), Fault> {
        self.0.set(label, secret, call)
    }

    fn forget(&self, label: Label, call: &Call) -> Result<bool, Fault> {
        self.0.forget(label, call)
    }
}
