//! What set-up only reads: flows, key pairs, and scope mappings, of which an
//! administrator may add some.

use axum::http::Method;
use jiff::ToSpan;
use serde_json::{Value, json};

use super::{
    api::{Api, no_such, refused},
    expression,
    fields::{Field, Kind, Mode, read},
    install::{BACKGROUND, scope_mapping},
    keys::SigningKey,
    state::{Row, State, stamp, text},
    wire::{Outcome, Reply},
};

const DESIGNATIONS: [&str; 7] = [
    "authentication",
    "authorization",
    "invalidation",
    "enrollment",
    "unenrollment",
    "recovery",
    "stage_configuration",
];

pub(super) fn flows(api: &mut Api<'_>, _: &str) -> Outcome {
    api.need_for("authentik_flows", "flow")?;
    reads_only(api)?;
    if let Some(asked) = api.call.param("designation").filter(|asked| !asked.is_empty())
        && !DESIGNATIONS.contains(&asked)
    {
        let told = format!("Select a valid choice. {asked} is not one of the available choices.");
        return Err(Reply::json(400, &json!({"designation": [told]})));
    }
    let rows = api.state.flows.iter().map(|flow| shown(api.state, flow)).collect();
    let rows = api.pick(
        rows,
        &["slug", "designation", "denied_action"],
        &["name", "slug", "designation", "title"],
        "slug",
        &["slug", "name", "designation"],
    );
    api.page(&rows)
}

pub(super) fn flow(api: &mut Api<'_>, slug: &str) -> Outcome {
    api.need_for("authentik_flows", "flow")?;
    reads_only(api)?;
    let flow = api.state.flows.iter().find(|flow| text(flow, "slug") == slug);
    let flow = flow.ok_or_else(|| no_such("Flow"))?;
    Ok(Reply::ok(&shown(api.state, flow)))
}

fn shown(state: &State, flow: &Row) -> Value {
    let mut flow = flow.clone();
    if state.at(2025, 12) {
        flow.insert("background".into(), json!(""));
        flow.insert("background_url".into(), json!(BACKGROUND));
        flow.insert("background_themed_urls".into(), Value::Null);
    } else {
        flow.insert("background".into(), json!(BACKGROUND));
    }
    Value::Object(flow)
}

pub(super) fn mappings(api: &mut Api<'_>, _: &str) -> Outcome {
    api.need_for("authentik_providers_oauth2", "scopemapping")?;
    if *api.method() == Method::POST {
        return add_mapping(api);
    }
    reads_only(api)?;
    let is_known = |managed: &str| {
        api.state.mappings.iter().any(|mapping| text(mapping, "managed") == managed)
    };
    let mut asked = api.call.params("managed").filter(|managed| !managed.is_empty());
    if let Some(unknown) = asked.find(|managed| !is_known(managed)) {
        let told = format!("Select a valid choice. {unknown} is not one of the available choices.");
        return Err(Reply::json(400, &json!({"managed": [told]})));
    }
    let rows = api.state.mappings.iter().cloned().map(Value::Object).collect();
    let rows = api.pick(
        rows,
        &["managed", "scope_name", "name"],
        &["name", "scope_name"],
        "scope_name",
        &["scope_name", "name"],
    );
    api.page(&rows)
}

/// A mapping of an administrator's own.
fn add_mapping(api: &mut Api<'_>) -> Outcome {
    let body = api.call.fields()?;
    let long = Kind::Text { max: usize::MAX, blank: false };
    let open = Kind::Text { max: usize::MAX, blank: true };
    let fields = [
        Field::required("name", long),
        Field::required("expression", long),
        Field::required("scope_name", long),
        Field::optional("description", open, ""),
    ];
    let state = &api.state;
    let mut given = read(state, &fields, &body, Mode::Whole, |name, value| match name {
        "name" if state.mappings.iter().any(|row| row.get("name") == Some(value)) => {
            Some("Property Mapping with this name already exists.".into())
        }
        "expression" => value
            .as_str()
            .and_then(expression::fault)
            .map(|fault| format!("Expression Syntax Error: {fault}")),
        _ => None,
    })
    .map_err(refused)?;
    if text(&given, "scope_name").contains(' ') {
        return Err(Reply::json(400, &json!(["Value must not contain spaces."])));
    }
    let mut take = |name: &str| given.remove(name).unwrap_or_default();
    let row = scope_mapping(
        state,
        &Value::Null,
        [take("name"), take("expression"), take("scope_name"), take("description")],
    );
    api.state.mappings.push(row.clone());
    Ok(Reply::json(201, &Value::Object(row)))
}

pub(super) fn key_pairs(api: &mut Api<'_>, _: &str) -> Outcome {
    api.need_for("authentik_crypto", "certificatekeypair")?;
    reads_only(api)?;
    let state = &api.state;
    let installed = ("authentik Self-signed Certificate", state.key_pair.as_str());
    let mut rows = vec![key_pair(api, installed, state.signing_key())];
    rows.extend(
        state
            .added_keys
            .iter()
            .map(|added| key_pair(api, (&added.name, &added.pk), Some(&added.key))),
    );
    if api.call.param("has_key") == Some("false") {
        rows.clear();
    }
    let rows = api.pick(rows, &["name", "managed"], &["name"], "name", &["name"]);
    api.page(&rows)
}

fn key_pair(api: &Api<'_>, (name, pk): (&str, &str), key: Option<&SigningKey>) -> Value {
    let state = &api.state;
    let link = |what| format!("/api/v3/crypto/certificatekeypairs/{pk}/view_{what}/?download");
    let (sha256, sha1) = key.map(SigningKey::fingerprints).unwrap_or_default();
    let year = state.born.checked_add((365 * 24).hours()).unwrap_or(state.born);
    let mut row = json!({
        "pk": pk,
        "name": name,
        "fingerprint_sha256": sha256,
        "fingerprint_sha1": sha1,
        "cert_expiry": stamp(year),
        "cert_subject": format!("OU=Self-signed,O=authentik,CN={name}"),
        "private_key_available": true,
    });
    if let Some(fields) = row.as_object_mut() {
        let kind = if state.at(2025, 12) { "key_type" } else { "private_key_type" };
        fields.insert(kind.into(), json!(key.map_or("rsa", SigningKey::kind)));
        if !state.at(2026, 2) && api.call.param("include_details") == Some("false") {
            for detail in
                ["fingerprint_sha256", "fingerprint_sha1", "cert_expiry", "cert_subject", kind]
            {
                fields.insert(detail.into(), Value::Null);
            }
        }
        fields.insert("certificate_download_url".into(), json!(link("certificate")));
        fields.insert("private_key_download_url".into(), json!(link("private_key")));
        fields.insert("managed".into(), Value::Null);
    }
    row
}

/// The lab's flows, mappings and keys are what was installed.
fn reads_only(api: &Api<'_>) -> Result<(), Reply> {
    if matches!(*api.method(), Method::GET | Method::HEAD) {
        Ok(())
    } else {
        Err(Reply::detail(400, "The lab does not change flows and keys."))
    }
}
