//! What servers write for terminals: nothing of it is acted on, hides a text,
//! turns it around or forges a line.

use immich_sso::{
    plain::Ink,
    site::{System, harmless},
};
use serde_json::json;

use crate::{
    echo::{Echo, Moment, Place, Spelling},
    proxy::Seen,
    runs::{Run, walk},
    table,
};

/// What a terminal would act on, or a person not see.
pub const HOSTILE: &str = "x\x1b[8mhidden\x1b[0m\x1b[32mgreen\x1b[2J\x1b]0;title\x07\x1bPq\x1b\\\
    \u{9b}31mC1\u{90}q\u{202e}sdrawkcab\u{200b}\u{2060}\u{feff}\u{e0041}\u{2028}\u{2029}\u{ad}\
    \nhint: FORGED\n  verified: FORGED\r\nerror: FORGED\rFORGED";

/// The sequences that are ours.
const OURS: [&str; 9] = ["0", "1", "2", "32", "33", "1;31", "30;107", "31", "4"];

/// What a text does to a terminal that it must not.
pub fn acts(text: &str) -> Option<String> {
    let mut rest = text.to_owned();
    for own in OURS {
        // The servers' colors are among these; what they color is not.
        rest = rest.replace(&format!("\x1b[{own}m"), "");
    }
    let bad = rest.chars().find(|c| {
        *c != '\n' && *c != '\u{200d}' && harmless::line(&c.to_string()) != c.to_string()
    });
    if let Some(bad) = bad {
        let at = rest.find(bad).unwrap();
        let around: String = rest[at..].chars().take(40).collect();
        return Some(format!("{bad:?} in {around:?}"));
    }
    if ["\x1b[8m", "\x1b[32mgreen"].iter().any(|sequence| text.contains(sequence)) {
        return Some("a color of the server's".into());
    }
    let forged = rest.lines().find(|line| {
        // Ours begin at the margin or behind two blanks; what is broken within a
        // text stands further in.
        let text = line.strip_prefix("  ").unwrap_or(line);
        ["hint: F", "verified: F", "error: F", "FORGED"].iter().any(|it| text.starts_with(it))
            || line.trim_start().starts_with("hint: FORGED")
    });
    forged.map(|line| format!("a forged line: {line}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn text_of_servers_is_shown_and_never_acted_on() {
    let (mut tries, mut broken) = (0, Vec::new());
    let places = [Place::Field, Place::Text, Place::Title, Place::Header];
    let requests = [
        (Run::SetUp, System::Authentik, "GET", "/api/v3/core/users/me/"),
        (Run::SetUp, System::Authentik, "POST", "/api/v3/providers/oauth2/"),
        (Run::SetUp, System::Immich, "GET", "/api/server/version"),
        (Run::SetUp, System::Immich, "PUT", "/api/system-config"),
    ];
    for (run, system, method, path) in requests {
        for (nth, place) in places.into_iter().enumerate() {
            let to = Seen { system, method: method.into(), path: path.into() };
            let status = [400, 403, 500, 409][nth];
            let (spelling, moment) = (Spelling::Plain, Moment::Error);
            let echo = Echo { to, place, spelling, moment, status };
            let (site, wire) = run.open().await;
            wire.say(echo.clone(), HOSTILE);
            let met = walk(&site, &wire, run, Ink::Colour).await;
            assert!(wire.echoed().0 > 0, "{echo}");
            tries += 1;
            broken.extend(acts(&met.faces).map(|what| format!("{echo}: {what}")));
        }
    }
    for run in [Run::Again, Run::Rotate, Run::Undo] {
        let (site, wire) = run.open().await;
        assert!(site.lab.authentik.change_provider("immich-oauth-provider", |provider| {
            provider["redirect_uris"] = json!([{ "matching_mode": "strict", "url": HOSTILE }]);
        }));
        assert!(site.lab.authentik.change_application("immich", |application| {
            application.insert("name".into(), HOSTILE.into());
            application.insert("meta_launch_url".into(), HOSTILE.into());
        }));
        let mut config = site.lab.immich.settings().unwrap();
        config["oauth"]["buttonText"] = HOSTILE.into();
        site.put_settings(&config).await;
        let met = walk(&site, &wire, run, Ink::Colour).await;
        tries += 1;
        broken.extend(acts(&met.faces).map(|what| format!("stored texts in {run:?}: {what}")));
    }
    table::row("A server writes what a terminal would act on", tries, &broken);
}
