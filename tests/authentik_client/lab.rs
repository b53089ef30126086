//! The client against the lab, which plays one release after the other.

use immich_sso::{
    authentik::{
        Call, Client, Dialect, GRANT_TYPES, KnownAccess, Permission, Provider, SignIn, TokenLife,
        TokenWish,
    },
    net::{Http, Request, Trust},
    oidc::{self, RedirectVerdict, SecretVerdict},
    secret::Secret,
    site::{FaultKind, System, TokenAuthMethod, Version},
};
use immich_sso_lab::{
    Person,
    authentik::{Authentik, Mishap, MishapKind, Options},
};
use serde_json::{Value, json};
use testkit::{said, said_around_backticks};

use crate::writes;

const RELEASES: [&str; 7] =
    ["2023.10.7", "2024.8.4", "2024.10.2", "2024.12.5", "2025.10.4", "2026.5.6", "2026.8.3"];

const WEB: &str = "https://photos.example.com/auth/login";
const MOBILE: &str = "app.immich:///oauth-callback";

async fn lab(release: &str) -> Authentik {
    let version = release.parse().unwrap();
    Authentik::start(Options { version, ..Options::default() }).await.unwrap()
}

/// The release that it plays.
fn version(lab: &Authentik) -> Version {
    lab.version().to_string().parse().unwrap()
}

fn http(lab: &Authentik) -> Http {
    Http::new(System::Authentik, lab.url().parse().unwrap(), &Trust::default()).unwrap()
}

fn admin(lab: &Authentik) -> Client {
    Client::new(http(lab), Some(Secret::new(lab.admin_token())))
}

/// The body for a provider, as the set-up makes it.
async fn wanted(client: &Client, dialect: Dialect, secret: &str) -> Value {
    let flow = async |slug: &str| client.flow(slug).await.unwrap().unwrap().pk;
    let mappings = client.scope_mappings(&["openid", "email", "profile"]).await.unwrap();
    let keys = client.signing_keys().await.unwrap();
    let uris = dialect.redirect_uris(&[WEB.to_owned(), MOBILE.to_owned()]);
    let mut body = json!({
        "name": "immich-oauth-provider",
        "client_type": "confidential",
        "client_id": "immich-oauth-client",
        "client_secret": secret,
        "authorization_flow": flow("default-provider-authorization-explicit-consent").await,
        "property_mappings": mappings.into_iter().map(|mapping| mapping.pk).collect::<Vec<_>>(),
        "signing_key": keys.iter().find(|key| key.is_rsa()).unwrap().pk,
        "redirect_uris": dialect.write(&uris),
    });
    if dialect.invalidation_flow {
        body["invalidation_flow"] = flow("default-provider-invalidation-flow").await.into();
    }
    if dialect.grant_types {
        body["grant_types"] = json!(GRANT_TYPES);
    }
    body
}

async fn make(client: &Client, body: &Value) -> Provider {
    let provider = writes::create_provider(client, body).await.unwrap();
    let application = json!({
        "name": "Immich", "slug": "immich", "provider": provider.pk,
        "meta_launch_url": "https://photos.example.com",
    });
    writes::create_application(client, &application).await.unwrap();
    client.provider(provider.pk).await.unwrap().unwrap()
}

async fn secret_is(lab: &Authentik, secret: &str) -> SecretVerdict {
    let found = oidc::discovery(&http(lab), None, "immich").await.unwrap();
    let secret = Secret::new(secret);
    oidc::probe_secret(
        &http(lab),
        &found.token_endpoint,
        "immich-oauth-client",
        &secret,
        TokenAuthMethod::default(),
    )
    .await
}

/// The token endpoint's verdict, once as each method tells the secret.
async fn by_every_method(lab: &Authentik, client_id: &str, secret: &str) -> [SecretVerdict; 2] {
    let endpoint = format!("{}/application/o/token/", lab.url());
    let (http, secret) = (http(lab), Secret::new(secret));
    let [post, basic] = TokenAuthMethod::ALL;
    [
        oidc::probe_secret(&http, &endpoint, client_id, &secret, post).await,
        oidc::probe_secret(&http, &endpoint, client_id, &secret, basic).await,
    ]
}

