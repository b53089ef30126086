//! Signing in by the SSH agent, which may be slow, or never answer.

use russh::{
    Signer,
    client::Handle,
    keys::{
        Error as KeyError, HashAlg,
        agent::{AgentIdentity, client::AgentClient},
    },
};
use tokio::time::timeout;

use super::{
    agent_silence::{ANSWERS, AgentSilence, SIGNS},
    session::Guard,
    tried::{Tried, lost, note},
};
use crate::site::{Fault, SshTarget};

/// Of a key's comment, not more is told, in characters.
const COMMENT: usize = 80;

/// Tries the keys of the agent. No agent, or one that does not answer, is no
/// fault: there are files.
pub(super) async fn sign_in(
    handle: &mut Handle<Guard>,
    target: &SshTarget,
    tried: &mut Tried,
) -> Result<bool, Fault> {
    let asked = timeout(ANSWERS, async {
        let mut agent = AgentClient::connect_env().await?;
        let identities = agent.request_identities().await?;
        Ok::<_, KeyError>((agent, identities))
    });
    let (agent, identities) = match asked.await {
        Ok(Ok(answer)) => answer,
        Ok(Err(_)) => return Ok(false),
        Err(_) => {
            tried.is_silent(AgentSilence::NoAnswer);
            return Ok(false);
        }
    };
    let mut agent = Patient { agent, silent: false };
    let hash = handle.best_supported_rsa_hash().await.map_err(|error| lost(&error, target))?;
    for identity in identities {
        let AgentIdentity::PublicKey { key, comment } = identity else { continue };
        // Whoever made the key chose the words.
        let comment: String = comment.chars().take(COMMENT).collect();
        tried.tries_agent_key(comment);
        let is_rsa = key.algorithm().is_rsa();
        let hash = hash.flatten().filter(|_| is_rsa);
        let result = handle.authenticate_publickey_with(target.user(), key, hash, &mut agent).await;
        match result {
            Ok(result) if note(&result, tried) => return Ok(true),
            Ok(_) => {}
            Err(_) if agent.silent => {
                tried.is_silent(AgentSilence::NoSignature);
                return Ok(false);
            }
            // An agent that was asked to confirm and said no.
            Err(_) if !handle.is_closed() => {}
            Err(error) => return Err(lost(&error, target)),
        }
    }
    Ok(false)
}

/// An agent that is waited for, but not for ever.
struct Patient {
    agent: AgentClient<tokio::net::UnixStream>,
    /// Whether it was waited for in vain.
    silent: bool,
}

impl Signer for Patient {
    type Error = <AgentClient<tokio::net::UnixStream> as Signer>::Error;

    async fn auth_sign(
        &mut self,
        key: &AgentIdentity,
        hash: Option<HashAlg>,
        to_sign: Vec<u8>,
    ) -> Result<Vec<u8>, Self::Error> {
        let signing = timeout(SIGNS, self.agent.auth_sign(key, hash, to_sign)).await;
        signing.unwrap_or_else(|_| {
            self.silent = true;
            Err(russh::SendError {}.into())
        })
    }
}
