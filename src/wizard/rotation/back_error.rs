//! How a way back ended.

use crate::wizard::Story;
use crate::{
    secret::Fingerprint,
    site::{Failure, Fault, FaultKind, System},
};

/// How a way back ended. `why` is why it was taken; what was tried then stays
/// what it says.
#[derive(Debug, thiserror::Error)]
pub(super) enum BackError {
    /// Both sides hold what they held; Immich does not know that yet.
    #[error(
        "{}",
        say!(
            "{why}. Both sides are set back to {print}, but Immich could not be restarted to read it: {trouble}",
            why = answer(.why),
            print = .print,
            trouble = .trouble.answer
        )
    )]
    NotRestarted { why: Fault, print: Fingerprint, trouble: Fault },
    /// Both sides hold what they held.
    #[error(
        "{}",
        say!(
            "{why}. Both sides are set back and were looked at: they hold {print} again",
            why = answer(.why),
            print = .print
        )
    )]
    SetBack { why: Fault, print: Fingerprint },
    /// A side could not be set back. The state comes first: a small screen
    /// shows no more.
    #[error(
        "{}",
        say!(
            "{story} The answer was: {why}. Going back did not come off either",
            story = .story,
            why = answer(.why)
        )
    )]
    NotSetBack { why: Fault, story: Story },
    /// The same, and it is known why.
    #[error(
        "{}",
        say!(
            "{story} The answer was: {why}. Going back did not come off either ({trouble})",
            story = .story,
            why = answer(.why),
            trouble = .trouble
        )
    )]
    BackFailed { why: Fault, story: Story, trouble: Fault },
    /// The same, and neither side could be looked at afterwards.
    #[error(
        "{}",
        say!(
            "{why}. Going back did not come off either, and what both hold cannot be seen now: {trouble}",
            why = answer(.why),
            trouble = .trouble.answer
        )
    )]
    Unseen { why: Fault, trouble: Fault },
}

/// What came back, to go on after it.
fn answer(why: &Fault) -> &str {
    why.answer.trim_end_matches('.')
}

impl BackError {
    /// What to tell of it.
    pub(super) fn fault(&self) -> Fault {
        Fault::of(self, self.why().tried.as_str())
    }

    const fn why(&self) -> &Fault {
        match self {
            Self::NotRestarted { why, .. }
            | Self::SetBack { why, .. }
            | Self::NotSetBack { why, .. }
            | Self::BackFailed { why, .. }
            | Self::Unseen { why, .. } => why,
        }
    }
}

impl Failure for BackError {
    fn system(&self) -> System {
        self.why().system
    }

    fn kind(&self) -> FaultKind {
        self.why().kind.clone()
    }

    fn hint(&self) -> String {
        match self {
            Self::NotRestarted { .. } => say!("Restart Immich: until then logins can fail."),
            Self::SetBack { why, .. } => why.remedy.clone(),
            Self::NotSetBack { .. } | Self::BackFailed { .. } | Self::Unseen { .. } => say!(
                "Start `{us} rotate` again once both can be reached: it sees what each holds, and \
                 goes on or back from there. Every secret is in the secret store.",
                us = crate::say::us()
            ),
        }
    }
}
