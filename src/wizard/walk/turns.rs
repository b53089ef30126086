//! Where a walk turns: its opening, into an undo, into a rotation and out of
//! one.

use super::{Left, Walker, rail, rotation};
use crate::wizard::{
    About, AgainPick, Ending, Key, LeavePick, Remains, StepId, StepNote, StepState, Tally,
    UndoPick, UndoTopic, access, adopt,
    desk::{Interrupt, Menu},
    finish, looking, opening,
    recovery::{self, Wish},
    removal, renewal,
    rotation::show_age,
    setup::{Purpose, RotateWish, Rotated},
    standing::Standing,
    steps,
    systems::Systems,
    tail,
    turn::Turn,
    undo,
};
use crate::{immich::RouteKind, site::System};

/// What comes after an undo.
#[derive(Clone, Copy, Debug)]
enum AfterUndo {
    Walk,
    Finish,
    Undo,
}

impl Walker {
    pub(super) const fn rotates(&self) -> bool {
        matches!(self.systems.purpose, Purpose::Rotate(_))
    }

    /// All steps are walked: that is noted, and the summary shown.
    pub(super) async fn end(&mut self) -> Result<Ending, Interrupt> {
        match self.systems.finish_set_up() {
            Ok(()) => self.summary().await,
            Err(fault) => Ok(Ending::Failed(fault)),
        }
    }

    /// Rests at the end; whoever lets live be looked at again sees it anew.
    async fn summary(&mut self) -> Result<Ending, Interrupt> {
        loop {
            match self.rest_at_the_end().await {
                Err(Interrupt::Refresh) => self.look_at_the_end().await?,
                other => return other,
            }
        }
    }

    async fn rest_at_the_end(&mut self) -> Result<Ending, Interrupt> {
        if let Some(own) = self.renews() {
            renewal::summary(&mut self.desk, &self.systems, own).await
        } else if self.rotates() {
            rotation::summary(&mut self.desk, &mut self.systems).await
        } else {
            finish::summary(&mut self.desk, &self.systems).await
        }
    }

    /// Reads at the end what is so by now.
    async fn look_at_the_end(&mut self) -> Result<(), Interrupt> {
        // A rotation's end reads both sides whenever it is shown.
        if self.rotates() {
            return Ok(());
        }
        let looks = match looking::look_at_all(&mut self.desk, &mut self.systems).await {
            Err(Interrupt::Cancel) => return Ok(()),
            other => other?,
        };
        for (id, look) in looks {
            let is_clean = look.effects.is_empty() && look.blockers.is_empty();
            self.desk.show_step(id, |step| {
                if is_clean && matches!(step.state, StepState::Differs | StepState::Failed) {
                    step.state = StepState::Done;
                }
            });
        }
        Ok(())
    }

    /// Goes on as a rotation.
    pub(super) fn turn_to_rotation(&mut self, of: Rotated) -> StepId {
        self.turn_to(Purpose::Rotate(RotateWish { of, ..RotateWish::default() }));
        StepId::Create
    }

    /// Undo shows each change on the card of its step: a rotation has none of
    /// these cards.
    fn turn_to_undo(&mut self) {
        if self.rotates() {
            self.turn_to(Purpose::SetUp);
            self.systems.rotation.switched = None;
            self.systems.rotation.rotates_back = false;
            self.desk.show(|snapshot| snapshot.rotation = None);
        }
        let profile = &self.systems.profile;
        self.desk.show(|snapshot| {
            for step in snapshot.steps.iter_mut().filter(|step| step.id != StepId::Access) {
                step.about = Some(steps::about(step.id, &Purpose::Undo, profile));
            }
        });
    }

    /// Goes on with the rail of that purpose; access is there already.
    fn turn_to(&mut self, purpose: Purpose) {
        self.systems.purpose = purpose;
        let rail = rail(&self.systems.purpose, &self.systems.profile);
        self.desk.show(|snapshot| {
            let access = snapshot.step(StepId::Access).cloned();
            snapshot.steps = rail;
            if let (Some(access), Some(first)) = (access, snapshot.steps.first_mut()) {
                *first = access;
            }
            snapshot.summary = None;
            snapshot.login = None;
        });
    }

    /// What is rotated, where that is the wizard's own.
    pub(super) const fn renews(&self) -> Option<Rotated> {
        match &self.systems.purpose {
            Purpose::Rotate(RotateWish { of: Rotated::ClientSecret, .. }) => None,
            Purpose::Rotate(wish) => Some(wish.of),
            _ => None,
        }
    }

    pub(super) async fn rotation_begins(&mut self) -> Result<Left, Interrupt> {
        if let Some(own) = self.renews() {
            return match renewal::renew(&mut self.desk, &mut self.systems, own).await? {
                Turn::Leave => Ok(Left::Skipped),
                _ => Ok(Left::On),
            };
        }
        match rotation::opening(&mut self.desk, &mut self.systems).await? {
            Turn::Leave => Ok(Left::Skipped),
            _ => self.step(StepId::Create).await,
        }
    }

