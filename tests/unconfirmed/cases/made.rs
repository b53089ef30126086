//! A confirmation is not made of a plan alone.

use immich_sso::wizard::{Confirmed, Plan};

fn confirmed(plan: Plan) -> Confirmed {
    Confirmed(plan)
}

fn main() {}
