//! `immich-sso secret`: what is kept, and how to get at it when all else
//! fails.

use std::{
    fmt::Write as _,
    io::{self, IsTerminal, Write},
    path::Path,
    time::Duration,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use clap::{Args, Subcommand};
use unicode_width::UnicodeWidthChar;
use zeroize::Zeroizing;

use crate::{
    secret::{Label, Secret, Vault},
    site::{Fault, Folders, Profile, ProfileFile, StoreKind},
    terminal::{ERASE_IN_PLACE, Hold, is_dumb, spelled},
};

use super::{
    Global, hidden, labels,
    no_profile::no_profile,
    secret_fault::{CopyError, SecretError, ShowError},
    streams::Streams,
};

/// To the terminal's other screen, and back from it. See
/// <https://invisible-island.net/xterm/ctlseqs/ctlseqs.html>.
const OTHER_SCREEN: &str = "\x1b[?1049h";
const BACK: &str = "\x1b[?1049l";

/// How long a secret stays on the screen.
const SHOWN_FOR: Duration = Duration::from_secs(30);

/// What can be done with secrets.
#[derive(Clone, Debug, Subcommand)]
pub enum SecretCommand {
    /// Lists what is kept, by label and fingerprint
    List,
    /// Keeps a secret: asks for it, or reads it from standard input
    Set(Named),
    /// Shows a secret on the terminal until a key is pressed
    Show {
        /// Which
        #[command(flatten)]
        named: Named,
        /// Writes it to standard output instead, terminal or not
        #[arg(long)]
        stdout: bool,
    },
    /// Copies a secret to the clipboard of the terminal
    Copy(Named),
    /// Forgets a secret
    Forget(Named),
}

/// Names a secret of the site.
#[derive(Clone, Copy, Debug, Args)]
pub struct Named {
    /// Which
    #[arg(value_name = "LABEL", value_parser = labels())]
    pub label: Label,
}

/// `immich-sso secret …`; the exit code.
pub(super) fn run(global: &Global, command: &SecretCommand) -> Result<u8, Fault> {
    let folders = Folders::of_user(global.config.as_deref())?;
    let mut file = ProfileFile::new(&folders, &global.profile)?;
    let profile = file.load()?;
    let new_file = match command {
        SecretCommand::Set(_) => NewFile::Made,
        _ => NewFile::Refused,
    };
    Streams::standard(async |streams| {
        let vault = match profile {
            Some(profile) => vault_of(&folders, &global.profile, Some(&profile), new_file).await?,
            // It would be kept under a name that nothing reads.
            None if new_file == NewFile::Made => return Err(no_profile(&folders, &file)),
            None => what_is_left(&folders, &file, streams).await?,
        };
        perform(command, &vault, streams).await
    })
}

/// The store in which a profile that is gone may have left secrets. Where nothing
/// shows that there ever was one, a store that does not open is not what is wrong.
async fn what_is_left(
    folders: &Folders,
    file: &ProfileFile,
    streams: &mut Streams<'_>,
) -> Result<Vault, Fault> {
    let name = file.name();
    streams.say(&say!(
        "There is no profile `{name}`. Looking for secrets that an earlier profile of this name \
         left.",
        name
    ));
    let was_there = [folders.secrets(name), folders.journal(name), folders.memory(name)];
    let was_there = was_there.iter().any(|path| !is_missing(path));
    vault_of(folders, name, None, NewFile::Refused)
        .await
        .map_err(|fault| if was_there { fault } else { no_profile(folders, file) })
}

async fn perform(
    command: &SecretCommand,
    vault: &Vault,
    streams: &mut Streams<'_>,
) -> Result<u8, Fault> {
    match command {
        SecretCommand::List => list(vault, streams).await?,
        SecretCommand::Set(Named { label }) => {
            let label = *label;
            let secret = blocking(move || read(label)).await?;
            set(vault, label, &secret, streams).await?;
        }
        SecretCommand::Show { named: Named { label }, stdout: true } => {
            let secret = find(vault, *label).await?;
            let line = Zeroizing::new(format!("{}\n", secret.expose()));
            streams.result(&line)?;
        }
        SecretCommand::Show { named: Named { label }, stdout: false } => {
            show(vault, *label, streams).await?;
        }
        SecretCommand::Copy(Named { label }) => copy(vault, *label, streams).await?,
        SecretCommand::Forget(Named { label }) => {
            if vault.forget(*label).await? {
                streams.say(&say!("Forgot `{label}` in {store}.", label, store = vault.describe()));
            } else {
                let store = vault.describe();
                streams.say(&say!("`{label}` was not kept in {store}.", label, store));
            }
        }
    }
    Ok(0)
}

/// What becomes of an encrypted file that is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NewFile {
    /// It is made, with a new passphrase.
    Made,
    /// That is an error: there is something to read.
    Refused,
}

