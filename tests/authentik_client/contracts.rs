//! Every request that the client can send, held against the published
//! contract of every release.

use immich_sso::{
    authentik::{
        Call, Client, Designation, Dialect, GRANT_TYPES, KnownAccess, Permission, SignIn,
        TokenLife, TokenWish,
    },
    site::Version,
};
use serde_json::{Value, json};

use crate::{
    contract,
    recordings::Recording,
    replay::{Asked, Replay},
    routes, writes,
};

/// A server of no release in particular, which answers all that is asked.
struct Stub {
    version: Version,
    superuser: bool,
}

fn answer(method: &str, path: &str, status: u16, body: Value) -> Recording {
    Recording {
        method: method.into(),
        path: format!("/api/v3{path}"),
        status,
        headers: vec![("content-type".into(), "application/json".into())],
        body,
    }
}

const UUID: &str = "6e28d185-618b-4552-973e-e0af09718720";

impl Stub {
    fn answers(&self) -> Vec<Recording> {
        let list = |path: &str, rows: Value| {
            answer("GET", path, 200, json!({"pagination": {"next": 0}, "results": rows}))
        };
        let provider = json!({
            "pk": 16, "name": "p", "client_id": "c", "client_secret": "s", "redirect_uris": [],
            "assigned_application_slug": "immich",
        });
        let application = json!({"pk": UUID, "name": "Immich", "slug": "immich", "provider": 16});
        let scopes = if self.version.at_least(2024, 8, 0) { "provider/scope" } else { "scope" };
        let token = json!({
            "pk": UUID, "identifier": "immich-sso", "user": if self.superuser { 7 } else { 3 },
            "expiring": false,
        });
        let brand = if self.version.at_least(2024, 2, 0) { "brands" } else { "tenants" };
        vec![
            answer(
                "GET",
                &format!("/core/{brand}/current/"),
                200,
                json!({"branding_title": "authentik"}),
            ),
            answer(
                "GET",
                "/admin/version/",
                200,
                json!({"version_current": self.version.to_string()}),
            ),
            answer(
                "GET",
                "/core/users/me/",
                200,
                json!({
                    "user": {"pk": 3, "username": "u", "is_superuser": self.superuser},
                }),
            ),
            list("/flows/instances/", json!([])),
            list(&format!("/propertymappings/{scopes}/"), json!([])),
            list("/crypto/certificatekeypairs/", json!([])),
            list("/providers/oauth2/", json!([provider])),
            answer("POST", "/providers/oauth2/", 201, provider.clone()),
            answer("GET", "/providers/oauth2/16/", 200, provider.clone()),
            answer("PATCH", "/providers/oauth2/16/", 200, provider),
            answer("DELETE", "/providers/oauth2/16/", 204, Value::Null),
            answer("GET", "/providers/oauth2/16/setup_urls/", 200, json!({})),
            answer("GET", "/providers/oauth2/16/preview_user/", 200, json!({"preview": {}})),
            answer("POST", "/core/applications/", 201, application.clone()),
            answer("GET", "/core/applications/immich/", 200, application.clone()),
            answer("PATCH", "/core/applications/immich/", 200, application),
            answer("DELETE", "/core/applications/immich/", 204, Value::Null),
            list("/events/events/", json!([])),
            list("/oauth2/authorization_codes/", json!([])),
            list("/oauth2/access_tokens/", json!([])),
            list("/core/users/", json!([])),
            list("/core/tokens/", json!([])),
            list("/core/groups/", json!([])),
            list("/rbac/roles/", json!([])),
            answer("POST", "/core/users/service_account/", 200, json!({"user_pk": 7})),
            answer("DELETE", "/core/tokens/service-account-immich-sso-password/", 204, Value::Null),
            answer("POST", "/rbac/roles/", 201, json!({"pk": UUID})),
            answer(
                "POST",
                &format!("/rbac/permissions/assigned_by_roles/{UUID}/assign/"),
                200,
                json!([]),
            ),
            answer("POST", "/core/groups/", 201, json!({"pk": UUID})),
            answer("POST", "/core/tokens/", 201, token.clone()),
            answer("PATCH", "/core/tokens/immich-sso/", 200, token),
            answer("GET", "/core/tokens/immich-sso/view_key/", 200, json!({"key": "k"})),
        ]
    }

    /// All that the client can ask, and what a login asks.
    async fn asked(&self) -> Vec<Asked> {
        let replay = Replay::of(self.answers()).await;
        let client = replay.client();
        client.look().await.unwrap();
        client.preflight(&Permission::TOKEN).await.unwrap();
        client.flow("default-provider-invalidation-flow").await.unwrap();
        client.flows(Designation::Authorization).await.unwrap();
        client.scope_mappings(&["openid", "email", "profile"]).await.unwrap();
        client.signing_keys().await.unwrap();
        client.provider_by_client_id("c").await.unwrap();
        client.provider_by_name("p").await.unwrap();
        client.setup_urls(16).await.unwrap();
        client.preview_claims(16, 3).await.unwrap();
        client.authorize_events(jiff::Timestamp::now(), "c").await.unwrap();
        client.open_codes(16).await.unwrap();
        client.access_tokens(16).await.unwrap();
        client.users_by_email("a@example.com").await.unwrap();
        client.users().await.unwrap();
        self.write(&client).await;
        let wish = TokenWish {
            identifier: "immich-sso".into(),
            life: TokenLife::Unlimited,
            permissions: Permission::TOKEN.to_vec(),
            known: KnownAccess::default(),
        };
        let plan = client.plan_token(&wish).await.unwrap();
        let made = client.make_all(&plan).await.unwrap();
        client
            .change_token(&made.row, &Call::change_token(&made.row.identifier, false))
            .await
            .unwrap();
        [replay.asked(), self.login().await].concat()
    }

