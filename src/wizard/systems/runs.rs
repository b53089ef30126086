//! Which runs are one: a set-up that was cut short, and the run that continues
//! it.

use super::Systems;
use crate::{
    site::Fault,
    wizard::{EffectRecord, journal::SetUp, record, setup::Purpose},
};

impl Systems {
    /// What the journal is to say of the run with this effect.
    pub(super) fn set_up(&mut self, effect: &EffectRecord) -> Option<SetUp> {
        if self.purpose != Purpose::SetUp || effect.undoes.is_some() {
            return None;
        }
        if self.log.resumes.is_none() {
            let open = record::cut_short(self.history());
            let resumes = open.filter(|open| *open != self.log.run).map(str::to_owned);
            self.log.resumes = Some(SetUp { resumes });
        }
        self.log.resumes.clone()
    }

    /// Notes that the set-up came to its end, so that no later run continues it.
    ///
    /// # Errors
    /// When that cannot be written.
    pub(in crate::wizard) fn finish_set_up(&mut self) -> Result<(), Fault> {
        let Some(open) = record::cut_short(self.history()).map(str::to_owned) else {
            return Ok(());
        };
        self.journal()?.finish(&open).map(|_| ())
    }

    /// What is done from now on belongs to another run.
    pub(in crate::wizard) fn begin_another_run(&mut self) {
        self.log.run = self.clock.now().to_string();
        self.log.resumes = None;
    }
}
