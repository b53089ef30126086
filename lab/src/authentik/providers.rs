//! OAuth2 providers.

use axum::http::Method;
use serde_json::{Value, json};

use super::{
    api::{Api, no_such, refused},
    chance,
    fields::{Absent, Field, Kind, Mode, Target, merge, read},
    redirect_uris,
    state::{Row, State, int, text},
    wire::{Outcome, Reply},
};

const APP: &str = "authentik_providers_oauth2";
const MODEL: &str = "oauth2provider";

/// What a client may ask the token endpoint for, by the providers' own list.
const GRANTS: [&str; 8] = [
    "authorization_code",
    "implicit",
    "hybrid",
    "refresh_token",
    "client_credentials",
    "password",
    "urn:ietf:params:oauth:grant-type:device_code",
    "urn:ietf:params:oauth:grant-type:token-exchange",
];

/// The fields of a provider in this version, in the order of the answers.
pub(super) fn fields(state: &State) -> Vec<Field> {
    let word = Kind::Text { max: 255, blank: false };
    let open = Kind::Text { max: usize::MAX, blank: true };
    let mut fields = vec![
        Field::required("name", Kind::Text { max: usize::MAX, blank: false }),
        Field::optional("authentication_flow", Kind::Link(Target::Flow), Value::Null),
        Field::required("authorization_flow", Kind::Link(Target::Flow)),
    ];
    if state.at(2024, 10) {
        fields.push(Field::required("invalidation_flow", Kind::Link(Target::Flow)));
    }
    fields.extend([
        Field::optional("property_mappings", Kind::Links(Target::Mapping), json!([])),
        Field::optional("client_type", Kind::Choice(&["confidential", "public"]), "confidential"),
    ]);
    if state.released(2026, 5) {
        fields.push(Field::optional("grant_types", Kind::Choices(&GRANTS), json!([])));
    }
    fields.extend([
        Field::optional("client_id", word, chance::letters(40)),
        Field::optional(
            "client_secret",
            Kind::Text { max: 255, blank: true },
            chance::letters(128),
        ),
        Field::optional("access_code_validity", Kind::Duration, "minutes=1"),
        Field::optional("access_token_validity", Kind::Duration, "hours=1"),
        Field::optional("refresh_token_validity", Kind::Duration, "days=30"),
    ]);
    if state.released(2025, 10) {
        fields.push(Field::optional("refresh_token_threshold", Kind::Duration, "seconds=0"));
    }
    fields.extend([
        Field::optional("include_claims_in_id_token", Kind::Bool, true),
        Field::optional("signing_key", Kind::Link(Target::KeyPair), Value::Null),
    ]);
    if state.at(2024, 10) {
        fields.push(Field::optional("encryption_key", Kind::Link(Target::KeyPair), Value::Null));
    }
    fields.push(if redirect_uris::is_list(state) {
        Field::required("redirect_uris", Kind::RedirectUris)
    } else {
        Field::optional("redirect_uris", Kind::RedirectUris, "")
    });
    if state.released(2025, 10) {
        fields.push(Field::optional("logout_uri", Kind::Url, ""));
        let methods: &[&str] = &["backchannel", "frontchannel"];
        fields.push(Field::optional("logout_method", Kind::Choice(methods), "backchannel"));
    } else if state.at(2025, 8) {
        fields.push(Field::optional("backchannel_logout_uri", open, ""));
    }
    let subjects: &[&str] =
        &["hashed_user_id", "user_id", "user_uuid", "user_username", "user_email", "user_upn"];
    fields.extend([
        Field::optional("sub_mode", Kind::Choice(subjects), "hashed_user_id"),
        Field::optional("issuer_mode", Kind::Choice(&["global", "per_provider"]), "per_provider"),
    ]);
    if state.at(2024, 12) {
        fields.push(Field::optional(
            "jwt_federation_sources",
            Kind::Links(Target::Nothing),
            json!([]),
        ));
        fields.push(Field::optional(
            "jwt_federation_providers",
            Kind::Numbers(Target::Provider),
            json!([]),
        ));
    } else {
        fields.push(Field::optional("jwks_sources", Kind::Links(Target::Nothing), json!([])));
    }
    fields
}

