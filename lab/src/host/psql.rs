//! PostgreSQL as the lab's host plays it. It reads SQL as `psql` does: in
//! statements, with dollar-quoted texts. It understands the statements that
//! read and write Immich's settings, and says so of every other.

mod accounts;
mod statement;

use std::collections::BTreeMap;

use ring::digest;
use serde_json::{Map, Value, json};

use self::statement::{Statement, statements};
use super::{
    input::{Input, Piece},
    shell::{Ended, Voice},
};
use crate::immich::{Immich, Storage, Tables};

/// The exit status of a failed statement with `ON_ERROR_STOP`.
const FAILED: u32 = 3;

const READ: &str = "SELECT md5(value::text) || '|' || coalesce((value->'oauth')::text, 'null') \
                    FROM system_metadata WHERE key = 'system-config'";
const READ_ROWS: &str = "SELECT coalesce(md5(string_agg(key || '=' || value, ',' ORDER BY key)), 'none') || '|' || \
     coalesce(json_object_agg(key, value) FILTER (WHERE key LIKE 'oauth.%'), '{}')::text \
     FROM system_config";
const WRITE: &str = "INSERT INTO system_metadata (key, value) \
     SELECT 'system-config', jsonb_build_object('oauth', $?::jsonb) \
     WHERE coalesce((SELECT md5(value::text) FROM system_metadata WHERE key = 'system-config'), 'none') = '?' \
     ON CONFLICT (key) DO UPDATE SET value = jsonb_set(system_metadata.value, '{oauth}', \
     CASE jsonb_typeof(system_metadata.value->'oauth') \
     WHEN 'object' THEN system_metadata.value->'oauth' ELSE '{}'::jsonb \
     END || (EXCLUDED.value->'oauth'), true) \
     RETURNING 'written'";
const WRITE_ROWS: &str = "INSERT INTO system_config (key, value) \
     SELECT entry.key, entry.value::text FROM jsonb_each($?::jsonb) AS entry \
     WHERE coalesce((SELECT md5(string_agg(key || '=' || value, ',' ORDER BY key)) FROM system_config), 'none') = '?' \
     ON CONFLICT (key) DO UPDATE SET value = EXCLUDED.value \
     RETURNING 'written'";

/// What a write that is taken back does to the row: keys get their old values
/// or go, then a block and a row of which nothing is left.
const RESTORED: &str = "(CASE jsonb_typeof(value->'oauth') WHEN 'object' THEN value->'oauth' ELSE '{}'::jsonb END || $?::jsonb) - ARRAY(SELECT jsonb_array_elements_text($?::jsonb))";
const UNMOVED: &str = "coalesce((SELECT md5(value::text) FROM system_metadata WHERE key = 'system-config'), 'none') = '?' \
     RETURNING 'written'";
const RESTORE_ROWS: &str = "WITH gone AS ( DELETE FROM system_config \
     WHERE key IN (SELECT jsonb_array_elements_text($?::jsonb)) AND \
     coalesce((SELECT md5(string_agg(key || '=' || value, ',' ORDER BY key)) FROM system_config), 'none') = '?' \
     RETURNING 'written' ), back AS ( INSERT INTO system_config (key, value) \
     SELECT entry.key, entry.value FROM jsonb_each_text($?::jsonb) AS entry WHERE \
     coalesce((SELECT md5(string_agg(key || '=' || value, ',' ORDER BY key)) FROM system_config), 'none') = '?' \
     ON CONFLICT (key) DO UPDATE SET value = EXCLUDED.value RETURNING 'written' ) \
     SELECT * FROM gone UNION ALL SELECT * FROM back";

