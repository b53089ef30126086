//! Options of reaching servers, host and secret store, and of the right to work
//! there.

use super::{Label, label, short};
use crate::{
    text::age,
    wizard::{AccessPick, HostPick, RightPick, StorePick, TokenPick},
};

pub(super) fn access(pick: &AccessPick) -> Label {
    match pick {
        AccessPick::ChangeAddress => short(say!("Change the address")),
        AccessPick::NameCaFile => label(
            say!("Name a file with your certificate authority"),
            say!("For servers with certificates of your own authority."),
        ),
        AccessPick::TrustCertificate { fingerprint } => label(
            say!("Trust exactly this certificate"),
            say!("Compare it on the server first: SHA-256 {fingerprint}", fingerprint),
        ),
        AccessPick::GiveApiAddress => label(
            say!("Give another address for the API"),
            say!(
                "Where this machine reaches it, such as its address in your network; browsers \
                 keep using the public one."
            ),
        ),
        AccessPick::UsePlainHttp => {
            label(say!("Use it"), say!("Whoever can listen on the way can read logins and keys."))
        }
        AccessPick::DeleteCopy => label(
            say!("Delete it"),
            say!(
                "This cannot be undone. An undo of the set-up then writes the old values into the \
                 file instead of the old file."
            ),
        ),
        AccessPick::KeepCopy => {
            label(say!("Keep it"), say!("Whoever may read it can read the client secrets in it."))
        }
        AccessPick::Right(pick) => right(*pick),
        AccessPick::NotThere => {
            label(say!("Do not send it there"), say!("Sign in, or paste another one."))
        }
        AccessPick::SendThere => {
            label(say!("Send it there"), say!("It is the same server at a new address."))
        }
        AccessPick::SignInToLook => {
            label(say!("Sign in once, and look"), say!("As an administrator."))
        }
    }
}

/// The right to work on a server.
fn right(pick: RightPick) -> Label {
    match pick {
        RightPick::SignInAtAuthentik => label(
            say!("Sign in once"),
            say!(
                "With the name and password of an administrator. The wizard then makes a token of \
                 its own and forgets the password."
            ),
        ),
        RightPick::PasteToken => label(
            say!("Paste an API token"),
            say!("Made in authentik under Directory, Tokens, with the intent API Token."),
        ),
        RightPick::UseKeptToken => label(say!("Use the token that is kept"), say!("It works.")),
        RightPick::SignInAtImmich => label(
            say!("Sign in once"),
            say!(
                "With the e-mail address and password of an administrator. The wizard then makes \
                 an API key of its own and forgets the password."
            ),
        ),
        RightPick::PasteKey => label(
            say!("Paste an API key"),
            say!("Made in Immich under Account Settings, API Keys."),
        ),
        RightPick::GoWithoutKey => label(
            say!("Go without a key"),
            say!("Settings are then read and written over SSH, in Immich's database."),
        ),
        RightPick::UseKeptKey => label(say!("Use the key that is kept"), say!("It works.")),
    }
}

pub(super) fn token(pick: &TokenPick) -> Label {
    match pick {
        TokenPick::Unlimited => label(
            say!("Until you remove it"),
            say!(
                "It does not end by itself: for a program that is to watch and to rotate. Its \
                 renewal is offered when it is 90 days old."
            ),
        ),
        TokenPick::ForRun => label(
            say!("For this run only"),
            say!(
                "It is deleted at the end of this run, also when you interrupt it. If the run is \
                 killed, the next one deletes it."
            ),
        ),
        TokenPick::For(lasts) => {
            label(say!("For {time}", time = age(*lasts)), say!("authentik ends it by itself."))
        }
    }
}

pub(super) fn store(pick: &StorePick) -> Label {
    match pick {
        StorePick::TryKeyring => {
            label(say!("Try the keyring again"), say!("After you unlocked or started it."))
        }
        StorePick::UseEncryptedFile => label(
            say!("Use an encrypted file instead"),
            say!(
                "In the age format, with a passphrase that you choose; the `age` tool opens it \
                 too."
            ),
        ),
    }
}

pub(super) fn host(pick: &HostPick) -> Label {
    match pick {
        HostPick::ChangeHost => {
            label(say!("Change how the host is reached"), say!("User, host, port."))
        }
        HostPick::TrustHostKey { fingerprint } => label(
            say!("Trust this host key and remember it"),
            say!("Compare it on the host first: {fingerprint}", fingerprint),
        ),
        HostPick::NameKeyFile => short(say!("Name a private key file")),
        HostPick::UsePassword => {
            label(say!("Sign in with a password"), say!("It is used once and kept nowhere."))
        }
        HostPick::UseSudo => {
            label(say!("Call Docker by sudo"), say!("`sudo -n docker`, without a password."))
        }
        HostPick::UseBastion => {
            label(say!("Go through a bastion"), say!("One that reaches the host."))
        }
        HostPick::RestartOverSsh => {
            label(say!("Over SSH"), say!("The wizard restarts it with docker compose."))
        }
        HostPick::RestartByHand => {
            label(say!("I restart it by hand"), say!("The wizard says what to type, and watches."))
        }
    }
}
