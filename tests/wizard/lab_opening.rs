//! A walk on a site that is still being opened.

use std::time::Duration;

use immich_sso::{
    site::{Fault, FaultKind, System},
    wizard::{Command, Ending, Setup, Task, Walk, preview_lab, start_opening},
};

use crate::driver::{Driver, Site, confirm};

/// Starts a walk whose site is there when `opening` is over.
fn opened_by(opening: impl Future<Output = Result<Setup, Fault>> + Send + 'static) -> Walk {
    start_opening(preview_lab("lab"), Task::OpeningLab, Duration::from_mins(1), opening)
}

#[tokio::test]
async fn what_is_waited_for_is_shown_and_then_the_walk_begins() {
    let site = Site::open().await;
    let setup = site.setup();
    let (open, opened) = tokio::sync::oneshot::channel();
    let walk = opened_by(async {
        opened.await.unwrap();
        Ok(setup)
    });
    assert!(walk.snapshots.borrow().header.lab, "the first snapshot is there at once");
    let mut driver = Driver::of(walk);
    let now = driver.until(|now| now.work.is_some()).await;
    let work = now.work.as_ref().unwrap();
    assert_eq!((&work.what, work.can_cancel), (&Task::OpeningLab, true));
    assert_eq!((now.header.site.as_str(), now.steps.len()), ("lab", 6));
    open.send(()).unwrap();
    let walked = driver.walk(confirm).await;
    assert_eq!(walked.ending, Ending::LoginVerified);
}

#[tokio::test]
async fn who_does_not_want_to_wait_leaves() {
    for command in [Command::Quit, Command::Cancel] {
        let walk = opened_by(std::future::pending());
        walk.commands.send(command).unwrap();
        assert_eq!(walk.task.await.unwrap(), Ending::Left);
        assert_eq!(walk.snapshots.borrow().ending, Some(Ending::Left));
    }
}

#[tokio::test]
async fn what_cannot_be_opened_is_told() {
    let fault = Fault::new(System::Workstation, FaultKind::Refused, "open the lab");
    let walk = opened_by(std::future::ready(Err(fault.clone())));
    assert_eq!(walk.task.await.unwrap(), Ending::Failed(fault));
}
