//! Whether the journal is complete: what its anchors know of, beside the journal
//! and in the secret store.

use super::Systems;
use crate::{
    secret::{Label, Secret},
    site::Fault,
    wizard::{
        desk::Desk,
        journal::{Anchor, Cut, Journal},
        record,
    },
};

/// The journal's anchor as the secret store has it.
#[derive(Debug, Default)]
pub(super) enum Anchored {
    /// It was not compared yet.
    #[default]
    Unknown,
    /// It has this one, and the journal fits.
    Fits(Anchor),
    /// It has none, or one of lines that are gone.
    Nothing,
}

impl Systems {
    /// What the journal lacks, by the anchor beside it. Without one that can be
    /// read, nothing is known to be missing.
    pub(in crate::wizard) fn lacks(&self) -> Option<Cut> {
        Journal::cut(&self.folders.journal(&self.name)).ok().flatten()
    }

    /// What the journal lacks, by the anchor in the secret store, which is read
    /// once a run. A store that does not answer says nothing of it.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub(in crate::wizard) async fn lacks_by_store(&mut self) -> Result<Option<Cut>, Fault> {
        if !matches!(self.anchored, Anchored::Unknown) {
            return Ok(None);
        }
        let kept = match self.vault()?.get(Label::JournalAnchor).await {
            Ok(kept) => kept.and_then(|kept| Anchor::parse(kept.expose())),
            Err(fault) => {
                tracing::debug!(%fault, "the journal cannot be compared with its anchor");
                return Ok(None);
            }
        };
        let cut = match &kept {
            Some(anchor) => Journal::lacks(&self.folders.journal(&self.name), anchor)?,
            None => None,
        };
        if cut.is_none() {
            self.anchored = kept.map_or(Anchored::Nothing, Anchored::Fits);
            self.keep_anchor().await;
        }
        Ok(cut)
    }

    /// What to tell of it.
    pub(in crate::wizard) fn fault_of(&self, cut: Cut) -> Fault {
        cut.fault(&self.folders.journal(&self.name))
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
        if let Some(journal) = &mut self.journal {
            journal.note_cut(cut)?;
            let rows = record::rows(journal.entries());
            desk.show(|snapshot| snapshot.journal = rows);
        } else {
            let path = self.folders.journal(&self.name);
            let (journal, entries) = Journal::open_cut(&path, cut)?;
            self.use_journal(desk, journal, &entries);
        }
        // Whatever the store knows is of the lines that are gone.
        self.anchored = Anchored::Nothing;
        self.keep_anchor().await;
        Ok(())
    }

    /// Keeps the journal's anchor in the secret store, if it has moved on: at
    /// the start and at the end of a run. One that was not compared stays.
    pub(in crate::wizard) async fn keep_anchor(&mut self) {
        let known = match &self.anchored {
            Anchored::Unknown => return,
            Anchored::Fits(anchor) => Some(anchor),
            Anchored::Nothing => None,
        };
        let (Some(journal), Ok(vault)) = (&self.journal, self.vault()) else { return };
        let Some(now) = journal.anchor().filter(|now| Some(now) != known) else { return };
        let Ok(text) = now.text() else { return };
        match vault.put(Label::JournalAnchor, &Secret::new(text)).await {
            Ok(()) => self.anchored = Anchored::Fits(now),
            // The next run does it.
            Err(fault) => tracing::debug!(%fault, "the journal's anchor is not kept"),
        }
    }
}
