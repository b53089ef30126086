//! What a snapshot says, in lines of text. Words tell what is the same and
//! what differs; colour only repeats it.

use qrcode::{QrCode, render::unicode::Dense1x2};
use unicode_width::UnicodeWidthStr;

use crate::{
    site::{Fault, Reading},
    text,
    wizard::{
        Credential, EffectView, FieldRow, FieldState, FieldValue, JournalRow, Lamp, LiveRow,
        PlanView, Proof, Snapshot, StepState, StepView, Summary, SystemView, Work,
    },
};

use super::{Ink, broken};

/// How lines are made: with which ink, and how wide.
#[derive(Clone, Copy, Debug)]
pub struct Lines {
    /// Colour or none.
    pub ink: Ink,
    /// How many columns prose may take.
    pub width: usize,
    /// How many columns a line has. What is longer is broken at blanks, so that an
    /// address can be copied whole.
    pub columns: usize,
    /// With what pictures are drawn.
    pub pictures: Pictures,
}

/// With what a picture is drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pictures {
    /// There are none: not for a screen reader, not for a file.
    #[default]
    None,
    /// With the half blocks of Unicode.
    Blocks,
    /// With blanks on a colored ground, and not at all without colors: the
    /// terminal has no other letters than those of ASCII.
    Blanks,
}

impl Lines {
    /// For a terminal of that many columns; prose stays readable on wide ones.
    #[must_use]
    pub fn new(ink: Ink, columns: usize) -> Self {
        let columns = columns.max(20);
        Self { ink, width: columns.min(88), columns, pictures: Pictures::None }
    }

    /// For a file or a pipe: lines have no end there, and each value is on one line.
    #[must_use]
    pub fn for_pipe(ink: Ink) -> Self {
        Self { columns: usize::MAX, ..Self::new(ink, 80) }
    }

    /// The same, with pictures.
    #[must_use]
    pub const fn with_pictures(mut self, pictures: Pictures) -> Self {
        self.pictures = pictures;
        self
    }

    /// A link to open, and its QR code for a phone where there may be pictures.
    #[must_use]
    pub fn link(&self, link: &str) -> String {
        let mut text = say!("Log in at\n\n    {link}\n\n", link);
        let Ok(code) = QrCode::new(link) else { return text };
        let drawn = match (self.pictures, self.ink) {
            (Pictures::None, _) | (Pictures::Blanks, Ink::Mono) => return text,
            (Pictures::Blocks, ink) => blocks(&code, ink),
            (Pictures::Blanks, ink) => blanks_of(&code, ink),
        };
        for line in drawn {
            text += &format!("    {line}\n");
        }
        text.push('\n');
        text
    }

    /// The heading of a step: where it is in the walk and what it does.
    #[must_use]
    pub fn heading(&self, step: &StepView, rail: &Snapshot) -> String {
        let place = rail.place(step.id).unwrap_or_default();
        let name = step.id.title();
        let title = match place {
            0 => name.to_owned(),
            place => say!("Step {place} of {all}: {name}", place, all = rail.steps.len() - 1, name),
        };
        let about = step.about.as_ref().map(text::about).unwrap_or_default();
        format!("\n{}\n{}", self.ink.strong(&title), self.prose(&about, 0))
    }

