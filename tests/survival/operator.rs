//! The operator of these runs: confirms everything, signs in where that is
//! asked for, and goes the way that the case wants.

use immich_sso::secret::Secret;
use immich_sso::{
    site::System,
    text,
    wizard::{
        AccessTopic, Answer, HostTopic, Key, LoginTopic, Prompt, PromptKind, RotationTopic,
        Snapshot, StoreTopic, Topic, UndoTopic,
    },
};
use immich_sso_lab::{authentik::Authentik, immich::ADMIN_EMAIL};
use testkit::said;

use crate::{
    driver::{Site, confirm, password_of, pick},
    secret_file::PASSPHRASE,
};

/// Who signs in at authentik.
pub const ADMIN: &str = "akadmin";

/// Whether signing in once helps there.
const fn signs_in(topic: &Topic) -> bool {
    matches!(
        topic,
        Topic::Undo(UndoTopic::Failed | UndoTopic::NeedsAdministrator(_))
            | Topic::Access(AccessTopic::CannotTellApart { .. })
    )
}

/// Answers in process. `way` is the letter for a rotation that was cut short:
/// `g` on, `b` back.
pub fn answer(site: &Site, way: char) -> impl Fn(&Prompt, &Snapshot) -> Answer {
    move |prompt, now| {
        let asked = &prompt.topic;
        let login = now.login.as_ref();
        match &prompt.kind {
            PromptKind::Choice { .. }
                if matches!(asked, Topic::Rotation(RotationTopic::Unfinished)) =>
            {
                pick(prompt, way)
            }
            PromptKind::Choice { .. }
                if matches!(asked, Topic::Access(AccessTopic::DeleteCopy)) =>
            {
                pick(prompt, 'd')
            }
            PromptKind::Choice { .. }
                if matches!(asked, Topic::Undo(UndoTopic::ChangedSince { .. })) =>
            {
                pick(prompt, 'b')
            }
            PromptKind::Choice { .. }
                if matches!(asked, Topic::Access(AccessTopic::HowToWork(_))) =>
            {
                pick(prompt, 's')
            }
            PromptKind::Choice { options, .. }
                if signs_in(asked) && options.iter().any(|option| option.key == Key::S) =>
            {
                pick(prompt, 's')
            }
            // A token with least rights does not see that the code was redeemed.
            PromptKind::Choice { options, .. }
                if matches!(asked, Topic::Login(LoginTopic::LogIn { .. }))
                    && options.iter().any(|option| option.key == Key::I)
                    && login.is_some_and(|login| login.who.is_none()) =>
            {
                pick(prompt, 'i')
            }
            PromptKind::Text { .. } if matches!(asked, Topic::Access(AccessTopic::UserName)) => {
                Answer::Text(ADMIN.into())
            }
            PromptKind::Text { .. }
                if matches!(asked, Topic::Access(AccessTopic::SecondFactor)) =>
            {
                let code = site.lab.authentik.totp_code(ADMIN).unwrap();
                Answer::Text(code.expose().into())
            }
            PromptKind::Text { .. } if matches!(asked, Topic::Access(AccessTopic::Email)) => {
                Answer::Text(ADMIN_EMAIL.into())
            }
            PromptKind::Hidden if password_of(asked, ADMIN_EMAIL) => {
                Answer::Hidden(Secret::new(site.lab.immich.admin_password()))
            }
            PromptKind::Hidden if password_of(asked, ADMIN) => {
                Answer::Hidden(Secret::new(Authentik::password(ADMIN)))
            }
            _ => confirm(prompt, now),
        }
    }
}

/// What the same operator types at the real program.
pub fn types(site: &Site, way: char, asked: &str) -> String {
    let password = |name: &str| question(AccessTopic::PasswordOf { name: name.into() });
    let known = [
        (question(StoreTopic::Passphrase), PASSPHRASE.to_owned()),
        (question(RotationTopic::Unfinished), way.to_string()),
        (said("changed since that run").into_owned(), "b".into()),
        (question(HostTopic::HostKey), "t".into()),
        (question(AccessTopic::HowToWork(System::Authentik)), "s".into()),
        (question(AccessTopic::HowToWork(System::Immich)), "s".into()),
        (question(AccessTopic::UserName), ADMIN.into()),
        (question(AccessTopic::Email), ADMIN_EMAIL.into()),
        (password(ADMIN), Authentik::password(ADMIN).expose().into()),
        (password(ADMIN_EMAIL), site.lab.immich.admin_password().expose().into()),
    ];
    let found = known.into_iter().find(|(part, _)| asked.contains(part));
    let typed = found.map_or_else(String::new, |(_, typed)| typed);
    format!("{typed}\r")
}

/// What a question asks.
fn question(topic: impl Into<Topic>) -> String {
    text::question(&topic.into())
}
