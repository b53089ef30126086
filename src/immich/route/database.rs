//! The route into Immich's database: SQL on the standard input of `psql` in the
//! PostgreSQL container, over SSH, in one transaction.

mod statements;

use std::collections::BTreeMap;

use futures::future::{BoxFuture, FutureExt};
use serde_json::{Map, Value};

use self::statements::{
    READ, READ_ROWS, bounded, restore_row, restore_rows, write_row, write_rows,
};
use super::{
    CarriedOut, Check, Release, Route,
    error::{READ_DATABASE, RouteError, WRITE},
    kept, moved,
    splice::{self, SpliceError},
    stored,
};
use crate::{
    host::{self, Host, Psql},
    immich::{
        Fields, SettingsChange, Stored, dialect::has_rows, settings::CLIENT_SECRET, sql::tag,
    },
    secret::Secret,
    site::{Fault, HostProfile, Version},
};

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
        understood(&self.host.psql(&self.psql, sql).await?, self.rows)
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
            let took = prepared.release().await?;
            let check: Check<'b> =
                async move { kept(change, secret, &self.select().await?) }.boxed();
            Ok(CarriedOut { took, check })
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
        let text = Value::Object(fields.clone()).to_string();
        if text.contains("\\u0000") {
            return Err(Fault::of(&RouteError::NulCharacter, WRITE));
        }
        // A basis may come out of a plan's file, and it stands in the SQL: what
        // no reading can have given is not the state of now.
        if !basis.chars().all(|c| c.is_ascii_alphanumeric()) {
            return Err(moved());
        }
        let tag = tag(&text)?;
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
            (true, true) => restore_rows(&change.absent, fields, &gone, basis, tag),
        }
    }

    /// What is shown of a change.
    fn shown(&self, change: &SettingsChange) -> String {
        let (fields, gone) = change.parted(Some(&Secret::new(DOTS)));
        let basis = word!("(the digest of what is stored now)");
        self.write(change, (&fields, &gone), basis, word!("wz_(random)"))
    }
}
/// What the database answered: a digest, and what is stored, as rows or as one
/// object.
///
/// # Errors
/// When it is not one line, or not readable to the last digit.
fn understood(answer: &str, rows: bool) -> Result<Stored, Fault> {
    let line = answer.trim();
    if line.lines().count() > 1 {
        return Err(Fault::of(&RouteError::Lines, READ_DATABASE));
    }
    let is_there = line.contains('|');
    let (basis, text) = line.split_once('|').unwrap_or((NONE, "null"));
    let value = parsed(text)?;
    let oauth = if rows { from_rows(&value) } else { value.as_object().cloned() };
    let mut found = stored(oauth.as_ref(), basis.to_owned(), is_there);
    if rows {
        found.texts = odd_texts(&value);
        let is_bare = |text: String| !splice::is_json(&text);
        found.bare_secret = found.texts.remove(CLIENT_SECRET).is_some_and(is_bare);
    } else if oauth.is_some() {
        found.texts = splice::odd_members(text).unwrap_or_default().into_iter().collect();
        found.texts.remove(CLIENT_SECRET);
    }
    Ok(found)
}

/// What a row's oauth block says. One that is no object counts as none.
fn parsed(text: &str) -> Result<Value, Fault> {
    match splice::read(text) {
        Ok(value) => Ok(value),
        Err(SpliceError::NotAnObject { .. }) => Ok(Value::Null),
        Err(why) => Err(Fault::of(&RouteError::Row(why), READ_DATABASE)),
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

/// A value as Immich spells it in a row.
fn spelled(value: &Value) -> String {
    value.to_string()
}

/// The texts of rows that are spelled otherwise than Immich spells them.
fn odd_texts(value: &Value) -> BTreeMap<String, String> {
    let rows = value.as_object().into_iter().flatten();
    rows.filter_map(|(key, value)| {
        let (key, text) = (key.strip_prefix("oauth.")?, value.as_str()?);
        let same = serde_json::from_str::<Value>(text).is_ok_and(|it| spelled(&it) == text);
        (!same).then(|| (key.to_owned(), text.to_owned()))
    })
    .collect()
}

impl Route for Database<'_> {
    fn exact(&self, change: &SettingsChange) -> String {
        format!("{}\n\n{}COMMIT;\n", self.host.psql_command(&self.psql), self.shown(change))
    }

    fn exact_prepared(&self, change: &SettingsChange) -> String {
        say!(
            "{command}\n\nbeforehand:\n{statements}\n\nand at the moment of the switch:\n{commit}",
            command = self.host.prepare_sql_command(&self.psql),
            statements = format!("{}SELECT 'ready';", bounded(&self.shown(change))),
            commit = host::commit()
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
    use proptest::prelude::*;

    use super::*;
    use crate::mutated::mutated_text;

    #[test]
    fn numbers_of_others_do_not_keep_a_block_from_being_read() {
        let zeros = "0".repeat(400);
        let text =
            format!("{{\"enabled\": true, \"x\": 1{zeros}, \"y\": 12345678901234567890123}}");
        let block = parsed(&text).unwrap();
        assert_eq!(block["enabled"], true);
        assert_eq!(block["y"], "12345678901234567890123");
        assert_eq!(parsed("null").unwrap(), Value::Null);
        assert_eq!(parsed("\"text\"").unwrap(), Value::Null);
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

    const ANSWERS: [&str; 3] = [
        "0123456789abcdef0123456789abcdef|{\"enabled\": true, \"clientId\": \"immich\", \
         \"clientSecret\": \"hush\", \"timeout\": 30000.0, \"storageQuotaClaim\": \"a\\u0062c\"}\n",
        "0123456789abcdef0123456789abcdef|{\"oauth.enabled\": \"true\", \
         \"oauth.clientSecret\": \"\\\"hush\\\"\", \"oauth.scope\": \"openid email\"}\n",
        "none|null\n",
    ];

    proptest! {
        #[test]
        fn mutated_answers_are_refused_or_give_back_their_spelling(
            answer in mutated_text(&ANSWERS),
            rows: bool,
        ) {
            let Ok(stored) = understood(&answer, rows) else { return Ok(()) };
            prop_assert!(answer.trim().lines().count() <= 1);
            // A secret is in its own place only.
            prop_assert!(!stored.texts.contains_key(CLIENT_SECRET));
            prop_assert!(!stored.fields.contains_key(CLIENT_SECRET));
            for key in stored.texts.keys() {
                prop_assert!(stored.present.as_ref().is_some_and(|all| all.contains(key)));
            }
            if !rows {
                prop_assert!(stored.texts.values().all(|text| answer.contains(text)));
            }
        }
    }
}
