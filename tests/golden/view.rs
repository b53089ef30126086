//! What a snapshot says, in pieces: each is written once, and again when it
//! changed. Every field of a snapshot is taken apart here, so that a new one
//! does not compile until it has a place.

use immich_sso::text;
use immich_sso::{
    site::{Fault, Reading, System},
    wizard::{
        Edit, EffectView, Ending, FieldRow, FieldState, FieldValue, Header, Holding, JournalRow,
        Lamp, Light, LiveRow, LoginState, LoginView, PlanView, Proof, Remembered, Road,
        RotationView, Snapshot, Staged, StepState, StepView, Summary, SystemView, UndoView,
    },
};
use jiff::Timestamp;

/// A part of the page, and what is said in it.
pub struct Piece {
    /// The heading that it stands under.
    pub part: String,
    /// What it is about: a later piece of that part and name replaces it.
    pub about: String,
    /// What it says.
    pub says: String,
}

/// All that a snapshot says, in the order in which it is read.
pub fn pieces(now: &Snapshot) -> Vec<Piece> {
    let Snapshot {
        header: Header { site, lab: _, store, systems, route },
        steps,
        here: _,
        prompt: _,
        work: _,
        journal,
        map,
        login,
        remembered: Remembered { last_login, secret, token },
        rotation,
        summary,
        ending,
    } = now;
    let mut page = Page(Vec::new());
    page.put("Site", "name", site.clone());
    page.put("Site", "store", store.as_ref().map(ToString::to_string).unwrap_or_default());
    for view in systems {
        page.put("Systems", view.system.name(), system(view));
    }
    if let Some(route) = route {
        page.put(
            "Systems",
            "route",
            format!("route {}: {}", route.kind, text::route_reason(&route.why)),
        );
    }
    page.put("Rail", "rail", rail(steps));
    for view in steps {
        step(&mut page, view);
    }
    for road in Road::ALL {
        for point in road.points() {
            let says = match map.light(road, *point) {
                Light::Off => continue,
                Light::Good { sign, at: _ } => format!("good: {}", text::sign(sign)),
                Light::Bad { why, at: _ } => format!("bad: {why}"),
                Light::NotNeeded(sign) => format!("not needed: {}", text::sign(sign)),
            };
            let part = format!("Map, {}", road.title());
            page.put(&part, point.title(), format!("{}: {says}", point.title()));
        }
    }
    if let Some(view) = login {
        of_login(&mut page, view);
    }
    if let Some(last) = last_login {
        page.put("Last login", "last", text::login_result(last));
    }
    let read = Timestamp::now();
    if let Some(view) = secret {
        page.put("Client secret", "secret", text::client_secret(view, read));
    }
    if let Some(view) = token {
        page.put("Token", "token", text::token(view, read));
    }
    if let Some(view) = rotation {
        of_rotation(&mut page, view);
    }
    for (number, row) in journal.iter().enumerate() {
        page.put("Journal", &number.to_string(), journal_row(row));
    }
    if let Some(view) = summary {
        of_summary(&mut page, view);
    }
    if let Some(view) = ending {
        page.put("End", "ending", of_ending(view, now));
    }
    page.0
}

struct Page(Vec<Piece>);

impl Page {
    fn put(&mut self, part: &str, about: &str, says: String) {
        if !says.is_empty() {
            self.0.push(Piece { part: part.into(), about: about.into(), says });
        }
    }
}

fn system(view: &SystemView) -> String {
    let SystemView { system, address, lamp, version, latency: _, fault } = view;
    let lamp = match lamp {
        Lamp::Off => "not looked at",
        Lamp::Looking => "being looked at",
        Lamp::Good => "good",
        Lamp::Warning => "something is not right",
        Lamp::Bad => "bad",
    };
    let version = version.as_ref().map(|version| format!(" {version}")).unwrap_or_default();
    let fault = fault.as_ref().map(|fault| format!("\n{fault}")).unwrap_or_default();
    format!("{system}{version} at {address}: {lamp}{fault}")
}

