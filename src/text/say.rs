//! How sentences are made.

/// Makes a sentence. Values are named after the text: `say!("Restart {what}?",
/// what)`, or `what = value`.
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
