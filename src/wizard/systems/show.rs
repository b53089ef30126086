//! The lamps in the header: what is known of each system as a whole.

use crate::{
    site::{Fault, System},
    wizard::{
        Lamp, Light, Point, Road, RouteView, Sign, Snapshot, SystemView, desk::Desk, look::Look,
    },
};

use super::Systems;

impl Systems {
    /// Lights a system's lamp.
    pub(in crate::wizard) fn lamp(
        &self,
        desk: &mut Desk,
        system: System,
        lamp: Lamp,
        fault: Option<Fault>,
    ) {
        let address = self.url(system).to_owned();
        desk.show(|snapshot| {
            let view = view(snapshot, system);
            view.address = address;
            view.set(lamp, fault);
        });
    }

    /// Shows what a look at a step said of the systems: one that was read is
    /// well, a fault of one dims its lamp, and one that was not reached is out.
    /// What the look did not ask stays as it was.
    pub(in crate::wizard) fn show_lamps(&self, desk: &mut Desk, look: &Look) {
        let route = self.chosen_route().ok();
        desk.show(|snapshot| {
            for view in &mut snapshot.header.systems {
                let fault = look.blockers.iter().find(|fault| fault.system == view.system);
                let was_read = look.live.iter().any(|row| row.system == view.system);
                match fault {
                    Some(fault) => view.set(lamp_of(fault), Some(fault.clone())),
                    None if view.lamp != Lamp::Bad || was_read => view.set(Lamp::Good, None),
                    None => {}
                }
            }
            for system in [System::Authentik, System::Immich] {
                let fault = look.blockers.iter().find(|fault| fault.system == system);
                let answered = match fault {
                    Some(fault) => !fault.kind.is_out_of_reach(),
                    None => look.live.iter().any(|row| row.system == system),
                };
                if answered && self.api_url(system).is_empty() {
                    mend_road(snapshot, system);
                }
            }
            for row in &look.live {
                let crate::site::Reading::Known { took, .. } = &row.value else { continue };
                // What was known already took nothing, and tells nothing.
                if took.is_zero() {
                    continue;
                }
                if let Some(view) =
                    snapshot.header.systems.iter_mut().find(|view| view.system == row.system)
                {
                    view.latency = Some(*took);
                }
            }
            snapshot.header.route = route.map(|(kind, why)| RouteView { kind, why });
        });
    }

    /// Shows that a system is out of reach where that is why something did not
    /// work.
    #[allow(clippy::unused_self, reason = "only who looked may say what was seen")]
    pub(in crate::wizard) fn show_fault(&self, desk: &mut Desk, fault: &Fault) {
        if !fault.kind.is_out_of_reach() {
            return;
        }
        desk.show(|snapshot| {
            if let Some(view) =
                snapshot.header.systems.iter_mut().find(|view| view.system == fault.system)
            {
                view.set(lamp_of(fault), Some(fault.clone()));
            }
        });
    }

    /// Lights the map by whether the host let this program in.
    pub(in crate::wizard) fn show_signed_in(&self, desk: &mut Desk, outcome: Result<(), Fault>) {
        let signed_in =
            outcome.map(|()| Sign::SignedIn { target: self.url(System::Host).to_owned() });
        desk.show(|snapshot| {
            snapshot.map.checked(Road::OntoHost, Point::SignIn, signed_in);
            snapshot.map.set(Road::OntoHost, Point::Docker, Light::Off);
        });
    }

    /// Lights the map by whether Docker answers on the host.
    #[allow(clippy::unused_self, reason = "only who looked may say what was seen")]
    pub(in crate::wizard) fn show_docker(&self, desk: &mut Desk, outcome: Result<(), Fault>) {
        let answers = outcome.map(|()| Sign::DockerAnswers);
        desk.show(|snapshot| snapshot.map.checked(Road::OntoHost, Point::Docker, answers));
    }

    /// Lights the lamps of servers that turned out to be as they were presumed.
    pub(in crate::wizard) fn show_presumed(&self, desk: &mut Desk) {
        let route = self.chosen_route().ok();
        let versions = [
            (System::Authentik, self.authentik_version().map(ToString::to_string)),
            (System::Immich, self.immich_version().ok().map(ToString::to_string)),
        ];
        for (system, version) in versions {
            self.lamp(desk, system, Lamp::Good, None);
            desk.show(|snapshot| view(snapshot, system).version = version);
        }
        desk.show(|snapshot| {
            snapshot.header.route = route.map(|(kind, why)| RouteView { kind, why });
        });
    }

    /// Shows where secrets are kept.
    pub(in crate::wizard) fn show_store(&self, desk: &mut Desk) {
        if let Ok(vault) = self.vault() {
            let store = vault.place();
            desk.show(|snapshot| snapshot.header.store = Some(store));
        }
    }
}

/// Mends what a look broke on a server's road, once the server answers there.
fn mend_road(snapshot: &mut Snapshot, system: System) {
    let (road, product) = Road::of_browsers_to(system);
    let broken = |point: &Point| matches!(snapshot.map.light(road, *point), Light::Bad { .. });
    let points = [Some(Point::Name), Some(Point::Connection), Some(Point::Tls), product];
    let points: Vec<Point> = points.into_iter().flatten().collect();
    if !points.iter().any(broken) {
        return;
    }
    for point in points {
        let light = snapshot.map.light(road, point);
        if matches!(light, Light::Bad { .. } | Light::Off) {
            snapshot.map.checked(road, point, Ok(Sign::Answered));
        }
    }
}

const fn lamp_of(fault: &Fault) -> Lamp {
    if fault.kind.is_out_of_reach() { Lamp::Bad } else { Lamp::Warning }
}

impl SystemView {
    /// Lights the lamp. How long its last answer took is no news of a system
    /// that gives none.
    fn set(&mut self, lamp: Lamp, fault: Option<Fault>) {
        if lamp == Lamp::Bad {
            self.latency = None;
        }
        self.lamp = lamp;
        self.fault = fault;
    }
}

/// The lamp of a system; it is put up where there is none yet.
pub(super) fn view(snapshot: &mut Snapshot, system: System) -> &mut SystemView {
    let index = snapshot.header.systems.iter().position(|view| view.system == system);
    let index = index.unwrap_or_else(|| {
        snapshot.header.systems.push(SystemView {
            system,
            address: String::new(),
            lamp: Lamp::Off,
            version: None,
            latency: None,
            fault: None,
        });
        snapshot.header.systems.sort_by_key(|view| view.system);
        snapshot.header.systems.iter().position(|view| view.system == system).unwrap_or_default()
    });
    &mut snapshot.header.systems[index]
}
