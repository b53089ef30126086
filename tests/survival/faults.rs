//! The faults, and how each is made to happen with the request, the command or
//! the call that carries an effect out.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use axum::http::Method;
use immich_sso::{
    lab::{authentik, host, immich},
    secret::{Call, Label, Readiness, Secret, Store},
    site::{Fault, FaultKind, System},
};

use crate::driver::Site;

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trouble {
    KilledBefore,
    KilledAfter,
    AnswerLost,
    Reset,
    Deadline,
    Crash500,
    Html502,
    TooMany429,
    Forbidden403,
    Empty405,
    Truncated,
    SshBefore,
    SshDuring,
    SshAfter,
    DiskFull,
    JournalUnwritable,
    StoreLocked,
    ClockJump,
}

impl Trouble {
    pub const ALL: [Self; 18] = [
        Self::KilledBefore,
        Self::KilledAfter,
        Self::AnswerLost,
        Self::Reset,
        Self::Deadline,
        Self::Crash500,
        Self::Html502,
        Self::TooMany429,
        Self::Forbidden403,
        Self::Empty405,
        Self::Truncated,
        Self::SshBefore,
        Self::SshDuring,
        Self::SshAfter,
        Self::DiskFull,
        Self::JournalUnwritable,
        Self::StoreLocked,
        Self::ClockJump,
    ];

    /// Whether it can meet an effect that goes that way.
    pub fn meets(self, way: &Way) -> bool {
        use Trouble as T;
        match self {
            T::KilledBefore | T::KilledAfter | T::JournalUnwritable | T::ClockJump => true,
            T::StoreLocked => matches!(way, Way::Store),
            T::SshBefore | T::SshDuring | T::SshAfter | T::DiskFull => matches!(way, Way::Host(_)),
            _ => matches!(way, Way::Authentik(..) | Way::Immich(_)),
        }
    }

    /// Whether the run is killed by it.
    pub const fn kills(self) -> bool {
        matches!(self, Self::KilledBefore | Self::KilledAfter)
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::KilledBefore => "killed before it is sent",
            Self::KilledAfter => "killed after it is done",
            Self::AnswerLost => "sent, answer lost",
            Self::Reset => "connection reset",
            Self::Deadline => "deadline",
            Self::Crash500 => "500",
            Self::Html502 => "502 HTML",
            Self::TooMany429 => "429, Retry-After",
            Self::Forbidden403 => "403 in mid-run",
            Self::Empty405 => "405, empty",
            Self::Truncated => "truncated JSON",
            Self::SshBefore => "SSH drop before",
            Self::SshDuring => "SSH drop during",
            Self::SshAfter => "SSH drop after",
            Self::DiskFull => "host's disk full",
            Self::JournalUnwritable => "journal not writable",
            Self::StoreLocked => "keyring locked",
            Self::ClockJump => "clock jump",
        })
    }
}

