//! Immich finds authentik and sends browsers there.

use url::Url;

use super::{finding::Finding, site::Site};
use crate::{
    immich::LoginLink,
    oidc::Discovery,
    site::{Fault, FaultKind, Profile, System, UniformFailure},
    wizard::Evidence,
};

/// An address that is none.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct NoAddress(#[source] url::ParseError);

impl UniformFailure for NoAddress {
    const SYSTEM: System = System::Authentik;
    const KIND: FaultKind = FaultKind::Unexpected;

    fn hint(&self) -> String {
        String::new()
    }
}

pub(super) async fn run(site: &Site<'_>) -> Vec<Finding> {
    let discovery = site.discovery().await.ok();
    let link = site.immich.authorize(&site.profile.login_redirect_uri()).await;
    let leads = link
        .and_then(|link| leads_to_authentik(site.profile, &link, discovery))
        .map(|_| Evidence::LinkLeads);
    vec![Finding::new(leads)]
}

/// Where Immich's link to the login leads, if that is authentik.
///
/// # Errors
/// It leads elsewhere.
pub(in crate::wizard) fn leads_to_authentik(
    profile: &Profile,
    link: &LoginLink,
    discovery: Option<&Discovery>,
) -> Result<Url, Fault> {
    let read = |address: &str| {
        let read = Url::parse(address).map_err(NoAddress);
        read.map_err(|error| Fault::of(&error, say!("read where logins begin")))
    };
    let authentik = read(&profile.authentik.url)?;
    let endpoint = discovery.map(|discovery| read(&discovery.authorization_endpoint));
    link.leading_to(&authentik, endpoint.transpose()?.as_ref())
}
