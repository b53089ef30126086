//! Applications, found by their slugs.

use axum::http::Method;
use serde_json::{Value, json};

use super::{
    api::{Api, no_such, refused},
    chance,
    fields::{Field, Kind, Mode, Target, merge, read},
    providers, redirect_uris,
    state::{Row, State, int, text},
    wire::{Outcome, Reply},
};

const APP: &str = "authentik_core";
const MODEL: &str = "application";

/// Parts of the paths below `/application/o/`.
const RESERVED: [&str; 6] = ["authorize", "token", "device", "userinfo", "introspect", "revoke"];

fn fields(state: &State) -> Vec<Field> {
    let open = Kind::Text { max: usize::MAX, blank: true };
    let longest = if state.at(2025, 12) { usize::MAX } else { 50 };
    let mut fields = vec![
        Field::required("name", Kind::Text { max: usize::MAX, blank: false }),
        Field::required("slug", Kind::Slug { max: longest }),
        Field::optional("provider", Kind::Number(Target::Provider), Value::Null),
        Field::optional("backchannel_providers", Kind::Numbers(Target::Provider), json!([])),
        Field::optional("open_in_new_tab", Kind::Bool, false),
        Field::optional("meta_launch_url", Kind::Url, ""),
        Field::optional("meta_description", open, ""),
        Field::optional("meta_publisher", open, ""),
        Field::optional("policy_engine_mode", Kind::Choice(&["all", "any"]), "any"),
        Field::optional("group", open, ""),
    ];
    if state.at(2025, 12) {
        fields.push(Field::optional("meta_icon", open, ""));
    }
    if state.released(2026, 5) {
        fields.push(Field::optional("meta_hide", Kind::Bool, false));
    }
    fields
}

/// Reads a body for an application; `own` is the slug of the one that is
/// changed.
pub(super) fn parse(state: &State, body: &Row, mode: Mode, own: &str) -> Result<Row, Row> {
    let in_use = |name: &str, value: &Value| {
        let mut others = state.applications.iter().filter(|row| text(row, "slug") != own);
        !value.is_null() && others.any(|row| row.get(name) == Some(value))
    };
    read(state, &fields(state), body, mode, |name, value| match name {
        "slug" if RESERVED.contains(&value.as_str().unwrap_or_default()) => Some(format!(
            "The slug '{}' is reserved and cannot be used for applications.",
            value.as_str().unwrap_or_default()
        )),
        "slug" if in_use(name, value) => Some("Application with this slug already exists.".into()),
        "provider" if in_use(name, value) => {
            Some("Application with this provider already exists.".into())
        }
        _ => None,
    })
}

/// Adds an application and gives it its id.
pub(super) fn add(state: &mut State, mut row: Row) -> Row {
    row.insert("pk".into(), json!(chance::uuid()));
    state.applications.push(row.clone());
    row
}

/// An application as the API shows it to a user.
fn shown(state: &State, row: &Row, who: i64) -> Value {
    let provider = int(row, "provider").and_then(|pk| state.provider(pk));
    let launch = launch_url(state, row, provider, who);
    let field = |name: &str| row.get(name).cloned().unwrap_or(Value::Null);
    let mut shown = Row::new();
    for name in ["pk", "name", "slug", "provider"] {
        shown.insert(name.into(), field(name));
    }
    let object = provider.map_or(Value::Null, |row| Value::Object(providers::base(state, row)));
    shown.insert("provider_obj".into(), object);
    shown.insert("backchannel_providers".into(), field("backchannel_providers"));
    shown.insert("backchannel_providers_obj".into(), json!([]));
    shown.insert("launch_url".into(), json!(launch));
    for name in ["open_in_new_tab", "meta_launch_url"] {
        shown.insert(name.into(), field(name));
    }
    shown.insert(
        "meta_icon".into(),
        if state.at(2025, 12) { field("meta_icon") } else { Value::Null },
    );
    if state.at(2025, 12) {
        shown.insert("meta_icon_url".into(), Value::Null);
        shown.insert("meta_icon_themed_urls".into(), Value::Null);
    }
    for name in ["meta_description", "meta_publisher", "policy_engine_mode", "group"] {
        shown.insert(name.into(), field(name));
    }
    if state.released(2026, 5) {
        shown.insert("meta_hide".into(), field("meta_hide"));
    }
    if state.released(2026, 8) {
        shown.insert("pbm_uuid".into(), field("pk"));
    }
    Value::Object(shown)
}

/// Where the tile leads: as set, or guessed from the first redirect URI.
pub(super) fn launch_url(
    state: &State,
    row: &Row,
    provider: Option<&Row>,
    who: i64,
) -> Option<String> {
    let set = text(row, "meta_launch_url");
    if !set.is_empty() {
        let name = state.user(who).map_or("", |user| user.username.as_str());
        return Some(set.replace("%(username)s", name));
    }
    let first = redirect_uris::first(provider?)?;
    let url = url::Url::parse(&first).ok()?;
    let host = url.host_str().unwrap_or_default();
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    // A URI without a host, such as the mobile app's, leaves just its scheme.
    Some(if host.is_empty() {
        format!("{}:", url.scheme())
    } else {
        format!("{}://{host}{port}", url.scheme())
    })
}

