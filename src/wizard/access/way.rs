//! The way to a server on the card: does its name resolve, does it take
//! connections, is it trusted, is it the right product, and which release?

use std::time::Duration;

use jiff::Timestamp;

use crate::{
    net::{Stage, Way},
    site::{Fault, FaultKind, Reading, System},
    wizard::{
        Light, LiveRow, Point, Road, StepId,
        desk::Desk,
        systems::{Connected, Systems},
    },
};

/// How a row begins whose look is left to a proxy.
const PROXY: &str = "left to the proxy";

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
            row(format!("name {host}"), known(format!("{PROXY} {at}"), Duration::ZERO));
        }
        Some(Way::Direct { name, port }) => {
            // An address that is written as numbers needs no name server.
            if host.trim_matches(['[', ']']).parse::<std::net::IpAddr>().is_err() {
                row(format!("name {host}"), reading(name));
            }
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
    light(desk, systems, &rows);
    desk.show_step(StepId::Access, |step| {
        step.live.retain(|row| row.system != system);
        step.live.extend(rows);
        step.live.sort_by_key(|row| row.system);
    });
}

/// Lights the map by what was found. What is found at another address than the
/// public one proves nothing about the road that browsers take.
fn light(desk: &mut Desk, systems: &Systems, rows: &[LiveRow]) {
    let Some(system) = rows.first().map(|row| row.system) else { return };
    let (road, product) = match system {
        System::Immich => (Road::BrowserToImmich, Some(Point::Product)),
        _ => (Road::BrowserToAuthentik, None),
    };
    let is_public = systems.api_url(system).is_empty();
    let encrypted = systems.url(system).starts_with("https:");
    let points = [
        ("name ", Some(Point::Name)),
        ("connection", Some(Point::Connection)),
        ("certificate", Some(Point::Tls)),
        ("product", product),
    ];
    desk.show(|snapshot| {
        for (what, point) in points {
            let Some(point) = point else { continue };
            let found = rows.iter().find(|row| row.what.starts_with(what)).filter(|_| is_public);
            let light = match found {
                Some(_) if point == Point::Tls && !encrypted => {
                    Light::NotNeeded("this address is not encrypted".into())
                }
                // What a proxy does for us nobody here has checked.
                Some(row) if row.value.last().is_some_and(|said| said.starts_with(PROXY)) => {
                    Light::NotNeeded(row.value.last().cloned().unwrap_or_default())
                }
                Some(row) => Light::from(&row.value),
                None if point == Point::Name && is_public && rows.len() > 2 => {
                    Light::NotNeeded("the address is a number, not a name".into())
                }
                None => Light::Off,
            };
            snapshot.map.set(road, point, light);
        }
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