    pub(super) async fn rotation_is_tested(&mut self) -> Result<Left, Interrupt> {
        match rotation::test(&mut self.desk, &mut self.systems).await? {
            Turn::On => Ok(Left::On),
            Turn::Set => Ok(Left::For(StepId::Set)),
            Turn::Leave => Ok(Left::Skipped),
        }
    }

    pub(super) async fn rotation_ends(&mut self) -> Result<Left, Interrupt> {
        if let Some(own) = self.renews() {
            renewal::retire(&mut self.desk, &mut self.systems, own, StepId::Finish).await?;
            return Ok(Left::On);
        }
        let left = self.step(StepId::Finish).await?;
        if matches!(left, Left::On) {
            rotation::revocation(&mut self.desk, &mut self.systems).await?;
        }
        Ok(left)
    }

    /// The step after this one that may have something to do.
    pub(super) fn next(&self, at: StepId) -> Option<StepId> {
        let mut next = self.desk.snapshot().after(at)?;
        while self.clean.contains(&next) {
            next = self.desk.snapshot().after(next)?;
        }
        Some(next)
    }

    /// The step to go to; nothing but access can be visited before access is
    /// there, and a rotation's stages are walked in their order.
    pub(super) fn visit(&mut self, at: StepId, step: StepId) -> StepId {
        if !self.systems.are_open() {
            return StepId::Access;
        }
        if self.rotates() && step != StepId::Access {
            return at;
        }
        self.visiting = true;
        step
    }

    /// Takes the last run back. `None`: the operator walks on afterwards.
    pub(super) async fn undo(&mut self) -> Option<Ending> {
        loop {
            match Box::pin(self.undo_and_ask()).await {
                Ok(Some(ending)) => return Some(ending),
                Err(Interrupt::Quit) => return Some(finish::left(&self.desk)),
                Err(Interrupt::Undo) => {}
                Ok(None) | Err(_) => break,
            }
        }
        let Systems { purpose, profile, .. } = &self.systems;
        self.desk.show(|snapshot| {
            for step in &mut snapshot.steps {
                step.about = Some(steps::about(step.id, purpose, profile));
            }
        });
        None
    }

    pub(super) async fn undo_and_ask(&mut self) -> Result<Option<Ending>, Interrupt> {
        self.turn_to_undo();
        if !self.goes_past_a_rotation().await? {
            let leaves = self.ends_after_undo.then(|| finish::left(&self.desk));
            return Ok(leaves);
        }
        let mut tally = undo::last_run(&mut self.desk, &mut self.systems).await?;
        if self.systems.restart_is_due() {
            Box::pin(self.step(StepId::Restart)).await?;
        }
        // Access is needed until nothing else is left.
        if self.ends_after_undo && !undo::is_possible(&self.systems) {
            self.desk.show_step(StepId::Access, |step| step.about = Some(About::Removal));
            let removed = removal::remove(&mut self.desk, &mut self.systems, &mut tally).await;
            self.end_sessions().await;
            removed?;
            // What is left of it was counted.
            tally.remains.retain(|remains| {
                !matches!(remains, Remains::Token(_) | Remains::Key(_) | Remains::Access(_))
            });
        }
        if self.ends_after_undo {
            return Ok(Some(Ending::TakenBack(tally)));
        }
        self.systems.begin_another_run();
        let menu = Menu::new(UndoTopic::Undone(tally.clone()))
            .option(Key::W, AgainPick::Walk, AfterUndo::Walk)
            .option(Key::F, LeavePick::Finish, AfterUndo::Finish)
            .option_if(
                undo::is_possible(&self.systems),
                Key::U,
                UndoPick::RunBefore,
                AfterUndo::Undo,
            )
            .helps(tally.remains.iter().map(|remains| StepNote::StillThere(remains.clone())));
        match self.desk.pick(menu).await? {
            AfterUndo::Walk => Ok(None),
            AfterUndo::Finish => Ok(Some(Ending::TakenBack(tally))),
            AfterUndo::Undo => Err(Interrupt::Undo),
        }
    }

    /// Whoever just rotated may mean the rotation: what undo would take back is
    /// older, and is said to be.
    async fn goes_past_a_rotation(&mut self) -> Result<bool, Interrupt> {
        let Some(topic) = undo::rotated_since(&self.systems) else { return Ok(true) };
        let menu = Menu::new(topic).option(Key::A, LeavePick::Unchanged, false).option(
            Key::U,
            UndoPick::OlderRun,
            true,
        );
        self.desk.pick(menu).await
    }

