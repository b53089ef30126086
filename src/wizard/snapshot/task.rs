//! What the program is doing.

use super::StepId;
use crate::{
    site::{
        System,
        harmless::{Each, Shape::Line},
    },
    wizard::effect::Effect,
};

/// A piece of work, as long as it lasts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Task {
    /// Performs an effect.
    Performing(Box<Effect>),
    /// Looks what became of an effect that was cut short.
    Settling(Box<Effect>),
    /// The same for all that the last run began.
    SettlingLastRun,
    /// The same for all that the last rotation began.
    SettlingLastRotation,
    /// Looks what a run that was undone leaves.
    LookingWhatRemains,
    /// Looks for redirect URIs of earlier addresses.
    LookingForOldUris,
    /// Reads which token is in use.
    ReadingToken,
    /// Reads which secret is kept.
    ReadingSecret,
    /// Reads old values, which an undo may need, from the secret store.
    ReadingOldValues,
    /// Opens the keyring of the operating system.
    OpeningKeyring,
    /// Opens the encrypted file of secrets.
    OpeningStore,
    /// Keeps what was pasted in the secret store.
    KeepingSecret,
    /// Looks at a server.
    LookingAt(System),
    /// Looks how far the way to a server goes.
    FollowingWay(System),
    /// Checks a token for authentik.
    CheckingToken,
    /// Checks a key for Immich.
    CheckingKey,
    /// Signs somebody in at a server.
    SigningIn(System),
    /// Looks for API keys that this program made.
    LookingForOwnKeys,
    /// Looks which objects give this program access.
    LookingForAccess,
    /// Looks what of them is left.
    LookingWhatIsLeft,
    /// Reads how long tokens last, to plan one.
    PlanningToken,
    /// Looks for copies of Immich's config file on the host.
    LookingForCopies,
    /// Deletes one.
    DeletingCopy,
    /// Connects to the Immich host.
    ConnectingToHost,
    /// Looks for Docker on the host.
    LookingForDocker,
    /// Looks what Immich's accounts are linked to.
    ReadingLinks,
    /// Looks whether all is as the last run left it.
    Glancing,
    /// Looks whether a site is set up already.
    LookingForSetup,
    /// Looks which secret both sides hold.
    LookingAtBothSides,
    /// The same where a rotation begins.
    LookingAtEachSide,
    /// Looks which secret one side holds.
    LookingAtOneSide,
    /// Writes the new secret to both sides.
    SwitchingBothSides,
    /// Asks both sides which secret they take.
    AskingBothSides,
    /// Takes an effect of a switch back.
    GoingBack(Box<Effect>),
    /// Lists the tokens that were issued to a client.
    ListingIssuedTokens,
    /// Looks which token or key is in use.
    LookingForOneInUse,
    /// Looks for what an earlier renewal left.
    LookingForLeftover,
    /// Looks for other tokens or keys that this program made.
    LookingForOthers,
    /// Tries the token or the key that was replaced.
    TryingOldOne,
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
    /// What a test login takes.
    Login(LoginTask),
}

/// What a test login takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LoginTask {
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

impl LoginTask {
    fn name(&self) -> String {
        match self {
            Self::NotingLogins => say!("noting who logged in before"),
            Self::LookingWhoLoggedIn => say!("looking who logged in"),
            Self::LookingWhyLoginFailed => say!("looking why the login failed"),
            Self::AskingWhereLoginLeads => say!("asking Immich where its login leads"),
            Self::LogsIn { name } => say!("{name} logs in", name),
        }
    }
}

