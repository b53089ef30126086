//! authentik, as far as this project meets it.
