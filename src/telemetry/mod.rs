//! What the service says of itself: metrics and logging.

pub mod metrics;

pub mod logging;

pub use metrics::{Metrics, StageMetrics};
