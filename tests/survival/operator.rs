//! The operator of these runs: confirms everything, signs in where that is
//! asked for, and goes the way that the case wants.

use immich_sso::{
    lab::{authentik::Authentik, immich::ADMIN_EMAIL},
    wizard::{Answer, Prompt, PromptKind, Snapshot},
};

use crate::driver::{Site, confirm, pick};

/// Who signs in at authentik.
pub const ADMIN: &str = "akadmin";

/// What is asked about a rotation that did not come to its end.
pub const WHICH_WAY: &str = "An earlier rotation did not come to its end.";

/// What is asked where signing in once helps.
pub const SIGNS_IN: [&str; 2] = ["cannot be taken back like this", "cannot be told from others'"];

/// Answers in process. `way` is the letter for a rotation that was cut short:
/// `g` on, `b` back.
pub fn answer(site: &Site, way: char) -> impl Fn(&Prompt, &Snapshot) -> Answer {
    move |prompt, now| {
        let asked = prompt.question.as_str();
        let login = now.login.as_ref();
        match &prompt.kind {
            PromptKind::Choice { .. } if asked.starts_with(WHICH_WAY) => pick(prompt, way),
            PromptKind::Choice { .. } if asked.contains("changed since that run") => {
                pick(prompt, 'b')
            }
            PromptKind::Choice { .. } if asked.contains("How may this program work") => {
                pick(prompt, 's')
            }
            PromptKind::Choice { options, .. }
                if SIGNS_IN.iter().any(|part| asked.contains(part))
                    && options.iter().any(|option| option.key == 's') =>
            {
                pick(prompt, 's')
            }
            // A token with least rights does not see that the code was redeemed.
            PromptKind::Choice { options, .. }
                if asked.contains("log in")
                    && options.iter().any(|option| option.key == 'i')
                    && login.is_some_and(|login| login.who.is_none()) =>
            {
                pick(prompt, 'i')
            }
            PromptKind::Text { .. } if asked.contains("user name in authentik") => {
                Answer::Text(ADMIN.into())
            }
            PromptKind::Text { .. } if asked.contains("second factor") => {
                let code = site.lab.authentik.totp_code(ADMIN).unwrap();
                Answer::Text(code.expose().into())
            }
            PromptKind::Text { .. } if asked.contains("e-mail address in Immich") => {
                Answer::Text(ADMIN_EMAIL.into())
            }
            PromptKind::Hidden if asked.contains(ADMIN_EMAIL) => {
                Answer::Hidden(site.lab.immich.admin_password())
            }
            PromptKind::Hidden if asked.contains(ADMIN) => {
                Answer::Hidden(Authentik::password(ADMIN))
            }
            _ => confirm(prompt, now),
        }
    }
}

/// What the same operator types at the real program.
pub fn types(site: &Site, way: char, question: &str) -> String {
    let known = [
        ("passphrase of the secret store", crate::secret_file::PASSPHRASE.to_owned()),
        (WHICH_WAY, way.to_string()),
        ("changed since that run", "b".into()),
        ("Is this its key?", "t".into()),
        ("How may this program work", "s".into()),
        ("user name in authentik", ADMIN.into()),
        ("e-mail address in Immich", ADMIN_EMAIL.into()),
    ];
    let found = known.into_iter().find(|(part, _)| question.contains(part));
    let typed = found.map_or_else(String::new, |(_, typed)| typed);
    let password = |of: &str| question.contains(&format!("password of {of}"));
    let typed = if password(ADMIN) {
        Authentik::password(ADMIN).expose().to_owned()
    } else if password(ADMIN_EMAIL) {
        site.lab.immich.admin_password().expose().to_owned()
    } else {
        typed
    };
    format!("{typed}\r")
}
