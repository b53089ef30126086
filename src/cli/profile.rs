//! `immich-sso profile`: which sites there are, and their files.

use std::{
    env,
    fmt::Write as _,
    io::{self, Write},
    path::{Path, PathBuf},
    process::ExitStatus,
};

use clap::Subcommand;
use tokio::process::Command;

use crate::site::{
    Failure, Fault, FaultKind, Folders, NamedFile, Profile, ProfileFile, StoreKind, System,
    UniformFailure, files,
};

use super::{Global, streams::Streams};

/// Longer than any profile.
const LONGEST: usize = 1 << 20;

/// What can be done with profiles.
#[derive(Clone, Debug, Subcommand)]
pub enum ProfileCommand {
    /// Lists the profiles
    List,
    /// Prints the profile and where it is
    Show,
    /// Opens the profile in your editor (`VISUAL`, `EDITOR`) and checks it
    Edit,
    /// Removes the profile; its secrets stay until you forget them
    Remove,
}

/// `immich-sso profile …`; the exit code.
pub(super) fn run(global: &Global, command: &ProfileCommand) -> Result<u8, Fault> {
    let (folders, name) = (Folders::of_user(global.config.as_deref())?, &global.profile);
    Streams::standard(async |streams| {
        match command {
            ProfileCommand::List => list(&folders, streams)?,
            ProfileCommand::Show => show(&ProfileFile::new(&folders, name)?, streams)?,
            ProfileCommand::Edit => edit(&mut ProfileFile::new(&folders, name)?, streams).await?,
            ProfileCommand::Remove => {
                remove(&folders, &mut ProfileFile::new(&folders, name)?, streams)?;
            }
        }
        Ok(0)
    })
}

fn list(folders: &Folders, streams: &mut Streams<'_>) -> Result<(), Fault> {
    let names = ProfileFile::list(folders)?;
    if names.is_empty() {
        let folder = folders.config().display();
        streams.say(&say!("There is no profile in {folder}.", folder));
        return Ok(());
    }
    let width = names.iter().map(String::len).max().unwrap_or_default();
    let mut text = String::new();
    for name in &names {
        let about = match ProfileFile::new(folders, name)?.load() {
            Ok(profile) => about(&profile.unwrap_or_default()),
            Err(fault) => say!("cannot be read: {why}", why = fault.answer),
        };
        let _ = writeln!(text, "{name:<width$}  {about}");
    }
    streams.result(&text)
}

fn about(profile: &Profile) -> String {
    let [immich, authentik] = [&profile.immich.url, &profile.authentik.url]
        .map(|url| if url.is_empty() { word!("(no address yet)") } else { url });
    say!("{immich} behind {authentik}", immich, authentik)
}

fn show(file: &ProfileFile, streams: &mut Streams<'_>) -> Result<(), Fault> {
    let text = file.text()?.ok_or_else(|| missing(file))?;
    streams.say(&format!("{}:", file.path().display()));
    streams.result(&text)?;
    // Shown all the same, so that the operator sees what is meant.
    file.parse(&text).map(|_| ())
}

/// Edits a copy, which takes the profile's place once it is a profile.
async fn edit(file: &mut ProfileFile, streams: &mut Streams<'_>) -> Result<(), Fault> {
    let before = file.text()?.ok_or_else(|| missing(file))?;
    let path = file.path().to_owned();
    let fault = |error: EditError| Fault::of(&error, say!("edit {path}", path = path.display()));
    let io_fault = |error| fault(EditError::File(error));
    let folder = file.path().parent().unwrap_or(Path::new("."));
    let mut copy = tempfile::Builder::new()
        .prefix(&format!(".{}-", file.name()))
        .suffix(".toml.edit")
        .tempfile_in(folder)
        .map_err(io_fault)?;
    copy.write_all(before.as_bytes()).map_err(io_fault)?;
    let editor = editor();
    let status = command(&editor, copy.path()).status().await;
    let status = match status {
        Ok(status) => status,
        Err(error) => return Err(fault(EditError::NoEditor { editor, error })),
    };
    if !status.success() {
        return Err(fault(EditError::Ended { editor, status }));
    }
    // Editors replace the file, so it is read by its name.
    let after = NamedFile::read(copy.path(), LONGEST)
        .and_then(|file| file.text().map(str::to_owned))
        .map_err(io_fault)?;
    if after == before {
        streams.say(&say!("Nothing was changed."));
        return Ok(());
    }
    if let Err(refusal) = file.check_new(&after) {
        let kept = file.path().with_extension("toml.rejected");
        files::replace(&kept, after.as_bytes()).map_err(io_fault)?;
        let tried = refusal.tried.clone();
        return Err(Fault::of(&EditError::Rejected { refusal, kept }, tried));
    }
    if file.text()?.as_ref() != Some(&before) {
        return Err(fault(EditError::Moved));
    }
    file.replace_text(&after)?;
    streams.say(&say!("Changed {path}.", path = path.display()));
    Ok(())
}

