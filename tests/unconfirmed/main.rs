//! Invariant 1 as the compiler guards it: no code outside the engine makes a
//! confirmation, copies one, or performs a plan.
//!
//! Each file in `cases` must not compile, for the reason that the file beside it
//! says: a case that fails for another one proves nothing. The crate is compiled
//! once more for that, which takes minutes: only where
//! `IMMICH_SSO_COMPILE_FAIL` is set, as `tests/run` does.
//!
//! A new case, or a new compiler: `TRYBUILD=overwrite` once to write the reasons.

#[test]
fn nothing_outside_the_engine_can_confirm_or_perform() {
    if std::env::var_os("IMMICH_SSO_COMPILE_FAIL").is_none() {
        println!("left out: IMMICH_SSO_COMPILE_FAIL is not set");
        return;
    }
    trybuild::TestCases::new().compile_fail("tests/unconfirmed/cases/*.rs");
}
