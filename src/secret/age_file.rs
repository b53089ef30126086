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
    Failure, Fault, FaultKind, System,
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

    fn fault(&self, error: &AgeFileError, act: &str) -> Fault {
        Fault::of(error, say!("{act} the encrypted file {file}", act, file = self.path.display()))
    }

    fn io(&self, act: &str, error: io::Error) -> Fault {
        self.fault(&AgeFileError::Io(error), act)
    }

    /// What the file holds now. A file that is not there holds nothing.
    fn read(&self) -> Result<Kept, Fault> {
        let bytes = match files::read(&self.path, LONGEST, Readers::OnlyUs) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Kept::default()),
            Err(error) => return Err(self.io(word!("read"), error)),
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
        self.opened(bytes).map_err(|error| self.fault(&error, word!("open")))
    }

    fn opened(&self, bytes: &[u8]) -> Result<Kept, AgeFileError> {
        if bytes.starts_with(ARMOUR) {
            return Err(AgeFileError::TextForm);
        }
        let decryptor = Decryptor::new(bytes).map_err(undecryptable)?;
        if !decryptor.is_scrypt() {
            return Err(AgeFileError::ForAKey);
        }
        let mut identity = age::scrypt::Identity::new(self.passphrase());
        identity.set_max_work_factor(MAX_WORK_FACTOR);
        let mut reader =
            decryptor.decrypt(iter::once(&identity as &dyn Identity)).map_err(undecryptable)?;
        // As large as the file, so that it never moves and leaves a copy.
        let mut text = Zeroizing::new(Vec::with_capacity(bytes.len()));
        reader.read_to_end(&mut text).map_err(AgeFileError::Damaged)?;
        // The message of the parser may quote what it stumbled upon.
        let kept: Kept = serde_json::from_slice(&text).map_err(|error| {
            AgeFileError::OddInside { line: error.line(), column: error.column() }
        })?;
        if kept.version != VERSION {
            return Err(AgeFileError::OtherFormat(kept.version));
        }
        Ok(kept)
    }

    /// Reads, changes and replaces the file, under a lock against other
    /// processes that do the same.
    fn change<T>(&self, call: &Call, change: impl FnOnce(&mut Kept) -> T) -> Result<T, Fault> {
        let folder = self.path.parent().unwrap_or(Path::new("."));
        files::make_private_folder(folder).map_err(|error| self.io(word!("write"), error))?;
        let lock = files::open_private(&self.path.with_extension("lock"))
            .map_err(|error| self.io(word!("lock"), error))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                call.awaits_turn(&self.path);
                lock.lock().map_err(|error| self.io(word!("lock"), error))?;
            }
            Err(TryLockError::Error(error)) => return Err(self.io(word!("lock"), error)),
        }
        // Each key that is derived may take its time on a busy machine.
        call.goes_on();
        let mut kept = self.read()?;
        call.goes_on();
        let result = change(&mut kept);
        let bytes = self.encrypt(&kept)?;
        call.goes_on();
        if call.is_abandoned() {
            return Err(self.fault(&AgeFileError::Abandoned, word!("write")));
        }
        // What is read next comes from the disk.
        *self.cache() = None;
        files::replace(&self.path, &bytes).map_err(|error| self.io(word!("write"), error))?;
        Ok(result)
    }

    fn encrypt(&self, kept: &Kept) -> Result<Vec<u8>, Fault> {
        let failed = |error: AgeFileError| self.fault(&error, word!("encrypt"));
        let wrong =
            |error: &dyn std::fmt::Display| failed(AgeFileError::NotEncrypted(error.to_string()));
        if self.passphrase.is_empty() {
            return Err(failed(AgeFileError::NoPassphrase));
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

fn undecryptable(error: DecryptError) -> AgeFileError {
    match error {
        DecryptError::DecryptionFailed
        | DecryptError::KeyDecryptionFailed
        | DecryptError::NoMatchingKeys => AgeFileError::WrongPassphrase,
        DecryptError::ExcessiveWork { required, .. } => AgeFileError::TooMuchWork(required),
        other => AgeFileError::NoAgeFile(other),
    }
}

/// What is wrong with the file.
#[derive(Debug, thiserror::Error)]
enum AgeFileError {
    #[error("{0}")]
    Io(io::Error),
    #[error("{}", say!("it is in age's text form"))]
    TextForm,
    #[error("{}", say!("it is encrypted to a key and not with a passphrase"))]
    ForAKey,
    #[error("{}", say!("it is damaged: {why}", why = .0))]
    Damaged(io::Error),
    #[error("{}", say!("what is inside is not as this program writes it (line {line}, column {column})", line = .line, column = .column))]
    OddInside { line: usize, column: usize },
    #[error("{}", say!("it has format {format}, this release knows {known}", format = .0, known = VERSION))]
    OtherFormat(u32),
    #[error("{}", say!("the passphrase is wrong"))]
    WrongPassphrase,
    #[error("{}", say!("it asks for a work factor of {factor}", factor = .0))]
    TooMuchWork(u8),
    #[error("{}", say!("it is damaged, or no age file: {why}", why = .0))]
    NoAgeFile(DecryptError),
    #[error("{}", say!("nobody waits for it any more"))]
    Abandoned,
    #[error("{0}")]
    NotEncrypted(String),
    #[error("{}", say!("the passphrase is empty"))]
    NoPassphrase,
}

impl Failure for AgeFileError {
    fn system(&self) -> System {
        System::SecretStore
    }

    fn kind(&self) -> FaultKind {
        match self {
            Self::Io(_) | Self::TooMuchWork(_) => FaultKind::Refused,
            Self::WrongPassphrase => FaultKind::NotSignedIn,
            Self::Abandoned => FaultKind::Late,
            Self::TextForm
            | Self::ForAKey
            | Self::Damaged(_)
            | Self::OddInside { .. }
            | Self::OtherFormat(_)
            | Self::NoAgeFile(_)
            | Self::NotEncrypted(_)
            | Self::NoPassphrase => FaultKind::Unexpected,
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::Io(_) | Self::Abandoned | Self::NotEncrypted(_) => String::new(),
            Self::TextForm => {
                say!("Turn it into the binary form: `age --decrypt`, then `age --passphrase`.")
            }
            Self::ForAKey => {
                say!("Encrypt it with a passphrase: `age --decrypt`, then `age --passphrase`.")
            }
            Self::Damaged(_) | Self::NoAgeFile(_) => {
                say!("Put a copy of it back from a backup, or move it away and start anew.")
            }
            Self::OddInside { .. } => {
                say!("Look at it with `age --decrypt`, or move it away and start anew.")
            }
            Self::OtherFormat(_) => say!("Use the release of immich-sso that wrote it."),
            Self::WrongPassphrase => {
                say!("Type the passphrase that you chose when the file was made.")
            }
            Self::TooMuchWork(_) => say!(
                "Encrypt it anew with a work factor of {most} or less.",
                most = MAX_WORK_FACTOR
            ),
            Self::NoPassphrase => say!("Choose one of several words."),
        }
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
