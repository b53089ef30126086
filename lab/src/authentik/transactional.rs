//! Provider and application in one: both, or neither.

use serde_json::{Value, json};

use super::{
    api::{Api, refused},
    applications,
    fields::Mode,
    providers,
    state::Row,
    wire::{Outcome, Reply},
};

pub(super) fn apply(api: &mut Api<'_>, _: &str) -> Outcome {
    api.need("authentik_core.add_application")?;
    api.need("authentik_providers_oauth2.add_oauth2provider")?;
    let body = api.call.fields()?;
    let mut missing = Row::new();
    for name in ["app", "provider_model", "provider"] {
        if !body.contains_key(name) {
            missing.insert(name.into(), json!(["This field is required."]));
        }
    }
    if !missing.is_empty() {
        return Err(refused(missing));
    }
    if body.get("provider_model") != Some(&json!("authentik_providers_oauth2.oauth2provider")) {
        return Err(Reply::json(400, &json!({"provider_model": ["Invalid provider model"]})));
    }
    let part = |name: &str| -> Row {
        body.get(name).and_then(Value::as_object).cloned().unwrap_or_default()
    };
    let under = |name: &str, errors: Row| Reply::json(400, &json!({name: errors}));
    // The application's faults are told first, and alone.
    let application = applications::parse(api.state, &part("app"), Mode::Whole, "")
        .map_err(|errors| under("app", errors))?;
    let provider = providers::parse(api.state, &part("provider"), Mode::Whole, None)
        .map_err(|errors| under("provider", errors))?;
    let provider = providers::add(api.state, provider);
    let mut application = application;
    application.insert("provider".into(), provider.get("pk").cloned().unwrap_or_default());
    applications::add(api.state, application);
    Ok(Reply::ok(&json!({"applied": true, "logs": []})))
}
