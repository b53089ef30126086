//! What there is to know, in sentences.

use super::{
    fields::{field, value},
    login::login_note,
    steps::step_note,
    undo_notes::undo_note,
};
use crate::wizard::{FieldValue, Note};

/// Something to know, in sentences.
#[must_use]
pub fn note(note: &Note) -> String {
    match note {
        Note::Step(note) => step_note(note),
        Note::Access(note) => super::access::note(note),
        Note::Rotation(note) => super::rotation::note(note),
        Note::Links(note) => super::links::note(note),
        Note::Opening(note) => super::opening::note(note),
        Note::Login(note) => login_note(note),
        Note::Undo(note) => undo_note(note),
        Note::Next(note) => super::summary::next_note(*note),
        Note::Difference { step, id, live, wanted } => {
            let name = field(id);
            let (now, wanted) = (quoted(live), quoted(wanted));
            match step {
                Some(step) => say!(
                    "{step}, {name}: it is {now} now; the profile says {wanted}.",
                    step = step.title(),
                    name,
                    now,
                    wanted
                ),
                None => {
                    say!("{name}: it is {now} now; the profile says {wanted}.", name, now, wanted)
                }
            }
        }
        Note::ChangedSince { id, before, left, now } => {
            let said = |it: &FieldValue| match it {
                FieldValue::NotThere => value(it),
                other => in_quotes(&value(other)),
            };
            say!(
                "{name}: {before} before that run, {left} as it left it, {now} now.",
                name = field(id),
                before = said(before),
                left = said(left),
                now = said(now)
            )
        }
    }
}

/// A value in a sentence; what stands for none is no quotation.
fn quoted(it: &FieldValue) -> String {
    let is_none = match it {
        FieldValue::NotSet | FieldValue::Empty | FieldValue::Nothing => true,
        FieldValue::Names(names) => names.is_empty(),
        FieldValue::Mappings { scopes, others } => scopes.is_empty() && *others == 0,
        _ => false,
    };
    let text = value(it);
    if is_none { text } else { in_quotes(&text) }
}

fn in_quotes(text: &str) -> String {
    format!("`{}`", text.replace('\n', ", "))
}
