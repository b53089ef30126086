//! What the program is doing.

use super::StepId;
use crate::site::harmless::{Each, Shape::Line};

/// A piece of work, as long as it lasts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Task {
    /// In words.
    Text(String),
    /// Opening the lab.
    OpeningLab,
    /// Opening the secret store and both servers.
    OpeningSite,
    /// Reading the secret store.
    ReadingStore,
    /// Comparing the journal with what is known of its end.
    ComparingJournal,
    /// Reading what a step is about.
    Reading(StepId),
    /// Seeing whether the settings are in effect.
    SeeingEffect,
    /// Looking what changed since the last run.
    LookingWhatChanged,
    /// Looking what became of an effect.
    LookingWhatBecame,
    /// Proving that a step did what it is for.
    Verifying(StepId),
    /// Noting who logged in before.
    NotingLogins,
    /// Looking who logged in.
    LookingWhoLoggedIn,
    /// Looking why a login failed.
    LookingWhyLoginFailed,
    /// Asking Immich where its login leads.
    AskingWhereLoginLeads,
    /// The lab's person logs in.
    LogsIn {
        /// Their name.
        name: String,
    },
}

impl Task {
    /// Its name: "reading the secret store". Here because the fault of work
    /// that takes too long carries it.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::OpeningLab => say!("opening the lab"),
            Self::OpeningSite => say!("opening the secret store and both servers"),
            Self::ReadingStore => say!("reading the secret store"),
            Self::ComparingJournal => say!("comparing the journal with its anchor"),
            Self::Reading(step) => say!("reading what is so: {step}", step = step.title()),
            Self::SeeingEffect => say!("seeing whether the settings are in effect"),
            Self::LookingWhatChanged => say!("looking what changed since last time"),
            Self::LookingWhatBecame => say!("looking what became of it"),
            Self::Verifying(step) => say!("verifying: {step}", step = step.title()),
            Self::NotingLogins => say!("noting who logged in before"),
            Self::LookingWhoLoggedIn => say!("looking who logged in"),
            Self::LookingWhyLoginFailed => say!("looking why the login failed"),
            Self::AskingWhereLoginLeads => say!("asking Immich where its login leads"),
            Self::LogsIn { name } => say!("{name} logs in", name),
        }
    }

    /// Does something with every text that came from outside.
    pub(super) fn each_text(&mut self, each: Each<'_>) {
        match self {
            Self::Text(text) | Self::LogsIn { name: text } => each(text, Line),
            Self::OpeningLab
            | Self::OpeningSite
            | Self::ReadingStore
            | Self::ComparingJournal
            | Self::Reading(_)
            | Self::SeeingEffect
            | Self::LookingWhatChanged
            | Self::LookingWhatBecame
            | Self::Verifying(_)
            | Self::NotingLogins
            | Self::LookingWhoLoggedIn
            | Self::LookingWhyLoginFailed
            | Self::AskingWhereLoginLeads => {}
        }
    }
}

impl<T: Into<String>> From<T> for Task {
    fn from(text: T) -> Self {
        Self::Text(text.into())
    }
}
