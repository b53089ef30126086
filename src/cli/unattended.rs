//! The commands that need no operator: `status`, `plan` and `apply`.

use std::{io, path::Path};

use jiff::Timestamp;

use crate::{
    report::{self, Report, Standing},
    site::{Fault, FaultKind, NamedFile, System, files},
    wizard::{self, PlanFile, Setup, Survey},
};

use super::{EXIT_SAME, Global, Plan, Status, exit_code, output};

/// Longer than any plan.
const LONGEST: usize = 64 << 20;

/// Looks at the site, not longer than the operator wants.
pub(super) async fn survey(setup: Setup, global: &Global) -> Result<Survey, Fault> {
    wizard::survey_within(setup, global.timeout.unwrap_or(wizard::SURVEY_WITHIN)).await
}

/// `immich-sso status`
pub(super) async fn status(setup: Setup, options: &Status, global: &Global) -> Result<u8, Fault> {
    let survey = survey(setup, global).await?;
    let report = Report::from(&survey.snapshot);
    let text = if options.json {
        output::json(&report::status_json(&report).map_err(|error| no_json(&error))?)
    } else {
        report::status_text(&report, output::lines(global.color))
    };
    output::print(&text)?;
    Ok(exit_code(report.standing()))
}

/// `immich-sso plan`
pub(super) async fn plan(setup: Setup, options: &Plan, global: &Global) -> Result<u8, Fault> {
    let survey = survey(setup, global).await?;
    let report = Report::from(&survey.snapshot);
    let text = if options.json {
        output::json(&report::plan_json(&report).map_err(|error| no_json(&error))?)
    } else {
        report::plan_text(&report, output::lines(global.color))
    };
    output::print(&text)?;
    if let Some(path) = &options.out {
        write_plan(&survey, path)?;
    }
    Ok(exit_code(report.standing()))
}

/// Writes the plan of a survey to a file, for `apply`.
pub(super) fn write_plan(survey: &Survey, path: &Path) -> Result<(), Fault> {
    if Report::from(&survey.snapshot).standing() == Standing::Failed {
        return Err(cannot("write", path)
            .answered("not everything could be looked at, so there is no whole plan")
            .remedy("See above what is in the way."));
    }
    if survey.holds_secret() {
        return Err(cannot("write", path)
            .answered("an old value in it holds a secret")
            .remedy("Run `immich-sso` instead: it shows the plan, and no file holds the secret."));
    }
    let text = survey.plan_file().text().map_err(|error| no_json(&error))?;
    files::replace(path, text.as_bytes())
        .map_err(|error| cannot("write", path).answered(error.to_string()))
}

/// `immich-sso apply`
pub(super) async fn apply(setup: Setup, path: &Path, global: &Global) -> Result<u8, Fault> {
    let read = NamedFile::read(path, LONGEST);
    let text = read.and_then(|file| file.text().map(str::to_owned)).map_err(|error| {
        let fault = cannot("read", path).answered(error.to_string());
        match error.kind() {
            io::ErrorKind::NotFound => fault.remedy("`immich-sso plan --out FILE` makes one."),
            _ => fault,
        }
    })?;
    let plan = PlanFile::read(&text)?;
    let began = Timestamp::now();
    let at_most = global.timeout.unwrap_or(wizard::APPLY_WITHIN);
    let after = wizard::apply_within(setup, &plan, at_most).await?;
    output::print(&report::applied_text(&after, began, output::lines(global.color)))?;
    Ok(EXIT_SAME)
}

fn cannot(verb: &str, path: &Path) -> Fault {
    let tried = format!("{verb} the plan {}", path.display());
    Fault::new(System::Workstation, FaultKind::Refused, tried)
}

fn no_json(error: &serde_json::Error) -> Fault {
    Fault::new(System::Workstation, FaultKind::Unexpected, "write this as JSON")
        .answered(error.to_string())
}
