//! The exact request, statement or command of an effect: what it sends as a
//! value, with its holes.

use super::effect::{Effect, Inverse, RotationEffect, Sends, SettingsWrite};
use crate::{
    authentik::{self, path},
    host::{Command, RestartCommands},
    immich::{self, Access, KeyCalls, Relink},
    secret::{Label, Vault},
    site::{Fault, System},
    wizard::{EffectView, Exact, Place, Plan, PlanView, Who, links, systems::Systems},
};

impl Plan {
    /// What faces show of it.
    pub(super) fn view(&self, systems: &Systems) -> PlanView {
        PlanView {
            digest: self.digest(),
            effects: self.effects().iter().map(|effect| effect.view(systems)).collect(),
        }
    }
}

impl Effect {
    /// What a face shows of it.
    pub(in crate::wizard) fn view(&self, systems: &Systems) -> EffectView {
        let mut exact = self.keeps(systems);
        exact.extend(sends(systems, &self.sends()));
        EffectView { effect: self.clone(), exact }
    }

    /// What it reads and keeps.
    fn keeps(&self, systems: &Systems) -> Vec<Exact> {
        match self {
            Self::GenerateSecret => {
                vec![Exact::RandomSecret, kept(systems, Label::ClientSecret)]
            }
            Self::AdoptSecret { provider, .. } => vec![
                Exact::Request {
                    method: "GET".into(),
                    url: joined![authentik_base(systems), path::provider(*provider)],
                },
                Exact::BringsSecret,
                kept(systems, Label::ClientSecret),
            ],
            Self::SetSecretAside { of, among_older, .. } => {
                vec![kept(systems, place_aside(*of, *among_older))]
            }
            Self::TakeBack { inverse: Inverse::ForgetSecret { entries, .. }, .. } => {
                let labels = entries.iter().filter_map(|old| old.label);
                let mut places: Vec<Exact> = labels.map(|label| kept(systems, label)).collect();
                if places.is_empty() {
                    places.push(kept(systems, Label::ClientSecret));
                }
                places.insert(0, Exact::Forget);
                places
            }
            Self::Rotation(effect) => kept_by_rotation(systems, effect),
            Self::CreateProvider { .. }
            | Self::ChangeProvider { .. }
            | Self::CreateApplication { .. }
            | Self::ChangeApplication { .. }
            | Self::WriteSettings { .. }
            | Self::Unlink { .. }
            | Self::Restart { .. }
            | Self::TakeBack { .. }
            | Self::Access(_)
            | Self::MakeToken { .. }
            | Self::MakeKey { .. } => Vec::new(),
        }
    }
}

fn kept_by_rotation(systems: &Systems, effect: &RotationEffect) -> Vec<Exact> {
    match effect {
        RotationEffect::Create => {
            vec![Exact::RandomSecret, kept(systems, Label::ClientSecretPending)]
        }
        RotationEffect::Recall { .. } => vec![
            Exact::SecretOf(place(systems, Label::ClientSecretPrevious)),
            kept(systems, Label::ClientSecretPending),
        ],
        RotationEffect::Promote { .. } => vec![
            Exact::CurrentSecret,
            kept(systems, Label::ClientSecretPrevious),
            Exact::PendingSecret,
            kept(systems, Label::ClientSecret),
            Exact::NothingPending,
        ],
        RotationEffect::Drop { .. } => {
            vec![Exact::NothingIn(place(systems, Label::ClientSecretPending))]
        }
        RotationEffect::SwitchAuthentik { .. }
        | RotationEffect::SwitchImmich { .. }
        | RotationEffect::Revoke { .. }
        | RotationEffect::DeleteToken { .. }
        | RotationEffect::DeleteKey { .. } => Vec::new(),
    }
}

/// An entry of the secret store.
fn place(systems: &Systems, label: Label) -> Place {
    let store = systems.vault().map_or_else(|_| String::new(), Vault::describe);
    Place { entry: format!("{}/{}", systems.files.name, label.name()), store }
}

fn kept(systems: &Systems, label: Label) -> Exact {
    Exact::Kept(place(systems, label))
}

/// Where the secret of a system is kept when it is set aside.
const fn place_aside(of: System, among_older: bool) -> Label {
    match (of, among_older) {
        (_, true) => Label::ClientSecretOlder,
        (System::Immich, false) => Label::ImmichClientSecretPrevious,
        (_, false) => Label::ClientSecretPrevious,
    }
}

/// What is sent, as it is shown.
fn sends(systems: &Systems, sends: &Sends) -> Vec<Exact> {
    match sends {
        Sends::Nothing => Vec::new(),
        Sends::Authentik(all) => calls(systems, systems.authentik().ok(), all),
        Sends::Access(all) => calls(systems, systems.access_client().ok(), all),
        Sends::Immich(one) => immich_call(systems, one),
        Sends::Key(calls) => make_key(systems, calls),
        Sends::Settings(write) => {
            settings(systems, write).unwrap_or_else(|fault| vec![Exact::Unknown(fault)])
        }
        Sends::Links(accounts) => relink(systems, accounts),
        Sends::Restart { folder, services } => {
            let commands = RestartCommands::new(systems.profile.host.docker, folder, services);
            vec![command(&commands.first), Exact::WithoutCompose, command(&commands.old)]
        }
        Sends::ByHand { folder, services } => {
            let commands = RestartCommands::new(systems.profile.host.docker, folder, services);
            vec![Exact::ByHand(commands.first.alone().clone())]
        }
    }
}

