//! API tokens and app passwords.

use axum::http::Method;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{
    api::{Api, no_such, refused},
    chance,
    fields::{Field, Kind, Mode, Target, read},
    settings,
    state::{Row, State, Token, stamp},
    users,
    wire::{Outcome, Reply},
};

fn fields() -> Vec<Field> {
    let intents: &[&str] = &["verification", "api", "recovery", "app_password"];
    vec![
        Field::required("identifier", Kind::Slug { max: 255 }),
        Field::optional("intent", Kind::Choice(intents), "api"),
        Field::optional("user", Kind::Number(Target::User), Value::Null),
        Field::optional("description", Kind::Text { max: usize::MAX, blank: true }, ""),
        Field::optional("expires", Kind::Time, Value::Null),
        Field::optional("expiring", Kind::Bool, true),
    ]
}

fn shown(state: &State, token: &Token) -> Value {
    json!({
        "pk": token.pk,
        "managed": null,
        "identifier": token.identifier,
        "intent": token.intent,
        "user": token.user,
        "user_obj": state.user(token.user).map(|user| users::shown(state, user)),
        "description": token.description,
        "expires": stamp(token.expires),
        "expiring": token.expiring,
    })
}

fn parse(state: &State, body: &Row, mode: Mode, own: &str) -> Result<Row, Row> {
    read(state, &fields(), body, mode, |name, value| {
        let mut others = state.tokens.iter().filter(|token| token.identifier != own);
        let taken = name == "identifier" && others.any(|token| json!(token.identifier) == *value);
        taken.then(|| "Token with this identifier already exists.".to_owned())
    })
}

/// The end of a token that is made or changed now.
fn default_end(state: &State) -> Timestamp {
    let now = state.now();
    let minutes = SignedDuration::from_mins(30);
    let lasts = settings::duration(&state.token_duration).unwrap_or(minutes);
    now.checked_add(lasts).unwrap_or(Timestamp::MAX)
}

/// What is asked for, with what authentik makes of it. Whoever does not name
/// the user names themselves, also where somebody else's token is changed.
fn apply(api: &Api<'_>, token: &mut Token, row: &Row, is_new: bool) {
    let text = |name: &str| row.get(name).and_then(Value::as_str);
    if let Some(identifier) = text("identifier") {
        identifier.clone_into(&mut token.identifier);
    }
    if let Some(intent) = text("intent") {
        intent.clone_into(&mut token.intent);
    }
    if let Some(description) = text("description") {
        description.clone_into(&mut token.description);
    }
    let superuser = api.state.is_superuser(api.who);
    token.user =
        row.get("user").and_then(Value::as_i64).filter(|_| superuser || !is_new).unwrap_or(api.who);
    // The end of an API token cannot be asked for: the tenant's
    // `default_token_duration` decides, whatever is sent and whoever asks.
    if token.intent == "api" {
        token.expires = default_end(api.state);
    } else if let Some(expires) = text("expires").and_then(|at| at.parse::<Timestamp>().ok()) {
        token.expires = expires;
    }
    if let Some(expiring) = row.get("expiring").and_then(Value::as_bool) {
        token.expiring = expiring;
    }
    // Whether a new one ends at all is the administrators' to say: others get
    // what an attribute of theirs says.
    if is_new && !superuser {
        let user = api.state.user(api.who);
        let attribute = user.and_then(|user| user.attributes.get(users::TOKEN_EXPIRES));
        token.expiring = attribute.and_then(Value::as_bool).unwrap_or(true);
    }
}

pub(super) fn list(api: &mut Api<'_>, _: &str) -> Outcome {
    if *api.method() == Method::POST {
        // Everybody may make tokens of their own.
        let body = api.call.fields()?;
        let row = parse(api.state, &body, Mode::Whole, "").map_err(refused)?;
        let mut token = Token {
            pk: chance::uuid(),
            identifier: String::new(),
            intent: "api".into(),
            user: api.who,
            description: String::new(),
            expires: default_end(api.state),
            expiring: true,
            key: chance::letters(60),
            maker: api.who,
        };
        apply(api, &mut token, &row, true);
        let shown = shown(api.state, &token);
        api.state.tokens.push(token);
        return Ok(Reply::json(201, &shown));
    }
    let state = &api.state;
    let all = state.permits(api.who, "authentik_core.view_token");
    let rows = state
        .tokens
        .iter()
        .filter(|token| all || token.user == api.who)
        .map(|token| shown(state, token))
        .collect();
    let exact = ["identifier", "intent", "expiring", "description", "managed"];
    let search = ["identifier", "intent", "description"];
    let rows = api.pick(rows, &exact, &search, "identifier", &["identifier", "expires"]);
    api.page(&rows)
}

/// A token that the asker may see: their own, or any with the permission.
fn find(api: &Api<'_>, identifier: &str) -> Result<usize, Reply> {
    let at = api.state.tokens.iter().position(|token| token.identifier == identifier);
    let at = at.ok_or_else(|| no_such("Token"))?;
    let own = api.state.tokens[at].user == api.who;
    if own || api.state.permits(api.who, "authentik_core.view_token") {
        Ok(at)
    } else {
        Err(no_such("Token"))
    }
}

pub(super) fn detail(api: &mut Api<'_>, identifier: &str) -> Outcome {
    let at = find(api, identifier)?;
    if *api.method() != Method::GET && api.state.tokens[at].user != api.who {
        api.need_for("authentik_core", "token")?;
    }
    match *api.method() {
        Method::DELETE => {
            api.state.tokens.remove(at);
            return Ok(Reply::empty(204));
        }
        Method::PUT | Method::PATCH => {
            let mode = if *api.method() == Method::PUT { Mode::Whole } else { Mode::Part };
            let body = api.call.fields()?;
            let row = parse(api.state, &body, mode, identifier).map_err(refused)?;
            let mut token = api.state.tokens[at].clone();
            apply(api, &mut token, &row, false);
            api.state.tokens[at] = token;
        }
        _ => {}
    }
    Ok(Reply::ok(&shown(api.state, &api.state.tokens[at])))
}

/// The key itself. Whoever made a token may read it; its plain owner may not.
pub(super) fn view_key(api: &mut Api<'_>, identifier: &str) -> Outcome {
    let at = find(api, identifier)?;
    let token = api.state.tokens[at].clone();
    if !api.state.permits(api.who, "authentik_core.view_token_key") && token.maker != api.who {
        return Err(Reply::forbidden());
    }
    api.secret_view(&token);
    Ok(Reply::ok(&json!({"key": token.key})))
}

pub(super) fn set_key(api: &mut Api<'_>, identifier: &str) -> Outcome {
    let at = find(api, identifier)?;
    let token = api.state.tokens[at].clone();
    if !api.state.permits(api.who, "authentik_core.set_token_key") && token.maker != api.who {
        return Err(Reply::forbidden());
    }
    let body = api.call.fields()?;
    let Some(key) = body.get("key").and_then(Value::as_str).filter(|key| !key.is_empty()) else {
        return Err(Reply::json(400, &json!({"key": ["This field is required."]})));
    };
    key.clone_into(&mut api.state.tokens[at].key);
    Ok(Reply::empty(204))
}
