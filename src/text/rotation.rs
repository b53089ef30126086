//! The client secret and its rotation.

use std::time::Duration;

use jiff::Timestamp;

use super::old;
use crate::{
    immich::RouteKind,
    site::harmless::line,
    wizard::{Course, RenewalNote, RevocationNote, RotationNote, SecretView, SwitchView},
};

/// How old the client secret is, and whether a rotation is under way.
#[must_use]
pub fn client_secret(secret: &SecretView, now: Timestamp) -> String {
    let fingerprint = &secret.fingerprint;
    let mut text = match &secret.age {
        Some(known) => {
            say!("The client secret {fingerprint} is {old}.", fingerprint, old = old(known, now))
        }
        None => say!("The client secret {fingerprint} is of unknown age.", fingerprint),
    };
    if let Some(pending) = &secret.pending {
        text += &say!(
            " A rotation to {pending} did not come to its end: `{us} rotate` goes on, or \
             back.",
            pending,
            us = crate::say::us()
        );
    }
    text
}

/// The outage of a switch that stands; `None`: it does not stand.
#[must_use]
pub fn outage(switch: &SwitchView) -> Option<String> {
    if switch.course != Course::Stands {
        return None;
    }
    let Some((at_least, at_most)) = switch.outage() else { return Some(say!("not known")) };
    let asked = match switch.probes {
        0 => say!("by the answers to both writes"),
        probes => say!("asked {probes} times meanwhile", probes),
    };
    let most = ms(at_most);
    Some(if at_least.is_zero() {
        say!("at most {most} ms ({asked})", most, asked)
    } else {
        say!("{least} to {most} ms ({asked})", least = ms(at_least), most, asked)
    })
}

/// What a switch meant for logins.
#[must_use]
pub fn switch_cost(switch: &SwitchView) -> Option<String> {
    match switch.course {
        Course::Stands if !switch.is_measured() => Some(say!(
            "For how long logins could fail is not known: not both sides were seen to change."
        )),
        Course::Stands => {
            outage(switch).map(|outage| say!("Logins could fail for {outage}.", outage))
        }
        Course::LedBack(after) => Some(say!(
            "It was led back. Logins could fail for at most {ms} ms: then both sides were seen to \
             hold the old secret again.",
            ms = ms(after)
        )),
        Course::Apart => Some(say!(
            "It did not come off: logins can fail until both sides hold the same secret."
        )),
    }
}

/// Something to know about a rotation.
pub(super) fn note(note: &RotationNote) -> String {
    match note {
        RotationNote::Standing(story) => story.to_string(),
        RotationNote::Trouble(fault) => line(&fault.to_string()).into_owned(),
        RotationNote::NobodyIsLoggedOut
        | RotationNote::OnlyImmichUses { .. }
        | RotationNote::OthersUse { .. }
        | RotationNote::OthersUntold
        | RotationNote::GiveToOthers { .. } => users(note),
        RotationNote::ImmichIsRestarted => say!(
            "This release of Immich reads its settings only at its start: it is restarted for the \
             switch, and away for a quarter of a minute or so."
        ),
        RotationNote::Prepared(RouteKind::Api) => {
            say!("Both requests are built and both connections open before either is sent.")
        }
        RotationNote::Prepared(RouteKind::Database) => {
            say!("The transaction is open and lacks only its COMMIT when authentik is told.")
        }
        RotationNote::Prepared(RouteKind::ConfigFile) => say!(
            "The new file is on the disk and lacks only its move into place when authentik is told."
        ),
        RotationNote::Untimed(systems) => {
            let systems = match systems.as_slice() {
                [one, other] => say!("{one} and {other}", one, other),
                some => some.first().map(ToString::to_string).unwrap_or_default(),
            };
            say!(
                "How long this write takes on {systems} is not known yet, so the two writes may \
                 take effect at different times. This rotation measures it for the next one.",
                systems
            )
        }
        RotationNote::PendingIs { fingerprint } => {
            say!("The new secret is kept as pending: {fingerprint}.", fingerprint)
        }
        RotationNote::HowToGoBack => say!(
            "To go back to the previous secret: `{us} rotate --back`. It stays in the secret \
             store until the next rotation, or until `{us} secret forget \
             client-secret-previous`.",
            us = crate::say::us()
        ),
        RotationNote::HowToRotateByAge => say!(
            "To rotate by age, let a timer run `{us} rotate --if-older-than 90d`: it says by \
             its exit code when it is time.",
            us = crate::say::us()
        ),
        RotationNote::ImmichWasRestarted => {
            say!("This release of Immich was restarted for it; an update would spare you that.")
        }
        RotationNote::Revocation(note) => revocation(*note),
        RotationNote::Renewal(note) => renewal(note),
    }
}

