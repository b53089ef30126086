//! The program's own token: planned, shown, and only then made.
//!
//! A token permits what its user may do. For least rights it therefore needs
//! a user of its own, which only a superuser can make. Releases differ in
//! where permissions hang; a role on a group works on all of them.

use jiff::{SignedDuration, Timestamp};
use reqwest::Method;
use serde_json::{Value, json};

use super::{
    Client, Permission,
    answers::{fault, nonsense},
    path,
};
use crate::{
    net::Request,
    secret::Secret,
    site::{Fault, FaultKind},
};

/// How many numbers are tried where a name is taken.
const NUMBERS: u32 = 50;

/// How much earlier than asked for a token may end before it is worth a note.
const SLACK: SignedDuration = SignedDuration::from_mins(5);

/// What token is wished for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenWish {
    /// A slug that says whose it is: `immich-sso-laptop`. Taken already: a
    /// number is added.
    pub identifier: String,
    /// When it ends. `None`: when it is revoked. authentik decides by itself
    /// how long an API token lasts when it ends at all
    /// (`default_token_duration`, 30 minutes unless an administrator changed
    /// it): [`MadeToken::expires`] says what came of it.
    pub expires: Option<Timestamp>,
    /// What it is to permit.
    pub permissions: Vec<Permission>,
}

impl TokenWish {
    /// The name for a token of this program on the machine `host`.
    #[must_use]
    pub fn identifier_for(host: &str) -> String {
        let mut slug = String::from("immich-sso");
        for word in host.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty())
        {
            slug.push('-');
            slug.push_str(&word.to_ascii_lowercase());
        }
        slug.truncate(60);
        slug
    }
}

/// What will be done to make the token: to be shown before it is done.
#[derive(Clone, Debug, PartialEq)]
pub struct TokenPlan {
    /// What it comes to, in sentences.
    pub lines: Vec<String>,
    /// The requests, in their order.
    pub calls: Vec<PlannedCall>,
    /// The requests that are sent instead when one of `calls` is refused; what
    /// was made until then is deleted first.
    pub fallback: Vec<PlannedCall>,
    identifier: String,
    username: String,
    wanted_expiry: Option<Timestamp>,
}

impl TokenPlan {
    /// The name that the token will have.
    #[must_use]
    pub fn identifier(&self) -> &str {
        &self.identifier
    }
}

/// One request of a plan. `{role}` and `{user}` stand for what the answers to
/// earlier ones bring.
#[derive(Clone, Debug, PartialEq)]
pub struct PlannedCall {
    /// What it is for, as an imperative.
    pub what: String,
    /// `POST` and the like.
    pub method: Method,
    /// The path.
    pub path: String,
    /// The body.
    pub body: Option<Value>,
    gives: Gives,
}

/// What the answer to a call is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Gives {
    User,
    Role,
    Group,
    Token,
    Key,
    /// Nothing, and its failure does no harm.
    Nothing,
    /// Nothing, but it must work.
    Permissions,
}

/// A token that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MadeToken {
    /// The token itself.
    pub token: Secret,
    /// Its name in authentik.
    pub identifier: String,
    /// The user whose it is.
    pub username: String,
    /// When it ends, by authentik's own word; `None`: when it is revoked.
    pub expires: Option<Timestamp>,
    /// What was made for it: a `DELETE` to each of these paths, in this order,
    /// takes it all back.
    pub made: Vec<String>,
    /// What did not go as planned, in sentences.
    pub notes: Vec<String>,
}

/// What the calls have brought so far.
#[derive(Default)]
struct Progress {
    user: Option<i64>,
    role: Option<String>,
    made: Vec<String>,
    expires: Option<Timestamp>,
    key: Option<Secret>,
    notes: Vec<String>,
}

