//! The statements that read and write settings, one form for the single row of
//! today and one for the rows of up to 1.105.

use serde_json::Value;

use crate::{
    immich::{Absent, settings::CLIENT_SECRET, sql::quoted},
    net::{Json, Template},
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

/// The fields of an object.
fn fields_of(object: &Json) -> &[(String, Json)] {
    if let Json::Object(fields) = object { fields } else { &[] }
}

/// A change taken back: keys that were not there go, the others get their old
/// values; a block or a row of which nothing is left goes, if it was not there.
/// Each statement holds for the digest that was planned on, so that at most one
/// of them does something.
pub(super) fn restore_row(
    absent: &Absent,
    fields: &Json,
    gone: &[String],
    basis: &str,
) -> Template {
    let unmoved = row_is(basis);
    let gone = Value::from(gone.to_vec()).to_string();
    let rest = joined![
        "(CASE jsonb_typeof(value->'oauth') WHEN 'object' THEN value->'oauth' ELSE '{}'::jsonb END || ",
        quoted(&spelled(fields, absent)),
        "::jsonb) - ARRAY(SELECT jsonb_array_elements_text(",
        quoted(&gone.into()),
        "::jsonb))",
    ];
    let mut sql = Template::from("LOCK TABLE system_metadata IN SHARE ROW EXCLUSIVE MODE;\n");
    if absent.place {
        sql.push(joined![
            "DELETE FROM system_metadata
WHERE key = 'system-config' AND value - 'oauth' = '{}'::jsonb AND ",
            &rest,
            format!(" = '{{}}'::jsonb\nAND {unmoved}\nRETURNING 'written';\n"),
        ]);
    }
    if absent.block {
        sql.push(joined![
            "UPDATE system_metadata SET value = value - 'oauth'\nWHERE key = 'system-config' AND ",
            &rest,
            format!(" = '{{}}'::jsonb\nAND {unmoved}\nRETURNING 'written';\n"),
        ]);
    }
    sql.push(joined![
        "UPDATE system_metadata SET value = jsonb_set(value, '{oauth}', ",
        rest,
        format!(")\nWHERE key = 'system-config' AND {unmoved}\nRETURNING 'written';\n"),
    ]);
    sql
}

/// The fields as a JSON text, those as they were spelled that are spelled oddly.
fn spelled(fields: &Json, absent: &Absent) -> Template {
    let mut all = Template::from("{");
    for (at, (key, value)) in fields_of(fields).iter().enumerate() {
        all.push(if at == 0 { "" } else { "," });
        all.push(format!("{}:", Value::from(key.as_str())));
        all.push(absent.texts.get(key).map_or_else(|| value.text(), |text| text.as_str().into()));
    }
    all.push("}");
    all
}

/// The same where each setting is a row, whose text comes back as it was.
pub(super) fn restore_rows(
    absent: &Absent,
    fields: &Json,
    gone: &[String],
    basis: &str,
) -> Template {
    let mut texts = Template::from("{");
    for (at, (key, value)) in fields_of(fields).iter().enumerate() {
        let is_bare = key == CLIENT_SECRET && absent.bare_secret;
        texts.push(if at == 0 { "" } else { "," });
        texts.push(format!("{}:", Value::from(format!("oauth.{key}"))));
        texts.push(match absent.texts.get(key) {
            _ if is_bare => value.text(),
            Some(text) => Value::from(text.as_str()).to_string().into(),
            None => value.text().as_json(),
        });
    }
    texts.push("}");
    let gone: Value = gone.iter().map(|key| format!("oauth.{key}")).collect();
    let unmoved = rows_are(basis);
    joined![
        "LOCK TABLE system_config IN SHARE ROW EXCLUSIVE MODE;
WITH gone AS (
DELETE FROM system_config
WHERE key IN (SELECT jsonb_array_elements_text(",
        quoted(&gone.to_string().into()),
        format!(
            "::jsonb))
AND {unmoved}
RETURNING 'written'
), back AS (
INSERT INTO system_config (key, value)
SELECT entry.key, entry.value FROM jsonb_each_text("
        ),
        quoted(&texts),
        format!(
            "::jsonb) AS entry
WHERE {unmoved}
ON CONFLICT (key) DO UPDATE SET value = EXCLUDED.value
RETURNING 'written'
) SELECT * FROM gone UNION ALL SELECT * FROM back;
"
        ),
    ]
}

/// Our keys into the row's oauth object; all else in the row stays. Another
/// digest than the one that was planned on: nothing is written.
pub(super) fn write_row(fields: &Json, basis: &str) -> Template {
    let unmoved = row_is(basis);
    joined![
        "LOCK TABLE system_metadata IN SHARE ROW EXCLUSIVE MODE;
INSERT INTO system_metadata (key, value)
SELECT 'system-config', jsonb_build_object('oauth', ",
        quoted(&fields.text()),
        format!(
            "::jsonb)
WHERE {unmoved}
ON CONFLICT (key) DO UPDATE
SET value = jsonb_set(system_metadata.value, '{{oauth}}',
            CASE jsonb_typeof(system_metadata.value->'oauth')
            WHEN 'object' THEN system_metadata.value->'oauth' ELSE '{{}}'::jsonb
            END || (EXCLUDED.value->'oauth'), true)
RETURNING 'written';
"
        ),
    ]
}

/// Our keys as rows, each value as the JSON text that Immich parses: a bare
/// text, such as the tutorial writes, keeps Immich from starting.
pub(super) fn write_rows(fields: &Json, basis: &str) -> Template {
    let keyed =
        fields_of(fields).iter().map(|(key, value)| (format!("oauth.{key}"), value.clone()));
    let unmoved = rows_are(basis);
    joined![
        "LOCK TABLE system_config IN SHARE ROW EXCLUSIVE MODE;
INSERT INTO system_config (key, value)
SELECT entry.key, entry.value::text FROM jsonb_each(",
        quoted(&Json::Object(keyed.collect()).text()),
        format!(
            "::jsonb) AS entry
WHERE {unmoved}
ON CONFLICT (key) DO UPDATE SET value = EXCLUDED.value
RETURNING 'written';
"
        ),
    ]
}
