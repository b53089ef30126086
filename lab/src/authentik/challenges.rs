//! The challenges of the flow executor, as pages and clients read them.

use serde_json::{Value, json};

use super::{
    applications::launch_url,
    executor::Step,
    install::BACKGROUND,
    state::{Row, State, User, int, text},
    users,
    wire::{Reply, last},
};

/// The frame that all challenges share.
fn challenge(step: &Step<'_>, component: &str, title: &str) -> Row {
    let mut info = Row::new();
    let mut put = |name: &str, value: Value| info.insert(name.into(), value);
    put("title", json!(title));
    put("background", json!(BACKGROUND));
    if step.state.at(2025, 12) {
        put("background_themed_urls", Value::Null);
    }
    let next = step.next();
    let cancel = if step.state.at(2026, 5) && next != "/" {
        format!("/flows/-/cancel/?next={}", super::executor::urlencoded(&next))
    } else {
        "/flows/-/cancel/".to_owned()
    };
    put("cancel_url", json!(cancel));
    put("layout", json!("stacked"));
    let mut row = Row::new();
    row.insert("flow_info".into(), Value::Object(info));
    if !step.state.at(2024, 8) {
        row.insert("type".into(), json!("native"));
    }
    row.insert("component".into(), json!(component));
    row
}

const WELCOME: &str = "Welcome to authentik!";

/// The application that the login is for, if the page's query tells.
fn application<'a>(step: &'a Step<'_>) -> Option<&'a Row> {
    let next = step.next();
    let query = next.split_once('?').map(|(_, query)| query)?;
    let query: Vec<(String, String)> =
        url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let provider = step.state.provider_of_client(last(&query, "client_id")?)?;
    step.state.application_of(int(provider, "pk")?)
}

pub(super) fn identification(step: &Step<'_>) -> Value {
    let state: &State = step.state;
    let mut row = challenge(step, "ak-stage-identification", WELCOME);
    let mut put = |name: &str, value: Value| row.insert(name.into(), value);
    put("user_fields", json!(["email", "username"]));
    if state.at(2026, 2) {
        put("pending_user_identifier", Value::Null);
    }
    put("password_fields", json!(false));
    if state.at(2024, 8) {
        put("allow_show_password", json!(false));
    }
    if let Some(application) = application(step) {
        put("application_pre", json!(text(application, "name")));
        let provider = int(application, "provider").and_then(|pk| state.provider(pk));
        let launch = launch_url(state, application, provider, 0);
        if let Some(launch) = launch.filter(|_| state.at(2025, 12)) {
            put("application_pre_launch", json!(launch));
        }
    }
    if state.at(2024, 6) {
        put("flow_designation", json!("authentication"));
    }
    if state.at(2024, 12) {
        put("captcha_stage", Value::Null);
    }
    put("primary_action", json!("Log in"));
    put("sources", json!([]));
    put("show_source_labels", json!(false));
    if state.at(2025, 4) {
        put("enable_remember_me", json!(false));
    }
    if state.at(2026, 2) {
        put("passkey_challenge", Value::Null);
    }
    Value::Object(row)
}

/// What was typed as user name, and a picture, whether there is such a user
/// or not.
fn pending(step: &Step<'_>, row: &mut Row) {
    let session = step.state.sessions.get(&step.sid);
    let signed_in = step.user().and_then(|pk| step.state.user(pk));
    let typed = session.and_then(|session| session.walk.as_ref()).map(|walk| walk.typed.as_str());
    let typed = typed.filter(|typed| !typed.is_empty());
    let known = typed.map_or(signed_in, |typed| step.state.user_typed(typed));
    let name = known.map_or_else(|| typed.unwrap_or_default(), |user| user.username.as_str());
    row.insert("pending_user".into(), json!(name));
    let picture = known.map_or_else(|| users::avatar(&nobody(step.state, name)), users::avatar);
    row.insert("pending_user_avatar".into(), json!(picture));
}

fn nobody(state: &State, name: &str) -> User {
    User {
        pk: 0,
        username: name.into(),
        name: name.into(),
        email: String::new(),
        is_active: false,
        password: None,
        totp: None,
        kind: String::new(),
        path: String::new(),
        uuid: String::new(),
        attributes: Value::Null,
        joined: state.born,
        last_login: None,
        password_changed: state.born,
    }
}

pub(super) fn password(step: &Step<'_>) -> Value {
    let mut row = challenge(step, "ak-stage-password", WELCOME);
    pending(step, &mut row);
    if step.state.at(2024, 8) {
        row.insert("allow_show_password".into(), json!(false));
    }
    Value::Object(row)
}

/// The second factor.
pub(super) fn validate(step: &Step<'_>) -> Value {
    let mut row = challenge(step, "ak-stage-authenticator-validate", WELCOME);
    pending(step, &mut row);
    let device = json!({
        "device_class": "totp", "device_uid": "1", "challenge": {}, "last_used": null,
    });
    row.insert("device_challenges".into(), json!([device]));
    row.insert("configuration_stages".into(), json!([]));
    Value::Object(row)
}

/// What the application will see.
pub(super) fn consent(step: &Step<'_>, token: &str) -> Value {
    let state: &State = step.state;
    let asked = step.pending();
    let application = asked.as_ref().and_then(|asked| state.application_of(asked.provider));
    let name = application.map_or("", |row| text(row, "name"));
    let mut row = challenge(step, "ak-stage-consent", &format!("Redirecting to {name}"));
    pending(step, &mut row);
    row.insert("header_text".into(), json!(format!("You're about to sign into {name}.")));
    let permissions: Vec<Value> = asked
        .iter()
        .flat_map(|asked| &asked.scopes)
        .map(|scope| {
            let mapping = state.mappings.iter().find(|row| text(row, "scope_name") == scope);
            json!({"name": mapping.map_or("", |row| text(row, "description")), "id": scope})
        })
        .collect();
    row.insert("permissions".into(), json!(permissions));
    row.insert("additional_permissions".into(), json!([]));
    row.insert("token".into(), json!(token));
    Value::Object(row)
}

/// The flow is not for whoever asks.
pub(super) fn denied(step: &Step<'_>, why: &str) -> Reply {
    let mut row = challenge(step, "ak-stage-access-denied", WELCOME);
    pending(step, &mut row);
    row.insert("error_message".into(), json!(why));
    Reply::ok(&Value::Object(row))
}

/// A challenge that is posed again, with what was wrong.
pub(super) fn with_errors(mut challenge: Value, field: &str, text: &str, code: &str) -> Reply {
    if let Some(row) = challenge.as_object_mut() {
        row.insert("response_errors".into(), json!({field: [{"string": text, "code": code}]}));
    }
    Reply::ok(&challenge)
}
