//! SQL taken apart as `psql` does: into statements, with the quoted texts taken
//! out.

/// A statement with its blanks made one and its quoted texts taken out: `$?`
/// stands for a dollar-quoted one, `'?'` for the digest at its end.
pub(super) struct Statement {
    pub(super) shape: String,
    pub(super) dollars: Vec<String>,
    pub(super) digest: Option<String>,
}

/// The statements of a script, and what follows the last of them.
pub(super) fn statements(sql: &str) -> (Vec<Statement>, String) {
    let mut found = Vec::new();
    let (mut shape, mut dollars) = (String::new(), Vec::new());
    let (mut rest, mut whole) = (sql, sql);
    while let Some(c) = rest.chars().next() {
        if c == '$'
            && let Some((text, after)) = dollar_quoted(rest)
        {
            dollars.push(text.to_owned());
            shape.push_str("$?");
            rest = after;
            continue;
        }
        if c == '$' && is_open(rest) {
            break;
        }
        if c == '\'' {
            let end = rest[1..].find('\'').map_or(rest.len(), |at| at + 2);
            shape.push_str(&rest[..end]);
            rest = &rest[end..];
            continue;
        }
        rest = &rest[c.len_utf8()..];
        if c == ';' {
            found.push(statement(&shape, std::mem::take(&mut dollars)));
            shape.clear();
            whole = rest;
        } else if c.is_whitespace() {
            if !shape.ends_with(' ') {
                shape.push(' ');
            }
        } else {
            shape.push(c);
        }
    }
    (found, whole.to_owned())
}

fn statement(shape: &str, dollars: Vec<String>) -> Statement {
    let shape = shape.trim();
    // The digest that a write is conditional on is the one text that varies.
    let mut parts = shape.split("'none') = '");
    let mut shape = parts.next().unwrap_or_default().to_owned();
    let mut digest = None;
    for part in parts {
        let (found, tail) = part.split_once('\'').unwrap_or((part, ""));
        digest = Some(found.to_owned());
        shape.push_str(&format!("'none') = '?'{tail}"));
    }
    Statement { shape, dollars, digest }
}

/// Whether a dollar-quoted text begins here whose end is still to come.
fn is_open(sql: &str) -> bool {
    let tag = sql[1..].split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next();
    let after = sql[1..].get(tag.unwrap_or_default().len()..).unwrap_or_default();
    after.is_empty() || after.starts_with('$')
}

/// The text between `$tag$` and the next `$tag$`, and what follows.
fn dollar_quoted(sql: &str) -> Option<(&str, &str)> {
    let end = sql[1..].find('$')? + 2;
    let tag = &sql[..end];
    let is_tag = tag[1..end - 1].chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    let length = sql[end..].find(tag).filter(|_| is_tag)?;
    Some((&sql[end..end + length], &sql[end + length + tag.len()..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_texts_end_where_they_end() {
        let (found, rest) = statements("SELECT $a$x;y'$b$$a$, ';' ; SELECT 2; SELECT");
        assert_eq!((found.len(), rest.trim()), (2, "SELECT"));
        assert_eq!(found[0].dollars, ["x;y'$b$"]);
        assert_eq!(found[0].shape, "SELECT $?, ';'");
    }
}
