//! `rotate` without anybody at the terminal, and by age.

use std::{fmt::Display, fs};

use immich_sso::text::age;
use jiff::SignedDuration;
use testkit::{said, said_with};

use crate::Account;

const fn days(many: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * many)
}

/// A journal that says since when there is a client secret.
fn with_secret_since(account: &Account, at: &str) {
    let folder = account.home.path().join(".local/state/immich-sso");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("default.journal"), journal(at)).unwrap();
}

/// Two lines as the program writes them, sums and all.
fn journal(at: &str) -> String {
    let effect = r#"{"system":"secret-store","what":"Generate a client secret and keep it in the secret store","secret":"00000000","body":{"effect":"generate-secret"}}"#;
    let mut text = String::new();
    let mut sum = String::new();
    for (seq, record) in [
        format!(r#""entry":"begin","run":"{at}","effect":{effect}"#),
        r#""entry":"end","of":1,"outcome":{"how":"done","evidence":"kept"}"#.to_owned(),
    ]
    .iter()
    .enumerate()
    {
        let line = format!(r#"{{"v":1,"seq":{},"at":"{at}",{record}"#, seq + 1);
        let mut context = ring::digest::Context::new(&ring::digest::SHA256);
        context.update(sum.as_bytes());
        context.update(line.as_bytes());
        sum = context.finish().as_ref()[..8].iter().map(|byte| format!("{byte:02x}")).collect();
        text += &format!("{line},\"sum\":\"{sum}\"}}\n");
    }
    text
}

fn account() -> Account {
    let profile =
        "[authentik]\nurl = \"http://127.0.0.1:9\"\n[immich]\nurl = \"http://127.0.0.1:9\"\n";
    Account::new().with_profile("default", profile)
}

#[test]
fn without_a_terminal_it_says_what_to_do_instead() {
    let told = account().run(&["rotate"]);
    assert!(told.starts_with("exit code: 1\n"), "{told}");
    assert!(told.contains(&*said("no terminal")), "{told}");
    assert!(told.contains(&*said("rotate --plan FILE")), "{told}");
    let told = Account::new().run(&["rotate"]);
    assert!(
        told.contains(&said_with("there is no {}", &[&"[HOME]/.config/immich-sso/default.toml"])),
        "{told}"
    );
}

#[test]
fn by_age_it_is_quiet_until_it_is_time() {
    let account = account();
    let ago = |days: i64| {
        let at = jiff::Timestamp::now() - jiff::SignedDuration::from_hours(24 * days);
        with_secret_since(&account, &at.to_string());
        account.run(&["rotate", "--if-older-than", "90d"])
    };
    let told = ago(12);
    assert!(told.starts_with("exit code: 0\n"), "{told}");
    let ages = [&age(days(12)), &age(days(90))];
    let young = said_with("{} old; it is not time yet ({})", &ages.map(|age| age as &dyn Display));
    assert!(told.contains(&young), "{told}");
    let told = ago(97);
    assert!(told.starts_with("exit code: 3\n"), "{told}");
    let due =
        format!("{}: {}", said_with("{} old", &[&age(days(97))]), said("it is time to rotate it"));
    assert!(told.contains(&due), "{told}");
    // Of unknown age, it is time.
    let folder = account.home.path().join(".local/state/immich-sso");
    fs::remove_file(folder.join("default.journal")).unwrap();
    let told = account.run(&["rotate", "--if-older-than", "90d"]);
    assert!(told.starts_with("exit code: 3\n"), "{told}");
}

#[test]
fn an_age_that_is_none_and_options_that_do_not_fit_are_mistakes() {
    for arguments in [
        &["rotate", "--if-older-than", "soon"][..],
        &["rotate", "--if-older-than", "3 months"],
        &["rotate", "authentik-token", "--revoke"],
        &["rotate", "--plan", "file", "--revoke"],
        &["rotate", "nothing"],
    ] {
        let told = account().run(arguments);
        assert!(told.starts_with("exit code: 2\n"), "{arguments:?}: {told}");
    }
}
