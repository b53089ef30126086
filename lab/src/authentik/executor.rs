//! The flow executor: it poses one challenge after the other, and sends the
//! browser back to itself in between.

use axum::http::Method;
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::{
    challenges::{consent, denied, identification, password, validate, with_errors},
    events, install,
    oidc::{finish, issue},
    session,
    state::{Stage, State, Walk, int, text},
    totp,
    wire::{Call, Reply},
};

/// How often a password may be wrong.
const TRIES: u8 = 5;
/// How long consent is remembered: four weeks, in hours.
const CONSENT_LASTS: i64 = 4 * 7 * 24;

/// Answers at `/api/v3/flows/executor/<slug>/`.
pub(super) fn answer(state: &mut State, call: &Call) -> Reply {
    let slug = call.path.strip_prefix("/api/v3/flows/executor/").unwrap_or_default();
    let Some(slug) = slug.strip_suffix('/').filter(|slug| !slug.contains('/')) else {
        return Reply::missing(&call.method);
    };
    let Some(flow) = state.flows.iter().find(|row| text(row, "slug") == slug).cloned() else {
        return Reply::detail(404, "No Flow matches the given query.");
    };
    let sid = session::find_or_begin(state, call);
    let posts = call.method == Method::POST;
    if !posts && call.method != Method::GET {
        return Reply::detail(405, &format!("Method \"{}\" not allowed.", call.method));
    }
    let trusted = state.sessions.get(&sid).is_none_or(|s| session::csrf_is_right(s, call));
    if posts && !trusted {
        // No refusal by status, and the walk may go on.
        let reply = Reply::ok(&json!({"component": "ak-stage-flow-error", "request_id": call.id}));
        return session::cookies(state, &sid, reply);
    }
    let mut step = Step { state, call, slug, sid };
    let reply = if posts { step.post() } else { step.get(text(&flow, "designation")) };
    let sid = step.sid;
    session::cookies(state, &sid, reply)
}

/// One request to a flow.
pub(super) struct Step<'a> {
    pub state: &'a mut State,
    pub call: &'a Call,
    pub slug: &'a str,
    pub sid: String,
}