/// A session of `psql`: statements are performed as they come, and a
/// transaction that is not committed leaves nothing behind.
pub(super) async fn run(
    immich: &Immich,
    options: &[&str],
    input: &mut Input,
    voice: &Voice,
) -> Option<Ended> {
    let storage = immich.storage();
    let mut session = match Session::new(&storage, Some(immich), options) {
        Ok(session) => session,
        Err(ended) => return Some(ended),
    };
    loop {
        match input.next().await {
            Piece::Data(data) => match session.feed(&String::from_utf8_lossy(&data)) {
                Ok(rows) if rows.is_empty() => {}
                Ok(rows) => _ = voice.data_bytes(rows.into_bytes()).await,
                Err(ended) => return Some(ended),
            },
            Piece::End => return Some(Ended::default()),
            Piece::HungUp => return None,
        }
    }
}

struct Session<'a> {
    storage: &'a Storage,
    /// Whose accounts they are.
    immich: Option<&'a Immich>,
    /// What came and is no whole statement yet.
    text: String,
    open: Option<Transaction>,
}

/// What a transaction sees, and what it did.
struct Transaction {
    tables: Tables,
    did: Vec<Statement>,
}

impl<'a> Session<'a> {
    fn new(
        storage: &'a Storage,
        immich: Option<&'a Immich>,
        options: &[&str],
    ) -> Result<Self, Ended> {
        let database = options.iter().skip_while(|word| **word != "-d").nth(1);
        if let Some(name) = database.filter(|name| **name != "immich") {
            let text = format!(
                "psql: error: connection to server on socket failed: FATAL:  database \"{name}\" does not exist"
            );
            return Err(Ended::badly(2, text));
        }
        Ok(Self { storage, immich, text: String::new(), open: None })
    }

    /// Performs the statements that are whole now; the rows that they print.
    fn feed(&mut self, text: &str) -> Result<String, Ended> {
        self.text.push_str(text);
        let (statements, rest) = statements(&self.text);
        self.text = rest;
        let mut out = String::new();
        for statement in statements {
            let rows = self.perform(statement).map_err(|error| Ended {
                stdout: std::mem::take(&mut out),
                ..Ended::badly(FAILED, format!("psql:<stdin>:1: ERROR:  {error}"))
            })?;
            for row in rows {
                out.push_str(&format!("{row}\n"));
            }
        }
        Ok(out)
    }

    fn perform(&mut self, statement: Statement) -> Result<Vec<String>, String> {
        match (statement.shape.as_str(), self.open.take()) {
            ("BEGIN", _) => {
                let tables = self.storage.tables().clone();
                self.open = Some(Transaction { tables, did: Vec::new() });
                Ok(Vec::new())
            }
            ("COMMIT", open) => {
                // Whoever wrote meanwhile would have had to wait for the lock:
                // theirs comes on top of ours.
                let mut tables = self.storage.tables();
                for done in open.iter().flat_map(|open| &open.did) {
                    match self.immich.and_then(|immich| accounts::put(immich, done)) {
                        Some(rows) => _ = rows?,
                        None => _ = put(&mut tables, done)?,
                    }
                }
                Ok(Vec::new())
            }
            (_, Some(mut open)) => {
                let of_accounts =
                    self.immich.and_then(|immich| accounts::perform(immich, &statement));
                let rows = of_accounts.unwrap_or_else(|| perform(&mut open.tables, &statement))?;
                if rows.iter().any(|row| row == "written") {
                    open.did.push(statement);
                }
                self.open = Some(open);
                Ok(rows)
            }
            (_, None) => self
                .immich
                .and_then(|immich| accounts::perform(immich, &statement))
                .unwrap_or_else(|| perform(&mut self.storage.tables(), &statement)),
        }
    }
}

