//! Reports over the steps of the script.

use std::sync::LazyLock;

use immich_sso::{
    plain::{Ink, Lines},
    report::{Report, Standing, plan_json, plan_text, status_json, status_text},
    wizard::{Header, Remembered, StepView},
};
use insta::assert_snapshot;

use crate::script;

fn report(steps: &[StepView]) -> Report<'_> {
    static HEADER: LazyLock<Header> =
        LazyLock::new(|| Header { site: "default".into(), ..Header::default() });
    static REMEMBERED: LazyLock<Remembered> = LazyLock::new(Remembered::default);
    Report { header: &HEADER, remembered: &REMEMBERED, steps }
}

fn lines() -> Lines {
    Lines::new(Ink::Mono, 80)
}

#[test]
fn status_shows_wanted_beside_live_where_they_differ() {
    assert_snapshot!(status_text(&report(&[script::provider(false)]), lines()));
}

#[test]
fn status_of_a_site_that_is_as_wanted_says_so() {
    let steps = [script::provider(true)];
    assert_eq!(report(&steps).standing(), Standing::Same);
    assert_snapshot!(status_text(&report(&steps), lines()));
}

#[test]
fn a_step_that_cannot_be_looked_at_outweighs_one_that_differs() {
    let steps = [script::provider(false), script::blocked()];
    assert_eq!(report(&steps).standing(), Standing::Failed);
    assert_snapshot!(status_text(&report(&steps), lines()));
}

#[test]
fn status_as_json_has_a_version_and_every_field() {
    let steps = [script::provider(false), script::blocked()];
    assert_snapshot!(status_json(&report(&steps)).unwrap());
}

#[test]
fn a_plan_shows_what_changes_and_the_exact_requests() {
    assert_snapshot!(plan_text(&report(&[script::provider(false)]), lines()));
}

#[test]
fn a_plan_as_json_has_a_version_and_every_effect() {
    assert_snapshot!(plan_json(&report(&[script::provider(false)])).unwrap());
}
