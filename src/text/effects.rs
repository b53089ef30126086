//! What effects do, what they send, and how they are undone.

use crate::{
    immich::RouteKind,
    net::{Hole, Template},
    wizard::{Exact, Place, UndoWay, Who, effect::Effect},
};

/// What an effect does, as an imperative.
#[must_use]
pub fn effect(effect: &Effect) -> String {
    effect.to_string()
}

/// Exactly what an effect sends and keeps, in lines.
#[must_use]
pub fn exact(parts: &[Exact]) -> String {
    parts.iter().map(part).collect::<Vec<_>>().join("\n")
}

fn part(part: &Exact) -> String {
    match part {
        Exact::Request { method, url } => format!("{method} {}", template(url)),
        Exact::OrAt(url) => {
            say!("or, where this release does not know that address, to {url}", url)
        }
        Exact::Asks(who) => asks(*who),
        Exact::Body(body) => format!("Content-Type: application/json\n\n{}", template(body)),
        Exact::Settings(fields) => {
            let replaced = say!(
                "all that the GET returned, as it came, with these fields replaced in \"oauth\":"
            );
            format!("Content-Type: application/json\n\n{replaced}\n{}", template(fields))
        }
        Exact::IfTokenEnds => {
            say!("and, only if authentik lets the token end all the same:")
        }
        Exact::BringsSecret => format!("client_secret: {DOTS}"),
        Exact::OrWithout(names) => {
            let names = names.join(", ");
            say!("and, where this release refuses {names} with 400, the same without", names)
        }
        Exact::RandomSecret => {
            say!("128 characters out of A-Z a-z 0-9 from this machine's random source")
        }
        Exact::Forget => say!("forget it"),
        Exact::Kept(place) => kept(place),
        Exact::SecretOf(place) => say!("the secret {place}", place = kept(place)),
        Exact::NothingIn(place) => say!("no more {place}", place = kept(place)),
        Exact::CurrentSecret => say!("the current secret"),
        Exact::PendingSecret => say!("the pending secret"),
        Exact::NothingPending => say!("and then no more as client-secret-pending"),
        Exact::DatabaseOverSsh => say!("over SSH, in Immich's database"),
        Exact::Unknown(fault) => fault.to_string(),
        Exact::Blank => String::new(),
        Exact::Command(_)
        | Exact::WithoutCompose
        | Exact::ByHand(_)
        | Exact::Input(_)
        | Exact::Beforehand
        | Exact::AtSwitch
        | Exact::Word(_)
        | Exact::InFile { .. }
        | Exact::FileBeforehand
        | Exact::FileAtWord
        | Exact::CopyKept { .. }
        | Exact::CopyForgotten(_) => on_host(part),
    }
}

/// What is sent to the host.
fn on_host(part: &Exact) -> String {
    match part {
        Exact::Command(command) => template(command),
        Exact::WithoutCompose => say!("or, where Docker has no `compose` of its own:"),
        Exact::ByHand(command) => say!(
            "Nothing is sent. You run on the Immich host:\n{command}",
            command = template(command)
        ),
        Exact::Input(text) => line(&template(text)),
        Exact::Beforehand => say!("beforehand:"),
        Exact::AtSwitch => say!("and at the moment of the switch:"),
        Exact::Word(word) => line(word),
        Exact::InFile { fields, gone } => {
            let gone = if gone.is_empty() {
                String::new()
            } else {
                say!("\nand without these: {keys}", keys = gone.join(", "))
            };
            say!(
                "On the host, in the file that IMMICH_CONFIG_FILE names, as the container's mounts lead to it:\n\
                 these fields of \"oauth\", all else as it stands:\n{fields}{gone}",
                fields = template(fields),
                gone
            )
        }
        Exact::FileBeforehand => {
            say!("The new file is brought to the disk beside the old one beforehand:")
        }
        Exact::FileAtWord => say!("and takes its place at the word"),
        Exact::CopyKept { name, forget } => say!(
            "One copy of the old text is kept beside it, closed to others: {file}\n\
             Undo deletes it, and so does `{us} access remove`:\n{command}",
            file = template(name),
            command = template(forget),
            us = crate::say::us()
        ),
        Exact::CopyForgotten(forget) => say!(
            "The copy of the old text is then deleted, unless another run needs it:\n{command}",
            command = template(forget)
        ),
        _ => String::new(),
    }
}

/// The lines of a text without the end of the last.
fn line(text: &str) -> String {
    text.strip_suffix('\n').unwrap_or(text).to_owned()
}

