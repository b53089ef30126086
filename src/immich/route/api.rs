//! The route through Immich's API: the whole settings are read, our fields
//! replaced, and all of it put back.

use std::time::Instant;

use futures::future::{BoxFuture, FutureExt};
use serde_json::Value;

use super::{
    CarriedOut, Check, Release, Route, Sends, When,
    error::{RouteError, WRITE},
    kept, moved,
    splice::{self, Edit, SpliceError},
    stored,
};
use crate::{
    immich::{
        Client, SettingsChange, Stored,
        dialect::{SETTINGS, SETTINGS_SECRETS},
        settings::{digest_of, same_outside},
    },
    secret::{Foreign, Secret},
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
        self.begin(change, secret, basis).await?.await?.check.await
    }

    /// Immich has no lock and ignores If-Match: the shortest time between
    /// reading and writing is all there is, and reading back shows the rest.
    async fn begin<'b>(
        &'b self,
        change: &'b SettingsChange,
        secret: Option<&'b Secret>,
        basis: &str,
    ) -> Result<Release<'b>, Fault> {
        let (path, text) = self.client.config().await?;
        let before = self.says(&text)?;
        if digest_of(&before) != basis {
            return Err(moved());
        }
        let config = self.replaced(&text, &before, change, secret)?;
        let says = self.says(&config)?;
        let release = async move {
            let began = Instant::now();
            let written = self.client.put_config(&path, config, says).await?;
            let took = began.elapsed();
            let written = self.says_now(&written)?;
            let check: Check<'b> = self.check(change, secret, before, written).boxed();
            Ok(CarriedOut { took, check })
        };
        Ok(release.boxed())
    }

    /// What settings say, and that nothing in them is ambiguous.
    fn says(&self, text: &Secret) -> Result<Value, Fault> {
        let value = splice::read(text.expose()).map_err(|why| {
            let why = RouteError::Ambiguous(self.searched(&why));
            Fault::of(&why, word!("read Immich's settings"))
        })?;
        self.client.http().learn(&value, SETTINGS_SECRETS);
        Ok(value)
    }

    /// The same after a change was sent.
    fn says_now(&self, text: &Secret) -> Result<Value, Fault> {
        // Not a refusal: the change may be there all the same.
        self.says(text).map_err(|fault| Fault { kind: FaultKind::Unexpected, ..fault })
    }

    fn searched(&self, why: &SpliceError) -> Foreign {
        self.client.http().known().words(&why.to_string())
    }

    /// The settings with our values in the place of theirs; every other byte is
    /// as it came.
    fn replaced(
        &self,
        text: &Secret,
        before: &Value,
        change: &SettingsChange,
        secret: Option<&Secret>,
    ) -> Result<Secret, Fault> {
        let tried = word!("change Immich's settings");
        if !before.get("oauth").is_some_and(Value::is_object) {
            return Err(Fault::of(&RouteError::NoBlock, tried));
        }
        let fields = change.filled(&change.json(), secret)?;
        let paths: Vec<_> =
            fields.iter().map(|(key, value)| (["oauth", key.as_str()], value)).collect();
        let edits: Vec<_> = paths.iter().map(|(path, value)| Edit::set(path, value)).collect();
        splice::splice(text.expose(), &edits)
            .map(|text| Secret::new(text.as_str()))
            .map_err(|why| Fault::of(&RouteError::Unchangeable(self.searched(&why)), tried))
    }

    async fn check(
        &self,
        change: &SettingsChange,
        secret: Option<&Secret>,
        before: Value,
        written: Value,
    ) -> Result<(), Fault> {
        let (_, after) = self.client.config().await?;
        let after = self.says_now(&after)?;
        kept(change, secret, &view(&after))?;
        if same_outside(change, &before, &written) && same_outside(change, &written, &after) {
            return Ok(());
        }
        Err(Fault::of(&RouteError::OthersChanged, WRITE))
    }
}

fn view(config: &Value) -> Stored {
    stored(config.get("oauth").and_then(Value::as_object), digest_of(config), true)
}

impl Route for Api<'_> {
    fn sends(&self, change: &SettingsChange, _: &str, _: When) -> Sends {
        Sends::Api { paths: SETTINGS, fields: change.json() }
    }

    fn read(&self) -> BoxFuture<'_, Result<Stored, Fault>> {
        async {
            let (_, text) = self.client.config().await?;
            Ok(view(&self.says(&text)?))
        }
        .boxed()
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
