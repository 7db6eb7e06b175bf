//! The command line.

mod args;

mod check_config;

mod replay;

#[cfg(feature = "kafka")]
mod demo;

#[cfg(feature = "kafka")]
mod run;

#[cfg(feature = "kafka")]
mod topics;

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;

use args::{Arguments, Command};

use crate::config::ConfigErrors;

/// Exit code: something failed.
const FAILED: u8 = 1;

/// Exit code: the command line or the configuration is wrong.
const MISUSED: u8 = 2;

/// Exit code: a check found differences.
#[cfg(feature = "kafka")]
const DIFFERS: u8 = 3;

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let done = match arguments.command {
        #[cfg(feature = "kafka")]
        Command::Run(arguments) => run::run(&arguments),
        #[cfg(feature = "kafka")]
        Command::Demo(arguments) => demo::run(&arguments),
        Command::Replay(arguments) => replay::run(&arguments),
        Command::CheckConfig(arguments) => check_config::run(&arguments),
        #[cfg(feature = "kafka")]
        Command::Topics(arguments) => topics::run(&arguments),
    };
    match done {
        Ok(code) => code,
        Err(error) => {
            let code = if error.is::<ConfigErrors>() { MISUSED } else { FAILED };
            // Nothing can be done about a closed standard error.
            writeln!(std::io::stderr(), "slugline: {error:#}").ok();
            ExitCode::from(code)
        }
    }
}
