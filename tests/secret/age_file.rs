//! The encrypted file: what is in it, who opens it, what is refused.

use std::{
    fs,
    io::{Read, Write},
    iter,
    path::{Path, PathBuf},
    time::Duration,
};

use immich_sso::{
    secret::{Label, Secret, Vault},
    site::FaultKind,
};
use testkit::said;

const PASSPHRASE: &str = "correct horse battery";

struct Site {
    _folder: tempfile::TempDir,
    path: PathBuf,
}

fn site() -> Site {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data/home.age");
    Site { _folder: folder, path }
}

impl Site {
    fn vault(&self) -> Vault {
        self.vault_with(PASSPHRASE)
    }

    fn vault_with(&self, passphrase: &str) -> Vault {
        Vault::age_file(self.path.clone(), Secret::new(passphrase))
    }

    /// Writes a file as somebody else with the passphrase would.
    fn write(&self, inside: &str) {
        let mut recipient = age::scrypt::Recipient::new(PASSPHRASE.to_owned().into());
        recipient.set_work_factor(2);
        let recipients = iter::once(&recipient as &dyn age::Recipient);
        let mut bytes = Vec::new();
        let mut writer =
            age::Encryptor::with_recipients(recipients).unwrap().wrap_output(&mut bytes).unwrap();
        writer.write_all(inside.as_bytes()).unwrap();
        writer.finish().unwrap();
        fs::create_dir_all(self.path.parent().unwrap()).unwrap();
        fs::write(&self.path, bytes).unwrap();
    }

    fn inside(&self) -> String {
        let bytes = fs::read(&self.path).unwrap();
        let identity = age::scrypt::Identity::new(PASSPHRASE.to_owned().into());
        let mut text = String::new();
        age::Decryptor::new(&bytes[..])
            .unwrap()
            .decrypt(iter::once(&identity as &dyn age::Identity))
            .unwrap()
            .read_to_string(&mut text)
            .unwrap();
        text
    }
}

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

#[tokio::test]
async fn what_is_kept_is_found_again_and_is_nowhere_in_clear() {
    let site = site();
    let secret = Secret::generate().unwrap();
    assert_eq!(site.vault().get(Label::ClientSecret).await.unwrap(), None);
    assert!(!site.path.exists(), "reading makes no file");
    site.vault().put(Label::ClientSecret, &secret).await.unwrap();
    assert_eq!(site.vault().get(Label::ClientSecret).await.unwrap(), Some(secret.clone()));
    for entry in fs::read_dir(site.path.parent().unwrap()).unwrap() {
        let bytes = fs::read(entry.unwrap().path()).unwrap();
        assert!(!contains(&bytes, secret.expose()) && !contains(&bytes, PASSPHRASE));
    }
    assert!(fs::read(&site.path).unwrap().starts_with(b"age-encryption.org/v1\n-> scrypt "));
    assert!(site.vault().forget(Label::ClientSecret).await.unwrap());
    assert_eq!(site.vault().get(Label::ClientSecret).await.unwrap(), None);
}

#[cfg(unix)]
#[tokio::test]
async fn nobody_else_may_read_the_file_or_its_folder() {
    use std::os::unix::fs::PermissionsExt;
    let site = site();
    site.vault().put(Label::AuthentikToken, &Secret::new("hunter2")).await.unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&site.path), 0o600);
    assert_eq!(mode(site.path.parent().unwrap()), 0o700);
}

#[tokio::test]
async fn a_wrong_passphrase_is_named_and_changes_nothing() {
    let site = site();
    site.write(r#"{"version": 1, "secrets": {"client-secret": "hunter2"}}"#);
    let before = fs::read(&site.path).unwrap();
    let vault = site.vault_with("wrong");
    for fault in [
        vault.open().await.unwrap_err(),
        vault.get(Label::ClientSecret).await.unwrap_err(),
        vault.put(Label::ClientSecret, &Secret::new("x")).await.unwrap_err(),
        vault.forget(Label::ClientSecret).await.unwrap_err(),
    ] {
        assert_eq!(fault.kind, FaultKind::NotSignedIn, "{fault}");
        assert!(fault.answer.contains(&*said("passphrase is wrong")), "{fault}");
        assert!(!fault.to_string().contains("hunter2"), "{fault}");
    }
    assert_eq!(fs::read(&site.path).unwrap(), before);
}

#[tokio::test]
async fn what_is_no_file_of_ours_is_refused_and_left_alone() {
    let site = site();
    site.write(r#"{"version": 1, "secrets": {"client-secret": "hunter2"}}"#);
    let good = fs::read(&site.path).unwrap();
    let mut flipped = good.clone();
    *flipped.last_mut().unwrap() ^= 1;
    let texts = [
        ("nonsense", b"hunter2".to_vec()),
        ("empty", Vec::new()),
        ("cut", good[..good.len() - 5].to_vec()),
        ("flipped", flipped),
        ("text form", b"-----BEGIN AGE ENCRYPTED FILE-----\n".to_vec()),
    ];
    for (what, bytes) in texts {
        fs::write(&site.path, &bytes).unwrap();
        let vault = site.vault();
        let fault = vault.get(Label::ClientSecret).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::Unexpected, "{what}: {fault}");
        assert!(vault.put(Label::ClientSecret, &Secret::new("x")).await.is_err(), "{what}");
        assert_eq!(fs::read(&site.path).unwrap(), bytes, "{what}");
    }
    for inside in [r#"{"version": 2, "secrets": {}}"#, r#"{"version": 1, "secrets": "hunter2"}"#] {
        site.write(inside);
        let fault = site.vault().put(Label::ClientSecret, &Secret::new("x")).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::Unexpected, "{fault}");
        assert!(!fault.to_string().contains("hunter2"), "{fault}");
        assert_eq!(site.inside(), inside);
    }
}