impl Client {
    /// Plans a token with least rights: for a superuser a role with exactly
    /// the permissions and a service account of its own, for anybody else a
    /// token of the user's, which permits what the user may do. Reads only.
    pub async fn plan_token(&self, wish: &TokenWish) -> Result<TokenPlan, Fault> {
        let me = self.me().await?;
        let name = self.free_name(&wish.identifier, me.is_superuser).await?;
        let mut plan = TokenPlan {
            lines: Vec::new(),
            calls: Vec::new(),
            fallback: Vec::new(),
            identifier: name.clone(),
            username: me.username.clone(),
            wanted_expiry: wish.expires,
        };
        let own = own_token(&name, wish.expires);
        if me.is_superuser {
            plan.username.clone_from(&name);
            plan.lines = vec![
                format!(
                    "A service account `{name}` is made, with a role and a group of the same name."
                ),
                format!("The role permits {} and nothing else.", listed(&wish.permissions)),
                format!("The service account gets an API token `{name}`{}.", until(wish.expires)),
                format!(
                    "Should authentik refuse that, what was made is deleted, and you ({}) get the token instead: it then permits all that you may do.",
                    me.username
                ),
            ];
            plan.calls = dedicated(&name, wish);
            plan.fallback = own;
        } else {
            plan.lines = vec![
                format!("You ({}) get an API token `{name}`{}.", me.username, until(wish.expires)),
                "It permits what you may do: only a superuser can make a service account with less.".into(),
            ];
            plan.calls = own;
        }
        Ok(plan)
    }

    /// Makes the token that was planned, and asks once with it.
    ///
    /// # Errors
    /// The first refusal. What was made until then is deleted again.
    pub async fn make_token(&self, plan: &TokenPlan) -> Result<MadeToken, Fault> {
        let mut progress = Progress::default();
        let mut username = plan.username.clone();
        if let Err(why) = self.carry_out(&plan.calls, &mut progress).await {
            let left = self.take_back(&progress.made).await;
            if plan.fallback.is_empty() {
                return Err(why);
            }
            progress = Progress::default();
            progress.notes.push(format!(
                "A service account could not be made ({}). The token is your own and permits all that you may do.",
                why.answer
            ));
            progress.notes.extend(left);
            if let Err(why) = self.carry_out(&plan.fallback, &mut progress).await {
                let _ = self.take_back(&progress.made).await;
                return Err(why);
            }
            username = self.me().await?.username;
        }
        let tried = format!("make the token `{}`", plan.identifier);
        let Some(token) = progress.key else {
            let _ = self.take_back(&progress.made).await;
            return Err(fault(FaultKind::Unexpected, tried)
                .answered("authentik does not show the token that it made")
                .remedy("Make an API token in a browser and paste it here."));
        };
        if let Err(why) = Self::new(self.http().clone(), Some(token.clone())).me().await {
            let _ = self.take_back(&progress.made).await;
            return Err(Fault { tried, ..why });
        }
        if let Some(note) = shortened(plan.wanted_expiry, progress.expires) {
            progress.notes.push(note);
        }
        progress.made.reverse();
        Ok(MadeToken {
            token,
            identifier: plan.identifier.clone(),
            username,
            expires: progress.expires,
            made: progress.made,
            notes: progress.notes,
        })
    }

    async fn carry_out(&self, calls: &[PlannedCall], done: &mut Progress) -> Result<(), Fault> {
        for call in calls {
            let tried = lower_first(&call.what);
            let path = done.filled_path(&call.path);
            let mut request = Request::new(call.method.clone(), path);
            if let Some(body) = &call.body {
                request = request.json(done.filled(body));
            }
            match self.succeed(&tried, request).await {
                Ok(answer) => done.take_in(call, &tried, &answer)?,
                Err(why) if call.gives == Gives::Nothing => {
                    if why.kind != FaultKind::NotFound {
                        done.notes.push(format!("Could not {tried}: {}.", why.answer));
                    }
                }
                Err(why) => return Err(why),
            }
        }
        Ok(())
    }

    /// Deletes what was made, the last first; what stays is told.
    async fn take_back(&self, made: &[String]) -> Vec<String> {
        let mut left = Vec::new();
        for path in made.iter().rev() {
            let request = Request::new(Method::DELETE, path.clone());
            if let Err(why) = self.succeed("delete what was made for the token", request).await
                && why.kind != FaultKind::NotFound
            {
                left.push(format!("Could not delete {path} again: {}.", why.answer));
            }
        }
        left
    }

