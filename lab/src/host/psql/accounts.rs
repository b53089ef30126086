//! The table of Immich's users, as far as links are concerned.

use serde_json::{Value, json};

use super::statement::Statement;
use crate::immich::{Immich, Link};

/// The statements, with `{}` for the table.
const READ: &str = "SELECT coalesce(jsonb_agg(jsonb_build_object('id', id, 'email', email, 'name', name, 'oauthId', \"oauthId\") ORDER BY email), '[]') \
     FROM {} WHERE \"oauthId\" <> '' AND \"deletedAt\" IS NULL";
const LOCK: &str = "LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE";
const RELINK: &str = "WITH known AS ( \
     SELECT * FROM jsonb_to_recordset($?::jsonb) AS entry (id text, \"from\" text, \"to\" text) \
     ), moved AS ( \
     SELECT known.id FROM known LEFT JOIN {} AS account ON account.id::text = known.id \
     WHERE account.\"oauthId\" IS DISTINCT FROM known.\"from\" \
     ) \
     UPDATE {} AS account SET \"oauthId\" = known.\"to\" FROM known \
     WHERE account.id::text = known.id AND NOT EXISTS (SELECT 1 FROM moved) \
     RETURNING 'written'";

/// What a statement about accounts prints; `None`: it is about something else.
pub(super) fn perform(
    immich: &Immich,
    statement: &Statement,
) -> Option<Result<Vec<String>, String>> {
    let is = |known: &str| statement.shape == known.replace("{}", immich.users_table());
    if is(LOCK) {
        return Some(Ok(Vec::new()));
    }
    if is(READ) {
        let users = immich.users();
        let mut linked: Vec<&Value> = users.iter().filter(|user| user["oauthId"] != "").collect();
        linked.sort_by_key(|user| user["email"].as_str());
        let rows: Vec<Value> = linked
            .into_iter()
            .map(|user| {
                json!({
                    "id": user["id"],
                    "email": user["email"],
                    "name": user["name"],
                    "oauthId": user["oauthId"],
                })
            })
            .collect();
        return Some(Ok(vec![Value::Array(rows).to_string()]));
    }
    if is(RELINK) {
        return Some(links(statement).map(|links| {
            let due = if immich.are_linked_so(&links) { links.len() } else { 0 };
            vec!["written".into(); due]
        }));
    }
    // The other name of the table, and whatever else reads it.
    let other = ["\"user\"", "users"].into_iter().find(|name| *name != immich.users_table())?;
    let names_it =
        [READ, LOCK, RELINK].iter().any(|known| statement.shape == known.replace("{}", other));
    let bare = other.trim_matches('"');
    names_it.then(|| Err(format!("relation \"{bare}\" does not exist")))
}

/// Carries out what [`perform`] said would be written.
pub(super) fn put(immich: &Immich, statement: &Statement) -> Option<Result<Vec<String>, String>> {
    let is_relink = statement.shape == RELINK.replace("{}", immich.users_table());
    is_relink.then(|| {
        links(statement).map(|links| {
            immich.relink(&links);
            Vec::new()
        })
    })
}

fn links(statement: &Statement) -> Result<Vec<Link>, String> {
    let text = statement.dollars.first().map_or("", String::as_str);
    let rows: Vec<Value> =
        serde_json::from_str(text).map_err(|_| "invalid input syntax for type json".to_owned())?;
    let text = |row: &Value, key: &str| row[key].as_str().unwrap_or_default().to_owned();
    Ok(rows
        .iter()
        .map(|row| Link { id: text(row, "id"), from: text(row, "from"), to: text(row, "to") })
        .collect())
}