/// Whether nothing has that name. What cannot be looked at is not missing.
fn is_missing(path: &Path) -> bool {
    path.symlink_metadata().is_err_and(|error| error.kind() == io::ErrorKind::NotFound)
}

/// The secret store of a site, as its profile says; without a profile, the one
/// in which something may be left. Asks for the passphrase of an encrypted
/// file, twice for a new one.
///
/// # Errors
/// When there is no terminal to ask on, the passphrase is wrong, or the file is
/// missing and must not be.
pub(super) async fn vault_of(
    folders: &Folders,
    name: &str,
    profile: Option<&Profile>,
    new_file: NewFile,
) -> Result<Vault, Fault> {
    let path = folders.secrets(name);
    let new = is_missing(&path);
    let kind = profile.map_or_else(
        || if new { StoreKind::Keyring } else { StoreKind::File },
        |profile| profile.secrets,
    );
    let vault = match kind {
        StoreKind::Keyring => Vault::keyring(name),
        StoreKind::File if new && new_file == NewFile::Refused => {
            let error = SecretError::NoFile { profile: name.to_owned() };
            let tried = say!("open the encrypted file {path}", path = path.display());
            return Err(Fault::of(&error, tried));
        }
        StoreKind::File => {
            let passphrase = blocking(move || passphrase(new)).await?;
            Vault::age_file(path, passphrase)
        }
    };
    let vault = vault.on_waiting(|what| {
        if let Some(what) = what {
            let told = say!("Waiting for you: {what}", what);
            let _ = writeln!(io::stderr(), "{}", spelled(&told));
        }
    });
    vault.open().await?;
    Ok(vault)
}

fn passphrase(new: bool) -> Result<Secret, Fault> {
    if !new {
        return hidden::ask(&say!("Passphrase of the encrypted file"));
    }
    let first = hidden::ask(&say!("A passphrase for a new encrypted file"))?;
    if hidden::ask(&say!("The same once more"))? == first {
        return Ok(first);
    }
    Err(Fault::of(&SecretError::NotTheSame, say!("choose a passphrase")))
}

async fn list(vault: &Vault, streams: &mut Streams<'_>) -> Result<(), Fault> {
    let kept = vault.list().await?;
    streams.say(&say!("In {store}:", store = vault.describe()));
    let width = kept.iter().map(|(label, _)| label.name().len()).max().unwrap_or_default();
    let mut text = String::new();
    for (label, fingerprint) in &kept {
        let _ = writeln!(text, "{:<width$}  {fingerprint}  {}", label.name(), label.meaning());
    }
    streams.result(&text)?;
    if kept.is_empty() {
        streams.say(&say!("nothing is kept for this site"));
    }
    Ok(())
}

fn read(label: Label) -> Result<Secret, Fault> {
    let mut input = io::stdin();
    if input.is_terminal() {
        hidden::ask(&say!("The value of `{label}`", label))
    } else {
        hidden::piped(&mut input)
    }
}

/// Keeps a secret. A client secret that it takes the place of is kept too.
async fn set(
    vault: &Vault,
    label: Label,
    secret: &Secret,
    streams: &mut Streams<'_>,
) -> Result<(), Fault> {
    let before = vault.get(label).await?;
    if before.as_ref() == Some(secret) {
        let print = secret.fingerprint();
        streams.say(&say!("`{label}` is that already ({print}).", label, print));
        return Ok(());
    }
    if let (Label::ClientSecret, Some(before)) = (label, &before) {
        vault.put(Label::ClientSecretPrevious, before).await?;
        streams.say(&say!(
            "The one before ({print}) is kept as `{label}`.",
            print = before.fingerprint(),
            label = Label::ClientSecretPrevious
        ));
    }
    vault.put(label, secret).await?;
    streams.say(&say!(
        "Kept `{label}` ({print}) in {store}; read back, it is the same.",
        label,
        print = secret.fingerprint(),
        store = vault.describe()
    ));
    Ok(())
}

async fn find(vault: &Vault, label: Label) -> Result<Secret, Fault> {
    vault.get(label).await?.ok_or_else(|| {
        let error = SecretError::NotKept { store: vault.describe().clone() };
        Fault::of(&error, say!("find `{label}`", label))
    })
}

