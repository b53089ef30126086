//! How texts that people read are made. Every one is a literal with named
//! values, so that a build for tests can scramble the literals and leave the
//! values alone: whatever reads a text back then fails.

use std::{borrow::Cow, path::PathBuf, sync::OnceLock};

/// The options that say which site this program works on, as it was called with
/// them.
#[derive(Debug, Default)]
pub(crate) struct CalledFor {
    /// The folder of the profiles.
    pub(crate) config: Option<PathBuf>,
    /// The name of the profile, unless it is the usual one.
    pub(crate) profile: Option<String>,
}

static CALLED_FOR: OnceLock<CalledFor> = OnceLock::new();

/// Every command that a text names works on this site from now on.
pub(crate) fn is_called_for(site: CalledFor) {
    let _ = CALLED_FOR.set(site);
}

/// How to call this program for the site that it works on: every command that a
/// text tells somebody to type begins with it.
pub(crate) fn us() -> String {
    let profile = CALLED_FOR.get().and_then(|site| site.profile.as_deref());
    spelled(CALLED_FOR.get().unwrap_or(&CalledFor::default()), profile)
}

/// The same for another profile of that folder.
pub(crate) fn us_for(profile: &str) -> String {
    spelled(CALLED_FOR.get().unwrap_or(&CalledFor::default()), Some(profile))
}

fn spelled(site: &CalledFor, profile: Option<&str>) -> String {
    let mut words = vec!["immich-sso".to_owned()];
    if let Some(folder) = &site.config {
        words.extend(["--config".to_owned(), folder.display().to_string()]);
    }
    if let Some(profile) = profile {
        words.extend(["--profile".to_owned(), profile.to_owned()]);
    }
    shell_words::join(words)
}

/// A text of the program's as this build says it, for tests that look for one.
/// It must hold no values.
#[doc(hidden)]
#[cfg(not(scrambled))]
#[must_use]
pub fn as_said(text: &str) -> Cow<'_, str> {
    Cow::Borrowed(text)
}

/// A text of the program's as this build says it, for tests that look for one.
/// It must hold no values.
#[doc(hidden)]
#[cfg(scrambled)]
#[must_use]
pub fn as_said(text: &str) -> Cow<'_, str> {
    Cow::Owned(scrambled::whole(text))
}

/// Makes a sentence. Values are named after the text: `say!("Restart {what}?",
/// what)`, or `what = value`.
#[cfg(not(scrambled))]
macro_rules! say {
    (@value $name:ident) => {
        $name
    };
    (@value $name:ident $value:expr) => {
        $value
    };
    ($text:literal $(,)?) => {
        String::from($text)
    };
    ($text:literal $(, $name:ident $(= $value:expr)?)+ $(,)?) => {
        format!($text $(, $name = say!(@value $name $($value)?))+)
    };
}

/// A name or another short text that is known when the program is built.
#[cfg(not(scrambled))]
macro_rules! word {
    ($text:literal) => {
        $text
    };
}

#[cfg(scrambled)]
macro_rules! say {
    (@value $name:ident) => {
        $name
    };
    (@value $name:ident $value:expr) => {
        $value
    };
    ($text:literal $(,)?) => {
        String::from(word!($text))
    };
    ($text:literal $(, $name:ident $(= $value:expr)?)+ $(,)?) => {
        $crate::say::scrambled::around_values(
            &format!($text $(, $name = $crate::say::scrambled::Value(&say!(@value $name $($value)?)))+)
        )
    };
}

#[cfg(scrambled)]
macro_rules! word {
    ($text:literal) => {{
        const ROTATED: [u8; $text.len()] = $crate::say::scrambled::rotate($text);
        const TEXT: &str = match ::core::str::from_utf8(&ROTATED) {
            Ok(text) => text,
            Err(_) => panic!("rotating letters leaves UTF-8 as it is"),
        };
        TEXT
    }};
}

/// The build whose texts nobody can read.
#[cfg(scrambled)]
pub mod scrambled {
    use std::fmt;

    /// Stand around a value, as private characters that no text has.
    const BEGIN: char = '\u{e0f0}';
    const END: char = '\u{e0f1}';

    const fn rotated(byte: u8) -> u8 {
        match byte {
            b'a'..=b'z' => (byte - b'a' + 13) % 26 + b'a',
            b'A'..=b'Z' => (byte - b'A' + 13) % 26 + b'A',
            other => other,
        }
    }

    /// Every ASCII letter 13 places on.
    #[must_use]
    pub const fn rotate<const N: usize>(text: &str) -> [u8; N] {
        let bytes = text.as_bytes();
        let mut all = [0; N];
        let mut at = 0;
        while at < N {
            all[at] = rotated(bytes[at]);
            at += 1;
        }
        all
    }

    /// A text without values that is known only when the program runs.
    #[must_use]
    pub fn whole(text: &str) -> String {
        text.chars().map(letter).collect()
    }

    /// A value within a text.
    pub struct Value<'a, T: ?Sized>(pub &'a T);

    impl<T: fmt::Display + ?Sized> fmt::Display for Value<'_, T> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            fmt::Write::write_char(f, BEGIN)?;
            self.0.fmt(f)?;
            fmt::Write::write_char(f, END)
        }
    }

    impl<T: fmt::Debug + ?Sized> fmt::Debug for Value<'_, T> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            fmt::Write::write_char(f, BEGIN)?;
            self.0.fmt(f)?;
            fmt::Write::write_char(f, END)
        }
    }

    /// A text whose values stay as they are.
    #[must_use]
    pub fn around_values(text: &str) -> String {
        let mut depth = 0_usize;
        let mut scrambled = String::with_capacity(text.len());
        for c in text.chars() {
            match c {
                BEGIN => depth += 1,
                END => depth = depth.saturating_sub(1),
                c if depth > 0 => scrambled.push(c),
                c => scrambled.push(letter(c)),
            }
        }
        scrambled
    }

    fn letter(c: char) -> char {
        u8::try_from(c).map_or(c, |byte| char::from(rotated(byte)))
    }
}
