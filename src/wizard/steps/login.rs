//! Step 5: the test login, as far as it can be tested without a person. What
//! a person does is watched in [`crate::wizard::login`].

use super::{Look, Looked, Proved, Step, When};
use crate::{
    site::{Fault, Profile, Reading, System},
    wizard::{
        About, LiveRow, LiveSubject, LiveValue, Proof, StepNote,
        checks::{Site, Suite, held_by_immich},
        memory::Saw,
        stale,
        systems::{Systems, check},
    },
};

/// The step.
pub(super) struct Login;

impl Step for Login {
    fn about(&self, _: &Profile) -> About {
        About::Login
    }

    fn is_planned(&self) -> bool {
        false
    }

    fn look<'a>(&self, systems: &'a Systems, _: When) -> Looked<'a> {
        Box::pin(look(systems))
    }

    fn verify<'a>(&self, systems: &'a Systems, _: &'a mut Saw) -> Proved<'a> {
        Box::pin(verify(systems))
    }
}

async fn look(systems: &Systems) -> Result<Look, Fault> {
    let client = systems.immich()?;
    let began = std::time::Instant::now();
    let features = client.features().await?;
    let took = began.elapsed();
    let site = Site { features: Some(features.clone()), ..systems.site()? };
    let mut look = Look { seen: check(Suite::Look, &site).await, ..Look::default() };
    for (what, value) in [
        (LiveSubject::OauthLogin, features.oauth),
        (LiveSubject::PasswordLogin, features.password_login),
    ] {
        let value = LiveValue::Switch(value);
        look.live.push(LiveRow {
            system: System::Immich,
            what,
            value: Reading::Known { value, at: jiff::Timestamp::now(), took },
        });
    }
    let at = jiff::Timestamp::now();
    let held = held_by_immich(&site).await;
    if let Err(why) = &held {
        look.note(StepNote::HeldSecretUnknown { why: why.answer.clone() });
    }
    look.live.push(LiveRow {
        system: System::Immich,
        what: LiveSubject::ClientSecret,
        value: match held {
            Ok(held) => {
                let value = held.map_or(LiveValue::Nothing, |held| {
                    LiveValue::Secret(held.fingerprint().to_string())
                });
                Reading::Known { value, at, took }
            }
            Err(why) => Reading::Failed { why, at, last: None },
        },
    });
    let links = &systems.seen.links;
    if !links.stale.is_empty() {
        look.live.push(LiveRow {
            system: System::Immich,
            what: LiveSubject::StaleLinks,
            value: Reading::Known {
                value: LiveValue::Count(links.stale.len()),
                at: jiff::Timestamp::now(),
                took,
            },
        });
        look.add_notes(stale::told(&systems.profile, &links.stale));
    }
    look.note(StepNote::SameAddress);
    look.note(StepNote::PrivateWindow);
    Ok(look)
}

/// The proofs that need no person.
async fn verify(systems: &Systems) -> Result<Vec<Proof>, Fault> {
    Ok(check(Suite::Login, &systems.site()?).await)
}
