//! What a choice offers.

use jiff::SignedDuration;

use super::offered::Offered;
use crate::site::harmless::{Each, Shape::Line};

/// What an option does. [`crate::text::option`] says it in words; code and tests
/// know an option by this.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pick {
    /// Looks or tries again.
    Again(AgainPick),
    /// Goes on.
    On(OnPick),
    /// Leaves something as it is.
    Leave(LeavePick),
    /// Makes profile and servers fit each other.
    Fit(FitPick),
    /// Undoes something.
    Undo(UndoPick),
    /// Reaches the servers, and gives the right to work on them.
    Access(AccessPick),
    /// How long the token for authentik lasts.
    Token(TokenPick),
    /// Where secrets are kept.
    Store(StorePick),
    /// Reaches the Immich host.
    Host(HostPick),
    /// Belongs to the test login.
    Login(LoginPick),
    /// Rotates or renews.
    Rotation(RotationPick),
}

/// What looks or tries again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AgainPick {
    /// Looks again.
    Look,
    /// Looks again; nothing is changed by that.
    LookUnchanged,
    /// Looks again; nothing is done unconfirmed.
    LookUnconfirmed,
    /// Looks again after the operator repaired what is listed.
    LookOnceRepaired,
    /// Looks again after OAuth was turned off in Immich.
    LookOnceOauthIsOff,
    /// Looks again, and plans anew.
    Plan,
    /// Looks again, and plans the switch anew where it is needed.
    PlanSwitch,
    /// Tries again.
    Try,
    /// Checks again after the problem was fixed.
    Check,
    /// Walks all steps again.
    Walk,
    /// Verifies once more.
    Verify,
    /// Tests another login.
    TestAnotherLogin,
}

/// What goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OnPick {
    /// Goes on.
    On,
    /// Goes on from where a run was cut short.
    FromHere,
    /// Goes on although something could not be seen; each step looks.
    Unseen,
    /// Goes on without knowing whether a site is set up.
    Uncompared,
    /// Goes on without lines of the journal that are missing.
    WithoutLines,
    /// Goes on without a restart.
    WithoutRestart,
    /// Goes on without a test login.
    WithoutLogin,
    /// Goes on without a look at linked accounts.
    WithoutLinks,
    /// Goes on although issued tokens stay valid.
    WithoutRevoking,
    /// Goes to the steps that are needed.
    ToNeeded,
    /// Walks all steps; each is looked at and verified.
    WalkAllVerifying,
    /// Walks all steps.
    WalkAll,
}

/// What leaves something as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LeavePick {
    /// Skips the step.
    Step,
    /// Skips the login whose link leads elsewhere.
    Login,
    /// Ends; nothing is left to do.
    Finish,
    /// Leaves everything as it is.
    Everything,
    /// Leaves a rotation where it stands.
    RotationHere,
    /// Leaves a rotation as it is.
    Rotation,
    /// Leaves a rotation whose test failed as it is.
    RotationUntested,
    /// Leaves a rotation for a later run.
    RotationForLater,
    /// Leaves before a rotation changed anything.
    Unchanged,
    /// Leaves a renewal; the old one works.
    Renewal,
    /// Leaves what a renewal replaced.
    Old,
    /// Leaves, so that a newer journal can be put back.
    ForJournal,
    /// Leaves redirect URIs that are not needed.
    RedirectUris,
    /// Leaves links of accounts, after something failed.
    Links,
    /// Leaves links of accounts, which refuses logins.
    StaleLinks,
    /// Leaves what cannot be told apart.
    It,
    /// Leaves what somebody else changed.
    Changed,
    /// Leaves what Immich logs in through.
    Logins,
    /// Leaves what could not be undone; the rest still can.
    This,
}

/// What makes profile and servers fit each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FitPick {
    /// Puts back what the profile says.
    PutBackProfile,
    /// Takes over what is there now.
    TakeOverChange,
    /// Takes the values of a hand-made site over into the profile.
    TakeOverSite,
    /// Uses the profile's values on a hand-made site.
    UseProfile,
    /// Changes how the servers are reached.
    ChangeReach,
    /// Lets Immich accept an issuer without TLS.
    AllowInsecure,
    /// A value of the profile that fits what is there.
    Offer(Offered),
    /// Tests the login.
    TestLogin,
    /// Plans a restart.
    PlanRestart,
}

/// What undoes something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UndoPick {
    /// Undoes the last run, after a visit.
    LastRunVisited,
    /// Undoes the last run.
    LastRun,
    /// Undoes the run that was cut short.
    ThatRun,
    /// Undoes the run before, too.
    RunBefore,
    /// Undoes a run that is older than the last rotation.
    OlderRun,
    /// Puts back what was there before.
    PutBackBefore,
    /// Undoes although logins then fail.
    Anyway,
    /// Lets nothing to undo count as undone.
    CountAsUndone,
    /// Signs in at Immich for an undo.
    SignInAtImmich,
    /// Signs in at authentik for an undo.
    SignInAtAuthentik,
}

/// What reaches the servers, and gives the right to work on them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AccessPick {
    /// Gets to the right to work on a server.
    Right(RightPick),
    /// Gives another address.
    ChangeAddress,
    /// Names a file with a certificate authority.
    NameCaFile,
    /// Trusts one certificate.
    TrustCertificate {
        /// Its SHA-256 fingerprint.
        fingerprint: String,
    },
    /// Gives an address for the API.
    GiveApiAddress,
    /// Uses an address that is not encrypted.
    UsePlainHttp,
    /// Does not send what is kept to this address.
    NotThere,
    /// Sends what is kept to this address.
    SendThere,
    /// Signs in once, to look.
    SignInToLook,
    /// Deletes the copy of the config file.
    DeleteCopy,
    /// Keeps the copy of the config file.
    KeepCopy,
}

