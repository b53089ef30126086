//! The statements that read and write settings, one form for the single row of
//! today and one for the rows of up to 1.105.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::immich::{
    Absent, Fields, SettingsChange,
    settings::CLIENT_SECRET,
    sql::{BOUNDS, SILENCE},
};

/// The settings of 1.106 and later: one row, which holds only what differs from
/// the defaults; on a fresh server it is not there. Others' secrets stay there.
pub(super) const READ: &str = "\
SELECT md5(value::text) || '|' || coalesce((value->'oauth')::text, 'null')
FROM system_metadata WHERE key = 'system-config';
";

/// The settings up to 1.105: a row for each that differs from its default, its
/// value a JSON text.
pub(super) const READ_ROWS: &str = "\
SELECT coalesce(md5(string_agg(key || '=' || value, ',' ORDER BY key)), 'none') || '|' ||
       coalesce(json_object_agg(key, value) FILTER (WHERE key LIKE 'oauth.%'), '{}')::text
FROM system_config;
";
/// The same transaction with its patience bounded.
pub(super) fn bounded(sql: &str) -> String {
    sql.replacen("BEGIN;\n", &format!("BEGIN;\n{BOUNDS}"), 1)
}

/// The condition under which the row is the one that was planned on.
fn row_is(basis: &str) -> String {
    format!(
        "coalesce((SELECT md5(value::text) FROM system_metadata WHERE key = 'system-config'), 'none') = '{basis}'"
    )
}

/// The same for rows.
fn rows_are(basis: &str) -> String {
    format!(
        "coalesce((SELECT md5(string_agg(key || '=' || value, ',' ORDER BY key)) FROM system_config), 'none') = '{basis}'"
    )
}

/// A change taken back: keys that were not there go, the others get their old
/// values; a block or a row of which nothing is left goes, if it was not there.
/// Each statement holds for the digest that was planned on, so that at most one
/// of them does something.
pub(super) fn restore_row(
    change: &SettingsChange,
    fields: &Fields,
    gone: &Value,
    basis: &str,
    tag: &str,
) -> String {
    let set = spelled(fields, &change.absent.texts);
    let unmoved = row_is(basis);
    let rest = format!(
        "(CASE jsonb_typeof(value->'oauth') WHEN 'object' THEN value->'oauth' ELSE '{{}}'::jsonb END || ${tag}${set}${tag}$::jsonb) - ARRAY(SELECT jsonb_array_elements_text(${tag}${gone}${tag}$::jsonb))"
    );
    let mut sql =
        format!("BEGIN;\n{SILENCE}LOCK TABLE system_metadata IN SHARE ROW EXCLUSIVE MODE;\n");
    if change.absent.place {
        sql.push_str(&format!(
            "DELETE FROM system_metadata
WHERE key = 'system-config' AND value - 'oauth' = '{{}}'::jsonb AND {rest} = '{{}}'::jsonb
AND {unmoved}
RETURNING 'written';
"
        ));
    }
    if change.absent.block {
        sql.push_str(&format!(
            "UPDATE system_metadata SET value = value - 'oauth'
WHERE key = 'system-config' AND {rest} = '{{}}'::jsonb
AND {unmoved}
RETURNING 'written';
"
        ));
    }
    sql.push_str(&format!(
        "UPDATE system_metadata SET value = jsonb_set(value, '{{oauth}}', {rest})
WHERE key = 'system-config' AND {unmoved}
RETURNING 'written';
"
    ));
    sql
}

/// The fields as a JSON text, those as they were spelled that are spelled oddly.
fn spelled(fields: &Fields, odd: &BTreeMap<String, String>) -> String {
    let members = fields.iter().map(|(key, value)| {
        let text = odd.get(key).cloned().unwrap_or_else(|| value.to_string());
        format!("{}:{text}", Value::from(key.as_str()))
    });
    format!("{{{}}}", members.collect::<Vec<_>>().join(","))
}

/// The same where each setting is a row, whose text comes back as it was.
pub(super) fn restore_rows(
    absent: &Absent,
    fields: &Fields,
    gone: &Value,
    basis: &str,
    tag: &str,
) -> String {
    let texts = fields.iter().map(|(key, value)| {
        let bare = (key == CLIENT_SECRET && absent.bare_secret).then(|| value.as_str()).flatten();
        let odd = bare.or_else(|| absent.texts.get(key).map(String::as_str));
        let text = odd.map_or_else(|| value.to_string(), str::to_owned);
        (format!("oauth.{key}"), Value::from(text))
    });
    let json = Value::Object(texts.collect());
    let gone: Value = gone
        .as_array()
        .map(|keys| {
            keys.iter().filter_map(Value::as_str).map(|key| format!("oauth.{key}")).collect()
        })
        .unwrap_or_default();
    let unmoved = rows_are(basis);
    format!(
        "BEGIN;
{SILENCE}LOCK TABLE system_config IN SHARE ROW EXCLUSIVE MODE;
WITH gone AS (
DELETE FROM system_config
WHERE key IN (SELECT jsonb_array_elements_text(${tag}${gone}${tag}$::jsonb))
AND {unmoved}
RETURNING 'written'
), back AS (
INSERT INTO system_config (key, value)
SELECT entry.key, entry.value FROM jsonb_each_text(${tag}${json}${tag}$::jsonb) AS entry
WHERE {unmoved}
ON CONFLICT (key) DO UPDATE SET value = EXCLUDED.value
RETURNING 'written'
) SELECT * FROM gone UNION ALL SELECT * FROM back;
"
    )
}

/// The fields under the names that their rows have.
fn keyed(fields: &Fields) -> Map<String, Value> {
    fields.iter().map(|(key, value)| (format!("oauth.{key}"), value.clone())).collect()
}

/// Our keys into the row's oauth object; all else in the row stays. Another
/// digest than the one that was planned on: nothing is written.
pub(super) fn write_row(fields: &Fields, basis: &str, tag: &str) -> String {
    let json = Value::Object(fields.clone());
    let unmoved = row_is(basis);
    format!(
        "BEGIN;
{SILENCE}LOCK TABLE system_metadata IN SHARE ROW EXCLUSIVE MODE;
INSERT INTO system_metadata (key, value)
SELECT 'system-config', jsonb_build_object('oauth', ${tag}${json}${tag}$::jsonb)
WHERE {unmoved}
ON CONFLICT (key) DO UPDATE
SET value = jsonb_set(system_metadata.value, '{{oauth}}',
            CASE jsonb_typeof(system_metadata.value->'oauth')
            WHEN 'object' THEN system_metadata.value->'oauth' ELSE '{{}}'::jsonb
            END || (EXCLUDED.value->'oauth'), true)
RETURNING 'written';
"
    )
}

/// Our keys as rows, each value as the JSON text that Immich parses: a bare
/// text, such as the tutorial writes, keeps Immich from starting.
pub(super) fn write_rows(fields: &Fields, basis: &str, tag: &str) -> String {
    let json = Value::Object(keyed(fields));
    let unmoved = rows_are(basis);
    format!(
        "BEGIN;
{SILENCE}LOCK TABLE system_config IN SHARE ROW EXCLUSIVE MODE;
INSERT INTO system_config (key, value)
SELECT entry.key, entry.value::text FROM jsonb_each(${tag}${json}${tag}$::jsonb) AS entry
WHERE {unmoved}
ON CONFLICT (key) DO UPDATE SET value = EXCLUDED.value
RETURNING 'written';
"
    )
}
