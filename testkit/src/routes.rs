//! What the clients may call: what is in a contract, and what is listed in
//! `routes.txt` and held against recordings only.

use crate::{contract::Contract, fixtures};

/// A route that is in no contract.
pub struct Route {
    /// `authentik` or `immich`.
    pub system: String,
    /// `GET` and the like.
    pub method: String,
    /// With names in braces for what differs from call to call.
    pub path: String,
    /// The recordings of it, each by fixture and name; none: only its code was
    /// read.
    pub recordings: Vec<(String, String)>,
}

/// The listed routes.
pub fn listed() -> Vec<Route> {
    let rows = fixtures::text("routes.txt");
    rows.lines()
        .filter(|row| !row.starts_with('#'))
        .map(|row| {
            let mut words = row.split(' ').map(str::to_owned);
            let (system, method) = (words.next().unwrap(), words.next().unwrap());
            let path = words.next().unwrap();
            let known: Vec<String> = words.collect();
            assert!(!known.is_empty(), "{path}: nothing says where it is known from");
            let recordings = known
                .iter()
                .filter_map(|one| one.split_once(':'))
                .map(|(fixture, name)| (fixture.to_owned(), name.to_owned()))
                .collect();
            assert!(known == ["code"] || known.iter().all(|one| one.contains(':')), "{row}");
            Route { system, method, path, recordings }
        })
        .collect()
}

impl Route {
    /// Whether this is what was called. `path` has no query.
    pub fn is(&self, system: &str, method: &str, path: &str) -> bool {
        let (own, called): (Vec<&str>, Vec<&str>) =
            (self.path.split('/').collect(), path.split('/').collect());
        self.system == system
            && self.method == method
            && own.len() == called.len()
            && own.iter().zip(&called).all(|(own, called)| own.starts_with('{') || own == called)
    }
}

/// Below what the contracts of a system name paths.
pub fn prefix(system: &str) -> &'static str {
    if system == "authentik" { "/api/v3" } else { "/api" }
}

/// Whether one of the contracts has what was called. `path` has no query.
pub fn is_declared(contracts: &[Contract], system: &str, method: &str, path: &str) -> bool {
    path.strip_prefix(prefix(system))
        .is_some_and(|below| contracts.iter().any(|contract| contract.has(method, below)))
}

/// Whether what was called is declared or listed.
pub fn is_known(contracts: &[Contract], system: &str, method: &str, path: &str) -> bool {
    is_declared(contracts, system, method, path)
        || listed().iter().any(|route| route.is(system, method, path))
}
