//! A confirmation is for once: it cannot be kept and given again.

use immich_sso::wizard::Confirmed;

fn twice(confirmed: &Confirmed) -> Confirmed {
    confirmed.clone()
}

fn main() {}
