//! What questions ask.

use jiff::{Timestamp, tz::TimeZone};

use super::{
    fields::access_kind,
    login::logged_in,
    steps::titles,
    undo::{nothing_to_undo, tally_counted},
};
use crate::{
    site::System,
    wizard::{
        AccessTopic, Changed, HostTopic, LoginTopic, RotationTopic, RunTopic, StepId, StepTopic,
        StoreTopic, Topic, UndoTopic,
    },
};

/// What a question asks, in a sentence.
#[must_use]
pub fn question(topic: &Topic) -> String {
    match topic {
        Topic::Step(topic) => step(topic),
        Topic::Run(topic) => run(topic),
        Topic::Access(topic) => access(topic),
        Topic::Store(topic) => store(topic),
        Topic::Host(topic) => host(topic),
        Topic::Login(topic) => login(topic),
        Topic::Rotation(topic) => rotation(topic),
        Topic::Undo(topic) => undo(topic),
    }
}

fn step(topic: &StepTopic) -> String {
    match topic {
        StepTopic::Apply(step) => apply(*step),
        StepTopic::TakePrevious => say!("Go back to the previous client secret like this?"),
        StepTopic::ForgetPending => say!("Forget the pending entry?"),
        StepTopic::ChangedByHand(step) => {
            say!("{step}: somebody changed it since last time. What now?", step = step.title())
        }
        StepTopic::Blocked(step) => {
            say!("{step} cannot go on like this. What now?", step = step.title())
        }
        StepTopic::DidNotWork => say!("This did not work. What now?"),
        StepTopic::Visited(step) => say!("{step}: nothing to do.", step = step.title()),
        StepTopic::LoginVisited { who, at, state } => {
            let step = StepId::Login.title();
            let seen = logged_in(who, *at, *state);
            say!("{step}: {seen}. What now?", step, seen)
        }
        StepTopic::RestartAnyway => say!("Immich needs no restart. Restart it all the same?"),
    }
}

/// The question that a step's plan is put with.
fn apply(step: StepId) -> String {
    match step {
        StepId::Access => say!("Give this program access like this?"),
        StepId::Provider => say!("Change authentik's provider like this?"),
        StepId::Application => say!("Change authentik's application like this?"),
        StepId::Settings => say!("Write Immich's settings like this?"),
        StepId::Restart => say!("Restart Immich now? It is away for a moment."),
        StepId::Login | StepId::Test => say!("Go on like this?"),
        StepId::Create => say!("Make a new client secret like this?"),
        StepId::Set => say!("Give it to both sides now?"),
        StepId::Finish => say!("Make the pending secret the current one?"),
    }
}

fn run(topic: &RunTopic) -> String {
    match topic {
        RunTopic::NothingToDo => say!("Nothing to do: everything is as wanted. What now?"),
        RunTopic::StepsNeeded { changed, steps } => {
            let what = match changed {
                Some(changed) => changed_since(*changed),
                None => say!("The set-up is not complete"),
            };
            say!("{what}. To be looked at: {steps}.", what, steps = titles(steps))
        }
        RunTopic::CutShortUnseen => {
            say!("The last run was cut short, and what became of it cannot be seen.")
        }
        RunTopic::CutShort { at } => {
            let when = at.to_zoned(TimeZone::system()).strftime("%H:%M on %-d %B");
            say!("The run of {when} was cut short. How do you want to go on?", when)
        }
        RunTopic::JournalCut => {
            say!("The journal of this profile is not complete. What now?")
        }
        RunTopic::SiteUnreadable => {
            say!("Whether this site is set up already cannot be read. What now?")
        }
        RunTopic::TakeOver { logs_in } => {
            let there = hand_made(*logs_in);
            say!("{there}, with other values than the profile. Take them over?", there)
        }
        RunTopic::AllWalked { not_as_wanted } if not_as_wanted.is_empty() => {
            say!("All steps are walked.")
        }
        RunTopic::AllWalked { not_as_wanted } => {
            say!("All steps are walked. Not as wanted: {steps}.", steps = titles(not_as_wanted))
        }
        RunTopic::AllStagesWalked => say!("All stages are walked."),
    }
}

