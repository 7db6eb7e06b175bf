//! The `slugline` binary: exit codes and nothing else.

use std::process::ExitCode;

fn main() -> ExitCode {
    slugline::cli::main()
}
