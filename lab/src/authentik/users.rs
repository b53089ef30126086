//! Users.

use axum::http::Method;
use base64::{Engine, engine::general_purpose::STANDARD};
use jiff::ToSpan;
use serde_json::{Value, json};

use super::{
    api::{Api, no_such, refused},
    chance,
    fields::{Field, Kind, Mode, Target, read},
    groups,
    state::{Row, State, Token, User, stamp},
    wire::{Outcome, Reply},
};

/// What superusers may do with authentik itself.
const SYSTEM_PERMISSIONS: [&str; 9] = [
    "access_admin_interface",
    "view_system_info",
    "view_system_settings",
    "edit_system_settings",
    "view_role",
    "add_role",
    "change_role",
    "delete_role",
    "assign_role_permissions",
];

/// The attribute that says whether tokens of a user's own making end.
pub(super) const TOKEN_EXPIRES: &str = "goauthentik.io/user/token-expires";

fn fields() -> Vec<Field> {
    let kinds: &[&str] = &["internal", "external", "service_account", "internal_service_account"];
    vec![
        Field::required("username", Kind::Text { max: 150, blank: false }),
        Field::required("name", Kind::Text { max: usize::MAX, blank: true }),
        Field::optional("is_active", Kind::Bool, true),
        Field::optional("groups", Kind::Links(Target::Group), json!([])),
        Field::optional("email", Kind::Text { max: 254, blank: true }, ""),
        Field::optional("attributes", Kind::Object, json!({})),
        Field::optional("path", Kind::Text { max: usize::MAX, blank: false }, "users"),
        Field::optional("type", Kind::Choice(kinds), "internal"),
    ]
}

/// A picture of somebody's initials.
pub(super) fn avatar(user: &User) -> String {
    let initials: String =
        user.name.split_whitespace().filter_map(|word| word.chars().next()).take(2).collect();
    let initials = initials.to_uppercase().replace(['<', '&'], "");
    let picture = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"64\" height=\"64\"><rect fill=\"#377b37\" width=\"64\" height=\"64\" rx=\"32\"/><text x=\"50%\" y=\"50%\" fill=\"#fff\" text-anchor=\"middle\" dy=\".35em\" font-size=\"28\">{initials}</text></svg>"
    );
    format!("data:image/svg+xml;base64,{}", STANDARD.encode(picture))
}

/// A user within another object.
pub(super) fn brief(state: &State, user: &User) -> Value {
    json!({
        "pk": user.pk,
        "username": user.username,
        "name": user.name,
        "is_active": user.is_active,
        "last_login": user.last_login.map(stamp),
        "email": user.email,
        "attributes": user.attributes,
        "uid": state.uid(user.pk),
    })
}

/// A user with all that the API shows.
pub(super) fn shown(state: &State, user: &User) -> Value {
    let groups: Vec<&str> = state.groups_of(user.pk).map(|group| group.pk.as_str()).collect();
    let objects: Vec<Value> = state
        .groups_of(user.pk)
        .map(|group| {
            let mut group = groups::brief(state, group);
            // The candidate of 2025.10 has the parents here already gone.
            if let Some(fields) = group.as_object_mut().filter(|_| state.at(2025, 12)) {
                fields.remove("parent");
            }
            group
        })
        .collect();
    let mut row = Row::new();
    let mut put = |name: &str, value: Value| row.insert(name.into(), value);
    put("pk", json!(user.pk));
    put("username", json!(user.username));
    put("name", json!(user.name));
    put("is_active", json!(user.is_active));
    put("last_login", json!(user.last_login.map(stamp)));
    if state.at(2025, 4) {
        put("date_joined", json!(stamp(user.joined)));
    }
    put("is_superuser", json!(state.is_superuser(user.pk)));
    put("groups", json!(groups));
    put("groups_obj", json!(objects));
    if state.at(2025, 12) {
        put("roles", json!([]));
        put("roles_obj", json!([]));
    }
    put("email", json!(user.email));
    put("avatar", json!(avatar(user)));
    put("attributes", user.attributes.clone());
    put("uid", json!(state.uid(user.pk)));
    put("path", json!(user.path));
    put("type", json!(user.kind));
    put("uuid", json!(user.uuid));
    if state.at(2025, 2) {
        put("password_change_date", json!(stamp(user.password_changed)));
    }
    if state.at(2025, 8) {
        put("last_updated", json!(stamp(user.password_changed)));
    }
    Value::Object(row)
}

