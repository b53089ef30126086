//! One effect of a plan, and exactly what it sends.

use crate::{
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

/// A part of what an effect sends or keeps, of lines of its own. Secrets are
/// dots in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Exact {
    /// As it is sent: of a request, a statement or a command.
    Sent(String),
    /// The cookie of the session in which a request is sent.
    Session,
    /// A body that has the number of a provider which is found by its client id.
    BodyWithProvider {
        /// What stands before that number.
        before: String,
        /// The client id.
        client_id: String,
        /// What stands after it.
        after: String,
    },
    /// The same request without these permissions, where they are not known.
    OrWithout(Vec<String>),
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
            Self::Sent(text) => each(text, Lines),
            Self::BodyWithProvider { before, client_id, after } => {
                for text in [before, client_id, after] {
                    each(text, Lines);
                }
            }
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
            Self::Session
            | Self::RandomSecret
            | Self::Forget
            | Self::CurrentSecret
            | Self::PendingSecret
            | Self::NothingPending
            | Self::DatabaseOverSsh => {}
        }
    }
}
