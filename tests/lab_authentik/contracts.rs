//! Every answer to what our clients ask, against the contract of the release
//! that the lab plays.

use serde_json::{Value, json};

use crate::{
    contract::{self, Contract},
    http::{Asker, started},
};

struct Check<'a> {
    contract: &'a Contract,
    asker: &'a Asker,
    wrong: Vec<String>,
    answers: usize,
}

impl Check<'_> {
    async fn send(&mut self, method: &str, path: &str, body: Option<Value>) -> Value {
        let answer = match &body {
            Some(body) => self.asker.json(method, path, body).await,
            None => self.asker.send(method, path, &[], None).await.unwrap(),
        };
        let json = answer.json();
        let bare = path.split('?').next().unwrap().trim_start_matches("/api/v3");
        match self.contract.answer(method, bare, answer.status, &json) {
            Some(mut wrong) => {
                // Real servers answer null here, whatever they declare.
                wrong.retain(|told| {
                    !told.contains("policy_obj: null") && !told.contains("user_obj: null")
                });
                self.answers += 1;
                let told = wrong.iter().map(|w| format!("{method} {bare} {}: {w}", answer.status));
                self.wrong.extend(told);
            }
            None if answer.status < 400 => {
                self.wrong.push(format!("{method} {bare}: {} is not declared", answer.status));
            }
            None => self.wrong.push(format!("{method} {bare}: {} {}", answer.status, answer.text)),
        }
        json
    }

    async fn get(&mut self, path: &str) -> Value {
        self.send("GET", path, None).await
    }
}

#[tokio::test]
async fn each_answer_fits_the_contract_of_the_release_that_is_played() {
    let mut checked = 0;
    let mut wrong = Vec::new();
    for contract in contract::all("authentik") {
        let (authentik, asker) = started(&contract.version).await;
        let version = authentik.version().clone();
        let provider = asker.site(&authentik, |_| ()).await;
        let mut check = Check { contract: &contract, asker: &asker, wrong: Vec::new(), answers: 0 };
        let brand = if version.at_least(2024, 2, 0) { "brands" } else { "tenants" };
        let scopes = if version.at_least(2024, 8, 0) { "provider/scope" } else { "scope" };
        for path in [
            "admin/version/".to_owned(),
            "root/config/".into(),
            format!("core/{brand}/current/"),
            "core/users/me/".into(),
            "core/users/".into(),
            "flows/instances/?slug=default-authentication-flow".into(),
            "flows/instances/default-authentication-flow/".into(),
            format!("propertymappings/{scopes}/"),
            "crypto/certificatekeypairs/?has_key=true".into(),
            "providers/oauth2/?page_size=1".into(),
            format!("providers/oauth2/{}/", provider["pk"]),
            format!("providers/oauth2/{}/setup_urls/", provider["pk"]),
            format!("providers/oauth2/{}/preview_user/", provider["pk"]),
            "core/applications/?superuser_full_list=true".into(),
            "core/applications/immich/".into(),
            "core/applications/immich/check_access/".into(),
            "core/tokens/".into(),
            "core/groups/".into(),
            "events/events/".into(),
            "oauth2/access_tokens/".into(),
            "oauth2/refresh_tokens/".into(),
            "oauth2/authorization_codes/".into(),
            "policies/bindings/".into(),
        ] {
            // The oldest contract does not have what was called tenants then.
            if path != "core/tenants/current/" {
                check.get(&format!("/api/v3/{path}")).await;
            }
        }
        changes(&mut check, &provider, version.at_least(2024, 8, 0)).await;
        checked += check.answers;
        let told = check.wrong.into_iter().map(|w| format!("{}: {w}", contract.version));
        wrong.extend(told);
        authentik.stop().await;
    }
    println!("{checked} answers fit their contracts");
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

async fn changes(check: &mut Check<'_>, provider: &Value, roles_by_uuid: bool) {
    let post = |path: &str| format!("/api/v3/{path}");
    let user = json!({"username": "bob", "name": "Bob", "email": "bob@example.com"});
    let user = check.send("POST", &post("core/users/"), Some(user)).await;
    let account = json!({"name": "wizard", "create_group": false, "expiring": false});
    let account = check.send("POST", &post("core/users/service_account/"), Some(account)).await;
    if roles_by_uuid {
        let role = check.send("POST", &post("rbac/roles/"), Some(json!({"name": "wizard"}))).await;
        let pk = role["pk"].as_str().unwrap();
        let permissions = json!({"permissions": ["authentik_flows.view_flow"]});
        let path = post(&format!("rbac/permissions/assigned_by_roles/{pk}/assign/"));
        check.send("POST", &path, Some(permissions)).await;
        let group = json!({"name": "wizard", "users": [account["user_pk"]], "roles": [pk]});
        let group = check.send("POST", &post("core/groups/"), Some(group)).await;
        let path = post(&format!("core/groups/{}/add_user/", group["pk"].as_str().unwrap()));
        check.send("POST", &path, Some(json!({"pk": user["pk"]}))).await;
        let application = check.get("/api/v3/core/applications/immich/").await;
        let binding = json!({"target": application["pk"], "group": group["pk"], "order": 0});
        check.send("POST", &post("policies/bindings/"), Some(binding)).await;
    }
    check.get("/api/v3/core/groups/").await;
    check.get("/api/v3/core/users/").await;
    check.get("/api/v3/policies/bindings/").await;
    let token = json!({"identifier": "wizard", "intent": "api", "user": account["user_pk"], "expiring": false});
    check.send("POST", &post("core/tokens/"), Some(token)).await;
    check.get("/api/v3/core/tokens/wizard/view_key/").await;
    check.send("DELETE", &post("core/tokens/wizard/"), None).await;
    let path = post(&format!("providers/oauth2/{}/", provider["pk"]));
    check.send("PATCH", &path, Some(json!({"client_secret": "second"}))).await;
    let launch = json!({"meta_launch_url": "https://photos.example.com/"});
    check.send("PATCH", &post("core/applications/immich/"), Some(launch)).await;
    check.send("POST", &post("providers/oauth2/"), Some(json!({}))).await;
    check.get("/api/v3/core/applications/").await;
    for path in ["core/applications/immich/", &path[8..]] {
        check.send("DELETE", &post(path), None).await;
    }
    // Without a session the executor begins at the beginning.
    let path = post("flows/executor/default-authentication-flow/?query=next%3D%252F");
    check.get(&path).await;
}
