//! The client's writes, with bodies as these tests make them.

use immich_sso::{
    authentik::{Application, Call, Client, Provider},
    net::Fills,
    secret::{GivenSecret, Label, Secret},
    site::Fault,
};
use serde_json::{Map, Value};

/// The fields of a body without the client secret, and that.
fn parted(body: &Value) -> (Map<String, Value>, Option<Secret>) {
    let mut fields = body.as_object().unwrap().clone();
    let secret = fields.remove("client_secret");
    (fields, secret.map(|secret| Secret::new(secret.as_str().unwrap())))
}

fn fills(secret: Option<&Secret>) -> Fills {
    let none = Secret::new("");
    Fills::default().secret(Label::ClientSecret, secret.unwrap_or(&none))
}

pub async fn create_provider(client: &Client, body: &Value) -> Result<Provider, Fault> {
    let (fields, secret) = parted(body);
    client.write_provider(&Call::create_provider(&fields), &fills(secret.as_ref())).await
}

pub async fn patch_provider(client: &Client, pk: i64, body: &Value) -> Result<Provider, Fault> {
    let (fields, secret) = parted(body);
    let given = secret.is_some().then_some(GivenSecret::Kept(Label::ClientSecret));
    let call = Call::change_provider(pk, &fields, given);
    client.write_provider(&call, &fills(secret.as_ref())).await
}

pub async fn create_application(client: &Client, body: &Value) -> Result<Application, Fault> {
    let call = Call::create_application(&parted(body).0, None);
    client.write_application(&call, &Fills::default()).await
}

pub async fn patch_application(
    client: &Client,
    slug: &str,
    body: &Value,
) -> Result<Application, Fault> {
    let call = Call::change_application(slug, &parted(body).0, None);
    client.write_application(&call, &Fills::default()).await
}

pub async fn delete(client: &Client, call: Call) -> Result<(), Fault> {
    client.carry_out(&call, &Fills::default()).await.map(drop)
}
