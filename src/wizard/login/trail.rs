//! What both servers show of a login: the trail that it leaves.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::{
    authentik::LoginEvent,
    immich::User,
    site::{Fault, FaultKind, System},
    wizard::{LoginStage, Sighting, links::Links, systems::Systems},
};

/// What both servers knew at one moment.
#[derive(Default)]
pub(super) struct Sight {
    events: Vec<LoginEvent>,
    redeemed: BTreeSet<i64>,
    users: Vec<User>,
}

/// Looks at both servers.
pub(super) async fn sight(systems: &Systems) -> Result<Sight, Fault> {
    let client = systems.authentik()?;
    let client_id = &systems.profile.provider.client_id;
    let provider = client.provider_by_client_id(client_id).await?;
    // Servers' clocks may differ from ours: what counts is which events were
    // there before, not when they say that they were.
    let events = client.authorize_events(Timestamp::MIN, client_id).await?;
    let redeemed = match &provider {
        Some(found) => {
            client.access_tokens(found.pk).await?.into_iter().map(|token| token.pk).collect()
        }
        None => BTreeSet::new(),
    };
    // The list of users is one more proof, not a needed one: a key may lack
    // the right to read it.
    let users = match systems.immich() {
        Ok(immich) => immich.users().await.unwrap_or_default(),
        Err(_) => Vec::new(),
    };
    Ok(Sight { events, redeemed, users })
}

/// What was seen of a login.
pub(super) struct Seen {
    pub(super) trail: Vec<Sighting>,
    /// Who it was, once it is complete.
    pub(super) who: Option<String>,
    /// Where the code was led back to.
    pub(super) led_back_to: Option<String>,
    /// Why Immich let nobody in although it redeemed the code.
    pub(super) refused: Option<Fault>,
}

/// What was seen since `before`, and who it was once it is complete: authentik
/// issued a code, and Immich redeemed it or linked an account by it. It redeems
/// the code of somebody whose account is linked to another subject, too, and
/// then says no.
pub(super) fn trail(before: &Sight, now: &Sight, links: &Links, at: Timestamp) -> Seen {
    let fresh = |event: &&LoginEvent| !before.events.iter().any(|known| known.pk == event.pk);
    let linked = now.users.iter().find(|user| {
        let known = before.users.iter().find(|known| known.id == user.id);
        !user.oauth_id.is_empty() && known.is_none_or(|known| known.oauth_id != user.oauth_id)
    });
    let redeemed = now.redeemed.difference(&before.redeemed).next().is_some();
    let mut trail = Vec::new();
    let mut see = |stage, what: String, at| trail.push(Sighting { stage, what, at });
    let first = now.events.iter().find(fresh);
    if let Some(event) = first {
        // authentik writes one event for each code, when it issues the code.
        let from = match event.client_ip.as_str() {
            "" => String::new(),
            address => format!(", from {address}"),
        };
        see(LoginStage::Authorized, format!("authentik let {} in{from}", event.who), event.at);
        let to = match event.redirect_uri.as_str() {
            "" => String::new(),
            uri => format!(" and led back to {uri}"),
        };
        see(LoginStage::CodeIssued, format!("authentik issued a code{to}"), event.at);
    }
    if redeemed {
        see(LoginStage::Redeemed, "Immich redeemed the code".into(), at);
    }
    if let Some(user) = linked {
        see(LoginStage::Linked, format!("Immich linked {} ({})", user.name, user.email), at);
    }
    let immich = first.and_then(|event| {
        now.users
            .iter()
            .find(|user| user.email.eq_ignore_ascii_case(&event.email) && !user.oauth_id.is_empty())
    });
    let stale = immich.filter(|user| linked.is_none() && links.is_stale(user));
    let refused = stale.filter(|_| redeemed).map(|user| {
        Fault::new(System::Immich, FaultKind::Refused, format!("log in as {}", user.email))
            .answered("the account is linked to an id that authentik gives nobody any more")
            .remedy("Visit this step again and let it end the old link; then log in once more.")
    });
    let proved = (redeemed && stale.is_none()) || linked.is_some();
    let led_back_to = first.map(|event| event.redirect_uri.clone());
    let who = first.filter(|_| proved).map(|event| match (linked, immich) {
        (Some(user), _) | (None, Some(user)) => {
            format!("{}, in Immich {} ({})", event.who, user.name, user.email)
        }
        (None, None) => format!("{} ({})", event.who, event.email),
    });
    Seen { trail, who, led_back_to, refused }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(pk: &str) -> LoginEvent {
        LoginEvent {
            pk: pk.into(),
            who: "alice".into(),
            user: Some(5),
            email: "alice@example.com".into(),
            at: Timestamp::UNIX_EPOCH,
            redirect_uri: "https://photos.example.com/auth/login".into(),
            scopes: "openid".into(),
            application: "Immich".into(),
            client_ip: "192.0.2.7".into(),
        }
    }

    fn stages(before: &Sight, now: &Sight) -> Vec<LoginStage> {
        let seen = trail(before, now, &Links::default(), Timestamp::UNIX_EPOCH);
        seen.trail.into_iter().map(|seen| seen.stage).collect()
    }

    #[test]
    fn only_what_is_new_is_seen_and_a_code_alone_is_no_login() {
        let before = Sight { events: vec![event("a")], ..Sight::default() };
        assert_eq!(stages(&before, &before), []);
        let now = Sight { events: vec![event("a"), event("b")], ..Sight::default() };
        assert_eq!(stages(&before, &now), [LoginStage::Authorized, LoginStage::CodeIssued]);
        let links = Links::default();
        assert_eq!(trail(&before, &now, &links, Timestamp::UNIX_EPOCH).who, None);
        let now = Sight { redeemed: BTreeSet::from([1]), ..now };
        let Seen { trail: seen, who, .. } = trail(&before, &now, &links, Timestamp::UNIX_EPOCH);
        assert_eq!(seen.last().map(|seen| seen.stage), Some(LoginStage::Redeemed));
        assert_eq!(who.as_deref(), Some("alice (alice@example.com)"));
    }
}
