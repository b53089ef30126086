//! Whether the journal is complete: what its anchors know of, beside the journal
//! and in the secret store.

use super::Systems;
use crate::{
    secret::{Label, Secret},
    site::{Fault, FaultKind, System, UniformFailure},
    wizard::{
        desk::Desk,
        journal::{Anchors, Cut, Journal},
        record,
    },
};

/// The journal's anchor as the secret store has it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) enum Anchored {
    /// It was not compared yet.
    #[default]
    Unknown,
    /// The journal fits, or the operator goes on without what it lacks.
    Compared,
}

impl Systems {
    /// What the journal lacks, by the anchor beside it. Without one that can be
    /// read, nothing is known to be missing.
    pub(in crate::wizard) fn lacks(&self) -> Option<Cut> {
        Journal::cut(&self.files.folders.journal(&self.files.name)).ok().flatten()
    }

    /// What the journal lacks, by the anchor in the secret store, which is read
    /// once a run. A store that does not answer says nothing of it.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub(in crate::wizard) async fn lacks_by_store(&mut self) -> Result<Option<Cut>, Fault> {
        if self.log.anchored == Anchored::Compared {
            return Ok(None);
        }
        let kept = match self.kept_anchors().await {
            Ok(kept) => kept,
            Err(fault) => {
                tracing::debug!(%fault, "the journal cannot be compared with its anchor");
                return Ok(None);
            }
        };
        let cut = Journal::lacks(&self.files.folders.journal(&self.files.name), &machine(), &kept)?;
        if cut.is_none() {
            self.log.anchored = Anchored::Compared;
            self.keep_anchor_among(kept).await;
        }
        Ok(cut)
    }

    /// What to tell of it.
    pub(in crate::wizard) fn fault_of(&self, cut: Cut) -> Fault {
        cut.fault(&self.files.folders.journal(&self.files.name))
    }

    /// Goes on without the lines that are missing; the gap is noted.
    ///
    /// # Errors
    /// When that cannot be written.
    pub(in crate::wizard) async fn go_on_without(
        &mut self,
        desk: &mut Desk,
        cut: Cut,
    ) -> Result<(), Fault> {
        if let Some(journal) = &mut self.log.journal {
            journal.note_cut(cut)?;
            let rows = record::rows(journal.entries());
            desk.show(|snapshot| snapshot.journal = rows);
        } else {
            let path = self.files.folders.journal(&self.files.name);
            let (journal, entries) = Journal::open_cut(&path, cut)?;
            self.use_journal(desk, journal, &entries);
        }
        self.log.anchored = Anchored::Compared;
        self.keep_anchor().await;
        Ok(())
    }

    /// Keeps the journal's anchor in the secret store, if it has moved on: at
    /// the start and at the end of a run. One that was not compared stays, and
    /// so do those of other workstations.
    pub(in crate::wizard) async fn keep_anchor(&mut self) {
        if self.log.anchored == Anchored::Unknown {
            return;
        }
        // Read again: another workstation may have kept its own meanwhile.
        match self.kept_anchors().await {
            Ok(all) => self.keep_anchor_among(all).await,
            Err(fault) => tracing::debug!(%fault, "the journal's anchor is not kept"),
        }
    }

    async fn keep_anchor_among(&self, mut all: Anchors) {
        let (Some(journal), Ok(vault)) = (&self.log.journal, self.vault()) else { return };
        if journal.is_anchored(&machine(), &all) {
            return;
        }
        journal.put_anchor(&machine(), &mut all);
        let Ok(text) = all.text() else { return };
        if let Err(fault) = vault.put(Label::JournalAnchor, &Secret::new(text)).await {
            // The next run does it.
            tracing::debug!(%fault, "the journal's anchor is not kept");
        }
    }

    async fn kept_anchors(&self) -> Result<Anchors, Fault> {
        let Some(kept) = self.vault()?.get(Label::JournalAnchor).await? else {
            return Ok(Anchors::default());
        };
        if Anchors::is_later(kept.expose()) {
            return Err(Fault::of(&LaterFormat, say!("read how far the journal had come")));
        }
        Ok(Anchors::parse(kept.expose()).unwrap_or_default())
    }
}

/// The name of this machine.
fn machine() -> String {
    hostname::get().unwrap_or_default().to_string_lossy().into_owned()
}

/// A later release keeps it in another format.
#[derive(Debug, thiserror::Error)]
#[error("{}", say!("a later release of immich-sso keeps it in another format"))]
struct LaterFormat;

impl UniformFailure for LaterFormat {
    const SYSTEM: System = System::SecretStore;
    const KIND: FaultKind = FaultKind::Refused;

    fn hint(&self) -> String {
        String::new()
    }
}
