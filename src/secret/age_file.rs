//! The encrypted file: where there is no keyring. The format is age's, with a
//! passphrase, and JSON inside, so that the standard `age` tool opens it when
//! all else is lost: `age --decrypt FILE`.

use std::{
    collections::BTreeMap,
    fs::TryLockError,
    io::{self, Read, Write},
    iter,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

use age::{DecryptError, Decryptor, Encryptor, Identity, secrecy::SecretString};
use ring::digest::{SHA256, digest};
use serde::{Deserialize, Serialize, Serializer, ser::SerializeMap};
use zeroize::Zeroizing;

use crate::site::{
    Fault, FaultKind, System,
    files::{self, Readers},
};

use super::{Call, Label, Readiness, Secret, Store, StorePlace};

/// scrypt's work factor of what is written, as a power of two: 128 MiB and a
/// third of a second on a machine of 2020. A write takes two, as it is read
/// back.
const WORK_FACTOR: u8 = 17;
/// The work factor above which a file is refused: 1 GiB. Above what the `age`
/// tool writes (18), below what takes a small machine down.
const MAX_WORK_FACTOR: u8 = 20;
/// Longer than any file of ours.
const LONGEST: usize = 16 << 20;
/// The format of the JSON inside.
const VERSION: u32 = 1;
/// How age's text form begins, which this program does not write.
const ARMOUR: &[u8] = b"-----BEGIN AGE ENCRYPTED FILE-----";

/// A file that is encrypted with a passphrase and holds the secrets of one
/// site.
pub struct AgeFile {
    path: PathBuf,
    passphrase: Secret,
    /// What was decrypted last, and the digest of the file it came from: as
    /// long as the file is the same, nothing is derived anew.
    opened: Mutex<Option<(Vec<u8>, Kept)>>,
}

/// What is inside.
#[derive(Clone, Deserialize)]
struct Kept {
    version: u32,
    /// By label. Labels of later releases are kept as they are.
    #[serde(default)]
    secrets: BTreeMap<String, Secret>,
}

impl Default for Kept {
    fn default() -> Self {
        Self { version: VERSION, secrets: BTreeMap::new() }
    }
}

impl AgeFile {
    /// The file at `path`, which need not exist yet. Nothing is opened yet.
    #[must_use]
    pub fn new(path: PathBuf, passphrase: Secret) -> Self {
        Self { path, passphrase, opened: Mutex::new(None) }
    }

    fn cache(&self) -> MutexGuard<'_, Option<(Vec<u8>, Kept)>> {
        // A panic in here leaves at worst an old copy, and the digest tells.
        self.opened.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn passphrase(&self) -> SecretString {
        SecretString::from(self.passphrase.expose().to_owned())
    }

    fn fault(&self, kind: FaultKind, tried: &str) -> Fault {
        let tried = format!("{tried} the encrypted file {}", self.path.display());
        Fault::new(System::SecretStore, kind, tried)
    }

    fn io(&self, tried: &str, error: &io::Error) -> Fault {
        self.fault(FaultKind::Refused, tried).answered(error.to_string())
    }

    /// What the file holds now. A file that is not there holds nothing.
    fn read(&self) -> Result<Kept, Fault> {
        let bytes = match files::read(&self.path, LONGEST, Readers::OnlyUs) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Kept::default()),
            Err(error) => return Err(self.io("read", &error)),
        };
        let mark = digest(&SHA256, &bytes).as_ref().to_vec();
        if let Some((seen, kept)) = &*self.cache()
            && *seen == mark
        {
            return Ok(kept.clone());
        }
        let kept = self.decrypt(&bytes)?;
        *self.cache() = Some((mark, kept.clone()));
        Ok(kept)
    }

    fn decrypt(&self, bytes: &[u8]) -> Result<Kept, Fault> {
        if bytes.starts_with(ARMOUR) {
            return Err(self
                .fault(FaultKind::Unexpected, "open")
                .answered("it is in age's text form")
                .remedy(
                    "Turn it into the binary form: `age --decrypt`, then `age --passphrase`.",
                ));
        }
        let decryptor = Decryptor::new(bytes).map_err(|error| self.undecryptable(&error))?;
        if !decryptor.is_scrypt() {
            return Err(self
                .fault(FaultKind::Unexpected, "open")
                .answered("it is encrypted to a key and not with a passphrase")
                .remedy(
                    "Encrypt it with a passphrase: `age --decrypt`, then `age --passphrase`.",
                ));
        }
        let mut identity = age::scrypt::Identity::new(self.passphrase());
        identity.set_max_work_factor(MAX_WORK_FACTOR);
        let mut reader = decryptor
            .decrypt(iter::once(&identity as &dyn Identity))
            .map_err(|error| self.undecryptable(&error))?;
        // As large as the file, so that it never moves and leaves a copy.
        let mut text = Zeroizing::new(Vec::with_capacity(bytes.len()));
        reader.read_to_end(&mut text).map_err(|error| {
            self.fault(FaultKind::Unexpected, "open")
                .answered(format!("it is damaged: {error}"))
                .remedy("Put a copy of it back from a backup, or move it away and start anew.")
        })?;
        // The message of the parser may quote what it stumbled upon.
        let kept: Kept = serde_json::from_slice(&text).map_err(|error| {
            self.fault(FaultKind::Unexpected, "open")
                .answered(format!(
                    "what is inside is not as this program writes it (line {}, column {})",
                    error.line(),
                    error.column()
                ))
                .remedy("Look at it with `age --decrypt`, or move it away and start anew.")
        })?;
        if kept.version != VERSION {
            return Err(self
                .fault(FaultKind::Unexpected, "open")
                .answered(format!("it has format {}, this release knows {VERSION}", kept.version))
                .remedy("Use the release of immich-sso that wrote it."));
        }
        Ok(kept)
    }

    fn undecryptable(&self, error: &DecryptError) -> Fault {
        match error {
            DecryptError::DecryptionFailed
            | DecryptError::KeyDecryptionFailed
            | DecryptError::NoMatchingKeys => self
                .fault(FaultKind::NotSignedIn, "open")
                .answered("the passphrase is wrong")
                .remedy("Type the passphrase that you chose when the file was made."),
            DecryptError::ExcessiveWork { required, .. } => self
                .fault(FaultKind::Refused, "open")
                .answered(format!("it asks for a work factor of {required}"))
                .remedy(format!(
                    "Encrypt it anew with a work factor of {MAX_WORK_FACTOR} or less."
                )),
            other => self
                .fault(FaultKind::Unexpected, "open")
                .answered(format!("it is damaged, or no age file: {other}"))
                .remedy("Put a copy of it back from a backup, or move it away and start anew."),
        }
    }

    /// Reads, changes and replaces the file, under a lock against other
    /// processes that do the same.
    fn change<T>(&self, call: &Call, change: impl FnOnce(&mut Kept) -> T) -> Result<T, Fault> {
        let folder = self.path.parent().unwrap_or(Path::new("."));
        files::make_private_folder(folder).map_err(|error| self.io("write", &error))?;
        let lock = files::open_private(&self.path.with_extension("lock"))
            .map_err(|error| self.io("lock", &error))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                call.awaits_turn(&format!("writing {}", self.path.display()));
                lock.lock().map_err(|error| self.io("lock", &error))?;
            }
            Err(TryLockError::Error(error)) => return Err(self.io("lock", &error)),
        }
        // Each key that is derived may take its time on a busy machine.
        call.goes_on();
        let mut kept = self.read()?;
        call.goes_on();
        let result = change(&mut kept);
        let bytes = self.encrypt(&kept)?;
        call.goes_on();
        if call.is_abandoned() {
            return Err(self
                .fault(FaultKind::Late, "write")
                .answered("nobody waits for it any more"));
        }
        // What is read next comes from the disk.
        *self.cache() = None;
        files::replace(&self.path, &bytes).map_err(|error| self.io("write", &error))?;
        Ok(result)
    }

    fn encrypt(&self, kept: &Kept) -> Result<Vec<u8>, Fault> {
        let wrong = |error: &dyn std::fmt::Display| {
            self.fault(FaultKind::Unexpected, "encrypt").answered(error.to_string())
        };
        if self.passphrase.is_empty() {
            return Err(wrong(&"the passphrase is empty").remedy("Choose one of several words."));
        }
        // Every character can take six as JSON; never moved, so no copy stays.
        let room = kept.secrets.iter().map(|(k, v)| 6 * (k.len() + v.expose().len()) + 16).sum();
        let mut text = Zeroizing::new(Vec::with_capacity(room));
        serde_json::to_writer_pretty(&mut *text, &Exposed(kept)).map_err(|error| wrong(&error))?;
        let mut recipient = age::scrypt::Recipient::new(self.passphrase());
        recipient.set_work_factor(WORK_FACTOR);
        let mut bytes = Vec::new();
        let mut writer = Encryptor::with_recipients(iter::once(&recipient as &dyn age::Recipient))
            .map_err(|error| wrong(&error))?
            .wrap_output(&mut bytes)
            .map_err(|error| wrong(&error))?;
        writer.write_all(&text).map_err(|error| wrong(&error))?;
        writer.finish().map_err(|error| wrong(&error))?;
        Ok(bytes)
    }
}