/// Reads a body for a provider; `own` is the one that is changed.
pub(super) fn parse(state: &State, body: &Row, mode: Mode, own: Option<i64>) -> Result<Row, Row> {
    let other = |row: &&Row| int(row, "pk") != own;
    let in_use = |name: &str, value: &Value| {
        state.providers.iter().filter(other).any(|row| row.get(name) == Some(value))
    };
    let mut fields = fields(state);
    if own.is_some() {
        // A PUT that leaves out the id or the secret keeps the old one.
        fields.retain(|field| {
            !matches!(field.name, "client_id" | "client_secret") || body.contains_key(field.name)
        });
    }
    read(state, &fields, body, mode, |name, value| match name {
        "name" if in_use(name, value) => Some("provider with this name already exists.".into()),
        "client_id" if in_use(name, value) => {
            Some("OAuth2/OpenID Provider with this Client ID already exists.".into())
        }
        _ => None,
    })
}

/// Adds a provider and gives it its number.
pub(super) fn add(state: &mut State, mut row: Row) -> Row {
    let taken = state.providers.iter().filter_map(|row| int(row, "pk")).max().unwrap_or(0);
    row.insert("pk".into(), json!(state.provider_serial(taken)));
    state.providers.push(row.clone());
    row
}

/// What all kinds of providers show.
pub(super) fn base(state: &State, provider: &Row) -> Row {
    let pk = int(provider, "pk").unwrap_or_default();
    let application = state.application_of(pk);
    let of_application = |key: &str| application.map_or(Value::Null, |row| json!(text(row, key)));
    let mut row = Row::new();
    let flows = ["authentication_flow", "authorization_flow", "invalidation_flow"];
    for key in ["pk", "name"].into_iter().chain(flows) {
        if let Some(value) = provider.get(key) {
            row.insert(key.into(), value.clone());
        }
    }
    let mappings: Vec<&Value> = state.mappings_of(provider).filter_map(|m| m.get("pk")).collect();
    row.insert("property_mappings".into(), json!(mappings));
    row.insert("component".into(), json!("ak-provider-oauth2-form"));
    row.insert("assigned_application_slug".into(), of_application("slug"));
    row.insert("assigned_application_name".into(), of_application("name"));
    // The first candidate of 2025.10 lacked these two.
    if state.released(2025, 10) || !state.at(2025, 10) {
        let none = if state.at(2025, 8) { Value::Null } else { json!("") };
        row.insert("assigned_backchannel_application_slug".into(), none.clone());
        row.insert("assigned_backchannel_application_name".into(), none);
    }
    row.insert("verbose_name".into(), json!("OAuth2/OpenID Provider"));
    row.insert("verbose_name_plural".into(), json!("OAuth2/OpenID Providers"));
    row.insert("meta_model_name".into(), json!("authentik_providers_oauth2.oauth2provider"));
    row
}

/// A provider as the API shows it, its secret in clear. `None`: authentik
/// cannot read what it saved, and crashes.
pub(super) fn shown(state: &State, provider: &Row) -> Option<Value> {
    if redirect_uris::is_corrupt(provider) {
        return None;
    }
    let mut row = base(state, provider);
    for field in fields(state) {
        if !row.contains_key(field.name) {
            let default = match field.absent {
                Absent::Default(value) => value,
                Absent::Required => Value::Null,
            };
            let value = provider.get(field.name).cloned().unwrap_or(default);
            row.insert(field.name.into(), value);
        }
    }
    Some(Value::Object(row))
}

pub(super) fn list(api: &mut Api<'_>, _: &str) -> Outcome {
    api.need_for(APP, MODEL)?;
    if *api.method() == Method::POST {
        let body = api.call.fields()?;
        let row = parse(api.state, &body, Mode::Whole, None).map_err(refused)?;
        let row = add(api.state, row);
        let shown = shown(api.state, &row).ok_or_else(|| Reply::crash(api.method()))?;
        return Ok(Reply::json(201, &shown));
    }
    if let Some(asked) = api.call.param("application").filter(|asked| !asked.is_empty())
        && !super::fields::is_uuid(asked)
    {
        let told = format!("\u{201c}{asked}\u{201d} is not a valid UUID.");
        return Err(Reply::json(400, &json!({"application": [told]})));
    }
    let rows = api.state.providers.iter().map(|row| shown(api.state, row)).collect();
    let rows: Option<Vec<Value>> = rows;
    let rows = rows.ok_or_else(|| Reply::crash(api.method()))?;
    let exact = [
        "name",
        "client_id",
        "client_type",
        "authorization_flow",
        "signing_key",
        "sub_mode",
        "issuer_mode",
        "include_claims_in_id_token",
        "access_code_validity",
        "access_token_validity",
        "refresh_token_validity",
    ];
    let rows = api.pick(rows, &exact, &["name"], "name", &["name", "pk", "client_id"]);
    api.page(&rows)
}