#[tokio::test]
async fn the_secret_check_tells_the_secret_as_immich_does() {
    use SecretVerdict::{Right, Wrong};
    for release in RELEASES {
        let lab = lab(release).await;
        let client = admin(&lab);
        let seen = client.look().await.unwrap();
        let dialect = Dialect::of(seen.version.as_ref(), None);
        let mut body = wanted(&client, dialect, "first0secret").await;
        body["client_id"] = "photos".into();
        make(&client, &body).await;
        let verdicts = by_every_method(&lab, "photos", "first0secret").await;
        assert_eq!(verdicts, [Right, Right], "{release}");
        assert_eq!(by_every_method(&lab, "photos", "other").await, [Wrong, Wrong], "{release}");
        // What Immich encodes in a header, old releases do not decode.
        body["name"] = "second".into();
        body["client_id"] = "our-photos".into();
        body["client_secret"] = "a%41+b c".into();
        writes::create_provider(&client, &body).await.unwrap();
        let [post, basic] = by_every_method(&lab, "our-photos", "a%41+b c").await;
        assert_eq!(post, Right, "{release}");
        assert_eq!(basic, Wrong, "{release}: a blank is sent as a plus, which stays one");
    }
}

async fn redirect_to(lab: &Authentik, client_id: &str, uri: &str) -> RedirectVerdict {
    let endpoint = format!("{}/application/o/authorize/", lab.url());
    oidc::probe_redirect(&http(lab), &endpoint, client_id, uri).await
}

#[tokio::test]
async fn a_provider_and_its_application_are_made_and_proved_on_every_release() {
    for release in RELEASES {
        let lab = lab(release).await;
        let seen = Client::new(http(&lab), None).look().await.unwrap();
        assert_eq!(seen.version.as_ref().map(ToString::to_string).as_deref(), Some(release));
        let client = admin(&lab);
        assert_eq!(client.provider_by_name("immich-oauth-provider").await.unwrap(), None);
        assert_eq!(client.application("immich").await.unwrap(), None);

        let dialect = Dialect::of(seen.version.as_ref(), None);
        let provider = make(&client, &wanted(&client, dialect, "first").await).await;
        assert_eq!(provider.client_secret.expose(), "first", "{release}");
        assert!(provider.redirect_uris.names(WEB) && provider.redirect_uris.names(MOBILE));
        assert_eq!(provider.assigned_application_slug.as_deref(), Some("immich"));
        assert_eq!(provider.property_mappings.len(), 3);
        assert_eq!(Dialect::of(seen.version.as_ref(), Some(&provider)), dialect, "{release}");
        let by_id = client.provider_by_client_id("immich-oauth-client").await.unwrap().unwrap();
        assert_eq!(by_id, provider);

        let found = oidc::discovery(&http(&lab), None, "immich").await.unwrap();
        assert_eq!(found.issuer, format!("{}/application/o/immich/", lab.url()));
        assert_eq!(found.id_token_signing_alg_values_supported, ["RS256"]);
        assert!(oidc::has_rsa_key(&http(&lab), found.jwks_uri.as_ref().unwrap()).await.unwrap());
        for uri in [WEB, MOBILE] {
            let verdict = redirect_to(&lab, &provider.client_id, uri).await;
            assert_eq!(verdict, RedirectVerdict::Accepted, "{release} {uri}");
        }
        let verdict = redirect_to(&lab, &provider.client_id, "https://evil.example.com/").await;
        assert_eq!(verdict, RedirectVerdict::UriRefused, "{release}");
        let verdict = redirect_to(&lab, "another", WEB).await;
        assert_eq!(verdict, RedirectVerdict::ClientRefused, "{release}");

        assert_eq!(secret_is(&lab, "first").await, SecretVerdict::Right, "{release}");
        writes::patch_provider(&client, provider.pk, &json!({"client_secret": "second"}))
            .await
            .unwrap();
        assert_eq!(secret_is(&lab, "first").await, SecretVerdict::Wrong, "{release}");
        assert_eq!(secret_is(&lab, "second").await, SecretVerdict::Right, "{release}");

        writes::delete(&client, Call::delete_application("immich")).await.unwrap();
        let fault = oidc::discovery(&http(&lab), None, "immich").await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::NotFound, "{release}: {fault}");
        let verdict = redirect_to(&lab, &provider.client_id, WEB).await;
        assert_eq!(verdict, RedirectVerdict::NoApplication, "{release}");
        writes::delete(&client, Call::delete_provider(provider.pk)).await.unwrap();
        assert_eq!(client.provider(provider.pk).await.unwrap(), None);
        lab.stop().await;
    }
}

