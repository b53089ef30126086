//! Nobody but the engine performs, not even what was confirmed.

use immich_sso::wizard::perform::perform;

fn main() {}