impl Store for AgeFile {
    fn place(&self) -> StorePlace {
        StorePlace::File { path: self.path.display().to_string() }
    }

    fn open(&self, _: &Call) -> Result<Readiness, Fault> {
        self.read().map(|_| Readiness::Ready)
    }

    fn get(&self, label: Label, _: &Call) -> Result<Option<Secret>, Fault> {
        Ok(self.read()?.secrets.get(label.name()).cloned())
    }

    fn set(&self, label: Label, secret: &Secret, call: &Call) -> Result<(), Fault> {
        self.change(call, |kept| {
            kept.secrets.insert(label.name().to_owned(), secret.clone());
        })
    }

    fn forget(&self, label: Label, call: &Call) -> Result<bool, Fault> {
        if !self.read()?.secrets.contains_key(label.name()) {
            return Ok(false);
        }
        self.change(call, |kept| kept.secrets.remove(label.name()).is_some())
    }
}

impl std::fmt::Debug for AgeFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "AgeFile({})", self.path.display())
    }
}

/// The one place where secrets are serialised: into what is encrypted next.
struct Exposed<'a>(&'a Kept);

impl Serialize for Exposed<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("version", &self.0.version)?;
        let secrets: BTreeMap<&str, &str> = self
            .0
            .secrets
            .iter()
            .map(|(label, secret)| (label.as_str(), secret.expose()))
            .collect();
        map.serialize_entry("secrets", &secrets)?;
        map.end()
    }
}
