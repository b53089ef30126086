//! The exact request, statement or command of an effect, with dots where a
//! secret goes.

use serde_json::{Value, json};

use super::{Effect, Fields, Inverse, RotationEffect};
use crate::{
    authentik::{PlannedCall, path},
    host,
    immich::{Relink, RouteKind, SettingsChange},
    secret::Label,
    site::System,
    wizard::{EffectView, links, systems::Systems},
};

/// What stands for a secret.
const DOTS: &str = "••••••••";

impl Effect {
    /// What a face shows of it.
    pub(in crate::wizard) fn view(&self, systems: &Systems) -> EffectView {
        EffectView {
            system: self.system(),
            summary: self.to_string(),
            exact: self.exact(systems),
            undo: self.undo(),
        }
    }

    fn exact(&self, systems: &Systems) -> String {
        match self {
            Self::GenerateSecret => format!(
                "128 characters out of A-Z a-z 0-9 from this machine's random source\n{}",
                systems.entry("client-secret")
            ),
            Self::AdoptSecret { provider, .. } => format!(
                "GET {}{}\nclient_secret: {DOTS}\n{}",
                systems.profile.authentik_api(),
                path::provider(*provider),
                systems.entry("client-secret")
            ),
            Self::SetSecretAside { among_older: true, .. } => systems.entry("client-secret-older"),
            Self::SetSecretAside { of: System::Immich, .. } => {
                systems.entry("immich-client-secret-previous")
            }
            Self::SetSecretAside { .. } => systems.entry("client-secret-previous"),
            Self::CreateProvider { fields } => {
                authentik(systems, "POST", path::PROVIDERS, &with_secret(fields, true))
            }
            Self::ChangeProvider { provider, fields, secret, .. } => {
                let body = with_secret(fields, *secret);
                authentik(systems, "PATCH", &path::provider(*provider), &body)
            }
            Self::CreateApplication { fields, client_id } => {
                let body = with_provider(fields, Some(client_id));
                authentik(systems, "POST", path::APPLICATIONS, &body)
            }
            Self::ChangeApplication { slug, fields, attach, .. } => {
                let body = with_provider(fields, attach.as_ref());
                authentik(systems, "PATCH", &path::application(slug), &body)
            }
            Self::WriteSettings { route, fields, secret, .. } => {
                settings(systems, *route, &SettingsChange::set(fields.clone(), *secret))
            }
            Self::Unlink { accounts } => relink(systems, accounts),
            Self::TakeBack { inverse, .. } => inverse.exact(systems),
            Self::Restart { folder, services, .. } => {
                host::compose_restart_command(systems.profile.host.docker, folder, services)
            }
            Self::Access(part) => calls(systems, &part.calls()),
            Self::MakeToken { token, .. } => calls(systems, &token.calls()),
            Self::Rotation(effect) => rotation(systems, effect),
            Self::MakeKey { name, permissions, optional, .. } => {
                let all: Vec<&String> = permissions.iter().chain(optional).collect();
                let sent = request(
                    systems.profile.immich_api(),
                    "POST",
                    "/api/api-keys",
                    "Cookie: the session that you signed in with",
                    &json!({ "name": name, "permissions": all }),
                );
                if optional.is_empty() {
                    return sent;
                }
                format!(
                    "{sent}\n\nand, where this release refuses {} with 400, the same without",
                    optional.join(", ")
                )
            }
        }
    }
}

impl Inverse {
    fn exact(&self, systems: &Systems) -> String {
        match self {
            Self::ForgetSecret { entries, .. } => {
                let labels = entries.iter().filter_map(|old| old.label).map(Label::name);
                let mut kept: Vec<String> = labels.map(|label| systems.entry(label)).collect();
                if kept.is_empty() {
                    kept.push(systems.entry("client-secret"));
                }
                format!("forget it\n{}", kept.join("\n"))
            }
            Self::DeleteProvider { provider, .. } => delete(systems, &path::provider(*provider)),
            Self::DeleteApplication { slug, .. } => delete(systems, &path::application(slug)),
            Self::RestoreProvider { provider, fields, secret, .. } => {
                let mut body = with_secret(fields, secret.is_some());
                if secret.as_ref().is_some_and(|old| old.label.is_none()) {
                    body["client_secret"] = "".into();
                }
                authentik(systems, "PATCH", &path::provider(*provider), &body)
            }
            Self::RestoreApplication { slug, fields, .. } => {
                let body = Value::Object(fields.clone());
                authentik(systems, "PATCH", &path::application(slug), &body)
            }
            Self::Relink { accounts } => relink(systems, accounts),
            Self::RestoreSettings { route, fields, absent, verbatim, secret, .. } => {
                let change = SettingsChange {
                    fields: fields.clone(),
                    secret: secret.is_some(),
                    absent: absent.clone(),
                    verbatim: verbatim.clone(),
                };
                settings(systems, *route, &change)
            }
            Self::DeleteAccount { account, .. } => delete(systems, &path::user(*account)),
            Self::DeleteRole { role, .. } => delete(systems, &path::role(role)),
            Self::DeleteGroup { group, .. } => delete(systems, &path::group(group)),
            Self::DeleteToken { identifier, .. } => delete(systems, &path::token(identifier)),
            Self::DeleteKey { key, .. } => delete_key(systems, key),
        }
    }
}

