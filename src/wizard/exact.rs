//! The exact request, statement or command of an effect, with dots where a
//! secret goes.

use serde_json::{Value, json};

use super::effect::{Effect, Fields, Inverse, RotationEffect};
use crate::{
    authentik::{PlannedCall, path},
    host,
    immich::{Relink, RouteKind, SettingsChange},
    secret::{Label, Vault},
    site::System,
    wizard::{EffectView, Exact, Place, Plan, PlanView, links, systems::Systems},
};

/// What stands for a secret.
const DOTS: &str = "••••••••";

impl Plan {
    /// What faces show of it.
    pub(super) fn view(&self, systems: &Systems) -> PlanView {
        PlanView {
            digest: self.digest(),
            effects: self.effects().iter().map(|effect| effect.view(systems)).collect(),
        }
    }
}

impl Effect {
    /// What a face shows of it.
    pub(in crate::wizard) fn view(&self, systems: &Systems) -> EffectView {
        EffectView { effect: self.clone(), exact: self.exact(systems) }
    }

    fn exact(&self, systems: &Systems) -> Vec<Exact> {
        match self {
            Self::GenerateSecret => {
                vec![Exact::RandomSecret, kept(systems, Label::ClientSecret)]
            }
            Self::AdoptSecret { provider, .. } => vec![
                sent(format!(
                    "GET {}{}\nclient_secret: {DOTS}",
                    systems.profile.authentik_api(),
                    path::provider(*provider)
                )),
                kept(systems, Label::ClientSecret),
            ],
            Self::SetSecretAside { of, among_older, .. } => {
                vec![kept(systems, place_aside(*of, *among_older))]
            }
            Self::CreateProvider { fields } => {
                authentik(systems, "POST", path::PROVIDERS, &with_secret(fields, true))
            }
            Self::ChangeProvider { provider, fields, secret, .. } => {
                let body = with_secret(fields, *secret);
                authentik(systems, "PATCH", &path::provider(*provider), &body)
            }
            Self::CreateApplication { fields, client_id } => {
                with_provider(systems, "POST", path::APPLICATIONS, fields, Some(client_id))
            }
            Self::ChangeApplication { slug, fields, attach, .. } => {
                let path = path::application(slug);
                with_provider(systems, "PATCH", &path, fields, attach.as_ref())
            }
            Self::WriteSettings { route, fields, secret, .. } => {
                settings(systems, *route, &SettingsChange::set(fields.clone(), *secret))
            }
            Self::Unlink { accounts } => relink(systems, accounts),
            Self::TakeBack { inverse, .. } => inverse.exact(systems),
            Self::Restart { folder, services, .. } => {
                let docker = systems.profile.host.docker;
                vec![sent(host::compose_restart_command(docker, folder, services))]
            }
            Self::Access(part) => calls(systems, &part.calls()),
            Self::MakeToken { token, .. } => calls(systems, &token.calls()),
            Self::Rotation(effect) => rotation(systems, effect),
            Self::MakeKey { name, permissions, optional, .. } => {
                make_key(systems, name, permissions, optional)
            }
        }
    }
}

