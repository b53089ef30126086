//! Groups.

use axum::http::Method;
use serde_json::{Value, json};

use super::{
    api::{Api, no_such, refused},
    chance,
    fields::{Field, Kind, Mode, Target, read},
    state::{Group, Row, State},
    users,
    wire::{Outcome, Reply},
};

fn fields(state: &State) -> Vec<Field> {
    let mut fields = vec![
        Field::required("name", Kind::Text { max: usize::MAX, blank: false }),
        Field::optional("is_superuser", Kind::Bool, false),
        Field::optional("users", Kind::Numbers(Target::User), json!([])),
        Field::optional("attributes", Kind::Object, json!({})),
        Field::optional("roles", Kind::Links(Target::Role), json!([])),
    ];
    if state.at(2025, 12) {
        fields.push(Field::optional("parents", Kind::Links(Target::Group), json!([])));
    } else {
        fields.push(Field::optional("parent", Kind::Link(Target::Group), Value::Null));
    }
    fields
}

/// A group within another object.
pub(super) fn brief(state: &State, group: &Group) -> Value {
    let mut row = json!({
        "pk": group.pk,
        "num_pk": group.num_pk,
        "name": group.name,
        "is_superuser": group.is_superuser,
    });
    if let Some(fields) = row.as_object_mut() {
        if !state.at(2025, 12) {
            fields.insert("parent".into(), Value::Null);
            fields.insert("parent_name".into(), parent_name(state));
        }
        fields.insert("attributes".into(), group.attributes.clone());
    }
    row
}

/// The name of no parent.
fn parent_name(state: &State) -> Value {
    if state.at(2024, 6) { Value::Null } else { json!("") }
}

/// A group with its members and roles.
pub(super) fn shown(state: &State, group: &Group) -> Value {
    let users: Vec<Value> = group
        .users
        .iter()
        .filter_map(|pk| state.user(*pk))
        .map(|user| users::brief(state, user))
        .collect();
    let roles: Vec<Value> = group
        .roles
        .iter()
        .filter_map(|pk| state.roles.iter().find(|role| role.pk == *pk))
        .map(|role| json!({"pk": role.pk, "name": role.name}))
        .collect();
    let mut row = Row::new();
    let mut put = |name: &str, value: Value| row.insert(name.into(), value);
    put("pk", json!(group.pk));
    put("num_pk", json!(group.num_pk));
    put("name", json!(group.name));
    put("is_superuser", json!(group.is_superuser));
    if state.at(2025, 12) {
        put("parents", json!([]));
        put("parents_obj", Value::Null);
    } else {
        put("parent", Value::Null);
        put("parent_name", parent_name(state));
    }
    put("users", json!(group.users));
    put("users_obj", json!(users));
    put("attributes", group.attributes.clone());
    put("roles", json!(group.roles));
    put("roles_obj", json!(roles));
    if state.at(2025, 12) {
        put("inherited_roles_obj", Value::Null);
    }
    if state.at(2025, 8) {
        put("children", json!([]));
        put("children_obj", Value::Null);
    }
    Value::Object(row)
}

fn parse(state: &State, body: &Row, mode: Mode, own: &str) -> Result<Row, Row> {
    let told = if state.at(2025, 12) {
        "Group with this name already exists."
    } else {
        "This field must be unique."
    };
    // Before 2024.6 the database alone minded.
    let minds = state.at(2024, 6);
    read(state, &fields(state), body, mode, |name, value| {
        let mut others = state.groups.iter().filter(|group| group.pk != own);
        let taken = minds && name == "name" && others.any(|group| json!(group.name) == *value);
        taken.then(|| told.to_owned())
    })
}

fn apply(group: &mut Group, row: &Row) {
    if let Some(name) = row.get("name").and_then(Value::as_str) {
        name.clone_into(&mut group.name);
    }
    if let Some(flag) = row.get("is_superuser").and_then(Value::as_bool) {
        group.is_superuser = flag;
    }
    if let Some(users) = row.get("users").and_then(Value::as_array) {
        group.users = users.iter().filter_map(Value::as_i64).collect();
    }
    if let Some(roles) = row.get("roles").and_then(Value::as_array) {
        group.roles = roles.iter().filter_map(Value::as_str).map(str::to_owned).collect();
    }
    if let Some(attributes) = row.get("attributes") {
        group.attributes = attributes.clone();
    }
}

pub(super) fn list(api: &mut Api<'_>, _: &str) -> Outcome {
    api.need_for("authentik_core", "group")?;
    if *api.method() == Method::POST {
        let body = api.call.fields()?;
        let row = parse(api.state, &body, Mode::Whole, "").map_err(refused)?;
        let num_pk = 10_000 + api.state.next();
        let mut group = Group {
            pk: chance::uuid(),
            num_pk,
            name: String::new(),
            is_superuser: false,
            users: Vec::new(),
            roles: Vec::new(),
            attributes: json!({}),
        };
        apply(&mut group, &row);
        let shown = shown(api.state, &group);
        api.state.groups.push(group);
        return Ok(Reply::json(201, &shown));
    }
    let mut rows: Vec<Value> =
        api.state.groups.iter().map(|group| shown(api.state, group)).collect();
    if api.call.param("include_users") == Some("false") {
        for row in rows.iter_mut().filter_map(Value::as_object_mut) {
            row.insert("users_obj".into(), Value::Null);
        }
    }
    let rows = api.pick(rows, &["name", "is_superuser"], &["name"], "name", &["name"]);
    api.page(&rows)
}

fn find(api: &Api<'_>, pk: &str) -> Result<usize, Reply> {
    let at = api.state.groups.iter().position(|group| group.pk == pk);
    at.ok_or_else(|| no_such("Group"))
}

pub(super) fn detail(api: &mut Api<'_>, pk: &str) -> Outcome {
    api.need_for("authentik_core", "group")?;
    let at = find(api, pk)?;
    match *api.method() {
        Method::DELETE => {
            api.state.groups.remove(at);
            api.state.bindings.retain(|row| super::state::text(row, "group") != pk);
            return Ok(Reply::empty(204));
        }
        Method::PUT | Method::PATCH => {
            let mode = if *api.method() == Method::PUT { Mode::Whole } else { Mode::Part };
            let body = api.call.fields()?;
            let row = parse(api.state, &body, mode, pk).map_err(refused)?;
            apply(&mut api.state.groups[at], &row);
        }
        _ => {}
    }
    Ok(Reply::ok(&shown(api.state, &api.state.groups[at])))
}

pub(super) fn add_user(api: &mut Api<'_>, pk: &str) -> Outcome {
    api.need("authentik_core.add_user_to_group")?;
    let at = find(api, pk)?;
    let body = api.call.fields()?;
    let user = body.get("pk").and_then(Value::as_i64).filter(|pk| api.state.user(*pk).is_some());
    let user = user.ok_or_else(|| no_such("User"))?;
    let members = &mut api.state.groups[at].users;
    if !members.contains(&user) {
        members.push(user);
    }
    Ok(Reply::empty(204))
}
