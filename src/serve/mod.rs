//! What the process answers over HTTP: health and metrics.

pub mod readiness;

pub mod http;