#[tokio::test]
async fn what_a_provider_lacks_is_seen_by_the_probes() {
    let lab = lab("2026.8.3").await;
    let client = admin(&lab);
    let dialect = Dialect::of(Some(&version(&lab)), None);
    let mut body = wanted(&client, dialect, "first").await;
    let fields = body.as_object_mut().unwrap();
    for field in ["grant_types", "signing_key", "property_mappings"] {
        fields.remove(field);
    }
    let provider = make(&client, &body).await;
    assert_eq!(provider.grant_types, Some(Vec::new()), "none of its own accord");
    let verdict = redirect_to(&lab, &provider.client_id, WEB).await;
    assert!(matches!(verdict, RedirectVerdict::GrantRefused(_)), "{verdict:?}");
    let verdict = secret_is(&lab, "first").await;
    // Without the grant type the endpoint does not look at the secret.
    assert!(matches!(verdict, SecretVerdict::Unclear(_)), "{verdict:?}");
    let found = oidc::discovery(&http(&lab), None, "immich").await.unwrap();
    assert_eq!(found.id_token_signing_alg_values_supported, ["HS256"]);
    assert!(!oidc::has_rsa_key(&http(&lab), found.jwks_uri.as_ref().unwrap()).await.unwrap());
    assert!(!found.scopes_supported.contains(&"email".to_owned()));
}

fn wish(life: TokenLife) -> TokenWish {
    TokenWish {
        identifier: "immich-sso-laptop".into(),
        life,
        permissions: Permission::TOKEN.to_vec(),
        known: KnownAccess::default(),
    }
}

#[tokio::test]
async fn administrator_signs_in_once_and_the_token_permits_a_set_up_and_no_more() {
    for release in RELEASES {
        let lab = lab(release).await;
        let session = SignIn::new(http(&lab))
            .password("akadmin", &Secret::new(Authentik::password("akadmin")))
            .await
            .unwrap();
        let plan = session.plan_token(&wish(TokenLife::Unlimited)).await.unwrap();
        assert_eq!(lab.mutations(), [], "{release}: a plan changes nothing");
        let made = session.make_all(&plan).await.unwrap();
        assert_eq!(made.username, "immich-sso-laptop", "{release}: {:?}", made.notes);
        assert_eq!(made.row.expires, None, "{release}");
        let (owner, ends) = lab.token("immich-sso-laptop").unwrap();
        assert_eq!((owner.as_str(), ends), ("immich-sso-laptop", None), "{release}");

        let client = Client::new(http(&lab), Some(made.token));
        assert!(!client.me().await.unwrap().is_superuser);
        assert_eq!(client.preflight(&Permission::TOKEN).await.unwrap(), [], "{release}");
        let dialect = Dialect::of(Some(&version(&lab)), None);
        let provider = make(&client, &wanted(&client, dialect, "first").await).await;
        writes::patch_provider(&client, provider.pk, &json!({"client_secret": "second"}))
            .await
            .unwrap();
        writes::patch_application(&client, "immich", &json!({"name": "Photos"})).await.unwrap();
        client.authorize_events(jiff::Timestamp::now(), "immich-oauth-client").await.unwrap();
        let fault = writes::delete(&client, Call::delete_provider(provider.pk)).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::NotAllowed, "{release}");
        assert!(fault.remedy.contains("delete_oauth2provider"), "{fault}");
        // It renews itself without an end, and does not see the setting.
        let plan = client.plan_token(&wish(TokenLife::Unlimited)).await.unwrap();
        assert_eq!(plan.identifier(), "immich-sso-laptop-2", "{release}");
        assert_eq!(client.make_all(&plan).await.unwrap().row.expires, None, "{release}");
        assert_eq!(client.default_token_duration().await.unwrap(), None);
        lab.stop().await;
    }
}

