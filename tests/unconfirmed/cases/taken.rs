//! What was confirmed cannot be exchanged for another plan.

use immich_sso::wizard::{Confirmed, Plan};

fn exchange(confirmed: &mut Confirmed, plan: Plan) {
    confirmed.0 = plan;
}

fn main() {}
