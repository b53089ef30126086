//! What a site is to this program: new, set up by somebody else, or set up by
//! this program. It is decided from the site and from what the journal says
//! was done to it. Access that was given or made is no history of a site.

use super::{
    FieldId, ProviderField, SettingsField,
    effect::{Effect, RotationEffect},
    journal::Entry,
    memory::{Memory, Saw},
    record::{self, Begun},
};

/// What a site is to this program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// Nothing of it is there yet.
    New,
    /// Somebody set it up, or a part of it, without this program.
    HandMade,
    /// This program set it up, or agreed with what is there.
    Known,
}

/// What is known from before this run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Past {
    /// Nothing that is about the site.
    Nothing,
    /// An earlier run found both sides as its profile said.
    Agreed,
    /// This program changed the site, and that stands.
    Changed,
    /// This program changed the site, and all of that was undone.
    Undone,
}

/// What a site shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// Neither side knows the other.
    Nothing,
    /// authentik has a provider that the profile names; Immich does not use it.
    Provider,
    /// Immich's client is a provider of this authentik.
    Login,
}

impl Past {
    /// What the journal and the memory of the last run say.
    pub(super) fn of(entries: &[Entry], memory: Option<&Memory>) -> Self {
        let all = record::begun(entries);
        let mut ours = all.iter().filter(|begun| begun.is_done() && alters_site(begun)).peekable();
        if ours.peek().is_some() {
            let stands = ours.any(|begun| begun.taken_back.is_none());
            return if stands { Self::Changed } else { Self::Undone };
        }
        let both = [
            FieldId::Provider(ProviderField::ClientId),
            FieldId::Settings(SettingsField::ClientId),
        ];
        let has_agreed = |saw: &Saw| {
            both.iter().all(|id| id.id().is_some_and(|id| saw.agreed.contains_key(&id)))
        };
        let agreed = memory.is_some_and(|memory| has_agreed(&memory.saw));
        if agreed { Self::Agreed } else { Self::Nothing }
    }
}

impl Standing {
    /// What a site is, by what is known of it and by what it shows.
    pub(super) const fn of(past: Past, found: Found) -> Self {
        match (past, found) {
            (Past::Changed | Past::Agreed, _) => Self::Known,
            (Past::Nothing | Past::Undone, Found::Nothing) => Self::New,
            (Past::Nothing | Past::Undone, Found::Provider | Found::Login) => Self::HandMade,
        }
    }
}

/// Whether an effect is about the site itself, and not about this program's own
/// access, its secret store, or a restart.
fn alters_site(begun: &Begun<'_>) -> bool {
    match begun.value() {
        Some(
            Effect::AdoptSecret { .. }
            | Effect::CreateProvider { .. }
            | Effect::ChangeProvider { .. }
            | Effect::CreateApplication { .. }
            | Effect::ChangeApplication { .. }
            | Effect::WriteSettings { .. },
        ) => true,
        Some(Effect::Rotation(effect)) => matches!(
            effect,
            RotationEffect::SwitchAuthentik { .. } | RotationEffect::SwitchImmich { .. }
        ),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use serde_json::json;

    use super::*;
    use crate::authentik::{TokenLife, TokenOwner, TokenPart};
    use crate::wizard::{
        FieldValue, Outcome, Record, Seq,
        effect::{Fields, Inverse},
        memory::Saw,
    };

    /// A journal in which these effects were done.
    fn journal(effects: Vec<Effect>) -> Vec<Entry> {
        let at = Timestamp::UNIX_EPOCH;
        let mut entries = Vec::new();
        for effect in effects {
            let effect = record::record(&effect, None).unwrap();
            let seq = entries.len() as u64 + 1;
            let begin = Record::Begin { run: "one".into(), set_up: None, effect };
            entries.push(Entry { seq: Seq(seq), at, record: begin });
            let outcome = Outcome::Done { evidence: json!("done") };
            let end = Record::End { of: Seq(seq), outcome };
            entries.push(Entry { seq: Seq(seq + 1), at, record: end });
        }
        entries
    }

    fn access() -> Vec<Effect> {
        let (name, permissions) = ("immich-sso-here".to_owned(), Vec::new());
        vec![
            Effect::MakeToken {
                token: TokenPart {
                    identifier: name.clone(),
                    owner: TokenOwner::default(),
                    life: TokenLife::default(),
                },
                replaces: None,
            },
            Effect::MakeKey {
                name: name.clone(),
                permissions,
                optional: Vec::new(),
                replaces: None,
            },
            Effect::Rotation(RotationEffect::DeleteToken { identifier: name.clone(), pk: None }),
            Effect::Rotation(RotationEffect::DeleteKey { id: name.clone(), name }),
            Effect::GenerateSecret,
        ]
    }

    const CLIENT_IDS: [FieldId; 2] =
        [FieldId::Provider(ProviderField::ClientId), FieldId::Settings(SettingsField::ClientId)];

    fn memory(fields: &[FieldId]) -> Memory {
        let value = FieldValue::Text("immich".into());
        let agreed = fields.iter().filter_map(FieldId::id).map(|id| (id, value.clone())).collect();
        Memory::new(Timestamp::UNIX_EPOCH, Saw { agreed, ..Saw::default() })
    }

    #[test]
    fn access_is_no_history_of_a_site() {
        assert_eq!(Past::of(&journal(access()), None), Past::Nothing);
        let mut effects = access();
        effects.push(Effect::CreateProvider { fields: Fields::new() });
        assert_eq!(Past::of(&journal(effects), None), Past::Changed);
    }

    #[test]
    fn what_was_undone_is_no_history_either() {
        let mut effects = vec![Effect::AdoptSecret { provider: 1, fingerprint: "ab12".into() }];
        let inverse = Inverse::ForgetSecret { fingerprint: "ab12".into(), entries: Vec::new() };
        effects.push(Effect::TakeBack { of: Seq(1), inverse });
        assert_eq!(Past::of(&journal(effects), Some(&memory(&CLIENT_IDS))), Past::Undone);
    }

    #[test]
    fn a_memory_counts_where_both_sides_agreed() {
        assert_eq!(Past::of(&[], Some(&memory(&CLIENT_IDS))), Past::Agreed);
        assert_eq!(Past::of(&[], Some(&memory(&CLIENT_IDS[..1]))), Past::Nothing);
        assert_eq!(Past::of(&[], None), Past::Nothing);
    }

    #[test]
    fn the_site_decides_where_nothing_is_known_of_it() {
        for past in [Past::Nothing, Past::Undone] {
            assert_eq!(Standing::of(past, Found::Nothing), Standing::New);
            assert_eq!(Standing::of(past, Found::Provider), Standing::HandMade);
            assert_eq!(Standing::of(past, Found::Login), Standing::HandMade);
        }
        for past in [Past::Agreed, Past::Changed] {
            for found in [Found::Nothing, Found::Provider, Found::Login] {
                assert_eq!(Standing::of(past, found), Standing::Known);
            }
        }
    }
}