#[tokio::test]
async fn end_of_a_token_is_clamped_for_administrators_too() {
    for release in RELEASES {
        let lab = lab(release).await;
        let client = admin(&lab);
        let minutes = |n| Some(jiff::SignedDuration::from_mins(n));
        // Before 2024.2 it was no setting that an administrator sees.
        let is_seen = lab.version().at_least(2024, 2, 0);
        let lasts = client.default_token_duration().await.unwrap();
        assert_eq!(lasts, minutes(30).filter(|_| is_seen), "{release}");
        let plan = client.plan_token(&wish(TokenLife::Run)).await.unwrap();
        let made = client.make_all(&plan).await.unwrap();
        let left = made.row.expires.unwrap().duration_since(jiff::Timestamp::now());
        assert!(left.as_mins() <= 30, "{release}: {left}");
        lab.set_token_duration("hours=1;minutes=30");
        let lasts = client.default_token_duration().await.unwrap();
        assert_eq!(lasts, minutes(90).filter(|_| is_seen), "{release}");
        // A change keeps the user, and makes a limited one unlimited.
        let after = client
            .change_token(&made.row, &Call::change_token(&made.row.identifier, false))
            .await
            .unwrap();
        assert_eq!((after.user, after.expires), (made.row.user, None), "{release}");
        let (owner, ends) = lab.token("immich-sso-laptop").unwrap();
        assert_eq!((owner.as_str(), ends), ("immich-sso-laptop", None), "{release}");
        lab.stop().await;
    }
}

#[tokio::test]
async fn second_factor_is_asked_for_and_an_ordinary_user_gets_no_token() {
    for release in RELEASES {
        let lab = lab(release).await;
        let mut sign_in = SignIn::new(http(&lab));
        let fault =
            sign_in.password("tess", &Secret::new(Authentik::password("tess"))).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::SecondFactor, "{release}: {fault}");
        let fault = sign_in.code(&"000000".into()).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::SecondFactor, "{release}: {fault}");
        let session = sign_in.code(&Secret::new(lab.totp_code("tess").unwrap())).await.unwrap();
        assert_eq!(session.me().await.unwrap().username, "tess");

        let tokens = lab.token_identifiers();
        let fault = session.plan_token(&wish(TokenLife::Unlimited)).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::NotAllowed, "{release}: {fault}");
        assert_eq!(lab.token_identifiers(), tokens, "{release}");
        assert_eq!(lab.mutations(), [], "{release}");
        let missing = session.preflight(&Permission::ALL).await.unwrap();
        let missing: Vec<_> = missing.iter().map(|missing| missing.permission).collect();
        for needed in [Permission::ViewFlow, Permission::ViewProvider, Permission::ViewApplication]
        {
            assert!(missing.contains(&needed), "{release}: {missing:?}");
        }
        let body = json!({"name": "x", "slug": "x"});
        let fault = writes::create_application(&session, &body).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::NotAllowed);
        assert!(fault.remedy.contains("authentik_core.add_application"), "{fault}");
        lab.stop().await;
    }
}

#[tokio::test]
async fn wrong_credentials_of_every_kind_are_told_apart() {
    let lab = lab("2026.8.3").await;
    for (name, password) in [("akadmin", "nope"), ("nobody", "akadmin-password")] {
        let fault = SignIn::new(http(&lab)).password(name, &password.into()).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::NotSignedIn, "{fault}");
        assert!(!fault.remedy.is_empty() && !fault.to_string().contains(password), "{fault}");
    }
    let fault = Client::new(http(&lab), Some("wrong".into())).me().await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::NotSignedIn);
    assert!(fault.remedy.contains(&*said("API token")), "{fault}");
    let fault = Client::new(http(&lab), None).provider(1).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::NotSignedIn);
}

