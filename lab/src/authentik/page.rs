//! The pages that a browser sees.

const FRAME: &str = include_str!("../../assets/authentik-message.html");
const FLOW: &str = include_str!("../../assets/authentik-flow.html");

/// A page with a title and a sentence.
pub(super) fn message(title: &str, text: &str) -> String {
    FRAME.replace("{title}", &escaped(title)).replace("{text}", &escaped(text))
}

/// The page that leads a person through a flow.
pub(super) fn flow(slug: &str, version: &str) -> String {
    FLOW.replace("{slug}", &escaped(slug)).replace("{version}", &escaped(version))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
