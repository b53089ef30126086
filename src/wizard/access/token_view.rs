//! Which token the wizard works with, and when it ends, read back from the
//! server.

use super::{AT_MOST, Kind, ours};
use crate::{
    authentik::{TokenLife, TokenRow},
    secret::Label,
    site::Fault,
    wizard::{StepId, TokenEnd, TokenView, desk::Desk, systems::Systems},
};

/// Reads which token is in use, and shows when it ends. What cannot be seen is
/// shown as not known.
pub(in crate::wizard) async fn show(desk: &mut Desk, systems: &Systems) {
    let read = async { tokio::time::timeout(AT_MOST, look(systems)).await };
    let view = match desk.quietly(read).await {
        Ok(Ok(Ok(view))) => view,
        Ok(Ok(Err(fault))) => {
            tracing::debug!(%fault, "which token is in use cannot be seen");
            return;
        }
        _ => return,
    };
    let line = view.as_ref().map(|view| view.spelled(systems.clock.now()));
    desk.show(|snapshot| snapshot.token = view);
    if let Some(line) = line {
        desk.show_step(StepId::Access, |step| {
            step.notes.retain(|note| *note != line);
            step.notes.push(line);
        });
    }
}

async fn look(systems: &Systems) -> Result<Option<TokenView>, Fault> {
    let Some(token) = systems.vault()?.get(Label::AuthentikToken).await? else { return Ok(None) };
    let key = token.fingerprint().to_string();
    let all = ours(systems.history());
    let made = all
        .into_iter()
        .rev()
        .find(|made| made.kind == Kind::Token && made.key.as_ref() == Some(&key));
    let http = systems.authentik()?.http().clone();
    let client = crate::authentik::Client::new(http, Some(token));
    let me = client.me().await?;
    let row: Option<TokenRow> = if let Some(made) = &made {
        client.token_row(&made.name).await?.filter(|row| Some(&row.pk) == made.pk.as_ref())
    } else {
        // Which of several it is only its text tells, and to read that would
        // be written down as an event.
        let own = client.tokens_of(me.pk).await?;
        if let [only] = own.as_slice() { Some(only.clone()) } else { None }
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
