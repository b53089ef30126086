//! Reports as JSON, for programs. `version` counts up when a reader would have
//! to change; new fields may come without that.

use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;

use super::{Report, Standing, step_standing};
use crate::{
    immich::RouteKind,
    site::{Fault, Reading, System},
    text,
    wizard::{
        EffectView, FieldRow, FieldState, Lamp, LoginResult, LoginState, RouteView, SecretView,
        StepId, StepState, StepView, SystemView, TokenEnd, TokenView,
    },
};

/// The version of both formats.
const VERSION: u32 = 2;

/// `status --json`, ending with a newline.
///
/// # Errors
/// When it cannot be written as JSON.
pub fn status_json(report: &Report<'_>) -> serde_json::Result<String> {
    let status = Status {
        version: VERSION,
        site: &report.header.site,
        state: report.standing(),
        systems: report.header.systems.iter().map(SystemJson::new).collect(),
        secret: report.remembered.secret.as_ref().map(SecretJson::new),
        login: report.remembered.last_login.as_ref().map(LoginJson::of),
        token: report.remembered.token.as_ref().map(TokenJson::new),
        route: report.header.route.as_ref().map(RouteJson::new),
        steps: report.told().map(StatusStep::new).collect(),
    };
    serde_json::to_string_pretty(&status).map(|text| text + "\n")
}

/// `plan --json`, ending with a newline.
///
/// # Errors
/// When it cannot be written as JSON.
pub fn plan_json(report: &Report<'_>) -> serde_json::Result<String> {
    let plan = Plan {
        version: VERSION,
        site: &report.header.site,
        state: report.standing(),
        steps: report.told().map(PlanStep::new).collect(),
    };
    serde_json::to_string_pretty(&plan).map(|text| text + "\n")
}

#[derive(Serialize)]
struct Status<'a> {
    version: u32,
    site: &'a str,
    state: Standing,
    systems: Vec<SystemJson<'a>>,
    secret: Option<SecretJson<'a>>,
    /// What the last test login came to; `null`: none is known, or something
    /// was changed since.
    login: Option<LoginJson<'a>>,
    token: Option<TokenJson<'a>>,
    route: Option<RouteJson>,
    steps: Vec<StatusStep<'a>>,
}

/// What a test login came to.
#[derive(Serialize)]
struct LoginJson<'a> {
    state: LoginState,
    who: Option<String>,
    at: &'a Timestamp,
    evidence: String,
}

impl<'a> LoginJson<'a> {
    fn of(result: &'a LoginResult) -> Self {
        let LoginResult { state, who, at, evidence } = result;
        let who = who.as_ref().map(text::person);
        Self { state: *state, who, at, evidence: text::login_evidence(evidence) }
    }
}

#[derive(Serialize)]
struct Plan<'a> {
    version: u32,
    site: &'a str,
    state: Standing,
    steps: Vec<PlanStep<'a>>,
}

#[derive(Serialize)]
struct RouteJson {
    name: &'static str,
    why: String,
}

impl RouteJson {
    fn new(route: &RouteView) -> Self {
        let name = match route.kind {
            RouteKind::Api => "API",
            RouteKind::Database => "database",
            // An id, although it has a blank.
            RouteKind::ConfigFile => concat!("config", " ", "file"),
        };
        Self { name, why: text::route_reason(&route.why) }
    }
}

/// The client secret that is kept: never the secret itself.
#[derive(Serialize)]
struct SecretJson<'a> {
    fingerprint: &'a str,
    /// Since when it is known; `null`: the journal does not say.
    since: Option<Timestamp>,
    age_days: Option<i64>,
    /// `false`: it was taken over then, and is older.
    made_here: Option<bool>,
    /// The one that a rotation is bringing in and has not finished.
    pending: Option<&'a str>,
}

impl<'a> SecretJson<'a> {
    fn new(secret: &'a SecretView) -> Self {
        let age = secret.age;
        Self {
            fingerprint: &secret.fingerprint,
            since: age.map(|age| age.since),
            age_days: age.map(|age| age.at_least(Timestamp::now()).as_hours() / 24),
            made_here: age.map(|age| age.made_here),
            pending: secret.pending.as_deref(),
        }
    }
}

/// The wizard's own token for authentik: never the token itself.
#[derive(Serialize)]
struct TokenJson<'a> {
    /// `null`: it could not be found out.
    identifier: Option<&'a str>,
    owner: &'a str,
    ends: &'static str,
    /// By authentik's own word, where it ends.
    ends_at: Option<Timestamp>,
    /// When this program made it; `null`: somebody else did.
    since: Option<Timestamp>,
    age_days: Option<i64>,
    of_one_run: bool,
    renewal_is_due: bool,
}

