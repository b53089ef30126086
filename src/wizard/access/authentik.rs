//! The right to work on authentik: a token that is kept, pasted, or made after
//! signing in once.

use std::time::Duration;

use super::{AT_MOST, hidden, name_and_password, text, token};
use crate::{
    authentik::{Client, Permission, SignIn},
    secret::{Label, Secret},
    site::{Fault, FaultKind, System, UniformFailure},
    wizard::{
        AccessNote, AccessPick, AccessTopic, Check, Key, Note, StepId, Task, Topic,
        desk::{Desk, Interrupt, Menu, Question, Stop},
        effect::Effect,
        perform,
        plan::{Decision, Plan},
        systems::Systems,
    },
};

/// How long the plan for a token may stand before it is made anew.
const LOOK_AGAIN: Duration = Duration::from_mins(10);

/// How this program gets to a token.
#[derive(Clone, Copy, Debug)]
enum How {
    Kept,
    SignIn,
    Paste,
}

pub(super) async fn open(
    desk: &mut Desk,
    systems: &mut Systems,
    again: bool,
) -> Result<(), Interrupt> {
    let (works, mut trouble) = match kept(desk, systems).await {
        Ok(true) if !again => return Ok(()),
        Ok(works) => (works, None),
        Err(stop) => (false, Some(stop.fault()?)),
    };
    loop {
        let menu = Menu::new(AccessTopic::HowToWork(System::Authentik))
            .option_if(works, Key::U, AccessPick::UseKeptToken, How::Kept)
            .option(Key::S, AccessPick::SignInAtAuthentik, How::SignIn)
            .option(Key::P, AccessPick::PasteToken, How::Paste)
            .about(trouble.take())
            .can_go_back();
        let outcome = match desk.pick(menu).await? {
            How::Kept => return Ok(()),
            How::SignIn => sign_in(desk, systems).await,
            How::Paste => paste(desk, systems).await,
        };
        match outcome {
            Ok(()) => return Ok(()),
            Err(Stop::Fault(fault)) => trouble = Some(fault),
            Err(Stop::Interrupt(Interrupt::Back | Interrupt::Cancel)) => {}
            Err(Stop::Interrupt(other)) => return Err(other),
        }
    }
}

/// Tries the token that is kept. `false`: there is none.
pub(super) async fn kept(desk: &mut Desk, systems: &mut Systems) -> Result<bool, Stop> {
    let vault = systems.vault()?.clone();
    let read = vault.get(Label::AuthentikToken);
    let Some(token) = desk.work(Task::ReadingStore, vault.at_most(), read).await?? else {
        return Ok(false);
    };
    if !super::may_send(desk, systems, System::Authentik).await? {
        return Ok(false);
    }
    take(desk, systems, token).await?;
    Ok(true)
}

/// Checks a token and its rights, and works with it from then on.
async fn take(desk: &mut Desk, systems: &mut Systems, token: Secret) -> Result<(), Stop> {
    let client = Client::new(systems.authentik()?.http().clone(), Some(token));
    desk.bounded(System::Authentik, Task::CheckingToken, AT_MOST, check(&client)).await?;
    systems.work_as(client).await;
    Ok(())
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

async fn paste(desk: &mut Desk, systems: &mut Systems) -> Result<(), Stop> {
    let place = systems.vault()?.place();
    let question = Question::hidden(AccessTopic::PasteToken)
        .help(AccessNote::PastedIsKept(place))
        .can_go_back();
    let token = hidden(desk, question).await?;
    take(desk, systems, token.clone()).await?;
    Ok(systems.keep(desk, Label::AuthentikToken, token).await?)
}

async fn sign_in(desk: &mut Desk, systems: &mut Systems) -> Result<(), Stop> {
    let client = session(desk, systems).await?;
    token::offer(desk, systems, client, StepId::Access).await
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

/// The fingerprint of what is kept under a label.
pub(super) async fn in_place(
    desk: &mut Desk,
    systems: &Systems,
    label: Label,
) -> Result<Option<String>, Interrupt> {
    let Ok(vault) = systems.vault().cloned() else { return Ok(None) };
    let kept = desk.work(Task::ReadingStore, vault.at_most(), vault.get(label)).await?;
    Ok(kept.ok().flatten().map(|secret| secret.fingerprint().to_string()))
}

/// Puts effects that no look at the step planned to the operator, on that
/// step's card, and performs them once confirmed.
pub(in crate::wizard) async fn confirm(
    desk: &mut Desk,
    systems: &mut Systems,
    on: StepId,
    effects: Vec<Effect>,
    notes: Vec<Note>,
    topic: impl Into<Topic>,
) -> Result<(), Stop> {
    let topic = topic.into();
    let plan = Plan::new(on, effects);
    let view = plan.view(systems);
    desk.show_step(on, |step| {
        step.plan = Some(view.clone());
        step.notes = notes;
    });
    let answer = loop {
        let asked = Question::decide(topic.clone(), view.clone(), LOOK_AGAIN).can_go_back();
        match desk.ask(asked).await {
            Err(Interrupt::Refresh) => {}
            other => break other,
        }
    };
    desk.show_step(on, |step| {
        step.plan = None;
        step.notes.clear();
    });
    let decision = Decision::of(&answer?).ok_or(Interrupt::Back)?;
    let confirmed = plan.confirmed_by(&decision).map_err(|_| Interrupt::Back)?;
    Ok(perform::perform(desk, systems, confirmed).await?)
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
