//! Which values in authentik are this program's, by the journal.

use super::{
    Entry,
    effect::Effect,
    record::{self, Begun},
};

/// Whether this program set that field of an object, and that was not undone.
pub(super) fn is_ours(history: &[Entry], object: Object<'_>, key: &str) -> bool {
    let sets = |begun: &Begun<'_>| match (object, begun.value()) {
        (Object::Provider(pk), Some(Effect::CreateProvider { fields })) => {
            begun.made() == Some(pk) && fields.contains_key(key)
        }
        (Object::Provider(pk), Some(Effect::ChangeProvider { provider, fields, .. })) => {
            provider == pk && fields.contains_key(key)
        }
        (Object::Application(slug), Some(Effect::CreateApplication { fields, .. })) => {
            fields.get("slug").is_some_and(|made| made == slug) && fields.contains_key(key)
        }
        (Object::Application(of), Some(Effect::ChangeApplication { slug, fields, .. })) => {
            slug == of && fields.contains_key(key)
        }
        _ => false,
    };
    let stands = |begun: &Begun<'_>| begun.is_done() && begun.taken_back.is_none();
    record::begun(history).iter().any(|begun| stands(begun) && sets(begun))
}

/// An object of authentik's.
#[derive(Clone, Copy)]
pub(super) enum Object<'a> {
    /// The provider of that primary key.
    Provider(i64),
    /// The application of that slug.
    Application(&'a str),
}
