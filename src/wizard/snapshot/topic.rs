//! What questions are about.

use jiff::Timestamp;

use super::{LoginState, NothingToUndo, Person, StepId, Tally};
use crate::{
    site::{
        System,
        harmless::{Each, Shape::Line},
    },
    wizard::{effect::Effect, fields::AccessKind},
};

/// What a question is about. [`crate::text::question`] says it in words; code and
/// tests know a question by this.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Topic {
    /// What a step asks.
    Step(StepTopic),
    /// What a run asks at its begin and at its end.
    Run(RunTopic),
    /// What is asked to reach the servers and to work on them.
    Access(AccessTopic),
    /// What is asked to open the secret store.
    Store(StoreTopic),
    /// What is asked to reach the Immich host.
    Host(HostTopic),
    /// What is asked around the test login.
    Login(LoginTopic),
    /// What a rotation or a renewal asks.
    Rotation(RotationTopic),
    /// What an undo asks.
    Undo(UndoTopic),
}

/// What a step asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StepTopic {
    /// Whether the plan of a step is to be carried out.
    Apply(StepId),
    /// Whether the previous client secret is taken for a rotation back.
    TakePrevious,
    /// Whether the pending client secret is to be forgotten, which nothing needs.
    ForgetPending,
    /// A step wants to change what somebody changed by hand.
    ChangedByHand(StepId),
    /// Something keeps a step from going on.
    Blocked(StepId),
    /// Something that was confirmed, or begun for the operator, failed.
    DidNotWork,
    /// A step that has nothing to do is visited.
    Visited(StepId),
    /// The test login is visited after one was seen.
    LoginVisited {
        /// Who logged in.
        who: Person,
        /// When.
        at: Timestamp,
        /// What it came to.
        state: Option<LoginState>,
    },
    /// Nothing asks for a restart of Immich, and it is possible.
    RestartAnyway,
}

/// What a run asks at its begin and at its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RunTopic {
    /// A known site is as wanted.
    NothingToDo,
    /// A known site needs some steps.
    StepsNeeded {
        /// What changed since the last run: how many things, and when that run
        /// was. `None`: the set-up is not complete.
        changed: Option<Changed>,
        /// The steps that are needed.
        steps: Vec<StepId>,
    },
    /// An earlier run was cut short, and what became of it cannot be seen.
    CutShortUnseen,
    /// An earlier run was cut short.
    CutShort {
        /// When it did the first thing whose end was not known.
        at: Timestamp,
    },
    /// Lines of the journal are missing.
    JournalCut,
    /// Whether a site is set up cannot be read.
    SiteUnreadable,
    /// A site was set up by hand, and the profile says other values.
    TakeOver {
        /// Whether Immich logs in through authentik already.
        logs_in: bool,
    },
    /// All steps were walked.
    AllWalked {
        /// Those that are not as wanted.
        not_as_wanted: Vec<StepId>,
    },
    /// All stages of a rotation were walked.
    AllStagesWalked,
}

/// What is asked to reach the servers and to work on them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AccessTopic {
    /// Where browsers open a server.
    Address(System),
    /// An address is not encrypted.
    PlainHttp,
    /// Where this machine reaches the API of a server.
    ApiAddress(System),
    /// Which file holds the operator's certificate authority.
    CaFile,
    /// A server cannot be used as it is.
    CannotBeUsed(System),
    /// The operator stopped a look at a system.
    Stopped(System),
    /// How this program gets the right to work on a server.
    HowToWork(System),
    /// A token for authentik.
    PasteToken,
    /// A key for Immich.
    PasteKey,
    /// The user name in authentik.
    UserName,
    /// The e-mail address in Immich.
    Email,
    /// The password of a person.
    PasswordOf {
        /// The name or address that was typed.
        name: String,
    },
    /// The code of a second factor.
    SecondFactor,
    /// How long this program's token is to last.
    TokenLife,
    /// Whether a token is to be made.
    MakeToken,
    /// Whether an API key is to be made.
    MakeKey,
    /// The token or key that is kept was used at another address so far.
    KeptElsewhere {
        /// The server.
        system: System,
        /// Where it was used last.
        then: String,
        /// Where the profile says that the server is now.
        now: String,
    },
    /// What gave access cannot be told from what others made.
    CannotTellApart {
        /// What it is.
        kind: AccessKind,
        /// Its name.
        name: String,
    },
    /// Whether the copy of the config file on the host goes.
    DeleteCopy,
    /// The copy of the config file could not be deleted.
    CopyStays,
}

/// What is asked to open the secret store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreTopic {
    /// The keyring cannot be used.
    NoKeyring,
    /// The passphrase of the secret store.
    Passphrase,
    /// A passphrase for a new secret store.
    NewPassphrase,
    /// The same once more.
    PassphraseAgain,
}

/// What is asked to reach the Immich host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HostTopic {
    /// How the Immich host is reached.
    SshTarget,
    /// How the bastion is reached.
    Bastion,
    /// How Immich is to be restarted.
    HowToRestart,
    /// A host key is seen for the first time.
    HostKey,
    /// The passphrase of a private key.
    KeyPassphrase,
    /// The host refused all keys.
    Refused,
    /// Where a private key is.
    KeyFile,
    /// The password on the host.
    Password,
    /// Docker refused the user.
    DockerRefused,
    /// The host cannot be reached.
    Unreachable,
}

