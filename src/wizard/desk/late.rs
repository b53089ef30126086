//! Deadlines that are kept: what is shown as "at most" ends then, and says so.

use std::{future::Future, time::Duration};

use super::{
    failure::TooLong,
    stretch::{self, Bound},
};
use crate::{
    net::Way,
    site::{Fault, System},
    wizard::{Claim, Proof, Remains, Task, TokenView, look::Look, memory::Saw},
};

/// Work often has a shorter deadline of its own, whose words say more.
const GRACE: Duration = Duration::from_secs(1);

/// What comes out of work that took too long.
pub(in crate::wizard) trait Late {
    /// The outcome that says so.
    fn late(fault: Fault) -> Self;
}

impl<T> Late for Result<T, Fault> {
    fn late(fault: Fault) -> Self {
        Err(fault)
    }
}

impl Late for Result<(), String> {
    fn late(fault: Fault) -> Self {
        Err(fault.answer)
    }
}

/// It was not seen.
impl Late for bool {
    fn late(_: Fault) -> Self {
        false
    }
}

/// It was not seen, and neither was what belongs to it.
impl<T> Late for (bool, Option<T>) {
    fn late(_: Fault) -> Self {
        (false, None)
    }
}

/// Which token is in use is not known.
impl Late for Option<Option<TokenView>> {
    fn late(_: Fault) -> Self {
        None
    }
}

/// Why it failed is not known.
impl Late for Fault {
    fn late(fault: Fault) -> Self {
        fault
    }
}

/// Neither was read.
impl<T, U> Late for (Result<T, Fault>, Result<U, Fault>) {
    fn late(fault: Fault) -> Self {
        (Err(fault.clone()), Err(fault))
    }
}

/// What it would have noted stays as it was.
impl Late for () {
    fn late(_: Fault) -> Self {}
}

/// Not all was seen.
impl Late for Vec<Remains> {
    fn late(_: Fault) -> Self {
        vec![Remains::OtherSettings, Remains::OldSecrets]
    }
}

impl Late for Look {
    fn late(fault: Fault) -> Self {
        Self { blockers: vec![fault], ..Self::default() }
    }
}

impl Late for (Vec<Proof>, Saw) {
    fn late(fault: Fault) -> Self {
        let what = Claim::AnswersInTime;
        (vec![Proof { what, outcome: Err(fault), on: None }], Saw::default())
    }
}

/// How far the way goes is not known.
impl Late for Option<Way> {
    fn late(_: Fault) -> Self {
        None
    }
}

impl<T> Late for (Result<T, Fault>, Option<Way>) {
    fn late(fault: Fault) -> Self {
        (Err(fault), None)
    }
}

/// Does it, and gives it up after that time.
pub(super) async fn bounded<T: Late>(
    what: &Task,
    at_most: Duration,
    work: impl Future<Output = T>,
) -> T {
    let done = tokio::time::timeout(at_most + GRACE, work).await;
    done.unwrap_or_else(|_| T::late(fault(System::Workstation, what, at_most)))
}

/// Does it, and gives it up when the stretch that it belongs to is over.
pub(super) fn within_stretch<T: Late, W: Future<Output = T>>(
    stretch: &Bound,
    what: &Task,
    work: W,
) -> impl Future<Output = T> + use<T, W> {
    let (left, view) = (stretch.left(), stretch.view());
    let tried = ending(what);
    async move {
        let (Some(left), Some(stretch)) = (left, view) else { return work.await };
        if left.is_zero() {
            return T::late(stretch::over(stretch.at_most, System::Workstation, tried));
        }
        let done = tokio::time::timeout(left, work).await;
        done.unwrap_or_else(|_| T::late(stretch::over(stretch.at_most, System::Workstation, tried)))
    }
}

/// It took too long.
pub(super) fn fault(system: System, what: &Task, at_most: Duration) -> Fault {
    Fault::of(&TooLong::Piece { system, at_most }, ending(what))
}

/// What was tried then.
fn ending(what: &Task) -> String {
    say!("end {task}", task = what.name())
}
