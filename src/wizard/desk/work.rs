//! The work under way: shown with its bound, and ended by it.

use std::{
    future::Future,
    time::{Duration, Instant},
};

use jiff::Timestamp;

use super::{
    Before, Desk, Interrupt, Stop,
    late::{self, Late},
};
use crate::{
    site::{Fault, System},
    wizard::{Command, Task, Work},
};

impl Desk {
    /// Does a piece of work that may be dropped at any moment, such as reading,
    /// and shows what is waited for. Cancelling or quitting drops it, and so
    /// does the deadline that is shown: what comes out then says so.
    pub(in crate::wizard) async fn work<T: Late>(
        &mut self,
        what: Task,
        at_most: Duration,
        work: impl Future<Output = T>,
    ) -> Result<T, Interrupt> {
        self.begin(what.clone(), at_most, true);
        let began = Instant::now();
        // Boxed: it is moved on from here, layer by layer.
        let work = late::within_stretch(&self.stretch, &what, work);
        let bounded = Box::pin(late::bounded(&what, at_most, work));
        let outcome = self.attended(bounded).await;
        self.worked += began.elapsed();
        self.show(|snapshot| snapshot.work = None);
        outcome
    }

    /// The same for work that can end in a fault: after `at_most` it is given
    /// up, and that is the fault.
    pub(in crate::wizard) async fn bounded<T>(
        &mut self,
        system: System,
        what: Task,
        at_most: Duration,
        work: impl Future<Output = Result<T, Fault>>,
    ) -> Result<T, Stop> {
        let task = what.clone();
        let bounded = Box::pin(async move {
            let done = tokio::time::timeout(at_most, work).await;
            done.unwrap_or_else(|_| Err(late::fault(system, &task, at_most)))
        });
        Ok(self.work(what, at_most, bounded).await??)
    }

    /// What is shown now, for a look that is about to say that it looks.
    pub(in crate::wizard) fn before(&self) -> Before {
        Before { systems: self.snapshot.header.systems.clone(), steps: self.snapshot.steps.clone() }
    }

    /// The same for a look that said on the screen that it looks: dropped, it
    /// leaves everything shown as it was `before`.
    pub(in crate::wizard) async fn look<T: Late>(
        &mut self,
        before: Before,
        what: Task,
        at_most: Duration,
        look: impl Future<Output = T>,
    ) -> Result<T, Interrupt> {
        let outcome = self.work(what, at_most, look).await;
        if outcome.is_err() {
            self.show(|snapshot| {
                snapshot.header.systems = before.systems;
                snapshot.steps = before.steps;
            });
        }
        outcome
    }

    /// The same without showing it: for looks that come by the clock.
    pub(in crate::wizard) async fn quietly<T: Late>(
        &mut self,
        what: Task,
        at_most: Duration,
        work: impl Future<Output = T>,
    ) -> Result<T, Interrupt> {
        self.attended(Box::pin(late::bounded(&what, at_most, work))).await
    }

    /// The same as [`Desk::work`] for what mostly waits, for a server or for a
    /// person: its own bound is the only one.
    pub(in crate::wizard) async fn wait<T: Late>(
        &mut self,
        what: Task,
        at_most: Duration,
        work: impl Future<Output = T>,
    ) -> Result<T, Interrupt> {
        let bound = std::mem::take(&mut self.stretch);
        let outcome = self.work(what, at_most, work).await;
        self.stretch = bound;
        self.stretch.ends();
        outcome
    }

    /// Does it while commands are heard.
    async fn attended<T>(&mut self, work: impl Future<Output = T>) -> Result<T, Interrupt> {
        tokio::pin!(work);
        loop {
            tokio::select! {
                done = &mut work => return Ok(done),
                command = self.commands.recv() => match command {
                    None | Some(Command::Quit) => return Err(self.quit()),
                    Some(Command::Cancel) => return Err(Interrupt::Cancel),
                    Some(Command::Refresh) => {}
                    Some(command) => self.kept.push_back(command),
                },
            }
        }
    }

    /// Does a piece of work that must come to its end, such as one effect: its
    /// own deadlines bound it, and what the operator says meanwhile is kept.
    pub(in crate::wizard) async fn must<T>(
        &mut self,
        what: Task,
        at_most: Duration,
        work: impl Future<Output = T>,
    ) -> T {
        self.begin(what, at_most, false);
        let began = Instant::now();
        let done = work.await;
        self.worked += began.elapsed();
        self.show(|snapshot| snapshot.work = None);
        done
    }

    /// The same for work that can end in a fault: after `at_most` nobody waits
    /// for it any more, and whether it was done is not known.
    pub(in crate::wizard) async fn must_within<T>(
        &mut self,
        system: System,
        what: Task,
        at_most: Duration,
        work: impl Future<Output = Result<T, Fault>>,
    ) -> Result<T, Fault> {
        let task = what.clone();
        let bounded = Box::pin(async move {
            let done = tokio::time::timeout(at_most, work).await;
            done.unwrap_or_else(|_| Err(late::fault(system, &task, at_most)))
        });
        self.must(what, at_most, bounded).await
    }

    /// Whether the operator said, while something had to come to its end, that
    /// no more is to be begun.
    pub(in crate::wizard) fn was_stopped(&mut self) -> Option<Interrupt> {
        while let Ok(command) = self.commands.try_recv() {
            self.kept.push_back(command);
        }
        let stop = self.kept.iter().find_map(|command| match command {
            Command::Quit => Some(Interrupt::Quit),
            Command::Cancel => Some(Interrupt::Cancel),
            _ => None,
        })?;
        self.kept.clear();
        Some(if stop == Interrupt::Quit { self.quit() } else { stop })
    }

    /// Why nothing more is to be begun before the operator was asked: the work
    /// since the last answer has taken too long.
    pub(in crate::wizard) fn is_out_of_time(
        &self,
        system: System,
        tried: impl Into<String>,
    ) -> Option<Fault> {
        self.stretch.over(system, tried.into())
    }

    /// What follows has all the time of a stretch: it is not to be cut short by
    /// what came before.
    pub(in crate::wizard) const fn begins_anew(&mut self) {
        self.stretch.ends();
    }

    fn begin(&mut self, what: Task, at_most: Duration, can_cancel: bool) {
        // Every piece is here, however short; a face may miss one.
        tracing::debug!(what = %what.name(), "at work");
        self.stretch.begins();
        let left = self.stretch.left().filter(|_| can_cancel);
        let work = Work {
            what,
            since: Timestamp::now(),
            at_most: Some(left.map_or(at_most, |left| left.min(at_most))),
            can_cancel,
            stretch: self.stretch.view(),
        };
        self.show(|snapshot| snapshot.work = Some(work));
    }
}
