//! The addresses: asked for, looked at, and trusted or not.

use std::time::Duration;

use super::{after_stop, text, way};
use crate::{
    site::{Address, Fault, FaultKind, System},
    wizard::{
        AccessNote, AccessPick, AccessTopic, AgainPick, Check, Key, Lamp, Task,
        desk::{Desk, Interrupt, Menu, Question},
        systems::Systems,
    },
};

/// How long a first look at a server may take altogether.
const FIRST_LOOK: Duration = Duration::from_secs(30);

/// Gets from an address to a server of the right product, whose version is
/// known.
pub(super) async fn open(
    desk: &mut Desk,
    systems: &mut Systems,
    system: System,
    again: bool,
) -> Result<(), Interrupt> {
    let mut asks = again || systems.url(system).is_empty();
    loop {
        if asks {
            ask(desk, systems, system).await?;
        }
        asks = false;
        let before = desk.before();
        systems.lamp(desk, system, Lamp::Looking, None);
        way::begin(desk, system);
        let what = Task::LookingAt(system);
        let look = async { tokio::join!(systems.connect(system), systems.way(system)) };
        let (looked, way) = match desk.look(before, what, FIRST_LOOK, look).await {
            Err(Interrupt::Cancel) => {
                asks = after_stop(desk, system, AccessPick::ChangeAddress.into()).await?;
                continue;
            }
            other => other?,
        };
        way::show(desk, systems, system, way, looked.as_ref());
        let fault = match looked {
            Ok(connected) => {
                systems.connected(desk, connected);
                return Ok(());
            }
            Err(fault) => fault,
        };
        systems.lamp(desk, system, Lamp::Bad, Some(fault.clone()));
        match choose_after(desk, system, fault).await? {
            After::LookAgain => {}
            After::ChangeAddress => asks = true,
            After::GiveApiAddress => ask_api(desk, systems, system).await?,
            After::NameCaFile => ask_ca(desk, systems, system).await?,
            After::Trust(print) => systems.pin(system, &print),
        }
    }
}

/// What to do about a server that cannot be used.
enum After {
    LookAgain,
    ChangeAddress,
    GiveApiAddress,
    NameCaFile,
    Trust(String),
}

async fn choose_after(desk: &mut Desk, system: System, fault: Fault) -> Result<After, Interrupt> {
    let mut menu = Menu::new(AccessTopic::CannotBeUsed(system))
        .option(Key::R, AgainPick::Look, After::LookAgain)
        .option(Key::C, AccessPick::ChangeAddress, After::ChangeAddress);
    if let FaultKind::Untrusted { fingerprint } = &fault.kind {
        menu = menu.option(Key::F, AccessPick::NameCaFile, After::NameCaFile);
        if let Some(fingerprint) = fingerprint.clone() {
            let trust = After::Trust(fingerprint.clone());
            menu = menu.option(Key::T, AccessPick::TrustCertificate { fingerprint }, trust);
        }
    } else {
        menu = menu.option(Key::A, AccessPick::GiveApiAddress, After::GiveApiAddress);
    }
    desk.pick(menu.about(fault).can_go_back()).await
}

async fn ask(desk: &mut Desk, systems: &mut Systems, system: System) -> Result<(), Interrupt> {
    let example = match system {
        System::Authentik => "https://auth.example.com",
        _ => "https://photos.example.com",
    };
    let mut refusal = None;
    loop {
        let mut asked =
            Question::text(AccessTopic::Address(system), systems.url(system), Check::Address)
                .example(example)
                .help(AccessNote::MadeOfAddress(system))
                .refused(refusal.take());
        if system == System::Immich {
            asked = asked.can_go_back();
        }
        let typed = text(desk, asked).await?;
        match Address::parse(&typed) {
            Ok(address) => {
                let plain = match system {
                    System::Immich => plain_http_note(desk, &address).await?,
                    _ => true,
                };
                if plain {
                    systems.set_url(system, &address);
                    return Ok(());
                }
            }
            Err(fault) => refusal = Some((typed, fault)),
        }
    }
}

/// Passwords and tokens over plain HTTP can be read on the way: say so once
/// for addresses beyond this machine.
async fn plain_http_note(desk: &mut Desk, address: &Address) -> Result<bool, Interrupt> {
    if address.url().scheme() != "http" || address.is_loopback() {
        return Ok(true);
    }
    let menu = Menu::new(AccessTopic::PlainHttp)
        .option(Key::C, AccessPick::ChangeAddress, false)
        .option(Key::U, AccessPick::UsePlainHttp, true);
    desk.pick(menu).await
}

async fn ask_api(desk: &mut Desk, systems: &mut Systems, system: System) -> Result<(), Interrupt> {
    let mut refusal = None;
    loop {
        let question = Question::text(
            AccessTopic::ApiAddress(system),
            systems.api_url(system),
            Check::OptionalAddress,
        )
        .example("http://192.0.2.10:9000")
        .help(AccessNote::EmptyIsPublic)
        .refused(refusal.take())
        .can_go_back();
        let typed = text(desk, question).await?;
        if typed.is_empty() {
            systems.set_api_url(system, None);
            return Ok(());
        }
        match Address::parse(&typed) {
            Ok(address) => {
                systems.set_api_url(system, Some(&address));
                return Ok(());
            }
            Err(fault) => refusal = Some((typed, fault)),
        }
    }
}

async fn ask_ca(desk: &mut Desk, systems: &mut Systems, system: System) -> Result<(), Interrupt> {
    let question = Question::text(AccessTopic::CaFile, systems.ca_file(system), Check::Filled)
        .example("/etc/ssl/my-ca.pem")
        .can_go_back();
    let path = text(desk, question).await?;
    systems.set_ca_file(system, &path);
    Ok(())
}
