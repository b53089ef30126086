//! The way onto the Immich host: asked for only when a route or a restart
//! needs it.

use std::time::Instant;

use super::{hidden, text};
use crate::{
    host::Host,
    immich::RouteKind,
    net::SshAccess,
    site::{DockerAccess, Fault, FaultKind, SshTarget, System},
    wizard::{
        AccessNote, AgainPick, Check, HostNeed, HostPick, HostTopic, Key, Lamp, StepId, StepTopic,
        Task,
        desk::{Desk, Interrupt, Menu, Question, Stop},
        systems::Systems,
    },
};

impl HostNeed {
    /// What a step needs it for.
    pub(in crate::wizard) fn of(step: StepId) -> Self {
        if step == StepId::Restart { Self::Restart } else { Self::Settings }
    }

    fn is_real(self, systems: &Systems) -> bool {
        match self {
            Self::Settings => {
                systems.chosen_route().is_ok_and(|(route, _)| route != RouteKind::Api)
            }
            Self::Restart => systems.restart_is_due() && !systems.choices.restarts_by_hand,
            Self::Accounts | Self::Copy => true,
        }
    }
}

/// Opens the way onto the host if it is needed and not open yet.
pub(in crate::wizard) async fn open(
    desk: &mut Desk,
    systems: &mut Systems,
    need: HostNeed,
) -> Result<(), Interrupt> {
    if systems.host().is_ok() || systems.choices.goes_without_host || !need.is_real(systems) {
        return Ok(());
    }
    let mut access = systems.ssh_access();
    let mut asks = access.is_none();
    loop {
        if asks {
            match ask_target(desk, systems, need).await {
                Err(Interrupt::Back | Interrupt::Cancel) => {
                    systems.choices.goes_without_host = true;
                    return Ok(());
                }
                other => other?,
            }
            access = systems.ssh_access();
            if access.is_none() && systems.choices.restarts_by_hand {
                return Ok(());
            }
        }
        let Some(way) = &mut access else {
            asks = true;
            continue;
        };
        let fault = match connect(desk, systems, way).await {
            Ok(()) => return Ok(()),
            Err(Stop::Fault(fault)) => fault,
            Err(Stop::Interrupt(Interrupt::Cancel)) => {
                let change = HostPick::ChangeHost.into();
                asks = match super::after_stop(desk, System::Host, change).await {
                    Err(Interrupt::Back) => true,
                    other => other?,
                };
                continue;
            }
            Err(Stop::Interrupt(other)) => return Err(other),
        };
        systems.lamp(desk, System::Host, Lamp::Bad, Some(fault.clone()));
        asks = match mend(desk, systems, way, &fault).await {
            Err(Interrupt::Back) => true,
            other => other?,
        };
    }
}

/// One try: signs in, and looks for Docker.
async fn connect(desk: &mut Desk, systems: &mut Systems, way: &SshAccess) -> Result<(), Stop> {
    let before = desk.before();
    systems.lamp(desk, System::Host, Lamp::Looking, None);
    let connecting = Host::connect(way, systems.profile.host.docker);
    let at_most = Host::connects_within(way);
    let connected = desk.look(before, Task::ConnectingToHost, at_most, connecting).await?;
    let host = match connected {
        Ok(host) => host.knowing(desk.known()),
        Err(fault) => {
            systems.show_signed_in(desk, Err(fault.clone()));
            return Err(fault.into());
        }
    };
    systems.show_signed_in(desk, Ok(()));
    let began = Instant::now();
    let before = desk.before();
    let check = host.check();
    let checked = desk.look(before, Task::LookingForDocker, Host::ANSWERS_WITHIN, check).await?;
    match checked {
        Ok(()) => {
            systems.use_host(desk, host, began.elapsed());
            Ok(())
        }
        Err(fault) => {
            systems.show_docker(desk, Err(fault.clone()));
            Err(fault.into())
        }
    }
}

/// Asks what is missing after a failed try; `true`: ask for the target anew.
async fn mend(
    desk: &mut Desk,
    systems: &mut Systems,
    access: &mut SshAccess,
    fault: &Fault,
) -> Result<bool, Interrupt> {
    match &fault.kind {
        FaultKind::Untrusted { fingerprint: Some(print) } => {
            let trusts = ask_trust(desk, print, fault).await?;
            access.accepted_fingerprint = trusts.then(|| print.clone());
            Ok(!trusts)
        }
        FaultKind::PassphraseNeeded => {
            let question = Question::hidden(HostTopic::KeyPassphrase)
                .help(AccessNote::UsedOnce)
                .refused(Some((String::new(), fault.clone())))
                .can_go_back();
            access.passphrase = Some(hidden(desk, question).await?);
            Ok(false)
        }
        FaultKind::NotSignedIn => sign_in_otherwise(desk, systems, access, fault).await,
        FaultKind::NotAllowed if systems.profile.host.docker == DockerAccess::Direct => {
            let menu =
                Menu::new(HostTopic::DockerRefused).option(Key::S, HostPick::UseSudo, Mend::Sudo);
            let picked = mend_by(desk, menu, fault).await?;
            if matches!(picked, Mend::Sudo) {
                systems.use_sudo();
            }
            Ok(matches!(picked, Mend::Change))
        }
        FaultKind::Unreachable | FaultKind::Late => {
            reach_otherwise(desk, systems, access, fault).await
        }
        _ => {
            let picked = mend_by(desk, Menu::new(StepTopic::DidNotWork), fault).await?;
            Ok(matches!(picked, Mend::Change))
        }
    }
}