fn editor() -> String {
    ["VISUAL", "EDITOR"]
        .into_iter()
        .filter_map(|name| env::var(name).ok())
        .find(|editor| !editor.trim().is_empty())
        .unwrap_or_else(|| if cfg!(windows) { "notepad".into() } else { "vi".into() })
}

/// `VISUAL` and `EDITOR` are shell commands, arguments included.
fn command(editor: &str, path: &Path) -> Command {
    if cfg!(windows) {
        let mut words = editor.split_whitespace();
        let mut command = Command::new(words.next().unwrap_or("notepad"));
        command.args(words).arg(path);
        command
    } else {
        let mut command = Command::new("sh");
        command.arg("-c").arg(format!("{editor} \"$1\"")).arg("sh").arg(path);
        command
    }
}

fn remove(
    folders: &Folders,
    file: &mut ProfileFile,
    streams: &mut Streams<'_>,
) -> Result<(), Fault> {
    let kind = file.load().ok().flatten().map(|profile| profile.secrets);
    if !file.remove()? {
        return Err(missing(file));
    }
    let secrets = match kind {
        Some(StoreKind::File) => folders.secrets(file.name()).display().to_string(),
        _ => say!("the keyring of this machine"),
    };
    streams.say(&say!(
        "Removed {path}. Left: its secrets in {secrets} (`{us} secret \
         list`), and its journal {journal}. Nothing was changed on any server.",
        path = file.path().display(),
        secrets,
        journal = folders.journal(file.name()).display(),
        us = crate::say::us_for(file.name()),
    ));
    Ok(())
}

fn missing(file: &ProfileFile) -> Fault {
    let missing = NoFile(file.path().to_owned());
    Fault::of(&missing, say!("find the profile `{name}`", name = file.name()))
}

/// A profile that is not there.
#[derive(Debug, thiserror::Error)]
#[error("{}", say!("there is no file {path}", path = .0.display()))]
struct NoFile(PathBuf);

impl UniformFailure for NoFile {
    const SYSTEM: System = System::Workstation;
    const KIND: FaultKind = FaultKind::NotFound;

    fn hint(&self) -> String {
        say!(
            "`{us} setup` makes one; `{us} profile list` names those there are.",
            us = crate::say::us()
        )
    }
}

/// What goes wrong while a profile is edited.
#[derive(Debug, thiserror::Error)]
enum EditError {
    /// A file cannot be read or written.
    #[error("{0}")]
    File(#[source] io::Error),
    /// The editor does not start.
    #[error("{}", say!("`{editor}`: {error}", editor, error))]
    NoEditor {
        editor: String,
        #[source]
        error: io::Error,
    },
    /// The editor says that it failed.
    #[error("{}", say!("`{editor}` ended with {status}", editor, status))]
    Ended { editor: String, status: ExitStatus },
    /// The profile is not the one that was given to the editor.
    #[error("{}", say!("somebody else changed it while it was being edited"))]
    Moved,
    /// The new text is no profile; it is kept beside the old one.
    #[error("{}", .refusal.answer)]
    Rejected {
        #[source]
        refusal: Fault,
        kept: PathBuf,
    },
}

impl Failure for EditError {
    fn system(&self) -> System {
        match self {
            Self::Rejected { refusal, .. } => refusal.system,
            Self::File(_) | Self::NoEditor { .. } | Self::Ended { .. } | Self::Moved => {
                System::Workstation
            }
        }
    }

    fn kind(&self) -> FaultKind {
        match self {
            Self::File(_) | Self::NoEditor { .. } | Self::Ended { .. } => FaultKind::Refused,
            Self::Moved => FaultKind::Moved,
            Self::Rejected { refusal, .. } => refusal.kind.clone(),
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::NoEditor { .. } => say!("Set EDITOR to an editor that is installed."),
            Self::Ended { .. } => say!("Nothing was changed."),
            Self::File(_) | Self::Moved => String::new(),
            Self::Rejected { refusal, kept } => say!(
                "{remedy} The profile is as it was; your text is in {kept}",
                remedy = &refusal.remedy,
                kept = kept.display()
            ),
        }
    }
}
