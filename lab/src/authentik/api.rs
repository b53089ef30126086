//! The REST API: which paths there are, who may use them, and how lists are
//! filtered and cut into pages.

use axum::http::Method;
use serde_json::{Value, json};

use super::{
    applications, bindings, catalogue, events, grants, groups, look, providers, rbac, settings,
    state::{Row, State, stamp},
    tokens, transactional, users,
    wire::{Call, Outcome, Reply},
};

/// One request to the API under way.
pub(super) struct Api<'a> {
    pub state: &'a mut State,
    pub call: &'a Call,
    /// The user that asks; 0 for nobody.
    pub who: i64,
}

/// What answers at a path.
struct Route {
    allow: &'static str,
    public: bool,
    handle: Handler,
}

type Handler = fn(&mut Api<'_>, &str) -> Outcome;

const READ: &str = "GET, HEAD, OPTIONS";
const LIST: &str = "GET, POST, HEAD, OPTIONS";
const DETAIL: &str = "GET, PUT, PATCH, DELETE, HEAD, OPTIONS";
const ROW: &str = "GET, DELETE, HEAD, OPTIONS";
const ACTION: &str = "POST, OPTIONS";

/// Answers a request below `/api/v3/`.
pub(super) fn answer(state: &mut State, call: &Call) -> Reply {
    let rest = call.path.strip_prefix("/api/v3/").unwrap_or_default();
    let Some(rest) = rest.strip_suffix('/') else { return Reply::missing(&call.method) };
    let segments: Vec<String> = rest.split('/').map(decoded).collect();
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    let Some((route, key)) = route(state, &segments) else { return Reply::missing(&call.method) };
    let reply = run(state, call, &route, key, &segments);
    let crashed = reply.status == 405 && reply.has("allow") || reply.status == 500;
    if crashed { reply } else { reply.with("allow", route.allow) }
}

fn run(state: &mut State, call: &Call, route: &Route, key: &str, segments: &[&str]) -> Reply {
    let who = match who(state, call) {
        Ok(who) => who,
        Err(_) if route.public => 0,
        Err(refusal) => return refusal,
    };
    if who == 0 && !route.public {
        return Reply::detail(403, "Authentication credentials were not provided.");
    }
    if !route.allow.contains(call.method.as_str()) {
        let told = format!("Method \"{}\" not allowed.", call.method);
        return Reply::detail(405, &told);
    }
    if call.method == Method::OPTIONS {
        return Reply::ok(&options(state, who, segments));
    }
    let mut api = Api { state, call, who };
    (route.handle)(&mut api, key).unwrap_or_else(|refusal| refusal)
}

/// What `OPTIONS` answers: it lists the actions that whoever asks may take,
/// and leaves `actions` out where there are none.
fn options(state: &State, who: i64, segments: &[&str]) -> Value {
    let mut body = json!({
        "name": "Lab", "description": "", "renders": ["application/json"],
        "parses": ["application/json"],
    });
    let model = match segments {
        ["providers", "oauth2", ..] => "authentik_providers_oauth2.*_oauth2provider",
        ["core", "applications", ..] => "authentik_core.*_application",
        _ => return body,
    };
    let (action, verb) = if segments.len() == 2 { ("POST", "add") } else { ("PUT", "change") };
    if state.permits(who, &model.replace('*', verb)) {
        body["actions"] = json!({action: {}});
    }
    body
}

/// Who asks: by token, or by the cookie of a session.
fn who(state: &State, call: &Call) -> Result<i64, Reply> {
    let nobody = || Reply::detail(403, "Authentication credentials were not provided.");
    let Some(header) = call.header("authorization") else {
        return by_session(state, call);
    };
    let (scheme, key) = header.split_once(' ').unwrap_or((header, ""));
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(if state.at(2025, 12) {
            nobody()
        } else {
            Reply::detail(403, "Unsupported authentication type")
        });
    }
    if key.trim().is_empty() {
        return Err(nobody());
    }
    let now = state.now();
    let token = state.tokens.iter().find(|token| {
        token.key == key.trim()
            && token.intent == "api"
            && !(token.expiring && token.expires <= now)
    });
    token
        .and_then(|token| state.user(token.user))
        .filter(|user| user.is_active)
        .map(|user| user.pk)
        .ok_or_else(|| Reply::detail(403, "Token invalid/expired"))
}

fn by_session(state: &State, call: &Call) -> Result<i64, Reply> {
    let session = super::session::find(state, call).and_then(|sid| state.sessions.get(&sid));
    let Some((session, user)) = session.and_then(|session| Some((session, session.user?))) else {
        return Ok(0);
    };
    let reads = matches!(call.method, Method::GET | Method::HEAD | Method::OPTIONS);
    if reads || super::session::csrf_is_right(session, call) {
        return Ok(user);
    }
    let why =
        if call.header(super::session::CSRF_HEADER).is_some() { "incorrect" } else { "missing" };
    Err(Reply::detail(403, &format!("CSRF Failed: CSRF token {why}.")))
}

