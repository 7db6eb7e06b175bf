//! Structured logs on standard error.

use tracing::level_filters::LevelFilter;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::{SubscriberInitExt, TryInitError};

/// Starts logging at `level` for the service and at `warn` for its libraries.
///
/// # Errors
/// Fails when logging was started before.
pub fn start(level: LevelFilter) -> Result<(), TryInitError> {
    let others = level.min(LevelFilter::WARN);
    let filter = Targets::new().with_default(others).with_target("slugline", level);
    let ansi = console::colors_enabled_stderr();
    let layer = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_ansi(ansi).with_target(false);
    tracing_subscriber::registry().with(layer.with_filter(filter)).try_init()
}
