//! The first step: addresses of both servers, the right to work on them, and,
//! when a route or a restart needs it, the way onto the Immich host.

mod address;
mod authentik;
mod confirm;
mod driver;
mod host;
mod immich;
mod settle;
mod store;
mod token;
mod token_view;
mod way;

use std::time::Duration;

use super::{
    AccessNote, AccessPick, AccessTopic, AgainPick, Key, LeavePick, Pick,
    desk::{Desk, Interrupt, Menu, Question, unless_failed},
    systems::{Elsewhere, Systems},
};
use crate::{secret::Secret, site::System};

pub(super) use super::HostNeed;
pub(super) use authentik::borrow_session;
pub(super) use confirm::confirm;
pub(super) use host::open as open_host;
pub(super) use immich::{make_key, open_session as open_immich_session};
pub(super) use settle::{became, settle, settle_keys, settle_made};
pub(super) use store::open as open_store;
pub(super) use token::{end_run, renew as make_token};
pub(super) use token_view::{put as put_token, read as read_token, show as show_token};
pub(super) use way::follow as follow_way;

/// How long checking what somebody gave, or signing them in, may take.
const AT_MOST: Duration = Duration::from_mins(1);

/// Whether what is kept may be sent to where the profile says that a server is.
async fn may_send(
    desk: &mut Desk,
    systems: &mut Systems,
    system: System,
) -> Result<bool, Interrupt> {
    let Some(Elsewhere { then, now }) = systems.kept_elsewhere(system) else { return Ok(true) };
    let menu = Menu::new(AccessTopic::KeptElsewhere { system, then, now })
        .option(Key::N, AccessPick::NotThere, false)
        .option(Key::S, AccessPick::SendThere, true);
    let sends = desk.pick(menu).await?;
    if sends {
        systems.is_the_same_server(system);
    }
    Ok(sends)
}

/// Asks for what is missing until both servers can be worked with. Asks
/// nothing where everything is known and works, unless the operator came to
/// look through it `again`.
pub(super) async fn open(
    desk: &mut Desk,
    systems: &mut Systems,
    again: bool,
) -> Result<(), Interrupt> {
    let (mut stage, mut asks) = (0_u8, again);
    while stage < 4 {
        let done = match stage {
            0 => address::open(desk, systems, System::Authentik, asks).await,
            1 => address::open(desk, systems, System::Immich, asks).await,
            2 => driver::open(&authentik::Token, desk, systems, asks).await,
            _ => driver::open(&immich::ApiKey, desk, systems, asks).await,
        };
        match done {
            Ok(()) => {
                stage += 1;
                asks = again;
            }
            // What is known already is asked for all the same: to change it is
            // what somebody goes back for.
            Err(Interrupt::Back | Interrupt::Cancel) => {
                stage = stage.saturating_sub(1);
                asks = true;
            }
            Err(other) => return Err(other),
        }
    }
    Ok(())
}

/// Opens both servers as far as that goes without asking for rights: who may
/// remove what is asked where it is needed.
pub(super) async fn open_servers(desk: &mut Desk, systems: &mut Systems) -> Result<(), Interrupt> {
    address::open(desk, systems, System::Authentik, false).await?;
    address::open(desk, systems, System::Immich, false).await?;
    // A token that has ended is what one may be here for.
    unless_failed(driver::kept(&authentik::Token, desk, systems).await)?;
    Ok(())
}

/// Asks what to do after a look that the operator stopped; `true`: `other` is
/// wanted.
async fn after_stop(desk: &mut Desk, system: System, other: Pick) -> Result<bool, Interrupt> {
    let menu = Menu::new(AccessTopic::Stopped(system))
        .option(Key::R, AgainPick::Look, Some(false))
        .option(Key::C, other, Some(true))
        .option(Key::A, LeavePick::Everything, None)
        .can_go_back();
    desk.pick(menu).await?.ok_or(Interrupt::Quit)
}

/// Asks for a line of text.
async fn text(desk: &mut Desk, question: Question) -> Result<String, Interrupt> {
    match desk.ask(question).await? {
        super::Answer::Text(text) => Ok(text.trim().to_owned()),
        _ => Err(Interrupt::Back),
    }
}

/// Asks for a name, unless it is known, and for its password. One question back from
/// the password is the name, as it was typed.
async fn name_and_password(
    desk: &mut Desk,
    known: Option<String>,
    question: impl Fn(String) -> Question,
) -> Result<(String, Secret), Interrupt> {
    let mut typed = String::new();
    let mut known = known;
    loop {
        let name = match known.take() {
            Some(name) => name,
            None => text(desk, question(typed).can_go_back()).await?,
        };
        let asked = Question::hidden(AccessTopic::PasswordOf { name: name.clone() })
            .help(AccessNote::UsedOnce)
            .can_go_back();
        match hidden(desk, asked).await {
            Err(Interrupt::Back) => typed = name,
            password => return Ok((name, password?)),
        }
    }
}

/// Asks for a line that is not shown. Blanks and line ends around a pasted
/// token are not part of it.
async fn hidden(desk: &mut Desk, question: Question) -> Result<Secret, Interrupt> {
    match desk.ask(question).await? {
        super::Answer::Hidden(secret) => Ok(Secret::new(secret.expose().trim())),
        _ => Err(Interrupt::Back),
    }
}
