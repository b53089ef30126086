//! The way to a server on the card: does its name resolve, does it take
//! connections, is it trusted, is it the right product, and which release?

use std::time::Duration;

use jiff::Timestamp;

use crate::{
    net::{Stage, Way},
    site::{Fault, FaultKind, Reading, System},
    wizard::{
        LiveRow, StepId,
        desk::Desk,
        systems::{Connected, Systems},
    },
};

/// Says that the way to a server is being looked at.
pub(super) fn begin(desk: &mut Desk, system: System) {
    desk.show_step(StepId::Access, |step| {
        for row in step.live.iter_mut().filter(|row| row.system == system) {
            row.value.begin();
        }
    });
}

/// Shows how far the way went.
pub(super) fn show(
    desk: &mut Desk,
    systems: &Systems,
    system: System,
    way: Option<Way>,
    looked: &Result<Connected, Fault>,
) {
    let mut rows = Vec::new();
    let mut row = |what: String, value| rows.push(LiveRow { system, what, value });
    let address = systems.api_or_public(system);
    let host = url::Url::parse(address)
        .ok()
        .and_then(|url| url.host_str().map(str::to_owned))
        .unwrap_or_default();
    match way {
        None => {}
        Some(Way::Proxy { at }) => {
            row(format!("name {host}"), known(format!("left to the proxy {at}"), Duration::ZERO));
        }
        Some(Way::Direct { name, port }) => {
            row(format!("name {host}"), reading(name));
            row("connection".into(), port.map_or(Reading::Unknown, reading));
        }
    }
    let encrypted = address.starts_with("https:");
    let certificate = match looked {
        _ if !encrypted => known("none: this address is not encrypted".into(), Duration::ZERO),
        Ok(connected) => known(systems.trusts(system), connected.took()),
        Err(fault) if matches!(fault.kind, FaultKind::Untrusted { .. }) => failed(fault),
        Err(_) => Reading::Unknown,
    };
    row("certificate".into(), certificate);
    let product = match looked {
        Ok(connected) => known(connected.release(), connected.took()),
        Err(fault) if matches!(fault.kind, FaultKind::Untrusted { .. }) => Reading::Unknown,
        Err(fault) => failed(fault),
    };
    row("product".into(), product);
    desk.show_step(StepId::Access, |step| {
        step.live.retain(|row| row.system != system);
        step.live.extend(rows);
        step.live.sort_by_key(|row| row.system);
    });
}

fn reading(stage: Stage) -> Reading<String> {
    match stage.outcome {
        Ok(value) => known(value, stage.took),
        Err(fault) => failed(&fault),
    }
}

fn known(value: String, took: Duration) -> Reading<String> {
    Reading::Known { value, at: Timestamp::now(), took }
}

fn failed(fault: &Fault) -> Reading<String> {
    Reading::Failed { why: fault.clone(), at: Timestamp::now(), last: None }
}
