//! Recorded requests of logins, links and log-outs.

use reqwest::header::AUTHORIZATION;
use serde_json::{Value, json};

use super::{people::soft_deleted, stage::Stage};
use crate::site::{WEB, browser};

/// Whose login it is.
const ALICE: &str = "alice@example.com";

/// What the app calls itself.
const APP: &str = "app.immich:///oauth-callback";

/// The verifier that the recorded app began with, and its challenge.
const VERIFIER: &str = "vvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvv";

/// Arranges a request of a topic; `None`: the lab does not play it.
pub async fn arrange(stage: Stage, topic: &str, what: &str) -> Option<Stage> {
    match topic {
        "role" => role(stage, what).await,
        "quota" => {
            let expression = format!(r#"return {{"immich_quota": {}}}"#, quota(what)?);
            stage.claim("profile", &expression).await;
            Some(finish(stage, "alice").await)
        }
        "storagelabel" => {
            stage.set(|oauth| oauth["storageLabelClaim"] = "immich_label".into()).await;
            let expression = format!(r#"return {{"immich_label": {}}}"#, label(what)?);
            stage.claim("profile", &expression).await;
            Some(finish(stage, "alice").await)
        }
        "email" => email(stage, what).await,
        "link" => linked(stage, what).await,
        "mobile" => mobile(stage, what).await,
        "oauth" => oauth(stage, what).await,
        "auth" => log_out(stage, what).await,
        "backchannel" => {
            if what == "oauth-off" {
                stage.set(|oauth| oauth["enabled"] = false.into()).await;
            }
            Some(stage)
        }
        _ => None,
    }
}

/// Arranges a request to begin a login, or to end one that never began.
pub async fn begin(stage: Stage, name: &str) -> Option<Stage> {
    let set = async |key: &str, value: Value| stage.set(|oauth| oauth[key] = value).await;
    match name {
        "05-authorize-after-sql"
        | "v1105-authorize-sqlok"
        | "v1105-authorize-cache"
        | "v1105-authorize-after-update2"
        | "v1106-authorize-after-sql"
        | "v3-authorize-http-insecure" => {}
        "07-authorize-404" | "07-callback-discoveryfail" => {
            let nobody = format!("{}/application/o/nobody/", stage.site.authentik.url());
            set("issuerUrl", nobody.into()).await;
        }
        "07-authorize-badurl" => set("issuerUrl", "not a url".into()).await,
        "07-authorize-connrefused" => set("issuerUrl", "http://127.0.0.1:1/".into()).await,
        "07-authorize-nodns" => set("issuerUrl", "http://auth.invalid/".into()).await,
        "07-authorize-disabled" | "07-callback-disabled" => set("enabled", false.into()).await,
        _ => return None,
    }
    Some(stage)
}

/// Signs somebody in at authentik, so that the request is the callback of it.
async fn finish(mut stage: Stage, who: &str) -> Stage {
    let begin = json!({ "redirectUri": WEB });
    let arrived = stage.arrive(&stage.site.browser, &begin, who, WEB).await;
    stage.body["url"] = arrived.into();
    stage.has_cookies = true;
    stage
}

async fn role(stage: Stage, what: &str) -> Option<Stage> {
    let claim = async |role: &str| {
        stage.claim("profile", &format!(r#"return {{"immich_role": {role}}}"#)).await;
    };
    let mut who = "alice";
    match what {
        "first-login-admin" => claim(r#""admin""#).await,
        "promoted-login" => {
            claim(r#""user""#).await;
            stage.log_in(who).await;
            claim(r#""admin""#).await;
        }
        "demoted-login" => {
            stage.log_in(who).await;
            claim(r#""user""#).await;
        }
        "local-admin-linked-with-role-user" => {
            // The address differs in its case from that of Immich's.
            who = "akadmin";
            stage.has_email(who, "Admin@Example.COM").await;
            claim(r#""user""#).await;
        }
        "value-case" => claim(r#""Admin""#).await,
        "value-dict" => claim(r#"{"admin": True}"#).await,
        "value-empty" => claim(r#""""#).await,
        "value-list-admin" => claim(r#"["admin"]"#).await,
        "value-list-unknown" => claim(r#"["x"]"#).await,
        "value-list-user-admin" => claim(r#"["user", "admin"]"#).await,
        "value-null" => claim("None").await,
        "value-true" => claim("True").await,
        "value-unknown" => claim(r#""superuser""#).await,
        _ => return None,
    }
    Some(finish(stage, who).await)
}

fn quota(what: &str) -> Option<&'static str> {
    Some(match what.strip_prefix("value-")? {
        "0" => "0",
        "0.3" => "0.3",
        "1.5" => "1.5",
        "1e3" => r#""1e3""#,
        "5" => "5",
        "5GB" => r#""5 GB""#,
        "abc" => r#""abc""#,
        "big" => "1e12",
        "empty" => r#""""#,
        "inf" => r#""Infinity""#,
        "list" => "[5]",
        "nan" => r#""NaN""#,
        "neg" => "-1",
        "null" => "None",
        "str5" => r#""5""#,
        "str5.5" => r#""5.5""#,
        "true" => "True",
        _ => return None,
    })
}

fn label(what: &str) -> Option<&'static str> {
    Some(match what.strip_prefix("value-")? {
        // That of Immich's own administrator.
        "conflict" => r#""admin""#,
        "dotonly" => r#""..""#,
        "dots" => r#""../..""#,
        "email" => r#""dave@example.com""#,
        "number" => "42",
        "reserved" => r#""con""#,
        "slash" => r#""a/b\\c""#,
        "unicode" => r#""Jürgen ß""#,
        _ => return None,
    })
}

async fn email(stage: Stage, what: &str) -> Option<Stage> {
    let own = r#"return {"email": request.user.email, "email_verified": True}"#;
    match what {
        "mapping-both" => stage.claim("email", own).await,
        "mapping-none" | "mapping-replaced" => {
            if what == "mapping-replaced" {
                stage.claim("email", own).await;
            }
            let managed = stage.managed(&["email"]).await;
            let mut keys = stage.site.authentik.providers()[0]["property_mappings"].clone();
            keys.as_array_mut().unwrap().retain(|key| !managed.contains(key));
            stage.provider(&json!({ "property_mappings": keys })).await;
        }
        _ => return None,
    }
    Some(finish(stage, "alice").await)
}

async fn linked(stage: Stage, what: &str) -> Option<Stage> {
    let mut who = "alice";
    match what {
        "by-email-with-claims" => {
            stage.make_local(ALICE, false).await;
            stage.claim("profile", r#"return {"immich_role": "admin"}"#).await;
        }
        "email-case" => {
            stage.make_local(ALICE, false).await;
            stage.has_email(who, "Alice@Example.COM").await;
        }
        "linked-to-other-subject" => {
            stage.log_in(who).await;
            stage.provider(&json!({ "sub_mode": "user_username" })).await;
        }
        "second-account-same-email" => {
            stage.log_in(who).await;
            who = "second";
            stage.make_person(who, ALICE).await;
        }
        "soft-deleted-user" => {
            stage.log_in(who).await;
            soft_deleted(&stage, ALICE).await;
        }
        "soft-deleted-unlinked-same-email" => soft_deleted(&stage, ALICE).await,
        _ => return None,
    }
    Some(finish(stage, who).await)
}

async fn mobile(mut stage: Stage, what: &str) -> Option<Stage> {
    if what.starts_with("mobile-redirect-query") {
        return Some(stage);
    }
    // Recordings name the server by the address that is registered.
    let server = "https://photos.example.com/api/oauth/mobile-redirect";
    if what.contains("override") {
        stage
            .set(|oauth| {
                oauth["mobileOverrideEnabled"] = true.into();
                oauth["mobileRedirectUri"] = server.into();
            })
            .await;
        if !what.ends_with("unregistered") {
            let uris = json!([{ "matching_mode": "strict", "url": server }]);
            stage.provider(&json!({ "redirect_uris": uris })).await;
        }
    }
    let challenge = ring::digest::digest(&ring::digest::SHA256, VERIFIER.as_bytes());
    let challenge = base64_of(challenge.as_ref());
    let begin = json!({ "redirectUri": APP, "state": "mobstate123", "codeChallenge": challenge });
    let stop = if what.ends_with("override") { server } else { APP };
    match what {
        "authorize-plain" | "authorize-override" | "authorize-override-unregistered" => {
            stage.body = begin;
        }
        "mobile-redirect-override" => {
            let arrived = stage.arrive(&browser(), &begin, "alice", stop).await;
            let query = arrived.split_once('?').unwrap().1;
            stage.path = format!("/api/oauth/mobile-redirect?{query}");
        }
        "callback-plain" | "callback-override" => {
            let arrived = stage.arrive(&browser(), &begin, "alice", stop).await;
            let query = arrived.split_once('?').unwrap().1;
            stage.body["url"] = format!("{APP}?{query}").into();
        }
        _ => return None,
    }
    Some(stage)
}

fn base64_of(bytes: &[u8]) -> String {
    use base64::Engine;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes)
}

async fn oauth(mut stage: Stage, what: &str) -> Option<Stage> {
    if what == "authorize-ok" {
        stage.body["redirectUri"] = WEB.into();
        return Some(stage);
    }
    if what == "callback-ok" {
        return Some(finish(stage, "alice").await);
    }
    let local = "local@example.com";
    stage.make_local(local, false).await;
    let token = stage.log_in_locally(local, "password").await;
    // The recorded request is in this user's session, if it is in any.
    if stage.has(&AUTHORIZATION) {
        stage.with_token(&token);
    }
    let page = "https://photos.example.com/user-settings";
    let uris = [WEB, APP, page].map(|url| json!({ "matching_mode": "strict", "url": url }));
    stage.provider(&json!({ "redirect_uris": uris })).await;
    let begin = json!({ "redirectUri": page });
    let link = async |who: &str| {
        let client = browser();
        let arrived = stage.arrive(&client, &begin, who, page).await;
        let url = format!("{}/api/oauth/link", stage.site.immich.url());
        let request = client.post(url).bearer_auth(&token).json(&json!({ "url": arrived }));
        assert_eq!(request.send().await.unwrap().status(), 200);
    };
    match what {
        "unlink" | "unlink-again" | "link-no-cookies" => {
            if what == "unlink" {
                link("alice").await;
            }
            return Some(stage);
        }
        "link-oauth-off" => {
            stage.set(|oauth| oauth["enabled"] = false.into()).await;
            return Some(stage);
        }
        "link-bad-state" => {
            stage.arrive(&stage.site.browser, &begin, "alice", page).await;
            stage.has_cookies = true;
            return Some(stage);
        }
        "link-ok" | "link-no-session" | "link-api-key-of-admin" => {}
        "link-again-same" => link("alice").await,
        "link-replace-other-sub" => link("akadmin").await,
        "link-sub-used-by-other" => {
            stage.log_in("alice").await;
        }
        _ => return None,
    }
    let arrived = stage.arrive(&stage.site.browser, &begin, "alice", page).await;
    stage.body["url"] = arrived.into();
    stage.has_cookies = true;
    Some(stage)
}

async fn log_out(mut stage: Stage, what: &str) -> Option<Stage> {
    match what {
        "login-password-off" => {
            let mut config = stage.ask("GET", "/system-config", &Value::Null).await.1;
            config["passwordLogin"]["enabled"] = false.into();
            assert_eq!(stage.ask("PUT", "/system-config", &config).await.0, 200);
            return Some(stage);
        }
        "logout-password-session" => {
            let password = stage.site.immich.admin_password();
            let token = stage.log_in_locally("admin@example.com", password.expose()).await;
            stage.with_token(&token);
            return Some(stage);
        }
        "logout-bearer-no-authtype-cookie" => {
            let user = stage.log_in("alice").await;
            stage.with_token(user["accessToken"].as_str().unwrap());
            return Some(stage);
        }
        _ => {}
    }
    let (status, told) = stage.site.log_in().await;
    assert_eq!(status, 201, "{told}");
    stage.has_cookies = true;
    match what {
        "logout-oauth-cookie" => {}
        "logout-idp-down" => {
            let nobody = format!("{}/application/o/nobody/", stage.site.authentik.url());
            stage.set(|oauth| oauth["issuerUrl"] = nobody.into()).await;
        }
        // The number is the length of the setting's own query.
        "logout-endsession-144-False" | "logout-endsession-144-True" => {
            let url = "http://auth.example.com/application/o/immich/end-session/\
                       ?post_logout_redirect_uri=\
                       http%3A%2F%2Fphotos.example.com%2Fauth%2Flogin%3FautoLaunch%3D0";
            stage.set(|oauth| oauth["endSessionEndpoint"] = url.into()).await;
        }
        "logout-endsession-46-False" => {
            let url = "http://photos.example.com/auth/login?autoLaunch=0";
            stage.set(|oauth| oauth["endSessionEndpoint"] = url.into()).await;
        }
        _ => return None,
    }
    Some(stage)
}
