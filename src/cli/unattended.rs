//! The commands that need no operator: `status`, `plan` and `apply`.

use std::{
    io::{self, Write as _},
    path::Path,
};

use jiff::Timestamp;
use tokio::sync::mpsc;

use crate::{
    report::{self, Report, Standing},
    site::{Fault, FaultKind, NamedFile, System, UniformFailure, files},
    terminal::spelled,
    wizard::{self, Command, PlanFile, Setup, Snapshot, Survey},
};

use super::{EXIT_SAME, Global, Plan, Status, ends::Ends, exit_code, output};

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
        output::json(&report::status_json(&report).map_err(no_json)?)
    } else {
        spelled(&report::status_text(&report, output::lines(global.color))).into_owned()
    };
    output::print(&text)?;
    Ok(exit_code(report.standing()))
}

/// `immich-sso plan`
pub(super) async fn plan(setup: Setup, options: &Plan, global: &Global) -> Result<u8, Fault> {
    let survey = survey(setup, global).await?;
    let report = Report::from(&survey.snapshot);
    let text = if options.json {
        output::json(&report::plan_json(&report).map_err(no_json)?)
    } else {
        spelled(&report::plan_text(&report, output::lines(global.color))).into_owned()
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
        return Err(Fault::of(&PlanFileError::NotWhole, to_write(path)));
    }
    if survey.holds_secret() {
        return Err(Fault::of(&PlanFileError::HoldsSecret, to_write(path)));
    }
    let text = survey.plan_file().text().map_err(no_json)?;
    files::replace(path, text.as_bytes())
        .map_err(|error| Fault::of(&PlanFileError::NotWritten(error), to_write(path)))
}

/// `immich-sso apply`
pub(super) async fn apply(setup: Setup, path: &Path, global: &Global) -> Result<u8, Fault> {
    let read = NamedFile::read(path, LONGEST);
    let text = read.and_then(|file| file.text().map(str::to_owned)).map_err(|error| {
        let tried = say!("read the plan {path}", path = path.display());
        Fault::of(&PlanFileError::NotRead(error), tried)
    })?;
    let plan = PlanFile::read(&text)?;
    let mut told = report::Applying::new(Timestamp::now(), output::lines(global.color));
    let at_most = global.timeout.unwrap_or(wizard::APPLY_WITHIN);
    // Nobody to read it is no reason to stop halfway.
    let mut printed = Ok(());
    let mut watch = |now: &Snapshot| {
        let news = told.news(now);
        if printed.is_ok() {
            printed = output::tell(&news);
        }
    };
    let (tells, commands) = mpsc::unbounded_channel();
    let applying = wizard::apply_within(setup, &plan, at_most, &mut watch, commands);
    let after = {
        let mut applying = Box::pin(applying);
        let (mut ends, mut asked) = (Ends::listen(), false);
        loop {
            tokio::select! {
                done = &mut applying => break done,
                () = ends.asked() => {
                    if std::mem::replace(&mut asked, true) {
                        break Err(Fault::of(&Stopped, say!("wait for what is under way")));
                    }
                    let told = word!(
                        "ending once what is under way is over; once more does not wait for it\n"
                    );
                    let _ = io::stderr().lock().write_all(told.as_bytes());
                    let _ = tells.send(Command::Quit);
                }
            }
        }
    }?;
    printed.and_then(|()| output::tell(&told.end(&after))).map_err(untold)?;
    Ok(EXIT_SAME)
}

/// The operator stopped `apply` in the middle of a change.
#[derive(Debug, thiserror::Error)]
#[error("{}", say!("you stopped it in the middle of a change"))]
struct Stopped;

impl UniformFailure for Stopped {
    const SYSTEM: System = System::Workstation;
    const KIND: FaultKind = FaultKind::Cancelled;

    fn hint(&self) -> String {
        say!(
            "Start `{us}` or `{us} rotate`: it sees what became of the change.",
            us = crate::say::us()
        )
    }
}

/// What was done could not be said: that it was done is said with the reason.
fn untold(why: Fault) -> Fault {
    why.remedy(say!(
        "The plan was applied in full. `{us} status` says what is there now.",
        us = crate::say::us()
    ))
}

fn to_write(path: &Path) -> String {
    say!("write the plan {path}", path = path.display())
}

fn no_json(error: serde_json::Error) -> Fault {
    Fault::of(&NoJson(error), say!("write this as JSON"))
}

/// What goes wrong with the file of a plan.
#[derive(Debug, thiserror::Error)]
enum PlanFileError {
    /// A part of the site was not seen.
    #[error("{}", say!("not everything could be looked at, so there is no whole plan"))]
    NotWhole,
    /// A file would keep a secret that somebody else put where none belongs.
    #[error("{}", say!("an old value in it holds a secret"))]
    HoldsSecret,
    /// The file cannot be written.
    #[error("{0}")]
    NotWritten(#[source] io::Error),
    /// The file cannot be read.
    #[error("{0}")]
    NotRead(#[source] io::Error),
}

impl UniformFailure for PlanFileError {
    const SYSTEM: System = System::Workstation;
    const KIND: FaultKind = FaultKind::Refused;

    fn hint(&self) -> String {
        match self {
            Self::NotWhole => say!("See above what is in the way."),
            Self::HoldsSecret => {
                say!(
                    "Run `{us}` instead: it shows the plan, and no file holds the secret.",
                    us = crate::say::us()
                )
            }
            Self::NotRead(error) if error.kind() == io::ErrorKind::NotFound => {
                say!("`{us} plan --out FILE` makes one.", us = crate::say::us())
            }
            Self::NotWritten(_) | Self::NotRead(_) => String::new(),
        }
    }
}

/// A report that cannot be written as JSON.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct NoJson(#[source] serde_json::Error);

impl UniformFailure for NoJson {
    const SYSTEM: System = System::Workstation;
    const KIND: FaultKind = FaultKind::Unexpected;

    fn hint(&self) -> String {
        String::new()
    }
}
