//! One effect of a plan, and exactly what it sends.

use crate::{
    net::Template,
    site::{
        Fault,
        harmless::{Each, Shape::Lines},
    },
    wizard::effect::Effect,
};

/// One effect of a plan. [`crate::text::effect`] says what it does, and
/// [`crate::text::undo_way`] how it is undone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EffectView {
    /// The effect.
    pub effect: Effect,
    /// Exactly what it sends; [`crate::text::exact`] says it.
    pub exact: Vec<Exact>,
}

/// A part of what an effect sends or keeps, of lines of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Exact {
    /// A request.
    Request {
        /// `POST` and the like.
        method: String,
        /// The address.
        url: Template,
    },
    /// Where the request goes in releases that do not know its address.
    OrAt(String),
    /// Who asks in the request before.
    Asks(Who),
    /// The body of the request before.
    Body(Template),
    /// The same: all settings as they came, with these fields replaced.
    Settings(Template),
    /// The next request is sent only if the new token ends by itself.
    IfTokenEnds,
    /// The answer brings the client secret.
    BringsSecret,
    /// The same request without these permissions, where they are not known.
    OrWithout(Vec<String>),
    /// A command on the host.
    Command(Template),
    /// The next command is sent where Docker has no `compose` of its own.
    WithoutCompose,
    /// Nothing is sent: the operator runs this.
    ByHand(Template),
    /// What the command before reads.
    Input(Template),
    /// The next input is read before the switch.
    Beforehand,
    /// The next word is told at the switch.
    AtSwitch,
    /// What the command is told.
    Word(String),
    /// The command before reads the new text of Immich's config file.
    InFile {
        /// What is set in it.
        fields: Template,
        /// What is taken out of it.
        gone: Vec<String>,
    },
    /// The next command brings the new file to the disk before the switch.
    FileBeforehand,
    /// The new file takes its place at the next word.
    FileAtWord,
    /// A copy of the old text is kept.
    CopyKept {
        /// Its name.
        name: Template,
        /// The command that deletes it later.
        forget: Template,
    },
    /// The command that deletes the copy of the old text, where nothing needs it
    /// any more.
    CopyForgotten(Template),
    /// Nothing, between two of these.
    Blank,
    /// A secret is made of random characters.
    RandomSecret,
    /// An entry is forgotten.
    Forget,
    /// The secret is kept there.
    Kept(Place),
    /// The secret that is kept there is taken.
    SecretOf(Place),
    /// Nothing is kept there any more.
    NothingIn(Place),
    /// The current secret is taken.
    CurrentSecret,
    /// The pending secret is taken.
    PendingSecret,
    /// Nothing is pending any more.
    NothingPending,
    /// It goes to Immich's database, which is not reached yet.
    DatabaseOverSsh,
    /// What will be sent is not known.
    Unknown(Fault),
}

/// Who asks in a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// The owner of authentik's API token.
    Token,
    /// Whoever signed in at authentik.
    Cookies,
    /// The owner of Immich's API key.
    Key,
    /// Whoever signed in at Immich.
    Session,
}

/// A place in the secret store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The entry.
    pub entry: String,
    /// The store.
    pub store: String,
}

impl EffectView {
    /// Does something with every text that came from outside.
    pub(super) fn each_text(&mut self, each: Each<'_>) {
        let Self { effect, exact } = self;
        effect.each_text(each);
        for part in exact {
            part.each_text(each);
        }
    }
}

impl Exact {
    fn each_text(&mut self, each: Each<'_>) {
        match self {
            Self::Request { method: _, url: template }
            | Self::Body(template)
            | Self::Settings(template)
            | Self::Command(template)
            | Self::ByHand(template)
            | Self::Input(template)
            | Self::CopyForgotten(template) => of_template(template, each),
            Self::InFile { fields, gone } => {
                of_template(fields, each);
                for name in gone {
                    each(name, Lines);
                }
            }
            Self::CopyKept { name, forget } => {
                of_template(name, each);
                of_template(forget, each);
            }
            Self::OrAt(text) | Self::Word(text) => each(text, Lines),
            Self::OrWithout(names) => {
                for name in names {
                    each(name, Lines);
                }
            }
            Self::Kept(place) | Self::SecretOf(place) | Self::NothingIn(place) => {
                let Place { entry, store } = place;
                each(entry, Lines);
                each(store, Lines);
            }
            Self::Unknown(fault) => fault.each_text(each),
            Self::Asks(_)
            | Self::IfTokenEnds
            | Self::BringsSecret
            | Self::WithoutCompose
            | Self::Beforehand
            | Self::AtSwitch
            | Self::FileBeforehand
            | Self::FileAtWord
            | Self::Blank
            | Self::RandomSecret
            | Self::Forget
            | Self::CurrentSecret
            | Self::PendingSecret
            | Self::NothingPending
            | Self::DatabaseOverSsh => {}
        }
    }
}

fn of_template(template: &mut Template, each: Each<'_>) {
    for text in template.texts_mut() {
        each(text, Lines);
    }
}
