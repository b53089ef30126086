//! The right to work on authentik: a token that is kept, pasted, or made after
//! signing in once.

use super::{
    AT_MOST,
    driver::{Got, Picks, Right},
    name_and_password, text, token,
};
use crate::{
    authentik::{Client, Permission, SignIn},
    secret::{Label, Secret},
    site::{Fault, FaultKind, System, UniformFailure},
    wizard::{
        AccessNote, AccessTopic, Check, RightPick, StepId, Task,
        desk::{Desk, Interrupt, Question, Stop},
        systems::Systems,
    },
};

/// The API token for authentik.
pub(super) struct Token;

impl Right for Token {
    fn system(&self) -> System {
        System::Authentik
    }

    fn label(&self) -> Label {
        Label::AuthentikToken
    }

    fn picks(&self) -> Picks {
        Picks {
            kept: RightPick::UseKeptToken,
            sign_in: RightPick::SignInAtAuthentik,
            paste: RightPick::PasteToken,
            pasted: AccessTopic::PasteToken,
            without: None,
        }
    }

    fn goes_without<'a>(&self, _: &'a mut Systems) -> Option<&'a mut bool> {
        None
    }

    fn take<'a>(&'a self, desk: &'a mut Desk, systems: &'a mut Systems, with: Secret) -> Got<'a> {
        Box::pin(async {
            let client = Client::new(systems.authentik()?.http().clone(), Some(with));
            desk.bounded(self.system(), Task::CheckingToken, AT_MOST, check(&client)).await?;
            systems.work_as(client).await;
            Ok(())
        })
    }

    fn make<'a>(&'a self, desk: &'a mut Desk, systems: &'a mut Systems) -> Got<'a> {
        Box::pin(async {
            let client = session(desk, systems).await?;
            token::offer(desk, systems, client, StepId::Access).await
        })
    }
}

async fn check(client: &Client) -> Result<(), Fault> {
    let me = client.me().await?;
    let missing = client.preflight(&Permission::ALL).await?;
    if missing.is_empty() {
        return Ok(());
    }
    let list: Vec<String> = missing.iter().map(ToString::to_string).collect();
    let lacks = TokenLacks { owner: me.username, missing: list.join(", ") };
    Err(Fault::of(&lacks, say!("work with this token")))
}

/// Signs somebody in and works in that session for a while: for what the
/// wizard's own token may not do.
pub(in crate::wizard) async fn borrow_session(
    desk: &mut Desk,
    systems: &mut Systems,
) -> Result<(), Stop> {
    let client = session(desk, systems).await?;
    systems.borrow_session(client).await;
    Ok(())
}

/// Asks for name and password, and a second factor where there is one.
async fn session(desk: &mut Desk, systems: &Systems) -> Result<Client, Stop> {
    let mut known = None;
    loop {
        let asked = |typed: String| {
            Question::text(AccessTopic::UserName, typed, Check::Filled).example("akadmin")
        };
        let (name, password) = name_and_password(desk, known.take(), asked).await?;
        match signed_in(desk, systems, &name, &password).await {
            // From the second factor to the password.
            Err(Stop::Interrupt(Interrupt::Back)) => known = Some(name),
            session => return session,
        }
    }
}

/// Signs in, and asks for a second factor where there is one.
async fn signed_in(
    desk: &mut Desk,
    systems: &Systems,
    name: &str,
    password: &Secret,
) -> Result<Client, Stop> {
    let mut session = SignIn::new(systems.authentik()?.http().clone());
    let signing_in = session.password(name, password);
    let what = || Task::SigningIn(System::Authentik);
    let mut signed_in = desk.bounded(System::Authentik, what(), AT_MOST, signing_in).await;
    // To be asked for it is no failure; to be asked again is.
    let mut wrong = false;
    while let Err(Stop::Fault(fault)) = &signed_in
        && fault.kind == FaultKind::SecondFactor
    {
        let refused = Some(fault.clone()).filter(|_| std::mem::replace(&mut wrong, true));
        let question = Question::text(AccessTopic::SecondFactor, "", Check::Code)
            .help(AccessNote::CodeIsShown)
            .refused(refused.map(|fault| (String::new(), fault)))
            .can_go_back();
        let code = Secret::new(text(desk, question).await?);
        let continuing = session.code(&code);
        signed_in = desk.bounded(System::Authentik, what(), AT_MOST, continuing).await;
    }
    signed_in
}

/// The owner of a token lacks permissions.
#[derive(Debug, thiserror::Error)]
#[error("{}", say!("its owner `{owner}` lacks {missing}", owner = .owner, missing = .missing))]
struct TokenLacks {
    /// Their name.
    owner: String,
    /// The permissions, with commas between them.
    missing: String,
}

impl UniformFailure for TokenLacks {
    const SYSTEM: System = System::Authentik;
    const KIND: FaultKind = FaultKind::NotAllowed;

    fn hint(&self) -> String {
        say!(
            "Give a role of that user these permissions, or use a token of an administrator, or sign in as one."
        )
    }
}
