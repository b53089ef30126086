//! What authentik saw of logins.

use jiff::Timestamp;
use serde_json::Value;

use super::{Client, answers::Unreadable, path};
use crate::site::Fault;

/// A code was issued: somebody signed in and was sent back to the client.
/// Whether the client could redeem the code is another question: see
/// [`Client::access_tokens`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoginEvent {
    /// The UUID of the event.
    pub pk: String,
    /// The login name.
    pub who: String,
    /// Primary key of the user.
    pub user: Option<i64>,
    /// The user's e-mail address; may be empty.
    pub email: String,
    /// When.
    pub at: Timestamp,
    /// Where the browser was sent back to.
    pub redirect_uri: String,
    /// The scopes that were granted, separated by blanks.
    pub scopes: String,
    /// The application's name.
    pub application: String,
    /// The address that the browser came from.
    pub client_ip: String,
}

/// A code that no client has redeemed yet. One that stays means that the
/// client could not: a wrong secret, redirect URI or clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenCode {
    /// The primary key.
    pub pk: i64,
    /// The login name.
    pub who: String,
    /// Until when it can be redeemed.
    pub expires: Option<Timestamp>,
}

/// A token that a client got for a code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessToken {
    /// The primary key.
    pub pk: i64,
    /// The login name.
    pub who: String,
    /// The user's e-mail address; may be empty.
    pub email: String,
    /// Until when it is valid.
    pub expires: Option<Timestamp>,
    /// Whether it was taken back.
    pub revoked: bool,
}

impl Client {
    /// The logins at one client since `since`, oldest first. Needs
    /// [`super::Permission::ViewEvent`].
    pub async fn authorize_events(
        &self,
        since: Timestamp,
        client_id: &str,
    ) -> Result<Vec<LoginEvent>, Fault> {
        let tried = word!("read the logins that authentik saw");
        // Newest first, one page: authentik ignores a filter on the time or
        // the application.
        let path = "/api/v3/events/events/?action=authorize_application&ordering=-created&";
        let rows = self.first_rows(tried, path).await?;
        let mut events: Vec<LoginEvent> = rows
            .iter()
            .filter(|row| {
                row.get("action").and_then(Value::as_str) == Some("authorize_application")
            })
            .filter(|row| argument(row, "client_id").as_deref() == Some(client_id))
            .filter_map(event)
            .filter(|event| event.at >= since)
            .collect();
        events.reverse();
        Ok(events)
    }

    /// The codes of a provider that are not redeemed, newest first. Whoever is
    /// no superuser sees only his own, which mostly means none.
    pub async fn open_codes(&self, provider: i64) -> Result<Vec<OpenCode>, Fault> {
        let path =
            format!("/api/v3/oauth2/authorization_codes/?provider={provider}&ordering=-expires&");
        let rows = self.first_rows(word!("list the codes that are not redeemed"), &path).await?;
        Ok(rows
            .iter()
            .filter(|row| is_of(row, provider))
            .filter_map(|row| {
                Some(OpenCode {
                    pk: row.get("pk")?.as_i64()?,
                    who: text(row, "/user/username"),
                    expires: time(row, "expires"),
                })
            })
            .collect())
    }

    /// The access tokens of a provider, the one that is valid longest first:
    /// each of them is a code that the client could redeem. Whoever is no
    /// superuser sees only his own: that there is none proves nothing then.
    pub async fn access_tokens(&self, provider: i64) -> Result<Vec<AccessToken>, Fault> {
        let path = format!("/api/v3/oauth2/access_tokens/?provider={provider}&ordering=-expires&");
        let rows = self.first_rows(word!("list the access tokens"), &path).await?;
        Ok(rows
            .iter()
            .filter(|row| is_of(row, provider))
            .filter_map(|row| {
                Some(AccessToken {
                    pk: row.get("pk")?.as_i64()?,
                    who: text(row, "/user/username"),
                    email: text(row, "/user/email"),
                    expires: time(row, "expires"),
                    revoked: row.get("revoked").and_then(Value::as_bool).unwrap_or(false),
                })
            })
            .collect())
    }

    /// The primary keys of all access tokens of a provider that are not expired.
    /// Whoever is no superuser sees only his own.
    pub async fn all_access_tokens(&self, provider: i64) -> Result<Vec<i64>, Fault> {
        self.all_tokens(word!("list the access tokens"), path::ACCESS_TOKENS, provider).await
    }

    /// The same of its refresh tokens.
    pub async fn all_refresh_tokens(&self, provider: i64) -> Result<Vec<i64>, Fault> {
        self.all_tokens(word!("list the refresh tokens"), path::REFRESH_TOKENS, provider).await
    }

    async fn all_tokens(&self, tried: &str, list: &str, provider: i64) -> Result<Vec<i64>, Fault> {
        let rows = self.rows(tried, &format!("{list}?provider={provider}&")).await?;
        let is_over = |row: &Value| {
            row.get("is_expired").or_else(|| row.get("revoked")).and_then(Value::as_bool)
                == Some(true)
                || row.get("revoked").and_then(Value::as_bool) == Some(true)
        };
        Ok(rows
            .iter()
            .filter(|row| is_of(row, provider) && !is_over(row))
            .filter_map(|row| row.get("pk")?.as_i64())
            .collect())
    }

    async fn first_rows(&self, tried: &str, path: &str) -> Result<Vec<Value>, Fault> {
        let request = crate::net::Request::get(format!("{path}page_size=100"));
        let answer = self.succeed(tried, request).await?;
        super::client::read(tried, &answer, |body| {
            let rows = body.get("results").and_then(Value::as_array).cloned();
            rows.ok_or(Unreadable::NoList)
        })
    }
}

/// An unknown filter is ignored, so each row is looked at too.
fn is_of(row: &Value, provider: i64) -> bool {
    row.pointer("/provider/pk").and_then(Value::as_i64) == Some(provider)
}

fn event(row: &Value) -> Option<LoginEvent> {
    Some(LoginEvent {
        pk: row.get("pk")?.as_str()?.to_owned(),
        who: text(row, "/user/username"),
        user: row.pointer("/user/pk").and_then(Value::as_i64),
        email: text(row, "/user/email"),
        at: time(row, "created")?,
        redirect_uri: argument(row, "redirect_uri").unwrap_or_default(),
        scopes: text(row, "/context/scopes"),
        application: text(row, "/context/authorized_application/name"),
        client_ip: text(row, "/client_ip"),
    })
}

/// An argument of the authorize request. Where consent was asked for, some
/// releases log the request to the flow executor, which carries the
/// first one's query as an argument of its own.
fn argument(row: &Value, name: &str) -> Option<String> {
    let arguments = row.pointer("/context/http_request/args")?;
    if let Some(value) = arguments.get(name).and_then(Value::as_str) {
        return Some(value.to_owned());
    }
    let query = arguments.get("query")?.as_str()?;
    url::form_urlencoded::parse(query.as_bytes())
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.into_owned())
}

fn text(row: &Value, pointer: &str) -> String {
    row.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn time(row: &Value, key: &str) -> Option<Timestamp> {
    row.get(key)?.as_str()?.parse().ok()
}
