#!/usr/bin/env bash
# Runs the tests on a build whose texts nobody can read (src/say.rs): code and
# tests that look for a word of the program's fail in it. Arguments go to
# `cargo test`. What compares texts word by word (golden) or looks at sources only
# (structure, unconfirmed) is left out, but for what is undone from stored journals.
#
# IMMICH_SSO_WHOLE_MATRIX=1 runs the whole matrix of effects and faults.
set -uo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=tests/part.sh
. tests/part.sh

bash tests/setup.sh || exit 1

export IMMICH_SSO_SCRAMBLED=1
# What snapshots hold differs, and is not written anew.
export INSTA_FORCE_PASS=1 INSTA_UPDATE=no
export PROPTEST_RNG_SEED=${PROPTEST_RNG_SEED:-20261129}
# Tables in the docs belong to the other build.
unset IMMICH_SSO_RENEW_TABLES IMMICH_SSO_WHOLE_BATTERY
# A folder of its own: else both builds throw each other's away.
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-target}/scrambled

failed=()

# tests NAME ARGUMENT…: one run of cargo test.
tests() {
    local name=$1
    shift
    plays "$name, scrambled" cargo test --locked --no-fail-fast "$@" || failed+=("$name")
}

tests "unit tests" "$@" --lib
for main in tests/*/main.rs; do
    name=$(basename "$(dirname "$main")")
    case $name in
        golden | structure | unconfirmed) ;;
        *) tests "$name" "$@" --test "$name" ;;
    esac
done
tests "stored journals" "$@" --test golden stored::reading

if [ ${#failed[@]} -gt 0 ]; then
    printf 'failed, scrambled: %s\n' "${failed[*]}"
    exit 1
fi
