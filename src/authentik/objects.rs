//! The provider and the application: looked up, made, changed, deleted.

use reqwest::Method;
use serde_json::Value;

use super::{
    Application, Client, Provider,
    answers::nonsense,
    client::{ListError, read},
    path,
};
use crate::{net::Request, site::Fault};

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

    /// `POST` to [`path::PROVIDERS`].
    pub async fn create_provider(&self, body: &Value) -> Result<Provider, Fault> {
        let tried = say!("create the provider{named}", named = named(body));
        let request = Request::new(Method::POST, path::PROVIDERS).json(body.clone());
        let answer = self.succeed(&tried, request).await?;
        read(&tried, &answer, Provider::read)
    }

    /// `PATCH` to [`path::provider`]. Redirect URIs are replaced as a whole,
    /// and each entry must name its URL and matching mode: authentik saves a
    /// broken one and then fails to list any provider.
    pub async fn patch_provider(&self, pk: i64, body: &Value) -> Result<Provider, Fault> {
        let tried = say!("change the provider {pk}", pk);
        let request = Request::new(Method::PATCH, path::provider(pk)).json(body.clone());
        let answer = self.succeed(&tried, request).await?;
        read(&tried, &answer, Provider::read)
    }

    /// `DELETE` to [`path::provider`].
    pub async fn delete_provider(&self, pk: i64) -> Result<(), Fault> {
        let request = Request::new(Method::DELETE, path::provider(pk));
        self.succeed(&say!("delete the provider {pk}", pk), request).await.map(drop)
    }

    /// An application by its slug.
    pub async fn application(&self, slug: &str) -> Result<Option<Application>, Fault> {
        let tried = say!("read the application `{slug}`", slug);
        let Some((body, answer)) = self.find(&tried, &path::application(slug)).await? else {
            return Ok(None);
        };
        Application::read(body).map(Some).map_err(|why| nonsense(&tried, &answer, why))
    }

    /// `POST` to [`path::APPLICATIONS`].
    pub async fn create_application(&self, body: &Value) -> Result<Application, Fault> {
        let tried = say!("create the application{named}", named = named(body));
        let request = Request::new(Method::POST, path::APPLICATIONS).json(body.clone());
        let answer = self.succeed(&tried, request).await?;
        read(&tried, &answer, Application::read)
    }

    /// `PATCH` to [`path::application`]. A new slug changes the issuer.
    pub async fn patch_application(&self, slug: &str, body: &Value) -> Result<Application, Fault> {
        let tried = say!("change the application `{slug}`", slug);
        let request = Request::new(Method::PATCH, path::application(slug)).json(body.clone());
        let answer = self.succeed(&tried, request).await?;
        read(&tried, &answer, Application::read)
    }

    /// `DELETE` to [`path::application`]. Its provider stays.
    pub async fn delete_application(&self, slug: &str) -> Result<(), Fault> {
        let request = Request::new(Method::DELETE, path::application(slug));
        self.succeed(&say!("delete the application `{slug}`", slug), request).await.map(drop)
    }
}

fn named(body: &Value) -> String {
    body.get("name").and_then(Value::as_str).map(|name| say!(" `{name}`", name)).unwrap_or_default()
}
