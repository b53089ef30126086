//! The codes and tokens that providers have issued, as the API shows them.

use axum::http::Method;
use serde_json::{Value, json};

use super::{
    api::{Api, no_such},
    providers,
    state::{Code, Grant, State, stamp},
    users,
    wire::{Outcome, Reply},
};

/// What a row shows; `None`: its provider cannot be read.
fn row(
    state: &State,
    (pk, provider, user): (i64, i64, i64),
    scopes: &[String],
    expires: jiff::Timestamp,
) -> Option<Value> {
    let provider = providers::shown(state, state.provider(provider)?)?;
    Some(json!({
        "pk": pk,
        "provider": provider,
        "user": state.user(user).map(|user| users::shown(state, user)),
        "is_expired": expires <= state.now(),
        "expires": stamp(expires),
        "scope": scopes,
    }))
}

fn of_grant(state: &State, grant: &Grant) -> Option<Value> {
    let ids = (grant.pk, grant.provider, grant.user);
    let mut row = row(state, ids, &grant.scopes, grant.expires)?;
    let fields = row.as_object_mut()?;
    let claims = serde_json::to_string_pretty(&grant.claims).unwrap_or_default();
    fields.insert("id_token".into(), json!(claims));
    fields.insert("revoked".into(), json!(grant.revoked));
    Some(row)
}

fn of_code(state: &State, code: &Code) -> Option<Value> {
    row(state, (code.pk, code.asked.provider, code.user), &code.asked.scopes, code.expires)
}

/// The rows of one kind that the asker may see: superusers all, others their
/// own.
pub(super) fn list(api: &mut Api<'_>, kind: &str) -> Outcome {
    let state = &api.state;
    let all = state.is_superuser(api.who);
    let of = |user: i64| all || user == api.who;
    let rows: Option<Vec<Value>> = match kind {
        "access_tokens" => {
            state.access_tokens.iter().filter(|g| of(g.user)).map(|g| of_grant(state, g)).collect()
        }
        "refresh_tokens" => {
            state.refresh_tokens.iter().filter(|g| of(g.user)).map(|g| of_grant(state, g)).collect()
        }
        _ => state.codes.iter().filter(|c| of(c.user)).map(|c| of_code(state, c)).collect(),
    };
    let mut rows = rows.ok_or_else(|| Reply::crash(api.method()))?;
    for (name, pointer) in [("provider", "/provider/pk"), ("user", "/user/pk")] {
        if let Some(wanted) = api.call.param(name).filter(|wanted| !wanted.is_empty()) {
            let wanted: Option<i64> = wanted.parse().ok();
            rows.retain(|row| row.pointer(pointer).and_then(Value::as_i64) == wanted);
        }
    }
    let rows = api.pick(rows, &[], &[], "pk", &["pk", "expires"]);
    api.page(&rows)
}

pub(super) fn access_token(api: &mut Api<'_>, pk: &str) -> Outcome {
    let (who, method) = (api.who, api.method().clone());
    let all = api.state.is_superuser(who);
    let at = api
        .state
        .access_tokens
        .iter()
        .position(|g| g.pk.to_string() == pk && (all || g.user == who));
    let at = at.ok_or_else(|| no_such("AccessToken"))?;
    if method == Method::DELETE {
        api.state.access_tokens.remove(at);
        return Ok(Reply::empty(204));
    }
    shown(api, of_grant(api.state, &api.state.access_tokens[at]))
}

pub(super) fn refresh_token(api: &mut Api<'_>, pk: &str) -> Outcome {
    let (who, method) = (api.who, api.method().clone());
    let all = api.state.is_superuser(who);
    let at = api
        .state
        .refresh_tokens
        .iter()
        .position(|g| g.pk.to_string() == pk && (all || g.user == who));
    let at = at.ok_or_else(|| no_such("RefreshToken"))?;
    if method == Method::DELETE {
        api.state.refresh_tokens.remove(at);
        return Ok(Reply::empty(204));
    }
    shown(api, of_grant(api.state, &api.state.refresh_tokens[at]))
}

pub(super) fn code(api: &mut Api<'_>, pk: &str) -> Outcome {
    let (who, method) = (api.who, api.method().clone());
    let all = api.state.is_superuser(who);
    let at = api.state.codes.iter().position(|c| c.pk.to_string() == pk && (all || c.user == who));
    let at = at.ok_or_else(|| no_such("AuthorizationCode"))?;
    if method == Method::DELETE {
        api.state.codes.remove(at);
        return Ok(Reply::empty(204));
    }
    shown(api, of_code(api.state, &api.state.codes[at]))
}

fn shown(api: &Api<'_>, row: Option<Value>) -> Outcome {
    row.map(|row| Reply::ok(&row)).ok_or_else(|| Reply::crash(api.method()))
}
