//! Clocks that are wrong, by a little and by centuries: what was set up is known
//! again, nothing is changed, and nothing is told of a time that was not.

use immich_sso::wizard::Ending;
use jiff::SignedDuration;

use crate::{
    driver::{Site, confirm},
    table,
};

/// How far the clock is set, in hours.
const HOURS: [i64; 6] = [-1, 24, -24 * 400, 24 * 400, -24 * 365 * 50, 24 * 365 * 300];

/// What goes wrong in a run after the clock was set.
async fn wrong(by: SignedDuration) -> Vec<String> {
    let site = Site::open().await;
    site.walk().await;
    let mutations = site.mutations();
    site.clock.jump(by);
    let mut wrong = Vec::new();
    let again = site.walk().await;
    if !matches!(again.ending, Ending::Finished | Ending::LoginVerified) {
        wrong.push(format!("{by}: the next run ends with {:?}", again.ending));
    }
    if site.mutations() != mutations {
        wrong.push(format!("{by}: the next run changes something"));
    }
    // It is set while nobody looks, and is right again.
    site.clock.jump(-by);
    let rotated = site.rotates().walk(confirm).await;
    if !matches!(rotated.ending, Ending::Rotated) {
        wrong.push(format!("{by}: a rotation afterwards ends with {:?}", rotated.ending));
    }
    site.clock.jump(by);
    let undone = site.undo().await;
    if !matches!(&undone.ending, Ending::TakenBack(tally) if tally.left == 0) {
        wrong.push(format!("{by}: the undo ends with {:?}", undone.ending));
    }
    wrong
}

#[tokio::test(flavor = "multi_thread")]
async fn clocks_that_are_wrong_change_nothing() {
    let mut broken = Vec::new();
    for hours in HOURS {
        broken.extend(wrong(SignedDuration::from_hours(hours)).await);
    }
    table::row("The clock of this machine is wrong", HOURS.len() * 4, &broken);
}