/// What is asked around the test login.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LoginTopic {
    /// A login is waited for.
    LogIn {
        /// Whether the lab's person can do it.
        stand_in: bool,
    },
    /// Whether Immich opened after a login.
    DidImmichOpen,
    /// Immich sends logins elsewhere than to authentik.
    LeadsElsewhere,
    /// Accounts are linked to nobody whom authentik knows.
    StaleLinks {
        /// How many of them a login would be refused for.
        refused: usize,
    },
    /// Whether there are such accounts cannot be seen.
    LinksUnseen,
    /// Whether links of accounts are to be ended.
    EndLinks,
    /// Links cannot be ended without the host.
    LinksByHand,
    /// Whether redirect URIs of earlier addresses are to go.
    RemoveOldRedirectUris,
}

/// What a rotation or a renewal asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RotationTopic {
    /// Whether anything else uses the client.
    OtherUsers {
        /// Its client id.
        client_id: String,
    },
    /// An earlier rotation is not finished.
    Unfinished,
    /// The same, asked in a set-up.
    Interrupted,
    /// The new secret did not pass its test.
    TestFailed,
    /// Both sides hold the new secret.
    Tested,
    /// Whether issued tokens are to be revoked.
    RevokeTokens,
    /// Issued tokens could not be revoked.
    RevokeFailed,
    /// An earlier renewal left the old token or key.
    RenewalUnfinished {
        /// Its name.
        name: String,
    },
    /// Whether what a renewal replaced is to be deleted.
    DeleteOld {
        /// Whether the old one can be deleted by this program.
        old: bool,
        /// Whether anything else goes that this program made.
        others: bool,
    },
}

/// What an undo asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UndoTopic {
    /// The client secret was rotated after what undo would take back.
    RotatedSince {
        /// When it was rotated.
        rotated: Timestamp,
        /// Whether that rotation came to its end.
        finished: bool,
        /// When the last change was made that undo would take back.
        made: Timestamp,
    },
    /// Whether an effect is to be undone.
    Effect {
        /// What it did.
        effect: Box<Effect>,
    },
    /// Somebody changed what is to be undone.
    ChangedSince {
        /// What the effect did.
        effect: Box<Effect>,
    },
    /// An undo would leave logins that fail.
    LoginsWouldFail,
    /// There is nothing to undo.
    NothingToUndo {
        /// Why.
        why: NothingToUndo,
    },
    /// Only an administrator may take this back.
    NeedsAdministrator(System),
    /// An undo failed.
    Failed,
    /// What an undo came to.
    Undone(Tally),
}

/// What changed on a site since the last run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Changed {
    /// How many things.
    pub things: usize,
    /// When the last run was.
    pub since: Timestamp,
}

/// Each group of topics is a topic.
macro_rules! groups {
    ($($group:ident: $topics:ident),*) => {
        $(impl From<$topics> for Topic {
            fn from(topic: $topics) -> Self {
                Self::$group(topic)
            }
        })*
    };
}

groups! {
    Step: StepTopic, Run: RunTopic, Access: AccessTopic, Store: StoreTopic, Host: HostTopic,
    Login: LoginTopic, Rotation: RotationTopic, Undo: UndoTopic
}

impl Topic {
    /// Does something with every text that came from outside.
    pub(super) fn each_text(&mut self, each: Each<'_>) {
        match self {
            Self::Step(topic) => topic.each_text(each),
            Self::Access(topic) => topic.each_text(each),
            Self::Rotation(topic) => topic.each_text(each),
            Self::Undo(topic) => topic.each_text(each),
            Self::Run(_) | Self::Store(_) | Self::Host(_) | Self::Login(_) => {}
        }
    }
}

impl StepTopic {
    fn each_text(&mut self, each: Each<'_>) {
        match self {
            Self::LoginVisited { who, at: _, state: _ } => who.each_text(each),
            Self::Apply(_)
            | Self::TakePrevious
            | Self::ForgetPending
            | Self::ChangedByHand(_)
            | Self::Blocked(_)
            | Self::DidNotWork
            | Self::Visited(_)
            | Self::RestartAnyway => {}
        }
    }
}

impl AccessTopic {
    fn each_text(&mut self, each: Each<'_>) {
        match self {
            Self::PasswordOf { name: text } | Self::CannotTellApart { kind: _, name: text } => {
                each(text, Line);
            }
            Self::KeptElsewhere { system: _, then, now } => {
                each(then, Line);
                each(now, Line);
            }
            Self::Address(_)
            | Self::PlainHttp
            | Self::ApiAddress(_)
            | Self::CaFile
            | Self::CannotBeUsed(_)
            | Self::Stopped(_)
            | Self::HowToWork(_)
            | Self::PasteToken
            | Self::PasteKey
            | Self::UserName
            | Self::Email
            | Self::SecondFactor
            | Self::TokenLife
            | Self::MakeToken
            | Self::MakeKey
            | Self::DeleteCopy
            | Self::CopyStays => {}
        }
    }
}

impl RotationTopic {
    fn each_text(&mut self, each: Each<'_>) {
        match self {
            Self::OtherUsers { client_id: text } | Self::RenewalUnfinished { name: text } => {
                each(text, Line);
            }
            Self::Unfinished
            | Self::Interrupted
            | Self::TestFailed
            | Self::Tested
            | Self::RevokeTokens
            | Self::RevokeFailed
            | Self::DeleteOld { old: _, others: _ } => {}
        }
    }
}

impl UndoTopic {
    fn each_text(&mut self, each: Each<'_>) {
        match self {
            Self::Effect { effect } | Self::ChangedSince { effect } => effect.each_text(each),
            Self::NothingToUndo { why } => why.each_text(each),
            Self::Undone(Tally { taken_back: _, left: _, remains }) => {
                for remains in remains {
                    remains.each_text(each);
                }
            }
            Self::RotatedSince { rotated: _, finished: _, made: _ }
            | Self::NeedsAdministrator(_)
            | Self::LoginsWouldFail
            | Self::Failed => {}
        }
    }
}
