//! Step 3: Immich's OAuth settings, by the route that fits.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde_json::Value;

use super::{
    Look,
    compare::{Comparison, shown_secret},
    proof,
};
use crate::{
    host::Host,
    immich::{RouteKind, Stored, Wish, is_json, wanted_fields},
    secret::{Label, Secret},
    site::{Fault, FaultKind, Reading, System},
    wizard::{
        FieldId, FieldValue, LiveRow, Proof, SettingsField, effect::Effect, fields::Object,
        memory::Saw, systems::Systems,
    },
};

pub(super) fn about() -> String {
    "Tells Immich where authentik is and who it is there. Only the fields below are replaced; \
     everything else that is stored beside them stays as it is."
        .into()
}

struct Live {
    route: RouteKind,
    why: String,
    stored: Stored,
    issuer: String,
    /// Whether discovery answered; else the issuer is what the profile leads
    /// one to expect.
    discovered: bool,
    /// The secret that the store holds, or will hold after the provider step.
    kept: Option<Secret>,
}

async fn read(systems: &Systems) -> Result<Live, Fault> {
    let (route, why) = systems.chosen_route()?;
    let reader = systems.route(route)?;
    let vault = systems.vault()?;
    let (stored, kept, discovery) =
        tokio::join!(reader.read(), vault.get(Label::ClientSecret), systems.discovery(),);
    let kept = match kept? {
        Some(kept) => Some(kept),
        // The provider step will take authentik's over, if it has one.
        None => systems.provider_secret().await?,
    };
    // Without an application there is no discovery yet: a plan can still be
    // made, and the walk comes here only after it is there.
    let (issuer, discovered) = match discovery {
        Ok(discovery) => (discovery.issuer, true),
        Err(_) => (systems.profile.expected_issuer(), false),
    };
    Ok(Live { route, why, stored: stored?, issuer, discovered, kept })
}

pub(super) async fn look(systems: &Systems) -> Result<Look, Fault> {
    let began = Instant::now();
    let live = read(systems).await?;
    let took = began.elapsed();
    let mut look = Look::default();
    let row = |system: System, what: &str, value: String| LiveRow {
        system,
        what: what.into(),
        value: Reading::Known { value: value.into(), at: Timestamp::now(), took },
    };
    look.live.push(row(System::Immich, "route", format!("{}: {}", live.route.name(), live.why)));
    let enabled = live.stored.fields.get("enabled").and_then(Value::as_bool).unwrap_or_default();
    let on = if enabled { "on" } else { "off" };
    look.live.push(row(System::Immich, "login with OAuth", on.into()));
    let issuer = if live.discovered { live.issuer.clone() } else { "no answer yet".into() };
    look.live.push(row(System::Authentik, "issuer", issuer));
    let secret = live.stored.client_secret.as_ref();
    look.saw.is_set = enabled || secret.is_some();
    look.saw.immich_secret = secret.map(|secret| secret.fingerprint().to_string());
    look.saw.route = Some(live.route);
    insecure_issuer(systems, &live, &mut look)?;
    compare(systems, &live, took, &mut look)?;
    place(systems, &live, &mut look);
    Ok(look)
}

/// What is to be known of the place before it is written. It keeps nobody from
/// anything where nothing is to be written.
fn place(systems: &Systems, live: &Live, look: &mut Look) {
    look.add_notes(systems.agent_note());
    if let Some(noise) = systems.host().ok().and_then(Host::noise) {
        look.note(format!(
            "A login script of the host's user prints text before each command: “{noise}”. It is \
             told apart from what the commands print, and ignored."
        ));
    }
    let writes = look.effects.iter().any(|effect| matches!(effect, Effect::WriteSettings { .. }));
    if !writes {
        return;
    }
    let place = &live.stored.place;
    look.add_notes(place.warnings.iter().cloned());
    if let Some(kept) = &place.kept {
        look.note(format!(
            "One copy of the file from before is kept beside it, closed to others, as {kept}. \
             Undo deletes it, and so does `immich-sso access remove`."
        ));
    }
    look.blockers.extend(place.obstacle.clone());
}

/// From 3.0 on Immich refuses an issuer without TLS unless it is told to accept
/// it. Saying so is the operator's choice.
fn insecure_issuer(systems: &Systems, live: &Live, look: &mut Look) -> Result<(), Fault> {
    let refuses = systems.immich_version()?.at_least(3, 0, 0);
    if !refuses || !live.issuer.starts_with("http://") {
        return Ok(());
    }
    if systems.profile.settings.allow_insecure_requests {
        look.notes.push(
            "The issuer is not encrypted. Immich is told to accept that: whoever can listen \
             between the two can log in as anybody."
                .into(),
        );
    } else {
        look.blockers.push(
            Fault::new(System::Immich, FaultKind::NotEncrypted, "use an issuer without TLS")
                .answered(format!(
                    "Immich {} refuses {}",
                    systems.immich_version()?,
                    live.issuer
                ))
                .remedy("Put authentik behind https. If you must go without, allow insecure requests: whoever can listen between the two can then log in as anybody."),
        );
    }
    Ok(())
}