/// Providers of all kinds, without what is special to OAuth2.
pub(super) fn all(api: &mut Api<'_>, _: &str) -> Outcome {
    api.need("authentik_core.view_provider")?;
    let state = &api.state;
    let mut rows: Vec<Value> =
        state.providers.iter().map(|row| Value::Object(base(state, row))).collect();
    if let Some(wanted) = api.call.param("application__isnull") {
        let wanted = matches!(wanted, "true" | "True" | "1");
        rows.retain(|row| {
            row.get("assigned_application_slug").is_some_and(Value::is_null) == wanted
        });
    }
    let rows = api.pick(rows, &[], &["name"], "name", &["name", "pk"]);
    api.page(&rows)
}

fn find(api: &Api<'_>, key: &str) -> Result<Row, Reply> {
    let pk: i64 = key.parse().map_err(|_| Reply::detail(404, "Not found."))?;
    api.state.provider(pk).cloned().ok_or_else(|| no_such("OAuth2Provider"))
}

pub(super) fn detail(api: &mut Api<'_>, key: &str) -> Outcome {
    api.need_for(APP, MODEL)?;
    let mut row = find(api, key)?;
    let pk = int(&row, "pk");
    match *api.method() {
        Method::DELETE => {
            api.state.providers.retain(|row| int(row, "pk") != pk);
            // What was issued under it goes with it.
            api.state.codes.retain(|code| Some(code.asked.provider) != pk);
            api.state.access_tokens.retain(|grant| Some(grant.provider) != pk);
            api.state.refresh_tokens.retain(|grant| Some(grant.provider) != pk);
            for application in &mut api.state.applications {
                if int(application, "provider") == pk {
                    application.insert("provider".into(), Value::Null);
                }
            }
            return Ok(Reply::empty(204));
        }
        Method::PUT | Method::PATCH => {
            let mode = if *api.method() == Method::PUT { Mode::Whole } else { Mode::Part };
            let body = api.call.fields()?;
            let changed = parse(api.state, &body, mode, pk).map_err(refused)?;
            merge(&mut row, changed);
            if let Some(place) = api.state.providers.iter_mut().find(|row| int(row, "pk") == pk) {
                place.clone_from(&row);
            }
        }
        _ => {}
    }
    let shown = shown(api.state, &row).ok_or_else(|| Reply::crash(api.method()))?;
    Ok(Reply::ok(&shown))
}

/// The addresses of a provider: for everybody who is signed in.
pub(super) fn setup_urls(api: &mut Api<'_>, key: &str) -> Outcome {
    let row = find(api, key)?;
    let base = &api.call.base;
    let global = |name: &str| format!("{base}/application/o/{name}/");
    let slug = int(&row, "pk").and_then(|pk| api.state.application_of(pk));
    let own = slug.map(|row| format!("{base}/application/o/{}/", text(row, "slug")));
    let of_own = |rest: &str| own.as_ref().map(|own| format!("{own}{rest}"));
    let mut body = json!({
        "issuer": own,
        "authorize": global("authorize"),
        "token": global("token"),
        "user_info": global("userinfo"),
        "provider_info": of_own(".well-known/openid-configuration"),
        "logout": of_own("end-session/"),
    });
    if let Some(fields) = body.as_object_mut() {
        if let Some(jwks) = of_own("jwks/") {
            fields.insert("jwks".into(), json!(jwks));
        }
        if api.state.at(2026, 8) {
            fields.insert("dcr_registration".into(), Value::Null);
        }
    }
    Ok(Reply::ok(&body))
}

/// The claims that a user would get, without a login.
pub(super) fn preview(api: &mut Api<'_>, key: &str) -> Outcome {
    api.need("authentik_providers_oauth2.view_oauth2provider")?;
    let row = find(api, key)?;
    let asked = api.call.param("for_user").and_then(|pk| pk.parse().ok());
    let user = asked.filter(|pk| api.state.user(*pk).is_some()).unwrap_or(api.who);
    let scopes: Vec<String> =
        api.state.mappings_of(&row).map(|mapping| text(mapping, "scope_name").to_owned()).collect();
    let claims = super::claims::preview(api.state, &row, user, &scopes, &api.call.base);
    Ok(Reply::ok(&json!({"preview": claims})))
}

pub(super) fn used_by(api: &mut Api<'_>, key: &str) -> Outcome {
    api.need("authentik_providers_oauth2.view_oauth2provider")?;
    let row = find(api, key)?;
    let rows: Vec<Value> = api
        .state
        .mappings_of(&row)
        .map(|mapping| {
            json!({
                "app": "authentik_core", "model_name": "propertymapping",
                "pk": mapping.get("pk"), "action": "cascade_many",
                "name": format!("Property Mapping {}", text(mapping, "name")),
            })
        })
        .collect();
    Ok(Reply::ok(&json!(rows)))
}
