//! What is in the way of a look or of a plan where no operator is.

use std::time::Duration;

use thiserror::Error;

use crate::{
    site::{Failure, Fault, FaultKind, System},
    wizard::{HandMade, StepId, Task},
};

/// What is in the way.
#[derive(Debug, Error)]
pub(super) enum SurveyFailure {
    /// The file is no plan.
    #[error("{}", .0)]
    NoPlan(#[source] serde_json::Error),
    /// Another release wrote the plan.
    #[error(
        "{}",
        say!("its format is {version}, this release writes {ours}", version, ours = super::VERSION)
    )]
    OtherFormat {
        /// The format of the file.
        version: u32,
    },
    /// The plan is for another site.
    #[error("{}", say!("it was made for the profile `{site}`", site))]
    OtherSite {
        /// The profile that it was made for.
        site: String,
    },
    /// Time was over before a step.
    #[error(
        "{}",
        say!(
            "applying took longer than {seconds} s; this step was not begun",
            seconds = .at_most.as_secs()
        )
    )]
    NotBegun {
        /// How long applying may take.
        at_most: Duration,
    },
    /// The site is another than the plan saw.
    #[error("{}", say!("what is so changed since the plan was made; no more was changed"))]
    Moved {
        /// It is a plan for a rotation.
        rotates: bool,
    },
    /// Somebody set the site up by hand.
    #[error("{}", say!("{note} Nothing was changed", note = .0))]
    HandMade(HandMade),
    /// The look took too long.
    #[error(
        "{}",
        say!(
            "it took longer than {seconds} s, at last {busy}",
            seconds = .at_most.as_secs(),
            busy = .busy.name()
        )
    )]
    SlowLook {
        /// How long it may take.
        at_most: Duration,
        /// What it did then.
        busy: Task,
    },
    /// A question would have to be asked.
    #[error("")]
    Interrupted,
}

impl SurveyFailure {
    /// Reading a plan file failed.
    pub(super) fn reading(self) -> Fault {
        Fault::of(&self, say!("read the plan file"))
    }

    /// A plan was not applied.
    pub(super) fn applying(self) -> Fault {
        Fault::of(&self, say!("apply the plan"))
    }

    /// One step of a plan was not applied.
    pub(super) fn applying_step(self, step: StepId) -> Fault {
        Fault::of(&self, say!("apply the plan for {step}", step = step.title()))
    }

    /// The look at all steps failed.
    pub(super) fn looking(self) -> Fault {
        Fault::of(&self, say!("look at the whole site"))
    }

    /// The look at one step failed.
    pub(super) fn looking_at(self, step: StepId) -> Fault {
        Fault::of(&self, say!("look at {step}", step = step.title()))
    }
}

impl Failure for SurveyFailure {
    fn system(&self) -> System {
        System::Workstation
    }

    fn kind(&self) -> FaultKind {
        match self {
            Self::NoPlan(_)
            | Self::OtherFormat { .. }
            | Self::OtherSite { .. }
            | Self::HandMade(_) => FaultKind::Refused,
            Self::NotBegun { .. } | Self::SlowLook { .. } => FaultKind::Late,
            Self::Moved { .. } => FaultKind::Moved,
            Self::Interrupted => FaultKind::Cancelled,
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::NoPlan(_) | Self::OtherFormat { .. } => {
                say!("Make it anew with `{us} plan --out FILE`.", us = crate::say::us())
            }
            Self::OtherSite { site } => {
                say!("Give `--profile {site}`.", site)
            }
            Self::NotBegun { .. } => say!(
                "What was done is in the journal. Make a new plan for the rest; `--timeout` gives it longer."
            ),
            Self::Moved { rotates: true } => {
                say!(
                    "Make the plan anew with `{us} rotate --plan FILE`, review it, apply it.",
                    us = crate::say::us()
                )
            }
            Self::Moved { rotates: false } => {
                say!(
                    "Make the plan anew with `{us} plan --out FILE`, review it, apply it.",
                    us = crate::say::us()
                )
            }
            Self::HandMade(_) => say!(
                "Run `{us}` once: it offers to take over what is there, or shows each change and asks.",
                us = crate::say::us()
            ),
            Self::SlowLook { .. } => {
                say!("See which of the servers is slow; `--timeout` gives them longer.")
            }
            Self::Interrupted => String::new(),
        }
    }
}