#[tokio::test]
async fn secrets_of_later_releases_stay() {
    let site = site();
    site.write(r#"{"version": 1, "secrets": {"from-the-future": "hunter2"}}"#);
    site.vault().put(Label::ClientSecret, &Secret::new("a\"b\\c✓")).await.unwrap();
    let inside: serde_json::Value = serde_json::from_str(&site.inside()).unwrap();
    assert_eq!(inside["secrets"]["from-the-future"], "hunter2");
    assert_eq!(inside["secrets"]["client-secret"], "a\"b\\c✓");
}

#[tokio::test]
async fn two_writers_at_once_lose_nothing() {
    let site = site();
    let (one, two) = (site.vault(), site.vault());
    let (first, second) = (Secret::new("first"), Secret::new("second"));
    let (done, done_too) =
        tokio::join!(one.put(Label::AuthentikToken, &first), two.put(Label::ImmichApiKey, &second));
    done.unwrap();
    done_too.unwrap();
    for vault in [one, two] {
        assert_eq!(vault.get(Label::AuthentikToken).await.unwrap(), Some(first.clone()));
        assert_eq!(vault.get(Label::ImmichApiKey).await.unwrap(), Some(second.clone()));
    }
}

/// The other's work is not this one's: it is waited for longer, and named.
#[tokio::test]
async fn whoever_holds_the_lock_is_named() {
    let site = site();
    site.write(r#"{"version": 1, "secrets": {}}"#);
    let lock = fs::File::create(site.path.with_extension("lock")).unwrap();
    lock.lock().unwrap();
    let long = Duration::from_mins(10);
    let short = Duration::from_millis(50);
    let vault = site.vault().deadlines(long, short);
    let fault = vault.put(Label::ClientSecret, &Secret::new("x")).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Late);
    assert!(fault.answer.contains(&*said("another program was not done with writing")), "{fault}");
    drop(lock);
    assert_eq!(site.vault().get(Label::ClientSecret).await.unwrap(), None);
    site.vault().put(Label::ClientSecret, &Secret::new("y")).await.unwrap();
}

#[tokio::test]
async fn an_empty_passphrase_protects_nothing_and_is_refused() {
    let site = site();
    assert!(site.vault_with("").put(Label::ClientSecret, &Secret::new("x")).await.is_err());
    assert!(!site.path.exists());
}

#[cfg(unix)]
mod with_the_age_tool {
    use std::process::{Command, Stdio};

    use portable_pty::CommandBuilder;

    use super::*;
    use crate::terminal::Terminal;

    /// Whether the tool is there; says so if not.
    fn installed() -> bool {
        let there = Command::new("age").arg("--version").stdout(Stdio::null()).status().is_ok();
        if !there {
            println!("skipped: the `age` tool is not installed (apt install age)");
        }
        there
    }

    #[tokio::test]
    async fn it_opens_what_this_program_wrote() {
        if !installed() {
            return;
        }
        let site = site();
        let secret = Secret::generate().unwrap();
        site.vault().put(Label::ClientSecret, &secret).await.unwrap();
        let out = site.path.with_extension("json");
        let mut command = CommandBuilder::new("age");
        command.args(["--decrypt", "--output"]);
        command.arg(&out);
        command.arg(&site.path);
        let mut terminal = Terminal::start_sized(command, 24, 200);
        terminal.wait_written("passphrase");
        terminal.press(&format!("{PASSPHRASE}\n"));
        let (code, said) = terminal.finish();
        assert_eq!(code, 0, "{said}");
        let inside: serde_json::Value = serde_json::from_slice(&fs::read(&out).unwrap()).unwrap();
        assert_eq!(inside["secrets"]["client-secret"], secret.expose());
    }

    #[tokio::test]
    async fn this_program_opens_and_goes_on_with_what_it_wrote() {
        if !installed() {
            return;
        }
        let site = site();
        let plain = site.path.with_file_name("plain.json");
        fs::create_dir_all(plain.parent().unwrap()).unwrap();
        fs::write(&plain, r#"{"version": 1, "secrets": {"immich-api-key": "hunter2"}}"#).unwrap();
        let mut command = CommandBuilder::new("age");
        command.args(["--passphrase", "--output"]);
        command.arg(&site.path);
        command.arg(&plain);
        let mut terminal = Terminal::start_sized(command, 24, 200);
        terminal.wait_written("Enter passphrase");
        terminal.press(&format!("{PASSPHRASE}\n"));
        terminal.wait_written("Confirm passphrase");
        terminal.press(&format!("{PASSPHRASE}\n"));
        let (code, said) = terminal.finish();
        assert_eq!(code, 0, "{said}");
        let vault = site.vault();
        let kept = vault.get(Label::ImmichApiKey).await.unwrap();
        assert_eq!(kept, Some(Secret::new("hunter2")));
        vault.put(Label::AuthentikToken, &Secret::new("hunter3")).await.unwrap();
        assert_eq!(vault.get(Label::ImmichApiKey).await.unwrap(), kept);
    }
}
