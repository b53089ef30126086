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

use super::{AgentSilence, fault, known_hosts::KnownHosts, sign_in};
use crate::{
    net::SshAccess,
    secret::Known,
    site::{Fault, FaultKind, SshTarget},
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
        let tried = format!("reach {} through {jump}", access.target);
        let opened =
            timeout(CONNECT, bastion.channel_open_direct_tcpip(host, port, "127.0.0.1", 0));
        let refused = |answer: String| {
            fault(FaultKind::Unreachable, &tried).answered(answer).remedy(
                "The bastion must be allowed to forward (AllowTcpForwarding) and must reach the host.",
            )
        };
        let channel = match opened.await {
            Ok(opened) => opened.map_err(|error| refused(error.to_string()))?,
            Err(_) => return Err(refused(format!("no answer within {} s", CONNECT.as_secs()))),
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
        Err(_) => Err(fault(FaultKind::Late, format!("sign in at {target}"))
            .answered(format!("it took longer than {} s", SIGN_IN.as_secs()))
            .remedy("Does your SSH agent wait for a touch or a word of yours? Then try again.")),
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
    let tried = format!("connect to {target} by SSH");
    match timeout(CONNECT, connecting).await {
        Ok(Ok(handle)) => Ok(handle),
        Ok(Err(error)) => {
            let refused = refused.lock().unwrap_or_else(PoisonError::into_inner).take();
            Err(refused.unwrap_or_else(|| unreachable(&tried, &error)))
        }
        Err(_) => Err(fault(FaultKind::Late, tried)
            .answered(format!("no answer within {} s", CONNECT.as_secs()))
            .remedy("Is it the right port, and does nothing drop the packets on the way?")),
    }
}

fn unreachable(tried: &str, error: &russh::Error) -> Fault {
    let russh::Error::IO(io) = error else {
        return fault(FaultKind::Unreachable, tried)
            .answered(error.to_string())
            .remedy("Is it an SSH server that answers at this port?");
    };
    let remedy = match io.kind() {
        std::io::ErrorKind::ConnectionRefused => {
            "The host is there and nobody listens at this port: is sshd running, and on this port?"
        }
        std::io::ErrorKind::UnexpectedEof | std::io::ErrorKind::ConnectionReset => {
            "The connection was closed at once: a firewall, or a server that bans this address."
        }
        _ => "Check the name or address of the host, and the way to it.",
    };
    fault(FaultKind::Unreachable, tried).answered(io.to_string()).remedy(remedy)
}