impl<'a> TokenJson<'a> {
    fn new(token: &'a TokenView) -> Self {
        let now = Timestamp::now();
        let (ends, ends_at) = match token.ends {
            TokenEnd::Unknown => ("unknown", None),
            TokenEnd::Never => ("never", None),
            TokenEnd::At(at) => ("at", Some(at)),
        };
        Self {
            identifier: token.identifier.as_deref(),
            owner: &token.owner,
            ends,
            ends_at,
            since: token.since,
            age_days: token.age(now).map(|age| age.as_hours() / 24),
            of_one_run: token.of_one_run,
            renewal_is_due: token.renewal_is_due(now),
        }
    }
}

#[derive(Serialize)]
struct SystemJson<'a> {
    system: System,
    address: &'a str,
    state: &'static str,
    version: Option<&'a str>,
    latency_ms: Option<u64>,
    fault: Option<&'a Fault>,
}

impl<'a> SystemJson<'a> {
    fn new(system: &'a SystemView) -> Self {
        Self {
            system: system.system,
            address: &system.address,
            state: match system.lamp {
                Lamp::Off | Lamp::Looking => "unknown",
                Lamp::Good => "good",
                Lamp::Warning => "warning",
                Lamp::Bad => "bad",
            },
            version: system.version.as_deref(),
            latency_ms: system.latency.map(millis),
            fault: system.fault.as_ref(),
        }
    }
}

#[derive(Serialize)]
struct StatusStep<'a> {
    step: StepId,
    title: &'static str,
    state: Standing,
    progress: StepState,
    fields: Vec<FieldJson<'a>>,
    notes: Vec<String>,
    blockers: &'a [Fault],
}

impl<'a> StatusStep<'a> {
    fn new(step: &'a StepView) -> Self {
        Self {
            step: step.id,
            title: step.id.title(),
            state: step_standing(step),
            progress: step.state,
            fields: step.fields.iter().map(FieldJson::new).collect(),
            notes: step.notes.iter().map(text::note).collect(),
            blockers: &step.blockers,
        }
    }
}

/// One field. A secret appears as its fingerprint, as everywhere.
#[derive(Serialize)]
struct FieldJson<'a> {
    /// Its name for programs; `null`: it is a field of no object.
    id: Option<String>,
    name: String,
    state: FieldState,
    wanted: String,
    /// `null`: it is not there, or was not seen; `fault` tells which.
    live: Option<String>,
    seen_at: Option<Timestamp>,
    took_ms: Option<u64>,
    fault: Option<&'a Fault>,
}

impl<'a> FieldJson<'a> {
    fn new(field: &'a FieldRow) -> Self {
        let (live, seen_at, took_ms, fault) = match &field.live {
            Reading::Known { value, at, took } => {
                (value.as_ref().map(text::value), Some(*at), Some(millis(*took)), None)
            }
            Reading::Failed { why, at, .. } => (None, Some(*at), None, Some(why)),
            Reading::Unknown | Reading::Reading { .. } => (None, None, None, None),
        };
        Self {
            id: field.id.id(),
            name: text::field(&field.id),
            state: field.state,
            wanted: text::value(&field.wanted),
            live,
            seen_at,
            took_ms,
            fault,
        }
    }
}

#[derive(Serialize)]
struct PlanStep<'a> {
    step: StepId,
    title: &'static str,
    state: Standing,
    digest: Option<&'a str>,
    effects: Vec<EffectJson>,
    blockers: &'a [Fault],
}

impl<'a> PlanStep<'a> {
    fn new(step: &'a StepView) -> Self {
        let plan = step.plan.as_ref();
        Self {
            step: step.id,
            title: step.id.title(),
            state: step_standing(step),
            digest: plan.map(|plan| plan.digest.as_str()),
            effects: plan
                .map(|plan| plan.effects.iter().map(EffectJson::new).collect())
                .unwrap_or_default(),
            blockers: &step.blockers,
        }
    }
}

#[derive(Serialize)]
struct EffectJson {
    system: System,
    summary: String,
    exact: String,
    undo: String,
}

impl EffectJson {
    fn new(view: &EffectView) -> Self {
        let EffectView { effect, exact } = view;
        Self {
            system: effect.system(),
            summary: text::effect(effect),
            exact: text::exact(exact),
            undo: text::undo_way(effect.undo()),
        }
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
