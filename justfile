# What people type. `just` alone lists it; the program comes by Cargo, with Debian
# 13, or as `rust-just` by pip.

# What there is
default:
    @just --list

# Unit tests and the core of the engine: before every commit
fast:
    cargo test --quiet --locked --lib --test structure
    cargo test --quiet --locked --test wizard -- laws:: plans:: rotation:: steps:: undo::

# Every test; arguments go to cargo nextest run
test *arguments:
    tests/run {{arguments}}

# Every test on a build whose texts nobody can read
scrambled *arguments:
    tests/scrambled.sh {{arguments}}

# Everything that must hold before a change is taken
check:
    .ci/run

# All that takes long: whole matrix and battery, long properties, mutated input
nightly *parts:
    tests/nightly {{parts}}

# A tarball and a Debian package, with checksums, in target/package
package:
    packaging/build

# Installs the Debian package in a bare root, runs the demo, and removes it
try-package:
    packaging/try-in-bare-root

# Whether it builds for Windows, with Debian's newer toolchain
check-windows:
    packaging/check-windows
