//! A journal whose end is missing, as after a restored backup: that is told, and
//! nothing is done before the operator says how to go on.

use super::{
    Key, LeavePick, OnPick, RunTopic, Task,
    desk::{Desk, Interrupt, Menu},
    systems::Systems,
};
use crate::site::Fault;

/// Takes the lock and opens the journal.
///
/// # Errors
/// When it cannot be opened, or the operator leaves it as it is.
pub(super) async fn begin(desk: &mut Desk, systems: &mut Systems) -> Result<(), Fault> {
    let Err(fault) = systems.begin(desk) else { return Ok(()) };
    let Some(cut) = systems.lacks() else { return Err(fault) };
    if goes_on(desk, fault.clone()).await.unwrap_or(false) {
        systems.go_on_without(desk, cut).await
    } else {
        Err(fault)
    }
}

/// Compares the journal with what the secret store knows of it.
pub(super) async fn compare(desk: &mut Desk, systems: &mut Systems) -> Result<(), Interrupt> {
    let Ok(vault) = systems.vault() else { return Ok(()) };
    let (what, at_most) = (Task::ComparingJournal, vault.at_most());
    let mut trouble = match desk.work(what, at_most, systems.lacks_by_store()).await? {
        Ok(None) => return Ok(()),
        Ok(Some(cut)) => (systems.fault_of(cut), Some(cut)),
        Err(fault) => (fault, None),
    };
    while goes_on(desk, trouble.0.clone()).await? {
        let Some(cut) = trouble.1 else { return Ok(()) };
        match systems.go_on_without(desk, cut).await {
            Ok(()) => return Ok(()),
            Err(fault) => trouble.0 = fault,
        }
    }
    Err(Interrupt::Quit)
}

/// Whether the operator goes on without the missing lines.
async fn goes_on(desk: &mut Desk, fault: Fault) -> Result<bool, Interrupt> {
    let menu = Menu::new(RunTopic::JournalCut)
        .option(Key::A, LeavePick::ForJournal, false)
        .option(Key::W, OnPick::WithoutLines, true)
        .about(fault);
    desk.pick(menu).await
}