/// Requests; where none has a body, each is one line.
fn calls(
    systems: &Systems,
    client: Option<&authentik::Client>,
    calls: &[authentik::Call],
) -> Vec<Exact> {
    let base = authentik_base(systems);
    let asks =
        if client.is_some_and(authentik::Client::is_session) { Who::Cookies } else { Who::Token };
    let mut parts = Vec::new();
    let line = |call: &authentik::Call| Exact::Request {
        method: call.method().to_owned(),
        url: joined![base, call.path()],
    };
    if calls.iter().all(|call| call.sends().is_none()) {
        parts.extend(calls.iter().map(line));
        parts.push(Exact::Asks(asks));
        return parts;
    }
    for call in calls {
        if !parts.is_empty() {
            parts.push(Exact::Blank);
        }
        if call.is_sent() == authentik::When::TokenEnds {
            parts.push(Exact::IfTokenEnds);
        }
        parts.push(line(call));
        parts.push(Exact::Asks(asks));
        parts.extend(call.sends().map(|body| Exact::Body(body.lines())));
    }
    parts
}

fn immich_call(systems: &Systems, call: &immich::Call) -> Vec<Exact> {
    let base = systems.profile.immich_api().trim_end_matches('/');
    let [path, other] = call.paths();
    let mut parts = vec![
        Exact::Request { method: call.method().to_owned(), url: joined![base, path.as_str()] },
        Exact::OrAt(format!("{base}{other}")),
        Exact::Asks(Who::Session),
    ];
    parts.extend(call.sends().map(|body| Exact::Body(body.lines())));
    parts
}

fn make_key(systems: &Systems, calls: &KeyCalls) -> Vec<Exact> {
    let mut parts = immich_call(systems, calls.first());
    if !calls.optional().is_empty() {
        parts.push(Exact::Blank);
        parts.push(Exact::OrWithout(calls.optional().to_vec()));
    }
    parts
}

fn settings(systems: &Systems, write: &SettingsWrite) -> Result<Vec<Exact>, Fault> {
    let route = systems.route(write.route)?;
    Ok(match route.sends(&write.change, &write.basis, write.when) {
        immich::Sends::Api { paths: [path, other], fields } => {
            let client = systems.immich()?;
            let base = client.http().base().as_str().trim_end_matches('/');
            let asks = match client.access() {
                Some(Access::Session(_)) => Who::Session,
                Some(Access::ApiKey(_)) | None => Who::Key,
            };
            let request = |method: &str| {
                let url = joined![base, path];
                let method = method.to_owned();
                [Exact::Request { method, url }, Exact::Asks(asks)]
            };
            let mut parts = request("GET").to_vec();
            parts.insert(1, Exact::OrAt(format!("{base}{other}")));
            parts.push(Exact::Blank);
            parts.extend(request("PUT"));
            parts.push(Exact::Settings(fields.lines()));
            parts
        }
        immich::Sends::Database { command: reads, sql, word } => match word {
            None => vec![command(&reads), Exact::Blank, Exact::Input(sql)],
            Some(word) => vec![
                command(&reads),
                Exact::Blank,
                Exact::Beforehand,
                Exact::Input(sql),
                Exact::Blank,
                Exact::AtSwitch,
                Exact::Word(word),
            ],
        },
        immich::Sends::ConfigFile { fields, gone, command: writes, word, kept, forget } => {
            let mut parts = vec![Exact::InFile { fields: fields.lines(), gone }, Exact::Blank];
            if word.is_some() {
                parts.push(Exact::FileBeforehand);
            }
            parts.push(command(&writes));
            parts.push(Exact::Blank);
            if let Some(word) = word {
                parts.extend([Exact::FileAtWord, Exact::Word(word.to_owned()), Exact::Blank]);
            }
            let forget = forget.whole();
            parts.push(match kept {
                Some(name) => Exact::CopyKept { name, forget },
                None => Exact::CopyForgotten(forget),
            });
            parts
        }
    })
}

fn relink(systems: &Systems, accounts: &[Relink]) -> Vec<Exact> {
    match links::accounts(systems) {
        Ok(table) => {
            vec![command(&table.command()), Exact::Blank, Exact::Input(table.statements(accounts))]
        }
        Err(_) => vec![Exact::DatabaseOverSsh],
    }
}

fn command(command: &Command) -> Exact {
    Exact::Command(command.whole())
}

fn authentik_base(systems: &Systems) -> &str {
    systems.profile.authentik_api().trim_end_matches('/')
}
