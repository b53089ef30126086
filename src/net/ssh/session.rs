//! Opening a session, directly or through a bastion.

use std::{
    fmt,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use russh::{
    Disconnect,
    client::{self, Config, Handle},
    keys::PublicKeyOrCertificate,
};
use tokio::time::timeout;

use super::{AgentSilence, known_hosts::KnownHosts, sign_in};
use crate::{
    net::SshAccess,
    secret::Known,
    site::{Failure, Fault, FaultKind, SshTarget, System},
};

/// How long connecting and the exchange of keys may take.
const CONNECT: Duration = Duration::from_secs(10);

/// How long signing in may take: an agent may ask its owner for a touch or a
/// word first.
const SIGN_IN: Duration = Duration::from_mins(1);

/// After this much silence the other side is asked whether it is still there;
/// three answers missing end the session.
const KEEPALIVE: Duration = Duration::from_secs(5);

/// So many times the other side is asked how far away it is.
const ROUND_TRIPS: usize = 3;

/// How long all of these may take.
const ROUND_TRIPS_WITHIN: Duration = Duration::from_secs(2);

/// A session on the Immich host. Cheap to clone; clones share it.
#[derive(Clone)]
pub struct Ssh {
    pub(super) handle: Arc<Handle<Guard>>,
    /// Kept open as long as what goes through it.
    _bastion: Option<Arc<Handle<Guard>>>,
    target: SshTarget,
    /// How the agent was of no use, on the way to the bastion or the host.
    agent: Option<AgentSilence>,
    pub(super) known: Known,
}

impl fmt::Debug for Ssh {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Ssh({})", self.target)
    }
}

/// Checks the host's key while the session is opened.
pub(super) struct Guard {
    known: KnownHosts,
    accepted: Option<String>,
    /// Why the key was refused: the library only says that it was.
    refused: Arc<Mutex<Option<Fault>>>,
}

impl client::Handler for Guard {
    type Error = russh::Error;

    async fn check_server_key(
        &mut self,
        shown: &PublicKeyOrCertificate,
    ) -> Result<bool, russh::Error> {
        let PublicKeyOrCertificate::PublicKey { key, .. } = shown else { return Ok(false) };
        match self.known.judge(key, self.accepted.as_deref()) {
            Ok(()) => Ok(true),
            Err(fault) => {
                *self.refused.lock().unwrap_or_else(PoisonError::into_inner) = Some(fault);
                Ok(false)
            }
        }
    }
}

impl Ssh {
    /// Connects, checks the host's key, and signs in.
    ///
    /// # Errors
    /// [`FaultKind::Unreachable`], [`FaultKind::Untrusted`] with the key's
    /// fingerprint on first sight, [`FaultKind::HostKeyChanged`],
    /// [`FaultKind::PassphraseNeeded`], [`FaultKind::NotSignedIn`].
    pub async fn connect(access: &SshAccess) -> Result<Self, Fault> {
        let Some(jump) = &access.jump else {
            let handle = open(&access.target, access, None).await?;
            return Self::signed_in(handle, (None, None), access).await;
        };
        let mut bastion = open(jump, access, None).await?;
        let agent = signed_in_soon(&mut bastion, jump, access).await?;
        let (host, port) = (access.target.host().to_owned(), u32::from(access.target.port()));
        let tried = say!("reach {target} through {jump}", target = access.target, jump);
        let opened =
            timeout(CONNECT, bastion.channel_open_direct_tcpip(host, port, "127.0.0.1", 0));
        let refused = |error: SessionError| Fault::of(&error, tried.as_str());
        let channel = match opened.await {
            Ok(opened) => opened.map_err(|error| refused(SessionError::NotForwarded(error)))?,
            Err(_) => return Err(refused(SessionError::BastionSilent)),
        };
        let handle = open(&access.target, access, Some(channel.into_stream())).await?;
        Self::signed_in(handle, (Some(Arc::new(bastion)), agent), access).await
    }

    /// How long it takes until the other side answers, at the least, of a few
    /// tries. `None`: it does not answer soon.
    pub async fn round_trip(&self) -> Option<Duration> {
        let ask = async {
            let mut least = None;
            for _ in 0..ROUND_TRIPS {
                let began = Instant::now();
                self.handle.send_ping().await.ok()?;
                let took = began.elapsed();
                least = Some(least.map_or(took, |least: Duration| least.min(took)));
            }
            least
        };
        timeout(ROUND_TRIPS_WITHIN, ask).await.ok().flatten()
    }

    /// The same session in a run that knows these secrets.
    #[must_use]
    pub fn knowing(mut self, known: &Known) -> Self {
        self.known = known.clone();
        self
    }

    async fn signed_in(
        mut handle: Handle<Guard>,
        (bastion, before): (Option<Arc<Handle<Guard>>>, Option<AgentSilence>),
        access: &SshAccess,
    ) -> Result<Self, Fault> {
        let agent = signed_in_soon(&mut handle, &access.target, access).await?;
        Ok(Self {
            handle: Arc::new(handle),
            _bastion: bastion,
            target: access.target.clone(),
            agent: agent.or(before),
            known: Known::default(),
        })
    }

