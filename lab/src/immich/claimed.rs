//! What the provider's claims make of a user: role, quota, storage label.

use serde_json::Value;

use super::edition::Edition;

/// One GiB in bytes: the unit of a quota's claim.
const GIB: f64 = 1_073_741_824.0;

/// Names of files that Windows has taken, with which no label may be called.
const RESERVED: [&str; 4] = ["con", "prn", "aux", "nul"];

/// What a claim says of the role: whether it makes an administrator. `None`:
/// nothing that Immich knows.
pub(super) fn is_admin(edition: &Edition, claim: &Value) -> Option<bool> {
    if !edition.has_roles() {
        return None;
    }
    let roles = match claim {
        Value::Array(roles) if edition.takes_role_at_each_login() => roles.as_slice(),
        one => std::slice::from_ref(one),
    };
    let has = |name: &str| roles.iter().any(|role| role == name);
    if has("admin") { Some(true) } else { has("user").then_some(false) }
}

/// A quota in bytes that the database cannot keep: no whole number, or too
/// large a one.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unstorable;

/// The quota in bytes that a claim in GiB gives; `default`, in GiB too, where
/// the claim says nothing of use. `None`: without limit.
pub(super) fn quota(claim: &Value, default: &Value) -> Result<Option<u64>, Unstorable> {
    let claimed = number(claim).filter(|gib| *gib >= 0.0).or_else(|| default.as_f64());
    let Some(bytes) = claimed.map(|gib| gib * GIB) else { return Ok(None) };
    if !bytes.is_finite() || bytes.fract() != 0.0 || bytes >= 9_223_372_036_854_775_808.0 {
        return Err(Unstorable);
    }
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a whole number from 0 to 2^63"
    )]
    let whole = bytes as u64;
    Ok(Some(whole))
}

/// A claim as JavaScript makes a number of it; `None`: it is none, or there is
/// no claim.
fn number(claim: &Value) -> Option<f64> {
    match claim {
        Value::Null | Value::Object(_) => None,
        Value::Bool(yes) => Some(f64::from(u8::from(*yes))),
        Value::Number(number) => number.as_f64(),
        Value::String(text) => match text.trim() {
            "" => Some(0.0),
            "Infinity" => Some(f64::INFINITY),
            // What Rust reads beside digits, JavaScript does not.
            text if text.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c)) => {
                text.parse().ok().filter(|number: &f64| number.is_finite())
            }
            _ => None,
        },
        Value::Array(items) => match items.as_slice() {
            [] => Some(0.0),
            [one] => number(one),
            _ => None,
        },
    }
}

/// The storage label that a claim gives: its text without what a folder's name
/// may not have.
pub(super) fn label(claim: &Value) -> Option<String> {
    let text = claim.as_str()?.replace('.', "");
    let clean: String =
        text.chars().filter(|c| !c.is_control() && !"/?<>\\:*|\"".contains(*c)).collect();
    let clean = clean.trim_end_matches(' ');
    let is_reserved = RESERVED.contains(&clean.to_ascii_lowercase().as_str());
    Some(if is_reserved { String::new() } else { clean.to_owned() })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn quotas_are_those_that_were_measured() {
        let gib = 1_073_741_824;
        for (claim, bytes) in [
            (json!(5), 5 * gib),
            (json!("5"), 5 * gib),
            (json!([5]), 5 * gib),
            (json!(1.5), 1_610_612_736),
            (json!("5.5"), 5_905_580_032),
            (json!("1e3"), 1_073_741_824_000),
            (json!(0), 0),
            (json!(""), 0),
            (json!(true), gib),
        ] {
            assert_eq!(quota(&claim, &Value::Null), Ok(Some(bytes)), "{claim}");
        }
        for claim in [json!(-1), json!("abc"), json!("5 GB"), json!("NaN"), Value::Null] {
            assert_eq!(quota(&claim, &Value::Null), Ok(None), "{claim}");
            assert_eq!(quota(&claim, &json!(3)), Ok(Some(3 * gib)), "{claim}");
        }
        for claim in [json!(0.3), json!(1e12), json!("Infinity")] {
            assert_eq!(quota(&claim, &Value::Null), Err(Unstorable), "{claim}");
        }
    }

    #[test]
    fn labels_are_those_that_were_measured() {
        for (claim, kept) in [
            ("dave@example.com", "dave@examplecom"),
            ("a/b\\c", "abc"),
            ("..", ""),
            ("../..", ""),
            ("con", ""),
            ("Jürgen ß", "Jürgen ß"),
        ] {
            assert_eq!(label(&json!(claim)).as_deref(), Some(kept), "{claim}");
        }
        assert_eq!(label(&json!(42)), None);
        assert_eq!(label(&Value::Null), None);
    }
}
