//! What options say: a label, and what it comes to.

mod reach;

use crate::{
    site::ProfileKey,
    wizard::{
        AgainPick, FitPick, LeavePick, LoginPick, Offered, OnPick, Pick, RotationPick, UndoPick,
    },
};

/// What an option says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// What it does, as an imperative.
    pub text: String,
    /// What that comes to, in a sentence; may be empty.
    pub detail: String,
}

/// What an option says.
#[must_use]
pub fn option(pick: &Pick) -> Label {
    match pick {
        Pick::Again(pick) => again(pick),
        Pick::On(pick) => on(pick),
        Pick::Leave(pick) => leave(pick),
        Pick::Fit(pick) => fit(pick),
        Pick::Undo(pick) => undo(pick),
        Pick::Access(pick) => reach::access(pick),
        Pick::Token(pick) => reach::token(pick),
        Pick::Store(pick) => reach::store(pick),
        Pick::Host(pick) => reach::host(pick),
        Pick::Login(pick) => login(pick),
        Pick::Rotation(pick) => rotation(pick),
    }
}

/// A label without more to say.
fn short(text: String) -> Label {
    Label { text, detail: String::new() }
}

fn label(text: String, detail: String) -> Label {
    Label { text, detail }
}

fn again(pick: &AgainPick) -> Label {
    let look = || say!("Look again");
    match pick {
        AgainPick::Look => short(look()),
        AgainPick::LookUnchanged => label(look(), say!("Nothing is changed.")),
        AgainPick::LookUnconfirmed => label(look(), say!("Nothing is done before you confirm it.")),
        AgainPick::LookOnceRepaired => {
            label(look(), say!("After you mended what is listed above."))
        }
        AgainPick::LookOnceOauthIsOff => {
            label(look(), say!("After you turned OAuth off in Immich."))
        }
        AgainPick::Plan => {
            label(say!("Look again and plan anew"), say!("Nothing is done before you confirm it."))
        }
        AgainPick::PlanSwitch => {
            label(look(), say!("The switch is planned anew where it is needed."))
        }
        AgainPick::Try => short(say!("Try again")),
        AgainPick::Check => label(say!("Check again"), say!("After fixing the problem above.")),
        AgainPick::Walk => label(say!("Walk the steps again"), say!("Each is looked at anew.")),
        AgainPick::Verify => label(say!("Verify anew"), say!("Live is read and proved once more.")),
        AgainPick::TestAnotherLogin => label(
            say!("Test another login"),
            say!("The one that was seen does not count any more then."),
        ),
    }
}

fn on(pick: &OnPick) -> Label {
    match pick {
        OnPick::On => short(say!("Go on")),
        OnPick::FromHere => label(
            say!("Go on from here"),
            say!("Each step is looked at; what is missing is shown and asked about."),
        ),
        OnPick::Unseen => {
            label(say!("Go on all the same"), say!("Each step looks for itself before it plans."))
        }
        OnPick::Uncompared => label(
            say!("Go on without it"),
            say!(
                "Values that work now are compared with the profile; each change is shown and \
                 asked about."
            ),
        ),
        OnPick::WithoutLines => label(
            say!("Go on without the missing lines"),
            say!("This program cannot finish or undo what they say. The gap stays noted."),
        ),
        OnPick::WithoutRestart => short(say!("Go on without")),
        OnPick::WithoutLogin => label(
            say!("Go on without a login"),
            say!("Everything that can be tested without a person was tested."),
        ),
        OnPick::WithoutLinks => {
            label(say!("Go on without looking"), say!("Logins show whether they work."))
        }
        OnPick::WithoutRevoking => {
            label(say!("Go on without"), say!("The tokens stay valid until they expire."))
        }
        OnPick::ToNeeded => {
            label(say!("Go to what is needed"), say!("Every change is shown and confirmed."))
        }
        OnPick::WalkAllVerifying => {
            label(say!("Walk through all steps"), say!("Each is looked at and verified anew."))
        }
        OnPick::WalkAll => short(say!("Walk through all steps")),
    }
}

