//! A terminal wizard that puts Immich behind authentik.

use std::alloc::System;

use zeroizing_alloc::ZeroAlloc;

#[macro_use]
#[doc(hidden)]
pub mod say;
// Its macro joins the parts of what is sent.
#[macro_use]
pub mod net;

pub mod authentik;
pub mod cli;
pub mod host;
pub mod immich;
#[cfg(test)]
mod mutated;
pub mod oidc;
pub mod plain;
pub mod report;
pub mod secret;
pub mod site;
pub mod terminal;
pub mod text;
pub mod tui;
pub mod wizard;

/// Tokens pass through the buffers of TLS, HTTP and JSON, and every buffer that
/// grows leaves a copy behind. Whatever is given back is wiped, by whichever
/// library, so that only what is in use is left in memory.
#[global_allocator]
static MEMORY: ZeroAlloc<System> = ZeroAlloc(System);
