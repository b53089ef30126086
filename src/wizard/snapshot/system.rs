//! The header: how each system is, and by which route Immich is written to.

use std::time::Duration;

use crate::{
    immich::{RouteKind, RouteReason},
    site::{Fault, System},
};

/// A system's lamp in the header.
#[derive(Clone, Debug, PartialEq)]
pub struct SystemView {
    /// Which.
    pub system: System,
    /// Its address as the operator gave it; empty before that.
    pub address: String,
    /// How it is.
    pub lamp: Lamp,
    /// Its version, once seen.
    pub version: Option<String>,
    /// How long its last answer took.
    pub latency: Option<Duration>,
    /// What is wrong with it.
    pub fault: Option<Fault>,
}

/// The colour of a lamp.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Lamp {
    /// Nobody has looked.
    #[default]
    Off,
    /// Somebody is looking.
    Looking,
    /// All is well.
    Good,
    /// It answers, but something is not right.
    Warning,
    /// It cannot be worked with.
    Bad,
}

/// The route in use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouteView {
    /// Which.
    pub kind: RouteKind,
    /// Why this one; [`crate::text::route_reason`] says it.
    pub why: RouteReason,
}