#[tokio::test]
async fn what_goes_wrong_under_way_is_told_apart_and_never_taken_for_success() {
    let lab = lab("2026.8.3").await;
    let client = admin(&lab);
    let body = json!({"name": "Immich", "slug": "immich"});
    for (kind, expected, is_there) in [
        (MishapKind::Crash, FaultKind::Crashed, false),
        (MishapKind::ServerError, FaultKind::Crashed, false),
        (MishapKind::BadGateway, FaultKind::Late, false),
        (MishapKind::Drop, FaultKind::Lost, false),
        (MishapKind::DropAfter, FaultKind::Lost, true),
    ] {
        lab.let_fail(Mishap::new("/core/applications/", kind.clone()));
        let fault = writes::create_application(&client, &body).await.unwrap_err();
        assert_eq!(fault.kind, expected, "{kind:?}: {fault}");
        assert!(!fault.answer.is_empty() && !fault.remedy.is_empty(), "{fault:?}");
        assert_eq!(fault.tried, said_around_backticks("create the application `Immich`"));
        let found = client.application("immich").await.unwrap();
        assert_eq!(found.is_some(), is_there, "{kind:?}");
    }
    // Only what may have been carried out is to be looked at before it is repeated.
    for (kind, changes) in [(MishapKind::Drop, true), (MishapKind::Drop, false)] {
        // A read is tried a few times.
        for _ in 0..5 {
            lab.let_fail(Mishap::new("/core/applications/", kind.clone()));
        }
        let fault = if changes {
            writes::create_application(&client, &json!({"name": "x", "slug": "x"})).await.map(drop)
        } else {
            client.application("immich").await.map(drop)
        };
        let fault = fault.unwrap_err();
        lab.heal();
        let careful = fault.remedy.contains(&*said("before you repeat it"));
        assert_eq!((fault.kind.clone(), careful), (FaultKind::Lost, changes), "{fault}");
    }
    let address = http(&lab);
    lab.stop().await;
    let fault = Client::new(address, None).look().await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Unreachable);
    assert!(!fault.remedy.is_empty(), "{fault:?}");
}

#[tokio::test]
async fn a_login_is_seen_with_who_it_was_and_whether_the_code_was_redeemed() {
    let lab = lab("2026.8.3").await;
    let client = admin(&lab);
    let dialect = Dialect::of(Some(&version(&lab)), None);
    let provider = make(&client, &wanted(&client, dialect, "first").await).await;
    let since = jiff::Timestamp::now();
    let id = "immich-oauth-client";
    assert_eq!(client.authorize_events(since, id).await.unwrap(), []);

    let link = format!(
        "{}/application/o/authorize/?client_id={id}&response_type=code&scope=openid+email\
         &redirect_uri=https%3A%2F%2Fphotos.example.com%2Fauth%2Flogin&state=s",
        lab.url()
    );
    let alice = Person::new("alice", Authentik::password("alice"));
    let back: url::Url = alice.sign_in(&link, WEB).await.unwrap().parse().unwrap();
    let (_, code) = back.query_pairs().find(|(key, _)| key == "code").unwrap();

    let logins = client.authorize_events(since, id).await.unwrap();
    assert_eq!(logins.len(), 1, "{logins:?}");
    assert_eq!((logins[0].who.as_str(), logins[0].redirect_uri.as_str()), ("alice", WEB));
    assert_eq!(logins[0].email, "alice@example.com");
    assert_eq!(client.open_codes(provider.pk).await.unwrap()[0].who, "alice");
    assert_eq!(client.access_tokens(provider.pk).await.unwrap(), [], "not redeemed yet");

    let redeem = [
        ("grant_type", "authorization_code"),
        ("client_id", id),
        ("client_secret", "first"),
        ("redirect_uri", WEB),
        ("code", &code),
    ];
    let redeem = redeem.map(|(key, value)| (key.to_owned(), value.to_owned())).to_vec();
    let request = Request::new(reqwest::Method::POST, "/application/o/token/").form(redeem);
    assert!(http(&lab).send(request).await.unwrap().status.is_success());
    assert_eq!(client.open_codes(provider.pk).await.unwrap(), []);
    assert_eq!(client.access_tokens(provider.pk).await.unwrap()[0].email, "alice@example.com");

    let alice = client.users_by_email("ALICE@example.com").await.unwrap().remove(0);
    let claims = client.preview_claims(provider.pk, alice.pk).await.unwrap();
    assert_eq!(claims["email"], "alice@example.com");
}