/// Who asks.
pub(super) fn me(api: &mut Api<'_>, _: &str) -> Outcome {
    let state = &api.state;
    let user = state.user(api.who).ok_or_else(|| no_such("User"))?;
    let superuser = state.is_superuser(user.pk);
    let groups: Vec<Value> =
        state.groups_of(user.pk).map(|group| json!({"name": group.name, "pk": group.pk})).collect();
    let roles: Vec<Value> = state
        .groups_of(user.pk)
        .flat_map(|group| &group.roles)
        .filter_map(|pk| state.roles.iter().find(|role| role.pk == *pk))
        .map(|role| json!({"name": role.name, "pk": role.pk}))
        .collect();
    let mut row = Row::new();
    let mut put = |name: &str, value: Value| row.insert(name.into(), value);
    put("pk", json!(user.pk));
    put("username", json!(user.username));
    put("name", json!(user.name));
    put("is_active", json!(user.is_active));
    put("is_superuser", json!(superuser));
    put("groups", json!(groups));
    if state.at(2025, 12) {
        put("roles", json!(roles));
    }
    put("email", json!(user.email));
    put("avatar", json!(avatar(user)));
    put("uid", json!(state.uid(user.pk)));
    put("settings", json!({}));
    put("type", json!(user.kind));
    put("system_permissions", if superuser { json!(SYSTEM_PERMISSIONS) } else { json!([]) });
    if state.at(2026, 8) {
        put("is_current", json!(true));
    }
    let mut body = json!({"user": row});
    if let Some(fields) = body.as_object_mut().filter(|_| state.at(2026, 8)) {
        fields.insert("users".into(), json!([row]));
    }
    Ok(Reply::ok(&body))
}

fn parse(state: &State, body: &Row, mode: Mode, own: i64) -> Result<Row, Row> {
    read(state, &fields(), body, mode, |name, value| {
        let mut others = state.users.iter().filter(|user| user.pk != own);
        let taken = name == "username" && others.any(|user| json!(user.username) == *value);
        taken.then(|| "This field must be unique.".to_owned())
    })
}

fn apply(state: &mut State, pk: i64, row: &Row) {
    if let Some(groups) = row.get("groups").and_then(Value::as_array) {
        for group in &mut state.groups {
            group.users.retain(|member| *member != pk);
            if groups.contains(&json!(group.pk)) {
                group.users.push(pk);
            }
        }
    }
    let Some(user) = state.user_mut(pk) else { return };
    for (name, place) in [
        ("username", &mut user.username),
        ("name", &mut user.name),
        ("email", &mut user.email),
        ("path", &mut user.path),
        ("type", &mut user.kind),
    ] {
        if let Some(text) = row.get(name).and_then(Value::as_str) {
            text.clone_into(place);
        }
    }
    if let Some(flag) = row.get("is_active").and_then(Value::as_bool) {
        user.is_active = flag;
    }
    if let Some(attributes) = row.get("attributes") {
        user.attributes = attributes.clone();
    }
}

fn blank(state: &mut State, kind: &str) -> i64 {
    let pk = state.next();
    let now = state.now();
    state.users.push(User {
        pk,
        username: String::new(),
        name: String::new(),
        email: String::new(),
        is_active: true,
        password: None,
        totp: None,
        kind: kind.into(),
        path: "users".into(),
        uuid: chance::uuid(),
        attributes: json!({}),
        joined: now,
        last_login: None,
        password_changed: now,
    });
    pk
}

pub(super) fn list(api: &mut Api<'_>, _: &str) -> Outcome {
    api.need_for("authentik_core", "user")?;
    if *api.method() == Method::POST {
        let body = api.call.fields()?;
        let row = parse(api.state, &body, Mode::Whole, 0).map_err(refused)?;
        let pk = blank(api.state, "internal");
        apply(api.state, pk, &row);
        return one(api, pk, 201);
    }
    let rows = api.state.users.iter().map(|user| shown(api.state, user)).collect();
    let exact = ["username", "name", "email", "uuid", "path", "type", "is_active", "is_superuser"];
    let search = ["username", "name", "email", "uuid"];
    let rows = api.pick(rows, &exact, &search, "username", &["username", "pk", "name", "email"]);
    api.page(&rows)
}

