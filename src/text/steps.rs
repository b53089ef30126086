//! Steps: what they are for, and what there is to know about them.

use super::undo::remains;
use crate::{
    host::FileWarning,
    wizard::{About, BackTo, StepId, StepNote},
};

/// The names of steps, one after the other.
pub(super) fn titles(steps: &[StepId]) -> String {
    let titles: Vec<&str> = steps.iter().map(|step| step.title()).collect();
    titles.join(", ")
}

/// What a step does and why, in two or three plain sentences.
#[must_use]
pub fn about(about: &About) -> String {
    match about {
        About::Access => say!(
            "Both servers are looked at, and this program gets the right to work on them. \
             Passwords are used once and never kept; tokens go to the secret store."
        ),
        About::Provider => say!(
            "Makes or mends the OAuth2 provider through which Immich asks authentik who somebody \
             is. Its client secret is generated on this machine and kept in the secret store \
             before authentik is told it."
        ),
        About::Application { slug } => say!(
            "Makes or mends the application `{slug}` in authentik: the tile that people see, and \
             the slug that the issuer ends in. Until it is attached to the provider, authentik \
             answers nobody.",
            slug
        ),
        About::Settings => say!(
            "Tells Immich where authentik is and who it is there. Only the fields below are \
             replaced; everything else that is stored beside them stays as it is."
        ),
        About::Restart => say!(
            "Restarts Immich where it reads its settings only at its start: before 1.106.3, when \
             they were written into its database. What its API writes is in effect at once."
        ),
        About::Login => say!(
            "Tests the whole chain without a person first: Immich's way to authentik, the client \
             id, each redirect URI, the secret on both sides. Then a person logs in, and this \
             program watches both sides until the login shows."
        ),
        About::NewSecret
        | About::Switch
        | About::Test
        | About::NewIsCurrent
        | About::Renewal
        | About::Retirement => rotates(about),
        About::Back { stage, to } => goes_back(*stage, *to),
        About::Undo | About::Removal => undoes(about),
    }
}

fn rotates(about: &About) -> String {
    match about {
        About::NewSecret => say!(
            "Makes a new client secret and keeps it beside the current one. Nothing that runs \
             changes yet."
        ),
        About::Switch => say!(
            "Gives the new secret to authentik and to Immich at the same moment. {how}",
            how = both_at_once()
        ),
        About::Test => say!("Proves that the new secret works and the old one does not."),
        About::NewIsCurrent => say!(
            "The new secret becomes the current one, the old one is kept as the previous. Until \
             then everything can be led back."
        ),
        About::Renewal => say!(
            "A new one is made and asked once with. Then it is kept in the old one's place, and \
             the old one beside it until it is deleted."
        ),
        About::Retirement => say!("Deletes the old one, so that it opens nothing any more."),
        _ => String::new(),
    }
}

fn goes_back(stage: StepId, to: BackTo) -> String {
    match (stage, to) {
        (StepId::Create, BackTo::Previous) => say!(
            "Takes the previous client secret and keeps it as pending beside the current one. \
             Nothing that runs changes yet."
        ),
        (StepId::Create, BackTo::Current) => {
            say!("Makes no secret: both sides get the current one again.")
        }
        (StepId::Set, BackTo::Previous) => say!(
            "Gives the previous secret to authentik and to Immich at the same moment. {how}",
            how = both_at_once()
        ),
        (StepId::Set, BackTo::Current) => say!(
            "Gives the current secret again to each side that holds another one. {how}",
            how = both_at_once()
        ),
        (StepId::Test, BackTo::Previous) => {
            say!("Proves that the previous secret works again, and no other one does.")
        }
        (StepId::Test, BackTo::Current) => {
            say!("Proves that the current secret works, and the pending one does not.")
        }
        (StepId::Finish, BackTo::Previous) => say!(
            "The previous secret becomes the current one, and the current one is kept as the \
             previous. Until then everything can be led back."
        ),
        (StepId::Finish, BackTo::Current) => say!(
            "Forgets the pending secret, once neither side holds it. The current one stays the \
             current one."
        ),
        _ => String::new(),
    }
}

/// How both sides get a secret.
fn both_at_once() -> String {
    say!(
        "Both writes are prepared beforehand. The server that took less time for its last write \
         waits for the other. Between the two, a login that comes back to Immich fails; how long \
         that was is measured. If either write fails, both sides are set back at once."
    )
}

fn undoes(about: &About) -> String {
    match about {
        About::Undo => say!(
            "Takes back what this program changed here, one change at a time, the newest first. \
             Each is shown and confirmed. What somebody else changed since then is overwritten \
             only if you say so."
        ),
        About::Removal => say!(
            "Removes what gives this program access: its token, group, role and service account \
             in authentik, and its API key in Immich. Each is shown and confirmed. Only what the \
             journal of this profile names is removed."
        ),
        _ => String::new(),
    }
}