/// The requests in whose answers nothing is known yet; what an earlier one
/// brings stands in braces.
fn calls(systems: &Systems, calls: &[PlannedCall]) -> String {
    let base = systems.profile.authentik_api().trim_end_matches('/');
    let calls: Vec<String> = calls
        .iter()
        .map(|call| {
            let auth = format!("{} {base}{}\n{}", call.method, call.path, systems.who_asks());
            match call.body.as_ref().and_then(|body| serde_json::to_string_pretty(body).ok()) {
                Some(body) => format!("{auth}\nContent-Type: application/json\n\n{body}"),
                None => auth,
            }
        })
        .collect();
    calls.join("\n\n")
}

fn delete_key(systems: &Systems, id: &str) -> String {
    let base = systems.profile.immich_api().trim_end_matches('/');
    format!("DELETE {base}/api/api-keys/{id}\nCookie: the session that you signed in with")
}

fn settings(systems: &Systems, route: RouteKind, change: &SettingsChange) -> String {
    match systems.route(route) {
        Ok(route) => route.exact(change),
        Err(fault) => fault.to_string(),
    }
}

fn relink(systems: &Systems, accounts: &[Relink]) -> String {
    match links::accounts(systems) {
        Ok(table) => table.exact(accounts),
        Err(_) => "over SSH, in Immich's database".into(),
    }
}

fn delete(systems: &Systems, path: &str) -> String {
    let base = systems.profile.authentik_api().trim_end_matches('/');
    format!("DELETE {base}{path}\n{}", systems.who_asks())
}

fn rotation(systems: &Systems, effect: &RotationEffect) -> String {
    match effect {
        RotationEffect::Create => format!(
            "128 characters out of A-Z a-z 0-9 from this machine's random source\n{}",
            systems.entry("client-secret-pending")
        ),
        RotationEffect::Recall { .. } => format!(
            "the secret {}\n{}",
            systems.entry("client-secret-previous"),
            systems.entry("client-secret-pending")
        ),
        RotationEffect::SwitchAuthentik { provider, .. } => {
            authentik(systems, "PATCH", &path::provider(*provider), &json!({"client_secret": DOTS}))
        }
        RotationEffect::SwitchImmich { route, .. } => {
            let change = SettingsChange { secret: true, ..SettingsChange::default() };
            match systems.route(*route) {
                Ok(route) => route.exact_prepared(&change),
                Err(fault) => fault.to_string(),
            }
        }
        RotationEffect::Promote { .. } => format!(
            "the current secret\n{}\nthe pending secret\n{}\nand then no more as client-secret-pending",
            systems.entry("client-secret-previous"),
            systems.entry("client-secret")
        ),
        RotationEffect::Drop { .. } => {
            format!("no more {}", systems.entry("client-secret-pending"))
        }
        RotationEffect::DeleteToken { identifier, .. } => delete(systems, &path::token(identifier)),
        RotationEffect::DeleteKey { id, .. } => delete_key(systems, id),
        RotationEffect::Revoke { access, refresh, .. } => {
            let base = systems.profile.authentik_api().trim_end_matches('/');
            let calls = refresh.iter().map(|pk| path::refresh_token(*pk));
            let calls = calls.chain(access.iter().map(|pk| path::access_token(*pk)));
            let calls: Vec<String> = calls.map(|path| format!("DELETE {base}{path}")).collect();
            format!("{}\n{}", calls.join("\n"), systems.who_asks())
        }
    }
}

fn with_secret(fields: &Fields, secret: bool) -> Value {
    let mut body = fields.clone();
    if secret {
        body.insert("client_secret".into(), DOTS.into());
    }
    Value::Object(body)
}

fn with_provider(fields: &Fields, client_id: Option<&String>) -> Value {
    let mut body = fields.clone();
    if let Some(client_id) = client_id {
        let found = format!("the number of the provider with the client id {client_id}");
        body.insert("provider".into(), found.into());
    }
    Value::Object(body)
}

fn authentik(systems: &Systems, method: &str, path: &str, body: &Value) -> String {
    let base = systems.profile.authentik_api();
    request(base, method, path, systems.who_asks(), body)
}

fn request(base: &str, method: &str, path: &str, auth: &str, body: &Value) -> String {
    let base = base.trim_end_matches('/');
    let body = serde_json::to_string_pretty(body).unwrap_or_default();
    format!("{method} {base}{path}\n{auth}\nContent-Type: application/json\n\n{body}")
}
