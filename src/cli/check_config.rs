//! `slugline check-config`.

use std::io::{self, Write};
use std::process::ExitCode;

use super::args::{CheckConfigArguments, environment};
use crate::config;

pub(super) fn run(arguments: &CheckConfigArguments) -> anyhow::Result<ExitCode> {
    let mut out = io::stdout().lock();
    if arguments.defaults {
        out.write_all(config::DEFAULT.as_bytes())?;
        return Ok(ExitCode::SUCCESS);
    }
    let source = &arguments.config;
    source.load(&[])?;
    write!(out, "{}", config::describe(source.config.as_deref(), environment(), &source.set))?;
    writeln!(out, "# the configuration is sound")?;
    Ok(ExitCode::SUCCESS)
}