    /// The bodies as the steps make them, in the dialect of the release.
    async fn write(&self, client: &Client) {
        let dialect = Dialect::of(Some(&self.version), None);
        let uris = [
            "https://photos.example.com/auth/login".to_owned(),
            "app.immich:///oauth-callback".to_owned(),
        ];
        let uris = dialect.write(&dialect.redirect_uris(&uris));
        let mut body = json!({
            "name": "p", "authorization_flow": UUID, "client_type": "confidential",
            "client_id": "c", "client_secret": "s".repeat(128), "signing_key": UUID,
            "property_mappings": [UUID], "sub_mode": "hashed_user_id",
            "include_claims_in_id_token": true, "redirect_uris": uris,
        });
        if dialect.invalidation_flow {
            body["invalidation_flow"] = UUID.into();
        }
        if dialect.grant_types {
            body["grant_types"] = json!(GRANT_TYPES);
        }
        writes::create_provider(client, &body).await.unwrap();
        writes::patch_provider(client, 16, &body).await.unwrap();
        writes::delete(client, Call::delete_provider(16)).await.unwrap();
        let body = json!({
            "name": "Immich", "slug": "immich", "provider": 16,
            "meta_launch_url": "https://photos.example.com",
        });
        writes::create_application(client, &body).await.unwrap();
        writes::patch_application(client, "immich", &body).await.unwrap();
        writes::delete(client, Call::delete_application("immich")).await.unwrap();
    }

    async fn login(&self) -> Vec<Asked> {
        let path = "/flows/executor/default-authentication-flow/";
        let mut steps = self.answers();
        steps.retain(|step| step.path.contains("/current/") || step.path.contains("/me/"));
        let stage = |method: &str, component: &str| {
            let device = json!([{"device_class": "totp"}]);
            answer(method, path, 200, json!({"component": component, "device_challenges": device}))
        };
        steps.push(stage("GET", "ak-stage-identification"));
        steps.push(stage("POST", "ak-stage-password"));
        steps.push(stage("POST", "ak-stage-authenticator-validate"));
        steps.push(stage("GET", "ak-stage-authenticator-validate"));
        steps.push(stage("POST", "ak-stage-user-login"));
        steps.push(answer("POST", path, 200, json!({"component": "xak-flow-redirect", "to": "/"})));
        let replay = Replay::in_order(steps).await;
        let mut sign_in = SignIn::new(replay.http());
        sign_in.password("akadmin", &"p".into()).await.unwrap_err();
        sign_in.code(&"123456".into()).await.unwrap();
        replay.asked()
    }
}

/// What the client sends knowingly although a contract does not have it.
fn is_known(version: &Version, asked: &Asked, complaint: Option<&str>) -> bool {
    let path = asked.path.split('?').next().unwrap_or_default();
    match complaint {
        None => {
            routes::listed().iter().any(|route| route.is("authentik", &asked.method, path))
                // Asked first, and on a 404 the old one.
                || path.contains("/brands/") && !version.at_least(2024, 2, 0)
                || path.contains("/provider/scope/") && !version.at_least(2024, 8, 0)
        }
        // Filters that come and go. The answer is looked through in any case.
        Some(complaint) => {
            path.contains("/certificatekeypairs/") && complaint.starts_with("?include_details")
                || path.contains("/rbac/roles/") && complaint.starts_with("?name")
                || path.contains("/preview_user/") && !version.at_least(2024, 2, 0)
        }
    }
}

#[tokio::test]
async fn every_request_is_within_the_contract_of_every_release() {
    let contracts = contract::all("authentik");
    let mut checked = 0;
    let mut wrong = Vec::new();
    for contract in &contracts {
        let version: Version = contract.version.parse().unwrap();
        let mut asked = Stub { version: version.clone(), superuser: true }.asked().await;
        asked.extend(Stub { version: version.clone(), superuser: false }.asked().await);
        for asked in &asked {
            let Some(below) = asked.path.strip_prefix("/api/v3") else { continue };
            let (path, query) = below.split_once('?').unwrap_or((below, ""));
            let query: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes())
                .map(|(key, value)| (key.into_owned(), value.into_owned()))
                .collect();
            let body = Some(&asked.body).filter(|body| **body != "");
            match contract.request(&asked.method, path, &query, body) {
                None if !is_known(&version, asked, None) => {
                    wrong.push(format!("{version}: {} {path} is no operation", asked.method));
                }
                None => {}
                Some(complaints) => {
                    checked += 1;
                    wrong.extend(
                        complaints
                            .into_iter()
                            .filter(|said| !is_known(&version, asked, Some(said)))
                            .map(|said| format!("{version}: {} {path}: {said}", asked.method)),
                    );
                }
            }
        }
    }
    wrong.sort();
    wrong.dedup();
    assert_eq!(wrong, Vec::<String>::new());
    assert!(checked > 40 * contracts.len(), "only {checked} requests");
}
