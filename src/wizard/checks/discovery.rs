//! Discovery answers.

use super::{finding::Finding, site::Site};
use crate::wizard::Evidence;

/// Only that it does not is worth a line: what else is tested shows that it does.
pub(super) async fn run(site: &Site<'_>) -> Vec<Finding> {
    let silent = site.discovery().await.err().map(|fault| Finding::new(Err(fault.clone())));
    silent.into_iter().collect()
}

/// It answers for the application.
pub(super) async fn application_answers(site: &Site<'_>) -> Vec<Finding> {
    let answered = site.discovery().await.map(|found| Evidence::Issuer(found.issuer.clone()));
    vec![Finding::new(answered.map_err(Clone::clone))]
}