    /// Removes what gives this program access. `None`: begin anew.
    pub(super) async fn remove_access(&mut self) -> Option<Ending> {
        let mut tally = Tally::default();
        let removed =
            Box::pin(removal::remove(&mut self.desk, &mut self.systems, &mut tally)).await;
        self.end_sessions().await;
        match removed {
            Ok(()) => Some(Ending::AccessRemoved(tally)),
            Err(Interrupt::Quit) => Some(finish::left(&self.desk)),
            Err(_) => None,
        }
    }

    async fn end_sessions(&mut self) {
        self.systems.give_back_session().await;
        self.systems.sign_out_of_immich().await;
    }

    pub(super) async fn access(&mut self) -> Result<Left, Interrupt> {
        access::open_store(&mut self.desk, &mut self.systems).await?;
        tail::compare(&mut self.desk, &mut self.systems).await?;
        if self.systems.purpose == Purpose::RemoveAccess {
            access::open_servers(&mut self.desk, &mut self.systems).await?;
            return Ok(Left::On);
        }
        let first = self.systems.purpose == Purpose::SetUp && !self.opened && !self.visiting;
        let glanced = first
            && match Box::pin(opening::glance(&mut self.desk, &mut self.systems)).await {
                // Whoever stops the glance is asked, step by step.
                Err(Interrupt::Cancel) => false,
                other => other?,
            };
        if !glanced {
            Box::pin(access::open(&mut self.desk, &mut self.systems, self.visiting)).await?;
        }
        let took = self.desk.took(self.desk.snapshot().step(StepId::Access).and_then(|s| s.took));
        self.desk.show_step(StepId::Access, |step| {
            step.state = StepState::Done;
            step.took = Some(took);
            step.blockers.clear();
        });
        if glanced {
            self.opened = true;
            show_age(&mut self.desk, &self.systems).await;
            let wish = opening::nothing_to_do(&mut self.desk, &self.systems).await;
            return self.opens_with(wish);
        }
        access::show_token(&mut self.desk, &self.systems).await;
        let wish = Box::pin(recovery::begin(&mut self.desk, &mut self.systems)).await?;
        show_age(&mut self.desk, &self.systems).await;
        if wish == Wish::TakeBack {
            return Err(Interrupt::Undo);
        }
        let sets_up = self.systems.purpose == Purpose::SetUp;
        if sets_up && rotation::interrupted(&mut self.desk, &self.systems).await? {
            return Err(Interrupt::Rotate(Rotated::ClientSecret));
        }
        Box::pin(self.open()).await
    }

    /// Opens a run: on a site that is known with what changed since last time,
    /// on one that somebody set up by hand with what is there.
    pub(super) async fn open(&mut self) -> Result<Left, Interrupt> {
        let wanted = self.systems.purpose == Purpose::SetUp && !self.opened && !self.visiting;
        if !wanted {
            self.opened = true;
            self.finds_the_file_writable().await?;
            return Ok(Left::On);
        }
        // Stopped, it is asked again: what works is not overwritten unasked.
        let standing = Box::pin(adopt::begin(&mut self.desk, &mut self.systems)).await?;
        self.opened = true;
        self.finds_the_file_writable().await?;
        if standing != Standing::Known {
            return Ok(Left::On);
        }
        access::open_host(&mut self.desk, &mut self.systems, access::HostNeed::Settings).await?;
        let wish = Box::pin(opening::begin(&mut self.desk, &mut self.systems)).await;
        self.opens_with(wish)
    }

    /// Whether Immich's config file can be written is found out before anything
    /// is made in authentik.
    async fn finds_the_file_writable(&mut self) -> Result<(), Interrupt> {
        let route = self.systems.chosen_route();
        let by_file = route.is_ok_and(|(route, _)| route == RouteKind::ConfigFile);
        let sets_up = self.systems.purpose == Purpose::SetUp;
        while sets_up && by_file && !self.file_was_seen {
            let look = self.look(StepId::Settings).await?;
            self.file_was_seen = !look.blockers.iter().any(|fault| fault.system == System::Host);
            if !self.file_was_seen {
                self.desk.show(|snapshot| snapshot.here = StepId::Settings);
                self.file_was_seen = self.blocked(StepId::Settings, &look).await?.is_some();
            }
        }
        Ok(())
    }

    /// Goes on after the opening, or opens anew: whoever lets live be looked at
    /// again wants to hear what changed.
    fn opens_with(&mut self, wish: Result<opening::Wish, Interrupt>) -> Result<Left, Interrupt> {
        self.opened = !matches!(wish, Err(Interrupt::Refresh));
        self.follow(wish?)
    }

    /// Does what the operator wants after the opening.
    pub(super) fn follow(&mut self, wish: opening::Wish) -> Result<Left, Interrupt> {
        match wish {
            opening::Wish::Walk(clean) => {
                self.clean = clean;
                Ok(Left::On)
            }
            opening::Wish::TryLogin => Err(Interrupt::Visit(StepId::Login)),
            opening::Wish::TakeBack => Err(Interrupt::Undo),
            opening::Wish::Finish => Err(Interrupt::Finish),
        }
    }
}
