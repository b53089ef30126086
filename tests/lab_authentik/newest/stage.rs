//! An authentik with the objects that the recorded one had.

use serde_json::{Value, json};

use super::RELEASE;
use crate::{
    contract::fixtures,
    difference::difference,
    http::{Answer, Asker},
    names::Names,
    recordings::Recording,
};
use immich_sso_lab::authentik::{Authentik, Options};

/// The token that the recorded server was started with.
const TOKEN: &str = "made-up-boot-token";

/// Where scope mappings are.
pub const MAPPINGS: &str = "/api/v3/propertymappings/provider/scope/";

/// Where bindings are.
pub const BINDINGS: &str = "/api/v3/policies/bindings/";

/// The recorded users, and their numbers.
const PEOPLE: [(&str, i64); 4] = [("alice", 5), ("bob", 6), ("carol", 7), ("dave", 8)];

/// See the module.
pub struct Stage {
    /// It stops with this value.
    _authentik: Authentik,
    pub admin: Asker,
    /// What recorded ids stand for.
    pub names: Names,
    /// The number of the provider.
    pub provider: Value,
    /// The key of the application.
    pub application: Value,
}

impl Stage {
    /// A provider and an application `immich`, four people, and two groups;
    /// alice is in that of the users.
    pub async fn new() -> Self {
        let options = Options {
            version: RELEASE.1.parse().unwrap(),
            admin_token: Some(TOKEN.into()),
            ..Options::default()
        };
        let authentik = Authentik::start(options).await.unwrap();
        let admin = Asker::new(&authentik.url(), Some(TOKEN));
        let provider = admin.site(&authentik, |provider| provider["name"] = "immich".into()).await;
        let application = admin.get("/api/v3/core/applications/immich/").await.json();
        let mut stage = Self {
            _authentik: authentik,
            admin,
            names: Names::default(),
            provider: provider["pk"].clone(),
            application: application["pk"].clone(),
        };
        stage.names.providers.insert(1, stage.provider.as_i64().unwrap());
        for (username, number) in PEOPLE {
            let pk = stage.person(username).await;
            stage.names.users.insert(number, pk);
        }
        let alice = stage.person("alice").await;
        stage.learn("application.mode-any", &application);
        for (group, members, recording) in [
            ("immich-users", json!([alice]), "binding.post-group"),
            ("immich-admins", json!([]), "binding.post-small-token-all"),
        ] {
            let group = json!({ "name": group, "users": members });
            let made = stage.admin.json("POST", "/api/v3/core/groups/", &group).await.json();
            stage.learn(recording, &json!({ "group_obj": made }));
        }
        // The order in which a provider names its mappings tells nothing.
        let recorded = fixtures::recording("authentik-2026.8", "application.mode-any");
        let recorded = &recorded["response"]["body"]["provider_obj"]["property_mappings"];
        for (old, new) in recorded.as_array().unwrap().iter().zip(stage.mappings().await) {
            let text = |value: &Value| value.as_str().unwrap().to_owned();
            stage.names.texts.insert(text(old), text(&new));
        }
        stage
    }

    /// Learns ids from the recorded answer of that name and one of the lab.
    pub fn learn(&mut self, recording: &str, own: &Value) {
        let recorded = fixtures::recording("authentik-2026.8", recording);
        self.names.learn(&recorded["response"]["body"], own);
    }

    /// The number of a user, who is made if there is none, with the password
    /// `password`.
    pub async fn person(&self, username: &str) -> i64 {
        let path = format!("/api/v3/core/users/?username={username}");
        let found = self.admin.get(&path).await.json()["results"][0]["pk"].as_i64();
        if let Some(pk) = found {
            return pk;
        }
        let user = json!({
            "username": username, "name": username, "email": format!("{username}@example.com"),
        });
        let made = self.admin.json("POST", "/api/v3/core/users/", &user).await.json();
        let pk = made["pk"].as_i64().unwrap();
        let path = format!("/api/v3/core/users/{pk}/set_password/");
        let set = self.admin.json("POST", &path, &json!({ "password": "password" })).await;
        assert_eq!(set.status, 204, "{}", set.text);
        pk
    }

    /// The keys of the provider's mappings.
    pub async fn mappings(&self) -> Vec<Value> {
        let path = format!("/api/v3/providers/oauth2/{}/", self.provider);
        let provider = self.admin.get(&path).await.json();
        provider["property_mappings"].as_array().unwrap().clone()
    }

