//! The route into Immich's database: SQL on the standard input of `psql` in the
//! PostgreSQL container, over SSH, in one transaction.

use futures::future::{BoxFuture, FutureExt};
use serde_json::{Map, Value};

use super::{Check, Release, Route, kept, moved, stored};
use crate::{
    host::{Host, Psql},
    immich::{Fields, SettingsChange, Stored, answers::fault, dialect::has_rows},
    secret::Secret,
    site::{Fault, FaultKind, HostProfile, Version},
};

/// The settings of 1.106 and later: one row, which holds only what differs from
/// the defaults; on a fresh server it is not there. Others' secrets stay there.
const READ: &str = "\
SELECT md5(value::text) || '|' || coalesce((value->'oauth')::text, 'null')
FROM system_metadata WHERE key = 'system-config';
";

/// The settings up to 1.105: a row for each that differs from its default, its
/// value a JSON text.
const READ_ROWS: &str = "\
SELECT coalesce(md5(string_agg(key || '=' || value, ',' ORDER BY key)), 'none') || '|' ||
       coalesce(json_object_agg(key, value) FILTER (WHERE key LIKE 'oauth.%'), '{}')::text
FROM system_config;
";

/// PostgreSQL writes a statement that fails into its log, secret and all,
/// unless it is told not to; only a superuser may, and Immich's user is one
/// where it was set up as documented.
const SILENCE: &str = "\
SELECT set_config('log_min_error_statement', 'panic', true), set_config('log_statement', 'none', true),
       set_config('log_min_duration_statement', '-1', true)
WHERE current_setting('is_superuser') = 'on';
";

/// A transaction that waits keeps others from changing settings: not for long,
/// even when this machine is gone meanwhile. Nor does it wait for others long.
const BOUNDS: &str = "\
SELECT set_config('idle_in_transaction_session_timeout', '20s', true), set_config('lock_timeout', '5s', true);
";
/// What stands for a secret that is shown.
const DOTS: &str = "••••••••";

/// What the digest of nothing is.
const NONE: &str = "none";

/// See the module.
pub(super) struct Database<'a> {
    host: &'a Host,
    psql: Psql<'a>,
    rows: bool,
}

impl<'a> Database<'a> {
    pub(super) const fn of(host: &'a Host, psql: Psql<'a>, rows: bool) -> Self {
        Self { host, psql, rows }
    }

    pub(super) fn new(host: &'a Host, profile: &'a HostProfile, version: &Version) -> Self {
        let psql = Psql {
            container: &profile.postgres_container,
            user: &profile.database_user,
            database: &profile.database,
        };
        Self::of(host, psql, has_rows(version))
    }

    async fn select(&self) -> Result<Stored, Fault> {
        let sql = if self.rows { READ_ROWS } else { READ };
        let answer = self.host.psql(&self.psql, sql).await?;
        let line = answer.trim();
        let is_there = line.contains('|');
        let (basis, text) = line.split_once('|').unwrap_or((NONE, "null"));
        let value: Value = serde_json::from_str(text).map_err(|error| {
            fault(FaultKind::Unexpected, "read Immich's settings from its database")
                .answered(error.to_string())
        })?;
        let oauth = if self.rows { from_rows(&value) } else { value.as_object().cloned() };
        Ok(stored(oauth.as_ref(), basis.to_owned(), is_there))
    }

    async fn transact(
        &self,
        change: &SettingsChange,
        secret: Option<&Secret>,
        basis: &str,
    ) -> Result<(), Fault> {
        let sql = format!("{}COMMIT;\n", self.statements(change, secret, basis)?);
        let answer = self.host.psql(&self.psql, &sql).await?;
        if !answer.lines().any(|line| line.trim() == "written") {
            return Err(moved());
        }
        kept(change, secret, &self.select().await?)
    }

    async fn begin<'b>(
        &'b self,
        change: &'b SettingsChange,
        secret: Option<&'b Secret>,
        basis: &str,
    ) -> Result<Release<'b>, Fault> {
        let sql = self.statements(change, secret, basis)?;
        let prepared = self.host.prepare_sql(&self.psql, &bounded(&sql)).await?;
        let release = async move {
            prepared.release().await?;
            let check: Check<'b> =
                async move { kept(change, secret, &self.select().await?) }.boxed();
            Ok(check)
        };
        Ok(release.boxed())
    }

    /// The statements of a change, all but the `COMMIT`.
    fn statements(
        &self,
        change: &SettingsChange,
        secret: Option<&Secret>,
        basis: &str,
    ) -> Result<String, Fault> {
        let (fields, gone) = change.parted(secret);
        if Value::Object(fields.clone()).to_string().contains("\\u0000") {
            return Err(fault(FaultKind::Refused, "write Immich's settings")
                .answered("a value holds a NUL character, which PostgreSQL cannot keep"));
        }
        // A basis may come out of a plan's file, and it stands in the SQL: what
        // no reading can have given is not the state of now.
        if !basis.chars().all(|c| c.is_ascii_alphanumeric()) {
            return Err(moved());
        }
        let tag = tag(&fields)?;
        Ok(self.write(change, (&fields, &gone), basis, &tag))
    }

    fn write(
        &self,
        change: &SettingsChange,
        (fields, gone): (&Fields, &[String]),
        basis: &str,
        tag: &str,
    ) -> String {
        let gone = Value::from(gone.to_vec());
        match (self.rows, change.takes_back()) {
            (false, false) => write_row(fields, basis, tag),
            (false, true) => restore_row(change, fields, &gone, basis, tag),
            (true, false) => write_rows(fields, basis, tag),
            (true, true) => restore_rows(fields, &gone, basis, tag),
        }
    }

    /// What is shown of a change.
    fn shown(&self, change: &SettingsChange) -> String {
        let (fields, gone) = change.parted(Some(&Secret::new(DOTS)));
        let basis = "(the digest of what is stored now)";
        self.write(change, (&fields, &gone), basis, "wz_(random)")
    }
}

