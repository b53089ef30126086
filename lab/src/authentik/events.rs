//! What authentik writes down.

use axum::http::Method;
use jiff::ToSpan;
use serde_json::{Value, json};

use super::{
    api::{Api, no_such},
    chance,
    state::{Row, State, Token, stamp, text},
    wire::{Call, Outcome, Reply},
};

/// Writes an event down. `args` are the parameters of the request, as
/// authentik keeps them.
pub(super) fn record(
    state: &mut State,
    call: &Call,
    action: &str,
    app: &str,
    user: &Value,
    mut context: Row,
    args: &[(String, String)],
) {
    let args: Row = args.iter().map(|(key, value)| (key.clone(), json!(value))).collect();
    let request = json!({
        "args": args,
        "path": call.path,
        "method": call.method.as_str(),
        "request_id": call.id,
        "user_agent": call.header("user-agent").unwrap_or_default(),
    });
    context.insert("http_request".into(), request);
    let now = state.now();
    let year = now.checked_add((365 * 24).hours()).unwrap_or(now);
    let event = json!({
        "pk": chance::uuid(),
        "user": user,
        "action": action,
        "app": app,
        "context": context,
        "client_ip": call.from.to_string(),
        "created": stamp(now),
        "expires": stamp(year),
        "brand": {
            "pk": state.brand.replace('-', ""), "app": "authentik_brands",
            "name": "Default brand", "model_name": "brand",
        },
    });
    state.events.push(super::install::row(event));
}

/// A user as events name one.
pub(super) fn actor(state: &State, user: i64) -> Value {
    state.user(user).map_or_else(
        anonymous,
        |user| json!({"pk": user.pk, "email": user.email, "username": user.username}),
    )
}

/// Nobody in particular.
pub(super) fn anonymous() -> Value {
    json!({"pk": 1, "email": "", "username": "AnonymousUser", "is_anonymous": true})
}

/// An object as events name one: its key without dashes.
pub(super) fn named(app: &str, model: &str, row: &Row) -> Value {
    let pk = match row.get("pk") {
        Some(Value::String(pk)) => json!(pk.replace('-', "")),
        other => json!(other),
    };
    json!({"pk": pk, "app": app, "name": text(row, "name"), "model_name": model})
}

pub(super) fn list(api: &mut Api<'_>, _: &str) -> Outcome {
    api.need_for("authentik_events", "event")?;
    if *api.method() == Method::POST {
        return Err(Reply::detail(400, "The lab writes its events itself."));
    }
    let state = &api.state;
    let mut rows: Vec<&Row> = state.events.iter().rev().collect();
    // A part of the name is enough: `login` finds `login_failed` too.
    if let Some(action) = api.call.param("action").filter(|action| !action.is_empty()) {
        let action = action.to_lowercase();
        rows.retain(|row| text(row, "action").contains(&action));
    }
    let actions: Vec<&str> = api.call.params("actions").collect();
    if !actions.is_empty() && state.at(2025, 8) {
        rows.retain(|row| actions.contains(&text(row, "action")));
    }
    let context = |row: &Row, pointer: &str| -> String {
        let value = row.get("context").and_then(|context| context.pointer(pointer));
        value.and_then(Value::as_str).unwrap_or_default().to_lowercase()
    };
    // These look at keys that an authorization does not have.
    for (name, pointer) in [
        ("context_authorized_app", "/authorized_application/app/name"),
        ("context_model_app", "/model/app"),
        ("context_model_name", "/model/model_name"),
    ] {
        if let Some(wanted) = api.call.param(name).filter(|wanted| !wanted.is_empty()) {
            rows.retain(|row| context(row, pointer).contains(&wanted.to_lowercase()));
        }
    }
    if let Some(username) = api.call.param("username").filter(|name| !name.is_empty()) {
        rows.retain(|row| {
            row.get("user").and_then(|user| user.get("username")) == Some(&json!(username))
        });
    }
    let rows = rows.into_iter().cloned().map(Value::Object).collect();
    let orders = ["created", "-created", "action"];
    let rows = api.pick(
        rows,
        &["client_ip", "brand"],
        &["action", "user", "app", "context"],
        "-created",
        &orders,
    );
    api.page(&rows)
}

pub(super) fn detail(api: &mut Api<'_>, pk: &str) -> Outcome {
    api.need_for("authentik_events", "event")?;
    let at = api.state.events.iter().position(|row| text(row, "pk") == pk);
    let at = at.ok_or_else(|| no_such("Event"))?;
    if *api.method() == Method::DELETE {
        api.state.events.remove(at);
        return Ok(Reply::empty(204));
    }
    Ok(Reply::ok(&Value::Object(api.state.events[at].clone())))
}

/// How often each application was authorized.
pub(super) fn top(api: &mut Api<'_>, _: &str) -> Outcome {
    api.need("authentik_events.view_event")?;
    let action = api.call.param("action").unwrap_or_default();
    let mut counts: Vec<(Value, i64, Vec<Value>)> = Vec::new();
    for event in api.state.events.iter().filter(|row| text(row, "action") == action) {
        let application = event.get("context").and_then(|c| c.get("authorized_application"));
        let Some(application) = application else { continue };
        let user = event.get("user").and_then(|user| user.get("pk")).cloned().unwrap_or_default();
        match counts.iter_mut().find(|(known, ..)| known == application) {
            Some((_, count, users)) => {
                *count += 1;
                if !users.contains(&user) {
                    users.push(user);
                }
            }
            None => counts.push((application.clone(), 1, vec![user])),
        }
    }
    counts.sort_by_key(|(_, count, _)| std::cmp::Reverse(*count));
    let top = api.call.param("top_n").and_then(|n| n.parse().ok()).unwrap_or(15);
    let rows: Vec<Value> = counts
        .into_iter()
        .take(top)
        .map(|(application, count, users)| {
            json!({"application": application, "counted_events": count, "unique_users": users.len()})
        })
        .collect();
    Ok(Reply::ok(&json!(rows)))
}

impl Api<'_> {
    /// Writes down that somebody read a key.
    pub fn secret_view(&mut self, token: &Token) {
        let row = super::install::row(json!({"pk": token.pk, "name": token.identifier}));
        let secret = named("authentik_core", "token", &row);
        let context = super::install::row(json!({"secret": secret}));
        let user = actor(self.state, self.who);
        record(
            self.state,
            self.call,
            "secret_view",
            "authentik.events.signals",
            &user,
            context,
            &[],
        );
    }
}