fn leave(pick: &LeavePick) -> Label {
    let here = || say!("Leave it here");
    let as_it_is = || say!("Leave it as it is");
    let as_they_are = || say!("Leave them as they are");
    match pick {
        LeavePick::Step => {
            label(say!("Skip this step"), say!("What was done so far is in the journal."))
        }
        LeavePick::Login => {
            label(say!("Skip the login"), say!("Nobody is sent there by this program."))
        }
        LeavePick::Finish => short(say!("Finish")),
        LeavePick::Everything => short(say!("Leave everything as it is")),
        LeavePick::RotationHere => label(here(), say!("The next start sees where it stands.")),
        LeavePick::Rotation => label(as_it_is(), say!("Nothing is changed.")),
        LeavePick::RotationUntested => {
            label(as_it_is(), say!("The next start sees where it stands."))
        }
        LeavePick::RotationForLater => label(
            say!("Leave it for later"),
            say!(
                "The set-up then wants the old secret on both sides, and asks before it changes \
                 any."
            ),
        ),
        LeavePick::Unchanged => label(say!("Leave"), say!("Nothing was changed.")),
        LeavePick::Renewal => label(here(), say!("The old one works on.")),
        LeavePick::Old => label(say!("Leave it"), say!("It opens still what it opened.")),
        LeavePick::ForJournal => label(
            say!("Leave"),
            say!("Nothing is changed. Put the newer journal back, then start again."),
        ),
        LeavePick::RedirectUris => {
            label(as_they_are(), say!("The next test login offers it again."))
        }
        LeavePick::Links => short(as_they_are()),
        LeavePick::StaleLinks => {
            label(as_they_are(), say!("Logins to these accounts are refused until then."))
        }
        LeavePick::It => short(say!("Leave it")),
        LeavePick::Changed => {
            label(say!("Leave it as it is now"), say!("What somebody else set stays."))
        }
        LeavePick::Logins => label(say!("Leave this, too"), say!("Logins go on as they are.")),
        LeavePick::This => {
            label(say!("Leave this as it is"), say!("The rest can still be taken back."))
        }
    }
}

fn fit(pick: &FitPick) -> Label {
    match pick {
        FitPick::PutBackProfile => {
            label(say!("Put it back as the profile says"), say!("You see and confirm it first."))
        }
        FitPick::TakeOverChange => {
            label(say!("Take over what is there now"), say!("The profile is changed instead."))
        }
        FitPick::TakeOverSite => label(
            say!("Take them over into the profile"),
            say!("Nothing is changed on either side."),
        ),
        FitPick::UseProfile => label(
            say!("Use the profile's values"),
            say!("Each difference is shown and asked about."),
        ),
        FitPick::ChangeReach => {
            label(say!("Change how the servers are reached"), say!("Addresses and access."))
        }
        FitPick::AllowInsecure => label(
            say!("Allow insecure requests"),
            say!(
                "Immich accepts the issuer without TLS. Only for a network that you trust wholly."
            ),
        ),
        FitPick::Offer(offered) => offer(offered),
        FitPick::TestLogin => label(say!("Test the login"), say!("It changes nothing.")),
        FitPick::PlanRestart => {
            label(say!("Plan a restart"), say!("It is shown and confirmed like any other change."))
        }
    }
}

fn offer(offered: &Offered) -> Label {
    let text = match offered {
        Offered::SignWith { algorithm, key_pair } => {
            say!("Sign with {algorithm}, by the key pair `{key_pair}`", algorithm, key_pair)
        }
        Offered::Flow { key: ProfileKey::InvalidationFlow, slug } => {
            say!("Use the flow `{slug}` to end sessions", slug)
        }
        Offered::Flow { key: _, slug } => say!("Use the flow `{slug}` to ask for consent", slug),
        Offered::ProviderNamed { pk, name } => {
            say!("Ours is number {pk}, named `{name}`", pk, name)
        }
        Offered::ProviderWithClientId { pk, client_id } => {
            say!("Ours is number {pk}, with the client id `{client_id}`", pk, client_id)
        }
        Offered::ApplicationIsOurs { slug } => {
            say!("`{slug}` is our Immich: put this slug into the profile", slug)
        }
        Offered::TakeProviderFrom { other, ours } => {
            say!("Take the provider from `{other}` and attach it to `{ours}`", other, ours)
        }
    };
    let detail = match offered {
        Offered::TakeProviderFrom { .. } => {
            say!("You see and confirm it first. Logins of the other application end.")
        }
        _ => say!("The profile is changed."),
    };
    label(text, detail)
}