/// Who notices a rotation, and who has to be told.
fn users(note: &RotationNote) -> String {
    match note {
        RotationNote::NobodyIsLoggedOut => say!(
            "Nobody is logged out: Immich's sessions and its mobile apps do not depend on this \
             secret. A login that is still at authentik during the switch succeeds; one that came \
             back to Immich up to a second before it, or meanwhile, can fail and succeeds when \
             tried again."
        ),
        RotationNote::OnlyImmichUses { client } => say!(
            "Whatever else uses the client `{client}` must be told the new secret. No redirect URI \
             but Immich's is registered, so probably nothing does.",
            client
        ),
        RotationNote::OthersUse { client, uris } => say!(
            "Something else seems to use the client `{client}`: {uris} is registered, too. It must \
             be told the new secret, and cannot log anybody in until then.",
            client,
            uris = uris.join(", ")
        ),
        RotationNote::OthersUntold => say!("authentik does not tell what else may use it."),
        RotationNote::GiveToOthers { client } => say!(
            "Give the new secret to whatever else uses `{client}`: `{us} secret copy \
             client-secret`.",
            client,
            us = crate::say::us()
        ),
        _ => String::new(),
    }
}

fn revocation(note: RevocationNote) -> String {
    match note {
        RevocationNote::SessionsStay => say!(
            "Whoever holds one of them can read no more with it. Immich's own sessions stay: they \
             are not authentik's."
        ),
        RevocationNote::NothingToRevoke => {
            say!("No token of this client is outstanding: there is nothing to revoke.")
        }
        RevocationNote::Revoked => {
            say!("The tokens that were issued under the old secret are revoked.")
        }
        RevocationNote::StayValid => {
            say!("The tokens that were issued under the old secret stay valid.")
        }
    }
}

fn renewal(note: &RenewalNote) -> String {
    match note {
        RenewalNote::NewIsInUse => say!("The new one is in use already."),
        RenewalNote::NotOurs { name: Some(name), kept } => say!(
            "The old one `{name}` was not made by this program, which therefore does not delete \
             it. Do it yourself; until then it opens what it opened. It is kept as `{kept}`.",
            name,
            kept
        ),
        RenewalNote::NotOurs { name: None, kept } => say!(
            "The old one was not made by this program, which therefore does not delete it. Do it \
             yourself; until then it opens what it opened. It is kept as `{kept}`.",
            kept
        ),
        RenewalNote::OldIsLeft { kept } => {
            say!("The old one was left; it is kept as `{kept}`.", kept)
        }
        RenewalNote::UnusedGo => say!(
            "An earlier run was cut short after it made one, or left one behind. Nothing uses it, \
             but it still opens what it opened."
        ),
        RenewalNote::OthersUnseen(fault) => say!(
            "Whether there are others of this program cannot be seen: {fault}.",
            fault = line(&fault.to_string())
        ),
    }
}

fn ms(time: Duration) -> u128 {
    time.as_micros().div_ceil(1000)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wizard::Between;

    fn between(from: u64, to: u64) -> Between {
        Between { from: Duration::from_millis(from), to: Duration::from_millis(to) }
    }

    #[test]
    fn outage_that_was_not_observed_is_not_known() {
        let half = SwitchView { authentik: Some(between(10, 30)), ..SwitchView::default() };
        assert!(!half.is_measured());
        assert_eq!(outage(&half), Some(say!("not known")));
        assert_ne!(switch_cost(&half), switch_cost(&SwitchView { course: Course::Apart, ..half }));
    }

    #[test]
    fn what_was_led_back_is_not_told_as_if_it_had_stood() {
        let both = Some(between(10, 30));
        let switch = |course| SwitchView { authentik: both, immich: both, probes: 9, course };
        let told = |course| switch_cost(&switch(course)).unwrap();
        let asked = say!("asked {probes} times meanwhile", probes = 9);
        let outage = say!("at most {most} ms ({asked})", most = 20, asked);
        assert_eq!(told(Course::Stands), say!("Logins could fail for {outage}.", outage));
        let back = Course::LedBack(Duration::from_micros(1_800_100));
        assert!(told(back).contains("1801"), "{}", told(back));
        assert_eq!(super::outage(&switch(back)), None);
        assert_ne!(told(Course::Apart), told(Course::Stands));
    }
}
