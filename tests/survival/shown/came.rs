//! What the lab got, and whether it is what was shown.

use std::collections::VecDeque;

use immich_sso::wizard::Who;
use immich_sso_lab::host::Ran;
use serde_json::{Map, Value};

use super::{
    holes::Holes,
    wants::{Body, Command, Reads, Request, Want},
};
use crate::driver::Site;

/// How much the lab had got at a time, and what was stored then.
pub struct Mark {
    authentik: usize,
    immich: usize,
    host: usize,
    settings: Value,
    file: Option<String>,
}

/// A request as a server of the lab noted it.
#[derive(Clone, Debug)]
struct Asked {
    method: String,
    url: String,
    body: Option<Value>,
    asks: Option<String>,
}

/// What came since a [`Mark`].
pub struct Came {
    mark: Mark,
    /// All that asks for something without changing anything.
    reads: Vec<Asked>,
    authentik: VecDeque<Asked>,
    immich: VecDeque<Asked>,
    commands: VecDeque<Ran>,
}

impl Mark {
    pub fn at(site: &Site) -> Self {
        Self {
            authentik: site.lab.authentik.requests().len(),
            immich: site.lab.immich.requests().len(),
            host: site.lab.host.commands().len(),
            settings: site.lab.immich.settings().unwrap_or_default(),
            file: site
                .lab
                .immich
                .storage()
                .file()
                .map(|path| std::fs::read_to_string(path).unwrap()),
        }
    }
}

/// Whether a command changes nothing.
fn is_read(ran: &Ran) -> bool {
    let input = String::from_utf8_lossy(&ran.input);
    let is_one_of = |parts: &[&str]| parts.iter().any(|part| ran.command.contains(part));
    let looks =
        is_one_of(&[" docker ps ", " docker inspect ", " docker version ", " logs --no-color "]);
    let selects = ran.command.contains(" psql ")
        && input.starts_with("SELECT ")
        && !["INSERT ", "UPDATE ", "DELETE "].iter().any(|word| input.contains(word));
    let looks_at_files = ran.command.contains(" sh -c ") && !is_one_of(&["mv -f", "rm -f"])
        || ran.command.ends_with(" look");
    looks || selects || looks_at_files
}

impl Came {
    /// All that came since.
    pub fn since(mark: Mark, site: &Site) -> Self {
        let (authentik, immich) = (&site.lab.authentik, &site.lab.immich);
        let mut came = Self {
            reads: Vec::new(),
            authentik: VecDeque::new(),
            immich: VecDeque::new(),
            commands: site.lab.host.commands().split_off(mark.host).into(),
            mark,
        };
        came.commands.retain(|ran| !is_read(ran));
        for seen in authentik.requests().split_off(came.mark.authentik) {
            let changes = seen.is_mutation();
            let url = format!("{}{}", authentik.url(), seen.path);
            let asked = Asked { method: seen.method, url, body: seen.body, asks: seen.asks };
            if changes { came.authentik.push_back(asked) } else { came.reads.push(asked) }
        }
        for seen in immich.requests().split_off(came.mark.immich) {
            let changes = seen.changes();
            let url = format!("{}{}", immich.url(), seen.path);
            let asked = Asked { method: seen.method, url, body: seen.body, asks: seen.asks };
            if changes { came.immich.push_back(asked) } else { came.reads.push(asked) }
        }
        came
    }

    /// Whether nothing came that changes something.
    ///
    /// # Errors
    /// Says what came.
    pub fn is_nothing(&self) -> Result<(), String> {
        if self.authentik.is_empty() && self.immich.is_empty() && self.commands.is_empty() {
            return Ok(());
        }
        let (one, other) = (&self.authentik, &self.immich);
        Err(format!("nobody was shown {one:#?} {other:#?} {:#?}", self.commands))
    }

    /// Takes what was shown off what came.
    ///
    /// # Errors
    /// Says what is not as it was shown.
    pub fn take(&mut self, want: &Want, holes: &mut Holes) -> Result<(), String> {
        match want {
            Want::Request(request) => self.take_request(request, holes),
            Want::Command(command) => self.take_command(command, holes),
        }
    }

    fn take_request(&mut self, want: &Request, holes: &mut Holes) -> Result<(), String> {
        if want.method == "GET" {
            // Others may read the same for themselves.
            let mut reads = self.reads.iter().filter(|asked| asked.method == "GET");
            let came =
                reads.any(|asked| goes_to(want, asked, holes) && is_asked_by(want, asked).is_ok());
            return if came { Ok(()) } else { Err(format!("it was not read: {want:?}")) };
        }
        let of_authentik = self.authentik.front().is_some_and(|asked| goes_to(want, asked, holes));
        let queue = if of_authentik { &mut self.authentik } else { &mut self.immich };
        let fits = |asked: &Asked, holes: &mut Holes| {
            asked.method == want.method && goes_to(want, asked, holes)
        };
        let Some(asked) = queue.pop_front_if(|asked| fits(asked, holes)) else {
            if want.may_be_left_out {
                return Ok(());
            }
            return Err(format!("shown {want:#?}, came {:#?} {:#?}", self.authentik, self.immich));
        };
        is_asked_by(want, &asked)?;
        match (&want.body, &asked.body) {
            (Body::Nothing, None) => {}
            (Body::Json(body), Some(came)) => holes.json(body, came)?,
            (Body::Settings(fields), Some(came)) => {
                is_replaced(&self.mark.settings, came, fields, &[], holes)?;
            }
            (body, came) => return Err(format!("shown {body:?}, came {came:?}")),
        }
        // Refused, it is sent once more without what is not known there.
        let again = queue.pop_front_if(|again| !want.without.is_empty() && fits(again, holes));
        match again {
            Some(again) => is_without(&asked, &again, &want.without),
            None => Ok(()),
        }
    }

