//! What a run says of a site when it begins.

use crate::wizard::OpeningNote;

/// Something to know about a site.
pub(super) fn note(note: &OpeningNote) -> String {
    match note {
        OpeningNote::AnotherAddress { system, then, now } => {
            say!("{system}'s address: {then} last time, {now} now.", system, then, now)
        }
        OpeningNote::AnotherRelease { system, then, now } => {
            say!("{system}'s release: {then} last time, {now} now.", system, then, now)
        }
        OpeningNote::AnotherRoute { then, now } => {
            say!("The way to Immich's settings: {then} last time, {now} now.", then, now)
        }
        OpeningNote::ProviderGone { number } => say!(
            "authentik has no provider for Immich any more (it was number {number}): it was \
             rebuilt, or somebody deleted it. It is made again with the same client id and the \
             client secret that is kept here.",
            number
        ),
        OpeningNote::AnotherProvider { then, now } => say!(
            "authentik has another provider than last time: number {now} instead of {then}.",
            now,
            then
        ),
        OpeningNote::ApplicationGone { slug } => say!(
            "authentik has no application `{slug}` any more. It is made again under the same slug, \
             so that the issuer stays what it was.",
            slug
        ),
        OpeningNote::AnotherSigningKey => {
            say!("authentik signs tokens with another key than last time.")
        }
        OpeningNote::SettingsGone => say!(
            "Immich has no OAuth settings any more: it was rebuilt, or somebody reset them. They \
             are written again with the client secret that is kept here."
        ),
        OpeningNote::OlderSecret { system, held, ours } => say!(
            "{system} holds a client secret that was in use before ({held}): it seems to come from \
             an older backup. The present one ({ours}) is set again.",
            system,
            held,
            ours
        ),
        OpeningNote::ForeignSecret { system, held, ours } => say!(
            "{system} holds a client secret that is not ours ({held}). Ours ({ours}) is set again, \
             and that one is kept as the previous one.",
            system,
            held,
            ours
        ),
        OpeningNote::Blocked(fault) => {
            say!("{system}: {answer}.", system = fault.system, answer = &fault.answer)
        }
        OpeningNote::Value { key, value } => format!("{}: {value}", key.name()),
        OpeningNote::HandMade(site) => site.to_string(),
    }
}
