//! Every object that was ever recorded can be read.

use immich_sso::authentik::{
    Application, Designation, Dialect, KeyPair, Me, Permission, Provider, RedirectUri,
    RedirectUris, ScopeMapping,
};
use serde_json::{Value, json};
use testkit::said_with;

use crate::{
    recordings::{RELEASES, all, one},
    replay::Replay,
};

/// All objects in a JSON value, however deep.
fn objects<'a>(value: &'a Value, found: &mut Vec<&'a Value>) {
    match value {
        Value::Object(fields) => {
            found.push(value);
            fields.values().for_each(|field| objects(field, found));
        }
        Value::Array(items) => items.iter().for_each(|item| objects(item, found)),
        _ => {}
    }
}

#[test]
fn every_recorded_object_of_every_kind_is_read() {
    let (mut providers, mut applications, mut keys, mut mappings) = (0, 0, 0, 0);
    for (name, recording) in all() {
        let mut found = Vec::new();
        let answers: Vec<&Value> = match recording {
            Value::Array(steps) => steps.iter().filter_map(|s| s.get("response")).collect(),
            one => one.get("response").into_iter().collect(),
        };
        for answer in answers {
            objects(answer, &mut found);
        }
        for object in found {
            let has = |keys: &[&str]| keys.iter().all(|key| object.get(key).is_some());
            // The description of the fields, as OPTIONS answers it, has the
            // same keys, but no number.
            let is_object = object.get("pk").is_some_and(|pk| pk.is_number() || pk.is_string());
            if is_object && has(&["pk", "client_id", "redirect_uris"]) {
                let provider =
                    Provider::read(object.clone()).unwrap_or_else(|e| panic!("{name}: {e}"));
                assert_eq!(
                    json!(provider.client_secret.expose()),
                    object["client_secret"],
                    "{name}"
                );
                assert!(
                    !format!("{provider:?}").contains(provider.client_secret.expose())
                        || provider.client_secret.is_empty(),
                    "{name}: the secret is printed"
                );
                providers += 1;
            } else if is_object && has(&["pk", "slug", "meta_launch_url"]) {
                Application::read(object.clone()).unwrap_or_else(|e| panic!("{name}: {e}"));
                applications += 1;
            } else if is_object && has(&["pk", "private_key_available"]) {
                let key: KeyPair = serde_json::from_value(object.clone()).unwrap();
                // Asked for without details, some releases say nothing of a key.
                assert!(
                    key.is_rsa() || key.key_type.is_none() && key.cert_expiry.is_none(),
                    "{name}: {key:?}"
                );
                keys += 1;
            } else if is_object && has(&["pk", "scope_name"]) {
                let _: ScopeMapping = serde_json::from_value(object.clone()).unwrap();
                mappings += 1;
            } else if let Some(user) =
                object.get("user").filter(|u| u.get("system_permissions").is_some())
            {
                let _: Me = serde_json::from_value(user.clone()).unwrap();
            }
        }
    }
    assert!(
        providers > 50 && applications > 20 && keys > 2 && mappings > 10,
        "{providers} providers, {applications} applications, {keys} keys, {mappings} mappings"
    );
}

#[tokio::test]
async fn what_a_set_up_looks_up_is_found_on_every_recorded_release() {
    for release in RELEASES {
        let recordings = [
            "1.users-me",
            "1.version-admin",
            "1.brand-current",
            "2.scopes-managed",
            "2.certs-haskey",
            "2.flow-default-provider-invalidation-flow",
            "3.list_client_id_immich",
            "3.get-detail",
            "4.get",
            "4.setup_urls",
            "6.preview_user",
        ];
        let replay = Replay::of(recordings.map(|name| one(release, name)).to_vec()).await;
        let client = replay.client();

        let seen = client.look().await.unwrap();
        assert_eq!(seen.brand, "authentik");
        assert!(seen.version.unwrap().to_string().starts_with(release));
        assert!(client.me().await.unwrap().is_superuser);
        assert_eq!(client.preflight(&Permission::ALL).await.unwrap(), []);

        let flow = client.flow("default-provider-invalidation-flow").await.unwrap().unwrap();
        assert_eq!(flow.designation, Designation::Invalidation.name());
        assert_eq!(client.flow("default-provider").await.unwrap(), None, "a slug is exact");
        let mappings = client.scope_mappings(&["openid", "email", "profile"]).await.unwrap();
        let scopes: Vec<_> = mappings.iter().map(|mapping| mapping.scope_name.as_str()).collect();
        assert_eq!(scopes, ["openid", "email", "profile"]);
        assert!(client.signing_keys().await.unwrap()[0].is_rsa());

        let provider = client.provider_by_client_id("immich").await.unwrap().unwrap();
        assert!(provider.redirect_uris.names("app.immich:///oauth-callback"));
        assert_eq!(client.provider_by_client_id("IMMICH").await.unwrap(), None, "an id is exact");
        let again = client.provider(provider.pk).await.unwrap().unwrap();
        assert_eq!(again.client_id, provider.client_id);
        let application = client.application("immich").await.unwrap().unwrap();
        assert_eq!(application.provider, Some(provider.pk));
        let urls = client.setup_urls(provider.pk).await.unwrap();
        assert!(urls.issuer.unwrap().ends_with("/application/o/immich/"));
        let claims = client.preview_claims(provider.pk, 6).await.unwrap();
        assert_eq!(claims["email"], "alice@example.com");
        for asked in replay.asked() {
            let public = asked.path.contains("/brands/");
            assert_eq!(asked.header("authorization").is_some(), !public, "{}", asked.path);
        }
    }
}

