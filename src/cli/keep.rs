//! The commands on what is kept here: secrets and profiles.

use std::io::{self, IsTerminal};

use crate::{
    report::{ProfileAction, SecretAction, Streams, profile_command, secret_command, vault_of},
    site::{Fault, FaultKind, Folders, ProfileFile, System},
};

use super::{Global, ProfileCommand, SecretCommand};

/// `immich-sso secret …`
pub(super) fn secret(global: &Global, command: &SecretCommand) -> Result<u8, Fault> {
    let action = match command {
        SecretCommand::List => SecretAction::List,
        SecretCommand::Set(named) => SecretAction::Set(named.label),
        SecretCommand::Show { named, stdout } => {
            SecretAction::Show { label: named.label, to_stdout: *stdout }
        }
        SecretCommand::Copy(named) => SecretAction::Copy(named.label),
        SecretCommand::Forget(named) => SecretAction::Forget(named.label),
    };
    let folders = Folders::of_user(global.config.as_deref())?;
    let profile = ProfileFile::new(&folders, &global.profile)?.load()?;
    runtime()?.block_on(async {
        let vault = vault_of(&folders, &global.profile, profile.as_ref()).await?;
        with_streams(async |streams| secret_command(action, &vault, streams).await).await
    })
}

/// `immich-sso profile …`
pub(super) fn profile(global: &Global, command: &ProfileCommand) -> Result<u8, Fault> {
    let action = match command {
        ProfileCommand::List => ProfileAction::List,
        ProfileCommand::Show => ProfileAction::Show,
        ProfileCommand::Edit => ProfileAction::Edit,
        ProfileCommand::Remove => ProfileAction::Remove,
    };
    let folders = Folders::of_user(global.config.as_deref())?;
    runtime()?.block_on(with_streams(async |streams| {
        profile_command(action, &folders, &global.profile, streams).await
    }))
}

async fn with_streams(
    work: impl AsyncFnOnce(&mut Streams<'_>) -> Result<u8, Fault>,
) -> Result<u8, Fault> {
    let (mut out, mut err) = (io::stdout(), io::stderr());
    let (out_is_terminal, err_is_terminal) = (out.is_terminal(), err.is_terminal());
    let mut streams = Streams { out: &mut out, out_is_terminal, err: &mut err, err_is_terminal };
    work(&mut streams).await
}

fn runtime() -> Result<tokio::runtime::Runtime, Fault> {
    tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|error| {
        Fault::new(System::Workstation, FaultKind::Crashed, "start").answered(error.to_string())
    })
}
