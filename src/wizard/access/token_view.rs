//! Which token the wizard works with, and when it ends, read back from the
//! server.

use super::AT_MOST;
use crate::{
    authentik::{TokenLife, TokenRow},
    secret::Label,
    site::Fault,
    wizard::{
        AccessKind, Note, StepId, Task, TokenEnd, TokenNote, TokenView, desk::Desk, made::ours,
        systems::Systems,
    },
};

/// What a look at the token came to; `None`: it could not be seen.
pub(in crate::wizard) type SeenToken = Option<Option<TokenView>>;

/// Reads which token is in use, and shows when it ends. What cannot be seen is
/// shown as not known.
pub(in crate::wizard) async fn show(desk: &mut Desk, systems: &Systems) {
    if let Ok(seen) = desk.quietly(Task::ReadingToken, AT_MOST, read(systems)).await {
        put(desk, systems, seen);
    }
}

/// Reads which token is in use and when it ends, in one round trip.
pub(in crate::wizard) async fn read(systems: &Systems) -> SeenToken {
    match tokio::time::timeout(AT_MOST, look(systems)).await {
        Ok(Ok(view)) => Some(view),
        Ok(Err(fault)) => {
            tracing::debug!(%fault, "which token is in use cannot be seen");
            None
        }
        Err(_) => None,
    }
}

/// Shows what was read.
pub(in crate::wizard) fn put(desk: &mut Desk, systems: &Systems, seen: SeenToken) {
    let Some(view) = seen else { return };
    let line = view
        .as_ref()
        .map(|view| Note::from(TokenNote::InUse { token: view.clone(), at: systems.clock.now() }));
    desk.show(|snapshot| snapshot.remembered.token = view);
    if let Some(line) = line {
        desk.show_step(StepId::Access, |step| {
            step.notes.retain(|note| *note != line);
            step.notes.push(line);
        });
    }
}

async fn look(systems: &Systems) -> Result<Option<TokenView>, Fault> {
    let Some(token) = systems.given(Label::AuthentikToken).await? else { return Ok(None) };
    let key = token.fingerprint().to_string();
    let all = ours(systems.history());
    let made = all
        .into_iter()
        .rev()
        .find(|made| made.kind == AccessKind::Token && made.key.as_ref() == Some(&key));
    let http = systems.authentik()?.http().clone();
    let client = crate::authentik::Client::new(http, Some(token));
    let (me, row): (_, Option<TokenRow>) = if let Some(made) = &made {
        let (me, row) = tokio::try_join!(client.me(), client.token_row(&made.name))?;
        (me, row.filter(|row| Some(&row.pk) == made.pk.as_ref()))
    } else {
        // Which of several it is only its text tells, and to read that would
        // be written down as an event.
        let (me, own) = client.my_tokens().await?;
        (me, if let [only] = own.as_slice() { Some(only.clone()) } else { None })
    };
    let ends = row
        .as_ref()
        .map_or(TokenEnd::Unknown, |row| row.expires.map_or(TokenEnd::Never, TokenEnd::At));
    Ok(Some(TokenView {
        identifier: row.map(|row| row.identifier).or_else(|| made.as_ref().map(|m| m.name.clone())),
        owner: me.username,
        ends,
        since: made.as_ref().map(|made| made.at),
        of_one_run: made.is_some_and(|made| made.life == TokenLife::Run),
        is_deleted: false,
    }))
}