impl Task {
    /// Its name: "reading the secret store". Here because the fault of work
    /// that takes too long carries it.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Performing(effect) => effect.to_string(),
            Self::Settling(effect) => say!("looking what became of: {effect}", effect),
            Self::SettlingLastRun => say!("looking what became of what the last run began"),
            Self::SettlingLastRotation => {
                say!("looking what became of what the last rotation began")
            }
            Self::LookingWhatRemains => say!("looking what is left of it"),
            Self::LookingForOldUris => say!("looking for redirect URIs of earlier addresses"),
            Self::ReadingToken => say!("reading which token is in use"),
            Self::ReadingSecret => say!("reading which secret is kept"),
            Self::ReadingOldValues => say!("reading old values from the secret store"),
            Self::OpeningKeyring => say!("opening your keyring; it may ask you to unlock it"),
            Self::OpeningStore => say!("opening the secret store"),
            Self::KeepingSecret => say!("keeping it in the secret store"),
            Self::LookingAt(system) => say!("looking at {system}", system),
            Self::FollowingWay(system) => say!("looking how far the way to {system} goes", system),
            Self::CheckingToken => say!("checking the token and its rights"),
            Self::CheckingKey => say!("checking the API key and its rights"),
            Self::SigningIn(system) => say!("signing in at {system}", system),
            Self::LookingForOwnKeys => say!("looking for keys that this program made"),
            Self::LookingForAccess => say!("looking what gives this program access"),
            Self::LookingWhatIsLeft => say!("looking what is left"),
            Self::PlanningToken => say!("reading how long tokens last, and planning one"),
            Self::LookingForCopies => say!("looking for copies of Immich's config file"),
            Self::DeletingCopy => say!("deleting the copy of Immich's config file"),
            Self::ConnectingToHost => say!("connecting to the Immich host"),
            Self::LookingForDocker => say!("looking for Docker there"),
            Self::ReadingLinks => say!("looking what Immich's accounts are linked to"),
            Self::Glancing => say!("looking whether all is as it was"),
            Self::LookingForSetup => say!("looking whether this site is set up already"),
            Self::LookingAtBothSides => say!("looking at both sides"),
            Self::LookingAtEachSide => say!("looking which secret each side holds"),
            Self::LookingAtOneSide => say!("looking what it holds"),
            Self::SwitchingBothSides => {
                say!("preparing both writes, then switching both sides together")
            }
            Self::AskingBothSides => say!("asking both sides which one they take"),
            Self::GoingBack(effect) => say!("going back: {effect}", effect),
            Self::ListingIssuedTokens => say!("listing the tokens of this client"),
            Self::LookingForOneInUse => say!("looking which one is in use"),
            Self::LookingForLeftover => say!("looking whether an earlier renewal left something"),
            Self::LookingForOthers => say!("looking for others that this program made"),
            Self::TryingOldOne => say!("seeing the old one refused"),
            Self::OpeningLab => say!("opening the lab"),
            Self::OpeningSite => say!("opening the secret store and both servers"),
            Self::ReadingStore => say!("reading the secret store"),
            Self::ComparingJournal => say!("comparing the journal with its anchor"),
            Self::Reading(step) => say!("reading what is so: {step}", step = step.title()),
            Self::SeeingEffect => say!("seeing whether the settings are in effect"),
            Self::LookingWhatChanged => say!("looking what changed since last time"),
            Self::LookingWhatBecame => say!("looking what became of it"),
            Self::Verifying(step) => say!("verifying: {step}", step = step.title()),
            Self::Login(task) => task.name(),
        }
    }

    /// Does something with every text that came from outside.
    pub(super) fn each_text(&mut self, each: Each<'_>) {
        match self {
            Self::Login(LoginTask::LogsIn { name }) => each(name, Line),
            Self::Performing(effect) | Self::Settling(effect) | Self::GoingBack(effect) => {
                effect.each_text(each);
            }
            Self::Login(_)
            | Self::SettlingLastRun
            | Self::SettlingLastRotation
            | Self::LookingWhatRemains
            | Self::LookingForOldUris
            | Self::OpeningLab
            | Self::OpeningSite
            | Self::ReadingStore
            | Self::ComparingJournal
            | Self::Reading(_)
            | Self::SeeingEffect
            | Self::LookingWhatChanged
            | Self::LookingWhatBecame
            | Self::Verifying(_)
            | Self::ReadingOldValues
            | Self::ReadingToken
            | Self::ReadingSecret
            | Self::OpeningKeyring
            | Self::OpeningStore
            | Self::KeepingSecret
            | Self::LookingAt(_)
            | Self::FollowingWay(_)
            | Self::CheckingToken
            | Self::CheckingKey
            | Self::SigningIn(_)
            | Self::LookingForOwnKeys
            | Self::LookingForAccess
            | Self::LookingWhatIsLeft
            | Self::PlanningToken
            | Self::LookingForCopies
            | Self::DeletingCopy
            | Self::ConnectingToHost
            | Self::LookingForDocker
            | Self::ReadingLinks
            | Self::Glancing
            | Self::LookingForSetup
            | Self::LookingAtBothSides
            | Self::LookingAtEachSide
            | Self::LookingAtOneSide
            | Self::SwitchingBothSides
            | Self::AskingBothSides
            | Self::ListingIssuedTokens
            | Self::LookingForOneInUse
            | Self::LookingForLeftover
            | Self::LookingForOthers
            | Self::TryingOldOne => {}
        }
    }
}
