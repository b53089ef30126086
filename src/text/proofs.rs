//! What is verified, and what proves it.

use super::live::live_value;
use crate::wizard::{Claim, Evidence, Sign};

/// What is to be so.
#[must_use]
pub fn claim(claim: &Claim) -> String {
    match claim {
        Claim::Text(text) => text.clone(),
    }
}

/// What proves it; empty where the claim says all.
#[must_use]
pub fn evidence(evidence: &Evidence) -> String {
    match evidence {
        Evidence::Text(text) => text.clone(),
    }
}

/// What a light on the map stands for.
#[must_use]
pub fn sign(sign: &Sign) -> String {
    match sign {
        Sign::Text(text) => text.clone(),
        Sign::Live(value) => live_value(value),
        Sign::Proved { claim, evidence, also } => {
            let mut said = self::claim(claim);
            let evidence = self::evidence(evidence);
            if !evidence.is_empty() {
                said = format!("{said}: {evidence}");
            }
            for claim in also {
                said = format!("{said}; {}", self::claim(claim));
            }
            said
        }
    }
}