/// What gives the right to work on a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RightPick {
    /// Signs in at authentik once.
    SignInAtAuthentik,
    /// Pastes a token for authentik.
    PasteToken,
    /// Uses the token that is kept.
    UseKeptToken,
    /// Signs in at Immich once.
    SignInAtImmich,
    /// Pastes a key for Immich.
    PasteKey,
    /// Goes without a key for Immich.
    GoWithoutKey,
    /// Uses the key that is kept.
    UseKeptKey,
}

/// How long the token for authentik lasts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenPick {
    /// The token lasts until it is removed.
    Unlimited,
    /// The token lasts for this run.
    ForRun,
    /// The token lasts as long as authentik lets it.
    For(SignedDuration),
}

/// Where secrets are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StorePick {
    /// Tries the keyring again.
    TryKeyring,
    /// Uses an encrypted file.
    UseEncryptedFile,
}

/// What reaches the Immich host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HostPick {
    /// Changes how the host is reached.
    ChangeHost,
    /// Trusts a host key.
    TrustHostKey {
        /// Its fingerprint.
        fingerprint: String,
    },
    /// Names a private key file.
    NameKeyFile,
    /// Signs in at the host with a password.
    UsePassword,
    /// Calls Docker by sudo.
    UseSudo,
    /// Goes through a bastion.
    UseBastion,
    /// Restarts over SSH.
    RestartOverSsh,
    /// Restarts by hand.
    RestartByHand,
}

/// What belongs to the test login.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LoginPick {
    /// The operator saw Immich open.
    ImmichOpened,
    /// The operator saw Immich not open.
    ImmichDidNotOpen,
    /// The lab's person logs in.
    LetPersonLogIn {
        /// The person.
        name: String,
    },
    /// Makes a new key that may list sessions.
    MakeKeyForSessions,
    /// Ends links of accounts.
    EndLinks,
    /// Signs in at authentik, to look at users.
    SignInToSeeUsers,
}

/// What rotates or renews.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RotationPick {
    /// Rotates the client secret.
    ClientSecret,
    /// Renews the token for authentik.
    AuthentikToken,
    /// Nothing but Immich uses the client.
    OnlyImmich,
    /// Something else uses the client.
    OthersToo,
    /// Goes on to the new secret.
    On,
    /// Goes back to the old secret.
    Back,
    /// Goes on with a rotation, forward or back.
    EitherWay,
    /// Goes back to the old secret after a test failed.
    RollBack,
    /// Watches a login first.
    WatchLogin,
    /// Deletes the old token or key.
    DeleteOld,
    /// Makes another new token or key.
    MakeAnother,
    /// Signs in once, to revoke tokens.
    SignInToRevoke,
}

/// Each group of options is an option.
macro_rules! groups {
    ($($group:ident: $picks:ident),*) => {
        $(impl From<$picks> for Pick {
            fn from(pick: $picks) -> Self {
                Self::$group(pick)
            }
        })*
    };
}

groups! {
    Again: AgainPick, On: OnPick, Leave: LeavePick, Fit: FitPick, Undo: UndoPick,
    Access: AccessPick, Token: TokenPick, Store: StorePick, Host: HostPick, Login: LoginPick, Rotation: RotationPick
}

impl Pick {
    /// Does something with every text that came from outside.
    pub(super) fn each_text(&mut self, each: Each<'_>) {
        match self {
            Self::Fit(FitPick::Offer(offered)) => offered.each_text(each),
            Self::Access(AccessPick::TrustCertificate { fingerprint: text })
            | Self::Host(HostPick::TrustHostKey { fingerprint: text })
            | Self::Login(LoginPick::LetPersonLogIn { name: text }) => each(text, Line),
            Self::Again(_)
            | Self::On(_)
            | Self::Leave(_)
            | Self::Undo(_)
            | Self::Token(_)
            | Self::Store(_)
            | Self::Rotation(_)
            | Self::Fit(
                FitPick::PutBackProfile
                | FitPick::TakeOverChange
                | FitPick::TakeOverSite
                | FitPick::UseProfile
                | FitPick::ChangeReach
                | FitPick::AllowInsecure
                | FitPick::TestLogin
                | FitPick::PlanRestart,
            )
            | Self::Access(
                AccessPick::Right(_)
                | AccessPick::ChangeAddress
                | AccessPick::NameCaFile
                | AccessPick::GiveApiAddress
                | AccessPick::UsePlainHttp
                | AccessPick::NotThere
                | AccessPick::SendThere
                | AccessPick::SignInToLook
                | AccessPick::DeleteCopy
                | AccessPick::KeepCopy,
            )
            | Self::Host(
                HostPick::ChangeHost
                | HostPick::NameKeyFile
                | HostPick::UsePassword
                | HostPick::UseSudo
                | HostPick::UseBastion
                | HostPick::RestartOverSsh
                | HostPick::RestartByHand,
            )
            | Self::Login(
                LoginPick::ImmichOpened
                | LoginPick::ImmichDidNotOpen
                | LoginPick::MakeKeyForSessions
                | LoginPick::EndLinks
                | LoginPick::SignInToSeeUsers,
            ) => {}
        }
    }
}