fn moment(at: Timestamp) -> String {
    at.to_zoned(TimeZone::system()).strftime("%-d %B, %H:%M").to_string()
}

fn changed_since(changed: Changed) -> String {
    let at = moment(changed.since);
    match changed.things {
        1 => say!("One thing changed since {at}", at),
        count => say!("{count} things changed since {at}", count, at),
    }
}

/// What is there that nobody made with this program.
pub(super) fn hand_made(logs_in: bool) -> String {
    if logs_in {
        say!("Immich logs in through this authentik already")
    } else {
        say!("authentik has a provider for Immich already")
    }
}

fn access(topic: &AccessTopic) -> String {
    match topic {
        AccessTopic::Address(System::Authentik) => {
            say!("At which address do browsers open authentik?")
        }
        AccessTopic::Address(_) => say!("At which address do browsers open Immich?"),
        AccessTopic::PlainHttp => say!("This address is not encrypted. Use it all the same?"),
        AccessTopic::ApiAddress(system) => {
            say!("Where does this machine reach the API of {system}?", system)
        }
        AccessTopic::CaFile => say!("Which PEM file holds the certificate of your authority?"),
        AccessTopic::CannotBeUsed(system) => {
            say!("{system} cannot be used like this. What now?", system)
        }
        AccessTopic::Stopped(system) => {
            say!("You stopped the look at {system}. What now?", system)
        }
        AccessTopic::HowToWork(System::Immich) => say!("How may this program work on Immich?"),
        AccessTopic::HowToWork(_) => say!("How may this program work on authentik?"),
        AccessTopic::PasteToken => say!("Paste the API token."),
        AccessTopic::PasteKey => say!("Paste the API key."),
        AccessTopic::UserName => say!("Your user name in authentik"),
        AccessTopic::Email => say!("Your e-mail address in Immich"),
        AccessTopic::PasswordOf { name } => say!("The password of {name}", name),
        AccessTopic::SecondFactor => say!("The code of your second factor"),
        AccessTopic::TokenLife => say!("How long is the wizard's token to last?"),
        AccessTopic::MakeToken => say!("Make this token for the wizard?"),
        AccessTopic::MakeKey => say!("Make this API key for the wizard?"),
        AccessTopic::KeptElsewhere { system: System::Immich, then, now } => say!(
            "The API key that is kept was used at {then} so far. This profile names {now}. Send it \
             there?",
            then,
            now
        ),
        AccessTopic::KeptElsewhere { then, now, .. } => say!(
            "The API token that is kept was used at {then} so far. This profile names {now}. Send \
             it there?",
            then,
            now
        ),
        AccessTopic::CannotTellApart { kind, name } => {
            let what = access_kind(*kind);
            say!("The {what} `{name}` cannot be told from others'. What now?", what, name)
        }
        AccessTopic::CopyStays => {
            say!("The copy of Immich's config file on the host stays. What now?")
        }
        AccessTopic::DeleteCopy => say!(
            "Delete the copy of Immich's config file from before, which this program keeps on the \
             host?"
        ),
    }
}

fn store(topic: &StoreTopic) -> String {
    match topic {
        StoreTopic::NoKeyring => {
            say!("The keyring of this machine cannot be used. Where are secrets to be kept?")
        }
        StoreTopic::Passphrase => say!("The passphrase of the secret store"),
        StoreTopic::NewPassphrase => say!("Choose a passphrase for the secret store"),
        StoreTopic::PassphraseAgain => say!("The same passphrase again"),
    }
}

fn host(topic: &HostTopic) -> String {
    match topic {
        HostTopic::SshTarget => say!("How is the Immich host reached over SSH?"),
        HostTopic::Bastion => say!("How is the bastion reached?"),
        HostTopic::HowToRestart => say!("Immich has to be restarted. How?"),
        HostTopic::HostKey => say!("The host is not known yet. Is this its key?"),
        HostTopic::KeyPassphrase => say!("The passphrase of the private key"),
        HostTopic::Refused => say!("The host did not let us in. What now?"),
        HostTopic::KeyFile => say!("The private key file"),
        HostTopic::Password => say!("The password on the host"),
        HostTopic::DockerRefused => say!("Docker does not let this user in. What now?"),
        HostTopic::Unreachable => say!("The host cannot be reached. What now?"),
    }
}

