//! What is there after authentik was installed, and the lab's people.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{
    chance,
    state::{Group, Row, State, Token, User, text},
};

/// The lab's people: user name, full name, e-mail address, password.
pub(super) const PEOPLE: [(&str, &str, &str, &str); 3] = [
    ("akadmin", "authentik Default Admin", "admin@example.com", "akadmin-password"),
    ("alice", "Alice Liddell", "alice@example.com", "alice-password"),
    ("tess", "Tess Two-Factor", "tess@example.com", "tess-password"),
];

/// The TOTP secret of the third.
pub(super) const TOTP: &[u8] = b"lab-totp-secret-0001";

/// Fills an empty authentik.
pub(super) fn install(state: &mut State, key: &str) {
    state.flows = flows(state);
    state.mappings = mappings(state);
    let now = state.born;
    // 1 is the anonymous user, 2 the one of the embedded outpost.
    for _ in 0..2 {
        state.next();
    }
    for (username, name, email, password) in PEOPLE {
        let pk = state.next();
        state.users.push(User {
            pk,
            username: username.into(),
            name: name.into(),
            email: email.into(),
            is_active: true,
            password: Some(password.into()),
            totp: (username == "tess").then(|| TOTP.to_vec()),
            kind: "internal".into(),
            path: "users".into(),
            uuid: chance::uuid(),
            attributes: json!({}),
            joined: now,
            last_login: None,
            password_changed: now,
        });
    }
    let admin = state.users.first().map_or(0, |user| user.pk);
    state.groups.push(Group {
        pk: chance::uuid(),
        num_pk: 18_756,
        name: "authentik Admins".into(),
        is_superuser: true,
        users: vec![admin],
        roles: Vec::new(),
        attributes: json!({}),
    });
    state.tokens.push(Token {
        pk: chance::uuid(),
        identifier: "lab-admin".into(),
        intent: "api".into(),
        user: admin,
        description: "The lab's administrator".into(),
        expires: Timestamp::MAX,
        expiring: false,
        key: key.into(),
        maker: admin,
    });
}

/// Slug, name, title, designation, who may run it, how many stages.
const FLOWS: [(&str, &str, &str, &str, &str, usize); 6] = [
    (
        "default-authentication-flow",
        "Welcome to authentik!",
        "Welcome to authentik!",
        "authentication",
        "none",
        4,
    ),
    ("default-invalidation-flow", "Logout", "Default Invalidation Flow", "invalidation", "none", 1),
    (
        "default-provider-authorization-explicit-consent",
        "Authorize Application",
        "Redirecting to %(app)s",
        "authorization",
        "require_authenticated",
        1,
    ),
    (
        "default-provider-authorization-implicit-consent",
        "Authorize Application",
        "Redirecting to %(app)s",
        "authorization",
        "require_authenticated",
        0,
    ),
    (
        "default-provider-invalidation-flow",
        "Logged out of application",
        "You've logged out of %(app)s.",
        "invalidation",
        "none",
        0,
    ),
    (
        "default-user-settings-flow",
        "User settings",
        "Update your info",
        "stage_configuration",
        "require_authenticated",
        2,
    ),
];

/// The picture behind the login.
pub(super) const BACKGROUND: &str = "/static/dist/assets/images/flow_background.jpg";

/// What a release brings that the one before did not have.
pub(super) fn bring(state: &mut State) {
    let (flows, mappings) = (flows(state), mappings(state));
    let lacks = |rows: &[Row], key: &str, row: &Row| {
        rows.iter().all(|known| known.get(key) != row.get(key))
    };
    let own_logout = "default-provider-invalidation-flow";
    for flow in flows.into_iter().filter(|flow| text(flow, "slug") == own_logout) {
        if lacks(&state.flows, "slug", &flow) {
            state.flows.push(flow);
        }
    }
    for mapping in mappings.into_iter().filter(|row| text(row, "scope_name") == "entitlements") {
        if lacks(&state.mappings, "managed", &mapping) {
            state.mappings.push(mapping);
        }
    }
}

