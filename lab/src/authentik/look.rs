//! Health, version, brand and the like.
#![allow(clippy::unnecessary_wraps, reason = "all handlers have one signature")]

use serde_json::{Value, json};

use super::{
    api::Api,
    wire::{Outcome, Reply},
};

pub(super) fn version(api: &mut Api<'_>, _: &str) -> Outcome {
    let version = api.state.version.to_string();
    let mut body = json!({
        "version_current": version,
        "version_latest": version,
        "version_latest_valid": true,
        "build_hash": "",
        "outdated": false,
        "outpost_outdated": false,
    });
    let (has_valid, has_outpost) = (api.state.at(2024, 6), api.state.at(2024, 8));
    if let Some(fields) = body.as_object_mut() {
        fields.retain(|key, _| match key.as_str() {
            "version_latest_valid" => has_valid,
            "outpost_outdated" => has_outpost,
            _ => true,
        });
    }
    Ok(Reply::ok(&body))
}

pub(super) fn config(api: &mut Api<'_>, _: &str) -> Outcome {
    let mut body = json!({
        "error_reporting": {
            "enabled": false, "sentry_dsn": "", "environment": "lab",
            "send_pii": false, "traces_sample_rate": 0.0,
        },
        "capabilities": ["can_impersonate"],
        "cache_timeout": 300,
        "cache_timeout_flows": 300,
        "cache_timeout_policies": 300,
    });
    if let Some(fields) = body.as_object_mut().filter(|_| !api.state.released(2025, 10)) {
        fields.insert("cache_timeout_reputation".into(), json!(0));
    }
    Ok(Reply::ok(&body))
}

pub(super) fn brand(api: &mut Api<'_>, _: &str) -> Outcome {
    let state = &api.state;
    let mut body = json!({
        "matched_domain": "authentik-default",
        "branding_title": "authentik",
        "branding_logo": "/static/dist/assets/icons/icon_left_brand.svg",
        "branding_favicon": "/static/dist/assets/icons/icon.png",
        "ui_footer_links": [],
        "ui_theme": "automatic",
        "flow_authentication": "default-authentication-flow",
        "flow_invalidation": "default-invalidation-flow",
        "flow_user_settings": "default-user-settings-flow",
        "default_locale": "",
    });
    if let Some(fields) = body.as_object_mut() {
        if state.at(2025, 4) {
            fields.insert("branding_custom_css".into(), json!(""));
        }
        if state.at(2025, 8) {
            let flags = if state.at(2026, 8) || (state.at(2026, 5) && !state.released(2026, 5)) {
                json!({"flows_continuous_login": false, "flows_refresh_others": false})
            } else if state.at(2026, 5) {
                json!({
                    "core_default_app_access": true, "enterprise_audit_include_expanded_diff": false,
                    "flows_continuous_login": false, "flows_refresh_others": false,
                })
            } else if state.at(2026, 2) {
                json!({
                    "enterprise_audit_include_expanded_diff": false, "flows_continuous_login": false,
                    "flows_refresh_others": false, "policies_buffered_access_view": false,
                })
            } else if state.released(2025, 10) {
                json!({"flows_refresh_others": false, "policies_buffered_access_view": false})
            } else {
                json!({"policies_buffered_access_view": false})
            };
            fields.insert("flags".into(), flags);
        }
        if state.at(2025, 12) {
            fields.insert("branding_logo_themed_urls".into(), Value::Null);
            fields.insert("branding_favicon_themed_urls".into(), Value::Null);
        }
        if state.at(2026, 8) {
            fields.insert("branding_map_tiles".into(), json!(""));
        }
    }
    Ok(Reply::ok(&body))
}

/// The description of the API, of which the lab has the head.
pub(super) fn schema(api: &mut Api<'_>, _: &str) -> Outcome {
    Ok(Reply::ok(&json!({
        "openapi": "3.0.3",
        "info": {
            "title": "authentik",
            "version": api.state.version.to_string(),
            "description": "Making authentication simple.",
        },
        "paths": {},
    })))
}

pub(super) fn system(api: &mut Api<'_>, _: &str) -> Outcome {
    api.need("authentik_rbac.view_system_info")?;
    Ok(Reply::ok(&json!({
        "http_headers": {},
        "http_host": "",
        "http_is_secure": false,
        "runtime": {},
        "brand": "Default brand",
        "server_time": api.now(),
        "embedded_outpost_disabled": false,
        "embedded_outpost_host": "",
    })))
}

pub(super) fn brands(api: &mut Api<'_>, _: &str) -> Outcome {
    api.need_for("authentik_brands", "brand")?;
    api.page(&[])
}

pub(super) fn blueprints(api: &mut Api<'_>, _: &str) -> Outcome {
    api.need_for("authentik_blueprints", "blueprintinstance")?;
    api.page(&[])
}
