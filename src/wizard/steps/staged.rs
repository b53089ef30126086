//! What the stages of a rotation share.

use jiff::Timestamp;

use super::proof;
use crate::{
    site::{Fault, FaultKind, Reading, System, UniformFailure},
    wizard::{
        Claim, Evidence, FieldId, FieldRow, FieldState, FieldValue, Proof, Story,
        rotation::{Phase, Standing},
    },
};

/// A row that the stage filled in itself.
pub(super) fn row(
    id: FieldId,
    wanted: FieldValue,
    live: FieldValue,
    state: FieldState,
) -> FieldRow {
    let live =
        Reading::Known { value: Some(live), at: Timestamp::now(), took: std::time::Duration::ZERO };
    FieldRow { id, wanted, live, state, edit: None }
}

/// That both sides hold the same secret.
pub(super) fn agreed(standing: &Standing) -> Proof {
    let what = Claim::SidesAgree;
    match standing.phase() {
        Phase::Half | Phase::Apart => {
            let not_so = NotSo::Standing(standing.story());
            proof(what, Err(Fault::of(&not_so, say!("find both sides on one secret"))))
        }
        _ => proof(what, Ok(Evidence::Holding(standing.side(System::Authentik)))),
    }
}

/// Why a proof does not hold.
#[derive(Debug, thiserror::Error)]
pub(super) enum NotSo {
    /// The secret store has no new secret.
    #[error("{}", say!("none is kept"))]
    NoneKept,
    /// The two sides stand like this.
    #[error("{0}")]
    Standing(Story),
}

impl UniformFailure for NotSo {
    const SYSTEM: System = System::Authentik;
    const KIND: FaultKind = FaultKind::NotKept;

    fn hint(&self) -> String {
        say!(
            "Look again; if it stays so, something else writes these settings, such as a blueprint."
        )
    }
}
