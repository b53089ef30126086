//! Every text of a snapshot, in one place: what goes to a face is searched for
//! secrets, and what a terminal shows is made harmless. A new field does not
//! compile until it is here.

use std::borrow::Cow;

use super::{
    Choice, Credential, EffectView, Ending, FieldRow, JournalRow, LiveRow, LoginResult, LoginView,
    PlanView, Prompt, PromptKind, Proof, RouteView, SecretView, Sighting, Snapshot, StepView,
    Summary, SystemView, UndoView, Work,
};
use crate::{
    site::{Fault, Last, Reading, harmless},
    wizard::{Light, RotationView, Side},
};

/// Whether a text may have line ends: those of a list, a request, a paragraph
/// are ours, all others are somebody else's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// One line.
    Line,
    /// Several, if need be.
    Lines,
}

use Shape::{Line, Lines};

/// What is done with each text.
type Each<'a> = &'a mut dyn FnMut(&mut String, Shape);

impl Snapshot {
    /// Does something with every text in it. What stands in a line that is
    /// edited stays as it is: it comes back as an answer.
    pub fn each_text(&mut self, each: Each<'_>) {
        let Self {
            site,
            lab: _,
            store,
            systems,
            route,
            steps,
            here: _,
            prompt,
            work,
            journal,
            map,
            login,
            last_login,
            secret,
            rotation,
            summary,
            ending,
        } = self;
        each(site, Line);
        each(store, Line);
        systems.iter_mut().for_each(|view| system(view, each));
        if let Some(RouteView { name, why }) = route {
            each(name, Line);
            each(why, Line);
        }
        steps.iter_mut().for_each(|view| step(view, each));
        if let Some(view) = prompt {
            ask(view, each);
        }
        if let Some(Work { what, since: _, at_most: _, can_cancel: _ }) = work {
            each(what, Line);
        }
        journal.iter_mut().for_each(|view| row(view, each));
        map.each_light(|view| light(view, each));
        if let Some(LoginView { link, since: _, trail, state: _, evidence, who, at: _ }) = login {
            each(link, Line);
            each(evidence, Line);
            trail.iter_mut().for_each(|Sighting { stage: _, what, at: _ }| each(what, Line));
            who.iter_mut().for_each(|text| each(text, Line));
        }
        if let Some(LoginResult { state: _, who, at: _, evidence }) = last_login {
            who.iter_mut().for_each(|text| each(text, Line));
            each(evidence, Line);
        }
        if let Some(SecretView { fingerprint, age: _, pending }) = secret {
            each(fingerprint, Line);
            pending.iter_mut().for_each(|text| each(text, Line));
        }
        if let Some(RotationView { kept, sides, switch: _ }) = rotation {
            kept.iter_mut().for_each(|(_, text)| each(text, Line));
            for Side { system: _, holds } in sides {
                reading(holds, each, &mut |holding, each| {
                    holding.fingerprint.iter_mut().for_each(|text| each(text, Line));
                });
            }
        }
        if let Some(Summary { title, credentials, next, revealed: _ }) = summary {
            each(title, Line);
            for Credential { field, value } in credentials {
                each(field, Line);
                each(value, Lines);
            }
            next.iter_mut().for_each(|text| each(text, Lines));
        }
        match ending {
            Some(Ending::Failed(view)) => fault(view, each),
            Some(
                Ending::LoginVerified
                | Ending::Finished
                | Ending::Rotated
                | Ending::TakenBack(_)
                | Ending::Left,
            )
            | None => {}
        }
    }

    /// The snapshot as a terminal may show it: nothing in it moves a cursor,
    /// changes a color, hides a text or turns it around.
    #[must_use]
    pub fn harmless(&self) -> Self {
        let mut snapshot = self.clone();
        snapshot.each_text(&mut |text, shape| {
            let clean = match shape {
                Line => harmless::line(text),
                Lines => harmless::lines(text),
            };
            if let Cow::Owned(clean) = clean {
                *text = clean;
            }
        });
        snapshot
    }
}

fn system(view: &mut SystemView, each: Each<'_>) {
    let SystemView { system: _, address, lamp: _, version, latency: _, fault: why } = view;
    each(address, Line);
    version.iter_mut().for_each(|text| each(text, Line));
    why.iter_mut().for_each(|why| fault(why, each));
}

fn step(view: &mut StepView, each: Each<'_>) {
    let StepView {
        id: _,
        state: _,
        took: _,
        about,
        fields,
        live,
        plan: changes,
        notes,
        blockers,
        proofs,
    } = view;
    each(about, Lines);
    for FieldRow { name, wanted, live, state: _, edit: _ } in fields {
        each(name, Line);
        each(wanted, Lines);
        reading(live, each, &mut |value, each| value.iter_mut().for_each(|text| each(text, Lines)));
    }
    for LiveRow { system: _, what, value } in live {
        each(what, Line);
        reading(value, each, &mut |value, each| each(value, Line));
    }
    changes.iter_mut().for_each(|view| plan(view, each));
    notes.iter_mut().for_each(|text| each(text, Line));
    blockers.iter_mut().for_each(|view| fault(view, each));
    for Proof { what, outcome, on: _ } in proofs {
        each(what, Line);
        match outcome {
            Ok(evidence) => each(evidence, Lines),
            Err(why) => fault(why, each),
        }
    }
}

fn plan(view: &mut PlanView, each: Each<'_>) {
    let PlanView { digest: _, effects } = view;
    for EffectView { system: _, summary, exact, undo } in effects {
        each(summary, Line);
        each(exact, Lines);
        each(undo, Line);
    }
}

fn ask(view: &mut Prompt, each: Each<'_>) {
    let Prompt { id: _, question, help, kind, refused, can_go_back: _, can_refresh: _ } = view;
    each(question, Line);
    help.iter_mut().for_each(|text| each(text, Lines));
    refused.iter_mut().for_each(|view| fault(view, each));
    match kind {
        PromptKind::Text { value: _, example, check: _ } => each(example, Line),
        PromptKind::Choice { options, default: _ } => {
            for Choice { label, detail, key: _ } in options {
                each(label, Line);
                each(detail, Line);
            }
        }
        PromptKind::Decide { plan: view } => plan(view, each),
        PromptKind::Hidden => {}
    }
}

fn row(view: &mut JournalRow, each: Each<'_>) {
    let JournalRow { run: _, at: _, system: _, what, outcome, undo } = view;
    each(what, Line);
    each(outcome, Line);
    match undo {
        UndoView::Possible(text) | UndoView::None(text) => each(text, Line),
        UndoView::TakenBack(_) => {}
    }
}

fn light(view: &mut Light, each: Each<'_>) {
    match view {
        Light::Good { evidence: text, at: _ } | Light::NotNeeded(text) => each(text, Line),
        Light::Bad { why, at: _ } => fault(why, each),
        Light::Off => {}
    }
}

fn fault(view: &mut Fault, each: Each<'_>) {
    let Fault { system: _, kind: _, tried, answer, remedy } = view;
    each(tried, Line);
    each(answer, Line);
    each(remedy, Line);
}

fn reading<T>(view: &mut Reading<T>, each: Each<'_>, of_value: &mut dyn FnMut(&mut T, Each<'_>)) {
    match view {
        Reading::Unknown => {}
        Reading::Reading { since: _, last } => {
            last.iter_mut().for_each(|Last { value, at: _ }| of_value(value, each));
        }
        Reading::Known { value, at: _, took: _ } => of_value(value, each),
        Reading::Failed { why, at: _, last } => {
            fault(why, each);
            last.iter_mut().for_each(|Last { value, at: _ }| of_value(value, each));
        }
    }
}
