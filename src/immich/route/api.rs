//! The route through Immich's API: the whole settings are read, our fields
//! replaced, and all of it put back.

use futures::future::{BoxFuture, FutureExt};
use serde_json::Value;

use super::{Check, Release, Route, kept, moved, stored};
use crate::{
    immich::{
        Client, SettingsChange, Stored,
        settings::{digest_of, same_outside},
    },
    secret::Secret,
    site::{Fault, FaultKind},
};

/// See the module.
pub(super) struct Api<'a> {
    client: &'a Client,
}

impl<'a> Api<'a> {
    pub(super) const fn new(client: &'a Client) -> Self {
        Self { client }
    }

    async fn put(
        &self,
        change: &SettingsChange,
        secret: Option<&Secret>,
        basis: &str,
    ) -> Result<(), Fault> {
        self.begin(change, secret, basis).await?.await?.await
    }

    /// Immich has no lock and ignores If-Match: the shortest time between
    /// reading and writing is all there is, and reading back shows the rest.
    async fn begin<'b>(
        &'b self,
        change: &'b SettingsChange,
        secret: Option<&'b Secret>,
        basis: &str,
    ) -> Result<Release<'b>, Fault> {
        let (path, before) = self.client.config().await?;
        if digest_of(&before) != basis {
            return Err(moved());
        }
        let mut config = before.clone();
        replace(&mut config, change, secret)?;
        let release = async move {
            let written = self.client.put_config(&path, config).await?;
            let check: Check<'b> = self.check(change, secret, before, written).boxed();
            Ok(check)
        };
        Ok(release.boxed())
    }

    async fn check(
        &self,
        change: &SettingsChange,
        secret: Option<&Secret>,
        before: Value,
        written: Value,
    ) -> Result<(), Fault> {
        let (_, after) = self.client.config().await?;
        kept(change, secret, &view(&after))?;
        if same_outside(change, &before, &written) && same_outside(change, &written, &after) {
            return Ok(());
        }
        Err(super::fault(FaultKind::Moved, "write Immich's settings")
            .answered("our fields are written, but other settings changed at the same moment")
            .remedy("Somebody else saved settings just now. Let them check that theirs are as they left them."))
    }
}

fn view(config: &Value) -> Stored {
    stored(config.get("oauth").and_then(Value::as_object), digest_of(config), true)
}

fn replace(
    config: &mut Value,
    change: &SettingsChange,
    secret: Option<&Secret>,
) -> Result<(), Fault> {
    let oauth = config.get_mut("oauth").and_then(Value::as_object_mut).ok_or_else(|| {
        super::fault(FaultKind::Unexpected, "change Immich's settings")
            .answered("they have no oauth block")
            .remedy("This Immich release keeps its OAuth settings elsewhere: please report its version.")
    })?;
    for (key, value) in change.with_secret(secret) {
        oauth.insert(key, value);
    }
    Ok(())
}

impl Route for Api<'_> {
    fn exact(&self, change: &SettingsChange) -> String {
        let base = self.client.http().base().as_str().trim_end_matches('/').to_owned();
        let fields = serde_json::to_string_pretty(&change.shown()).unwrap_or_default();
        format!(
            "GET {base}/api/system-config\nx-api-key: ••••••••\n\n\
             PUT {base}/api/system-config\nx-api-key: ••••••••\nContent-Type: application/json\n\n\
             all that the GET returned, as it came, with these fields replaced in \"oauth\":\n\
             {fields}"
        )
    }

    fn read(&self) -> BoxFuture<'_, Result<Stored, Fault>> {
        async { self.client.config().await.map(|(_, config)| view(&config)) }.boxed()
    }

    fn write<'a>(
        &'a self,
        change: &'a SettingsChange,
        secret: Option<&'a Secret>,
        basis: &'a str,
    ) -> BoxFuture<'a, Result<(), Fault>> {
        self.put(change, secret, basis).boxed()
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
