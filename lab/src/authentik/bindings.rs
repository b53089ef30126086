//! Bindings: which groups and users policies let into an application.

use axum::http::Method;
use serde_json::{Value, json};

use super::{
    api::{Api, no_such, refused},
    chance,
    fields::{Field, Kind, Mode, Target, merge, read},
    groups,
    state::{Row, State, int, text},
    users,
    wire::{Outcome, Reply},
};

fn fields(state: &State) -> Vec<Field> {
    let mut fields = vec![
        Field::optional("policy", Kind::Link(Target::Nothing), Value::Null),
        Field::optional("group", Kind::Link(Target::Group), Value::Null),
        Field::optional("user", Kind::Number(Target::User), Value::Null),
        Field::required("target", Kind::Link(Target::Bindable)),
        Field::optional("negate", Kind::Bool, false),
        Field::optional("enabled", Kind::Bool, true),
        Field::required("order", Kind::Int),
        Field::optional("timeout", Kind::Int, 30),
        Field::optional("failure_result", Kind::Bool, false),
    ];
    if state.released(2026, 8) {
        fields.push(Field::optional("expires", Kind::Time, Value::Null));
        fields.push(Field::optional("expiring", Kind::Bool, false));
    }
    fields
}

fn shown(state: &State, row: &Row) -> Value {
    let mut shown = Row::new();
    let field = |name: &str| row.get(name).cloned().unwrap_or(Value::Null);
    for name in ["pk", "policy", "group", "user"] {
        shown.insert(name.into(), field(name));
    }
    let group = state.groups.iter().find(|group| group.pk == text(row, "group"));
    let user = int(row, "user").and_then(|pk| state.user(pk));
    shown.insert("policy_obj".into(), Value::Null);
    let group = group.map_or(Value::Null, |group| {
        if state.released(2025, 10) {
            groups::brief(state, group)
        } else {
            groups::shown(state, group)
        }
    });
    shown.insert("group_obj".into(), group);
    let user = user.map_or(Value::Null, |user| {
        if state.released(2025, 10) { users::brief(state, user) } else { users::shown(state, user) }
    });
    shown.insert("user_obj".into(), user);
    for field in fields(state).iter().skip(3) {
        shown.insert(field.name.into(), row.get(field.name).cloned().unwrap_or(Value::Null));
    }
    Value::Object(shown)
}

/// Something has to be bound.
fn is_of_something(row: &Row) -> Result<(), Reply> {
    let bound =
        ["group", "policy", "user"].iter().any(|name| row.get(*name).is_some_and(|v| !v.is_null()));
    if bound {
        return Ok(());
    }
    let told = "One of 'group', 'policy', 'user' must be set.";
    Err(Reply::json(400, &json!({"non_field_errors": [told]})))
}

pub(super) fn list(api: &mut Api<'_>, _: &str) -> Outcome {
    api.need_for("authentik_policies", "policybinding")?;
    if *api.method() == Method::POST {
        let body = api.call.fields()?;
        let mut row = read(api.state, &fields(api.state), &body, Mode::Whole, |_, _| None)
            .map_err(refused)?;
        is_of_something(&row)?;
        row.insert("pk".into(), json!(chance::uuid()));
        api.state.bindings.push(row.clone());
        return Ok(Reply::json(201, &shown(api.state, &row)));
    }
    let rows = api.state.bindings.iter().map(|row| shown(api.state, row)).collect();
    let rows = api.pick(
        rows,
        &["target", "policy", "enabled", "order", "timeout"],
        &[],
        "order",
        &["order"],
    );
    api.page(&rows)
}

pub(super) fn detail(api: &mut Api<'_>, pk: &str) -> Outcome {
    api.need_for("authentik_policies", "policybinding")?;
    let at = api.state.bindings.iter().position(|row| text(row, "pk") == pk);
    let at = at.ok_or_else(|| no_such("PolicyBinding"))?;
    if *api.method() == Method::DELETE {
        api.state.bindings.remove(at);
        return Ok(Reply::empty(204));
    }
    let mut row = api.state.bindings[at].clone();
    if matches!(*api.method(), Method::PUT | Method::PATCH) {
        let mode = if *api.method() == Method::PUT { Mode::Whole } else { Mode::Part };
        let body = api.call.fields()?;
        let changed =
            read(api.state, &fields(api.state), &body, mode, |_, _| None).map_err(refused)?;
        merge(&mut row, changed);
        is_of_something(&row)?;
        api.state.bindings[at].clone_from(&row);
    }
    Ok(Reply::ok(&shown(api.state, &row)))
}
