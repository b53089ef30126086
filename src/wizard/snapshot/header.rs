//! What stands above everything: whose site it is, and how its systems are.

use super::{RouteView, SystemView};
use crate::secret::StorePlace;

/// See the module.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Header {
    /// The name of the profile.
    pub site: String,
    /// Whether this is the built-in lab and nothing of the operator's.
    pub lab: bool,
    /// Where the secrets are kept, once that is known.
    pub store: Option<StorePlace>,
    /// authentik, Immich and, when it is needed, the host.
    pub systems: Vec<SystemView>,
    /// How Immich's settings are written, once that is known.
    pub route: Option<RouteView>,
}
