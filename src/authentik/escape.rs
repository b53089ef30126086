//! Redirect URIs as old releases keep them: lines that are regular expressions.

/// The characters with a meaning in a regular expression that a URI may hold.
const MEANINGFUL: [char; 9] = ['.', '?', '+', '*', '(', ')', '[', ']', '$'];

/// A URI as a regular expression that matches it and nothing else.
pub(super) fn escaped(url: &str) -> String {
    let mut line = String::with_capacity(url.len() + 4);
    for c in url.chars() {
        if MEANINGFUL.contains(&c) {
            line.push('\\');
        }
        line.push(c);
    }
    line
}

/// A line as a person reads it: the URI that it was made of, or the regular
/// expression that it is.
pub(super) fn unescaped(line: &str) -> String {
    let plain = line.replace('\\', "");
    if escaped(&plain) == line { plain } else { format!("{line} (regex)") }
}
