//! Every text of a snapshot, in one place: what goes to a face is searched for
//! secrets, and what a terminal shows is made harmless. A new field does not
//! compile until it is here.

use super::{
    Choice, Credential, EffectView, Ending, FieldRow, JournalRow, LiveRow, LoginResult, LoginView,
    PlanView, Prompt, PromptKind, Proof, RouteView, SecretView, Sighting, Snapshot, StepView,
    Summary, SystemView, UndoView, Work,
};
use crate::{
    site::{Fault, Last, Reading, harmless},
    wizard::{Light, RotationView, Side},
};

/// What is done with each text.
type Each<'a> = &'a mut dyn FnMut(&mut String);

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
        each(site);
        each(store);
        systems.iter_mut().for_each(|view| system(view, each));
        if let Some(RouteView { name, why }) = route {
            each(name);
            each(why);
        }
        steps.iter_mut().for_each(|view| step(view, each));
        if let Some(view) = prompt {
            ask(view, each);
        }
        if let Some(Work { what, since: _, at_most: _, can_cancel: _ }) = work {
            each(what);
        }
        journal.iter_mut().for_each(|view| row(view, each));
        map.each_light(|view| light(view, each));
        if let Some(LoginView { link, since: _, trail, state: _, evidence, who, at: _ }) = login {
            each(link);
            each(evidence);
            trail.iter_mut().for_each(|Sighting { stage: _, what, at: _ }| each(what));
            who.iter_mut().for_each(&mut *each);
        }
        if let Some(LoginResult { state: _, who, at: _, evidence }) = last_login {
            who.iter_mut().for_each(&mut *each);
            each(evidence);
        }
        if let Some(SecretView { fingerprint, age: _, pending }) = secret {
            each(fingerprint);
            pending.iter_mut().for_each(&mut *each);
        }
        if let Some(RotationView { kept, sides, switch: _ }) = rotation {
            kept.iter_mut().for_each(|(_, text)| each(text));
            for Side { system: _, holds } in sides {
                reading(holds, each, &mut |holding, each| {
                    holding.fingerprint.iter_mut().for_each(each);
                });
            }
        }
        if let Some(Summary { title, credentials, next, revealed: _ }) = summary {
            each(title);
            for Credential { field, value } in credentials {
                each(field);
                each(value);
            }
            next.iter_mut().for_each(&mut *each);
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
        snapshot.each_text(&mut |text| {
            if let std::borrow::Cow::Owned(clean) = harmless::lines(text) {
                *text = clean;
            }
        });
        snapshot
    }
}

fn system(view: &mut SystemView, each: Each<'_>) {
    let SystemView { system: _, address, lamp: _, version, latency: _, fault: why } = view;
    each(address);
    version.iter_mut().for_each(&mut *each);
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
    each(about);
    for FieldRow { name, wanted, live, state: _, edit: _ } in fields {
        each(name);
        each(wanted);
        reading(live, each, &mut |value, each| value.iter_mut().for_each(each));
    }
    for LiveRow { system: _, what, value } in live {
        each(what);
        reading(value, each, &mut |value, each| each(value));
    }
    changes.iter_mut().for_each(|view| plan(view, each));
    notes.iter_mut().for_each(&mut *each);
    blockers.iter_mut().for_each(|view| fault(view, each));
    for Proof { what, outcome, on: _ } in proofs {
        each(what);
        match outcome {
            Ok(evidence) => each(evidence),
            Err(why) => fault(why, each),
        }
    }
}

fn plan(view: &mut PlanView, each: Each<'_>) {
    let PlanView { digest: _, effects } = view;
    for EffectView { system: _, summary, exact, undo } in effects {
        each(summary);
        each(exact);
        each(undo);
    }
}

fn ask(view: &mut Prompt, each: Each<'_>) {
    let Prompt { id: _, question, help, kind, refused, can_go_back: _, can_refresh: _ } = view;
    each(question);
    help.iter_mut().for_each(&mut *each);
    refused.iter_mut().for_each(|view| fault(view, each));
    match kind {
        PromptKind::Text { value: _, example, check: _ } => each(example),
        PromptKind::Choice { options, default: _ } => {
            for Choice { label, detail, key: _ } in options {
                each(label);
                each(detail);
            }
        }
        PromptKind::Decide { plan: view } => plan(view, each),
        PromptKind::Hidden => {}
    }
}

fn row(view: &mut JournalRow, each: Each<'_>) {
    let JournalRow { run: _, at: _, system: _, what, outcome, undo } = view;
    each(what);
    each(outcome);
    match undo {
        UndoView::Possible(text) | UndoView::None(text) => each(text),
        UndoView::TakenBack(_) => {}
    }
}

fn light(view: &mut Light, each: Each<'_>) {
    match view {
        Light::Good { evidence: text, at: _ } | Light::NotNeeded(text) => each(text),
        Light::Bad { why, at: _ } => fault(why, each),
        Light::Off => {}
    }
}

fn fault(view: &mut Fault, each: Each<'_>) {
    let Fault { system: _, kind: _, tried, answer, remedy } = view;
    each(tried);
    each(answer);
    each(remedy);
}

fn reading<T>(
    view: &mut Reading<T>,
    each: Each<'_>,
    of_value: &mut dyn FnMut(&mut T, &mut dyn FnMut(&mut String)),
) {
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