impl Inverse {
    fn exact(&self, systems: &Systems) -> Vec<Exact> {
        match self {
            Self::ForgetSecret { entries, .. } => {
                let labels = entries.iter().filter_map(|old| old.label);
                let mut places: Vec<Exact> = labels.map(|label| kept(systems, label)).collect();
                if places.is_empty() {
                    places.push(kept(systems, Label::ClientSecret));
                }
                places.insert(0, Exact::Forget);
                places
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

const fn sent(text: String) -> Exact {
    Exact::Sent(text)
}

/// An entry of the secret store.
fn place(systems: &Systems, label: Label) -> Place {
    let store = systems.vault().map_or_else(|_| String::new(), Vault::describe);
    Place { entry: format!("{}/{}", systems.files.name, label.name()), store }
}

fn kept(systems: &Systems, label: Label) -> Exact {
    Exact::Kept(place(systems, label))
}

/// Where the secret of a system is kept when it is set aside.
const fn place_aside(of: System, among_older: bool) -> Label {
    match (of, among_older) {
        (_, true) => Label::ClientSecretOlder,
        (System::Immich, false) => Label::ImmichClientSecretPrevious,
        (_, false) => Label::ClientSecretPrevious,
    }
}

/// In whose name authentik is asked.
fn who_asks(systems: &Systems) -> Exact {
    if systems.asks_in_session() {
        Exact::Session
    } else {
        sent(format!("Authorization: Bearer {DOTS}"))
    }
}

/// The requests in whose answers nothing is known yet; what an earlier one
/// brings stands in braces.
fn calls(systems: &Systems, calls: &[PlannedCall]) -> Vec<Exact> {
    let base = systems.profile.authentik_api().trim_end_matches('/');
    let mut parts = Vec::new();
    for call in calls {
        if !parts.is_empty() {
            parts.push(sent(String::new()));
        }
        parts.push(sent(format!("{} {base}{}", call.method, call.path)));
        parts.push(who_asks(systems));
        if let Some(body) = call.body.as_ref().and_then(|it| serde_json::to_string_pretty(it).ok())
        {
            parts.push(sent(format!("{JSON}{body}")));
        }
    }
    parts
}

fn make_key(
    systems: &Systems,
    name: &str,
    permissions: &[String],
    optional: &[String],
) -> Vec<Exact> {
    let all: Vec<&String> = permissions.iter().chain(optional).collect();
    let body = json!({ "name": name, "permissions": all });
    let base = systems.profile.immich_api();
    let mut parts = request(base, "POST", "/api/api-keys", Exact::Session, &body);
    if !optional.is_empty() {
        parts.push(sent(String::new()));
        parts.push(Exact::OrWithout(optional.to_vec()));
    }
    parts
}

fn delete_key(systems: &Systems, id: &str) -> Vec<Exact> {
    let base = systems.profile.immich_api().trim_end_matches('/');
    vec![sent(format!("DELETE {base}/api/api-keys/{id}")), Exact::Session]
}

fn settings(systems: &Systems, route: RouteKind, change: &SettingsChange) -> Vec<Exact> {
    vec![match systems.route(route) {
        Ok(route) => sent(route.exact(change)),
        Err(fault) => Exact::Unknown(fault),
    }]
}

fn relink(systems: &Systems, accounts: &[Relink]) -> Vec<Exact> {
    vec![match links::accounts(systems) {
        Ok(table) => sent(table.exact(accounts)),
        Err(_) => Exact::DatabaseOverSsh,
    }]
}

fn delete(systems: &Systems, path: &str) -> Vec<Exact> {
    let base = systems.profile.authentik_api().trim_end_matches('/');
    vec![sent(format!("DELETE {base}{path}")), who_asks(systems)]
}

fn rotation(systems: &Systems, effect: &RotationEffect) -> Vec<Exact> {
    match effect {
        RotationEffect::Create => {
            vec![Exact::RandomSecret, kept(systems, Label::ClientSecretPending)]
        }
        RotationEffect::Recall { .. } => vec![
            Exact::SecretOf(place(systems, Label::ClientSecretPrevious)),
            kept(systems, Label::ClientSecretPending),
        ],
        RotationEffect::SwitchAuthentik { provider, .. } => {
            authentik(systems, "PATCH", &path::provider(*provider), &json!({"client_secret": DOTS}))
        }
        RotationEffect::SwitchImmich { route, .. } => {
            let change = SettingsChange { secret: true, ..SettingsChange::default() };
            vec![match systems.route(*route) {
                Ok(route) => sent(route.exact_prepared(&change)),
                Err(fault) => Exact::Unknown(fault),
            }]
        }
        RotationEffect::Promote { .. } => vec![
            Exact::CurrentSecret,
            kept(systems, Label::ClientSecretPrevious),
            Exact::PendingSecret,
            kept(systems, Label::ClientSecret),
            Exact::NothingPending,
        ],
        RotationEffect::Drop { .. } => {
            vec![Exact::NothingIn(place(systems, Label::ClientSecretPending))]
        }
        RotationEffect::DeleteToken { identifier, .. } => delete(systems, &path::token(identifier)),
        RotationEffect::DeleteKey { id, .. } => delete_key(systems, id),
        RotationEffect::Revoke { access, refresh, .. } => {
            let base = systems.profile.authentik_api().trim_end_matches('/');
            let calls = refresh.iter().map(|pk| path::refresh_token(*pk));
            let calls = calls.chain(access.iter().map(|pk| path::access_token(*pk)));
            let calls = calls.map(|path| sent(format!("DELETE {base}{path}")));
            calls.chain([who_asks(systems)]).collect()
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

/// A request with the number of the provider that has a client id, which is
/// looked up right before.
fn with_provider(
    systems: &Systems,
    method: &str,
    path: &str,
    fields: &Fields,
    client_id: Option<&String>,
) -> Vec<Exact> {
    let mut body = fields.clone();
    if client_id.is_some() {
        body.insert("provider".into(), Value::Null);
    }
    let mut parts = authentik(systems, method, path, &Value::Object(body));
    let Some(client_id) = client_id.cloned() else { return parts };
    let Some(Exact::Sent(body)) = parts.pop() else { return parts };
    // A field of the body itself; deeper ones stand further in.
    let split = body.split_once("\n  \"provider\": null");
    parts.push(match split {
        Some((before, after)) => Exact::BodyWithProvider {
            before: format!("{before}\n  \"provider\": "),
            client_id,
            after: after.to_owned(),
        },
        None => Exact::Sent(body),
    });
    parts
}

fn authentik(systems: &Systems, method: &str, path: &str, body: &Value) -> Vec<Exact> {
    let base = systems.profile.authentik_api();
    request(base, method, path, who_asks(systems), body)
}

/// What stands before a body.
const JSON: &str = "Content-Type: application/json\n\n";

fn request(base: &str, method: &str, path: &str, who: Exact, body: &Value) -> Vec<Exact> {
    let base = base.trim_end_matches('/');
    let body = serde_json::to_string_pretty(body).unwrap_or_default();
    vec![sent(format!("{method} {base}{path}")), who, sent(format!("{JSON}{body}"))]
}
