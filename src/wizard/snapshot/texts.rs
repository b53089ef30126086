//! Every text of a snapshot, in one place: what goes to a face is searched for
//! secrets, and what a terminal shows is made harmless. A new field does not
//! compile until it is here.

use std::borrow::Cow;

use super::{
    Choice, Credential, Ending, FieldRow, Header, LiveRow, LoginResult, LoginView, PlanView,
    Prompt, PromptKind, Proof, Remembered, Sighting, Snapshot, StepView, Summary, SystemView, Work,
};
use crate::{
    site::{
        Last, Reading,
        harmless::{
            self, Each,
            Shape::{Line, Lines},
        },
    },
    wizard::{Light, RotationView, Side},
};

impl Snapshot {
    /// Does something with every text in it. What stands in a line that is
    /// edited stays as it is: it comes back as an answer.
    pub fn each_text(&mut self, each: Each<'_>) {
        let Self {
            header,
            steps,
            here: _,
            prompt,
            work,
            journal,
            map,
            login,
            remembered,
            rotation,
            summary,
            ending,
        } = self;
        of_header(header, each);
        for view in steps {
            step(view, each);
        }
        if_there(prompt, each, ask);
        if let Some(Work { what, since: _, at_most: _, can_cancel: _, stretch: _ }) = work {
            what.each_text(each);
        }
        for view in journal {
            view.each_text(each);
        }
        map.each_light(|view| light(view, each));
        if_there(login, each, of_login);
        of_remembered(remembered, each);
        if_there(rotation, each, of_rotation);
        if_there(summary, each, of_summary);
        if_there(ending, each, of_ending);
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

/// Does something with the texts of what is there.
fn if_there<T>(view: &mut Option<T>, each: Each<'_>, of: fn(&mut T, Each<'_>)) {
    if let Some(view) = view {
        of(view, each);
    }
}

fn of_header(view: &mut Header, each: Each<'_>) {
    // Which route it is, and why, are known by type.
    let Header { site, lab: _, store, systems, route: _ } = view;
    each(site, Line);
    if let Some(place) = store {
        place.each_text(each);
    }
    for view in systems {
        system(view, each);
    }
}

fn of_remembered(view: &mut Remembered, each: Each<'_>) {
    let Remembered { last_login, secret, token } = view;
    if_there(last_login, each, of_last_login);
    if let Some(view) = token {
        view.each_text(each);
    }
    if let Some(view) = secret {
        view.each_text(each);
    }
}

fn of_login(view: &mut LoginView, each: Each<'_>) {
    let LoginView { link, since: _, trail, state: _, evidence, who, at: _ } = view;
    each(link, Line);
    if let Some(evidence) = evidence {
        evidence.each_text(each);
    }
    for Sighting { stage: _, what, at: _ } in trail {
        what.each_text(each);
    }
    if let Some(who) = who {
        who.each_text(each);
    }
}

fn of_last_login(view: &mut LoginResult, each: Each<'_>) {
    let LoginResult { state: _, who, at: _, evidence } = view;
    if let Some(who) = who {
        who.each_text(each);
    }
    evidence.each_text(each);
}

fn of_summary(view: &mut Summary, each: Each<'_>) {
    let Summary { title: _, credentials, next, revealed: _ } = view;
    for Credential { id: _, value } in credentials {
        value.each_text(each);
    }
    for note in next {
        note.each_text(each);
    }
}

fn of_ending(view: &mut Ending, each: Each<'_>) {
    match view {
        Ending::Failed(view) => view.each_text(each),
        Ending::LoginVerified
        | Ending::Finished
        | Ending::Rotated
        | Ending::TakenBack(_)
        | Ending::AccessRemoved(_)
        | Ending::Left => {}
    }
}

fn of_rotation(view: &mut RotationView, each: Each<'_>) {
    let RotationView { kept, sides, switch: _ } = view;
    for (_, text) in kept {
        each(text, Line);
    }
    for Side { system: _, holds } in sides {
        reading(holds, each, &mut |holding, each| {
            if let Some(text) = &mut holding.fingerprint {
                each(text, Line);
            }
        });
    }
}

fn system(view: &mut SystemView, each: Each<'_>) {
    let SystemView { system: _, address, lamp: _, version, latency: _, fault: why } = view;
    each(address, Line);
    if let Some(text) = version {
        each(text, Line);
    }
    if let Some(why) = why {
        why.each_text(each);
    }
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
    if let Some(about) = about {
        about.each_text(each);
    }
    for FieldRow { id, wanted, live, state: _, edit: _ } in fields {
        id.each_text(each);
        wanted.each_text(each);
        reading(live, each, &mut |value, each| {
            if let Some(value) = value {
                value.each_text(each);
            }
        });
    }
    for LiveRow { system: _, what, value } in live {
        what.each_text(each);
        reading(value, each, &mut |value, each| value.each_text(each));
    }
    if let Some(view) = changes {
        plan(view, each);
    }
    for note in notes {
        note.each_text(each);
    }
    for view in blockers {
        view.each_text(each);
    }
    for Proof { what, outcome, on: _ } in proofs {
        what.each_text(each);
        match outcome {
            Ok(evidence) => evidence.each_text(each),
            Err(why) => why.each_text(each),
        }
    }
}

fn plan(view: &mut PlanView, each: Each<'_>) {
    let PlanView { digest: _, effects } = view;
    for effect in effects {
        effect.each_text(each);
    }
}

fn ask(view: &mut Prompt, each: Each<'_>) {
    let Prompt { id: _, topic, help, kind, refused, can_go_back: _, can_refresh: _ } = view;
    topic.each_text(each);
    for note in help {
        note.each_text(each);
    }
    if let Some(view) = refused {
        view.each_text(each);
    }
    match kind {
        PromptKind::Text { value: _, example, check: _ } => each(example, Line),
        PromptKind::Choice { options, default: _ } => {
            for Choice { key: _, pick } in options {
                pick.each_text(each);
            }
        }
        PromptKind::Decide { plan: view } => plan(view, each),
        PromptKind::Hidden => {}
    }
}

fn light(view: &mut Light, each: Each<'_>) {
    match view {
        Light::Good { sign, at: _ } | Light::NotNeeded(sign) => sign.each_text(each),
        Light::Bad { why, at: _ } => why.each_text(each),
        Light::Off => {}
    }
}

fn reading<T>(view: &mut Reading<T>, each: Each<'_>, of_value: &mut dyn FnMut(&mut T, Each<'_>)) {
    match view {
        Reading::Unknown => {}
        Reading::Reading { since: _, last } => {
            if let Some(Last { value, at: _ }) = last {
                of_value(value, each);
            }
        }
        Reading::Known { value, at: _, took: _ } => of_value(value, each),
        Reading::Failed { why, at: _, last } => {
            why.each_text(each);
            if let Some(Last { value, at: _ }) = last {
                of_value(value, each);
            }
        }
    }
}
