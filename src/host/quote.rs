//! Words for a POSIX shell.

/// A word that the shell takes as it is, whatever is in it. Single quotes
/// protect everything but themselves.
pub(super) fn word(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@%+,".contains(c);
    if !text.is_empty() && text.chars().all(is_plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn a_real_shell_gives_every_word_back_as_it_was() {
        for text in [
            "immich_postgres",
            "",
            "a b",
            "it's",
            "$(touch /tmp/no)",
            "`id`",
            "a\nb",
            "\\",
            "\"",
            "*",
            "~root",
            "é",
            "-n",
            "a;b&c|d",
            "''",
        ] {
            let script = format!("printf %s {}", word(text));
            let output = Command::new("/bin/sh").args(["-c", &script]).output().unwrap();
            assert_eq!(String::from_utf8(output.stdout).unwrap(), text, "{script}");
        }
    }
}
