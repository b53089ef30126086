//! Every text that a snapshot brings to a person, one by one: those that are
//! made from types, and those that the snapshot holds.

use immich_sso::{
    site::Reading,
    text,
    wizard::{
        EffectView, JournalRow, Light, LiveRow, LoginResult, PlanView, Point, Prompt, PromptKind,
        Proof, Remembered, Road, Snapshot, StepView, Summary, Topic, UndoTopic, UndoView,
    },
};

/// All of them, in the order of the screen.
pub fn texts(now: &Snapshot) -> Vec<String> {
    let none = Snapshot::default;
    let mut all = held(Snapshot { header: now.header.clone(), ..none() });
    for view in &now.steps {
        all.extend(step(view));
    }
    if let Some(view) = &now.prompt {
        all.extend(prompt(view));
    }
    all.extend(now.journal.iter().flat_map(row));
    all.extend(map(now));
    if let Some(view) = &now.login {
        all.push(view.link.clone());
        all.extend(view.evidence.as_ref().map(text::login_evidence));
        all.extend(view.trail.iter().map(|seen| text::sight(&seen.what)));
        all.extend(view.who.as_ref().map(text::person));
    }
    if let Some(LoginResult { state: _, who, at: _, evidence }) = &now.remembered.last_login {
        all.extend(who.as_ref().map(text::person));
        all.push(text::login_evidence(evidence));
    }
    all.extend(held(Snapshot {
        remembered: Remembered { last_login: None, ..now.remembered.clone() },
        rotation: now.rotation.clone(),
        ..none()
    }));
    if let Some(view) = &now.summary {
        let next = view.next.iter().map(text::note);
        let rest = Summary { next: Vec::new(), ..view.clone() };
        all.extend(held(Snapshot { summary: Some(rest), ..none() }).into_iter().chain(next));
    }
    all.extend(held(Snapshot { ending: now.ending.clone(), ..none() }));
    all
}

/// The texts that a snapshot holds.
fn held(mut now: Snapshot) -> Vec<String> {
    let mut texts = Vec::new();
    now.each_text(&mut |text, _| texts.push(text.clone()));
    texts
}

fn step(view: &StepView) -> Vec<String> {
    let bare = StepView { state: view.state, took: view.took, ..StepView::new(view.id) };
    let of = |view: StepView| held(Snapshot { steps: vec![view], ..Snapshot::default() });
    let mut all: Vec<String> = view.about.iter().map(text::about).collect();
    all.extend(of(StepView { fields: view.fields.clone(), ..bare.clone() }));
    for LiveRow { system: _, what, value } in &view.live {
        all.push(text::live_subject(what));
        if let Reading::Failed { why, .. } = value {
            all.extend(of(StepView { blockers: vec![why.clone()], ..bare.clone() }));
        }
        all.extend(value.last().map(text::live_value));
    }
    all.extend(view.plan.iter().flat_map(plan));
    all.extend(view.notes.iter().map(text::note));
    all.extend(of(StepView { blockers: view.blockers.clone(), ..bare.clone() }));
    for Proof { what, outcome, on: _ } in &view.proofs {
        all.push(text::claim(what));
        match outcome {
            Ok(evidence) => all.push(text::evidence(evidence)),
            Err(why) => all.extend(of(StepView { blockers: vec![why.clone()], ..bare.clone() })),
        }
    }
    all
}

fn prompt(view: &Prompt) -> Vec<String> {
    let mut all: Vec<String> = view.help.iter().map(text::note).collect();
    let mut rest = Prompt { help: Vec::new(), ..view.clone() };
    if let Topic::Undo(topic) = &view.topic {
        let said = match topic {
            UndoTopic::Effect { effect } | UndoTopic::ChangedSince { effect } => {
                Some(text::effect(effect))
            }
            UndoTopic::NothingToUndo { why } => Some(text::nothing_to_undo(why)),
            UndoTopic::RotatedSince { .. }
            | UndoTopic::NeedsAdministrator(_)
            | UndoTopic::LoginsWouldFail
            | UndoTopic::Failed
            | UndoTopic::Undone(_) => None,
        };
        if said.is_some() {
            rest.topic = UndoTopic::Failed.into();
        }
        all.extend(said);
    }
    if let PromptKind::Decide { plan } = &view.kind {
        all.extend(self::plan(plan));
        rest.kind = PromptKind::Hidden;
    }
    all.extend(held(Snapshot { prompt: Some(rest), ..Snapshot::default() }));
    all
}

fn plan(view: &PlanView) -> Vec<String> {
    let PlanView { digest: _, effects } = view;
    let said = |EffectView { effect, exact }: &EffectView| {
        [text::effect(effect), text::exact(exact), text::undo_way(effect.undo())]
    };
    effects.iter().flat_map(said).collect()
}

fn row(row: &JournalRow) -> Vec<String> {
    let JournalRow { run: _, at: _, system: _, act, outcome, undo } = row;
    let undo = match undo {
        UndoView::Possible(way) => Some(text::undo_way(*way)),
        UndoView::None(why) => Some(text::no_undo(*why)),
        UndoView::TakenBack(_) => None,
    };
    [text::act(act), text::act_outcome(outcome)].into_iter().chain(undo).collect()
}

fn map(now: &Snapshot) -> Vec<String> {
    let lights = Road::ALL
        .into_iter()
        .flat_map(|road| road.points().iter().map(move |point| (road, *point)))
        .map(|(road, point): (Road, Point)| now.map.light(road, point));
    let mut all = Vec::new();
    for light in lights {
        match light {
            Light::Good { sign, at: _ } | Light::NotNeeded(sign) => all.push(text::sign(sign)),
            Light::Bad { why, at: _ } => {
                all.extend([why.tried.clone(), why.answer.clone(), why.remedy.clone()]);
            }
            Light::Off => {}
        }
    }
    all
}
