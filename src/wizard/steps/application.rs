//! Step 2: the application in authentik.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Look, Offer, Remedy, compare::Comparison, proof};
use crate::{
    authentik::{Application, Provider},
    site::{Failure, Fault, FaultKind, Profile, ProfileKey, Reading, System},
    wizard::{
        ApplicationField, Claim, Evidence, FieldId, FieldValue, LiveRow, LiveSubject, LiveValue,
        Offered, Point, Proof, Road, StepNote,
        effect::Effect,
        keep::{Object, is_ours},
        memory::Saw,
        systems::Systems,
    },
};

/// Why the application cannot be attached, or is not as it should be.
#[derive(Debug, thiserror::Error)]
enum Trouble {
    /// The provider serves another application.
    #[error(
        "{}",
        say!(
            "the provider `{provider}` belongs to the application `{other}` already",
            provider = .provider,
            other = .other
        )
    )]
    BelongsElsewhere {
        /// The name of the provider.
        provider: String,
        /// The slug of the other application.
        other: String,
    },
    /// The issuer is elsewhere than the public address says.
    #[error(
        "{}",
        say!("it is `{issuer}`, not `{expected}`", issuer = .issuer, expected = .expected)
    )]
    OtherIssuer {
        /// Where it is.
        issuer: String,
        /// Where it should be.
        expected: String,
    },
    /// Scopes are missing.
    #[error("{}", say!("missing: {scopes}", scopes = .0.join(", ")))]
    NoScopes(Vec<String>),
    /// Tokens are signed otherwise.
    #[error("{}", say!("tokens are signed with {algorithms}", algorithms = .0.join(", ")))]
    SignedOtherwise(Vec<String>),
}

impl Failure for Trouble {
    fn system(&self) -> System {
        System::Authentik
    }

    fn kind(&self) -> FaultKind {
        match self {
            Self::BelongsElsewhere { .. } | Self::OtherIssuer { .. } => FaultKind::Refused,
            Self::NoScopes(_) | Self::SignedOtherwise(_) => FaultKind::NotKept,
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::BelongsElsewhere { provider: _, other } => say!(
                "If `{other}` is your Immich, put this slug into the profile. If somebody \
                 attached the provider there by mistake, let it be taken from there. If both are \
                 to stay, give the profile another client id and another provider name: a \
                 provider of its own is made.",
                other
            ),
            Self::OtherIssuer { .. } => say!(
                "The proxy in front of authentik must hand on the name and the scheme that \
                 browsers use: `Host` and `X-Forwarded-Proto`. Or the public address in the \
                 profile is not the one people use."
            ),
            Self::NoScopes(_) => {
                say!("Walk the provider step again: its scope mappings are not all there.")
            }
            Self::SignedOtherwise(_) => say!(
                "Walk the provider step again: its signing key must fit `signing_algorithm` in \
                 the profile."
            ),
        }
    }
}

/// What authentik says about both objects, read in `took`.
fn live(
    profile: &Profile,
    application: Option<&Application>,
    provider: Option<&Provider>,
    took: Duration,
) -> Vec<LiveRow> {
    let row = |what: LiveSubject, value: LiveValue| LiveRow {
        system: System::Authentik,
        what,
        value: Reading::Known { value, at: Timestamp::now(), took },
    };
    let there = application
        .map_or(LiveValue::NotThere, |found| LiveValue::There { name: found.name.clone() });
    let used = provider.map_or(LiveValue::NotThereYet, |found| {
        match found.assigned_application_slug.clone() {
            Some(slug) => LiveValue::UsedBy { slug },
            None => LiveValue::UsedByNone,
        }
    });
    vec![
        row(LiveSubject::Application { slug: profile.application.slug.clone() }, there),
        row(LiveSubject::Provider { name: profile.provider.name.clone() }, used),
    ]
}