    /// The first of `name`, `name-2`, `name-3` that nothing has yet.
    async fn free_name(&self, name: &str, with_account: bool) -> Result<String, Fault> {
        for number in 1..=NUMBERS {
            let candidate = if number == 1 { name.to_owned() } else { format!("{name}-{number}") };
            if !self.is_taken(&candidate, with_account).await? {
                return Ok(candidate);
            }
        }
        Err(fault(FaultKind::Refused, "find a name for the token")
            .answered(format!("`{name}` and {NUMBERS} numbers after it are taken"))
            .remedy("Delete the old tokens: in authentik, Directory, Tokens and App passwords."))
    }

    async fn is_taken(&self, name: &str, with_account: bool) -> Result<bool, Fault> {
        let tried = "find a name for the token";
        let query = path::query(name);
        let mut lists = vec![(format!("{}?identifier={query}&", path::TOKENS), "identifier")];
        if with_account {
            lists.push((format!("{}?username={query}&", path::USERS), "username"));
            lists.push((format!("{}?name={query}&", path::GROUPS), "name"));
            lists.push((format!("{}?name={query}&", path::ROLES), "name"));
        }
        for (list, key) in lists {
            let rows = self.rows(tried, &list).await?;
            if rows.iter().any(|row| row.get(key).and_then(Value::as_str) == Some(name)) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

impl Progress {
    fn filled_path(&self, path: &str) -> String {
        path.replace("{role}", &path::segment(self.role.as_deref().unwrap_or_default()))
    }

    fn filled(&self, body: &Value) -> Value {
        match body {
            Value::String(text) if text == "{user}" => json!(self.user),
            Value::String(text) if text == "{role}" => json!(self.role),
            Value::Array(items) => items.iter().map(|item| self.filled(item)).collect(),
            Value::Object(fields) => {
                fields.iter().map(|(key, value)| (key.clone(), self.filled(value))).collect()
            }
            other => other.clone(),
        }
    }

    fn take_in(
        &mut self,
        call: &PlannedCall,
        tried: &str,
        answer: &crate::net::Answer,
    ) -> Result<(), Fault> {
        let body = answer.json().unwrap_or_default();
        let text = |key: &str| body.get(key).and_then(Value::as_str).map(str::to_owned);
        let lacking = |key: &str| nonsense(tried, answer, format!("it has no `{key}`"));
        match call.gives {
            Gives::User => {
                let pk = body.get("user_pk").and_then(Value::as_i64);
                let pk = pk.ok_or_else(|| lacking("user_pk"))?;
                self.user = Some(pk);
                self.made.push(path::user(pk));
            }
            Gives::Role => {
                let uuid = text("pk").ok_or_else(|| lacking("pk"))?;
                self.made.push(format!("{}{}/", path::ROLES, path::segment(&uuid)));
                self.role = Some(uuid);
            }
            Gives::Group => {
                let uuid = text("pk").ok_or_else(|| lacking("pk"))?;
                self.made.push(format!("{}{}/", path::GROUPS, path::segment(&uuid)));
            }
            Gives::Token => {
                let identifier = text("identifier").ok_or_else(|| lacking("identifier"))?;
                self.made.push(path::token(&identifier));
                let ends = body.get("expiring").and_then(Value::as_bool).unwrap_or(true);
                self.expires = text("expires").filter(|_| ends).and_then(|at| at.parse().ok());
            }
            Gives::Key => self.key = Some(text("key").ok_or_else(|| lacking("key"))?.into()),
            Gives::Nothing | Gives::Permissions => {}
        }
        Ok(())
    }
}

fn call(what: String, path: impl Into<String>, body: Value, gives: Gives) -> PlannedCall {
    PlannedCall { what, method: Method::POST, path: path.into(), body: Some(body), gives }
}

/// A service account with a role that permits just what is wished for.
fn dedicated(name: &str, wish: &TokenWish) -> Vec<PlannedCall> {
    let codenames: Vec<&str> = wish.permissions.iter().map(|need| need.codename()).collect();
    let mut account =
        json!({"name": name, "create_group": false, "expiring": wish.expires.is_some()});
    if let (Some(fields), Some(expires)) = (account.as_object_mut(), wish.expires) {
        fields.insert("expires".into(), spelled(expires).into());
    }
    let mut calls = vec![
        call(
            format!("Make the service account `{name}`"),
            path::SERVICE_ACCOUNTS,
            account,
            Gives::User,
        ),
        PlannedCall {
            what: "Delete the app password that every service account is given".into(),
            method: Method::DELETE,
            path: path::token(&format!("service-account-{name}-password")),
            body: None,
            gives: Gives::Nothing,
        },
        call(format!("Make the role `{name}`"), path::ROLES, json!({"name": name}), Gives::Role),
        call(
            "Give the role its permissions".into(),
            "/api/v3/rbac/permissions/assigned_by_roles/{role}/assign/",
            json!({"permissions": codenames}),
            Gives::Permissions,
        ),
        call(
            format!("Make the group `{name}` of the account and the role"),
            path::GROUPS,
            json!({"name": name, "users": ["{user}"], "roles": ["{role}"]}),
            Gives::Group,
        ),
    ];
    calls.extend(token(name, wish.expires, true));
    calls
}

/// A token of whoever asks.
fn own_token(name: &str, expires: Option<Timestamp>) -> Vec<PlannedCall> {
    token(name, expires, false)
}

fn token(name: &str, expires: Option<Timestamp>, of_account: bool) -> Vec<PlannedCall> {
    let mut body = json!({
        "identifier": name,
        "intent": "api",
        "description": "Made by immich-sso to put Immich behind authentik",
        "expiring": expires.is_some(),
    });
    if let Some(fields) = body.as_object_mut() {
        if let Some(expires) = expires {
            fields.insert("expires".into(), spelled(expires).into());
        }
        if of_account {
            fields.insert("user".into(), "{user}".into());
        }
    }
    vec![
        call(format!("Make the API token `{name}`"), path::TOKENS, body, Gives::Token),
        PlannedCall {
            what: "Read the token".into(),
            method: Method::GET,
            path: path::token_key(name),
            body: None,
            gives: Gives::Key,
        },
    ]
}

/// What to tell when authentik lets the token end earlier than asked for.
fn shortened(wanted: Option<Timestamp>, got: Option<Timestamp>) -> Option<String> {
    match (wanted, got) {
        (None, Some(got)) => Some(format!("authentik ends the token at {}.", spelled(got))),
        (Some(wanted), Some(got)) if wanted.duration_since(got) > SLACK => Some(format!(
            "authentik ends the token at {} already, whatever is asked for: the setting “Default token duration” under Admin interface, System, Settings decides. After that, sign in again.",
            spelled(got)
        )),
        (Some(_), None) => Some(
            "authentik made the token without an end. Delete it when you no longer need it.".into(),
        ),
        _ => None,
    }
}

fn spelled(at: Timestamp) -> String {
    Timestamp::from_second(at.as_second()).unwrap_or(at).to_string()
}

fn until(expires: Option<Timestamp>) -> String {
    expires.map_or_else(
        || ", which lasts until it is deleted".into(),
        |at| format!(", asked for until {}", spelled(at)),
    )
}

fn listed(permissions: &[Permission]) -> String {
    let names: Vec<&str> = permissions
        .iter()
        .map(|need| need.codename().split('.').next_back().unwrap_or_default())
        .collect();
    names.join(", ")
}

fn lower_first(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_is_named_after_the_program_and_the_machine() {
        assert_eq!(TokenWish::identifier_for("Laptop.local"), "immich-sso-laptop-local");
        assert_eq!(TokenWish::identifier_for("büro"), "immich-sso-b-ro");
        assert_eq!(TokenWish::identifier_for(""), "immich-sso");
    }

    #[test]
    fn a_token_that_ends_early_is_told() {
        let now: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        let later = now + SignedDuration::from_hours(24 * 90);
        let soon = now + SignedDuration::from_mins(30);
        assert!(shortened(Some(later), Some(soon)).unwrap().contains("2026-01-01T00:30:00Z"));
        assert_eq!(shortened(Some(later), Some(later)), None);
        assert!(shortened(Some(later), None).unwrap().contains("without an end"));
    }
}