fn rail(steps: &[StepView]) -> String {
    let steps = steps.iter().map(|step| format!("{}: {}", step.id.title(), state(step.state)));
    steps.collect::<Vec<_>>().join(" | ")
}

const fn state(state: StepState) -> &'static str {
    match state {
        StepState::ToDo => "to do",
        StepState::Differs => "differs",
        StepState::Done => "done",
        StepState::Skipped => "skipped",
        StepState::NotNeeded => "not needed",
        StepState::Failed => "failed",
    }
}

fn step(page: &mut Page, view: &StepView) {
    let StepView {
        id,
        state: _,
        took: _,
        about,
        fields,
        live,
        plan: proposed,
        notes,
        blockers,
        proofs,
    } = view;
    let part = format!("Step {}", id.title());
    page.put(&part, "about", about.as_ref().map(text::about).unwrap_or_default());
    for row in fields {
        page.put(&part, &format!("field {}", text::field(&row.id)), field(row));
    }
    for LiveRow { system, what, value } in live {
        let what = text::live_subject(what);
        let says = format!("{system} says, {what}: {}", reading(value, text::live_value));
        page.put(&part, &format!("live {system} {what}"), says);
    }
    for note in notes {
        let note = text::note(note);
        page.put(&part, &note, format!("note: {note}"));
    }
    for fault in blockers {
        page.put(&part, &fault.to_string(), format!("blocked: {fault}"));
    }
    if let Some(view) = proposed {
        page.put(&part, "plan", plan(view));
    }
    for Proof { what, outcome, on } in proofs {
        let on = on.map(|(road, point)| format!(" [{}, {}]", road.title(), point.title()));
        let on = on.unwrap_or_default();
        let what = text::claim(what);
        let says = match outcome.as_ref().map(text::evidence) {
            Ok(evidence) if evidence.is_empty() => format!("verified: {what}{on}"),
            Ok(evidence) => format!("verified: {what}: {evidence}{on}"),
            Err(fault) => format!("not so: {what}{on}\n{fault}"),
        };
        page.put(&part, &format!("proof {what}"), says);
    }
}

fn field(row: &FieldRow) -> String {
    let FieldRow { id, wanted, live, state, edit } = row;
    let (name, wanted) = (text::field(id), text::value(wanted));
    let state = match state {
        FieldState::Unknown => "unknown",
        FieldState::Same => "same",
        FieldState::New => "new",
        FieldState::Differs => "differs",
        FieldState::Kept => "kept",
    };
    let now = |value: &Option<FieldValue>| {
        value.as_ref().map_or_else(|| "(not there)".into(), text::value)
    };
    let live = reading(live, now);
    let edit = edit.as_ref().map(|Edit { key, value }| {
        let hint = Some(text::hint(*key)).filter(|hint| !hint.is_empty());
        let hint = hint.map(|hint| format!(" {hint}")).unwrap_or_default();
        format!("\n(edit {}: [{value}]{hint})", key.name())
    });
    let edit = edit.unwrap_or_default();
    if live == wanted {
        return format!("{name}: {state}: {wanted}{edit}");
    }
    format!("{name}: {state}\nwanted: {wanted}\nlive:   {live}{edit}")
}

fn reading<T>(reading: &Reading<T>, says: impl Fn(&T) -> String) -> String {
    match reading {
        Reading::Unknown => "(not looked at)".into(),
        Reading::Reading { since: _, last } => {
            let last = last.as_ref().map(|last| format!(", last {}", says(&last.value)));
            format!("(being read{})", last.unwrap_or_default())
        }
        Reading::Known { value, at: _, took: _ } => says(value),
        Reading::Failed { why, at: _, last } => {
            let last = last.as_ref().map(|last| format!("\nlast: {}", says(&last.value)));
            format!("{why}{}", last.unwrap_or_default())
        }
    }
}

