//! The faults, and how each is made to happen with the request, the command or
//! the call that carries an effect out.

use std::{fmt, time::Duration};

use axum::http::Method;
use immich_sso_lab::{Gate, authentik, host, immich};
use jiff::SignedDuration;

use crate::{driver::Site, store::Lockable};

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
    SshAtWord,
    SshAfter,
    DiskFull,
    JournalFullBefore,
    JournalFullAfter,
    StoreLocked,
    ClockAhead,
    ClockBack,
}

impl Trouble {
    pub const ALL: [Self; 21] = [
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
        Self::SshAtWord,
        Self::SshAfter,
        Self::DiskFull,
        Self::JournalFullBefore,
        Self::JournalFullAfter,
        Self::StoreLocked,
        Self::ClockAhead,
        Self::ClockBack,
    ];

    /// Whether it can meet an effect that goes that way.
    pub fn meets(self, way: &Way) -> bool {
        use Trouble as T;
        let of_journal = matches!(self, T::JournalFullBefore | T::JournalFullAfter);
        let of_clock = matches!(self, T::ClockAhead | T::ClockBack);
        let of_ssh = matches!(self, T::SshBefore | T::SshDuring | T::SshAfter | T::DiskFull);
        // Only Linux lets one program set the limits of another.
        if of_journal && cfg!(not(target_os = "linux")) {
            return false;
        }
        match way {
            _ if matches!(self, T::KilledBefore | T::KilledAfter) => true,
            Way::Store(1) => of_journal || of_clock || self == T::StoreLocked,
            // Later writes of one effect are for kills and locks.
            Way::Store(_) => self == T::StoreLocked,
            Way::Host { waits, .. } => {
                of_journal || of_clock || of_ssh || self == T::SshAtWord && *waits
            }
            Way::Authentik(..) | Way::Immich(..) => {
                !of_ssh && !matches!(self, T::SshAtWord | T::StoreLocked)
            }
        }
    }

    /// Whether it takes the real program, in a process of its own: to be killed
    /// (`kill -9`), or to be told by the system that there is no room.
    pub const fn takes_a_process(self) -> bool {
        matches!(
            self,
            Self::KilledBefore
                | Self::KilledAfter
                | Self::JournalFullBefore
                | Self::JournalFullAfter
        )
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::KilledBefore => "`kill -9` before it is done",
            Self::KilledAfter => "`kill -9` when it is done",
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
            Self::SshAtWord => "SSH drop at the word",
            Self::SshAfter => "SSH drop after",
            Self::DiskFull => "host's disk full",
            Self::JournalFullBefore => "no room for the journal before",
            Self::JournalFullAfter => "no room for the journal after",
            Self::StoreLocked => "keyring locked",
            Self::ClockAhead => "clock set ahead",
            Self::ClockBack => "clock set back",
        })
    }
}

/// How an effect is carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// By a request to authentik: method and a part of the path.
    Authentik(&'static str, &'static str),
    /// By a request to Immich: method and path; a folder stands for all below.
    Immich(&'static str, &'static str),
    /// By a command on the host.
    Host {
        /// What the command line contains.
        part: &'static str,
        /// How many commands that contain it come before, to look.
        looks: usize,
        /// Whether it has everything and waits for its word.
        waits: bool,
    },
    /// By a write to the secret store, the nth of the effect.
    Store(usize),
}

/// Longer than any request may take.
const TOO_LONG: Duration = Duration::from_secs(25);

/// How far a clock is set: longer than anything lives.
pub const FAR: SignedDuration = SignedDuration::from_hours(400 * 24);

/// Sets this machine's clock; when it is set back, authentik's is far ahead.
pub fn set_clock(site: &Site, trouble: Trouble, authentiks: bool) {
    if trouble == Trouble::ClockAhead {
        site.clock.jump(FAR);
        return;
    }
    site.clock.jump(-FAR);
    if authentiks {
        site.lab.authentik.advance(FAR.unsigned_abs());
    }
}

/// Lets the next carrying out of an effect wait at a gate, before or after it.
pub fn hold(site: &Site, way: &Way, after: bool) -> Gate {
    let gate = Gate::default();
    match way {
        Way::Store(_) => {}
        Way::Host { part, looks, .. } => {
            let kind = if after {
                host::MishapKind::HeldAfter(gate.clone())
            } else {
                host::MishapKind::HeldBefore(gate.clone())
            };
            let command = (*part).to_owned();
            site.lab.host.let_fail(host::Mishap { command, passes: *looks, kind });
        }
        Way::Authentik(method, path) => {
            let kind = if after {
                authentik::MishapKind::HeldAfter(gate.clone())
            } else {
                authentik::MishapKind::HeldBefore(gate.clone())
            };
            let method: Method = method.parse().unwrap();
            site.lab.authentik.let_fail(authentik::Mishap::new(*path, kind).on(method));
        }
        Way::Immich(method, path) => {
            let (method, path) = ((*method).to_owned(), (*path).to_owned());
            let gate = gate.clone();
            site.lab.immich.mishap(immich::Mishap::Held { method, path, gate, after });
        }
    }
    gate
}

/// Lets the next carrying out of an effect meet the trouble.
pub fn arm(site: &Site, store: &Lockable, way: &Way, trouble: Trouble) {
    use Trouble as T;
    match way {
        Way::Store(nth) => store.lock_at(*nth),
        Way::Host { part, looks, .. } => {
            let kind = match trouble {
                T::SshBefore => host::MishapKind::DropBefore,
                T::SshDuring => host::MishapKind::DropDuring,
                T::SshAtWord => host::MishapKind::DropAtWord,
                T::SshAfter => host::MishapKind::DropAfter,
                _ => host::MishapKind::DiskFull,
            };
            let command = (*part).to_owned();
            site.lab.host.let_fail(host::Mishap { command, passes: *looks, kind });
        }
        Way::Authentik(method, path) => {
            use authentik::MishapKind as K;
            let kind = match trouble {
                T::Reset => K::Drop,
                T::AnswerLost => K::DropAfter,
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
        Way::Immich(method, path) => {
            let (method, path) = ((*method).to_owned(), (*path).to_owned());
            let answer = |status| immich::Mishap::Answer {
                method: method.clone(),
                path: path.clone(),
                status,
            };
            site.lab.immich.mishap(match trouble {
                T::Reset => immich::Mishap::Drop { method, path, after: false },
                T::AnswerLost => immich::Mishap::Drop { method, path, after: true },
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
