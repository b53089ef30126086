//! The routes by which Immich's settings are written.

use crate::immich::RouteReason;

/// Why a route is taken.
#[must_use]
pub fn route_reason(why: &RouteReason) -> String {
    why.to_string()
}