/// The effects of a plan, with the exact requests.
pub fn plan(view: &PlanView) -> String {
    let PlanView { digest: _, effects } = view;
    if effects.is_empty() {
        return "plan: nothing".into();
    }
    let mut text = "plan:".to_owned();
    for (number, EffectView { effect, exact }) in effects.iter().enumerate() {
        let (system, summary) = (effect.system(), text::effect(effect));
        let (exact, undo) = (text::exact(exact), text::undo_way(effect.undo()));
        text += &format!("\n{}. {system}: {summary}\n   undo: {undo}", number + 1);
        for line in exact.lines() {
            text += &format!("\n   | {line}");
        }
    }
    text
}

fn of_login(page: &mut Page, view: &LoginView) {
    let LoginView { link, since: _, trail, state, evidence, who: _, at: _ } = view;
    let part = "Login";
    page.put(part, "link", format!("link: {link}"));
    for seen in trail {
        let title = seen.stage.title();
        page.put(part, title, format!("{title}: {}", text::sight(&seen.what)));
    }
    if let Some(state) = state {
        let state = match state {
            LoginState::Verified => "verified",
            LoginState::Likely => "likely",
            LoginState::Failed => "failed",
        };
        let evidence = evidence.as_ref().map(text::login_evidence).unwrap_or_default();
        page.put(part, "state", format!("{state}: {evidence}"));
    }
    page.put(part, "says", text::seen_login(view).unwrap_or_default());
}

fn of_rotation(page: &mut Page, view: &RotationView) {
    let RotationView { kept, sides, switch } = view;
    let part = "Rotation";
    for (stage, print) in kept {
        let stage = match stage {
            Staged::Current => "current",
            Staged::Pending => "pending",
            Staged::Previous => "previous",
        };
        page.put(part, stage, format!("{stage} secret: {print}"));
    }
    for side in sides {
        let says = reading(&side.holds, Holding::to_string);
        let system: System = side.system;
        page.put(part, system.name(), format!("{system} holds {says}"));
    }
    if let Some(told) = switch.as_ref().and_then(text::switch_cost) {
        page.put(part, "switch", told);
    }
}

fn journal_row(row: &JournalRow) -> String {
    let JournalRow { run: _, at: _, system, act, outcome, undo } = row;
    let (what, outcome) = (text::act(act), text::act_outcome(outcome));
    let undo = match undo {
        UndoView::Possible(way) => format!("undo: {}", text::undo_way(*way)),
        UndoView::TakenBack(_) => "undone".into(),
        UndoView::None(why) => format!("no undo: {}", text::no_undo(*why)),
    };
    format!("{system}: {what}\noutcome: {outcome}\n{undo}")
}

fn of_summary(page: &mut Page, view: &Summary) {
    let Summary { title, credentials, next, revealed: _ } = view;
    let part = "Summary";
    page.put(part, "title", text::summary_title(*title));
    for row in credentials {
        let field = text::credential(row.id);
        page.put(part, &field, format!("{field}: {}", text::credential_value(&row.value)));
    }
    for note in next {
        let note = text::note(note);
        page.put(part, &note, format!("next: {note}"));
    }
}

fn of_ending(ending: &Ending, now: &Snapshot) -> String {
    match ending {
        Ending::LoginVerified => "login verified".into(),
        Ending::Finished => format!("finished: {}", immich_sso::text::finished(now)),
        Ending::Rotated => "rotated".into(),
        Ending::TakenBack(tally) => format!("undone: {}", text::tally(tally)),
        Ending::AccessRemoved(tally) => format!("access removed: {}", text::access_tally(tally)),
        Ending::Left => "left".into(),
        Ending::Failed(fault) => failed(fault),
    }
}

fn failed(fault: &Fault) -> String {
    format!("failed: {fault}")
}