#[tokio::test]
async fn logins_codes_and_tokens_are_read_as_authentik_saw_them() {
    for release in RELEASES {
        let (_, events) = all()
            .into_iter()
            .find(|(name, _)| *name == format!("{release}.7.authorize-events"))
            .unwrap();
        let mut list = one(release, "7.authorization_codes");
        list.path = "/api/v3/events/events/".into();
        list.body = json!({"pagination": {"next": 0}, "results": events});
        let replay = Replay::of(vec![
            list,
            one(release, "7.authorization_codes"),
            one(release, "7.access_tokens"),
        ])
        .await;
        let client = replay.client();
        let since = "2026-01-01T00:00:00Z".parse().unwrap();
        let logins = client.authorize_events(since, "immich").await.unwrap();
        assert!(logins.len() >= 4, "{logins:?}");
        assert!(logins.is_sorted_by_key(|login| login.at), "oldest first");
        let last = logins.last().unwrap();
        assert_eq!((last.who.as_str(), last.email.as_str()), ("alice", "alice@example.com"));
        assert_eq!(last.redirect_uri, "app.immich:///oauth-callback");
        assert_eq!(last.application, "Immich");
        assert_eq!(client.authorize_events(since, "another").await.unwrap(), []);
        let after = last.at + jiff::SignedDuration::from_millis(1);
        assert_eq!(client.authorize_events(after, "immich").await.unwrap(), []);

        let codes = client.open_codes(16).await.unwrap();
        assert!(!codes.is_empty() && codes.iter().all(|code| code.who == "alice"));
        let tokens = client.access_tokens(16).await.unwrap();
        assert!(!tokens.is_empty() && tokens[0].email == "alice@example.com");
        assert_eq!(client.access_tokens(17).await.unwrap(), [], "an ignored filter is made up for");
    }
}

fn version(text: &str) -> immich_sso::site::Version {
    text.parse().unwrap()
}

#[test]
fn redirect_uris_are_written_in_the_form_that_the_release_takes() {
    let wanted = [
        "https://photos.example.com/auth/login".to_owned(),
        "app.immich:///oauth-callback".to_owned(),
    ];
    for (release, list) in [
        ("2023.10.7", false),
        ("2024.8.4", false),
        ("2024.8.5", true),
        ("2024.10.2", false),
        ("2024.10.3", true),
        ("2024.12.0", true),
        ("2026.8.3", true),
    ] {
        let dialect = Dialect::of(Some(&version(release)), None);
        let body = dialect.write(&dialect.redirect_uris(&wanted));
        assert_eq!(body.is_array(), list, "{release}");
        if !list {
            assert_eq!(
                body,
                r"https://photos\.example\.com/auth/login
app\.immich:///oauth-callback",
                "{release}"
            );
        }
    }
    let new = Dialect::of(Some(&version("2026.8.3")), None);
    assert_eq!(
        new.write(&new.redirect_uris(&wanted[..1])),
        json!([{"matching_mode": "strict", "url": wanted[0], "redirect_uri_type": "authorization"}])
    );
    let old = Dialect::of(Some(&version("2025.2.0")), None);
    assert_eq!(
        old.write(&old.redirect_uris(&wanted[..1])),
        json!([{"matching_mode": "strict", "url": wanted[0]}])
    );
}

