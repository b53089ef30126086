//! Sessions of Immich's users: a new one proves a login.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::{Client, answers::AnswerError, client::read, dialect::USERS};
use crate::{net::Request, site::Fault};

/// A session, as the administrator's list shows it. Its times are by the
/// server's clock, and not read.
#[derive(Deserialize)]
struct Session {
    id: String,
}

impl Client {
    /// The ids of a user's sessions.
    ///
    /// # Errors
    /// [`NotFound`](crate::site::FaultKind::NotFound) when this release has no such list,
    /// [`NotAllowed`](crate::site::FaultKind::NotAllowed) when the key lacks
    /// [`super::LISTS_SESSIONS`].
    pub async fn sessions(&self, user: &str) -> Result<BTreeSet<String>, Fault> {
        let tried = word!("list the sessions of a user of Immich");
        if !user.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') {
            return Err(Fault::of(&AnswerError::OddId, tried));
        }
        let path = format!("{}/{user}/sessions", USERS[0]);
        let answer = self.succeed(tried, Request::get(&path)).await?;
        let sessions: Vec<Session> = read(tried, &answer)?;
        Ok(sessions.into_iter().map(|session| session.id).collect())
    }
}
