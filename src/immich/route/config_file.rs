//! The route into the file that `IMMICH_CONFIG_FILE` names. Immich re-reads it
//! at every login, and a broken one takes the whole server down: it is checked
//! before it is swapped in, and one copy of the text from before us stays beside
//! it until our changes are undone.

use futures::future::{BoxFuture, FutureExt};
use serde_json::Value;

use super::{
    CarriedOut, Check, Release, Route, Sends, When, document::Document, error::RouteError, kept,
    moved, stored,
};
use crate::{
    host::{self, FileSeen, FileWrite, Host, Keep},
    immich::{
        Fields, SettingsChange, Stored,
        settings::{Place, digest_of},
    },
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

    async fn look(&self, file: &host::ConfigFile) -> Result<Seen, Fault> {
        let seen = self.host.look_at_file(file).await?;
        let text = seen.text.expose();
        let document = match Document::parse(&file.path, text) {
            Ok(document) => document,
            Err(fault) => return Err(self.with_the_copy(fault, &seen).await),
        };
        let basis = digest_of(&Value::from(text));
        let place = Place {
            obstacle: seen.obstacle(),
            warnings: seen.warnings(),
            kept: Some(host::kept_beside(&seen.target)),
        };
        let spelled = document.spelled();
        let stored = Stored { spelled, place, ..stored(document.oauth(), basis, true) };
        Ok(Seen { read: seen, document, stored })
    }

    /// A file that cannot be read may have a copy that can.
    async fn with_the_copy(&self, fault: Fault, seen: &FileSeen) -> Fault {
        match self.host.look_at_kept(seen).await {
            Ok(Some(copy)) => {
                let tried = fault.tried.clone();
                Fault::of(&RouteError::WithCopy { why: fault, copy: copy.target }, tried)
            }
            _ => fault,
        }
    }

    async fn swap(
        &self,
        change: &SettingsChange,
        secret: Option<&Secret>,
        basis: &str,
    ) -> Result<(), Fault> {
        let file = self.file().await?;
        let next = self.next(&file, change, secret, basis).await?;
        self.host.replace_file(&file, &next.write()).await?;
        self.check(change, secret, &file).await?;
        if next.is_as_it_was {
            // Byte by byte as before us: nothing needs the copy any more.
            self.host.forget_copies(&file).await?;
        }
        Ok(())
    }

    async fn begin<'b>(
        &'b self,
        change: &'b SettingsChange,
        secret: Option<&'b Secret>,
        basis: &str,
    ) -> Result<Release<'b>, Fault> {
        let file = self.file().await?;
        let next = self.next(&file, change, secret, basis).await?;
        let prepared = self.host.prepare_file(&file, &next.write()).await?;
        let release = async move {
            let took = prepared.release().await?;
            let check: Check<'b> = async move { self.check(change, secret, &file).await }.boxed();
            Ok(CarriedOut { took, check })
        };
        Ok(release.boxed())
    }

    /// What a change makes of the file.
    async fn next(
        &self,
        file: &host::ConfigFile,
        change: &SettingsChange,
        secret: Option<&Secret>,
        basis: &str,
    ) -> Result<Next, Fault> {
        let now = self.look(file).await?;
        if now.stored.basis != basis {
            return Err(moved());
        }
        if let Some(obstacle) = now.stored.place.obstacle.clone() {
            return Err(obstacle);
        }
        let copy = self.host.look_at_kept(&now.read).await?;
        let (set, gone) = change.parted();
        let set = change.filled(&set, secret)?;
        let before = change
            .verbatim
            .as_deref()
            .and_then(|basis| as_it_was(copy.as_ref()?, basis, &now, (&set, &gone)));
        // One copy: of the text from before our first change. What others
        // changed since, outside of the block, it lacks, and then the text of
        // now is the better one.
        let is_ours = copy.as_ref().is_some_and(|copy| {
            let text = copy.text.expose();
            comments(text) == comments(now.read.text.expose())
                && Document::parse(&copy.target, text)
                    .is_ok_and(|copy| now.document.is_changed_only_in_block(&copy))
        });
        Ok(Next {
            is_as_it_was: before.is_some(),
            text: match before {
                Some(text) => text,
                None => now.document.with(&set, &gone, &change.absent)?,
            },
            sum: now.read.sum,
            keep: keeps(change),
            keeps_old: !is_ours,
        })
    }

    async fn check(
        &self,
        change: &SettingsChange,
        secret: Option<&Secret>,
        file: &host::ConfigFile,
    ) -> Result<(), Fault> {
        kept(change, secret, &self.look(file).await?.stored)
    }
}

/// The file as it is now.
struct Seen {
    read: FileSeen,
    document: Document,
    stored: Stored,
}

/// What is to take its place.
struct Next {
    text: Secret,
    sum: String,
    keep: Keep,
    keeps_old: bool,
    is_as_it_was: bool,
}

impl Next {
    fn write(&self) -> FileWrite<'_> {
        let Self { text, sum, keep, keeps_old, .. } = self;
        FileWrite { text, sum, keep: *keep, keeps_old: *keeps_old }
    }
}

/// What a change does with the old text: what is taken back leaves none.
const fn keeps(change: &SettingsChange) -> Keep {
    if change.takes_back() { Keep::Never } else { Keep::Once }
}

/// The lines that say nothing to Immich, and something to people.
fn comments(text: &str) -> Vec<&str> {
    text.lines().filter(|line| line.trim_start().starts_with('#')).collect()
}

/// The text that was kept before a change, if that change is all that the file
/// differs by now: then it is put back to the byte.
fn as_it_was(
    copy: &FileSeen,
    basis: &str,
    now: &Seen,
    (set, gone): (&Fields, &[String]),
) -> Option<Secret> {
    let before = Document::parse(&copy.target, copy.text.expose()).ok()?;
    let same = digest_of(&Value::from(copy.text.expose())) == basis
        && comments(copy.text.expose()) == comments(now.read.text.expose())
        && now.document.is_changed_only_in(&before, set.keys().chain(gone));
    same.then(|| copy.text.clone())
}

impl Route for ConfigFile<'_> {
    fn sends(&self, change: &SettingsChange, _: &str, when: When) -> Sends {
        let at_a_word = when == When::AtAWord;
        let (fields, gone) = change.parted();
        let keep = keeps(change);
        Sends::ConfigFile {
            fields,
            gone,
            command: self.host.replace_command(keep, at_a_word),
            word: at_a_word.then_some(host::GO),
            kept: (keep == Keep::Once).then(host::copy_name),
            forget: self.host.forget_copies_command(),
        }
    }

    fn read(&self) -> BoxFuture<'_, Result<Stored, Fault>> {
        async {
            let file = self.file().await?;
            self.look(&file).await.map(|now| now.stored)
        }
        .boxed()
    }

    fn kept_copy(&self) -> BoxFuture<'_, Result<Option<String>, Fault>> {
        async {
            let seen = self.host.look_at_file(&self.file().await?).await?;
            Ok(self.host.look_at_kept(&seen).await?.map(|copy| copy.target))
        }
        .boxed()
    }

    fn copies(&self) -> BoxFuture<'_, Result<Vec<String>, Fault>> {
        async { self.host.look_for_copies(&self.file().await?).await }.boxed()
    }

    fn forget_copies(&self) -> BoxFuture<'_, Result<Vec<String>, Fault>> {
        async { self.host.forget_copies(&self.file().await?).await }.boxed()
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
}
