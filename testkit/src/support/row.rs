//! The row of a real database that the lab's Immich has for its settings: one
//! `psql` in the container, which is asked over and over.

use std::{
    io::{BufRead, BufReader, Write},
    process::{Child, ChildStdin, ChildStdout, Stdio},
    sync::{Arc, Mutex},
};

use immich_sso_lab::immich::Row;
use serde_json::Value;

use super::{Running, engine::Engine};

/// What ends an answer.
const END: &str = "=end of answer=";

/// See the module. Clones ask the same `psql`.
#[derive(Clone, Debug)]
pub struct RealRow(Arc<Mutex<Talk>>);

#[derive(Debug)]
struct Talk {
    to: ChildStdin,
    from: BufReader<ChildStdout>,
    _psql: Held,
}

/// Ends with the test.
struct Held(#[allow(dead_code, reason = "it is held, not read")] Running);

impl std::fmt::Debug for Held {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("psql")
    }
}

impl RealRow {
    /// Makes the tables that Immich makes, and holds one `psql` open.
    pub fn of(engine: &Engine) -> Self {
        let psql = ["exec", "-i", "immich_postgres", "psql", "-X", "-q", "-At", "-U", "postgres"];
        let mut child: Child =
            engine.docker(&psql).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let to = child.stdin.take().unwrap();
        let from = BufReader::new(child.stdout.take().unwrap());
        let row = Self(Arc::new(Mutex::new(Talk { to, from, _psql: Held(Running(child)) })));
        row.ask("CREATE DATABASE immich;\n\\connect immich");
        row.ask(
            "CREATE TABLE system_metadata (key varchar PRIMARY KEY, value jsonb NOT NULL);
             CREATE TABLE \"user\" (id uuid PRIMARY KEY, email varchar NOT NULL, \
             name varchar NOT NULL, \"oauthId\" varchar NOT NULL DEFAULT '', \
             \"deletedAt\" timestamptz);",
        );
        row
    }

    /// Makes these the accounts of Immich.
    pub fn keep_accounts(&self, users: &[Value]) {
        for user in users {
            let text = |key: &str| user[key].as_str().unwrap_or_default();
            let (id, email, name, link) =
                (text("id"), text("email"), text("name"), text("oauthId"));
            self.ask(&format!(
                "INSERT INTO \"user\" VALUES ('{id}', '{email}', '{name}', '{link}') \
                 ON CONFLICT (id) DO UPDATE SET \"oauthId\" = EXCLUDED.\"oauthId\";"
            ));
        }
    }

    /// What an account is linked to.
    pub fn link(&self, email: &str) -> String {
        self.ask(&format!("SELECT \"oauthId\" FROM \"user\" WHERE email = '{email}';"))
    }

    /// What a statement answers, line by line.
    pub fn ask(&self, sql: &str) -> String {
        let mut talk = self.0.lock().unwrap();
        writeln!(talk.to, "{sql}\n\\echo {END}").unwrap();
        talk.to.flush().unwrap();
        let mut answer = String::new();
        loop {
            let mut line = String::new();
            assert_ne!(talk.from.read_line(&mut line).unwrap(), 0, "psql is gone");
            if line.trim_end() == END {
                return answer.trim_end().to_owned();
            }
            answer.push_str(&line);
        }
    }

    /// The row to the byte; empty: there is none.
    pub fn text(&self) -> String {
        self.ask("SELECT value::text FROM system_metadata WHERE key = 'system-config';")
    }

    /// The transaction that wrote it: whoever writes the same again is seen.
    pub fn written_by(&self) -> String {
        self.ask("SELECT xmin FROM system_metadata WHERE key = 'system-config';")
    }

    /// Sets one field of the oauth block, as somebody does by hand.
    pub fn set(&self, key: &str, value: &Value) {
        self.ask(&format!(
            "UPDATE system_metadata SET value = jsonb_set(value, '{{oauth,{key}}}', $by_hand${value}$by_hand$);"
        ));
    }
}

impl Row for RealRow {
    fn read(&self) -> Result<Option<Value>, String> {
        let text = self.text();
        if text.is_empty() {
            return Ok(None);
        }
        serde_json::from_str(&text).map_err(|error| error.to_string())
    }

    fn write(&self, value: &Value) -> Result<(), String> {
        self.ask(&format!(
            "INSERT INTO system_metadata VALUES ('system-config', $row${value}$row$) \
             ON CONFLICT (key) DO UPDATE SET value = EXCLUDED.value;"
        ));
        Ok(())
    }
}