    fn take_command(&mut self, want: &Command, holes: &mut Holes) -> Result<(), String> {
        let is_it = |ran: &Ran, holes: &mut Holes| {
            let line = holes.text(&want.line, &ran.command);
            let other = want.other.as_ref().map(|other| holes.text(other, &ran.command));
            line.or_else(|why| other.unwrap_or(Err(why)))
        };
        if want.any_number {
            while self.commands.front().is_some_and(|ran| is_it(ran, holes).is_ok()) {
                self.commands.pop_front();
            }
            return Ok(());
        }
        let ran = self.commands.pop_front().ok_or_else(|| format!("did not come: {want:#?}"))?;
        let input = String::from_utf8(ran.input.clone()).unwrap();
        let text = input.strip_suffix(&want.word);
        let text = text.ok_or_else(|| format!("shown {:?}, came {input:?}", want.word))?;
        holes.measures(text.len());
        is_it(&ran, holes)?;
        match &want.reads {
            Reads::Nothing if text.is_empty() => Ok(()),
            Reads::Nothing => Err(format!("nothing is shown, came {text:?}")),
            Reads::Text(shown) => holes.text(shown, text),
            Reads::File { fields, gone } => {
                let before = yaml(self.mark.file.as_deref().unwrap_or_default())?;
                is_replaced(&before, &yaml(text)?, fields, gone, holes)
            }
        }
    }
}

fn goes_to(want: &Request, asked: &Asked, holes: &mut Holes) -> bool {
    let mut filled = holes.clone();
    if filled.text(&want.url, &asked.url).is_ok() {
        *holes = filled;
        return true;
    }
    want.or_at.as_ref() == Some(&asked.url)
}

/// Whether somebody asked as was shown.
fn is_asked_by(want: &Request, asked: &Asked) -> Result<(), String> {
    let begins = match want.who {
        // What is only read says not always who asks.
        None if want.method == "GET" => "",
        None => return Err(format!("who asks is not shown: {want:?}")),
        Some(Who::Token | Who::Session) => "authorization: Bearer ",
        Some(Who::Cookies) => "cookie: ",
        Some(Who::Key) => "x-api-key: ",
    };
    let asks = asked.asks.as_deref().unwrap_or_default();
    if asks.starts_with(begins) { Ok(()) } else { Err(format!("{:?} asks by {asks}", want.who)) }
}

/// Whether the second request is the first without some permissions.
fn is_without(asked: &Asked, again: &Asked, names: &[String]) -> Result<(), String> {
    let mut first = asked.body.clone().unwrap_or_default();
    if let Some(all) = first["permissions"].as_array_mut() {
        all.retain(|name| !names.iter().any(|gone| name == gone));
    }
    if Some(&first) == again.body.as_ref() {
        return Ok(());
    }
    Err(format!("{asked:?} without {names:?} is not {again:?}"))
}

/// Whether settings are as they were but for these fields of the oauth block.
fn is_replaced(
    before: &Value,
    after: &Value,
    fields: &immich_sso::net::Template,
    gone: &[String],
    holes: &mut Holes,
) -> Result<(), String> {
    let block = |value: &Value| value["oauth"].as_object().cloned().unwrap_or_default();
    let shown: Value = serde_json::from_str(&fields.shown(|_| String::new())).unwrap();
    let shown = shown.as_object().unwrap().clone();
    let ours: Map<String, Value> = shown
        .keys()
        .filter_map(|key| Some((key.clone(), block(after).get(key)?.clone())))
        .collect();
    holes.json(fields, &Value::Object(ours))?;
    if let Some(key) = gone.iter().find(|key| block(after).contains_key(*key)) {
        return Err(format!("{key} is not gone"));
    }
    let others = |value: &Value| {
        let mut value = value.clone();
        let mut rest = block(&value);
        rest.retain(|key, _| !shown.contains_key(key) && !gone.contains(key));
        if let Some(all) = value.as_object_mut() {
            all.remove("oauth");
        }
        (value, rest)
    };
    let (one, other) = (others(before), others(after));
    if one == other { Ok(()) } else { Err(format!("others were {one:?}, and are {other:?}")) }
}

fn yaml(text: &str) -> Result<Value, String> {
    serde_saphyr::from_str(text).map_err(|why| format!("{why}: {text}"))
}
