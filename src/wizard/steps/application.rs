//! Step 2: the application in authentik.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Looked, Proved, Step, When, compare::Comparison};
use crate::{
    authentik::{self, Provider},
    site::{self, Fault, FaultKind, Profile, ProfileKey, Reading, System, UniformFailure},
    wizard::{
        About, ApplicationField, FieldId, FieldValue, LiveRow, LiveSubject, LiveValue, Offered,
        Proof, StepNote,
        checks::Suite,
        effect::Effect,
        look::{Look, Offer, Remedy},
        memory::Saw,
        our_values::{Object, is_ours},
        systems::{Systems, check},
    },
};

/// The step.
pub(super) struct Application;

impl Step for Application {
    fn about(&self, profile: &Profile) -> About {
        About::Application { slug: profile.application.slug.clone() }
    }

    fn object(&self) -> Option<site::Object> {
        Some(site::Object::Application)
    }

    fn look<'a>(&self, systems: &'a Systems, _: When) -> Looked<'a> {
        Box::pin(look(systems))
    }

    fn verify<'a>(&self, systems: &'a Systems, saw: &'a mut Saw) -> Proved<'a> {
        Box::pin(verify(systems, saw))
    }

    fn learn(&self, known: &mut Saw, saw: Saw) {
        known.application = saw.application;
    }
}

/// The provider serves another application.
#[derive(Debug, thiserror::Error)]
#[error(
    "{}",
    say!(
        "the provider `{provider}` belongs to the application `{other}` already",
        provider = .provider,
        other = .other
    )
)]
struct BelongsElsewhere {
    /// The name of the provider.
    provider: String,
    /// The slug of the other application.
    other: String,
}

impl UniformFailure for BelongsElsewhere {
    const SYSTEM: System = System::Authentik;
    const KIND: FaultKind = FaultKind::Refused;

    fn hint(&self) -> String {
        say!(
            "If `{other}` is your Immich, put this slug into the profile. If somebody attached \
             the provider there by mistake, let it be taken from there. If both are to stay, \
             give the profile another client id and another provider name: a provider of its \
             own is made.",
            other = self.other
        )
    }
}

/// What authentik says about both objects, read in `took`.
fn live(
    profile: &Profile,
    application: Option<&authentik::Application>,
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

async fn look(systems: &Systems) -> Result<Look, Fault> {
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
        if systems.choices.takes_provider_from.as_ref() != Some(other) {
            belongs_elsewhere(profile, found, other, &mut look);
            return Ok(look);
        }
        look.note(StepNote::ProviderTaken { other: other.clone() });
        look.effects.push(taken_from(other, found.pk));
    }
    let attached = match (&application, &provider) {
        (Some(application), Some(provider)) => application.provider == Some(provider.pk),
        _ => false,
    };
    let sides = compare(systems, application.as_ref(), attached, took);
    let effect = effect(profile, application.as_ref(), attached, &sides, &mut look);
    look.effects.extend(effect);
    look.fields = sides.rows;
    Ok(look)
}

/// The application beside what the profile says.
fn compare(
    systems: &Systems,
    application: Option<&authentik::Application>,
    attached: bool,
    took: Duration,
) -> Comparison {
    let profile = &systems.profile;
    let mut sides = Comparison::new(application.is_some(), took);
    let id = FieldId::Application;
    let stored = |key: &str| application.and_then(|found| found.raw.get(key));
    sides.field(id(ApplicationField::Name), json!(profile.application.name), stored("name"));
    sides.field(id(ApplicationField::Slug), json!(profile.application.slug), stored("slug"));
    let shown = application.map(|found| match found.provider {
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
        profile.application.launch_url.is_none()
            && !is_ours(systems.history(), ours, "meta_launch_url")
    });
    let launch_url = theirs.cloned().unwrap_or_else(|| json!(profile.launch_url()));
    sides.field(id(ApplicationField::LaunchUrl), launch_url, stored("meta_launch_url"));
    sides
}

/// What makes the application what the profile says, with what there is to know.
fn effect(
    profile: &Profile,
    application: Option<&authentik::Application>,
    attached: bool,
    sides: &Comparison,
    look: &mut Look,
) -> Option<Effect> {
    let client_id = profile.provider.client_id.clone();
    let fields = sides.fields.clone();
    match application {
        None => Some(Effect::CreateApplication { fields, client_id }),
        Some(found) if sides.differs() || !attached => {
            if let Some(number) = found.provider.filter(|_| !attached) {
                look.note(StepNote::OtherProvider { number });
            }
            let mut before = sides.before.clone();
            if !attached {
                before.insert("provider".into(), found.provider.map_or(Value::Null, Value::from));
            }
            look.note(StepNote::ApplicationAdopted);
            Some(Effect::ChangeApplication {
                slug: found.slug.clone(),
                fields,
                before,
                attach: (!attached).then_some(client_id),
            })
        }
        Some(_) => None,
    }
}

/// The provider serves another application: whose it is, the operator says.
fn belongs_elsewhere(profile: &Profile, provider: &Provider, other: &str, look: &mut Look) {
    let slug = &profile.application.slug;
    let trouble = BelongsElsewhere { provider: provider.name.clone(), other: other.to_owned() };
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
async fn verify(systems: &Systems, saw: &mut Saw) -> Result<Vec<Proof>, Fault> {
    if let Ok(client) = systems.authentik() {
        let found = client.application(&systems.profile.application.slug).await;
        saw.application = found.ok().flatten().map(|found| found.pk);
    }
    Ok(check(Suite::Application, &systems.site()?).await)
}