fn route<'a>(state: &State, segments: &[&'a str]) -> Option<(Route, &'a str)> {
    let route =
        |allow, handle: Handler, key: &'a str| Some((Route { allow, public: false, handle }, key));
    let open = |handle: Handler| Some((Route { allow: READ, public: true, handle }, ""));
    let scopes = if state.at(2024, 8) {
        &["propertymappings", "provider", "scope"][..]
    } else {
        &["propertymappings", "scope"][..]
    };
    if segments == scopes {
        return route(LIST, catalogue::mappings, "");
    }
    match *segments {
        ["admin", "version"] => route(READ, look::version, ""),
        ["admin", "system"] => route(LIST, look::system, ""),
        // Since 2024.2 an administrator changes them without a restart.
        ["admin", "settings"] if state.at(2024, 2) => {
            route("GET, PUT, PATCH, HEAD, OPTIONS", settings::settings, "")
        }
        ["root", "config"] => open(look::config),
        // Before 2024.2 brands were called tenants.
        ["core", "brands", "current"] if state.at(2024, 2) => open(look::brand),
        ["core", "tenants", "current"] if !state.at(2024, 2) => open(look::brand),
        ["schema"] => open(look::schema),
        ["core", "brands"] => route(LIST, look::brands, ""),
        ["managed", "blueprints"] => route(LIST, look::blueprints, ""),
        ["core", "users", "me"] => route(READ, users::me, ""),
        ["core", "users"] => route(LIST, users::list, ""),
        ["core", "users", "service_account"] => route(ACTION, users::service_account, ""),
        ["core", "users", pk] => route(DETAIL, users::detail, pk),
        ["core", "users", pk, "set_password"] => route(ACTION, users::set_password, pk),
        ["core", "groups"] => route(LIST, groups::list, ""),
        ["core", "groups", pk] => route(DETAIL, groups::detail, pk),
        ["core", "groups", pk, "add_user"] => route(ACTION, groups::add_user, pk),
        ["core", "tokens"] => route(LIST, tokens::list, ""),
        ["core", "tokens", id] => route(DETAIL, tokens::detail, id),
        ["core", "tokens", id, "view_key"] => route(READ, tokens::view_key, id),
        ["core", "tokens", id, "set_key"] => route(ACTION, tokens::set_key, id),
        ["core", "applications"] => route(LIST, applications::list, ""),
        ["core", "applications", slug] => route(DETAIL, applications::detail, slug),
        ["core", "applications", slug, "check_access"] => {
            route(READ, applications::check_access, slug)
        }
        ["core", "applications", slug, "used_by"] => route(READ, applications::used_by, slug),
        ["core", "transactional", "applications"] => {
            route("PUT, OPTIONS", transactional::apply, "")
        }
        ["crypto", "certificatekeypairs"] => route(LIST, catalogue::key_pairs, ""),
        ["flows", "instances"] => route(LIST, catalogue::flows, ""),
        ["flows", "instances", slug] => route(DETAIL, catalogue::flow, slug),
        ["providers", "oauth2"] => route(LIST, providers::list, ""),
        ["providers", "all"] => route(READ, providers::all, ""),
        ["providers", "oauth2", pk] => route(DETAIL, providers::detail, pk),
        ["providers", "oauth2", pk, "setup_urls"] => route(READ, providers::setup_urls, pk),
        ["providers", "oauth2", pk, "preview_user"] => route(READ, providers::preview, pk),
        ["providers", "oauth2", pk, "used_by"] => route(READ, providers::used_by, pk),
        ["policies", "bindings"] => route(LIST, bindings::list, ""),
        ["policies", "bindings", pk] => route(DETAIL, bindings::detail, pk),
        ["events", "events"] => route(LIST, events::list, ""),
        ["events", "events", "top_per_user"] => route(READ, events::top, ""),
        ["events", "events", pk] => route(DETAIL, events::detail, pk),
        ["oauth2", kind @ ("access_tokens" | "refresh_tokens" | "authorization_codes")] => {
            route(READ, grants::list, kind)
        }
        ["oauth2", kind @ ("access_tokens" | "refresh_tokens" | "authorization_codes"), pk] => {
            let handle: Handler = match kind {
                "access_tokens" => grants::access_token,
                "refresh_tokens" => grants::refresh_token,
                _ => grants::code,
            };
            route(ROW, handle, pk)
        }
        ["rbac", "roles"] => route(LIST, rbac::list, ""),
        ["rbac", "roles", pk] => route(DETAIL, rbac::detail, pk),
        ["rbac", "permissions", "assigned_by_roles"] => route(READ, rbac::assigned, ""),
        ["rbac", "permissions", "assigned_by_roles", pk, "assign"] => {
            route(ACTION, rbac::assign, pk)
        }
        ["rbac", "permissions", "assigned_by_roles", pk, "unassign"] => {
            route("PATCH, OPTIONS", rbac::unassign, pk)
        }
        _ => None,
    }
}