/// Shows a secret on the terminal's other screen, which leaves nothing behind
/// to scroll back to. A terminal without one (GNU screen, tmux with
/// `alternate-screen off`) keeps what moves out of the screen: so nothing is
/// moved, and what was shown is erased where it stands.
async fn show(vault: &Vault, label: Label, streams: &mut Streams<'_>) -> Result<(), Fault> {
    let refused = |error: ShowError| Fault::of(&error, say!("show `{label}`", label));
    if !streams.out_is_terminal {
        return Err(refused(ShowError::NoTerminal));
    }
    if is_dumb() {
        return Err(refused(ShowError::Dumb));
    }
    let secret = find(vault, label).await?;
    let failed = |error| refused(ShowError::Terminal(error));
    let (columns, rows) = crossterm::terminal::size().map_err(failed)?;
    let text = Zeroizing::new(say!(
        "{label}, {meaning}:\n\n{secret}\n\nAny key hides it; otherwise it goes in {seconds} \
         seconds.",
        label,
        meaning = label.meaning(),
        secret = secret.expose(),
        seconds = SHOWN_FOR.as_secs()
    ));
    let Some(screen) = placed(&text, columns.into(), rows.into()) else {
        return Err(refused(ShowError::TooSmall));
    };
    let hide = format!("{ERASE_IN_PLACE}{BACK}");
    let again = Zeroizing::new(screen.as_bytes().to_vec());
    // From here on a signal hides it, too.
    let hold = Hold::take(again, hide.clone().into_bytes(), || {
        streams.out.write_all(screen.as_bytes()).and_then(|()| streams.out.flush())
    });
    let hold = hold.map_err(failed)?;
    let waited = hidden::key_or(SHOWN_FOR).await;
    // Whatever happened: not a moment longer.
    hold.release(|| streams.out.write_all(hide.as_bytes()).and_then(|()| streams.out.flush()))
        .map_err(failed)?;
    waited.map_err(failed)
}

/// What shows a text in the last rows of the screen: those go last when the
/// screen becomes smaller. `None`: there is no room for it.
fn placed(text: &str, columns: usize, rows: usize) -> Option<Zeroizing<String>> {
    // A character may take two columns.
    let height = |line: &str| {
        let wide = line.chars().map(|c| c.width().unwrap_or(0)).sum::<usize>();
        wide.div_ceil(columns.max(1)).max(1)
    };
    let needed: usize = text.lines().map(height).sum();
    let mut row = rows.checked_sub(needed)? + 1;
    let mut screen = Zeroizing::new(String::with_capacity(text.len() + 64 * (needed + 2)));
    let _ = write!(*screen, "{OTHER_SCREEN}{ERASE_IN_PLACE}");
    for line in text.lines() {
        let _ = write!(*screen, "\x1b[{row};1H{line}");
        row += height(line);
    }
    Some(screen)
}

/// By OSC 52, which reaches the clipboard of the terminal in front of the
/// operator, over SSH too.
async fn copy(vault: &Vault, label: Label, streams: &mut Streams<'_>) -> Result<(), Fault> {
    let fault = |error: CopyError| Fault::of(&error, say!("copy `{label}`", label));
    if streams.terminal().is_none() {
        return Err(fault(CopyError::NoTerminal));
    }
    let secret = find(vault, label).await?;
    let bytes = secret.expose().as_bytes();
    let mut sequence = Zeroizing::new(String::with_capacity(bytes.len() * 2 + 16));
    sequence.push_str("\x1b]52;c;");
    STANDARD.encode_string(bytes, &mut sequence);
    sequence.push_str("\x1b\\");
    if let Some(terminal) = streams.terminal() {
        terminal
            .write_all(sequence.as_bytes())
            .and_then(|()| terminal.flush())
            .map_err(|error| fault(CopyError::Terminal(error)))?;
    }
    streams.say(&say!(
        "Sent `{label}` ({print}) to the clipboard of this terminal. If it does not arrive there, \
         the terminal does not let programs write to it (tmux: `set -g set-clipboard on`).",
        label,
        print = secret.fingerprint()
    ));
    Ok(())
}

/// Runs what waits for the operator on a thread that may.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Fault> + Send + 'static,
) -> Result<T, Fault> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| {
        Err(Fault::of(&SecretError::Crashed(error), say!("ask on the terminal")))
    })
}