fn one(api: &Api<'_>, pk: i64, status: u16) -> Outcome {
    let user = api.state.user(pk).ok_or_else(|| no_such("User"))?;
    Ok(Reply::json(status, &shown(api.state, user)))
}

fn find(api: &Api<'_>, pk: &str) -> Result<i64, Reply> {
    let pk = pk.parse().map_err(|_| Reply::detail(404, "Not found."))?;
    api.state.user(pk).map(|user| user.pk).ok_or_else(|| no_such("User"))
}

pub(super) fn detail(api: &mut Api<'_>, pk: &str) -> Outcome {
    api.need_for("authentik_core", "user")?;
    let pk = find(api, pk)?;
    match *api.method() {
        Method::DELETE => {
            api.state.users.retain(|user| user.pk != pk);
            api.state.tokens.retain(|token| token.user != pk);
            for group in &mut api.state.groups {
                group.users.retain(|member| *member != pk);
            }
            return Ok(Reply::empty(204));
        }
        Method::PUT | Method::PATCH => {
            let mode = if *api.method() == Method::PUT { Mode::Whole } else { Mode::Part };
            let body = api.call.fields()?;
            let row = parse(api.state, &body, mode, pk).map_err(refused)?;
            apply(api.state, pk, &row);
        }
        _ => {}
    }
    one(api, pk, 200)
}

pub(super) fn set_password(api: &mut Api<'_>, pk: &str) -> Outcome {
    api.need("authentik_core.reset_user_password")?;
    let pk = find(api, pk)?;
    let body = api.call.fields()?;
    let Some(password) = body.get("password").and_then(Value::as_str) else {
        return Err(Reply::json(400, &json!({"password": ["This field is required."]})));
    };
    let now = api.state.now();
    if let Some(user) = api.state.user_mut(pk) {
        user.password = Some(password.to_owned());
        user.password_changed = now;
    }
    Ok(Reply::empty(204))
}

/// A user that is no person, with an app password: which is no API token.
pub(super) fn service_account(api: &mut Api<'_>, _: &str) -> Outcome {
    api.need("authentik_core.add_user")?;
    api.need("authentik_core.add_token")?;
    let body = api.call.fields()?;
    let Some(name) = body.get("name").and_then(Value::as_str).filter(|name| !name.is_empty())
    else {
        return Err(Reply::json(400, &json!({"name": ["This field is required."]})));
    };
    if api.state.users.iter().any(|user| user.username == name) {
        return Err(Reply::json(400, &json!({"name": ["This field must be unique."]})));
    }
    let expiring = body.get("expiring").and_then(Value::as_bool).unwrap_or(true);
    let now = api.state.now();
    let asked = body.get("expires").and_then(Value::as_str).and_then(|text| text.parse().ok());
    let year = now.checked_add((360 * 24).hours()).unwrap_or(now);
    let pk = blank(api.state, "service_account");
    if let Some(user) = api.state.user_mut(pk) {
        name.clone_into(&mut user.username);
        name.clone_into(&mut user.name);
        user.path = "goauthentik.io/service-accounts".into();
        user.attributes = json!({TOKEN_EXPIRES: expiring});
    }
    let key = chance::letters(60);
    api.state.tokens.push(Token {
        pk: chance::uuid(),
        identifier: format!("service-account-{name}-password"),
        intent: "app_password".into(),
        user: pk,
        description: String::new(),
        expires: asked.unwrap_or(year),
        expiring,
        key: key.clone(),
        maker: api.who,
    });
    let mut answer = json!({
        "username": name, "user_uid": api.state.uid(pk), "user_pk": pk, "token": key,
    });
    if body.get("create_group").and_then(Value::as_bool) == Some(true) {
        let group = super::state::Group {
            pk: chance::uuid(),
            num_pk: 10_000 + api.state.next(),
            name: name.to_owned(),
            is_superuser: false,
            users: vec![pk],
            roles: Vec::new(),
            attributes: json!({}),
        };
        if let Some(fields) = answer.as_object_mut() {
            fields.insert("group_pk".into(), json!(group.pk));
        }
        api.state.groups.push(group);
    }
    Ok(Reply::ok(&answer))
}