impl Api<'_> {
    /// Refuses whoever lacks a permission.
    pub fn need(&self, permission: &str) -> Result<(), Reply> {
        if self.state.permits(self.who, permission) { Ok(()) } else { Err(Reply::forbidden()) }
    }

    /// [`Self::need`] for what this method does to a model:
    /// `authentik_core`, `application`.
    pub fn need_for(&self, app: &str, model: &str) -> Result<(), Reply> {
        let verb = match self.call.method {
            Method::POST => "add",
            Method::PUT | Method::PATCH => "change",
            Method::DELETE => "delete",
            _ => "view",
        };
        self.need(&format!("{app}.{verb}_{model}"))
    }

    pub const fn method(&self) -> &Method {
        &self.call.method
    }

    pub fn now(&self) -> String {
        stamp(self.state.now())
    }

    /// One page of rows that are filtered and in order.
    pub fn page(&self, rows: &[Value]) -> Outcome {
        let (size, limit) = if self.state.at(2025, 12) { (20, 100) } else { (100, usize::MAX) };
        let size = self.state.page_size.unwrap_or(size);
        let asked = self.call.param("page_size").and_then(|text| text.parse::<usize>().ok());
        let size = asked.filter(|size| *size > 0).unwrap_or(size).min(limit).max(1);
        let total = rows.len().div_ceil(size).max(1);
        let page = match self.call.param("page") {
            None | Some("") => Some(1),
            Some("last") => Some(total),
            Some(text) => text.parse::<usize>().ok(),
        };
        let Some(page) = page.filter(|page| (1..=total).contains(page)) else {
            return Err(Reply::detail(404, "Invalid page."));
        };
        let start = (page - 1) * size;
        let end = (start + size).min(rows.len());
        let mut body = json!({
            "pagination": {
                "next": if page < total { page + 1 } else { 0 },
                "previous": page - 1,
                "count": rows.len(),
                "current": page,
                "total_pages": total,
                "start_index": if rows.is_empty() { 0 } else { start + 1 },
                "end_index": end,
            },
            "results": rows.get(start..end).unwrap_or_default(),
        });
        if let Some(fields) = body.as_object_mut().filter(|_| self.state.at(2025, 8)) {
            fields.insert("autocomplete".into(), json!({}));
        }
        Ok(Reply::ok(&body))
    }

    /// Keeps the rows that the query asks for. A filter that is not among
    /// `exact` is ignored without a word, as is an order by another field.
    pub fn pick(
        &self,
        mut rows: Vec<Value>,
        exact: &[&str],
        search: &[&str],
        order: &str,
        orders: &[&str],
    ) -> Vec<Value> {
        for name in exact {
            let wanted: Vec<&str> = self.call.params(name).filter(|v| !v.is_empty()).collect();
            if !wanted.is_empty() {
                rows.retain(|row| wanted.contains(&shown(row, name).as_str()));
            }
        }
        if let Some(words) = self.call.param("search").filter(|words| !words.is_empty()) {
            let words = words.to_lowercase();
            rows.retain(|row| {
                search.iter().any(|name| shown(row, name).to_lowercase().contains(&words))
            });
        }
        let asked = self.call.param("ordering").unwrap_or_default();
        let asked = asked.split(',').find(|name| orders.contains(&name.trim_start_matches('-')));
        let by = asked.unwrap_or(order);
        let (name, falling) = by.strip_prefix('-').map_or((by, false), |name| (name, true));
        rows.sort_by(|a, b| {
            let order =
                match (a.get(name).and_then(Value::as_i64), b.get(name).and_then(Value::as_i64)) {
                    (Some(a), Some(b)) => a.cmp(&b),
                    _ => shown(a, name).cmp(&shown(b, name)),
                };
            if falling { order.reverse() } else { order }
        });
        rows
    }
}

/// A field as a filter compares it.
fn shown(row: &Value, name: &str) -> String {
    match row.get(name) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Null) | None => String::new(),
        Some(other) => other.to_string(),
    }
}

/// 400 with what is wrong, field by field.
pub(super) fn refused(errors: Row) -> Reply {
    Reply::json(400, &Value::Object(errors))
}

/// 404 in JSON: the object is missing, not the path.
pub(super) fn no_such(model: &str) -> Reply {
    Reply::detail(404, &format!("No {model} matches the given query."))
}

fn decoded(segment: &str) -> String {
    url::form_urlencoded::parse(format!("x={}", segment.replace('+', "%2B")).as_bytes())
        .next()
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default()
}
