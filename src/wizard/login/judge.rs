//! What a login came to, by what both servers knew before and know now. Only
//! Immich proves one: by a new session of that account, or by an account that
//! it linked or made. That it redeemed the code proves nothing: it does so, too,
//! before it refuses.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::trail::{Sessions, Sight};
use crate::{
    authentik::LoginEvent,
    immich::User,
    site::{Fault, FaultKind, System, UniformFailure},
    wizard::{LoginEvidence, LoginSight, LoginStage, Person, Sighting, stale::Links},
};

/// The attempts that were judged as failed.
#[derive(Default)]
pub(super) struct Judged {
    events: BTreeSet<String>,
    redeemed: BTreeSet<i64>,
}

impl Judged {
    /// All that is there now is judged.
    pub(super) fn take_in(&mut self, now: &Sight) {
        self.events.extend(now.events.iter().map(|event| event.pk.clone()));
        self.redeemed.extend(&now.redeemed);
    }
}

/// A login that began.
#[derive(Clone, Debug)]
pub(super) struct Attempt {
    /// Whose, as far as authentik tells.
    pub(super) event: Option<LoginEvent>,
    /// Whether Immich redeemed the code, as far as the token may see it.
    pub(super) redeemed: bool,
}

impl Attempt {
    /// Whose it is.
    pub(super) fn who(&self) -> Person {
        self.event.as_ref().map_or(Person::Somebody, |event| Person::Named(event.who.clone()))
    }
}

/// What was seen of a login.
pub(super) struct Seen {
    pub(super) trail: Vec<Sighting>,
    /// Who it was and what proves it.
    pub(super) proof: Option<(Person, LoginEvidence)>,
    /// Where the code was led back to.
    pub(super) led_back_to: Option<String>,
    /// What began and is not proved.
    pub(super) attempt: Option<Attempt>,
    /// Why Immich let nobody in although it redeemed the code.
    pub(super) refused: Option<Fault>,
}

/// Judges what came since `before`.
pub(super) fn judge(
    before: &Sight,
    now: &Sight,
    judged: &Judged,
    links: &Links,
    at: Timestamp,
) -> Seen {
    let is_new = |event: &&LoginEvent| !before.events.iter().any(|known| known.pk == event.pk);
    let fresh: Vec<&LoginEvent> = now.events.iter().filter(is_new).collect();
    let tokens: BTreeSet<i64> = now.redeemed.difference(&before.redeemed).copied().collect();
    let let_in = let_in(before, now, &fresh);
    let begun = fresh.iter().rev().find(|event| !judged.events.contains(&event.pk)).copied();
    let redeemed = tokens.difference(&judged.redeemed).next().is_some();
    let event = let_in.as_ref().map_or(begun, |(_, event, _)| *event);
    let mut trail = Vec::new();
    let mut see = |stage, what, at| trail.push(Sighting { stage, what, at });
    if let Some(event) = event {
        // authentik writes one event for each code, when it issues the code.
        let known = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
        let (who, from) = (event.who.clone(), known(&event.client_ip));
        see(LoginStage::Authorized, LoginSight::Authorized { who, from }, event.at);
        let to = known(&event.redirect_uri);
        see(LoginStage::CodeIssued, LoginSight::CodeIssued { to }, event.at);
    }
    if redeemed || let_in.is_some() && !tokens.is_empty() {
        see(LoginStage::Redeemed, LoginSight::Redeemed, at);
    }
    let proof = let_in.as_ref().map(|(user, event, how)| {
        let account = format!("{} ({})", user.name, user.email);
        let evidence = how.of(account.clone());
        let who = match event {
            Some(event) => Person::Both { user: event.who.clone(), account },
            None => Person::Account(account),
        };
        (who, evidence)
    });
    if let Some((_, evidence)) = &proof {
        see(LoginStage::LetIn, LoginSight::LetIn(evidence.clone()), at);
    }
    let attempt = (proof.is_none() && (begun.is_some() || redeemed))
        .then(|| Attempt { event: begun.cloned(), redeemed });
    let refused = attempt.as_ref().filter(|attempt| attempt.redeemed).and_then(|attempt| {
        let event = attempt.event.as_ref()?;
        let same = |user: &&User| user.email.eq_ignore_ascii_case(&event.email);
        let user = now.users.iter().flatten().find(same)?;
        links.is_stale(user).then(|| stale(user))
    });
    Seen {
        trail,
        proof,
        led_back_to: event.map(|event| event.redirect_uri.clone()),
        attempt,
        refused,
    }
}

fn stale(user: &User) -> Fault {
    Fault::of(&StaleLink, say!("log in as {email}", email = user.email))
}

/// An account that is linked to nobody.
#[derive(Debug, thiserror::Error)]
#[error("{}", say!("the account is linked to an id that authentik gives nobody any more"))]
struct StaleLink;

impl UniformFailure for StaleLink {
    const SYSTEM: System = System::Immich;
    const KIND: FaultKind = FaultKind::Refused;

    fn hint(&self) -> String {
        say!("Visit this step again and let it end the old link; then log in once more.")
    }
}

/// How Immich let somebody in.
enum How {
    Made,
    Linked,
    Opened,
}

impl How {
    /// What proves it for that account.
    const fn of(&self, account: String) -> LoginEvidence {
        match self {
            Self::Made => LoginEvidence::AccountMade(account),
            Self::Linked => LoginEvidence::AccountLinked(account),
            Self::Opened => LoginEvidence::SessionOpened(account),
        }
    }
}

/// Whom Immich let in since, for which of these events, and how.
fn let_in<'a>(
    before: &Sight,
    now: &'a Sight,
    fresh: &[&'a LoginEvent],
) -> Option<(&'a User, Option<&'a LoginEvent>, How)> {
    let (Some(then), Some(users)) = (&before.users, &now.users) else { return None };
    let event = |user: &User| fresh.iter().rev().find(|event| is_of(event, user, now)).copied();
    for user in users.iter().filter(|user| !user.oauth_id.is_empty()) {
        match then.iter().find(|known| known.id == user.id) {
            None => return Some((user, event(user), How::Made)),
            Some(known) if known.oauth_id != user.oauth_id => {
                return Some((user, event(user), How::Linked));
            }
            Some(_) => {}
        }
    }
    // Anybody may open a session at any time: it has to be of that account.
    users.iter().find_map(|user| {
        let event = event(user).filter(|_| has_new_session(before, now, &user.id))?;
        Some((user, Some(event), How::Opened))
    })
}

/// Whether the login of that event is for that account: by the subject that the
/// account is linked to, or by its e-mail address where authentik does not tell
/// the subject.
fn is_of(event: &LoginEvent, user: &User, now: &Sight) -> bool {
    match event.user.and_then(|pk| now.subjects.get(&pk)) {
        Some(subject) => user.oauth_id == *subject,
        None => !user.oauth_id.is_empty() && user.email.eq_ignore_ascii_case(&event.email),
    }
}

fn has_new_session(before: &Sight, now: &Sight, user: &str) -> bool {
    let (Sessions::Known(before), Sessions::Known(now)) = (&before.sessions, &now.sessions) else {
        return false;
    };
    match (before.get(user), now.get(user)) {
        (Some(before), Some(now)) => now.difference(before).next().is_some(),
        _ => false,
    }
}
