//! Odd input and odd surroundings: what is said then, and with which exit code.

use testkit::{said, said_with};

use super::Account;

#[test]
fn character_of_an_address_that_nobody_sees_is_named_by_its_kind() {
    for (odd, name) in [("\\u001b", "a control character"), ("\\u202e", "an invisible character")] {
        let profile = format!("[immich]\nurl = \"https://photos{odd}.example.com\"\n");
        let told = Account::new().with_profile("default", &profile).run(&["status"]);
        assert!(told.starts_with("exit code: 1\n"), "{told}");
        assert!(told.contains(&said_with("there is {} in it", &[&said(name)])), "{told}");
    }
}