fn flows(state: &State) -> Vec<Row> {
    let own_provider_logout = state.at(2024, 10);
    FLOWS
        .iter()
        .filter(|flow| own_provider_logout || flow.0 != "default-provider-invalidation-flow")
        .map(|(slug, name, title, designation, authentication, stages)| {
            let stages: Vec<String> = (0..*stages).map(|_| chance::uuid()).collect();
            row(json!({
                "pk": chance::uuid(),
                "policybindingmodel_ptr_id": chance::uuid(),
                "name": name,
                "slug": slug,
                "title": title,
                "designation": designation,
                "stages": stages,
                "policies": [],
                "cache_count": 0,
                "policy_engine_mode": "any",
                "compatibility_mode": false,
                "export_url": format!("/api/v3/flows/instances/{slug}/export/"),
                "layout": "stacked",
                "denied_action": "message_continue",
                "authentication": authentication,
            }))
        })
        .collect()
}

/// Scope, end of the managed name, name, description, expression.
const MAPPINGS: [(&str, &str, &str, &str, &str); 7] = [
    (
        "ak_proxy",
        "proxy/scope-proxy",
        "Proxy outpost",
        "authentik Proxy - User information",
        "return {\n    \"ak_proxy\": {\n        \"user_attributes\": request.user.group_attributes(request),\n        \"is_superuser\": request.user.is_superuser,\n    }\n}",
    ),
    (
        "email",
        "oauth2/scope-email",
        "OpenID 'email'",
        "Email address",
        "return {\n    \"email\": request.user.email,\n    \"email_verified\": False\n}",
    ),
    (
        "entitlements",
        "oauth2/scope-entitlements",
        "Application Entitlements",
        "Application entitlements",
        "entitlements = [entitlement.name for entitlement in request.user.app_entitlements(provider.application)]\nreturn {\n    \"entitlements\": entitlements,\n    \"roles\": entitlements,\n}",
    ),
    (
        "goauthentik.io/api",
        "oauth2/scope-authentik_api",
        "authentik API access",
        "authentik API Access on behalf of your user",
        "# This scope grants the application the ability to access the authentik API\n# on behalf of the authorizing user\nreturn {}",
    ),
    (
        "offline_access",
        "oauth2/scope-offline_access",
        "OpenID 'offline_access'",
        "Access to request new tokens without interaction",
        "# This scope grants the application a refresh token\nreturn {}",
    ),
    (
        "openid",
        "oauth2/scope-openid",
        "OpenID 'openid'",
        "",
        "# This scope is required by the OpenID-spec, and must as such exist in authentik.\n# The scope by itself does not grant any information\nreturn {}",
    ),
    (
        "profile",
        "oauth2/scope-profile",
        "OpenID 'profile'",
        "General Profile Information",
        "return {\n    \"name\": request.user.name,\n    \"given_name\": request.user.name,\n    \"preferred_username\": request.user.username,\n    \"nickname\": request.user.username,\n    \"groups\": [group.name for group in request.user.groups.all()],\n}",
    ),
];

fn mappings(state: &State) -> Vec<Row> {
    MAPPINGS
        .iter()
        .filter(|mapping| mapping.0 != "entitlements" || state.at(2024, 12))
        .map(|(scope, managed, name, description, expression)| {
            let expression = if state.at(2025, 10) {
                (*expression).to_owned()
            } else {
                expression.replace("\"email_verified\": False", "\"email_verified\": True")
            };
            scope_mapping(
                state,
                &json!(format!("goauthentik.io/providers/{managed}")),
                [
                    json!(format!("authentik default OAuth Mapping: {name}")),
                    json!(expression),
                    json!(scope),
                    json!(description),
                ],
            )
        })
        .collect()
}

/// A mapping by its name, expression, scope and description; `managed` is null
/// for those that administrators make.
pub(super) fn scope_mapping(
    state: &State,
    managed: &Value,
    [name, expression, scope, description]: [Value; 4],
) -> Row {
    row(json!({
        "pk": chance::uuid(),
        "managed": managed,
        "name": name,
        "expression": expression,
        "component": if state.at(2024, 8) {
            "ak-property-mapping-provider-scope-form"
        } else {
            "ak-property-mapping-scope-form"
        },
        "verbose_name": "Scope Mapping",
        "verbose_name_plural": "Scope Mappings",
        "meta_model_name": "authentik_providers_oauth2.scopemapping",
        "scope_name": scope,
        "description": description,
    }))
}

/// A row out of a literal.
pub(super) fn row(value: Value) -> Row {
    match value {
        Value::Object(row) => row,
        _ => Row::new(),
    }
}
