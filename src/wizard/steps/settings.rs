//! Step 3: Immich's OAuth settings, by the route that fits.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde_json::Value;

use super::{
    Look, Looked, Proved, Step, When,
    compare::{Comparison, shown_secret},
    proof,
};
use crate::{
    host::Host,
    immich::{RouteKind, RouteReason, Stored, is_json},
    secret::{Label, Secret},
    site::{Failure, Fault, FaultKind, Object, Profile, Reading, System},
    wizard::{
        About, Claim, Evidence, FieldId, FieldValue, LiveRow, LiveSubject, LiveValue, Proof,
        SettingsField, StepNote, effect::Effect, memory::Saw, systems::Systems,
    },
};

/// The step.
pub(super) struct Settings;

impl Step for Settings {
    fn about(&self, _: &Profile) -> About {
        About::Settings
    }

    fn object(&self) -> Option<Object> {
        Some(Object::Settings)
    }

    fn look<'a>(&self, systems: &'a Systems, _: When) -> Looked<'a> {
        Box::pin(look(systems))
    }

    fn verify<'a>(&self, systems: &'a Systems, saw: &'a mut Saw) -> Proved<'a> {
        Box::pin(async { Ok(verify(systems, saw).await) })
    }

    fn learn(&self, known: &mut Saw, saw: Saw) {
        known.is_set = saw.is_set;
        known.immich_secret = saw.immich_secret;
        known.route = saw.route;
    }
}

/// Why the settings cannot be written, or are not as they were written.
#[derive(Debug, thiserror::Error)]
enum Trouble {
    /// This release takes no issuer without TLS.
    #[error("{}", say!("Immich {version} refuses {issuer}", version, issuer))]
    RefusesPlain {
        /// The release.
        version: String,
        /// The issuer.
        issuer: String,
    },
    /// Something differs after it was written.
    #[error("{}", say!("there is still to do: {effect}", effect))]
    StillToDo {
        /// What would have to be done.
        effect: String,
    },
}

impl Failure for Trouble {
    fn system(&self) -> System {
        System::Immich
    }

    fn kind(&self) -> FaultKind {
        match self {
            Self::RefusesPlain { .. } => FaultKind::NotEncrypted,
            Self::StillToDo { .. } => FaultKind::NotKept,
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::RefusesPlain { .. } => say!(
                "Put authentik behind https. If you must go without, allow insecure requests: \
                 whoever can listen between the two can then log in as anybody."
            ),
            Self::StillToDo { .. } => {
                say!("Look again; if it stays so, something else writes Immich's settings.")
            }
        }
    }
}

struct Live {
    route: RouteKind,
    why: RouteReason,
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

async fn look(systems: &Systems) -> Result<Look, Fault> {
    let began = Instant::now();
    let live = read(systems).await?;
    let took = began.elapsed();
    let mut look = Look::default();
    let row = |system: System, what: LiveSubject, value: LiveValue| LiveRow {
        system,
        what,
        value: Reading::Known { value, at: Timestamp::now(), took },
    };
    let route = LiveValue::Route { route: live.route, why: live.why.clone() };
    look.live.push(row(System::Immich, LiveSubject::Route, route));
    let enabled = live.stored.fields.get("enabled").and_then(Value::as_bool).unwrap_or_default();
    look.live.push(row(System::Immich, LiveSubject::OauthLogin, LiveValue::Switch(enabled)));
    let issuer = if live.discovered {
        LiveValue::Given(live.issuer.clone())
    } else {
        LiveValue::NoAnswerYet
    };
    look.live.push(row(System::Authentik, LiveSubject::Issuer, issuer));
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
        look.note(StepNote::LoginScriptPrints { noise: noise.to_string() });
    }
    let writes = look.effects.iter().any(|effect| matches!(effect, Effect::WriteSettings { .. }));
    if !writes {
        return;
    }
    let place = &live.stored.place;
    look.add_notes(place.warnings.iter().cloned().map(StepNote::File));
    if let Some(kept) = &place.kept {
        look.note(StepNote::CopyKept { path: kept.clone() });
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
        look.note(StepNote::InsecureIssuer);
    } else {
        let version = systems.immich_version()?.to_string();
        let trouble = Trouble::RefusesPlain { version, issuer: live.issuer.clone() };
        look.blockers.push(Fault::of(&trouble, say!("use an issuer without TLS")));
    }
    Ok(())
}

fn compare(systems: &Systems, live: &Live, took: Duration, look: &mut Look) -> Result<(), Fault> {
    let version = systems.immich_version()?;
    let mut sides = Comparison::new(true, took);
    for field in SettingsField::ALL.iter().filter(|field| field.is_known_to(version)) {
        if *field == SettingsField::ClientSecret {
            compare_secret(live, &mut sides);
        } else {
            compare_field(live, *field, field.wanted(&systems.profile, &live.issuer), &mut sides);
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
        look.note(StepNote::PasswordLoginStays);
    }
    look.fields = sides.rows;
    Ok(())
}

/// Compares one field with what the profile asks for, if it does.
fn compare_field(live: &Live, field: SettingsField, wanted: Option<Value>, sides: &mut Comparison) {
    let id = FieldId::Settings(field);
    let now = live.stored.fields.get(field.key());
    let text = live.stored.texts.get(field.key()).filter(|text| is_unreadable(text));
    match (wanted, text) {
        (None, text) => {
            let unreadable = text.map(|text| FieldValue::Unreadable(text.clone()));
            sides.kept(
                id,
                unreadable.unwrap_or_else(|| now.map_or(FieldValue::NotSet, FieldValue::of)),
            );
        }
        // It may say what is wanted, and still keep Immich from starting.
        (Some(value), Some(text)) => {
            let shown = Some(FieldValue::Unreadable(text.clone()));
            let wanted = (value.clone(), FieldValue::of(&value));
            sides.put(id, wanted, (now.cloned(), shown), false);
        }
        (Some(value), None)
            if field == SettingsField::IssuerUrl && is_document_of(now, &live.issuer) =>
        {
            sides.field(id, now.cloned().unwrap_or(value), now);
        }
        (Some(value), None) => sides.field(id, value, now),
    }
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
async fn verify(systems: &Systems, saw: &mut Saw) -> Vec<Proof> {
    let outcome = match look(systems).await {
        Err(fault) => Err(fault),
        Ok(look) => {
            let look = look.agrees();
            *saw = look.saw;
            match (look.blockers.first(), look.effects.first()) {
                (Some(fault), _) => Err(fault.clone()),
                (None, None) => Ok(Evidence::FieldsAsWanted),
                (None, Some(effect)) => {
                    let trouble = Trouble::StillToDo { effect: effect.to_string() };
                    Err(Fault::of(&trouble, say!("find the settings as written")))
                }
            }
        }
    };
    vec![proof(Claim::SettingsAsWanted, outcome)]
}