    /// The fields of a step: name, how wanted and live compare, and both where
    /// they are not the same.
    #[must_use]
    pub fn fields<'a>(&self, fields: impl IntoIterator<Item = &'a FieldRow> + Clone) -> String {
        let names = fields
            .clone()
            .into_iter()
            .map(|field| text::field(&field.id).width())
            .max()
            .unwrap_or(0);
        fields.into_iter().map(|field| self.field(field, names)).collect()
    }

    /// One field, its name padded to `names` columns.
    fn field(&self, field: &FieldRow, names: usize) -> String {
        let word = text::field_state(field.state);
        let padded = format!("{word:<7}");
        let word = match field.state {
            FieldState::Same => self.ink.good(&padded),
            FieldState::New | FieldState::Differs => self.ink.notice(&padded),
            FieldState::Unknown | FieldState::Kept => self.ink.faint(&padded),
        };
        let indent = 2 + names + 2 + padded.width() + 2;
        let name = text::field(&field.id);
        let head = format!("  {name}{}  {word}  ", blanks(names - name.width()));
        let wanted = text::value(&field.wanted);
        // Where there is nothing yet, "new" says so.
        let nothing_there = matches!(&field.live, Reading::Known { value: None, .. });
        let alone = || self.hanging(or_nothing(&wanted), indent, indent);
        let rest = match field.state {
            FieldState::Same | FieldState::Kept => alone(),
            FieldState::New if nothing_there => alone(),
            FieldState::New | FieldState::Differs | FieldState::Unknown => say!(
                "wanted  {wanted}\n{margin}live    {live}",
                wanted = self.hanging(or_nothing(&wanted), indent + 8, indent + 8),
                margin = blanks(indent),
                live = self.hanging(&live_text(&field.live), indent + 8, indent + 8)
            ),
        };
        format!("{head}{rest}\n")
    }

    /// What both servers say about the objects of a step.
    #[must_use]
    pub fn live(&self, rows: &[LiveRow]) -> String {
        rows.iter()
            .map(|row| {
                let value = match &row.value {
                    Reading::Known { value, .. } => text::live_value(value),
                    other => reading_text(other),
                };
                let said = say!(
                    "{system} says: {what}: {value}",
                    system = row.system,
                    what = text::live_subject(&row.what),
                    value
                );
                format!("  {}\n", self.hanging(&said, 2, 6))
            })
            .collect()
    }

    /// The effects of a plan, in the order in which they happen.
    #[must_use]
    pub fn plan(&self, plan: &PlanView) -> String {
        let mut text = match plan.effects.len() {
            0 => return say!("Nothing to change.\n"),
            1 => self.ink.strong(word!("One change:")),
            many => self.ink.strong(&say!("{many} changes:", many)),
        };
        text.push('\n');
        for (i, EffectView { effect, exact: _ }) in plan.effects.iter().enumerate() {
            let (system, what) = (effect.system(), text::effect(effect));
            let line = format!("{}. {system}: {what}", i + 1);
            text += &format!("  {}\n", self.hanging(&line, 2, 5));
            let undo = say!("to take it back: {how}", how = text::undo_way(effect.undo()));
            text += &format!("     {}\n", self.hanging(&undo, 5, 5));
        }
        text
    }

    /// Exactly what a plan will send.
    #[must_use]
    pub fn exact(&self, plan: &PlanView) -> String {
        let mut text = String::new();
        for (i, EffectView { effect, exact }) in plan.effects.iter().enumerate() {
            let title = format!("{}. {}: {}", i + 1, effect.system(), text::effect(effect));
            text += &format!("\n{}\n", self.ink.strong(&title));
            for line in text::exact(exact).lines() {
                text += &format!("    {line}\n");
            }
        }
        text
    }

    /// Traps that are avoided, and other things to know.
    #[must_use]
    pub fn note(&self, note: &str) -> String {
        format!("  {} {}", self.ink.notice(word!("note:")), self.prose(note, 8).trim_start())
    }

    /// A fault that keeps a step from going on.
    #[must_use]
    pub fn blocker(&self, fault: &Fault) -> String {
        self.fault(word!("blocked:"), fault)
    }

    /// A fault on its own.
    #[must_use]
    pub fn fault(&self, what: &str, fault: &Fault) -> String {
        let said = say!(
            "{what} {system}: could not {tried}{answer}",
            what,
            system = fault.system,
            tried = fault.tried,
            answer = after_colon(&fault.answer)
        );
        // Broken as one text, for its colour must not count.
        let said = self.prose(&said, 4);
        let mut text = format!("  {}", said.trim_start().replacen(what, &self.ink.bad(what), 1));
        if !fault.remedy.is_empty() {
            let remedy = self.prose(&fault.remedy, 8);
            text += &format!("  {} {}", self.ink.strong(word!("hint:")), remedy.trim_start());
        }
        text
    }

    /// Something that was verified, or was not.
    #[must_use]
    pub fn proof(&self, proof: &Proof) -> String {
        match &proof.outcome {
            Ok(evidence) => {
                let evidence = after_colon(&text::evidence(evidence));
                let said = format!("{}{evidence}", text::claim(&proof.what));
                self.marked(word!("verified:"), Ink::good, &said)
            }
            Err(fault) => {
                let claim = self.marked(word!("not so:"), Ink::bad, &text::claim(&proof.what));
                claim + &self.fault(word!("because:"), fault)
            }
        }
    }

    /// A line that begins with a word in color.
    #[must_use]
    pub fn marked(&self, mark: &str, ink: fn(Ink, &str) -> String, said: &str) -> String {
        let said = self.hanging(said, 3 + mark.width(), 4);
        format!("  {} {said}\n", ink(self.ink, mark))
    }

    /// A text that begins in that column, broken at blanks.
    #[must_use]
    pub fn hanging(&self, text: &str, column: usize, indent: usize) -> String {
        broken::at_blanks(text, self.columns, column, indent)
    }

    /// How a step came out.
    #[must_use]
    pub fn outcome(&self, step: &StepView) -> String {
        let word = text::outcome(step.state);
        let word = match step.state {
            StepState::Done => self.ink.good(word),
            StepState::Failed => self.ink.bad(word),
            StepState::Differs => self.ink.notice(word),
            StepState::ToDo | StepState::Skipped | StepState::NotNeeded => word.to_owned(),
        };
        let took = match (step.state, step.took) {
            (StepState::Done, Some(took)) => {
                say!(" in {seconds:.1} s", seconds = took.as_secs_f64())
            }
            _ => String::new(),
        };
        format!("{}: {word}{took}\n", step.id.title())
    }

    /// One system: its version, where it is and whether it can be worked with.
    #[must_use]
    pub fn system(&self, system: &SystemView) -> String {
        let version = system.version.as_deref().map(|v| format!(" {v}")).unwrap_or_default();
        let place = if system.address.is_empty() {
            String::new()
        } else {
            say!(" at {address}", address = system.address)
        };
        let word = text::lamp(system.lamp);
        let word = match system.lamp {
            Lamp::Off | Lamp::Looking => word.to_owned(),
            Lamp::Good => self.ink.good(word),
            Lamp::Warning => self.ink.notice(word),
            Lamp::Bad => self.ink.bad(word),
        };
        let mut text = format!("  {}{version}{place}: {word}\n", system.system);
        if let Some(fault) = &system.fault {
            text += &self.fault(word!("because:"), fault);
        }
        text
    }

    /// What is going on, and how long it may last.
    #[must_use]
    pub fn work(&self, work: &Work) -> String {
        let bound = work
            .at_most
            .map(|most| say!(" (up to {seconds} s)", seconds = most.as_secs().max(1)))
            .unwrap_or_default();
        let told = work.stretch.filter(|stretch| stretch.is_told(work.since));
        let whole = told.map_or_else(String::new, |stretch| {
            let most = stretch.at_most.as_secs();
            if work.can_cancel {
                say!(" (everything until the next question: up to {most} s)", most)
            } else {
                say!(" (nothing new is begun after {most} s)", most)
            }
        });
        let told = format!("… {}{bound}{whole}", work.what.name());
        self.ink.faint(&format!("  {}", self.hanging(&told, 2, 4))) + "\n"
    }

    /// One line of the journal.
    #[must_use]
    pub fn journal(&self, row: &JournalRow) -> String {
        let (act, outcome) = (text::act(&row.act), text::act_outcome(&row.outcome));
        let did = say!("did: {system}: {act}: {outcome}", system = row.system, act, outcome);
        format!("  {}\n", self.hanging(&did, 2, 4))
    }

    /// The table of credentials, and what comes next.
    #[must_use]
    pub fn summary(&self, summary: &Summary) -> String {
        let width = summary.credentials.iter();
        let width = width.map(|row| text::credential(row.id).width()).max().unwrap_or(0);
        let mut text = format!("\n{}\n", self.ink.strong(&text::summary_title(summary.title)));
        for Credential { id, value } in &summary.credentials {
            let field = text::credential(*id);
            let pad = blanks(width - field.width());
            text += &format!(
                "  {field}{pad}  {}\n",
                self.hanging(&text::credential_value(value), width + 4, width + 4)
            );
        }
        if !summary.next.is_empty() {
            text += &format!("\n{}\n", self.ink.strong(word!("What comes next")));
            for next in &summary.next {
                text += &format!("  - {}", self.prose(&text::note(next), 4).trim_start());
            }
        }
        text
    }

    /// Running text, broken at blanks, every line indented.
    #[must_use]
    pub fn prose(&self, text: &str, indent: usize) -> String {
        let mut out = String::new();
        for paragraph in text.lines() {
            let mut column = 0;
            for word in paragraph.split_whitespace() {
                let wide = word.width();
                if column > 0 && indent + column + 1 + wide > self.width {
                    out.push('\n');
                    column = 0;
                }
                if column == 0 {
                    out += &blanks(indent);
                } else {
                    out.push(' ');
                    column += 1;
                }
                out += &broken::word(word, self.columns, indent + column);
                column += wide;
            }
            out.push('\n');
        }
        out
    }
}

