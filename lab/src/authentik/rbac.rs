//! Roles and what they permit.

use std::collections::BTreeSet;

use axum::http::Method;
use serde_json::{Value, json};

use super::{
    api::{Api, no_such, refused},
    chance,
    fields::{Field, Kind, Mode, read},
    state::{Role, Row, State},
    wire::{Outcome, Reply},
};

/// The models whose permissions the lab knows, by their apps.
const MODELS: [(&str, &[&str]); 9] = [
    ("authentik_core", &["application", "group", "token", "user", "provider", "userconsent"]),
    (
        "authentik_providers_oauth2",
        &["oauth2provider", "scopemapping", "accesstoken", "refreshtoken", "authorizationcode"],
    ),
    ("authentik_flows", &["flow", "stage"]),
    ("authentik_crypto", &["certificatekeypair"]),
    ("authentik_policies", &["policybinding"]),
    ("authentik_events", &["event"]),
    ("authentik_brands", &["brand"]),
    ("authentik_blueprints", &["blueprintinstance"]),
    ("authentik_rbac", &["role", "initialpermissions"]),
];

/// Permissions that are about more than a model.
const SPECIAL: [&str; 12] = [
    "authentik_core.view_token_key",
    "authentik_core.set_token_key",
    "authentik_core.reset_user_password",
    "authentik_core.add_user_to_group",
    "authentik_core.remove_user_from_group",
    "authentik_core.impersonate",
    "authentik_rbac.view_system_info",
    "authentik_rbac.view_system_settings",
    "authentik_rbac.edit_system_settings",
    "authentik_rbac.access_admin_interface",
    "authentik_rbac.assign_role_permissions",
    "authentik_rbac.unassign_role_permissions",
];

/// Whether authentik has such a permission.
fn exists(permission: &str) -> bool {
    let Some((app, codename)) = permission.split_once('.') else { return false };
    let of_model = codename.split_once('_').is_some_and(|(verb, model)| {
        ["view", "add", "change", "delete"].contains(&verb)
            && MODELS.iter().any(|(name, models)| *name == app && models.contains(&model))
    });
    of_model || SPECIAL.contains(&permission)
}

fn shown(role: &Role) -> Value {
    json!({"pk": role.pk, "name": role.name})
}

fn parse(state: &State, body: &Row, mode: Mode, own: &str) -> Result<Row, Row> {
    let fields = [Field::required("name", Kind::Text { max: 150, blank: false })];
    read(state, &fields, body, mode, |_, value| {
        let mut others = state.roles.iter().filter(|role| role.pk != own);
        let taken = others.any(|role| json!(role.name) == *value);
        taken.then(|| {
            if state.at(2025, 12) {
                "Role with this name already exists.".to_owned()
            } else {
                "This field must be unique.".to_owned()
            }
        })
    })
}

pub(super) fn list(api: &mut Api<'_>, _: &str) -> Outcome {
    api.need_for("authentik_rbac", "role")?;
    if *api.method() == Method::POST {
        let body = api.call.fields()?;
        let row = parse(api.state, &body, Mode::Whole, "").map_err(refused)?;
        let name = row.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
        let role = Role { pk: chance::uuid(), name, permissions: BTreeSet::new() };
        let shown = shown(&role);
        api.state.roles.push(role);
        return Ok(Reply::json(201, &shown));
    }
    let rows = api.state.roles.iter().map(shown).collect();
    let rows = api.pick(rows, &["name"], &["name"], "name", &["name"]);
    api.page(&rows)
}

fn find(api: &Api<'_>, pk: &str) -> Result<usize, Reply> {
    let at = api.state.roles.iter().position(|role| role.pk == pk);
    at.ok_or_else(|| no_such("Role"))
}

pub(super) fn detail(api: &mut Api<'_>, pk: &str) -> Outcome {
    api.need_for("authentik_rbac", "role")?;
    let at = find(api, pk)?;
    match *api.method() {
        Method::DELETE => {
            api.state.roles.remove(at);
            for group in &mut api.state.groups {
                group.roles.retain(|role| role != pk);
            }
            return Ok(Reply::empty(204));
        }
        Method::PUT | Method::PATCH => {
            let body = api.call.fields()?;
            let row = parse(api.state, &body, Mode::Part, pk).map_err(refused)?;
            if let Some(name) = row.get("name").and_then(Value::as_str) {
                name.clone_into(&mut api.state.roles[at].name);
            }
        }
        _ => {}
    }
    Ok(Reply::ok(&shown(&api.state.roles[at])))
}

/// Global permissions of roles. Those of single objects the lab has none of.
pub(super) fn assigned(api: &mut Api<'_>, _: &str) -> Outcome {
    api.need("authentik_rbac.view_role")?;
    api.page(&[])
}

fn named(api: &Api<'_>) -> Result<Vec<String>, Reply> {
    let body = api.call.fields()?;
    let named = body.get("permissions").and_then(Value::as_array);
    let Some(named) = named else {
        return Err(Reply::json(400, &json!({"permissions": ["This field is required."]})));
    };
    let named: Vec<String> = named.iter().filter_map(Value::as_str).map(str::to_owned).collect();
    // authentik does not refuse an unknown permission: it crashes.
    if named.iter().all(|permission| exists(permission)) {
        Ok(named)
    } else {
        Err(Reply::crash(api.method()))
    }
}

pub(super) fn assign(api: &mut Api<'_>, pk: &str) -> Outcome {
    api.need("authentik_rbac.assign_role_permissions")?;
    let at = find(api, pk)?;
    let named = named(api)?;
    let mut answer = Vec::new();
    for permission in named {
        api.state.roles[at].permissions.insert(permission);
        answer.push(json!({"id": (200 + api.state.next()).to_string()}));
    }
    Ok(Reply::ok(&json!(answer)))
}

pub(super) fn unassign(api: &mut Api<'_>, pk: &str) -> Outcome {
    api.need("authentik_rbac.unassign_role_permissions")?;
    let at = find(api, pk)?;
    for permission in named(api)? {
        api.state.roles[at].permissions.remove(&permission);
    }
    Ok(Reply::empty(204))
}
