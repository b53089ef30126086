//! The secret store: the keyring of the operating system, or, where there is
//! none, a file that is encrypted with a passphrase.

use super::hidden;
use crate::{
    secret::Vault,
    site::{Fault, FaultKind, StoreKind, System, UniformFailure},
    wizard::{
        AccessNote, Key, StorePick, StoreTopic, Task,
        desk::{Desk, Interrupt, Question, Retry},
        systems::Systems,
    },
};

/// Opens the store that the profile names; offers the other where it cannot be
/// opened. Never falls back by itself.
pub(in crate::wizard) async fn open(
    desk: &mut Desk,
    systems: &mut Systems,
) -> Result<(), Interrupt> {
    if systems.vault().is_ok() {
        systems.show_store(desk);
        return recall(desk, systems).await;
    }
    loop {
        let opened = match systems.profile.secrets {
            StoreKind::Keyring => keyring(desk, systems).await?,
            StoreKind::File => file(desk, systems).await?,
        };
        if let Some(vault) = opened {
            systems.use_vault(vault);
            systems.show_store(desk);
            return recall(desk, systems).await;
        }
    }
}

/// Old values that are in the store belong to the journal's effects.
async fn recall(desk: &mut Desk, systems: &mut Systems) -> Result<(), Interrupt> {
    let at_most = systems.vault().map(Vault::at_most).unwrap_or_default();
    let recalling = systems.recall_undo_values();
    let what = Task::ReadingOldValues;
    if let Err(fault) = desk.work(what, at_most, recalling).await? {
        // What cannot be read now is not compared with anything: undo finds
        // that it differs and says so.
        tracing::debug!(%fault, "old values stay in the secret store");
    }
    Ok(())
}

/// The keyring, or `None` when the operator wants to try again or chose the
/// file.
async fn keyring(desk: &mut Desk, systems: &mut Systems) -> Result<Option<Vault>, Interrupt> {
    let vault = Vault::keyring(&systems.files.name);
    let what = Task::OpeningKeyring;
    let fault = match desk.work(what, vault.at_most(), vault.unlock()).await? {
        Ok(()) => return Ok(Some(vault)),
        Err(fault) => fault,
    };
    let use_file = (Key::F, StorePick::UseEncryptedFile);
    // It is the first question of all: there is nothing to go back to.
    let retry = Retry::new(StoreTopic::NoKeyring, StorePick::TryKeyring, use_file);
    if !retry.ask(desk, fault).await? {
        systems.choose_store(StoreKind::File);
    }
    Ok(None)
}

/// The file, or `None` when the operator goes back to the keyring before there
/// is one.
async fn file(desk: &mut Desk, systems: &mut Systems) -> Result<Option<Vault>, Interrupt> {
    let path = systems.secret_file();
    let mut refusal = None;
    loop {
        let exists = path.exists();
        let topic = if exists { StoreTopic::Passphrase } else { StoreTopic::NewPassphrase };
        let asked = Question::hidden(topic)
            .help(AccessNote::StoreFile { path: path.display().to_string() })
            .refused(refusal.take().map(|fault| (String::new(), fault)));
        let asked = if exists { asked } else { asked.can_go_back() };
        let passphrase = match hidden(desk, asked).await {
            Err(Interrupt::Back) if !exists => {
                systems.choose_store(StoreKind::Keyring);
                return Ok(None);
            }
            typed => typed?,
        };
        if !exists {
            let again = Question::hidden(StoreTopic::PassphraseAgain).can_go_back();
            let again = match hidden(desk, again).await {
                Err(Interrupt::Back) => continue,
                typed => typed?,
            };
            if again != passphrase {
                refusal = Some(Fault::of(&NotAlike, say!("take the passphrase")));
                continue;
            }
        }
        let vault = Vault::age_file(path.clone(), passphrase);
        match desk.work(Task::OpeningStore, vault.at_most(), vault.open()).await? {
            Ok(_) => return Ok(Some(vault)),
            Err(fault) => refusal = Some(fault),
        }
    }
}

/// A passphrase that was typed twice is not the same.
#[derive(Debug, thiserror::Error)]
#[error("{}", say!("the two are not the same"))]
struct NotAlike;

impl UniformFailure for NotAlike {
    const SYSTEM: System = System::SecretStore;
    const KIND: FaultKind = FaultKind::Refused;

    fn hint(&self) -> String {
        say!("Type it twice, alike.")
    }
}
