//! What a detail view says will be sent, taken apart by its types.

use immich_sso::{
    net::Template,
    wizard::{Exact, Who},
};

/// One thing that will be sent.
#[derive(Debug)]
pub enum Want {
    Request(Request),
    Command(Command),
}

/// A request.
#[derive(Debug)]
pub struct Request {
    pub method: String,
    pub url: Template,
    /// Where it goes in other releases.
    pub or_at: Option<String>,
    pub who: Option<Who>,
    pub body: Body,
    /// Whether it depends on an answer that it is sent at all.
    pub may_be_left_out: bool,
    /// What is left out of it where the first is refused.
    pub without: Vec<String>,
}

/// What a request carries.
#[derive(Debug)]
pub enum Body {
    Nothing,
    Json(Template),
    /// All settings, these fields replaced.
    Settings(Template),
}

/// A command on the host.
#[derive(Debug)]
pub struct Command {
    pub line: Template,
    /// The same where Docker has no `compose` of its own.
    pub other: Option<Template>,
    pub reads: Reads,
    /// What it is told when it has everything.
    pub word: String,
    /// Whether it depends on an answer how often it is sent.
    pub any_number: bool,
}

/// What a command reads.
#[derive(Debug)]
pub enum Reads {
    Nothing,
    Text(Template),
    /// The new text of the config file.
    File {
        fields: Template,
        gone: Vec<String>,
    },
}

/// Takes a view apart.
pub fn wants(view: &[Exact]) -> Vec<Want> {
    let mut apart = Apart::default();
    for part in view {
        apart.takes(part);
    }
    apart.all
}

#[derive(Default)]
struct Apart {
    all: Vec<Want>,
    /// What was said of the next request or command.
    if_asked: bool,
    without_compose: bool,
    file: Option<Reads>,
}

impl Apart {
    fn takes(&mut self, part: &Exact) {
        let all = &mut self.all;
        match part {
            Exact::IfTokenEnds => self.if_asked = true,
            Exact::Request { method, url } => all.push(Want::Request(Request {
                method: method.clone(),
                url: url.clone(),
                or_at: None,
                who: None,
                body: Body::Nothing,
                may_be_left_out: std::mem::take(&mut self.if_asked),
                without: Vec::new(),
            })),
            Exact::OrAt(url) => request(all).or_at = Some(url.clone()),
            Exact::Asks(who) => asks(all, *who),
            Exact::Body(body) => request(all).body = Body::Json(body.clone()),
            Exact::Settings(fields) => request(all).body = Body::Settings(fields.clone()),
            Exact::OrWithout(names) => request(all).without.clone_from(names),
            Exact::WithoutCompose => self.without_compose = true,
            Exact::Command(line) if std::mem::take(&mut self.without_compose) => {
                command(all).other = Some(line.clone());
            }
            Exact::Command(line) => {
                let reads = self.file.take().unwrap_or(Reads::Nothing);
                all.push(Want::Command(run(line, reads, false)));
            }
            Exact::InFile { fields, gone } => {
                self.file = Some(Reads::File { fields: fields.clone(), gone: gone.clone() });
            }
            Exact::Input(text) => command(all).reads = Reads::Text(text.clone()),
            Exact::Word(word) => command(all).word.clone_from(word),
            Exact::CopyForgotten(line) => {
                all.push(Want::Command(run(line, Reads::Nothing, true)));
            }
            other => sends_nothing(other),
        }
    }
}

/// Who asks stands once below several lines, for each of them.
fn asks(all: &mut [Want], who: Who) {
    for want in all.iter_mut().rev() {
        match want {
            Want::Request(request) if request.who.is_none() => request.who = Some(who),
            _ => break,
        }
    }
}

/// What is none of the parts that say what is sent.
fn sends_nothing(part: &Exact) {
    match part {
        Exact::BringsSecret
        | Exact::ByHand(_)
        | Exact::Beforehand
        | Exact::AtSwitch
        | Exact::FileBeforehand
        | Exact::FileAtWord
        | Exact::CopyKept { .. }
        | Exact::Blank
        | Exact::RandomSecret
        | Exact::Forget
        | Exact::Kept(_)
        | Exact::SecretOf(_)
        | Exact::NothingIn(_)
        | Exact::CurrentSecret
        | Exact::PendingSecret
        | Exact::NothingPending => {}
        other => panic!("what is sent is not known: {other:?}"),
    }
}

fn run(line: &Template, reads: Reads, any_number: bool) -> Command {
    Command { line: line.clone(), other: None, reads, word: String::new(), any_number }
}

fn request(all: &mut [Want]) -> &mut Request {
    match all.last_mut() {
        Some(Want::Request(request)) => request,
        other => panic!("no request, but {other:?}"),
    }
}

fn command(all: &mut [Want]) -> &mut Command {
    match all.last_mut() {
        Some(Want::Command(command)) => command,
        other => panic!("no command, but {other:?}"),
    }
}
