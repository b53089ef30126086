//! Making the token that was planned.

use jiff::{SignedDuration, Timestamp};
use reqwest::Method;
use serde_json::{Value, json};

use super::{Gives, MadeToken, PlannedCall, TokenPlan, spelled};
use crate::{
    authentik::{
        Client,
        answers::{fault, nonsense},
        path,
    },
    net::{Answer, Request},
    secret::Secret,
    site::{Fault, FaultKind},
};

/// How much earlier than asked for a token may end before it is worth a note.
const SLACK: SignedDuration = SignedDuration::from_mins(5);

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

    /// The identifier of the API token whose text is `token`, among those of
    /// whoever asks. Not everybody may see the text of their own: then the last
    /// of `known` that is among them is taken for it.
    pub async fn identify(
        &self,
        token: &Secret,
        known: &[String],
    ) -> Result<Option<String>, Fault> {
        let tried = "find out which token this is";
        let me = self.me().await?;
        let rows = self.rows(tried, &format!("{}?intent=api&", path::TOKENS)).await?;
        let mut own = Vec::new();
        for row in rows {
            let of = row.get("user").and_then(Value::as_i64);
            let identifier = row.get("identifier").and_then(Value::as_str);
            let Some(identifier) = identifier.filter(|_| of == Some(me.pk)) else { continue };
            own.push(identifier.to_owned());
            let request = Request::get(path::token_key(identifier));
            // One that it may not see is not the one that it made.
            let Ok(answer) = self.succeed(tried, request).await else { continue };
            let body = answer.json().unwrap_or_default();
            if body.get("key").and_then(Value::as_str).map(Secret::new).as_ref() == Some(token) {
                return Ok(Some(identifier.to_owned()));
            }
        }
        Ok(known.iter().rev().find(|known| own.contains(*known)).cloned())
    }

    /// `DELETE` to [`path::token`].
    pub async fn delete_token(&self, identifier: &str) -> Result<(), Fault> {
        let request = Request::new(Method::DELETE, path::token(identifier));
        self.succeed(&format!("delete the token `{identifier}`"), request).await.map(drop)
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

    fn take_in(&mut self, call: &PlannedCall, tried: &str, answer: &Answer) -> Result<(), Fault> {
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

fn lower_first(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

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
