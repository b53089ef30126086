//! `immich-sso rotate`

use jiff::{SignedDuration, Timestamp};

use crate::{
    report::{self, Report},
    site::Fault,
    text,
    wizard::{Purpose, RotateWish, Rotated, SecretAge, Setup, secret_age, token_age},
};

use super::{
    EXIT_DIFFERS, EXIT_SAME, Global, Rotate, What, exit_code, machine::NoPerson, output,
    unattended, walk, workplace::Workplace,
};

/// Walks through a rotation, or makes its plan; by age only if it is time.
pub(super) async fn run(place: Workplace, options: &Rotate, global: &Global) -> Result<u8, Fault> {
    let color = global.color;
    let place = place.existing()?;
    if let Some(limit) = options.if_older_than {
        let (folders, name) = place.whereabouts();
        let what = options.what;
        let age = if what == What::AuthentikToken {
            token_age(folders, name)?
        } else {
            secret_age(folders, name)?
        };
        if let Some(young) = still_young(what, age, limit) {
            output::tell(&format!("{young}\n"))?;
            return Ok(EXIT_SAME);
        }
        if options.plan.is_none() && !output::is_interactive() {
            output::tell(&format!("{}\n", due(what, age)))?;
            return Ok(EXIT_DIFFERS);
        }
    }
    let of = match options.what {
        What::ClientSecret => Rotated::ClientSecret,
        What::AuthentikToken => Rotated::AuthentikToken,
        What::ImmichApiKey => Rotated::ImmichApiKey,
    };
    let wish = RotateWish { of, revoke: options.revoke, back: options.back };
    let purpose = Purpose::Rotate(wish);
    let Some(path) = &options.plan else {
        if !output::is_interactive() {
            return Err(Fault::of(&NoPerson::InRotation, NoPerson::InRotation.tried()));
        }
        return walk::with_a_person(Setup { purpose, ..place.setup() }, options.plain, color).await;
    };
    let survey = unattended::survey(Setup { purpose, ..place.unattended().await? }, global).await?;
    let report = Report::from(&survey.snapshot);
    output::tell(&report::plan_text(&report, output::lines(color)))?;
    unattended::write_plan(&survey, path)?;
    Ok(exit_code(report.standing()))
}

/// Says so where the secret is younger than the limit. One whose age nobody
/// knows is not.
fn still_young(what: What, age: Option<SecretAge>, limit: SignedDuration) -> Option<String> {
    let (age, now) = (age?, Timestamp::now());
    (age.at_least(now) < limit).then(|| {
        say!(
            "The {name} is {old}; it is not time yet ({limit}).",
            name = name(what),
            old = text::old(&age, now),
            limit = text::age(limit)
        )
    })
}

const fn name(what: What) -> &'static str {
    match what {
        What::ClientSecret => word!("client secret"),
        What::AuthentikToken => word!("API token for authentik"),
        What::ImmichApiKey => word!("API key for Immich"),
    }
}

fn due(what: What, age: Option<SecretAge>) -> String {
    let name = name(what);
    let old = match age {
        Some(age) => {
            say!("The {name} is {old}", name, old = text::old(&age, Timestamp::now()))
        }
        None => say!("Nobody knows how old the {name} is", name),
    };
    if what != What::ClientSecret {
        return say!(
            "{old}: it is time to renew it. Run `{us} rotate authentik-token` in a terminal.",
            old,
            us = crate::say::us()
        );
    }
    say!(
        "{old}: it is time to rotate it. Run `{us} rotate` in a terminal; or `{us} \
         rotate --plan FILE`, read the plan, and `{us} apply FILE`.",
        old,
        us = crate::say::us()
    )
}
