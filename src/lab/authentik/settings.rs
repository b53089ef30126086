//! The settings of the whole authentik.

use axum::http::Method;
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::{
    api::{Api, refused},
    state::Row,
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
    let mut body = json!({
        "avatars": "initials",
        "default_user_change_name": true,
        "default_user_change_email": false,
        "default_user_change_username": false,
        "event_retention": "days=365",
        "footer_links": [],
        "gdpr_compliance": true,
        "impersonation": true,
        "default_token_duration": api.state.token_duration,
    });
    if let Some(fields) = body.as_object_mut().filter(|_| api.state.at(2024, 6)) {
        fields.insert("default_token_length".into(), json!(60));
    }
    Ok(Reply::ok(&body))
}
