//! What a provider refers to: flows, scope mappings, keys; and who would use
//! it.

use serde_json::Value;

use super::{Client, Designation, Flow, KeyPair, ScopeMapping, SetupUrls, User, path};
use crate::site::{Fault, FaultKind};

impl Client {
    /// A flow by its slug.
    pub async fn flow(&self, slug: &str) -> Result<Option<Flow>, Fault> {
        let tried = say!("read the flow `{slug}`", slug);
        let found: Vec<Flow> = self
            .list(&tried, &format!("/api/v3/flows/instances/?slug={}&", path::query(slug)))
            .await?;
        // An old release that does not know the filter would return them all.
        Ok(found.into_iter().find(|flow| flow.slug == slug))
    }

    /// The flows for one purpose.
    pub async fn flows(&self, designation: Designation) -> Result<Vec<Flow>, Fault> {
        let name = designation.name();
        let found: Vec<Flow> = self
            .list(
                &say!("list the {name} flows", name),
                &format!("/api/v3/flows/instances/?designation={name}&"),
            )
            .await?;
        Ok(found.into_iter().filter(|flow| flow.designation == name).collect())
    }

    /// A mapping for each of the scopes that has one, in the order of
    /// `scopes`: the one that authentik maintains itself, or else the first
    /// that an administrator made.
    pub async fn scope_mappings(&self, scopes: &[&str]) -> Result<Vec<ScopeMapping>, Fault> {
        let tried = word!("list the scope mappings");
        let mut all: Vec<ScopeMapping> = Vec::new();
        // The path changed in 2024.8.
        for path in ["/api/v3/propertymappings/provider/scope/", "/api/v3/propertymappings/scope/"]
        {
            let managed = scopes
                .iter()
                .map(|scope| format!("managed={}&", path::query(&managed_name(scope))));
            let query: String = managed.collect();
            match self.list(tried, &format!("{path}?{query}")).await {
                Err(fault) if fault.kind == FaultKind::NotFound && path.contains("provider") => {
                    continue;
                }
                found => all = found?,
            }
            for scope in scopes {
                if !all.iter().any(|mapping| mapping.scope_name == *scope) {
                    let query = format!("{path}?scope_name={}&", path::query(scope));
                    all.extend(self.list::<ScopeMapping>(tried, &query).await?);
                }
            }
            break;
        }
        Ok(scopes
            .iter()
            .filter_map(|scope| {
                let mut of_scope = all.iter().filter(|mapping| mapping.scope_name == **scope);
                let managed = managed_name(scope);
                of_scope
                    .clone()
                    .find(|mapping| mapping.managed.as_deref() == Some(&managed))
                    .or_else(|| of_scope.next())
                    .cloned()
            })
            .collect())
    }

    /// The certificates whose private key authentik has, by name.
    pub async fn signing_keys(&self) -> Result<Vec<KeyPair>, Fault> {
        let tried = word!("list the signing keys");
        let mut keys: Vec<KeyPair> = self
            .list(tried, "/api/v3/crypto/certificatekeypairs/?has_key=true&include_details=true&ordering=name&")
            .await?;
        keys.retain(|key| key.private_key_available);
        Ok(keys)
    }

    /// The addresses that authentik advertises for a provider.
    pub async fn setup_urls(&self, pk: i64) -> Result<SetupUrls, Fault> {
        let tried = say!("read the endpoints of the provider {pk}", pk);
        self.get(&tried, &format!("{}setup_urls/", path::provider(pk))).await
    }

    /// The users with this e-mail address, whatever its capitals.
    pub async fn users_by_email(&self, email: &str) -> Result<Vec<User>, Fault> {
        let tried = say!("look up the users with the address {email}", email);
        // `email` compares capitals too; `search` looks into several fields.
        let found: Vec<User> =
            self.list(&tried, &format!("{}?search={}&", path::USERS, path::query(email))).await?;
        Ok(found.into_iter().filter(|user| user.email.eq_ignore_ascii_case(email)).collect())
    }

    /// All users. A token needs [`super::Permission::ViewUser`] for it.
    pub async fn users(&self) -> Result<Vec<User>, Fault> {
        self.list(word!("list authentik's users"), &format!("{}?", path::USERS)).await
    }

    /// The claims that a token of this provider would carry for a user; before
    /// 2024.2 for whoever asks.
    pub async fn preview_claims(&self, provider: i64, user: i64) -> Result<Value, Fault> {
        let tried = say!("preview the claims of the user {user}", user);
        let path = format!("{}preview_user/?for_user={user}", path::provider(provider));
        let answer: Value = self.get(&tried, &path).await?;
        Ok(answer.get("preview").cloned().unwrap_or(answer))
    }
}

fn managed_name(scope: &str) -> String {
    format!("goauthentik.io/providers/oauth2/scope-{scope}")
}