/// The same transaction with its patience bounded.
fn bounded(sql: &str) -> String {
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
fn restore_row(
    change: &SettingsChange,
    fields: &Fields,
    gone: &Value,
    basis: &str,
    tag: &str,
) -> String {
    let set = Value::Object(fields.clone());
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

/// The same where each setting is a row.
fn restore_rows(fields: &Fields, gone: &Value, basis: &str, tag: &str) -> String {
    let json = Value::Object(keyed(fields));
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
SELECT entry.key, entry.value::text FROM jsonb_each(${tag}${json}${tag}$::jsonb) AS entry
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
fn write_row(fields: &Fields, basis: &str, tag: &str) -> String {
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
fn write_rows(fields: &Fields, basis: &str, tag: &str) -> String {
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

/// A tag for dollar quoting that does not occur in what is quoted: random, so
/// that no value can be made to hold it.
/// See <https://www.postgresql.org/docs/current/sql-syntax-lexical.html>.
fn tag(fields: &Fields) -> Result<String, Fault> {
    let text = Value::Object(fields.clone()).to_string();
    loop {
        let mut bytes = [0_u8; 8];
        getrandom::fill(&mut bytes).map_err(|error| {
            fault(FaultKind::Crashed, "quote a value").answered(error.to_string())
        })?;
        let tag: String = "wz_"
            .chars()
            .chain(bytes.iter().flat_map(|byte| format!("{byte:02x}").chars().collect::<Vec<_>>()))
            .collect();
        if !text.contains(&tag) {
            return Ok(tag);
        }
    }
}

/// A value that is no JSON is shown as it is: Immich would not start with it.
fn from_rows(value: &Value) -> Option<Map<String, Value>> {
    let rows = value.as_object()?;
    let ours = rows.iter().filter_map(|(key, value)| {
        let key = key.strip_prefix("oauth.")?;
        let text = value.as_str()?;
        let value = serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned()));
        Some((key.to_owned(), value))
    });
    Some(ours.collect())
}

impl Route for Database<'_> {
    fn exact(&self, change: &SettingsChange) -> String {
        format!("{}\n\n{}COMMIT;\n", self.host.psql_command(&self.psql), self.shown(change))
    }

    fn exact_prepared(&self, change: &SettingsChange) -> String {
        format!(
            "{}\n\nbeforehand:\n{}SELECT 'ready';\n\nand at the moment of the switch:\nCOMMIT;\n",
            self.host.psql_command(&self.psql),
            bounded(&self.shown(change))
        )
    }

    fn read(&self) -> BoxFuture<'_, Result<Stored, Fault>> {
        self.select().boxed()
    }

    fn write<'a>(
        &'a self,
        change: &'a SettingsChange,
        secret: Option<&'a Secret>,
        basis: &'a str,
    ) -> BoxFuture<'a, Result<(), Fault>> {
        self.transact(change, secret, basis).boxed()
    }

    fn prepare<'a>(
        &'a self,
        change: &'a SettingsChange,
        secret: Option<&'a Secret>,
        basis: &'a str,
    ) -> BoxFuture<'a, Result<Release<'a>, Fault>> {
        self.begin(change, secret, basis).boxed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_never_occurs_in_what_it_quotes() {
        let fields: Fields = [("clientId".to_owned(), "$wz_$".into())].into_iter().collect();
        let (one, other) = (tag(&fields).unwrap(), tag(&fields).unwrap());
        assert_ne!(one, other);
        assert!(one.starts_with("wz_") && one.len() == 19, "{one}");
    }

    #[test]
    fn rows_are_read_as_json_and_broken_ones_as_they_are() {
        let rows = serde_json::json!({
            "oauth.enabled": "true",
            "oauth.clientId": "\"immich\"",
            "oauth.issuerUrl": "https://auth.example.com",
            "ffmpeg.crf": "23",
        });
        let oauth = from_rows(&rows).unwrap();
        assert_eq!(oauth["enabled"], true);
        assert_eq!(oauth["clientId"], "immich");
        assert_eq!(oauth["issuerUrl"], "https://auth.example.com");
        assert_eq!(oauth.len(), 3);
    }
}
