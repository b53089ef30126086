//! The settings of the whole authentik.

use axum::http::Method;
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::{
    api::{Api, refused},
    state::{Row, State},
    wire::{Outcome, Reply},
};

/// How long an API token lasts, unless an administrator says otherwise.
pub(super) const TOKEN_DURATION: &str = "minutes=30";

/// A duration as authentik writes it: `hours=1;minutes=30`.
pub(super) fn duration(text: &str) -> Option<SignedDuration> {
    let mut seconds: i64 = 0;
    for part in text.split(';').map(str::trim).filter(|part| !part.is_empty()) {
        let (unit, number) = part.split_once('=')?;
        let number: i64 = number.trim().parse().ok()?;
        let each = match unit.trim() {
            "weeks" => 7 * 24 * 3600,
            "days" => 24 * 3600,
            "hours" => 3600,
            "minutes" => 60,
            "seconds" => 1,
            "milliseconds" | "microseconds" => 0,
            _ => return None,
        };
        seconds = seconds.checked_add(number.checked_mul(each)?)?;
    }
    Some(SignedDuration::from_secs(seconds))
}

/// `GET`, `PUT` and `PATCH`.
pub(super) fn settings(api: &mut Api<'_>, _: &str) -> Outcome {
    if *api.method() == Method::GET {
        api.need("authentik_rbac.view_system_settings")?;
    } else {
        api.need("authentik_rbac.edit_system_settings")?;
        let body = api.call.fields()?;
        if let Some(text) = body.get("default_token_duration").and_then(Value::as_str) {
            if duration(text).is_none() {
                let mut errors = Row::new();
                let told = format!("{text} is not in the correct format of 'hours=3;minutes=1'.");
                errors.insert("default_token_duration".into(), json!([told]));
                return Err(refused(errors));
            }
            text.clone_into(&mut api.state.token_duration);
        }
    }
    Ok(Reply::ok(&shown(api.state)))
}

/// The settings are in no contract. What stands under a release here was
/// recorded of it; older ones are only known to have the rest.
fn shown(state: &State) -> Value {
    let mut body = json!({
        "avatars": "initials",
        "default_user_change_name": true,
        "default_user_change_email": false,
        "default_user_change_username": false,
        "event_retention": "days=365",
        "footer_links": [],
        "gdpr_compliance": true,
        "impersonation": true,
        "default_token_duration": state.token_duration,
    });
    let mut put = |name: &str, value: Value| {
        if let Some(fields) = body.as_object_mut() {
            fields.insert(name.into(), value);
        }
    };
    if state.at(2024, 6) {
        put("default_token_length", json!(60));
    }
    if state.at(2026, 8) {
        put("reputation_lower_limit", json!(-5));
        put("reputation_upper_limit", json!(5));
        put("impersonation_require_reason", json!(true));
        put("pagination_default_page_size", json!(20));
        put("pagination_max_page_size", json!(100));
        put("flags", json!({}));
    }
    body
}
