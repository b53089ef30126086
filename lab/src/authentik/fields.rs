//! The fields of what is written: which there are in this version, what they
//! accept, and in which words a wrong one is refused. Follows Django REST
//! framework's serializers.

use serde_json::{Map, Value, json};

use super::state::{Row, State};

/// What a field accepts.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    /// Text, of which blanks at both ends are dropped.
    Text {
        max: usize,
        blank: bool,
    },
    Slug {
        max: usize,
    },
    Choice(&'static [&'static str]),
    /// Some of these, and at least one.
    Choices(&'static [&'static str]),
    Bool,
    Int,
    /// A link by UUID.
    Link(Target),
    Links(Target),
    /// A link by number.
    Number(Target),
    Numbers(Target),
    Object,
    /// A launch URL: http or https with a host, or `blank://blank`.
    Url,
    /// `hours=1;minutes=2`.
    Duration,
    Time,
    RedirectUris,
}

/// What a link points at.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Target {
    Flow,
    Mapping,
    KeyPair,
    Provider,
    User,
    Group,
    Role,
    /// Whatever policies can be bound to: an application here.
    Bindable,
    /// Something of which the lab has none.
    Nothing,
}

/// What becomes of a field that is not sent.
pub(super) enum Absent {
    /// Refused.
    Required,
    /// Takes this value.
    Default(Value),
}

/// One field.
pub(super) struct Field {
    pub name: &'static str,
    pub kind: Kind,
    pub absent: Absent,
    pub nullable: bool,
}

impl Field {
    pub const fn required(name: &'static str, kind: Kind) -> Self {
        Self { name, kind, absent: Absent::Required, nullable: false }
    }

    pub fn optional(name: &'static str, kind: Kind, default: impl Into<Value>) -> Self {
        let default = default.into();
        Self { name, kind, nullable: default.is_null(), absent: Absent::Default(default) }
    }
}

/// How a body is read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// `POST` and `PUT`: what is required must be there.
    Whole,
    /// `PATCH`: only what is there is looked at.
    Part,
}

/// Reads a body: the fields that this version knows, checked; what else was
/// sent is dropped silently. `taken` says whether a value is in use by another
/// object, in the words of the refusal.
pub(super) fn read(
    state: &State,
    fields: &[Field],
    body: &Row,
    mode: Mode,
    taken: impl Fn(&str, &Value) -> Option<String>,
) -> Result<Row, Row> {
    let mut row = Row::new();
    let mut errors = Row::new();
    for field in fields {
        let outcome =
            match (body.get(field.name), &field.absent, mode) {
                (Some(Value::Null), ..) if !field.nullable => {
                    Err(json!(["This field may not be null."]))
                }
                (Some(Value::Null), ..) => Ok(Value::Null),
                (Some(value), ..) => check(state, field.kind, value, mode).and_then(|value| {
                    match taken(field.name, &value) {
                        Some(told) => Err(json!([told])),
                        None => Ok(value),
                    }
                }),
                (None, _, Mode::Part) => continue,
                (None, Absent::Required, Mode::Whole) => Err(json!(["This field is required."])),
                (None, Absent::Default(value), Mode::Whole) => Ok(value.clone()),
            };
        match outcome {
            Ok(value) => row.insert(field.name.into(), value),
            Err(told) => errors.insert(field.name.into(), told),
        };
    }
    if errors.is_empty() { Ok(row) } else { Err(errors) }
}

fn check(state: &State, kind: Kind, value: &Value, mode: Mode) -> Result<Value, Value> {
    match kind {
        Kind::Text { max, blank } => text(value, max, blank),
        Kind::Slug { max } => {
            let slug = text(value, max, false)?;
            let fits = slug.as_str().is_some_and(|slug| {
                slug.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
            });
            let (open, shut) = if state.at(2025, 12) && max == usize::MAX {
                ('\u{201c}', '\u{201d}')
            } else {
                ('"', '"')
            };
            if fits {
                Ok(slug)
            } else {
                Err(json!([format!(
                    "Enter a valid {open}slug{shut} consisting of letters, numbers, underscores or hyphens."
                )]))
            }
        }
        Kind::Choice(choices) => choice(choices, value),
        Kind::Choices(choices) => {
            let items = list(value)?;
            if items.is_empty() {
                return Err(json!(["This list may not be empty."]));
            }
            items.iter().map(|item| choice(choices, item)).collect()
        }
        Kind::Bool => match value {
            Value::Bool(_) => Ok(value.clone()),
            Value::String(text) if text == "true" => Ok(json!(true)),
            Value::String(text) if text == "false" => Ok(json!(false)),
            _ => Err(json!(["Must be a valid boolean."])),
        },
        Kind::Int => {
            let number = value.as_i64().or_else(|| value.as_str()?.parse().ok());
            number.map(Value::from).ok_or_else(|| json!(["A valid integer is required."]))
        }
        Kind::Link(target) => link(state, target, value),
        Kind::Links(target) => list(value)?.iter().map(|item| link(state, target, item)).collect(),
        Kind::Number(target) => number(state, target, value),
        Kind::Numbers(target) => {
            list(value)?.iter().map(|item| number(state, target, item)).collect()
        }
        Kind::Object => {
            if value.is_object() {
                Ok(value.clone())
            } else {
                Err(json!(["Value must be a dictionary, and not have any duplicate keys."]))
            }
        }
        Kind::Url => {
            let url = text(value, usize::MAX, true)?;
            let told = url.as_str().unwrap_or_default();
            let fits = told.is_empty()
                || told == "blank://blank"
                || url::Url::parse(&told.replace("%(", "_").replace(")s", "_"))
                    .is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
            if fits { Ok(url) } else { Err(json!(["Enter a valid URL."])) }
        }
        Kind::Duration => {
            let given = text(value, usize::MAX, false)?;
            let told = given.as_str().unwrap_or_default();
            if seconds(told).is_some() {
                Ok(given)
            } else {
                Err(json!([format!("{told} is not in the correct format of 'hours=3;minutes=1'.")]))
            }
        }
        Kind::Time => {
            let at = value.as_str().and_then(|text| text.parse::<jiff::Timestamp>().ok());
            at.map(|at| json!(super::state::stamp(at))).ok_or_else(|| {
                json!(["Datetime has wrong format. Use one of these formats instead: YYYY-MM-DDThh:mm[:ss[.uuuuuu]][+HH:MM|-HH:MM|Z]."])
            })
        }
        Kind::RedirectUris => super::redirect_uris::read(state, value, mode),
    }
}