/// Asks for another way to a host that does not answer; `true`: ask for the target anew.
async fn reach_otherwise(
    desk: &mut Desk,
    systems: &mut Systems,
    access: &mut SshAccess,
    fault: &Fault,
) -> Result<bool, Interrupt> {
    loop {
        let menu = Menu::new(HostTopic::Unreachable);
        let menu = again_or_change(menu)
            .option(Key::B, HostPick::UseBastion, Mend::Bastion)
            .about(fault.clone())
            .can_go_back();
        let picked = desk.pick(menu).await?;
        if !matches!(picked, Mend::Bastion) {
            return Ok(matches!(picked, Mend::Change));
        }
        match ask_jump(desk, systems).await {
            Err(Interrupt::Back) => {}
            other => {
                other?;
                if let Some(new) = systems.ssh_access() {
                    access.jump = new.jump;
                }
                return Ok(false);
            }
        }
    }
}

/// Whether the operator trusts a host key that nobody has seen yet.
async fn ask_trust(desk: &mut Desk, print: &str, fault: &Fault) -> Result<bool, Interrupt> {
    let pick = HostPick::TrustHostKey { fingerprint: print.to_owned() };
    let menu = Menu::new(HostTopic::HostKey)
        .option(Key::C, HostPick::ChangeHost, false)
        .option(Key::T, pick, true)
        .about(fault.clone())
        .can_go_back();
    desk.pick(menu).await
}

/// Asks for another way to sign in; `true`: ask for the target anew.
async fn sign_in_otherwise(
    desk: &mut Desk,
    systems: &mut Systems,
    access: &mut SshAccess,
    fault: &Fault,
) -> Result<bool, Interrupt> {
    loop {
        let menu = Menu::new(HostTopic::Refused)
            .option(Key::F, HostPick::NameKeyFile, Mend::KeyFile)
            .option(Key::W, HostPick::UsePassword, Mend::Password);
        let asked = match mend_by(desk, menu, fault).await? {
            Mend::KeyFile => ask_key_file(desk, systems, access).await,
            Mend::Password => ask_password(desk, access).await,
            other => return Ok(matches!(other, Mend::Change)),
        };
        match asked {
            Err(Interrupt::Back) => {}
            other => return other.map(|()| false),
        }
    }
}

async fn ask_key_file(
    desk: &mut Desk,
    systems: &mut Systems,
    access: &mut SshAccess,
) -> Result<(), Interrupt> {
    let question = Question::text(HostTopic::KeyFile, "", Check::Filled)
        .example("~/.ssh/id_ed25519")
        .can_go_back();
    let path = text(desk, question).await?;
    systems.set_key_file(&path);
    if let Some(new) = systems.ssh_access() {
        access.key_file = new.key_file;
    }
    Ok(())
}

async fn ask_password(desk: &mut Desk, access: &mut SshAccess) -> Result<(), Interrupt> {
    let question = Question::hidden(HostTopic::Password).help(AccessNote::UsedOnce).can_go_back();
    access.password = Some(hidden(desk, question).await?);
    Ok(())
}

/// What to do about a host that cannot be used.
#[derive(Clone, Copy, Debug)]
enum Mend {
    TryAgain,
    Change,
    KeyFile,
    Password,
    Sudo,
    Bastion,
}

fn again_or_change(menu: Menu<Mend>) -> Menu<Mend> {
    menu.option(Key::R, AgainPick::Try, Mend::TryAgain).option(
        Key::C,
        HostPick::ChangeHost,
        Mend::Change,
    )
}

async fn mend_by(desk: &mut Desk, menu: Menu<Mend>, fault: &Fault) -> Result<Mend, Interrupt> {
    desk.pick(again_or_change(menu).about(fault.clone()).can_go_back()).await
}

async fn ask_target(
    desk: &mut Desk,
    systems: &mut Systems,
    need: HostNeed,
) -> Result<(), Interrupt> {
    if need == HostNeed::Restart {
        let menu = Menu::new(HostTopic::HowToRestart)
            .option(Key::S, HostPick::RestartOverSsh, false)
            .option(Key::I, HostPick::RestartByHand, true);
        if desk.pick(menu).await? {
            systems.choices.restarts_by_hand = true;
            return Ok(());
        }
    }
    let mut refusal = None;
    loop {
        let known = systems.profile.host.ssh.clone().unwrap_or_default();
        let question = Question::text(HostTopic::SshTarget, known, Check::SshTarget)
            .example("admin@192.0.2.11")
            .help(AccessNote::Host(need))
            .help(AccessNote::BackLeavesOut)
            .refused(refusal.take())
            .can_go_back();
        let typed = text(desk, question).await?;
        match SshTarget::parse(&typed) {
            Ok(target) => {
                systems.set_ssh(&target);
                return Ok(());
            }
            Err(fault) => refusal = Some((typed, fault)),
        }
    }
}

async fn ask_jump(desk: &mut Desk, systems: &mut Systems) -> Result<(), Interrupt> {
    let mut refusal = None;
    loop {
        let known = systems.profile.host.jump.clone().unwrap_or_default();
        let question = Question::text(HostTopic::Bastion, known, Check::SshTarget)
            .example("admin@bastion.example.com")
            .refused(refusal.take())
            .can_go_back();
        let typed = text(desk, question).await?;
        match SshTarget::parse(&typed) {
            Ok(target) => {
                systems.set_jump(&target);
                return Ok(());
            }
            Err(fault) => refusal = Some((typed, fault)),
        }
    }
}
