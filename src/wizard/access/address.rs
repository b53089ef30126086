//! The addresses: asked for, looked at, and trusted or not.

use std::time::Duration;

use super::{after, choose, option, text, way};
use crate::{
    site::{Address, Fault, FaultKind, System},
    wizard::{
        Check, Lamp,
        desk::{Desk, Interrupt, Question},
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
        let what = format!("looking at {system}");
        let look = async { tokio::join!(systems.connect(system), systems.way(system)) };
        let (looked, way) = match desk.look(before, what, FIRST_LOOK, look).await {
            // Whoever stops it wants another address, or to think about it.
            Err(Interrupt::Cancel) => {
                asks = true;
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
        match choose_after(desk, system, &fault).await? {
            'r' => {}
            'c' => asks = true,
            'a' => ask_api(desk, systems, system).await?,
            'f' => ask_ca(desk, systems, system).await?,
            't' => {
                if let FaultKind::Untrusted { fingerprint: Some(print) } = &fault.kind {
                    systems.pin(system, print);
                }
            }
            _ => return Err(Interrupt::Back),
        }
    }
}

async fn choose_after(desk: &mut Desk, system: System, fault: &Fault) -> Result<char, Interrupt> {
    let mut options = vec![option('r', "Look again", ""), option('c', "Change the address", "")];
    if let FaultKind::Untrusted { fingerprint } = &fault.kind {
        options.push(option(
            'f',
            "Name a file with your certificate authority",
            "For servers with certificates of your own authority.",
        ));
        if let Some(print) = fingerprint {
            options.push(option(
                't',
                "Trust exactly this certificate",
                format!("Compare it on the server first: SHA-256 {print}"),
            ));
        }
    } else {
        options.push(option(
            'a',
            "Give another address for the API",
            "Where this machine reaches it, such as its address in your network; browsers keep \
             using the public one.",
        ));
    }
    after(desk, fault, &format!("{system} cannot be used like this. What now?"), options).await
}

async fn ask(desk: &mut Desk, systems: &mut Systems, system: System) -> Result<(), Interrupt> {
    let (question, example) = match system {
        System::Authentik => {
            ("At which address do browsers open authentik?", "https://auth.example.com")
        }
        _ => ("At which address do browsers open Immich?", "https://photos.example.com"),
    };
    let help = match system {
        System::Authentik => {
            "The issuer is made of it, so it must be the one that people and Immich itself use."
        }
        _ => "The redirect URIs are made of it, byte by byte.",
    };
    let mut refusal = None;
    loop {
        let mut asked = Question::text(question, systems.url(system), Check::Address)
            .example(example)
            .help(help)
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
    let question = Question::choice(
        "This address is not encrypted. Use it all the same?",
        vec![
            option('c', "Change the address", ""),
            option('u', "Use it", "Whoever can listen on the way can read logins and keys."),
        ],
    );
    Ok(choose(desk, question, &['c', 'u']).await? == 'u')
}

async fn ask_api(desk: &mut Desk, systems: &mut Systems, system: System) -> Result<(), Interrupt> {
    let mut refusal = None;
    loop {
        let question = Question::text(
            format!("Where does this machine reach the API of {system}?"),
            systems.api_url(system),
            Check::OptionalAddress,
        )
        .example("http://192.0.2.10:9000")
        .help("Empty: at the public address.")
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
    let question = Question::text(
        "Which PEM file holds the certificate of your authority?",
        systems.ca_file(system),
        Check::Filled,
    )
    .example("/etc/ssl/my-ca.pem")
    .can_go_back();
    let path = text(desk, question).await?;
    systems.set_ca_file(system, &path);
    Ok(())
}
