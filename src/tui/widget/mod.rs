//! Pieces that know nothing of the wizard.

pub mod link_code;
pub mod text;