fn login(topic: &LoginTopic) -> String {
    match topic {
        LoginTopic::LogIn { stand_in: true } => {
            say!("Open the link and log in, or let the lab's person do it.")
        }
        LoginTopic::LogIn { stand_in: false } => {
            say!("Open the link in a private window and log in.")
        }
        LoginTopic::DidImmichOpen => say!("Did Immich open?"),
        LoginTopic::LeadsElsewhere => {
            say!("Immich sends logins elsewhere than to authentik. What next?")
        }
        LoginTopic::StaleLinks { refused: 1 } => {
            say!("One account in Immich is linked to nobody whom authentik knows. What now?")
        }
        LoginTopic::StaleLinks { refused: count } => say!(
            "{count} accounts in Immich are linked to nobody whom authentik knows. What now?",
            count
        ),
        LoginTopic::LinksUnseen => {
            say!("Are accounts in Immich linked to old ids? What now?")
        }
        LoginTopic::EndLinks => say!("End these links?"),
        LoginTopic::LinksByHand => {
            say!("Without the Immich host this program cannot end the links.")
        }
        LoginTopic::RemoveOldRedirectUris => say!(
            "A login came over the present address. Take off the redirect URIs that are not \
             needed any more?"
        ),
    }
}

fn rotation(topic: &RotationTopic) -> String {
    match topic {
        RotationTopic::OtherUsers { client_id } => {
            say!("Does anything but Immich use the client `{client_id}`?", client_id)
        }
        RotationTopic::Unfinished => {
            say!("An earlier rotation did not come to its end. Which way?")
        }
        RotationTopic::Interrupted => {
            say!("A rotation of the client secret did not come to its end.")
        }
        RotationTopic::TestFailed => say!("The test failed. What now?"),
        RotationTopic::Tested => {
            say!("Both sides hold the same secret, and authentik accepts it. Go on?")
        }
        RotationTopic::RevokeTokens => say!("Revoke these tokens?"),
        RotationTopic::RevokeFailed => say!("The tokens could not be revoked. What now?"),
        RotationTopic::RenewalUnfinished { name } => say!(
            "An earlier renewal did not come to its end: the old one, `{name}`, is there still.",
            name
        ),
        RotationTopic::DeleteOld { old: true, others: false } => say!("Delete the old one?"),
        RotationTopic::DeleteOld { old: true, others: true } => {
            say!("Delete the old one, and what else this program made and does not use?")
        }
        RotationTopic::DeleteOld { old: false, others: _ } => {
            say!("Delete what this program made and does not use?")
        }
    }
}

fn undo(topic: &UndoTopic) -> String {
    match topic {
        UndoTopic::RotatedSince { rotated, finished: false, made } => say!(
            "The last run began to rotate the client secret ({rotated}) and is not finished: \
             `{us} rotate` finishes it or rolls it back. Undo would take back the run before \
             it ({made}). What now?",
            rotated = moment(*rotated),
            made = moment(*made),
            us = crate::say::us()
        ),
        UndoTopic::RotatedSince { rotated, finished: true, made } => say!(
            "The last run rotated the client secret ({rotated}); `{us} rotate --back` takes \
             that back. Undo would take back the run before it ({made}). What now?",
            rotated = moment(*rotated),
            made = moment(*made),
            us = crate::say::us()
        ),
        UndoTopic::NeedsAdministrator(system) => {
            say!("To remove this, sign in at {system} as an administrator.", system)
        }
        UndoTopic::Effect { effect } => say!("Take this back: {effect}?", effect),
        UndoTopic::ChangedSince { effect } => {
            say!("This was changed since that run did it ({effect}). What now?", effect)
        }
        UndoTopic::LoginsWouldFail => {
            say!("Immich would be left with logins that fail. What now?")
        }
        UndoTopic::NothingToUndo { why } => {
            say!("Nothing to take back here: {why}", why = nothing_to_undo(why))
        }
        UndoTopic::Failed => say!("This cannot be taken back like this. What now?"),
        UndoTopic::Undone(tally) => tally_counted(tally),
    }
}
