//! The way to a server on the card: does its name resolve, does it take
//! connections, is it trusted, is it the right product, and which release?

use std::time::Duration;

use jiff::Timestamp;

use crate::{
    net::{Stage, Way},
    site::{Fault, FaultKind, Reading, System},
    wizard::{
        Light, LiveRow, LiveSubject, LiveValue, Point, Road, Sign, StepId, Task,
        desk::{Desk, Interrupt},
        systems::{Connected, Systems},
    },
};

/// How long a look at the way alone may take.
const WAY: Duration = Duration::from_secs(15);

/// A part of the way to a server, in a row of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Name,
    Connection,
    Certificate,
    Product,
}

/// What was found of the way to a server.
struct Found {
    system: System,
    rows: Vec<(Part, LiveRow)>,
    /// What is left to a proxy is not looked at here.
    proxied: bool,
}

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
    looked: Result<&Connected, &Fault>,
) {
    let mut rows = Vec::new();
    let mut row = |part, what, value| rows.push((part, LiveRow { system, what, value }));
    let proxied = matches!(way, Some(Way::Proxy { .. }));
    let address = systems.api_or_public(system);
    let host = url::Url::parse(address)
        .ok()
        .and_then(|url| url.host_str().map(str::to_owned))
        .unwrap_or_default();
    match way {
        None => {}
        Some(Way::Proxy { at }) => {
            let value = known(LiveValue::LeftToProxy { at }, Duration::ZERO);
            row(Part::Name, LiveSubject::HostName { host }, value);
        }
        Some(Way::Direct { name, port }) => {
            // An address that is written as numbers needs no name server.
            if host.trim_matches(['[', ']']).parse::<std::net::IpAddr>().is_err() {
                row(
                    Part::Name,
                    LiveSubject::HostName { host },
                    reading(name, LiveValue::Addresses),
                );
            }
            let value = port.map_or(Reading::Unknown, |port| reading(port, LiveValue::Port));
            row(Part::Connection, LiveSubject::Connection, value);
        }
    }
    let encrypted = address.starts_with("https:");
    let certificate = match looked {
        _ if !encrypted => known(LiveValue::NotEncrypted, Duration::ZERO),
        Ok(connected) => known(systems.trusts(system), connected.took()),
        Err(fault) if matches!(fault.kind, FaultKind::Untrusted { .. }) => failed(fault),
        Err(_) => Reading::Unknown,
    };
    row(Part::Certificate, LiveSubject::Certificate, certificate);
    let product = match looked {
        Ok(connected) => known(connected.release(), connected.took()),
        Err(fault) if matches!(fault.kind, FaultKind::Untrusted { .. }) => Reading::Unknown,
        Err(fault) => failed(fault),
    };
    row(Part::Product, LiveSubject::Product, product);
    let found = Found { system, rows, proxied };
    light(desk, systems, &found, looked.err());
    desk.show_step(StepId::Access, |step| {
        step.live.retain(|row| row.system != system);
        step.live.extend(found.rows.into_iter().map(|(_, row)| row));
        step.live.sort_by_key(|row| row.system);
    });
}

/// Looks how far the way goes to a server that a look did not reach, and breaks
/// its road on the map there.
pub(in crate::wizard) async fn follow(
    desk: &mut Desk,
    systems: &Systems,
    fault: &Fault,
) -> Result<(), Interrupt> {
    let system = fault.system;
    if !fault.kind.is_out_of_reach() {
        return Ok(());
    }
    match system {
        System::Authentik | System::Immich => {
            let what = Task::FollowingWay(system);
            let way = desk.work(what, WAY, systems.way(system)).await?;
            show(desk, systems, system, way, Err(fault));
        }
        System::Host => systems.show_signed_in(desk, Err(fault.clone())),
        System::SecretStore | System::Workstation => {}
    }
    Ok(())
}

/// Lights the map by what was found. What is found at another address than the
/// public one proves nothing about the road that browsers take.
fn light(desk: &mut Desk, systems: &Systems, found: &Found, fault: Option<&Fault>) {
    let Found { system, rows, proxied } = found;
    let (system, proxied) = (*system, *proxied);
    let (road, product) = Road::of_browsers_to(system);
    let is_public = systems.api_url(system).is_empty();
    let encrypted = systems.url(system).starts_with("https:");
    let points = [
        (Part::Name, Some(Point::Name)),
        (Part::Connection, Some(Point::Connection)),
        (Part::Certificate, Some(Point::Tls)),
        (Part::Product, product),
    ];
    desk.show(|snapshot| {
        for (part, point) in points {
            let Some(point) = point else { continue };
            let found = rows.iter().find(|(known, _)| *known == part).filter(|_| is_public);
            let light = match found {
                Some(_) if point == Point::Tls && !encrypted => {
                    Light::NotNeeded(Sign::NotEncrypted)
                }
                // What a proxy does for us nobody here has checked.
                Some((Part::Name, row)) if proxied => row
                    .value
                    .last()
                    .cloned()
                    .map_or(Light::Off, |value| Light::NotNeeded(Sign::Live(value))),
                Some((_, row)) => Light::from(&row.value),
                None if point == Point::Name && is_public && rows.len() > 2 => {
                    Light::NotNeeded(Sign::AddressIsNumber)
                }
                None => Light::Off,
            };
            snapshot.map.set(road, point, light);
        }
        let Some(fault) = fault else { return };
        // What was proved through there before is not so any more, as far as
        // anybody knows.
        snapshot.map.outdate(system);
        if is_public && snapshot.break_on(road).is_none() {
            // The way is there, and yet nobody answers: it breaks at its end.
            let end = if encrypted { Point::Tls } else { Point::Connection };
            snapshot.map.broken(road, end, fault.clone());
        }
        snapshot.map.darken_behind_break(road);
    });
}

fn reading<T>(stage: Stage<T>, shown: impl Fn(T) -> LiveValue) -> Reading<LiveValue> {
    match stage.outcome {
        Ok(found) => known(shown(found), stage.took),
        Err(fault) => failed(&fault),
    }
}

fn known(value: LiveValue, took: Duration) -> Reading<LiveValue> {
    Reading::Known { value, at: Timestamp::now(), took }
}

fn failed(fault: &Fault) -> Reading<LiveValue> {
    Reading::Failed { why: fault.clone(), at: Timestamp::now(), last: None }
}