/// Something to know about a step.
pub(super) fn step_note(note: &StepNote) -> String {
    match note {
        StepNote::ProviderAdopted
        | StepNote::MoreRedirectUris
        | StepNote::NoRedirectUri
        | StepNote::EncryptionKeyOff
        | StepNote::UnfitKeyPair { .. } => of_provider(note),
        StepNote::ProviderTaken { .. }
        | StepNote::OtherProvider { .. }
        | StepNote::ApplicationAdopted => of_application(note),
        StepNote::InsecureIssuer
        | StepNote::LoginScriptPrints { .. }
        | StepNote::CopyKept { .. }
        | StepNote::PasswordLoginStays => of_settings(note),
        StepNote::NotChangedSinceRestart
        | StepNote::InEffectAtOnce { .. }
        | StepNote::ReadAtEveryLogin { .. }
        | StepNote::NotInEffect { .. }
        | StepNote::RestartByHand { .. }
        | StepNote::ImmichIsAway => of_restart(note),
        StepNote::HeldSecretUnknown { why } => {
            say!("Which client secret Immich holds is not known: {why}.", why)
        }
        StepNote::SameAddress => say!(
            "Log in with an account whose e-mail address in authentik equals the one in Immich: \
             then the account is linked instead of a second one being made."
        ),
        StepNote::PrivateWindow => {
            say!("A private window is best: a browser that is logged in already proves little.")
        }
        StepNote::PlanChanged => {
            say!("Something changed since the last plan was shown. This is the new one.")
        }
        StepNote::NotTaken { why } => why.to_string(),
        StepNote::File(warning) => file_warning(warning),
        StepNote::Refused(fault) => fault.to_string().replace('\n', " "),
        StepNote::CanBeAdopted => say!(
            "`{us}` offers to adopt it: to take these values over into the profile, with \
             nothing changed on either side. Until an operator decided that there, \
             `{us} apply` changes nothing of it.",
            us = crate::say::us()
        ),
        StepNote::StillThere(what) => say!("Still there: {what}.", what = remains(what)),
    }
}

fn of_provider(note: &StepNote) -> String {
    match note {
        StepNote::ProviderAdopted => say!(
            "A provider of this name or client id is there already: it is changed, not made a \
             second time."
        ),
        StepNote::MoreRedirectUris => say!(
            "The tutorial names one redirect URI. Linking an account in the user settings and the \
             mobile app need their own."
        ),
        StepNote::NoRedirectUri => say!(
            "The provider has no redirect URI: authentik would trust the first one that anybody \
             asks for."
        ),
        StepNote::EncryptionKeyOff => {
            say!("Immich cannot read encrypted tokens: the encryption key is taken off.")
        }
        StepNote::UnfitKeyPair { name, key_type, algorithm } => say!(
            "The provider's key pair `{name}` is of the type `{key_type}`: it does not sign with \
             {algorithm}, which the profile says Immich expects.",
            name,
            key_type,
            algorithm
        ),
        _ => String::new(),
    }
}

fn of_application(note: &StepNote) -> String {
    match note {
        StepNote::ProviderTaken { other } => say!(
            "The provider is taken from the application `{other}` first. Nobody can log in there \
             then until it gets another one.",
            other
        ),
        StepNote::OtherProvider { number } => say!(
            "The application uses provider number {number} now. Its logins go through ours \
             afterwards.",
            number
        ),
        StepNote::ApplicationAdopted => {
            say!("An application of this slug is there already: it is adopted.")
        }
        _ => String::new(),
    }
}

fn of_settings(note: &StepNote) -> String {
    match note {
        StepNote::InsecureIssuer => say!(
            "The issuer is not encrypted. Immich is told to accept that: whoever can listen \
             between the two can log in as anybody."
        ),
        StepNote::LoginScriptPrints { noise } => say!(
            "A login script of the host's user prints text before each command: “{noise}”. It is \
             told apart from what the commands print, and ignored.",
            noise
        ),
        StepNote::CopyKept { path } => say!(
            "One copy of the file from before is kept beside it, closed to others, as {path}. \
             Undo deletes it, and so does `{us} access remove`.",
            path,
            us = crate::say::us()
        ),
        StepNote::PasswordLoginStays => say!(
            "Password login is left as it is: turn it off only after an administrator has logged \
             in through authentik."
        ),
        _ => String::new(),
    }
}

fn of_restart(note: &StepNote) -> String {
    match note {
        StepNote::NotChangedSinceRestart => {
            say!("The settings were not changed since the last restart.")
        }
        StepNote::InEffectAtOnce { version } => {
            say!("Immich {version} puts what its API writes into effect at once.", version)
        }
        StepNote::ReadAtEveryLogin { version } => {
            say!("Immich {version} reads its settings anew at every login.", version)
        }
        StepNote::NotInEffect { version } => say!(
            "Immich {version} has stored the settings, but does not begin a login with them: it \
             needs a restart to read them.",
            version
        ),
        StepNote::RestartByHand { folder, services } => {
            let services = services.join(" ");
            let command = say!("docker compose restart {services}", services);
            say!("Type this on the Immich host, in {folder}: {command}", folder, command)
        }
        StepNote::ImmichIsAway => {
            say!("Immich is away for a quarter of a minute or so. Uploads resume.")
        }
        _ => String::new(),
    }
}

fn file_warning(warning: &FileWarning) -> String {
    match warning {
        FileWarning::Made(by) => say!(
            "The config file is made by a program ({by}), which will overwrite what is set \
             here. Set the same fields there, too.",
            by
        ),
        FileWarning::SymbolicLink { target } => say!(
            "The config file is a symbolic link. It stays, and the file behind it is written: {file}",
            file = target
        ),
        FileWarning::WrittenInPlace => say!(
            "The config file belongs to another user or group, or has a second name. It is \
             written in place, so that this stays."
        ),
    }
}
