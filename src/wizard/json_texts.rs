//! The texts of a JSON value.

use serde_json::Value;

/// Does something with every text of a value.
pub(super) fn each_text(value: &mut Value, each: &mut dyn FnMut(&mut String)) {
    match value {
        Value::String(text) => each(text),
        Value::Array(items) => items.iter_mut().for_each(|item| each_text(item, each)),
        Value::Object(fields) => {
            for (_, value) in fields.iter_mut() {
                each_text(value, each);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
