//! The steps: what each is for, what live says of it, and what proves that it did
//! it. One file each; [`of`] is the only list.

mod access;
mod application;
mod compare;
mod create;
mod finish;
mod login;
mod provider;
mod restart;
mod set;
mod settings;
mod staged;
mod test;

use futures::future::{BoxFuture, join_all};

pub(super) use compare::difference;

use super::{
    About, BackTo, Claim, Evidence, Proof, RotateWish, Rotated, StepId, StepTopic,
    effect::Effect,
    look::{Look, When},
    memory::Saw,
    setup::Purpose,
    systems::Systems,
};
use crate::site::{Fault, Object, Profile};

/// What comes of reading live for a step.
type Looked<'a> = BoxFuture<'a, Result<Look, Fault>>;

/// What comes of proving that a step did what it is for; a fault: nothing could be
/// proved.
type Proved<'a> = BoxFuture<'a, Result<Vec<Proof>, Fault>>;

/// One step.
pub(super) trait Step: Sync {
    /// What it does and why.
    fn about(&self, profile: &Profile) -> About;

    /// The object whose fields it compares, if it compares any.
    fn object(&self) -> Option<Object> {
        None
    }

    /// Whether a plan that is made ahead has a part for it.
    fn is_planned(&self) -> bool {
        true
    }

    /// Reads live and compares it with what is wanted.
    fn look<'a>(&self, systems: &'a Systems, when: When) -> Looked<'a>;

    /// What is asked about these effects, if not whether to apply them.
    fn asks(&self, effects: &[Effect]) -> Option<StepTopic> {
        let _ = effects;
        None
    }

    /// Proves that it did what it is for. What it sees of the objects goes to `saw`.
    fn verify<'a>(&self, systems: &'a Systems, saw: &'a mut Saw) -> Proved<'a> {
        let _ = (systems, saw);
        Box::pin(async { Ok(Vec::new()) })
    }

    /// Takes over what a look at it saw of the objects.
    fn learn(&self, known: &mut Saw, saw: Saw) {
        let _ = (known, saw);
    }
}

/// The step of that name.
pub(super) const fn of(id: StepId) -> &'static dyn Step {
    match id {
        StepId::Access => &access::Access,
        StepId::Provider => &provider::Provider,
        StepId::Application => &application::Application,
        StepId::Settings => &settings::Settings,
        StepId::Restart => &restart::Restart,
        StepId::Login => &login::Login,
        StepId::Create => &create::Create,
        StepId::Set => &set::Set,
        StepId::Test => &test::Test,
        StepId::Finish => &finish::Finish,
    }
}

/// What a step does and why, in a run for that purpose.
pub(super) fn about(id: StepId, purpose: &Purpose, profile: &Profile) -> About {
    let step = of(id);
    match purpose {
        Purpose::RemoveAccess => About::Removal,
        Purpose::Undo if step.object().is_some() => About::Undo,
        Purpose::Rotate(RotateWish { of: Rotated::ClientSecret, back: true, .. })
            if rotates(id) =>
        {
            About::Back { stage: id, to: BackTo::Previous }
        }
        _ => step.about(profile),
    }
}

/// Whether it is a stage of a rotation.
fn rotates(id: StepId) -> bool {
    id != StepId::Access && StepId::ROTATION.contains(&id)
}

/// What is asked about these effects of a step.
pub(super) fn asks(id: StepId, effects: &[Effect]) -> StepTopic {
    of(id).asks(effects).unwrap_or(StepTopic::Apply(id))
}

/// The step that compares the fields of that object.
pub(super) fn comparing(object: Object) -> StepId {
    let compares = |id: &StepId| of(*id).object() == Some(object);
    StepId::SET_UP.into_iter().find(compares).unwrap_or_default()
}

/// The steps that compare the fields of an object.
pub(super) fn with_fields() -> impl Iterator<Item = StepId> {
    StepId::SET_UP.into_iter().filter(|id| of(*id).object().is_some())
}

/// Reads live for one step and compares.
pub(super) async fn look(id: StepId, systems: &Systems, when: When) -> Look {
    of(id).look(systems, when).await.map_or_else(Look::blocked, Look::agrees)
}

/// The same for all steps that compare fields, at the same time.
pub(super) async fn look_at_fields(systems: &Systems) -> Vec<(StepId, Look)> {
    let look = async |id| (id, look(id, systems, When::Walked).await);
    join_all(with_fields().map(|id| Box::pin(look(id)))).await
}

/// Proves that a step did what it is for; and what was seen of the objects.
pub(super) async fn verify(id: StepId, systems: &Systems) -> (Vec<Proof>, Saw) {
    let mut saw = Saw::default();
    let proofs = of(id).verify(systems, &mut saw).await;
    let proofs = proofs.unwrap_or_else(|fault| vec![proof(Claim::SidesReadable, Err(fault))]);
    (proofs, saw)
}

/// Takes over what a look at a step saw.
pub(super) fn learn(id: StepId, known: &mut Saw, saw: &Saw) {
    known.agreed.extend(saw.agreed.clone());
    of(id).learn(known, saw.clone());
}

/// A proof out of an outcome.
const fn proof(what: Claim, outcome: Result<Evidence, Fault>) -> Proof {
    Proof { what, outcome, on: None }
}
