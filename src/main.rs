//! `immich-sso`, the program. Everything is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    immich_sso::cli::main(std::env::args_os())
}