fn perform(tables: &mut Tables, statement: &Statement) -> Result<Vec<String>, String> {
    let shape = statement.shape.as_str();
    if shape.starts_with("SELECT set_config(") {
        return Ok(vec!["set".into()]);
    }
    if let Some(text) = shape.strip_prefix("SELECT '").and_then(|rest| rest.strip_suffix('\'')) {
        return Ok(vec![text.to_owned()]);
    }
    if shape.contains("system_config") && tables.rows.is_none() {
        return Err("relation \"system_config\" does not exist".into());
    }
    if shape.starts_with("LOCK TABLE system_") {
        return Ok(Vec::new());
    }
    match shape {
        READ => Ok(tables
            .metadata
            .iter()
            .map(|value| {
                format!(
                    "{}|{}",
                    md5(&text(value)),
                    text(value.get("oauth").unwrap_or(&Value::Null))
                )
            })
            .collect()),
        READ_ROWS => {
            let rows = tables.rows.iter().flatten();
            let ours = rows.filter(|(key, _)| key.starts_with("oauth."));
            let ours: Map<String, Value> =
                ours.map(|(key, value)| (key.clone(), value.clone().into())).collect();
            Ok(vec![format!("{}|{}", digest_of_rows(tables), Value::Object(ours))])
        }
        WRITE if is_due(statement, &digest_of_row(tables)) => put(tables, statement),
        WRITE_ROWS | RESTORE_ROWS if is_due(statement, &digest_of_rows(tables)) => {
            put(tables, statement)
        }
        WRITE | WRITE_ROWS | RESTORE_ROWS => Ok(Vec::new()),
        _ if Rest::of(shape).is_some() => {
            if is_due(statement, &digest_of_row(tables)) {
                put(tables, statement)
            } else {
                Ok(Vec::new())
            }
        }
        other => {
            let word = other.split(' ').next().unwrap_or_default();
            Err(format!(
                "the lab's PostgreSQL does not know this statement, which begins with {word}"
            ))
        }
    }
}

/// Whether what is stored is what the statement makes its condition.
fn is_due(statement: &Statement, digest: &str) -> bool {
    statement.digest.as_deref() == Some(digest)
}

fn put(tables: &mut Tables, statement: &Statement) -> Result<Vec<String>, String> {
    if let Some(rest) = Rest::of(&statement.shape) {
        return Ok(restore(tables, statement, rest));
    }
    if statement.shape == RESTORE_ROWS {
        return restore_rows(tables, statement);
    }
    let fields = fields(statement)?;
    let written = fields.len();
    if statement.shape == WRITE_ROWS {
        let rows = tables.rows.get_or_insert_with(BTreeMap::new);
        rows.extend(fields.into_iter().map(|(key, value)| (key, value.to_string())));
        return Ok(vec!["written".into(); written]);
    }
    let row = tables.metadata.get_or_insert_with(|| Value::Object(Map::new()));
    let row = row.as_object_mut().ok_or("cannot set path in scalar")?;
    match row.get_mut("oauth").and_then(Value::as_object_mut) {
        Some(oauth) => oauth.extend(fields),
        None => drop(row.insert("oauth".into(), Value::Object(fields))),
    }
    Ok(vec!["written".into()])
}

/// What goes when a write is taken back.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Rest {
    Row,
    Block,
    Keys,
}

impl Rest {
    /// What the statement of that shape takes away.
    fn of(shape: &str) -> Option<Self> {
        let ours = "WHERE key = 'system-config' AND";
        let row = format!(
            "DELETE FROM system_metadata {ours} value - 'oauth' = '{{}}'::jsonb AND {RESTORED} = '{{}}'::jsonb AND {UNMOVED}"
        );
        let block = format!(
            "UPDATE system_metadata SET value = value - 'oauth' {ours} {RESTORED} = '{{}}'::jsonb AND {UNMOVED}"
        );
        let keys = format!(
            "UPDATE system_metadata SET value = jsonb_set(value, '{{oauth}}', {RESTORED}) {ours} {UNMOVED}"
        );
        [(row, Self::Row), (block, Self::Block), (keys, Self::Keys)]
            .into_iter()
            .find_map(|(known, rest)| (known == shape).then_some(rest))
    }
}

