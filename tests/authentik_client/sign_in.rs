//! Signing in, replayed from recorded logins.

use immich_sso::{authentik::SignIn, secret::Secret, site::FaultKind};
use serde_json::{Value, json};
use testkit::said;

use crate::{
    recordings::{RELEASES, Recording, exchanges, one},
    replay::Replay,
};

const EXECUTOR: &str = "/api/v3/flows/executor/default-authentication-flow/";

/// The challenges of a recorded login, without what comes before and after,
/// and the calls that surround it.
fn login(release: &str, name: &str) -> Vec<Recording> {
    let mut steps: Vec<Recording> = exchanges(release, name)
        .into_iter()
        .filter(|step| step.path.starts_with(EXECUTOR))
        .collect();
    steps.push(one(release, "1.brand-current"));
    steps.push(one(release, "1.users-me"));
    steps
}

#[tokio::test]
async fn a_recorded_login_is_walked_to_its_end() {
    for release in RELEASES {
        let replay = Replay::in_order(login(release, "6.login-explicit")).await;
        let mut sign_in = SignIn::new(replay.http());
        sign_in.password("alice", &Secret::new("alice-pass-1")).await.unwrap();
        let asked = replay.asked();
        let posted: Vec<&Value> =
            asked.iter().filter(|asked| asked.method == "POST").map(|asked| &asked.body).collect();
        assert_eq!(
            posted,
            [
                &json!({"uid_field": "alice", "component": "ak-stage-identification"}),
                &json!({"password": "alice-pass-1", "component": "ak-stage-password"}),
            ]
        );
        let me = asked.last().unwrap();
        assert_eq!(me.path, "/api/v3/core/users/me/");
        let cookies = me.header("cookie").unwrap();
        assert!(cookies.contains("authentik_session=") && cookies.contains("authentik_csrf="));
        assert!(me.header("x-authentik-csrf").is_some());
        assert!(!format!("{sign_in:?}").contains("alice-pass-1"));
    }
}

#[tokio::test]
async fn a_wrong_password_is_told_in_authentiks_words() {
    for release in RELEASES {
        let replay = Replay::in_order(login(release, "6.login-wrong-password")).await;
        let fault = SignIn::new(replay.http()).password("alice", &"nope".into()).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::NotSignedIn);
        assert_eq!(fault.answer, "Invalid password");
        assert!(!fault.to_string().contains("nope"));
    }
}

/// A login that poses these challenges.
async fn posing(challenges: Vec<Value>) -> Replay {
    let step = |method: &str, path: &str, body: Value| Recording {
        method: method.into(),
        path: path.into(),
        status: 200,
        headers: vec![
            ("content-type".into(), "application/json".into()),
            ("set-cookie".into(), "authentik_session=abc; HttpOnly; Path=/".into()),
        ],
        body,
    };
    let mut steps = vec![
        step("GET", "/api/v3/core/brands/current/", json!({"branding_title": "authentik"})),
        step("GET", "/api/v3/core/users/me/", json!({"user": {"pk": 3, "username": "akadmin"}})),
    ];
    for (index, challenge) in challenges.into_iter().enumerate() {
        let method = if index == 0 { "GET" } else { "POST" };
        steps.push(step(method, EXECUTOR, challenge));
    }
    Replay::in_order(steps).await
}

fn validate(class: &str) -> Value {
    json!({"component": "ak-stage-authenticator-validate",
           "device_challenges": [{"device_class": class, "device_uid": "1", "challenge": {}}]})
}

#[tokio::test]
async fn a_second_factor_is_asked_for_and_the_login_goes_on_with_it() {
    let identification = json!({"component": "ak-stage-identification", "password_fields": true, "captcha_stage": null});
    let done = json!({"component": "xak-flow-redirect", "to": "/"});
    let replay = posing(vec![identification, validate("totp")]).await;
    let mut sign_in = SignIn::new(replay.http());
    let fault = sign_in.password("akadmin", &"p".into()).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::SecondFactor);
    assert!(!fault.remedy.is_empty());
    let posted = replay.asked().pop().unwrap().body;
    assert_eq!(
        posted["password"], "p",
        "the password goes along where the stage has a field for it"
    );

    // The session goes on where it was.
    let wrong = json!({"component": "ak-stage-authenticator-validate",
        "response_errors": {"code": [{"string": "Invalid Token", "code": "invalid"}]}});
    let later = posing(vec![validate("totp"), wrong]).await;
    let mut sign_in = SignIn::new(later.http());
    let fault = sign_in.code(&"000000".into()).await.unwrap_err();
    assert_eq!((fault.kind, fault.answer.as_str()), (FaultKind::SecondFactor, "Invalid Token"));

    let later = posing(vec![validate("totp"), done]).await;
    SignIn::new(later.http()).code(&"123456".into()).await.unwrap();
    assert_eq!(
        later.asked().iter().find(|asked| asked.method == "POST").unwrap().body,
        json!({"code": "123456", "component": "ak-stage-authenticator-validate"})
    );
}

#[tokio::test]
async fn what_needs_a_browser_is_named_and_a_pasted_token_offered() {
    for (challenge, what) in [
        (validate("webauthn"), "webauthn"),
        (json!({"component": "ak-stage-captcha"}), "captcha"),
        (
            json!({"component": "ak-stage-identification", "captcha_stage": {"site_key": "x"}}),
            "captcha",
        ),
    ] {
        let replay = posing(vec![challenge]).await;
        let fault = SignIn::new(replay.http()).password("a", &"p".into()).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::Refused, "{fault}");
        assert!(fault.answer.contains(what), "{fault}");
        assert!(fault.remedy.contains(&*said("API token")), "{fault}");
    }
    let denied =
        json!({"component": "ak-stage-access-denied", "error_message": "Request has been denied."});
    let replay = posing(vec![denied]).await;
    let fault = SignIn::new(replay.http()).password("a", &"p".into()).await.unwrap_err();
    assert_eq!(
        (fault.kind, fault.answer.as_str()),
        (FaultKind::NotSignedIn, "Request has been denied.")
    );
}
