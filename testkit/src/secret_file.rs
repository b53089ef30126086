//! The encrypted file as a secret store, for another process to open. It is
//! cheap to open: what is tested is not how long a key takes.

use std::{fs, io::Write, path::Path};

use immich_sso::secret::{Label, Vault};

/// What opens it.
pub const PASSPHRASE: &str = "correct horse battery staple";

/// Writes all that a store keeps into the file.
pub async fn write(vault: &Vault, path: &Path) {
    let mut secrets = serde_json::Map::new();
    for label in Label::ALL {
        if let Some(secret) = vault.get(label).await.unwrap() {
            secrets.insert(label.name().into(), secret.expose().into());
        }
    }
    let text = serde_json::json!({"version": 1, "secrets": secrets}).to_string();
    let mut recipient = age::scrypt::Recipient::new(PASSPHRASE.to_owned().into());
    recipient.set_work_factor(8);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let mut bytes = Vec::new();
    let one = std::iter::once(&recipient as &dyn age::Recipient);
    let mut writer = age::Encryptor::with_recipients(one).unwrap().wrap_output(&mut bytes).unwrap();
    writer.write_all(text.as_bytes()).unwrap();
    writer.finish().unwrap();
    fs::write(path, bytes).unwrap();
}
