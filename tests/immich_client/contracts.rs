//! Every request that the client can send, held against the published contract
//! of every release from 1.106 on: for the settings, against a whole object as
//! that release declares it.

use immich_sso::{
    immich::{Access, Call, Fields, RouteKind, SettingsChange, needed_permissions, route},
    secret::Secret,
    site::{HostProfile, Profile, SettingsField, SigningAlgorithm, TokenAuthMethod, Version},
};
use serde_json::{Map, Value, json};

use crate::{
    contract::{self, Contract},
    lab::client,
    routes,
    stub::Stub,
};

/// Every field that a profile can ask for at a release.
fn fields(version: &Version) -> Fields {
    let mut profile = Profile::default();
    profile.settings.signing_algorithm = SigningAlgorithm::Es256;
    profile.settings.token_endpoint_auth_method = TokenAuthMethod::ClientSecretBasic;
    profile.settings.allow_insecure_requests = true;
    profile.settings.auto_launch = Some(true);
    profile.settings.storage_label_claim = Some("immich_label".into());
    let issuer = "https://auth.example.com/application/o/immich/";
    let known = SettingsField::ALL.iter().filter(|field| field.is_known_to(version));
    let wanted =
        known.filter_map(|field| Some((field.key().into(), field.wanted(&profile, issuer)?)));
    wanted.collect()
}

/// A whole settings object as the contract declares it.
fn sample(contract: &Contract, schema: &Value) -> Value {
    let schema = contract.resolved(schema);
    if let Some(first) = schema["enum"].as_array().and_then(|all| all.first()) {
        return first.clone();
    }
    if let Some(inner) = ["allOf", "oneOf", "anyOf"].iter().find_map(|key| schema[key].get(0)) {
        return sample(contract, inner);
    }
    match schema["type"].as_str() {
        Some("object") => {
            let properties = schema["properties"].as_object().cloned().unwrap_or_default();
            let made: Map<String, Value> = properties
                .iter()
                .map(|(key, schema)| (key.clone(), sample(contract, schema)))
                .collect();
            made.into()
        }
        Some("array") => json!([]),
        Some("boolean") => json!(false),
        Some("integer" | "number") => schema["minimum"].as_i64().map_or(json!(1), |n| json!(n)),
        _ => json!("text"),
    }
}

#[tokio::test]
async fn every_request_fits_every_contract() {
    let mut checked = 0;
    let all = contract::all("immich");
    for contract in contract::all("immich") {
        let version: Version = contract.version.parse().unwrap();
        if !version.at_least(1, 106, 0) {
            continue;
        }
        let contract = std::sync::Arc::new(contract);
        let schema = contract.body_schema("PUT", "/system-config").unwrap().clone();
        let config = sample(&contract, &schema);
        let fits = contract.request("PUT", "/system-config", &[], Some(&config)).unwrap();
        assert!(fits.is_empty(), "{}: the sample itself: {fits:?}", contract.version);

        let numbers: Vec<u32> =
            contract.version.split('.').map(|part| part.parse().unwrap()).collect();
        let known = std::sync::Arc::clone(&contract);
        let release = (numbers[0], numbers[1], numbers[2]);
        let stub =
            Stub::start(release, &config.to_string(), move |method, path| known.has(method, path))
                .await;
        everything(&stub, &version).await;

        for asked in stub.asked() {
            let what = format!("{} {} {}", contract.version, asked.method, asked.path);
            let found =
                contract.request(&asked.method, &asked.path, &asked.query, asked.body.as_ref());
            let Some(found) = found else {
                // Another release has it, or it was only recorded.
                let path = format!("/api{}", asked.path);
                assert!(routes::is_known(&all, "immich", &asked.method, &path), "{what}");
                continue;
            };
            assert!(found.is_empty(), "{what}: {found:?}");
            checked += 1;
        }
        let methods: Vec<String> = stub
            .asked()
            .iter()
            .filter(|asked| contract.has(&asked.method, &asked.path))
            .map(|asked| format!("{} {}", asked.method, asked.path))
            .collect();
        for needed in ["PUT /system-config", "POST /auth/login", "POST /api-keys"] {
            assert!(methods.iter().any(|known| known == needed), "{needed} in {methods:?}");
        }
    }
    println!("{checked} requests of the client fit the contracts");
}

/// Does all that the client can do.
async fn everything(stub: &Stub, version: &Version) {
    let nobody = client(&stub.url, None);
    assert_eq!(nobody.look().await.unwrap().version, *version);
    let session = nobody.sign_in("admin@example.com", &Secret::new("password")).await.unwrap();
    let permissions: Vec<String> =
        needed_permissions(version).into_iter().map(str::to_owned).collect();
    let made = session.make_key(&Call::make_key("immich-sso-test", &permissions)).await.unwrap();
    session.sign_out().await.unwrap();
    let client = client(&stub.url, Some(Access::ApiKey(made.secret)));
    client.missing_permissions(version).await.unwrap();
    client.users().await.unwrap();
    // In no contract, so that this server has it for none.
    client.sessions("1").await.unwrap_err();
    client.authorize("https://photos.example.com/auth/login").await.unwrap();

    let host = HostProfile::default();
    let route = route::open(RouteKind::Api, &client, None, &host, version).unwrap();
    let basis = route.read().await.unwrap().basis;
    let change = SettingsChange::set(fields(version), true);
    route.write(&change, Some(&Secret::new("secret")), &basis).await.unwrap();
}