#[test]
fn entries_of_others_stay_and_ours_come_first() {
    let others = vec![
        RedirectUri { matching_mode: "regex".into(), url: "https://.*".into(), kind: None },
        RedirectUri {
            matching_mode: "strict".into(),
            url: "https://a.example.com/bye".into(),
            kind: Some("logout".into()),
        },
        RedirectUri::strict("https://photos.example.com/auth/login"),
    ];
    let wanted = [
        "https://photos.example.com/auth/login".to_owned(),
        "https://photos.example.com/user-settings".to_owned(),
    ];
    let live = RedirectUris::List(others);
    assert!(live.names(&wanted[0]) && !live.names(&wanted[1]));
    assert!(!live.names("https://a.example.com/bye"), "a logout entry permits no login");
    let merged = live.with(&wanted);
    assert_eq!(
        merged.spelled(),
        [
            "https://photos.example.com/auth/login",
            "https://photos.example.com/user-settings",
            "https://.* (regex)",
            &said_with("{} (logout)", &[&"https://a.example.com/bye"]),
        ]
    );
    assert_eq!(merged.with(&wanted), merged, "doing it again changes nothing");
    let body = Dialect::of(Some(&version("2026.8.3")), None).write(&merged);
    assert_eq!(body[3]["redirect_uri_type"], "logout");
    assert_eq!(body[0]["redirect_uri_type"], "authorization");
}

#[test]
fn lines_of_an_old_release_are_read_and_kept() {
    let provider = Provider::read(json!({
        "pk": 3, "name": "p", "client_id": "c", "client_secret": "s",
        "redirect_uris": "https://photos\\.example\\.com/auth/login\nhttps://.*/x",
    }))
    .unwrap();
    let dialect = Dialect::of(Some(&version("2026.8.3")), Some(&provider));
    assert!(!dialect.redirect_uri_list, "what is there decides, not the version");
    assert!(!dialect.grant_types && !dialect.invalidation_flow);
    assert!(provider.redirect_uris.names("https://photos.example.com/auth/login"));
    let wanted = ["app.immich:///oauth-callback".to_owned()];
    assert_eq!(
        dialect.write(&provider.redirect_uris.with(&wanted)),
        "app\\.immich:///oauth-callback\nhttps://photos\\.example\\.com/auth/login\nhttps://.*/x"
    );
    assert_eq!(provider.redirect_uris.spelled()[1], "https://.*/x (regex)");
}

#[test]
fn a_provider_without_the_field_has_unknown_grant_types_and_one_with_it_may_have_none() {
    let read = |extra: Value| {
        let mut body = json!({"pk": 1, "name": "p", "client_id": "c", "client_secret": "s", "redirect_uris": []});
        body.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        Provider::read(body).unwrap()
    };
    assert_eq!(read(json!({})).grant_types, None);
    assert_eq!(read(json!({"grant_types": []})).grant_types, Some(vec![]));
    assert!(read(json!({})).redirect_uris.is_empty());
    assert!(!read(json!({})).raw.contains_key("client_secret"));
}

proptest::proptest! {
    #[test]
    fn merging_redirect_uris_loses_none_and_ends_at_once(
        live in proptest::collection::vec("[a-z.]{1,6}://[a-z./?+*]{0,8}", 0..4),
        wanted in proptest::collection::vec("https://[a-z.]{1,6}/[a-z?+]{0,4}", 1..4),
    ) {
        let lists = [
            RedirectUris::List(live.iter().map(RedirectUri::strict).collect()),
            RedirectUris::Lines(live.clone()),
        ];
        for uris in lists {
            let merged = uris.with(&wanted);
            assert!(wanted.iter().all(|url| merged.names(url)), "{merged:?}");
            assert!(live.iter().all(|url| merged.names(url)), "{merged:?}");
            assert_eq!(merged.spelled()[0], wanted[0], "a web URI comes first");
            assert_eq!(merged.with(&wanted), merged);
        }
    }
}

#[tokio::test]
async fn no_secret_is_printed_by_whoever_holds_one() {
    let replay = Replay::of(Vec::new()).await;
    let client = replay.client();
    assert!(!format!("{client:?} {client:#?}").contains("the-token"));
    let fault = client.me().await.unwrap_err();
    assert!(!format!("{fault:?} {fault}").contains("the-token"));
}
