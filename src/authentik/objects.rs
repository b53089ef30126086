//! The provider and the application: looked up, made, changed, deleted.

use super::{
    Application, Client, Provider,
    answers::nonsense,
    call::Call,
    client::{ListError, read},
    path,
};
use crate::{net::Fills, site::Fault};

impl Client {
    /// The provider with exactly this client id.
    pub async fn provider_by_client_id(&self, client_id: &str) -> Result<Option<Provider>, Fault> {
        let tried = say!("look up the provider with the client id `{client_id}`", client_id);
        let path = format!("{}?client_id={}&", path::PROVIDERS, path::query(client_id));
        let found = self.providers(&tried, &path).await?;
        Ok(found.into_iter().find(|provider| provider.client_id == client_id))
    }

    /// The OAuth2 provider with exactly this name.
    pub async fn provider_by_name(&self, name: &str) -> Result<Option<Provider>, Fault> {
        let tried = say!("look up the provider `{name}`", name);
        let path = format!("{}?name={}&", path::PROVIDERS, path::query(name));
        let found = self.providers(&tried, &path).await?;
        Ok(found.into_iter().find(|provider| provider.name == name))
    }

    async fn providers(&self, tried: &str, path: &str) -> Result<Vec<Provider>, Fault> {
        let rows = self.rows(tried, path).await?;
        rows.into_iter()
            .map(|row| Provider::read(row).map_err(|why| Fault::of(&ListError::from(why), tried)))
            .collect()
    }

    /// A provider by its primary key.
    pub async fn provider(&self, pk: i64) -> Result<Option<Provider>, Fault> {
        let tried = say!("read the provider {pk}", pk);
        let Some((body, answer)) = self.find(&tried, &path::provider(pk)).await? else {
            return Ok(None);
        };
        Provider::read(body).map(Some).map_err(|why| nonsense(&tried, &answer, why))
    }

    /// Creates or changes a provider, and returns what it is then.
    pub async fn write_provider(&self, call: &Call, fills: &Fills) -> Result<Provider, Fault> {
        let answer = self.carry_out(call, fills).await?;
        read(call.what(), &answer, Provider::read)
    }

    /// An application by its slug.
    pub async fn application(&self, slug: &str) -> Result<Option<Application>, Fault> {
        let tried = say!("read the application `{slug}`", slug);
        let Some((body, answer)) = self.find(&tried, &path::application(slug)).await? else {
            return Ok(None);
        };
        Application::read(body).map(Some).map_err(|why| nonsense(&tried, &answer, why))
    }

    /// Creates or changes an application, and returns what it is then.
    pub async fn write_application(
        &self,
        call: &Call,
        fills: &Fills,
    ) -> Result<Application, Fault> {
        let answer = self.carry_out(call, fills).await?;
        read(call.what(), &answer, Application::read)
    }
}
