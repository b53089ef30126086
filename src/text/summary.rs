//! The summary at the end of a run.

use crate::wizard::CredentialId;

/// What a line of the table of credentials is about.
#[must_use]
pub fn credential(id: CredentialId) -> String {
    match id {
        CredentialId::ClientId => say!("Client ID"),
        CredentialId::ClientSecret => say!("Client Secret"),
        CredentialId::PreviousSecret => say!("Previous"),
        CredentialId::Issuer => say!("Issuer URL"),
        CredentialId::Scopes => say!("Scopes"),
        CredentialId::Store => say!("Kept in"),
        CredentialId::Outage => say!("Outage"),
        CredentialId::AuthentikToken => say!("authentik token"),
        CredentialId::Renewed(label) => label.name().into(),
    }
}
