//! `immich-sso profile`: which sites there are, and their files.

use std::{env, fmt::Write as _, io::Write, path::Path};

use clap::Subcommand;
use tokio::process::Command;

use crate::site::{
    Fault, FaultKind, Folders, NamedFile, Profile, ProfileFile, StoreKind, System, files,
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
        streams.say(&format!("There is no profile in {}.", folders.config().display()));
        return Ok(());
    }
    let width = names.iter().map(String::len).max().unwrap_or_default();
    let mut text = String::new();
    for name in &names {
        let about = match ProfileFile::new(folders, name)?.load() {
            Ok(profile) => about(&profile.unwrap_or_default()),
            Err(fault) => format!("cannot be read: {}", fault.answer),
        };
        let _ = writeln!(text, "{name:<width$}  {about}");
    }
    streams.result(&text)
}

fn about(profile: &Profile) -> String {
    let [immich, authentik] = [&profile.immich.url, &profile.authentik.url]
        .map(|url| if url.is_empty() { "(no address yet)" } else { url });
    format!("{immich} behind {authentik}")
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
    let fault = |answer: String| {
        Fault::new(
            System::Workstation,
            FaultKind::Refused,
            format!("edit {}", file.path().display()),
        )
        .answered(answer)
    };
    let folder = file.path().parent().unwrap_or(Path::new("."));
    let mut copy = tempfile::Builder::new()
        .prefix(&format!(".{}-", file.name()))
        .suffix(".toml.edit")
        .tempfile_in(folder)
        .map_err(|error| fault(error.to_string()))?;
    copy.write_all(before.as_bytes()).map_err(|error| fault(error.to_string()))?;
    let editor = editor();
    let status = command(&editor, copy.path()).status().await.map_err(|error| {
        fault(format!("`{editor}`: {error}")).remedy("Set EDITOR to an editor that is installed.")
    })?;
    if !status.success() {
        return Err(fault(format!("`{editor}` ended with {status}")).remedy("Nothing was changed."));
    }
    // Editors replace the file, so it is read by its name.
    let after = NamedFile::read(copy.path(), LONGEST)
        .and_then(|file| file.text().map(str::to_owned))
        .map_err(|error| fault(error.to_string()))?;
    if after == before {
        streams.say("Nothing was changed.");
        return Ok(());
    }
    if let Err(refusal) = file.parse(&after) {
        let kept = file.path().with_extension("toml.rejected");
        files::replace(&kept, after.as_bytes()).map_err(|error| fault(error.to_string()))?;
        return Err(Fault {
            tried: refusal.tried.replacen("read", "take over", 1),
            remedy: format!(
                "{} The profile is as it was; your text is in {}",
                refusal.remedy,
                kept.display()
            ),
            ..refusal
        });
    }
    if file.text()?.as_ref() != Some(&before) {
        let moved = "somebody else changed it while it was being edited";
        return Err(Fault { kind: FaultKind::Moved, ..fault(moved.into()) });
    }
    file.replace_text(&after)?;
    streams.say(&format!("Changed {}.", file.path().display()));
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
        _ => "the keyring of this machine".into(),
    };
    streams.say(&format!(
        "Removed {}. Left: its secrets in {secrets} (`immich-sso --profile {name} secret list`), \
         and its journal {}. Nothing was changed on any server.",
        file.path().display(),
        folders.journal(file.name()).display(),
        name = file.name(),
    ));
    Ok(())
}

fn missing(file: &ProfileFile) -> Fault {
    let tried = format!("find the profile `{}`", file.name());
    Fault::new(System::Workstation, FaultKind::NotFound, tried)
        .answered(format!("there is no file {}", file.path().display()))
        .remedy("`immich-sso setup` makes one; `immich-sso profile list` names those there are.")
}