pub(super) async fn look(systems: &Systems) -> Result<Look, Fault> {
    let began = Instant::now();
    let client = systems.authentik()?;
    let profile = &systems.profile;
    let (application, provider) = tokio::try_join!(
        client.application(&profile.application.slug),
        client.provider_by_client_id(&profile.provider.client_id),
    )?;
    let took = began.elapsed();
    let live = live(profile, application.as_ref(), provider.as_ref(), took);
    let mut look = Look { live, ..Look::default() };
    look.saw.application = application.as_ref().map(|found| found.pk.clone());
    // One provider serves one application; taking it away from another ends
    // the logins of that one.
    if let Some(found) = &provider
        && let Some(other) = &found.assigned_application_slug
        && *other != profile.application.slug
    {
        if systems.takes_provider_from.as_ref() != Some(other) {
            belongs_elsewhere(profile, found, other, &mut look);
            return Ok(look);
        }
        look.note(StepNote::ProviderTaken { other: other.clone() });
        look.effects.push(taken_from(other, found.pk));
    }

    let mut sides = Comparison::new(application.is_some(), took);
    let id = FieldId::Application;
    let stored = |key: &str| application.as_ref().and_then(|found| found.raw.get(key));
    sides.field(id(ApplicationField::Name), json!(profile.application.name), stored("name"));
    sides.field(id(ApplicationField::Slug), json!(profile.application.slug), stored("slug"));
    let attached = match (&application, &provider) {
        (Some(application), Some(provider)) => application.provider == Some(provider.pk),
        _ => false,
    };
    let shown = application.as_ref().map(|found| match found.provider {
        None => FieldValue::Nothing,
        Some(_) if attached => FieldValue::text(&profile.provider.name),
        Some(other) => FieldValue::Number(other),
    });
    let wanted = FieldValue::text(&profile.provider.name);
    sides.row(id(ApplicationField::Provider), wanted, shown, attached);
    // Where the profile does not say where the tile leads, and this program
    // never set it, it leads where it does.
    let theirs = stored("meta_launch_url").filter(|_| {
        let ours = Object::Application(&profile.application.slug);
        profile.application.launch_url.is_none() && !is_ours(systems, ours, "meta_launch_url")
    });
    let launch_url = theirs.cloned().unwrap_or_else(|| json!(profile.launch_url()));
    sides.field(id(ApplicationField::LaunchUrl), launch_url, stored("meta_launch_url"));

    let client_id = profile.provider.client_id.clone();
    match &application {
        None => look.effects.push(Effect::CreateApplication { fields: sides.fields, client_id }),
        Some(found) if sides.differs() || !attached => {
            if let Some(number) = found.provider.filter(|_| !attached) {
                look.note(StepNote::OtherProvider { number });
            }
            let mut before = sides.before;
            if !attached {
                before.insert("provider".into(), found.provider.map_or(Value::Null, Value::from));
            }
            look.note(StepNote::ApplicationAdopted);
            look.effects.push(Effect::ChangeApplication {
                slug: found.slug.clone(),
                fields: sides.fields,
                before,
                attach: (!attached).then_some(client_id),
            });
        }
        Some(_) => {}
    }
    look.fields = sides.rows;
    Ok(look)
}

/// The provider serves another application: whose it is, the operator says.
fn belongs_elsewhere(profile: &Profile, provider: &Provider, other: &str, look: &mut Look) {
    let slug = &profile.application.slug;
    let trouble =
        Trouble::BelongsElsewhere { provider: provider.name.clone(), other: other.to_owned() };
    look.blockers.push(Fault::of(&trouble, say!("attach the provider to `{slug}`", slug)));
    look.offers.push(Offer::profile(
        Offered::ApplicationIsOurs { slug: other.to_owned() },
        ProfileKey::Slug,
        other,
    ));
    look.offers.push(Offer {
        says: Offered::TakeProviderFrom { other: other.to_owned(), ours: slug.clone() },
        by: Remedy::TakeFrom(other.to_owned()),
        preselected: false,
    });
}

/// Detaches the provider from another application, as the operator wanted.
fn taken_from(other: &str, provider: i64) -> Effect {
    let field = |value: Value| [("provider".to_owned(), value)].into_iter().collect();
    Effect::ChangeApplication {
        slug: other.to_owned(),
        fields: field(Value::Null),
        before: field(provider.into()),
        attach: None,
    }
}

/// Discovery must answer at the slug, with the issuer that the profile leads
/// one to expect.
pub(super) async fn verify(systems: &Systems, saw: &mut Saw) -> Vec<Proof> {
    if let Ok(client) = systems.authentik() {
        let found = client.application(&systems.profile.application.slug).await;
        saw.application = found.ok().flatten().map(|found| found.pk);
    }
    let discovery = match systems.discovery().await {
        Ok(discovery) => discovery,
        Err(fault) => {
            let silent = proof(Claim::ApplicationAnswers, Err(fault));
            return vec![silent.lights(Road::ImmichToAuthentik, Point::Discovery)];
        }
    };
    let issuer = Evidence::Issuer(discovery.issuer.clone());
    let answers = proof(Claim::ApplicationAnswers, Ok(issuer));
    let mut proofs = vec![answers.lights(Road::ImmichToAuthentik, Point::Discovery)];
    let expected = systems.profile.expected_issuer();
    let issuer = if discovery.issuer == expected {
        Ok(Evidence::AsExpected)
    } else {
        let trouble = Trouble::OtherIssuer { issuer: discovery.issuer.clone(), expected };
        Err(Fault::of(&trouble, say!("find the issuer at authentik's public address")))
    };
    let issuer = proof(Claim::IssuerIsPublic, issuer);
    proofs.push(issuer.lights(Road::ImmichToAuthentik, Point::Discovery));
    let missing: Vec<String> = systems
        .profile
        .scopes()
        .filter(|scope| !discovery.scopes_supported.iter().any(|known| known == scope))
        .map(str::to_owned)
        .collect();
    let scopes = if missing.is_empty() {
        Ok(Evidence::Scopes(discovery.scopes_supported.clone()))
    } else {
        Err(Fault::of(&Trouble::NoScopes(missing), say!("find all scopes in discovery")))
    };
    proofs.push(proof(Claim::ScopesOffered, scopes));
    let algorithms = &discovery.id_token_signing_alg_values_supported;
    let wanted = systems.profile.settings.signing_algorithm;
    let signing = if algorithms.iter().any(|known| known == wanted.name()) {
        Ok(Evidence::SignedWith(wanted))
    } else {
        let trouble = Trouble::SignedOtherwise(algorithms.clone());
        Err(Fault::of(&trouble, say!("find {wanted} in discovery", wanted)))
    };
    proofs.push(proof(Claim::SignedAsExpected, signing));
    proofs
}
