//! Values that the journal needs exactly and must not hold: old values of
//! fields in which a secret stands. They go to the secret store, and the
//! journal refers to them.

use std::collections::BTreeMap;

use serde_json::Value;
use thiserror::Error;
use zeroize::Zeroizing;

use super::{Entry, journal::Record, json_texts::each_text};
use crate::{
    secret::{Known, Label, Secret, Vault},
    site::{Fault, FaultKind, System, UniformFailure},
};

/// How a reference to such a value begins; its fingerprint follows.
const REFERENCE: &str = "in the secret store: undo-values/";

/// What the journal's file gets of an effect's body: where a text holds a
/// secret, a reference to where it is kept from now on.
///
/// # Errors
/// When the secret store does not keep it: then the effect must not begin.
pub(super) async fn set_aside(
    vault: Result<&Vault, Fault>,
    known: &Known,
    body: &Value,
) -> Result<Value, Fault> {
    let mut on_file = body.clone();
    let mut found = Vec::new();
    each_text(&mut on_file, &mut |text| {
        if known.is_in(text) {
            let secret = Secret::new(text.clone());
            *text = format!("{REFERENCE}{}", secret.fingerprint());
            found.push(secret);
        }
    });
    if found.is_empty() {
        return Ok(on_file);
    }
    let vault = vault?;
    let mut values = kept(vault).await?;
    for secret in found {
        let text = Zeroizing::new(secret.expose().to_owned());
        values.insert(secret.fingerprint().to_string(), text);
    }
    let plain: BTreeMap<&str, &str> =
        values.iter().map(|(print, text)| (print.as_str(), text.as_str())).collect();
    let text = serde_json::to_string(&plain).map_err(|error| unfit(&error, known))?;
    vault.put(Label::UndoValues, &Secret::new(text)).await?;
    Ok(on_file)
}

/// Puts the values that the journal refers to back into what was read of it.
///
/// # Errors
/// When the secret store cannot be read.
pub(super) async fn recall(
    vault: Result<&Vault, Fault>,
    history: &mut [Entry],
) -> Result<(), Fault> {
    let refers = |record: &Record| match record {
        Record::Begin { effect, .. } => effect.body.to_string().contains(REFERENCE),
        Record::End { .. } | Record::Finish { .. } | Record::Cut { .. } => false,
    };
    if !history.iter().any(|entry| refers(&entry.record)) {
        return Ok(());
    }
    let values = kept(vault?).await?;
    for entry in history {
        if let Record::Begin { effect, .. } = &mut entry.record {
            each_text(&mut effect.body, &mut |text| {
                if let Some(value) = text.strip_prefix(REFERENCE).and_then(|at| values.get(at)) {
                    text.clone_from(value);
                }
            });
        }
    }
    Ok(())
}

async fn kept(vault: &Vault) -> Result<BTreeMap<String, Zeroizing<String>>, Fault> {
    let Some(text) = vault.get(Label::UndoValues).await? else { return Ok(BTreeMap::new()) };
    let values: BTreeMap<String, String> =
        serde_json::from_str(text.expose()).map_err(|error| unfit(&error, &Known::default()))?;
    Ok(values.into_iter().map(|(print, text)| (print, Zeroizing::new(text))).collect())
}

/// The old values in the secret store cannot be read or written.
#[derive(Debug, Error)]
#[error("{0}")]
struct Unfit(String);

impl UniformFailure for Unfit {
    const SYSTEM: System = System::SecretStore;
    const KIND: FaultKind = FaultKind::Unexpected;

    fn hint(&self) -> String {
        say!("See what `undo-values` holds in the secret store.")
    }
}

fn unfit(error: &serde_json::Error, known: &Known) -> Fault {
    let failure = Unfit(crate::net::unreadable(error, known).into());
    Fault::of(&failure, say!("keep old values for undo"))
}