    /// Changes the provider.
    pub async fn patch(&self, change: &Value) {
        let path = format!("/api/v3/providers/oauth2/{}/", self.provider);
        let changed = self.admin.json("PATCH", &path, change).await;
        assert_eq!(changed.status, 200, "{}", changed.text);
    }

    /// Makes a mapping, named as the recorded ones were: its key.
    pub async fn make_mapping(&self, scope: &str, expression: &str) -> Value {
        let name = if scope == "email" { "Operator email verified" } else { "Immich role" };
        let body = json!({ "name": name, "scope_name": scope, "expression": expression });
        let made = self.admin.json("POST", MAPPINGS, &body).await;
        assert_eq!(made.status, 201, "{}", made.text);
        made.json()["pk"].clone()
    }

    /// Makes a mapping and gives it to the provider.
    pub async fn map(&self, scope: &str, expression: &str) {
        let mut keys = self.mappings().await;
        keys.push(self.make_mapping(scope, expression).await);
        self.patch(&json!({ "property_mappings": keys })).await;
    }

    /// Takes authentik's own mapping of a scope from the provider.
    pub async fn unmap(&self, scope: &str) {
        let rows = self.admin.get(&format!("{MAPPINGS}?scope_name={scope}")).await.json();
        let rows = rows["results"].as_array().unwrap().clone();
        let managed = rows.iter().find(|row| !row["managed"].is_null()).unwrap()["pk"].clone();
        let mut keys = self.mappings().await;
        keys.retain(|key| *key != managed);
        self.patch(&json!({ "property_mappings": keys })).await;
    }

    /// Lets only the group of the users in: the key of the binding.
    pub async fn bind(&self) -> String {
        let path = "/api/v3/core/groups/?name=immich-users";
        let group = self.admin.get(path).await.json()["results"][0]["pk"].clone();
        let binding = json!({ "target": self.application, "group": group, "order": 0 });
        let made = self.admin.json("POST", BINDINGS, &binding).await;
        assert_eq!(made.status, 201, "{}", made.text);
        made.json()["pk"].as_str().unwrap().to_owned()
    }

    /// The key of an account that may do this and no more.
    pub async fn small_token(&self, permissions: &[&str]) -> String {
        let post = async |path: &str, body: Value| {
            let made = self.admin.json("POST", &format!("/api/v3/{path}"), &body).await;
            assert!(made.status < 300, "{path}: {}", made.text);
            made.json()
        };
        let account = json!({ "name": "small", "create_group": false, "expiring": false });
        let account = post("core/users/service_account/", account).await["user_pk"].clone();
        let role = post("rbac/roles/", json!({ "name": "small" })).await["pk"].clone();
        if !permissions.is_empty() {
            let role = role.as_str().unwrap();
            let path = format!("rbac/permissions/assigned_by_roles/{role}/assign/");
            post(&path, json!({ "permissions": permissions })).await;
        }
        post("core/groups/", json!({ "name": "small", "users": [account], "roles": [role] })).await;
        let token = json!({
            "identifier": "small", "intent": "api", "user": account, "expiring": false,
        });
        post("core/tokens/", token).await;
        let key = self.admin.get("/api/v3/core/tokens/small/view_key/").await.json();
        key["key"].as_str().unwrap().to_owned()
    }

    /// Sends a recorded request with this token.
    pub async fn send(&self, one: &Recording, token: &str) -> Answer {
        let path = self.names.text(&one.path);
        let mut headers = Vec::new();
        for (name, value) in &one.headers {
            match name.as_str() {
                "Cookie" => {}
                "Authorization" => headers.push((name.as_str(), format!("Bearer {token}"))),
                _ => headers.push((name.as_str(), value.clone())),
            }
        }
        let headers: Vec<(&str, &str)> =
            headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let body = (!one.body.is_null()).then(|| self.names.body(&one.body, "").to_string());
        self.admin.with(None).send(&one.method, &path, &headers, body).await.unwrap()
    }

    /// How the lab's answer to a recorded request by its administrator differs.
    pub async fn differs(&self, one: &Recording) -> Vec<String> {
        let answer = self.send(one, TOKEN).await;
        difference(one, &answer).into_iter().collect()
    }
}