pub(super) fn list(api: &mut Api<'_>, _: &str) -> Outcome {
    if *api.method() == Method::POST {
        api.need_for(APP, MODEL)?;
        let body = api.call.fields()?;
        let row = parse(api.state, &body, Mode::Whole, "").map_err(refused)?;
        let row = add(api.state, row);
        return Ok(Reply::json(201, &shown(api.state, &row, api.who)));
    }
    let all: Vec<Value> =
        api.state.applications.iter().map(|row| shown(api.state, row, api.who)).collect();
    let rows = api.pick(
        all.clone(),
        &["name", "slug", "group", "meta_launch_url", "meta_description", "meta_publisher"],
        &["name", "slug", "meta_launch_url", "meta_description", "meta_publisher", "group"],
        "name",
        &["name", "slug", "group", "provider"],
    );
    let full = matches!(api.call.param("superuser_full_list"), Some("true" | "TRUE" | "True"));
    if full && api.state.is_superuser(api.who) {
        return api.page(&rows);
    }
    mine(api, &all, &rows)
}

/// "My applications": what policies let the user into. The answer is kept per
/// user and page, whatever was filtered by, and the count is not looked at.
fn mine(api: &mut Api<'_>, all: &[Value], rows: &[Value]) -> Outcome {
    let page = api.page(rows)?;
    let mut body: Value = serde_json::from_str(&page.body).unwrap_or_default();
    let searched = api.call.param("search").is_some_and(|words| !words.is_empty());
    let key = (api.who, api.call.param("page").unwrap_or("1").to_owned());
    let slug_of = |row: &Value| {
        row.get("slug").and_then(Value::as_str).map(str::to_owned).unwrap_or_default()
    };
    let fresh = || -> Vec<String> {
        body.get("results")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter(|row| {
                let application = api.state.application(&slug_of(row));
                application.is_some_and(|found| api.state.lets_in(found, api.who))
            })
            .map(slug_of)
            .collect()
    };
    let slugs = match api.state.listed.get(&key) {
        Some(kept) if !searched => kept.clone(),
        _ => fresh(),
    };
    if !searched {
        api.state.listed.insert(key, slugs.clone());
    }
    let kept: Vec<&Value> = all.iter().filter(|row| slugs.contains(&slug_of(row))).collect();
    let kept = json!(kept);
    if let Some(fields) = body.as_object_mut() {
        fields.insert("results".into(), kept);
    }
    Ok(Reply::ok(&body))
}

fn find(api: &Api<'_>, slug: &str) -> Result<Row, Reply> {
    api.state.application(slug).cloned().ok_or_else(|| no_such("Application"))
}

pub(super) fn detail(api: &mut Api<'_>, slug: &str) -> Outcome {
    api.need_for(APP, MODEL)?;
    let mut row = find(api, slug)?;
    match *api.method() {
        Method::DELETE => {
            let pk = row.get("pk").cloned();
            api.state.applications.retain(|row| text(row, "slug") != slug);
            api.state.bindings.retain(|row| row.get("target") != pk.as_ref());
            api.state.listed.clear();
            return Ok(Reply::empty(204));
        }
        Method::PUT | Method::PATCH => {
            let mode = if *api.method() == Method::PUT { Mode::Whole } else { Mode::Part };
            let body = api.call.fields()?;
            let changed = parse(api.state, &body, mode, slug).map_err(refused)?;
            merge(&mut row, changed);
            let place = api.state.applications.iter_mut().find(|row| text(row, "slug") == slug);
            if let Some(place) = place {
                place.clone_from(&row);
            }
        }
        _ => {}
    }
    Ok(Reply::ok(&shown(api.state, &row, api.who)))
}

/// Whether policies let a user in. Only superusers may ask for others.
pub(super) fn check_access(api: &mut Api<'_>, slug: &str) -> Outcome {
    let row = find(api, slug)?;
    let asked = api.call.param("for_user").and_then(|pk| pk.parse().ok());
    let user = asked.filter(|_| api.state.is_superuser(api.who)).unwrap_or(api.who);
    if api.state.user(user).is_none() {
        let told = "Select a valid choice. That choice is not one of the available choices.";
        return Err(Reply::json(400, &json!({"for_user": [told]})));
    }
    let passing = api.state.lets_in(&row, user);
    Ok(Reply::ok(&json!({"passing": passing, "messages": [], "log_messages": []})))
}

pub(super) fn used_by(api: &mut Api<'_>, slug: &str) -> Outcome {
    api.need("authentik_core.view_application")?;
    find(api, slug)?;
    Ok(Reply::ok(&json!([])))
}
