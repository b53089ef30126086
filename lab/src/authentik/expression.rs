//! Expressions of scope mappings: as much of Python as people write there. One
//! `return` of a dictionary of constants, of what the user is, and of whether
//! they are in a group.

use serde_json::{Map, Number, Value};

use super::state::{Row, State, User};

/// What an expression says of a user. `None`: it fails, as one does that the
/// lab cannot read.
pub(super) fn evaluate(expression: &str, state: &State, user: &User) -> Option<Row> {
    let code: Vec<&str> =
        expression.lines().filter(|line| !line.trim_start().starts_with('#')).collect();
    let code = code.join("\n");
    let mut parser = Parser { rest: code.trim().strip_prefix("return")?, state, user };
    let value = parser.choice()?;
    match (value, parser.rest.trim()) {
        (Value::Object(said), "") => Some(said),
        _ => None,
    }
}

/// What Python says of an expression that it cannot compile. The lab looks at
/// brackets only. `None`: nothing is wrong.
pub(super) fn fault(expression: &str) -> Option<String> {
    let mut open: Vec<(char, usize)> = Vec::new();
    let mut quote = None;
    for (index, line) in expression.lines().enumerate() {
        for c in line.chars() {
            match (c, quote) {
                (c, Some(q)) if c == q => quote = None,
                ('"' | '\'', None) => quote = Some(c),
                ('#', None) => break,
                ('(' | '[' | '{', None) => open.push((c, index)),
                (')' | ']' | '}', None) => {
                    open.pop();
                }
                _ => {}
            }
        }
        quote = None;
    }
    // authentik puts a line before the first one.
    let (bracket, index) = open.pop()?;
    Some(format!("'{bracket}' was never closed (None, line {})", index + 2))
}

struct Parser<'a> {
    rest: &'a str,
    state: &'a State,
    user: &'a User,
}

impl Parser<'_> {
    fn takes(&mut self, token: &str) -> bool {
        let rest = self.rest.trim_start();
        let Some(after) = rest.strip_prefix(token) else { return false };
        // A word ends where it ends.
        let in_word = |c: char| c.is_alphanumeric() || c == '_';
        if token.ends_with(in_word) && after.starts_with(in_word) {
            return false;
        }
        self.rest = after;
        true
    }

    /// `a if condition else b`, or `a` alone.
    fn choice(&mut self) -> Option<Value> {
        let value = self.value()?;
        if !self.takes("if") {
            return Some(value);
        }
        let holds = self.condition()?;
        if !self.takes("else") {
            return None;
        }
        let other = self.choice()?;
        Some(if holds { value } else { other })
    }

    /// `ak_is_group_member(request.user, name="…")`.
    fn condition(&mut self) -> Option<bool> {
        for token in ["ak_is_group_member", "(", "request.user", ",", "name", "="] {
            if !self.takes(token) {
                return None;
            }
        }
        let name = self.text()?;
        let is_member = self.state.groups_of(self.user.pk).any(|group| group.name == name);
        self.takes(")").then_some(is_member)
    }

    fn value(&mut self) -> Option<Value> {
        let constants = [
            ("True", Value::Bool(true)),
            ("False", Value::Bool(false)),
            ("None", Value::Null),
            ("request.user.email", self.user.email.clone().into()),
            ("request.user.username", self.user.username.clone().into()),
            ("request.user.name", self.user.name.clone().into()),
        ];
        for (word, value) in constants {
            if self.takes(word) {
                return Some(value);
            }
        }
        if self.takes("{") {
            return self.dictionary();
        }
        if self.takes("[") {
            return self.list();
        }
        if self.rest.trim_start().starts_with(['"', '\'']) {
            return self.text().map(Value::String);
        }
        self.number()
    }

    fn dictionary(&mut self) -> Option<Value> {
        let mut fields = Map::new();
        while !self.takes("}") {
            let key = self.text()?;
            if !self.takes(":") {
                return None;
            }
            fields.insert(key, self.choice()?);
            if !self.takes(",") {
                return self.takes("}").then_some(Value::Object(fields));
            }
        }
        Some(Value::Object(fields))
    }

    fn list(&mut self) -> Option<Value> {
        let mut items = Vec::new();
        while !self.takes("]") {
            items.push(self.choice()?);
            if !self.takes(",") {
                return self.takes("]").then_some(Value::Array(items));
            }
        }
        Some(Value::Array(items))
    }

    /// A text in quotes; a backslash makes what follows it plain.
    fn text(&mut self) -> Option<String> {
        let rest = self.rest.trim_start();
        let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        let (mut text, mut is_escaped) = (String::new(), false);
        for (at, c) in rest.char_indices().skip(1) {
            if is_escaped {
                text.push(c);
                is_escaped = false;
            } else if c == '\\' {
                is_escaped = true;
            } else if c == quote {
                self.rest = &rest[at + 1..];
                return Some(text);
            } else {
                text.push(c);
            }
        }
        None
    }

    fn number(&mut self) -> Option<Value> {
        let rest = self.rest.trim_start();
        let end =
            rest.find(|c: char| !(c.is_ascii_digit() || "+-.eE".contains(c))).unwrap_or(rest.len());
        let number: Number = rest.get(..end)?.parse().ok()?;
        self.rest = &rest[end..];
        Some(Value::Number(number))
    }
}
