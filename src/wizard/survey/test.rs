//! The test of a new client secret, without an operator.

use crate::{
    site::{Fault, FaultKind, System, UniformFailure},
    wizard::{StepId, desk::Desk, looking, rotation, systems::Systems},
};

/// What a run without an operator tells of a test that failed.
pub(super) async fn secret(desk: &mut Desk, systems: &mut Systems) -> Result<(), Fault> {
    let interrupted = |_| Fault::of(&Interrupted, say!("test the new secret"));
    for _ in 0..2 {
        let broken = looking::verify(desk, systems, StepId::Test).await;
        let Some(fault) = broken.map_err(interrupted)? else { return Ok(()) };
        desk.show_step(StepId::Test, |step| step.blockers = vec![fault]);
    }
    let step = desk.snapshot().step(StepId::Test);
    let fault = step.and_then(|step| step.blockers.first().cloned());
    let Some(fault) = fault else { return Ok(()) };
    match systems.rotation.switched.take() {
        Some(confirmed) => {
            Err(Box::pin(rotation::lead_back(desk, systems, &confirmed, fault)).await)
        }
        None => Err(fault),
    }
}

/// The run ends; there is nothing more to say.
#[derive(Debug, thiserror::Error)]
#[error("")]
struct Interrupted;

impl UniformFailure for Interrupted {
    const SYSTEM: System = System::Workstation;
    const KIND: FaultKind = FaultKind::Cancelled;

    fn hint(&self) -> String {
        String::new()
    }
}
