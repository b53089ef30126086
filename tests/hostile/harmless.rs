//! What is no secret is shown whole: addresses, names and ids in the words of
//! a server, and everything of the site that a person needs to see.

use immich_sso::plain::Ink;

use crate::{
    echo::{Echo, Moment, Place, Spelling},
    echoes::requests,
    runs::{Run, walk},
    table,
};

/// Words of a server in which nothing is secret.
const WORDS: &str = "SEE: the redirect URI https://photos.example.com/auth/login of \
    alice@example.com (immich-oauth-client, immich-oauth-provider, id 42, \
    0f3a9c1e-7d52-4b8e-9a61-2c7f5e8d1b04) is none of openid, email, profile at \
    http://auth.example.com/application/o/token/ :SEEN";

/// The text without its line breaks and frames.
fn joined(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace() && !('\u{2500}'..='\u{259f}').contains(c)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn words_without_secrets_are_shown_whole() {
    let (mut tries, mut broken) = (0, Vec::new());
    let words = joined(WORDS);
    let mut silent = Vec::new();
    let all = requests().await;
    let reads = all.iter().filter(|(run, to)| to.method == "GET" && *run != Run::Again);
    for (nth, (run, to)) in reads.enumerate().filter(|(nth, _)| table::whole() || nth % 4 == 1) {
        let place = [Place::Field, Place::Text][nth / 4 % 2];
        let (spelling, moment, status) = (Spelling::Plain, Moment::Error, 500);
        let echo = Echo { to: to.clone(), place, spelling, moment, status };
        let (site, wire) = run.open().await;
        wire.say(echo.clone(), WORDS);
        let met = walk(&site, &wire, *run, Ink::Mono).await;
        let shown = joined(&met.faces);
        if !shown.contains("SEE:") {
            // What only adds to the picture is left out where it cannot be read.
            silent.push(echo.to_string());
            continue;
        }
        tries += 1;
        if !shown.contains(&words) {
            let at = shown.find("SEE:").unwrap_or_default();
            let around: String = shown[at..].chars().take(words.chars().count() + 9).collect();
            broken.push(format!("{echo} in {run:?}: {around}"));
        }
    }
    assert!(tries * 2 > silent.len(), "{tries} were shown, and not: {silent:#?}");
    for run in Run::ALL {
        let (site, wire) = run.open().await;
        let met = walk(&site, &wire, run, Ink::Mono).await;
        let shown = joined(&met.faces);
        let url = &site.profile.immich.url;
        let mut needed = vec![site.profile.authentik.url.clone(), url.clone()];
        if matches!(run, Run::SignIn | Run::SetUp) {
            needed.extend([
                format!("{url}/auth/login"),
                format!("{url}/user-settings"),
                "app.immich:///oauth-callback".into(),
                "immich-oauth-client".into(),
                "immich-oauth-provider".into(),
                "/application/o/immich/".into(),
                "alice".into(),
            ]);
        }
        for text in needed {
            tries += 1;
            if !shown.contains(&joined(&text)) {
                broken.push(format!("{run:?} does not show {text}"));
            }
        }
    }
    table::row("A text without a secret is shown whole", tries, &broken);
}