fn text(value: &Value, max: usize, blank: bool) -> Result<Value, Value> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => return Err(json!(["Not a valid string."])),
    };
    let text = text.trim();
    if text.is_empty() && !blank {
        return Err(json!(["This field may not be blank."]));
    }
    if text.contains('\0') {
        return Err(json!(["Null characters are not allowed."]));
    }
    if text.chars().count() > max {
        return Err(json!([format!("Ensure this field has no more than {max} characters.")]));
    }
    Ok(json!(text))
}

/// Text that is not empty.
pub(super) fn some_text(value: &Value) -> Result<Value, Value> {
    text(value, usize::MAX, false)
}

pub(super) fn choice(choices: &[&str], value: &Value) -> Result<Value, Value> {
    match value.as_str() {
        Some(text) if choices.contains(&text) => Ok(value.clone()),
        _ => {
            let told = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            Err(json!([format!("\"{told}\" is not a valid choice.")]))
        }
    }
}

fn list(value: &Value) -> Result<&Vec<Value>, Value> {
    value.as_array().ok_or_else(|| {
        json!([format!("Expected a list of items but got type \"{}\".", python_type(value))])
    })
}

fn link(state: &State, target: Target, value: &Value) -> Result<Value, Value> {
    let pk = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    if !is_uuid(&pk) {
        return Err(json!([format!("\u{201c}{pk}\u{201d} is not a valid UUID.")]));
    }
    let pk = dashed(&pk);
    let has = |rows: &[Row]| rows.iter().any(|row| super::state::text(row, "pk") == pk);
    let exists = match target {
        Target::Flow => has(&state.flows),
        Target::Mapping => has(&state.mappings),
        Target::KeyPair => state.has_key_pair(&pk),
        Target::Group => state.groups.iter().any(|group| group.pk == pk),
        Target::Role => state.roles.iter().any(|role| role.pk == pk),
        Target::Bindable => has(&state.applications),
        Target::Provider | Target::User | Target::Nothing => false,
    };
    if exists { Ok(json!(pk)) } else { Err(no_such(&pk)) }
}

fn number(state: &State, target: Target, value: &Value) -> Result<Value, Value> {
    let pk = value.as_i64().or_else(|| value.as_str()?.parse().ok()).ok_or_else(|| {
        json!([format!("Incorrect type. Expected pk value, received {}.", python_type(value))])
    })?;
    let exists = match target {
        Target::Provider => state.provider(pk).is_some(),
        Target::User => state.user(pk).is_some(),
        _ => false,
    };
    if exists { Ok(json!(pk)) } else { Err(no_such(&pk.to_string())) }
}

fn no_such(pk: &str) -> Value {
    json!([format!("Invalid pk \"{pk}\" - object does not exist.")])
}

pub(super) fn is_uuid(text: &str) -> bool {
    let digits = text.bytes().filter(|b| *b != b'-');
    digits.clone().count() == 32 && digits.clone().all(|b| b.is_ascii_hexdigit())
}

fn dashed(uuid: &str) -> String {
    super::chance::dashed(&uuid.replace('-', "").to_ascii_lowercase())
}

/// The seconds of `hours=1;minutes=2`.
pub(super) fn seconds(text: &str) -> Option<i64> {
    text.split(';').map(str::trim).filter(|part| !part.is_empty()).try_fold(0, |sum, part| {
        let (unit, count) = part.split_once('=')?;
        let count: f64 = count.trim().parse().ok()?;
        let unit = match unit.trim() {
            "microseconds" => 1e-6,
            "milliseconds" => 1e-3,
            "seconds" => 1.0,
            "minutes" => 60.0,
            "hours" => 3_600.0,
            "days" => 86_400.0,
            "weeks" => 604_800.0,
            _ => return None,
        };
        // Years of seconds fit.
        #[allow(clippy::cast_possible_truncation, reason = "durations of tokens are small")]
        let whole = (count * unit) as i64;
        Some(sum + whole)
    })
}

/// What Python calls the type of a value.
pub(super) fn python_type(value: &Value) -> &'static str {
    match value {
        Value::Null => "NoneType",
        Value::Bool(_) => "bool",
        Value::Number(number) if number.is_f64() => "float",
        Value::Number(_) => "int",
        Value::String(_) => "str",
        Value::Array(_) => "list",
        Value::Object(_) => "dict",
    }
}

/// Puts the fields of one object over those of another.
pub(super) fn merge(into: &mut Map<String, Value>, from: Row) {
    for (key, value) in from {
        into.insert(key, value);
    }
}
