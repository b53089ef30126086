//! Questions that are answered by typing a line: for terminals that cannot
//! place a cursor, for what must not be seen, and where the question may be
//! withdrawn while it stands.

use std::{io, time::Duration};

use crossterm::event::{self, Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use unicode_width::UnicodeWidthChar;
use zeroize::{Zeroize, Zeroizing};

use super::{Reply, Withdrawal, say, write};
use crate::{
    plain::{
        Lines,
        fault::{Unfit, no_terminal},
    },
    secret::Secret,
    site::Fault,
    terminal::{Forgotten, RawMode, ends_line, forget_typed, leaves},
    text::{self, Label},
    wizard::{Answer, Check, Choice, Prompt, PromptKind, Verdict},
};

/// How often a standing question looks whether it was withdrawn.
const LOOK: Duration = Duration::from_millis(100);

/// Longer than any token or address; what is typed never moves in memory, so
/// that wiping it wipes all of it.
const LONGEST: usize = 16 * 1024;

pub(super) fn put(prompt: &Prompt, lines: Lines, withdrawal: &Withdrawal) -> Result<Reply, Fault> {
    // From before the question on: what is typed at once must not be echoed by
    // the terminal itself.
    let _raw = RawMode::enter(&again(prompt, lines)).map_err(|error| no_terminal(&error))?;
    if let PromptKind::Choice { options, default } = &prompt.kind {
        say(&list(options, *default, lines));
    }
    say(&format!("  {}\n", lines.hanging(&keys(prompt), 2, 3)));
    loop {
        let hidden = matches!(prompt.kind, PromptKind::Hidden);
        say(&label(prompt, lines));
        let line = match read_line(hidden, withdrawal).map_err(|error| no_terminal(&error))? {
            Typed::Line(line) => line,
            Typed::Unfit(why) => {
                say(&not_taken(lines, &why));
                continue;
            }
            Typed::Escape if prompt.can_go_back => return Ok(Reply::Answer(Answer::Back)),
            Typed::Escape | Typed::Leave => return Ok(Reply::Leave),
            Typed::Withdrawn => return Ok(Reply::Withdrawn),
        };
        if prompt.can_go_back && line.trim() == "<" {
            return Ok(Reply::Answer(Answer::Back));
        }
        match understand(prompt, &line) {
            Ok(Meaning::Reply(reply)) => return Ok(reply),
            Ok(Meaning::ShowExact) => {
                if let Some(plan) = prompt.plan() {
                    say(&lines.exact(plan));
                }
            }
            Err(why) => say(&not_taken(lines, &why)),
        }
    }
}

fn not_taken(lines: Lines, why: &Unfit) -> String {
    format!("  {} {why}\n", lines.ink.bad(word!("not taken:")))
}

/// The words that answer a plan: they are typed, and the same in every build.
const YES: &str = "yes";
const SKIP: &str = "skip";
const SHOW: &str = "show";
const AGAIN: &str = "again";
const LEAVE: &str = "leave";

/// What a line means as an answer to a prompt.
#[derive(Debug)]
enum Meaning {
    Reply(Reply),
    ShowExact,
}

fn understand(prompt: &Prompt, line: &str) -> Result<Meaning, Unfit> {
    let line = line.trim();
    let answer = match &prompt.kind {
        PromptKind::Text { value, check, .. } => {
            let text = match line {
                "" => value.as_str(),
                "-" if matches!(check, Check::Any | Check::OptionalAddress) => "",
                typed => typed,
            };
            check.accept(text).map_err(Unfit::Check)?;
            Answer::Text(text.to_owned())
        }
        PromptKind::Hidden if line.is_empty() => return Err(Unfit::Empty),
        PromptKind::Hidden => Answer::Hidden(Secret::new(line)),
        PromptKind::Choice { options, default } => {
            let index = pick(options, *default, line)?;
            let option = options.get(index).ok_or(Unfit::NoOption { last: options.len() })?;
            Answer::Choice(option.key)
        }
        PromptKind::Decide { plan } => {
            let verdict = match line.to_lowercase().as_str() {
                YES => Verdict::Perform,
                SKIP => Verdict::Skip,
                SHOW => return Ok(Meaning::ShowExact),
                AGAIN => return Ok(Meaning::Reply(Reply::Refresh)),
                LEAVE => return Ok(Meaning::Reply(Reply::Leave)),
                _ => return Err(Unfit::NoWord([YES, SKIP, SHOW, AGAIN, LEAVE].join(", "))),
            };
            Answer::Decide { plan: plan.digest.clone(), verdict }
        }
    };
    Ok(Meaning::Reply(Reply::Answer(answer)))
}

/// The option that a line names: by number, by letter, or by the beginning of
/// its label.
fn pick(options: &[Choice], default: usize, line: &str) -> Result<usize, Unfit> {
    if line.is_empty() {
        return Ok(default);
    }
    if let Ok(number) = line.parse::<usize>()
        && (1..=options.len()).contains(&number)
    {
        return Ok(number - 1);
    }
    let typed = line.to_lowercase();
    let by_key = options.iter().position(|option| option.key.to_string() == typed);
    let begins =
        |option: &Choice| text::option(&option.pick).text.to_lowercase().starts_with(&typed);
    let mut by_label = (0..options.len()).filter(|i| begins(&options[*i]));
    match (by_key, by_label.next(), by_label.next()) {
        (Some(index), ..) | (None, Some(index), None) => Ok(index),
        _ => Err(Unfit::NoOption { last: options.len() }),
    }
}

fn list(options: &[Choice], default: usize, lines: Lines) -> String {
    let mut listed = String::new();
    for (i, option) in options.iter().enumerate() {
        let mark = if i == default { word!(" (Enter takes this one)") } else { "" };
        let Label { text: label, detail } = text::option(&option.pick);
        let detail = if detail.is_empty() { detail } else { format!(": {detail}") };
        let line = format!("{}. {label}{detail}{mark}", i + 1);
        listed += &format!("  {}\n", lines.hanging(&line, 2, 5));
    }
    listed
}

fn keys(prompt: &Prompt) -> String {
    let mut keys: Vec<String> = Vec::new();
    match &prompt.kind {
        PromptKind::Text { value, check, .. } if !value.is_empty() => {
            keys.push(say!("Enter alone: as in brackets"));
            if matches!(check, Check::Any | Check::OptionalAddress) {
                keys.push(say!("-: nothing"));
            }
        }
        PromptKind::Text { .. } => {}
        PromptKind::Hidden => keys.push(say!("what you type is not shown")),
        PromptKind::Choice { .. } => keys.push(say!("type its number")),
        PromptKind::Decide { .. } => {
            keys.push(say!(
                "{yes}: do exactly this, {skip}: leave it as it is, {show}: the exact requests, \
                 {again}: read live anew, {leave}: end here",
                yes = YES,
                skip = SKIP,
                show = SHOW,
                again = AGAIN,
                leave = LEAVE
            ));
        }
    }
    if prompt.can_go_back {
        keys.push(say!("<: one question back"));
    }
    keys.push(say!("Ctrl-C: leave"));
    format!("({})", keys.join("; "))
}

/// What is said when the program was stopped and goes on under the question.
fn again(prompt: &Prompt, lines: Lines) -> String {
    format!("\r\n{}", label(prompt, lines).replace('\n', "\r\n"))
}

fn label(prompt: &Prompt, lines: Lines) -> String {
    let question = text::question(&prompt.topic);
    let label = match &prompt.kind {
        PromptKind::Text { value, .. } if !value.is_empty() => format!("{question} [{value}]"),
        PromptKind::Text { example, .. } if !example.is_empty() => {
            say!("{question} (for example {example})", question, example)
        }
        _ => question,
    };
    format!("{} ", lines.hanging(&label, 0, 0))
}

/// What was typed.
enum Typed {
    Line(Zeroizing<String>),
    /// Something that is no whole line: why.
    Unfit(Unfit),
    Escape,
    Leave,
    Withdrawn,
}

/// Reads a line key by key in raw mode, so that it can be hidden, bounded and withdrawn.
/// Echoes with nothing but characters and backspaces.
fn read_line(hidden: bool, withdrawal: &Withdrawal) -> io::Result<Typed> {
    let mut line = Zeroizing::new(String::with_capacity(LONGEST));
    let mut is_cut = false;
    let typed = loop {
        if withdrawal.is_withdrawn() {
            break Typed::Withdrawn;
        }
        if !event::poll(LOOK)? {
            continue;
        }
        let Event::Key(key) = event::read()? else { continue };
        if key.kind == KeyEventKind::Release {
            continue;
        }
        match stroke(key) {
            Stroke::Enter => break ended(line, hidden, is_cut)?,
            Stroke::Leave => break Typed::Leave,
            Stroke::Escape => break Typed::Escape,
            Stroke::Char(c) if line.len() + c.len_utf8() <= LONGEST => {
                line.push(c);
                if !hidden {
                    write(c.encode_utf8(&mut [0; 4]));
                }
            }
            Stroke::Rubout => rub_out(&mut line, 1, hidden),
            Stroke::Clear => {
                let all = line.chars().count();
                rub_out(&mut line, all, hidden);
                is_cut = false;
            }
            Stroke::Char(_) => is_cut = true,
            Stroke::Nothing => {}
        }
    };
    write("\n");
    Ok(typed)
}

/// A line that came to its end. What is pasted into a hidden line must be that
/// line alone: its next one would be shown as the answer to the next question.
fn ended(line: Zeroizing<String>, hidden: bool, is_cut: bool) -> io::Result<Typed> {
    let forgotten = if hidden { forget_typed(|| true)? } else { Forgotten::default() };
    Ok(match forgotten {
        Forgotten { leaves: true, .. } => Typed::Leave,
        Forgotten { text: true, .. } => Typed::Unfit(Unfit::SeveralLines),
        _ if is_cut => Typed::Unfit(Unfit::TooLong),
        _ => Typed::Line(line),
    })
}

fn rub_out(line: &mut Zeroizing<String>, many: usize, hidden: bool) {
    for _ in 0..many {
        let Some(c) = line.pop() else { return };
        if !hidden {
            write(&"\u{8} \u{8}".repeat(c.width().unwrap_or(0)));
        }
    }
    if line.is_empty() {
        line.zeroize();
        line.reserve(LONGEST);
    }
}

/// A key, as far as a line knows it.
enum Stroke {
    Char(char),
    Enter,
    Rubout,
    Clear,
    Escape,
    Leave,
    Nothing,
}

fn stroke(key: KeyEvent) -> Stroke {
    let control = key.modifiers.contains(KeyModifiers::CONTROL);
    match key.code {
        _ if ends_line(key) => Stroke::Enter,
        _ if leaves(key) => Stroke::Leave,
        KeyCode::Char('u') if control => Stroke::Clear,
        KeyCode::Char('h') if control => Stroke::Rubout,
        KeyCode::Char(_) if control || key.modifiers.contains(KeyModifiers::ALT) => Stroke::Nothing,
        KeyCode::Char(c) => Stroke::Char(c),
        KeyCode::Backspace => Stroke::Rubout,
        KeyCode::Esc => Stroke::Escape,
        _ => Stroke::Nothing,
    }
}
