//! Where Immich's own link to the login leads: looked at before anybody
//! follows it, a person or the lab's.

use url::Url;

use super::AT_MOST;
use crate::{
    immich::LoginLink,
    oidc::Discovery,
    site::{Fault, System},
    wizard::{
        AgainPick, Key, LeavePick, LoginTask, LoginTopic, StepId, StepState, Task,
        checks::leads_to_authentik,
        desk::{Desk, Interrupt, Retry, unless_failed},
        systems::Systems,
    },
};

impl Systems {
    /// Lets Immich begin a login, and returns its link to authentik.
    ///
    /// # Errors
    /// Immich cannot begin one, or its link leads elsewhere.
    pub(in crate::wizard) async fn begin_login(
        &self,
        discovery: Option<&Discovery>,
    ) -> Result<Url, Fault> {
        leads_to_authentik(&self.profile, &self.login_link().await?, discovery)
    }

    async fn login_link(&self) -> Result<LoginLink, Fault> {
        self.immich()?.authorize(&self.profile.login_redirect_uri()).await
    }

    /// Why nobody may follow Immich's link. An Immich that gives none leads
    /// nobody anywhere.
    async fn link_elsewhere(&self) -> Result<Option<Fault>, Fault> {
        let (link, discovery) = tokio::join!(self.login_link(), self.discovery());
        let elsewhere =
            |link| leads_to_authentik(&self.profile, &link, discovery.as_ref().ok()).err();
        Ok(link.ok().and_then(elsewhere))
    }
}

/// Looks where Immich sends people before they are told to log in there;
/// `false`: elsewhere than to authentik, and the operator leaves it at that.
pub(super) async fn may_be_followed(desk: &mut Desk, systems: &Systems) -> Result<bool, Interrupt> {
    let here = desk.snapshot().here;
    let login = desk.snapshot().login.clone();
    loop {
        let what = Task::Login(LoginTask::AskingWhereLoginLeads);
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