impl Step<'_> {
    /// The walk through this flow, if it has begun.
    fn walk(&self) -> Option<&Walk> {
        self.state.sessions.get(&self.sid)?.walk.as_ref().filter(|walk| walk.flow == self.slug)
    }

    fn set(&mut self, walk: Option<Walk>) {
        if let Some(session) = self.state.sessions.get_mut(&self.sid) {
            session.walk = walk;
        }
    }

    /// The stage that is next.
    fn go(&mut self, stage: Stage) {
        if let Some(walk) = self.state.sessions.get_mut(&self.sid).and_then(|s| s.walk.as_mut()) {
            walk.stage = stage;
        }
    }

    /// The user who is signed in.
    pub fn user(&self) -> Option<i64> {
        self.state.sessions.get(&self.sid)?.user
    }

    /// The query of the page that this executor serves.
    pub fn page_query(&self) -> Vec<(String, String)> {
        let query = self.call.param("query").unwrap_or_default();
        url::form_urlencoded::parse(query.as_bytes()).into_owned().collect()
    }

    /// Where the browser goes when the flow is over.
    pub fn next(&self) -> String {
        let query = self.page_query();
        super::wire::last(&query, "next").filter(|to| to.starts_with('/')).unwrap_or("/").to_owned()
    }

    fn get(&mut self, designation: &str) -> Reply {
        if self.walk().is_none() {
            let stage = match designation {
                "authentication" => Stage::Identification,
                "authorization" => Stage::Consent,
                "invalidation" => Stage::Leave,
                _ => return denied(self, "Flow does not apply to current user."),
            };
            let walk = Walk { flow: self.slug.to_owned(), stage, ..Walk::default() };
            self.set(Some(walk));
            if stage == Stage::Consent && (self.user().is_none() || self.pending().is_none()) {
                self.set(None);
                return denied(self, "Flow does not apply to current user.");
            }
            if stage == Stage::Consent && self.is_remembered() {
                self.go(Stage::Leave);
                return self.again();
            }
        }
        match self.walk().map(|walk| walk.stage) {
            Some(Stage::Identification) => Reply::ok(&identification(self)),
            Some(Stage::Password) => Reply::ok(&password(self)),
            Some(Stage::Totp) => Reply::ok(&validate(self)),
            Some(Stage::Login) => self.sign_in(),
            Some(Stage::Consent) => {
                let token = super::chance::uuid();
                let session = self.state.sessions.get_mut(&self.sid);
                if let Some(walk) = session.and_then(|session| session.walk.as_mut()) {
                    walk.consent.clone_from(&token);
                }
                Reply::ok(&consent(self, &token))
            }
            Some(Stage::Leave) => self.leave(designation),
            None => denied(self, "Flow does not apply to current user."),
        }
    }

    fn post(&mut self) -> Reply {
        let body = match self.call.fields() {
            Ok(body) => body,
            Err(refusal) => return refusal,
        };
        let field = |name: &str| body.get(name).and_then(Value::as_str).map(str::trim);
        // A query that is spelled unlike Django would spell it is another
        // address in its eyes: it answers with where to go instead.
        if let Some(own) = self.respelled() {
            self.take(&field);
            return Reply::ok(&json!({"component": "xak-flow-redirect", "to": own}));
        }
        self.take(&field).unwrap_or_else(|| self.again())
    }

    /// Takes an answer to the challenge. `None`: on to the next stage.
    fn take<'b>(&mut self, field: &dyn Fn(&str) -> Option<&'b str>) -> Option<Reply> {
        let Some(walk) = self.walk().cloned() else {
            return Some(denied(self, "Flow does not apply to current user."));
        };
        match walk.stage {
            Stage::Identification => {
                let Some(typed) = field("uid_field").filter(|typed| !typed.is_empty()) else {
                    let challenge = identification(self);
                    return Some(with_errors(
                        challenge,
                        "uid_field",
                        "This field is required.",
                        "required",
                    ));
                };
                let typed = typed.to_owned();
                self.set(Some(Walk { typed, stage: Stage::Password, ..walk }));
                None
            }
            Stage::Password => self.check_password(&walk, field("password").unwrap_or_default()),
            Stage::Totp => self.check_code(&walk, field("code").unwrap_or_default()),
            Stage::Consent => {
                if field("token") != Some(walk.consent.as_str()) || walk.consent.is_empty() {
                    let challenge = consent(self, &walk.consent);
                    return Some(with_errors(
                        challenge,
                        "token",
                        "Invalid consent token, re-showing prompt",
                        "invalid",
                    ));
                }
                self.remember();
                self.go(Stage::Leave);
                None
            }
            Stage::Login | Stage::Leave => None,
        }
    }

    fn check_password(&mut self, walk: &Walk, given: &str) -> Option<Reply> {
        let user = self.state.user_typed(&walk.typed).filter(|user| user.is_active);
        let right =
            user.is_some_and(|user| user.password.as_deref() == Some(given) && !given.is_empty());
        if right {
            let stage = if user.is_some_and(|user| user.totp.is_some()) {
                Stage::Totp
            } else {
                Stage::Login
            };
            self.go(stage);
            return None;
        }
        self.note_failure(&walk.typed);
        let failures = walk.failures + 1;
        if failures >= TRIES {
            self.set(None);
            return Some(denied(self, "Invalid password"));
        }
        self.set(Some(Walk { failures, ..walk.clone() }));
        Some(with_errors(password(self), "password", "Invalid password", "invalid"))
    }

    fn check_code(&mut self, walk: &Walk, given: &str) -> Option<Reply> {
        let now = self.state.now();
        let secret = self.state.user_typed(&walk.typed).and_then(|user| user.totp.as_deref());
        if secret.is_some_and(|secret| totp::is_right(secret, now, given)) {
            self.go(Stage::Login);
            return None;
        }
        let told =
            "Invalid Token. Please ensure the time on your device is accurate and try again.";
        Some(with_errors(validate(self), "code", told, "invalid"))
    }

    fn note_failure(&mut self, typed: &str) {
        let known = self.state.user_typed(typed).map(|user| user.pk);
        let user = known.map_or_else(
            || json!({"pk": null, "email": typed, "username": typed, "authenticated_as": events::anonymous()}),
            |pk| events::actor(self.state, pk),
        );
        let context = install::row(json!({
            "stage": {
                "pk": self.state.brand.replace('-', ""), "app": "authentik_stages_password",
                "name": "default-authentication-password", "model_name": "passwordstage",
            },
            "password": "********************",
            "username": typed,
        }));
        let args = self.page_query();
        let app = "authentik.events.signals";
        events::record(self.state, self.call, "login_failed", app, &user, context, &args);
    }

    /// The last stage of a login.
    fn sign_in(&mut self) -> Reply {
        let user = self.walk().and_then(|walk| self.state.user_typed(&walk.typed)).map(|u| u.pk);
        let Some(user) = user else { return denied(self, "Request has been denied.") };
        self.sid = session::sign_in(self.state, &self.sid, user);
        let context = install::row(json!({
            "auth_method": "password", "auth_method_args": {"known_device": true},
        }));
        let (actor, args) = (events::actor(self.state, user), self.page_query());
        let app = "authentik.events.signals";
        events::record(self.state, self.call, "login", app, &actor, context, &args);
        self.go(Stage::Leave);
        self.again()
    }

    /// The end of a flow.
    fn leave(&mut self, designation: &str) -> Reply {
        let to = match (designation, self.pending(), self.user()) {
            ("authorization", Some(asked), Some(user)) => {
                if let Some(session) = self.state.sessions.get_mut(&self.sid) {
                    session.pending = None;
                }
                let args = self.page_query();
                finish(&issue(self.state, self.call, &self.sid, user, &asked, &args))
            }
            ("invalidation", ..) => {
                // Only the flow that is named after no provider ends the
                // whole session.
                if !self.slug.contains("provider") {
                    self.state.sessions.remove(&self.sid);
                    self.sid = session::find_or_begin(self.state, self.call);
                }
                self.next()
            }
            _ => self.next(),
        };
        self.set(None);
        Reply::ok(&json!({"component": "xak-flow-redirect", "to": to}))
    }

    pub fn pending(&self) -> Option<super::state::AuthorizeRequest> {
        self.state.sessions.get(&self.sid)?.pending.clone()
    }

    fn is_remembered(&self) -> bool {
        let (Some(user), Some(asked)) = (self.user(), self.pending()) else { return false };
        let now = self.state.now();
        // A flow without stages asks nobody.
        let flow = self.state.flows.iter().find(|row| text(row, "slug") == self.slug);
        let silent = flow
            .and_then(|row| row.get("stages"))
            .and_then(Value::as_array)
            .is_none_or(Vec::is_empty);
        let provider = self.state.provider(asked.provider).and_then(|row| int(row, "pk"));
        silent
            || self.state.consents.iter().any(|(who, to, scopes, until)| {
                *who == user && Some(*to) == provider && *scopes == asked.scopes && *until > now
            })
    }

    fn remember(&mut self) {
        let (Some(user), Some(asked)) = (self.user(), self.pending()) else { return };
        let now = self.state.now();
        let until = now.checked_add(SignedDuration::from_hours(CONSENT_LASTS)).unwrap_or(now);
        self.state.consents.push((user, asked.provider, asked.scopes, until));
    }

    /// Back to the executor itself.
    fn again(&self) -> Reply {
        Reply::redirect(self.call.full_path())
    }

    /// This executor's address in Django's spelling, if it came in another.
    fn respelled(&self) -> Option<String> {
        let query = self.call.param("query")?;
        let own = format!("query={}", urlencoded(query));
        (self.call.raw_query != own).then(|| format!("{}?{own}", self.call.path))
    }
}

/// A value as Python's `urlencode` spells it.
pub(super) fn urlencoded(text: &str) -> String {
    // The two agree but for these two characters.
    let spelled: String = url::form_urlencoded::byte_serialize(text.as_bytes()).collect();
    spelled.replace('*', "%2A").replace("%7E", "~")
}
