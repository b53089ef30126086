//! A command that needs a profile, and there is none of that name.

use std::path::PathBuf;

use crate::site::{Fault, FaultKind, Folders, ProfileFile, System, UniformFailure};

/// Says that there is no such profile, and which there are.
pub(super) fn no_profile(folders: &Folders, file: &ProfileFile) -> Fault {
    let name = file.name();
    let others = ProfileFile::list(folders).unwrap_or_default();
    let missing = NoProfile { name: name.to_owned(), path: file.path().to_owned(), others };
    Fault::of(&missing, say!("find the profile `{name}`", name))
}

/// A command that needs a profile, and there is none of that name.
#[derive(Debug, thiserror::Error)]
#[error("{}", say!("there is no {path}", path = .path.display()))]
struct NoProfile {
    name: String,
    path: PathBuf,
    /// The names of those that there are.
    others: Vec<String>,
}

impl UniformFailure for NoProfile {
    const SYSTEM: System = System::Workstation;
    const KIND: FaultKind = FaultKind::NotFound;

    fn hint(&self) -> String {
        if self.others.is_empty() {
            return say!(
                "`{us}` makes it: the wizard asks for the addresses first.",
                us = crate::say::us()
            );
        }
        let others: Vec<String> = self.others.iter().map(|other| format!("`{other}`")).collect();
        say!(
            "`{us}` makes it. There is {others} (`--profile NAME`).",
            us = crate::say::us_for(&self.name),
            others = others.join(", ")
        )
    }
}