fn restore(tables: &mut Tables, statement: &Statement, rest: Rest) -> Vec<String> {
    let Some(row) = &mut tables.metadata else { return Vec::new() };
    let json = |at: usize| {
        let text = statement.dollars.get(at).map_or("", String::as_str);
        serde_json::from_str::<Value>(text).unwrap_or_default()
    };
    let mut oauth = row.get("oauth").and_then(Value::as_object).cloned().unwrap_or_default();
    oauth.extend(json(0).as_object().cloned().unwrap_or_default());
    let gone = json(1);
    oauth.retain(|key, _| !gone.as_array().is_some_and(|keys| keys.contains(&json!(key))));
    let Some(blocks) = row.as_object_mut() else { return Vec::new() };
    let only_ours = blocks.keys().all(|key| key == "oauth");
    match rest {
        Rest::Row if oauth.is_empty() && only_ours => tables.metadata = None,
        Rest::Block if oauth.is_empty() => drop(blocks.remove("oauth")),
        Rest::Keys => drop(blocks.insert("oauth".into(), Value::Object(oauth))),
        Rest::Row | Rest::Block => return Vec::new(),
    }
    vec!["written".into()]
}

fn restore_rows(tables: &mut Tables, statement: &Statement) -> Result<Vec<String>, String> {
    let invalid = || "invalid input syntax for type json".to_owned();
    let text = |at: usize| statement.dollars.get(at).map_or("", String::as_str);
    let gone: Vec<String> = serde_json::from_str(text(0)).map_err(|_| invalid())?;
    let back: Map<String, Value> = serde_json::from_str(text(1)).map_err(|_| invalid())?;
    let rows = tables.rows.get_or_insert_with(BTreeMap::new);
    rows.retain(|key, _| !gone.contains(key));
    rows.extend(back.into_iter().map(|(key, value)| {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        (key, text)
    }));
    Ok(vec!["written".into()])
}

fn fields(statement: &Statement) -> Result<Map<String, Value>, String> {
    let text = statement.dollars.first().ok_or("syntax error at end of input")?;
    serde_json::from_str(text).map_err(|_| "invalid input syntax for type json".to_owned())
}

/// `jsonb` has an order of its own for keys.
fn text(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let mut pairs: Vec<_> = map.iter().collect();
            pairs.sort_by_key(|(key, _)| (key.len(), *key));
            let pairs: Vec<String> = pairs
                .iter()
                .map(|(key, value)| format!("{}: {}", Value::from(key.as_str()), text(value)))
                .collect();
            format!("{{{}}}", pairs.join(", "))
        }
        other => other.to_string(),
    }
}

fn digest_of_row(tables: &Tables) -> String {
    tables.metadata.as_ref().map_or_else(|| "none".into(), |value| md5(&text(value)))
}

fn digest_of_rows(tables: &Tables) -> String {
    let rows: Vec<String> =
        tables.rows.iter().flatten().map(|(key, value)| format!("{key}={value}")).collect();
    if rows.is_empty() { "none".into() } else { md5(&rows.join(",")) }
}

/// Stands for `md5`: as long, and as good at telling two texts apart.
fn md5(text: &str) -> String {
    let hash = digest::digest(&digest::SHA256, text.as_bytes());
    hash.as_ref()[..16].iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Version, immich::StorageKind};

    fn ask(storage: &Storage, sql: &str) -> Ended {
        let mut session = Session::new(storage, None, &["-U", "postgres", "-d", "immich"]).unwrap();
        session.feed(sql).map_or_else(|ended| ended, Ended::well)
    }

    #[test]
    fn what_it_does_not_know_fails_as_in_postgresql() {
        let storage = Storage::new(&Version::new(2, 7, 5), StorageKind::Database);
        let ended =
            ask(&storage, "UPDATE system_config SET value = 'true' WHERE key = 'oauth.enabled';");
        assert_eq!(ended.status, FAILED);
        assert!(ended.stderr.contains("relation \"system_config\" does not exist"), "{ended:?}");
        let ended = ask(&storage, "DROP TABLE assets;");
        assert_eq!(ended.status, FAILED);
        assert!(ended.stderr.contains("DROP"), "{ended:?}");
    }
}