    /// How long [`Ssh::connect`] may take at most.
    #[must_use]
    pub fn connects_within(access: &SshAccess) -> Duration {
        let hop = CONNECT + SIGN_IN;
        if access.jump.is_some() { hop + CONNECT + hop } else { hop }
    }

    /// Whom it is signed in as, where.
    #[must_use]
    pub const fn target(&self) -> &SshTarget {
        &self.target
    }

    /// How the SSH agent was of no use, where another way in worked in its
    /// place.
    #[must_use]
    pub const fn agent_silence(&self) -> Option<AgentSilence> {
        self.agent
    }

    /// Ends the session.
    pub async fn close(&self) {
        // It ends with the last clone anyhow.
        let _ = self.handle.disconnect(Disconnect::ByApplication, "", "en").await;
    }
}

/// Signs in, or says that it takes too long.
async fn signed_in_soon(
    handle: &mut Handle<Guard>,
    target: &SshTarget,
    access: &SshAccess,
) -> Result<Option<AgentSilence>, Fault> {
    match timeout(SIGN_IN, sign_in::sign_in(handle, target, access)).await {
        Ok(signed_in) => signed_in,
        Err(_) => Err(Fault::of(&SessionError::SignInLate, say!("sign in at {target}", target))),
    }
}

type Stream = russh::ChannelStream<client::Msg>;

async fn open(
    target: &SshTarget,
    access: &SshAccess,
    through: Option<Stream>,
) -> Result<Handle<Guard>, Fault> {
    let known = KnownHosts::read(target, Path::new(&access.known_hosts))?;
    let mut config = Config {
        keepalive_interval: Some(KEEPALIVE),
        keepalive_max: 3,
        nodelay: true,
        ..Config::default()
    };
    config.preferred.key = known.preferred(&config.preferred.key).into();
    let refused = Arc::new(Mutex::new(None));
    let guard = Guard {
        known,
        accepted: access.accepted_fingerprint.clone(),
        refused: Arc::clone(&refused),
    };
    let config = Arc::new(config);
    let connecting = async {
        match through {
            Some(stream) => client::connect_stream(config, stream, guard).await,
            None => client::connect(config, (target.host(), target.port()), guard).await,
        }
    };
    let tried = say!("connect to {target} by SSH", target);
    match timeout(CONNECT, connecting).await {
        Ok(Ok(handle)) => Ok(handle),
        Ok(Err(error)) => {
            let refused = refused.lock().unwrap_or_else(PoisonError::into_inner).take();
            Err(refused.unwrap_or_else(|| Fault::of(&unreachable(error), tried)))
        }
        Err(_) => Err(Fault::of(&SessionError::HostSilent, tried)),
    }
}

fn unreachable(error: russh::Error) -> SessionError {
    let russh::Error::IO(io) = error else { return SessionError::NoSsh(error) };
    match io.kind() {
        std::io::ErrorKind::ConnectionRefused => SessionError::NobodyListens(io),
        std::io::ErrorKind::UnexpectedEof | std::io::ErrorKind::ConnectionReset => {
            SessionError::ClosedAtOnce(io)
        }
        _ => SessionError::NotConnected(io),
    }
}

/// Why there is no session.
#[derive(Debug, thiserror::Error)]
enum SessionError {
    #[error("{0}")]
    NotForwarded(russh::Error),
    #[error("{}", say!("no answer within {seconds} s", seconds = CONNECT.as_secs()))]
    BastionSilent,
    #[error("{}", say!("it took longer than {seconds} s", seconds = SIGN_IN.as_secs()))]
    SignInLate,
    #[error("{}", say!("no answer within {seconds} s", seconds = CONNECT.as_secs()))]
    HostSilent,
    #[error("{0}")]
    NoSsh(russh::Error),
    #[error("{0}")]
    NobodyListens(std::io::Error),
    #[error("{0}")]
    ClosedAtOnce(std::io::Error),
    #[error("{0}")]
    NotConnected(std::io::Error),
}

impl Failure for SessionError {
    fn system(&self) -> System {
        System::Host
    }

    fn kind(&self) -> FaultKind {
        match self {
            Self::NotForwarded(_)
            | Self::BastionSilent
            | Self::NoSsh(_)
            | Self::NobodyListens(_)
            | Self::ClosedAtOnce(_)
            | Self::NotConnected(_) => FaultKind::Unreachable,
            Self::SignInLate | Self::HostSilent => FaultKind::Late,
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::NotForwarded(_) | Self::BastionSilent => say!(
                "The bastion must be allowed to forward (AllowTcpForwarding) and must reach the host."
            ),
            Self::SignInLate => {
                say!("Does your SSH agent wait for a touch or a word of yours? Then try again.")
            }
            Self::HostSilent => {
                say!("Is it the right port, and does nothing drop the packets on the way?")
            }
            Self::NoSsh(_) => say!("Is it an SSH server that answers at this port?"),
            Self::NobodyListens(_) => say!(
                "The host is there and nobody listens at this port: is sshd running, and on this port?"
            ),
            Self::ClosedAtOnce(_) => say!(
                "The connection was closed at once: a firewall, or a server that bans this address."
            ),
            Self::NotConnected(_) => {
                say!("Check the name or address of the host, and the way to it.")
            }
        }
    }
}
