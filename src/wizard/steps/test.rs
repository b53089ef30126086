//! Rotation: the new client secret works, and the old one does not.

use super::{Looked, Proved, Step, When, staged::agreed};
use crate::{
    site::{Fault, Profile},
    wizard::{
        About, Proof,
        checks::{Rotating, Site, Suite},
        memory::Saw,
        rotation::{self, Standing},
        systems::{Systems, check},
    },
};

/// The step.
pub(super) struct Test;

impl Step for Test {
    fn about(&self, _: &Profile) -> About {
        About::Test
    }

    fn is_planned(&self) -> bool {
        false
    }

    fn look<'a>(&self, systems: &'a Systems, _: When) -> Looked<'a> {
        Box::pin(async { Ok(rotation::begin_look(systems).await?.0) })
    }

    fn verify<'a>(&self, systems: &'a Systems, _: &'a mut Saw) -> Proved<'a> {
        Box::pin(async { tested(systems, &Standing::read(systems).await?).await })
    }
}

/// What can be proved of the secret in use without a person.
async fn tested(systems: &Systems, standing: &Standing) -> Result<Vec<Proof>, Fault> {
    let in_use = standing.authentik();
    let kept = [&standing.kept.current, &standing.kept.pending, &standing.kept.previous];
    let others = kept.into_iter().flatten().filter(|secret| *secret != in_use);
    let rotating = Rotating { in_use: in_use.clone(), others: others.cloned().collect() };
    let site = Site { rotating: Some(rotating), ..systems.site()? };
    let mut proofs = vec![agreed(standing)];
    proofs.extend(check(Suite::Rotation, &site).await);
    Ok(proofs)
}
