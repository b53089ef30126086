//! The operator's decision is not made by others.

use immich_sso::wizard::{Confirmed, Plan};

fn confirmed(plan: Plan) -> Confirmed {
    let decision = immich_sso::wizard::plan::Decision::of_reviewed(&plan);
    plan.confirmed_by(&decision).unwrap()
}

fn main() {}
