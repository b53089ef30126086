//! Odd input and odd surroundings: what is said then, and with which exit code.

use testkit::{said, said_with};

use super::Account;

/// How a command is refused that makes no sense.
#[cfg(feature = "demo")]
fn refusal(arguments: &[&str]) -> String {
    let told = Account::new().run(arguments);
    assert!(told.starts_with("exit code: 2\n"), "{told}");
    told
}

#[cfg(feature = "demo")]
#[test]
fn demo_refuses_a_release_that_it_does_not_play_and_names_those_that_it_does() {
    for (option, release, plays) in [
        ("--immich", "9.9", "1.105, 1.106, "),
        ("--immich", "1.104.9", "3.1, 3.2"),
        ("--authentik", "2026.9", "2023.10, 2024.2, "),
        ("--authentik", "2.7", "2026.5, 2026.8"),
    ] {
        for more in [&[][..], &["--serve"]] {
            let told = refusal(&[&["demo", option, release][..], more].concat());
            assert!(told.contains(&format!("'{release}'")) && told.contains(plays), "{told}");
        }
    }
    assert!(refusal(&["demo", "--immich", "new"]).contains(&*said("it is not a version")));
}

#[test]
fn character_of_an_address_that_nobody_sees_is_named_by_its_kind() {
    for (odd, name) in [("\\u001b", "a control character"), ("\\u202e", "an invisible character")] {
        let profile = format!("[immich]\nurl = \"https://photos{odd}.example.com\"\n");
        let told = Account::new().with_profile("default", &profile).run(&["status"]);
        assert!(told.starts_with("exit code: 1\n"), "{told}");
        assert!(told.contains(&said_with("there is {} in it", &[&said(name)])), "{told}");
    }
}
