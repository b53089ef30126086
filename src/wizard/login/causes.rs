//! Why Immich let nobody in, as far as both servers show it.

use super::judge::Attempt;
use crate::{
    authentik::Provider,
    immich::{Stored, folds_email},
    site::{Fault, FaultKind, SigningAlgorithm, System, UniformFailure},
    wizard::systems::Systems,
};

/// How an attempt ended, as far as it was seen.
#[derive(Clone, Debug, thiserror::Error)]
pub(super) enum End {
    /// The operator says that Immich did not open.
    #[error("{}", say!("Immich redeemed the code and did not open, as you say"))]
    DidNotOpen,
    /// No session came after the code was redeemed.
    #[error("{}", say!("Immich redeemed the code and opened no session"))]
    NoSession,
    /// No session came after the code was issued.
    #[error("{}", say!("authentik issued a code, and Immich opened no session"))]
    NotRedeemed,
}

/// What the browser got instead of a session.
#[derive(Debug, thiserror::Error)]
#[error("{}", say!("the browser got {answer}", answer = .0))]
struct GotInstead(String);

/// An attempt that ended without a session: its end, what was seen beside it,
/// and each cause, one statement after the other.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.statements().join("; "))]
struct LetNobodyIn {
    #[source]
    end: End,
    instead: Option<GotInstead>,
    causes: Vec<Cause>,
}

impl LetNobodyIn {
    fn statements(&self) -> Vec<String> {
        let instead = self.instead.iter().map(ToString::to_string);
        let causes = self.causes.iter().map(ToString::to_string);
        std::iter::once(self.end.to_string()).chain(instead).chain(causes).collect()
    }
}

impl UniformFailure for LetNobodyIn {
    const SYSTEM: System = System::Immich;
    const KIND: FaultKind = FaultKind::Refused;

    fn hint(&self) -> String {
        if self.causes.is_empty() {
            return say!("Immich's log says why: `docker compose logs immich-server` on its host.");
        }
        self.causes.iter().map(Cause::hint).collect::<Vec<_>>().join(" ")
    }
}

/// Why a login fails.
#[derive(Clone, Debug, thiserror::Error)]
enum Cause {
    /// The provider encrypts its tokens.
    #[error("{}", say!("the provider encrypts its tokens, which Immich cannot read"))]
    Encrypted,
    /// The provider has no signing key.
    #[error(
        "{}",
        say!(
            "the provider has no signing key: authentik signs with HS256, and Immich expects \
             {expected}",
            expected
        )
    )]
    NoSigningKey {
        /// How Immich expects tokens to be signed.
        expected: String,
    },
    /// Tokens are signed otherwise than Immich expects.
    #[error(
        "{}",
        say!(
            "authentik signs with {signs}, as its signing key does, and Immich expects {expected}",
            signs = .signs.join(", "),
            expected
        )
    )]
    SignedOtherwise {
        /// How they are signed.
        signs: Vec<String>,
        /// How Immich expects it.
        expected: String,
    },
    /// Immich has no account and may not make one.
    #[error(
        "{}",
        say!(
            "Immich has no account with the address {email}, and may not make one: auto register \
             is off",
            email
        )
    )]
    NoAccount {
        /// The address.
        email: String,
    },
}

impl Cause {
    fn hint(&self) -> String {
        match self {
            Self::Encrypted => say!("Visit the provider step: it removes the encryption key."),
            Self::NoSigningKey { .. } => say!("Visit the provider step: it sets a signing key."),
            Self::SignedOtherwise { .. } => say!(
                "Let the provider's signing key and Immich's signing algorithm fit each other."
            ),
            Self::NoAccount { .. } => {
                say!("Make the account in Immich, or turn on auto register.")
            }
        }
    }
}

/// The fault of an attempt that ended without a session, by what was seen of
/// its end and by what the browser got instead.
pub(super) async fn fault(
    systems: &Systems,
    attempt: Option<&Attempt>,
    end: End,
    answer: Option<String>,
) -> Fault {
    let causes = causes(systems, attempt).await;
    let failure = LetNobodyIn { end, instead: answer.map(GotInstead), causes };
    let tried = match attempt.and_then(|attempt| attempt.event.as_ref()) {
        Some(event) => say!("log in as {who}", who = event.who),
        None => say!("log in as somebody"),
    };
    Fault::of(&failure, tried)
}

/// Each cause that can be seen. What cannot be read names no cause.
async fn causes(systems: &Systems, attempt: Option<&Attempt>) -> Vec<Cause> {
    let mut causes = Vec::new();
    if let Ok(client) = systems.authentik()
        && let Ok(Some(provider)) =
            client.provider_by_client_id(&systems.profile.provider.client_id).await
    {
        causes.extend(signed_otherwise(systems, &provider).await);
        if provider.encryption_key.is_some() {
            causes.push(Cause::Encrypted);
        }
    }
    causes.extend(unknown_account(systems, attempt).await);
    causes
}

/// authentik signs otherwise than Immich expects.
async fn signed_otherwise(systems: &Systems, provider: &Provider) -> Option<Cause> {
    let expected = match stored(systems).await {
        Some(stored) => stored.fields.get("signingAlgorithm")?.as_str()?.to_owned(),
        None => systems.profile.settings.signing_algorithm.name().to_owned(),
    };
    if provider.signing_key.is_none() {
        return (expected != SigningAlgorithm::Hs256.name())
            .then_some(Cause::NoSigningKey { expected });
    }
    let signs = systems.discovery().await.ok()?.id_token_signing_alg_values_supported;
    (!signs.is_empty() && !signs.contains(&expected))
        .then_some(Cause::SignedOtherwise { signs, expected })
}

/// What Immich has stored, if it can be read.
async fn stored(systems: &Systems) -> Option<Stored> {
    let (route, _) = systems.chosen_route().ok()?;
    systems.route(route).ok()?.read().await.ok()
}

/// An account that Immich does not have and must not make.
async fn unknown_account(systems: &Systems, attempt: Option<&Attempt>) -> Option<Cause> {
    let event = attempt?.event.as_ref()?;
    let stored = stored(systems).await?;
    if stored.fields.get("autoRegister") != Some(&false.into()) {
        return None;
    }
    let users = systems.immich().ok()?.users().await.ok()?;
    let folds = systems.immich_version().is_ok_and(folds_email);
    let is_known = users.iter().any(|user| {
        user.email == event.email || folds && user.email.eq_ignore_ascii_case(&event.email)
    });
    (!is_known).then(|| Cause::NoAccount { email: event.email.clone() })
}