/// How an effect is carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// By a request to authentik: method and a part of the path.
    Authentik(&'static str, &'static str),
    /// By a request to Immich of that method.
    Immich(&'static str),
    /// By a command on the host that contains this.
    Host(&'static str),
    /// By a write to the secret store.
    Store,
}

const SETTINGS: &str = "/api/system-config";

/// Longer than any request may take.
const TOO_LONG: Duration = Duration::from_secs(25);

/// Lets the next carrying out of an effect meet the trouble.
pub fn arm(site: &Site, store: &Lockable, way: &Way, trouble: Trouble) {
    use Trouble as T;
    if trouble == T::JournalUnwritable {
        // Somebody else's line: the journal takes none of ours from now on.
        let path = site.folders().journal("test");
        let mut bytes = std::fs::read(&path).unwrap_or_default();
        bytes.extend_from_slice(b"#");
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
        return;
    }
    if trouble == T::ClockJump {
        site.lab.authentik.advance(Duration::from_secs(400 * 24 * 3600));
        return;
    }
    match way {
        Way::Store => store.fail_next.store(true, Ordering::SeqCst),
        Way::Host(part) => {
            let kind = match trouble {
                T::KilledBefore | T::SshBefore => host::MishapKind::DropBefore,
                T::SshDuring => host::MishapKind::DropDuring,
                T::KilledAfter | T::SshAfter => host::MishapKind::DropAfter,
                _ => host::MishapKind::DiskFull,
            };
            site.lab.host.let_fail(host::Mishap { command: (*part).to_owned(), kind });
        }
        Way::Authentik(method, path) => {
            use authentik::MishapKind as K;
            let kind = match trouble {
                T::KilledBefore | T::Reset => K::Drop,
                T::KilledAfter | T::AnswerLost => K::DropAfter,
                T::Deadline => K::Delay(TOO_LONG),
                T::Crash500 => K::ServerError,
                T::Html502 => K::BadGateway,
                T::TooMany429 => K::Refuse(429),
                T::Forbidden403 => K::Refuse(403),
                T::Truncated => K::Truncate,
                _ => K::Crash,
            };
            let method: Method = method.parse().unwrap();
            site.lab.authentik.let_fail(authentik::Mishap::new(*path, kind).on(method));
        }
        Way::Immich(method) => {
            let (method, path) = ((*method).to_owned(), SETTINGS.to_owned());
            let answer = |status| immich::Mishap::Answer {
                method: method.clone(),
                path: path.clone(),
                status,
            };
            site.lab.immich.mishap(match trouble {
                T::KilledBefore | T::Reset => immich::Mishap::Drop { method, path, after: false },
                T::KilledAfter | T::AnswerLost => {
                    immich::Mishap::Drop { method, path, after: true }
                }
                T::Deadline => immich::Mishap::Late { method, path, by: TOO_LONG },
                T::Truncated => immich::Mishap::Truncate { method, path },
                T::Crash500 => answer(500),
                T::Html502 => answer(502),
                T::TooMany429 => answer(429),
                T::Forbidden403 => answer(403),
                _ => answer(405),
            });
        }
    }
}

/// Leaves the disk as a kill at that moment leaves it: how the effect ended was
/// not written any more.
pub fn kill_leaves(site: &Site) {
    let text = site.journal();
    let mut lines: Vec<&str> = text.lines().collect();
    if lines.last().is_some_and(|line| line.contains(r#""entry":"end""#)) {
        lines.pop();
    }
    write(site, &lines);
}

/// Somebody takes the foreign line out of the journal again.
pub fn mend_journal(site: &Site) {
    let text = site.journal();
    std::fs::write(site.folders().journal("test"), text.trim_end_matches('#')).unwrap();
}

fn write(site: &Site, lines: &[&str]) {
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    std::fs::write(site.folders().journal("test"), text).unwrap();
}

/// A store whose next write or removal can be made to find it locked.
#[derive(Clone, Default)]
pub struct Lockable {
    kept: Arc<Mutex<BTreeMap<Label, Secret>>>,
    fail_next: Arc<AtomicBool>,
}

impl Lockable {
    fn locked(&self, tried: &str) -> Result<(), Fault> {
        if self.fail_next.swap(false, Ordering::SeqCst) {
            return Err(Fault::new(System::SecretStore, FaultKind::Locked, tried.to_owned())
                .answered("it is locked")
                .remedy("Unlock it."));
        }
        Ok(())
    }
}

impl Store for Lockable {
    fn describe(&self) -> String {
        "a store that can be locked".into()
    }

    fn open(&self, _: &Call) -> Result<Readiness, Fault> {
        Ok(Readiness::Ready)
    }

    fn get(&self, label: Label, _: &Call) -> Result<Option<Secret>, Fault> {
        Ok(self.kept.lock().unwrap().get(&label).cloned())
    }

    fn set(&self, label: Label, secret: &Secret, _: &Call) -> Result<(), Fault> {
        self.locked("keep a secret")?;
        self.kept.lock().unwrap().insert(label, secret.clone());
        Ok(())
    }

    fn forget(&self, label: Label, _: &Call) -> Result<bool, Fault> {
        self.locked("forget a secret")?;
        Ok(self.kept.lock().unwrap().remove(&label).is_some())
    }
}