fn undo(pick: &UndoPick) -> Label {
    let last = || say!("Take the last run back");
    match pick {
        UndoPick::LastRunVisited => {
            label(last(), say!("Each change is shown and asked about, the newest first."))
        }
        UndoPick::LastRun => label(last(), say!("Change by change, each confirmed.")),
        UndoPick::ThatRun => {
            label(say!("Take that run back"), say!("Change by change, each confirmed."))
        }
        UndoPick::RunBefore => short(say!("Take the run before it back, too")),
        UndoPick::OlderRun => {
            label(say!("Take the run before it back"), say!("Change by change, each confirmed."))
        }
        UndoPick::PutBackBefore => {
            label(say!("Put back what was there before"), say!("You see and confirm it first."))
        }
        UndoPick::Anyway => label(say!("Undo it anyway"), say!("OAuth logins fail from then on.")),
        UndoPick::CountAsUndone => label(say!("Go on"), say!("It counts as taken back.")),
        UndoPick::SignInAtImmich => label(
            say!("Sign in at Immich once"),
            say!("As the administrator who owns the key. The session ends with this run."),
        ),
        UndoPick::SignInAtAuthentik => label(
            say!("Sign in at authentik once"),
            say!(
                "As an administrator: the wizard's own token may not delete anything. The session \
                 ends with this run."
            ),
        ),
    }
}

fn login(pick: &LoginPick) -> Label {
    match pick {
        LoginPick::ImmichOpened => label(
            say!("Yes, Immich opened"),
            say!("The login counts as likely: nothing proves it."),
        ),
        LoginPick::ImmichDidNotOpen => {
            label(say!("No, it did not"), say!("The login counts as failed."))
        }
        LoginPick::LetPersonLogIn { name } => label(
            say!("Let {name} log in", name),
            say!("The lab's own person walks the whole login as a browser would."),
        ),
        LoginPick::MakeKeyForSessions => label(
            say!("Make a new API key"),
            say!(
                "Sign in once. The new key may list sessions, which prove a login; it takes the \
                 old one's place."
            ),
        ),
        LoginPick::EndLinks => label(
            say!("End these links"),
            say!(
                "You see and confirm it first. The next login links each account anew, by its \
                 e-mail address."
            ),
        ),
        LoginPick::SignInToSeeUsers => label(
            say!("Sign in at authentik once"),
            say!("As an administrator. The session serves this look and ends with it."),
        ),
    }
}

fn rotation(pick: &RotationPick) -> Label {
    match pick {
        RotationPick::ClientSecret => label(
            say!("Rotate the client secret"),
            say!("A new one on both sides, with an outage of a moment."),
        ),
        RotationPick::AuthentikToken => label(
            say!("Renew the API token for authentik"),
            say!("A new one is made and tested; then the old one is deleted."),
        ),
        RotationPick::OnlyImmich => short(say!("No, only Immich")),
        RotationPick::OthersToo => label(
            say!("Yes"),
            say!("It cannot log anybody in from the switch on until you give it the new secret."),
        ),
        RotationPick::On => {
            label(say!("Go on to the new secret"), say!("The stages that are left are walked."))
        }
        RotationPick::Back => label(
            say!("Go back to the old one"),
            say!("Both sides are set to it, and the new one forgotten."),
        ),
        RotationPick::EitherWay => label(
            say!("Go on with the rotation"),
            say!("It says where it stands; forward or back."),
        ),
        RotationPick::RollBack => {
            label(say!("Go back to the old secret"), say!("It is shown and confirmed first."))
        }
        RotationPick::WatchLogin => label(
            say!("Watch a login first"),
            say!("Log in once; both sides are watched meanwhile."),
        ),
        RotationPick::DeleteOld => {
            label(say!("Go on: delete it"), say!("It is shown and confirmed first."))
        }
        RotationPick::MakeAnother => {
            label(say!("Make another new one"), say!("Then delete this one yourself."))
        }
        RotationPick::SignInToRevoke => label(
            say!("Sign in once as an administrator"),
            say!("For this alone; the password is kept nowhere."),
        ),
    }
}
