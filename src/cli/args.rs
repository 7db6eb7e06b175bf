//! Subcommands and their flags.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::config::{self, Config, ConfigErrors};

/// Reads article events from Kafka, groups them into named stories, publishes what changes.
#[derive(Debug, Parser)]
#[command(name = "slugline", version, disable_help_subcommand = true)]
#[command(after_help = "Exit codes: 0 done, 1 failed, 2 wrong usage or configuration, 3 a check found differences.")]
pub(super) struct Arguments {
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Run the service against Kafka.
    #[cfg(feature = "kafka")]
    Run(RunArguments),
    /// See it work: an in-process broker, days of sample news, a live table of the stories.
    #[cfg(feature = "kafka")]
    Demo(DemoArguments),
    /// Cluster articles from a file of JSON lines, without Kafka.
    Replay(ReplayArguments),
    /// Check the configuration and show what is in force.
    CheckConfig(CheckConfigArguments),
    /// Create or check the topics.
    #[cfg(feature = "kafka")]
    Topics(TopicsArguments),
}

/// The environment's variables, but for those that are not text.
pub(super) fn environment() -> impl Iterator<Item = (String, String)> {
    std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
}

/// Where the configuration comes from.
#[derive(Debug, Args)]
pub(super) struct ConfigArguments {
    /// Configuration file (TOML); it names only what differs from the defaults.
    #[arg(long, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,

    /// Set one key, such as `--set engine.clustering.join_threshold=0.23`; may be given again.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub(super) set: Vec<String>,
}

impl ConfigArguments {
    /// Loads the configuration; `last` are further settings, which count before all others.
    pub(super) fn load(&self, last: &[String]) -> Result<Config, ConfigErrors> {
        let flags: Vec<String> = self.set.iter().chain(last).cloned().collect();
        config::load(self.config.as_deref(), environment(), &flags)
    }
}

#[cfg(feature = "kafka")]
#[derive(Debug, Args)]
pub(super) struct RunArguments {
    #[command(flatten)]
    pub(super) config: ConfigArguments,

    /// What this process does: `intake`, `lane` or both, separated by a comma.
    #[arg(long, value_name = "ROLES")]
    pub(super) roles: Option<String>,

    /// Where to serve health and metrics, such as `0.0.0.0:9617`.
    #[arg(long, value_name = "ADDRESS")]
    pub(super) listen: Option<String>,
}

#[cfg(feature = "kafka")]
#[derive(Debug, Args)]
pub(super) struct DemoArguments {
    /// Hours of news a second.
    #[arg(long, value_name = "HOURS", default_value_t = 3.0)]
    pub(super) speed: f64,

    /// End when the sample has been told; otherwise the endpoints stay up until Ctrl-C.
    #[arg(long)]
    pub(super) once: bool,

    /// Feed another file of JSON lines instead of the sample; the in-process broker keeps 5 MiB a partition.
    #[arg(long, value_name = "FILE")]
    pub(super) articles: Option<PathBuf>,

    /// Where to serve health and metrics; port 0 for any free one.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    pub(super) listen: String,
}

#[derive(Debug, Args)]
pub(super) struct ReplayArguments {
    /// Articles, one JSON object a line; `-` for standard input.
    pub(super) file: PathBuf,

    #[command(flatten)]
    pub(super) config: ConfigArguments,

    /// Write each article's story as it stands at the end, one JSON object a line.
    #[arg(long, value_name = "FILE")]
    pub(super) assignments: Option<PathBuf>,

    /// Write every change of a story in order, one JSON object a line.
    #[arg(long, value_name = "FILE")]
    pub(super) changes: Option<PathBuf>,

    /// Write the lines that could not be taken, each with its reason, one JSON object a line.
    #[arg(long, value_name = "FILE")]
    pub(super) dead_letters: Option<PathBuf>,

    /// Threads for decoding and analysis; the output is the same for any number. 0: one for each core.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(super) threads: usize,
}

#[derive(Debug, Args)]
pub(super) struct CheckConfigArguments {
    #[command(flatten)]
    pub(super) config: ConfigArguments,

    /// Print the commented defaults, a start for a file of one's own.
    #[arg(long)]
    pub(super) defaults: bool,
}

#[cfg(feature = "kafka")]
#[derive(Debug, Args)]
pub(super) struct TopicsArguments {
    #[command(flatten)]
    pub(super) config: ConfigArguments,

    #[command(flatten)]
    pub(super) action: TopicsAction,
}

#[cfg(feature = "kafka")]
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(super) struct TopicsAction {
    /// Create the topics that are missing; existing ones are never changed.
    #[arg(long)]
    pub(super) create: bool,

    /// Tell how the topics differ from what the configuration asks for; exit code 3 if they do.
    #[arg(long)]
    pub(super) check: bool,
}
