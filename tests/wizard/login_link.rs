//! An Immich whose login link leads elsewhere than to authentik: it is shown,
//! and nothing follows it.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use futures::FutureExt;
use immich_sso::{
    secret::Label,
    wizard::{
        Answer, Ending, LoginTopic, Prompt, PromptKind, RotateWish, Setup, Snapshot, StandIn,
        StepId, Topic, start, survey,
    },
};
use immich_sso_lab::HomelabOptions;
use testkit::said_with;
use tokio::{net::TcpListener, task::JoinHandle};

use crate::driver::{Driver, Site, Walked, confirm, pick, refusal};

/// Where the link leads: somebody who waits for whoever follows it.
struct Trap {
    address: String,
    followed: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl Trap {
    async fn set() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let followed = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&followed);
        let task = tokio::spawn(async move {
            while listener.accept().await.is_ok() {
                count.fetch_add(1, Ordering::SeqCst);
            }
        });
        let address = format!("http://127.0.0.1:{port}/application/o/authorize/");
        Self { address, followed, task }
    }

    fn caught(&self) -> usize {
        self.followed.load(Ordering::SeqCst)
    }
}

impl Drop for Trap {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The set-up of a site, and how often its person was sent to log in.
fn with_person(site: &Site) -> (Setup, Arc<AtomicUsize>) {
    let sent = Arc::new(AtomicUsize::new(0));
    let (count, setup) = (Arc::clone(&sent), site.setup());
    let person = setup.stand_in.clone().unwrap();
    let log_in = Arc::clone(&person.log_in);
    let counted = StandIn {
        log_in: Arc::new(move || {
            count.fetch_add(1, Ordering::SeqCst);
            log_in().boxed()
        }),
        ..person
    };
    (Setup { stand_in: Some(counted), ..setup }, sent)
}

/// Confirms everything, and does not insist where something failed.
fn gives_up(prompt: &Prompt, now: &Snapshot) -> Answer {
    match &prompt.kind {
        PromptKind::Choice { options, .. } if prompt.refused.is_some() => {
            Answer::Choice(options.last().unwrap().key)
        }
        _ => confirm(prompt, now),
    }
}

/// What was expected, and what came.
fn names_both(walked: &Walked, site: &Site, trap: &Trap) {
    let endpoint = format!("{}/application/o/authorize/", site.lab.authentik.url());
    let both = said_with("expected: {}; Immich's link leads to: {}", &[&endpoint, &trap.address]);
    assert!(walked.shown.contains(&both), "{}", walked.shown);
}

#[tokio::test]
async fn login_link_that_leads_elsewhere_is_shown_and_not_followed() {
    let (site, trap) = (Site::with(HomelabOptions::default()).await, Trap::set().await);
    site.lab.immich.lead_logins_to(&trap.address);
    let (setup, sent) = with_person(&site);
    let walked = Driver::of(start(setup)).walk(gives_up).await;
    assert!(!matches!(walked.ending, Ending::LoginVerified), "{:?}", walked.ending);
    names_both(&walked, &site, &trap);
    assert!(!walked.shown.contains("autoLaunch"), "no link is offered");
    assert_eq!((trap.caught(), sent.load(Ordering::SeqCst)), (0, 0));

    // A look at all of it follows it as little.
    survey(site.setup()).await.unwrap();
    assert_eq!(trap.caught(), 0);
}

/// It begins to lie while a login is waited for.
#[tokio::test]
async fn person_is_not_sent_where_a_link_began_to_lead() {
    let (site, trap) = (Site::with(HomelabOptions::default()).await, Trap::set().await);
    let (setup, sent) = with_person(&site);
    let mut lied = false;
    let walked = Driver::of(start(setup))
        .walk(|prompt, now| {
            if matches!(prompt.topic, Topic::Login(LoginTopic::LogIn { .. })) && !lied {
                lied = true;
                site.lab.immich.lead_logins_to(&trap.address);
                return pick(prompt, 'p');
            }
            if matches!(prompt.topic, Topic::Login(LoginTopic::LeadsElsewhere)) {
                assert!(now.login.is_none(), "no link is offered");
                assert_eq!(sent.load(Ordering::SeqCst), 0);
                site.lab.immich.lead_logins_to("");
                return pick(prompt, 'r');
            }
            confirm(prompt, now)
        })
        .await;
    assert!(lied);
    assert_eq!(walked.ending, Ending::LoginVerified);
    names_both(&walked, &site, &trap);
    assert_eq!((trap.caught(), sent.load(Ordering::SeqCst)), (0, 1));
}

/// It is found out before anything is switched.
#[tokio::test]
async fn rotation_begins_at_no_immich_that_leads_elsewhere() {
    let (site, trap) = (Site::set_up(HomelabOptions::default()).await, Trap::set().await);
    let old = site.kept(Label::ClientSecret).await.unwrap();
    site.lab.immich.lead_logins_to(&trap.address);
    let walked = Driver::of(start(site.rotates_with(RotateWish::default()))).walk(gives_up).await;
    assert_eq!(walked.ending, Ending::Left);
    assert!(refusal(&walked).contains(&trap.address), "{}", refusal(&walked));
    assert_eq!(walked.last.here, StepId::Create);
    assert_eq!(trap.caught(), 0);
    site.lab.immich.lead_logins_to("");
    site.is_back_on(&old).await;
}
