//! Where Immich's own link to the login leads: looked at before anybody
//! follows it, a person or the lab's.

use url::Url;

use super::AT_MOST;
use crate::{
    immich::LoginLink,
    oidc::Discovery,
    site::{Fault, FaultKind, System, UniformFailure},
    wizard::{
        AgainPick, Key, LeavePick, LoginTopic, StepId, StepState, Task,
        desk::{Desk, Interrupt, Retry, unless_failed},
        systems::Systems,
    },
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

impl Systems {
    /// Lets Immich begin a login, and returns its link to authentik.
    ///
    /// # Errors
    /// Immich cannot begin one, or its link leads elsewhere.
    pub(in crate::wizard) async fn begin_login(
        &self,
        discovery: Option<&Discovery>,
    ) -> Result<Url, Fault> {
        self.leads_to_authentik(&self.login_link().await?, discovery)
    }

    async fn login_link(&self) -> Result<LoginLink, Fault> {
        self.immich()?.authorize(&self.profile.login_redirect_uri()).await
    }

    fn leads_to_authentik(
        &self,
        link: &LoginLink,
        discovery: Option<&Discovery>,
    ) -> Result<Url, Fault> {
        let read = |address: &str| {
            let read = Url::parse(address).map_err(NoAddress);
            read.map_err(|error| Fault::of(&error, say!("read where logins begin")))
        };
        let authentik = read(&self.profile.authentik.url)?;
        let endpoint = discovery.map(|discovery| read(&discovery.authorization_endpoint));
        link.leading_to(&authentik, endpoint.transpose()?.as_ref())
    }

    /// Why nobody may follow Immich's link. An Immich that gives none leads
    /// nobody anywhere.
    async fn link_elsewhere(&self) -> Result<Option<Fault>, Fault> {
        let (link, discovery) = tokio::join!(self.login_link(), self.discovery());
        Ok(link.ok().and_then(|link| self.leads_to_authentik(&link, discovery.as_ref().ok()).err()))
    }
}

/// Looks where Immich sends people before they are told to log in there;
/// `false`: elsewhere than to authentik, and the operator leaves it at that.
pub(super) async fn may_be_followed(desk: &mut Desk, systems: &Systems) -> Result<bool, Interrupt> {
    let here = desk.snapshot().here;
    let login = desk.snapshot().login.clone();
    loop {
        let what = Task::AskingWhereLoginLeads;
        let looked = desk.bounded(System::Immich, what, AT_MOST, systems.link_elsewhere()).await;
        let Some(fault) = unless_failed(looked)?.flatten() else { return Ok(true) };
        desk.show(|snapshot| snapshot.login = None);
        desk.show_step(here, |step| {
            step.blockers = vec![fault.clone()];
            if here == StepId::Login {
                step.state = StepState::Failed;
            }
        });
        let skip = (Key::S, LeavePick::Login);
        let retry = Retry::new(LoginTopic::LeadsElsewhere, AgainPick::Check, skip);
        if !retry.refreshes().ask(desk, fault).await? {
            return Ok(false);
        }
        desk.show(|snapshot| snapshot.login.clone_from(&login));
        desk.show_step(here, |step| {
            step.blockers.clear();
            if here == StepId::Login {
                step.state = StepState::ToDo;
            }
        });
    }
}