fn asks(who: Who) -> String {
    match who {
        Who::Token => format!("Authorization: Bearer {DOTS}"),
        Who::Cookies => say!("Cookie: the session that you signed in with"),
        Who::Key => format!("x-api-key: {DOTS}"),
        Who::Session => say!("Authorization: Bearer (the session that you signed in with)"),
    }
}

/// What stands for a secret.
const DOTS: &str = "••••••••";

/// A text that is sent, with its holes as such.
#[must_use]
pub fn template(template: &Template) -> String {
    template.shown(hole)
}

/// What stands for what is not known yet, or not to be seen.
fn hole(hole: &Hole) -> String {
    match hole {
        Hole::Secret(_) => DOTS.into(),
        Hole::Provider { client_id } => {
            say!("the number of the provider with the client id {client_id}", client_id)
        }
        Hole::Account => "{account}".into(),
        Hole::Role => "{role}".into(),
        Hole::TokenUser => "{user}".into(),
        Hole::MarkBegin | Hole::MarkEnd | Hole::Tag => say!("(random)"),
        Hole::ConfigFile => say!("(the file)"),
        Hole::CopyName => say!("(.immich-sso-kept, or nothing where that copy is there already)"),
        Hole::Checksum => say!("(its checksum)"),
        Hole::Length => say!("(its length)"),
        Hole::MoveOrWithin => say!("(move, or within where the file itself is mounted)"),
    }
}

fn kept(place: &Place) -> String {
    let Place { entry, store } = place;
    say!("kept as {entry} in {store}", entry, store)
}

/// How an effect is undone, or why it is not.
#[must_use]
pub fn undo_way(way: UndoWay) -> String {
    match way {
        UndoWay::ForgetSecret => say!("Forget the entry in the secret store."),
        UndoWay::KeepSecret => say!(
            "Not needed: nothing is lost by keeping it. `{us} secret forget` removes it.",
            us = crate::say::us()
        ),
        UndoWay::DeleteProvider => say!("Delete this provider in authentik."),
        UndoWay::DeleteApplication => say!("Delete this application in authentik."),
        UndoWay::RestoreProvider { secret, grant_types_stay } => {
            provider_back(secret, grant_types_stay)
        }
        UndoWay::RestoreApplication => fields_back(),
        UndoWay::RestoreSettings(route) => settings_back(route),
        UndoWay::Relink => say!("Link the accounts as the journal says they were."),
        UndoWay::SetUpAgain => say!("Run the wizard again: it sets up anew what was taken back."),
        UndoWay::StayRestarted => say!("None: a restart cannot be taken back, and need not be."),
        UndoWay::EndWithRun => say!("It is deleted at the end of this run."),
        UndoWay::RemoveAccess => say!(
            "`{us} access remove` removes it. So does `{us} undo`, once nothing else of \
             this program is left.",
            us = crate::say::us()
        ),
        UndoWay::ForgetPending => say!("Forget the pending entry in the secret store."),
        UndoWay::SwitchBack => say!(
            "Set it back to the secret that it has now. This happens by itself, on both sides, when \
             either write or the test after it fails."
        ),
        UndoWay::RotateBack => say!(
            "`{us} rotate --back` brings the previous secret back the same way: it stays in \
             the secret store until you forget it.",
            us = crate::say::us()
        ),
        UndoWay::StayForgotten => say!("Not needed: no login depends on this entry."),
        UndoWay::StayRevoked => {
            say!("None: a token that is revoked stays so. Whoever needs one logs in again.")
        }
        UndoWay::StayDeleted => say!("None, and none is needed: the new one is in use."),
    }
}

fn provider_back(secret: bool, grant_types_stay: bool) -> String {
    let back = if secret {
        say!(
            "Set the fields back to the values in the journal, and the secret to the one kept as \
             previous."
        )
    } else {
        fields_back()
    };
    if !grant_types_stay {
        return back;
    }
    say!("{back} The grant types stay: authentik does not accept an empty list.", back)
}

fn settings_back(route: RouteKind) -> String {
    match route {
        RouteKind::Api => say!(
            "Write the old values back: fields from the journal, a secret from the secret store. \
             Settings are then in effect as before; where Immich had no settings row, an empty one \
             (`{empty}`) stays.",
            empty = "{}"
        ),
        RouteKind::Database => say!(
            "Write the old values back: fields from the journal, a secret from the secret store. \
             The row is then as before to the byte, but for what others change."
        ),
        RouteKind::ConfigFile => say!(
            "Put the old values back: fields from the journal, a secret from the secret store. The \
             file is then as before to the byte, but for what others change."
        ),
    }
}

fn fields_back() -> String {
    say!("Set the fields back to the values in the journal.")
}