fn compare(systems: &Systems, live: &Live, took: Duration, look: &mut Look) -> Result<(), Fault> {
    let settings = &systems.profile.settings;
    let wanted = wanted_fields(
        systems.immich_version()?,
        &Wish {
            issuer: live.issuer.clone(),
            client_id: systems.profile.provider.client_id.clone(),
            scope: settings.scope.clone(),
            button_text: settings.button_text.clone(),
            auto_register: settings.auto_register,
            signing_algorithm: settings.signing_algorithm,
            token_auth_method: settings.token_endpoint_auth_method,
            allow_insecure_requests: settings.allow_insecure_requests,
        },
    );
    let mut sides = Comparison::new(true, took);
    for (key, value) in wanted {
        let now = live.stored.fields.get(&key);
        let id = FieldId::stored(Object::Settings, &key);
        match live.stored.texts.get(&key).filter(|text| is_unreadable(text)) {
            // It may say what is wanted, and still keep Immich from starting.
            Some(text) => {
                let shown = Some(FieldValue::Unreadable(text.clone()));
                let wanted = (value.clone(), FieldValue::of(&value));
                sides.put(id, wanted, (now.cloned(), shown), false);
            }
            None if key == "issuerUrl" && is_document_of(now, &live.issuer) => {
                sides.field(id, now.cloned().unwrap_or(value), now);
            }
            None => sides.field(id, value, now),
        }
        if key == "clientId" {
            compare_secret(live, &mut sides);
        }
    }
    let theirs = live.stored.client_secret.as_ref().filter(|secret| !secret.is_empty());
    let secret = live.kept.is_none() || live.kept.as_ref() != theirs || live.stored.bare_secret;
    if secret {
        // A secret that authentik does not know any more is of no use, but it
        // is not ours to lose.
        if let Some(theirs) = theirs {
            look.effects.push(Effect::SetSecretAside {
                of: System::Immich,
                fingerprint: theirs.fingerprint().to_string(),
                among_older: false,
            });
        }
    }
    if sides.differs() || secret {
        look.effects.push(Effect::WriteSettings {
            route: live.route,
            fields: sides.fields.clone(),
            before: sides.before.clone(),
            secret,
            absent: live.stored.absent(&sides.fields, secret),
            basis: live.stored.basis.clone(),
        });
    }
    let enabled = FieldId::Settings(SettingsField::Enabled);
    if sides.rows.iter().any(|row| row.id == enabled) {
        look.notes.push(
            "Password login is left as it is: turn it off only after an administrator has logged \
             in through authentik."
                .into(),
        );
    }
    look.fields = sides.rows;
    Ok(())
}

fn compare_secret(live: &Live, sides: &mut Comparison) {
    let theirs = live.stored.client_secret.as_ref();
    let same = live.kept.is_some() && live.kept.as_ref() == theirs && !live.stored.bare_secret;
    let wanted = live.kept.as_ref().map_or(FieldValue::KeptSecret, shown_secret);
    sides.row(
        FieldId::Settings(SettingsField::ClientSecret),
        wanted,
        theirs.map(shown_secret),
        same,
    );
}

/// Whether this is the address of an issuer's discovery document: Immich takes
/// that in the issuer's place.
fn is_document_of(now: Option<&Value>, issuer: &str) -> bool {
    let path = now.and_then(Value::as_str).and_then(|url| url.strip_prefix(issuer));
    path == Some(".well-known/openid-configuration")
}

/// Whether the text of a row is none that Immich can read.
fn is_unreadable(text: &str) -> bool {
    !is_json(text)
}

/// What is stored is read back; whether Immich works with it is the test
/// login's business, for a restart may have to come first.
pub(super) async fn verify(systems: &Systems, saw: &mut Saw) -> Vec<Proof> {
    let what = "Immich has the settings as wanted";
    let outcome = match look(systems).await {
        Err(fault) => Err(fault),
        Ok(look) => {
            let look = look.agrees();
            *saw = look.saw;
            match (look.blockers.first(), look.effects.first()) {
                (Some(fault), _) => Err(fault.clone()),
                (None, None) => Ok("every field is as wanted"),
                (None, Some(effect)) => Err(Fault::new(
                    System::Immich,
                    FaultKind::NotKept,
                    "find the settings as written",
                )
                .answered(format!("there is still to do: {effect}"))
                .remedy("Look again; if it stays so, something else writes Immich's settings.")),
            }
        }
    };
    vec![proof(what, outcome)]
}
