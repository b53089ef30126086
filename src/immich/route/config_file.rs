//! The route into the file that `IMMICH_CONFIG_FILE` names. Immich re-reads it
//! at every login, and a broken one takes the whole server down: it is checked
//! before it is swapped in, and the old one stays beside it.

use futures::future::{BoxFuture, FutureExt};
use serde_json::Value;

use super::{Check, Release, Route, document::Document, kept, moved, stored};
use crate::{
    host::{self, Host},
    immich::{Fields, SettingsChange, Stored, settings::digest_of},
    secret::Secret,
    site::{Fault, HostProfile},
};

/// See the module.
pub(super) struct ConfigFile<'a> {
    host: &'a Host,
    profile: &'a HostProfile,
}

impl<'a> ConfigFile<'a> {
    pub(super) const fn new(host: &'a Host, profile: &'a HostProfile) -> Self {
        Self { host, profile }
    }

    async fn file(&self) -> Result<host::ConfigFile, Fault> {
        self.host.config_file(&self.profile.folder, &self.profile.server_service).await
    }

    async fn document(&self, path: &str) -> Result<(Document, Stored), Fault> {
        let text = self.host.read_file(path).await?;
        let document = Document::parse(path, text.expose())?;
        let basis = digest_of(&Value::from(text.expose()));
        let stored = stored(document.oauth(), basis, true);
        Ok((document, stored))
    }

    async fn swap(
        &self,
        change: &SettingsChange,
        secret: Option<&Secret>,
        basis: &str,
    ) -> Result<(), Fault> {
        let file = self.file().await?;
        let (document, now) = self.document(&file.path).await?;
        if now.basis != basis {
            return Err(moved());
        }
        let text = self.text(change, secret, &file.path, &document).await?;
        self.host.replace_file(&file, &text, mark(basis)).await?;
        self.check(change, secret, file.path).await
    }

    async fn begin<'b>(
        &'b self,
        change: &'b SettingsChange,
        secret: Option<&'b Secret>,
        basis: &str,
    ) -> Result<Release<'b>, Fault> {
        let file = self.file().await?;
        let (document, now) = self.document(&file.path).await?;
        if now.basis != basis {
            return Err(moved());
        }
        let text = self.text(change, secret, &file.path, &document).await?;
        let prepared = self.host.prepare_file(&file, &text, mark(basis)).await?;
        let release = async move {
            prepared.release().await?;
            let check: Check<'b> = self.check(change, secret, file.path).boxed();
            Ok(check)
        };
        Ok(release.boxed())
    }

    /// The file's text after a change.
    async fn text(
        &self,
        change: &SettingsChange,
        secret: Option<&Secret>,
        path: &str,
        document: &Document,
    ) -> Result<Secret, Fault> {
        let (set, gone) = change.parted(secret);
        let before = match &change.verbatim {
            Some(basis) => self.as_it_was(path, basis, document, &set, &gone).await,
            None => None,
        };
        match before {
            Some(text) => Ok(text),
            None => document.with(&set, &gone, change.absent.block),
        }
    }

    async fn check(
        &self,
        change: &SettingsChange,
        secret: Option<&Secret>,
        path: String,
    ) -> Result<(), Fault> {
        let (_, after) = self.document(&path).await?;
        kept(change, secret, &after)
    }

    /// The text that was kept before a change, if that change is all that the
    /// file differs by now: then it is put back to the byte.
    async fn as_it_was(
        &self,
        path: &str,
        basis: &str,
        now: &Document,
        set: &Fields,
        gone: &[String],
    ) -> Option<Secret> {
        let text = self.host.read_file(&host::kept_beside(path, mark(basis))).await.ok()?;
        let before = Document::parse(path, text.expose()).ok()?;
        let same = digest_of(&Value::from(text.expose())) == basis
            && now.is_changed_only_in(&before, set.keys().chain(gone));
        same.then_some(text)
    }
}

/// What marks the copy of a text: the start of its digest.
fn mark(basis: &str) -> &str {
    basis.get(..12).unwrap_or(basis)
}

impl Route for ConfigFile<'_> {
    fn exact(&self, change: &SettingsChange) -> String {
        let (set, gone) = change.parted(Some(&Secret::new("••••••••")));
        let fields = serde_json::to_string_pretty(&set).unwrap_or_default();
        let gone = if gone.is_empty() {
            String::new()
        } else {
            format!("\nand without these: {}", gone.join(", "))
        };
        format!(
            "On the host, in the file that IMMICH_CONFIG_FILE names, as the container's mounts lead to it:\n\
             these fields of \"oauth\", all else as it stands:\n{fields}{gone}\n\n\
             {}",
            self.host.replace_file_command("(the file)")
        )
    }

    fn read(&self) -> BoxFuture<'_, Result<Stored, Fault>> {
        async {
            let file = self.file().await?;
            self.document(&file.path).await.map(|(_, stored)| stored)
        }
        .boxed()
    }

    fn write<'a>(
        &'a self,
        change: &'a SettingsChange,
        secret: Option<&'a Secret>,
        basis: &'a str,
    ) -> BoxFuture<'a, Result<(), Fault>> {
        self.swap(change, secret, basis).boxed()
    }

    fn prepare<'a>(
        &'a self,
        change: &'a SettingsChange,
        secret: Option<&'a Secret>,
        basis: &'a str,
    ) -> BoxFuture<'a, Result<Release<'a>, Fault>> {
        self.begin(change, secret, basis).boxed()
    }

    fn exact_prepared(&self, change: &SettingsChange) -> String {
        let fields = serde_json::to_string_pretty(&change.shown()).unwrap_or_default();
        format!(
            "On the host, in the file that IMMICH_CONFIG_FILE names, as the container's mounts lead to it:\n\
             these fields of \"oauth\", all else as it stands:\n{fields}\n\n\
             The new file is brought to the disk beside the old one beforehand:\n{}\n\n\
             and takes its place at the word\ngo",
            self.host.prepare_file_command("(the file)")
        )
    }
}