/// A QR code in half blocks, line by line.
fn blocks(code: &QrCode, ink: Ink) -> Vec<String> {
    // Without colour the light modules are drawn: most terminals are dark.
    let (dark, light) = match ink {
        Ink::Colour => (Dense1x2::Dark, Dense1x2::Light),
        Ink::Mono => (Dense1x2::Light, Dense1x2::Dark),
    };
    let drawn = code.render().dark_color(dark).light_color(light).build();
    drawn.lines().map(|line| ink.paper(line)).collect()
}

/// A QR code in blanks, two for a module, line by line.
fn blanks_of(code: &QrCode, ink: Ink) -> Vec<String> {
    let drawn = code.render::<char>().dark_color('#').light_color(' ').build();
    let module = |c: char| if c == '#' { ink.slate("  ") } else { ink.paper("  ") };
    drawn.lines().map(|line| line.chars().map(module).collect()).collect()
}

/// What is live, in words where there is no value.
fn live_text(live: &Reading<Option<FieldValue>>) -> String {
    match live {
        Reading::Known { value: Some(value), .. } => or_nothing(&text::value(value)).to_owned(),
        Reading::Known { value: None, .. } => say!("(not there yet)"),
        other => reading_text(other),
    }
}

fn reading_text<T>(reading: &Reading<T>) -> String {
    match reading {
        Reading::Unknown => say!("(not looked at yet)"),
        Reading::Reading { .. } => say!("(being read)"),
        Reading::Known { .. } => String::new(),
        Reading::Failed { why, .. } if why.answer.is_empty() => {
            say!("(could not {tried})", tried = why.tried)
        }
        Reading::Failed { why, .. } => {
            say!("(could not {tried}: {answer})", tried = why.tried, answer = why.answer)
        }
    }
}

fn or_nothing(value: &str) -> &str {
    if value.is_empty() { word!("(nothing)") } else { value }
}

fn after_colon(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!(": {text}") }
}

fn blanks(many: usize) -> String {
    " ".repeat(many)
}
