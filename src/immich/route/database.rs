//! The route into Immich's database: SQL on the standard input of `psql` in the
//! PostgreSQL container, over SSH, in one transaction.

mod statements;

use std::collections::BTreeMap;

use futures::future::{BoxFuture, FutureExt};
use serde_json::{Map, Value};

use self::statements::{READ, READ_ROWS, restore_row, restore_rows, write_row, write_rows};
use super::{
    CarriedOut, Check, Release, Route, Sends, When,
    error::{READ_DATABASE, RouteError, WRITE},
    kept, moved,
    splice::{self, SpliceError},
    stored,
};
use crate::{
    host::{self, Host, Psql},
    immich::{
        SettingsChange, Stored,
        dialect::has_rows,
        settings::CLIENT_SECRET,
        sql::{BOUNDS, SILENCE, tag},
    },
    net::{Hole, Template},
    secret::Secret,
    site::{Fault, HostProfile, System, Version},
};

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
        let sql = Secret::new(if self.rows { READ_ROWS } else { READ });
        understood(&self.host.psql(&self.psql, &sql).await?, self.rows)
    }

    async fn transact(
        &self,
        change: &SettingsChange,
        secret: Option<&Secret>,
        basis: &str,
    ) -> Result<(), Fault> {
        let sql = self.filled(change, secret, basis, When::AtOnce)?;
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
        let sql = self.filled(change, secret, basis, When::AtAWord)?;
        let prepared = self.host.prepare_sql(&self.psql, &sql).await?;
        let release = async move {
            let took = prepared.release().await?;
            let check: Check<'b> =
                async move { kept(change, secret, &self.select().await?) }.boxed();
            Ok(CarriedOut { took, check })
        };
        Ok(release.boxed())
    }

    /// The statements of a change as they are sent.
    fn filled(
        &self,
        change: &SettingsChange,
        secret: Option<&Secret>,
        basis: &str,
        when: When,
    ) -> Result<Secret, Fault> {
        let text = Value::Object(change.filled(&change.parted().0, secret)?).to_string();
        if text.contains("\\u0000") {
            return Err(Fault::of(&RouteError::NulCharacter, WRITE));
        }
        // A basis may come out of a plan's file, and it stands in the SQL: what
        // no reading can have given is not the state of now.
        if !basis.chars().all(|c| c.is_ascii_alphanumeric()) {
            return Err(moved());
        }
        let fills = change.fills(secret).with(Hole::Tag, tag(&text)?);
        let sql = self.statements(change, basis, when).fill(&fills);
        sql.map_err(|lack| lack.fault(System::Immich, WRITE))
    }

    /// The statements of a change, to the `COMMIT` or to where they wait for it.
    fn statements(&self, change: &SettingsChange, basis: &str, when: When) -> Template {
        let (fields, gone) = change.parted();
        let mut sql = Template::from("BEGIN;\n");
        sql.push(match when {
            When::AtOnce => "",
            When::AtAWord => BOUNDS,
        });
        sql.push(SILENCE);
        sql.push(match (self.rows, change.takes_back()) {
            (false, false) => write_row(&fields, basis),
            (false, true) => restore_row(&change.absent, &fields, &gone, basis),
            (true, false) => write_rows(&fields, basis),
            (true, true) => restore_rows(&change.absent, &fields, &gone, basis),
        });
        sql.push(match when {
            When::AtOnce => "COMMIT;\n".to_owned(),
            When::AtAWord => host::ready(),
        });
        sql
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
    fn sends(&self, change: &SettingsChange, basis: &str, when: When) -> Sends {
        let at_a_word = when == When::AtAWord;
        Sends::Database {
            command: self.host.psql_command(&self.psql, at_a_word),
            sql: self.statements(change, basis, when),
            word: at_a_word.then(host::commit),
        }
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
