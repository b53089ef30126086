//! What the operator is asked, and what an answer must be.

use super::{Key, Note, Pick, PlanView, Topic};
use crate::site::{Address, Fault, SshTarget, TooLong, ValueError, check_length};

/// Names one prompt; a later one has another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PromptId(pub u64);

/// A question to the operator.
#[derive(Clone, Debug, PartialEq)]
pub struct Prompt {
    /// To be sent back with the answer.
    pub id: PromptId,
    /// What it is about; [`crate::text::question`] says it.
    pub topic: Topic,
    /// What helps to answer it, a paragraph each.
    pub help: Vec<Note>,
    /// How it is answered.
    pub kind: PromptKind,
    /// Why the last answer was not taken; a text prompt then starts with that
    /// answer instead of its default.
    pub refused: Option<Fault>,
    /// Whether [`crate::wizard::Answer::Back`] leads anywhere.
    pub can_go_back: bool,
    /// Whether [`crate::wizard::Command::Refresh`] looks at live again while
    /// this stands. It does not where typed text would be lost, nor where there
    /// is nothing to look at.
    pub can_refresh: bool,
}

impl Prompt {
    /// The plan that it asks about, if it asks about one.
    #[must_use]
    pub const fn plan(&self) -> Option<&PlanView> {
        match &self.kind {
            PromptKind::Decide { plan } => Some(plan),
            _ => None,
        }
    }
}

/// How a question is answered.
#[derive(Clone, Debug, PartialEq)]
pub enum PromptKind {
    /// A line of text.
    Text {
        /// What stands in the line at first.
        value: String,
        /// A grey example for an empty line.
        example: String,
        /// What the text must be, checked as it is typed.
        check: Check,
    },
    /// A line that is not shown.
    Hidden,
    /// One of several.
    Choice {
        /// The options, at least one.
        options: Vec<Choice>,
        /// The index of the one that Enter takes: never a dangerous one.
        default: usize,
    },
    /// Yes or no to a plan. The prompt carries it, so that no face can ask
    /// about a plan that it does not have.
    Decide {
        /// The plan.
        plan: PlanView,
    },
}

/// One option of a choice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// What picks it.
    pub key: Key,
    /// What it does; [`crate::text::option`] says it.
    pub pick: Pick,
}

/// What a text must be. Faces call [`Check::accept`] as it is typed; the engine
/// calls it again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Check {
    /// Anything but nothing.
    Filled,
    /// Anything, also nothing.
    Any,
    /// An address: scheme, host, perhaps a port.
    Address,
    /// The same, or nothing.
    OptionalAddress,
    /// `user@host` or `user@host:port`.
    SshTarget,
    /// Six or so digits of a second factor.
    Code,
}

impl Check {
    /// Whether `text` will do.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub fn accept(self, text: &str) -> Result<(), TextRefusal> {
        let text = text.trim();
        check_length(text)?;
        match self {
            Self::Any => Ok(()),
            Self::OptionalAddress if text.is_empty() => Ok(()),
            Self::Address | Self::OptionalAddress => {
                Address::check(text).map_err(TextRefusal::Address)
            }
            _ if text.is_empty() => Err(TextRefusal::Empty),
            Self::Filled => Ok(()),
            Self::SshTarget => SshTarget::check(text).map_err(TextRefusal::SshTarget),
            Self::Code => {
                let digits = text.chars().filter(|c| !c.is_whitespace());
                if digits.clone().all(|c| c.is_ascii_alphanumeric()) && digits.count() >= 6 {
                    Ok(())
                } else {
                    Err(TextRefusal::NoCode)
                }
            }
        }
    }
}

/// Why a text is not taken as an answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TextRefusal {
    /// It is too long for anything.
    #[error(transparent)]
    TooLong(#[from] TooLong),
    /// It is empty.
    #[error("{}", say!("it is empty"))]
    Empty,
    /// It is no address.
    #[error("{}", say!("{why}. {remedy}", why = .0, remedy = .0.hint()))]
    Address(#[source] ValueError),
    /// It is no SSH target.
    #[error("{0}")]
    SshTarget(#[source] ValueError),
    /// It is no code of a second factor.
    #[error("{}", say!("a code has six digits or more"))]
    NoCode,
}
