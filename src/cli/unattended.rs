//! The commands that need no operator: `status`, `plan` and `apply`.

use std::{io, path::Path};

use jiff::Timestamp;

use crate::{
    report::{self, Report, Standing},
    site::{Fault, FaultKind, NamedFile, System, files},
    wizard::{self, PlanFile, Setup, Survey},
};

use super::{Color, EXIT_SAME, Plan, Status, exit_code, output};

/// Longer than any plan.
const LONGEST: usize = 64 << 20;

/// `immich-sso status`
pub(super) async fn status(setup: Setup, options: &Status, color: Color) -> Result<u8, Fault> {
    let survey = wizard::survey(setup).await?;
    let report = Report::from(&survey.snapshot);
    let text = if options.json {
        output::json(&report::status_json(&report).map_err(|error| no_json(&error))?)
    } else {
        report::status_text(&report, output::lines(color))
    };
    output::print(&text)?;
    Ok(exit_code(report.standing()))
}

/// `immich-sso plan`
pub(super) async fn plan(setup: Setup, options: &Plan, color: Color) -> Result<u8, Fault> {
    let survey = wizard::survey(setup).await?;
    let report = Report::from(&survey.snapshot);
    let text = if options.json {
        output::json(&report::plan_json(&report).map_err(|error| no_json(&error))?)
    } else {
        report::plan_text(&report, output::lines(color))
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
pub(super) async fn apply(setup: Setup, path: &Path, color: Color) -> Result<u8, Fault> {
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
    let after = wizard::apply(setup, &plan).await?;
    output::print(&report::applied_text(&after, began, output::lines(color)))?;
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
