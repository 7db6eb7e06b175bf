//! What the tests on a broker share: a service under test, plain producers and readers, a stream's score.

#![allow(dead_code, reason = "each test binary uses its share")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a test tells its figures")]

pub(crate) mod kafka;

pub(crate) mod score;

pub(crate) mod service;

use std::path::PathBuf;
use std::time::{Duration, Instant};

/// The project's own labelled stream.
pub(crate) const SAMPLE: &str = "schemas/samples/news_days.jsonl";

/// A file of the repository.
pub(crate) fn repository(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Tries until `check` gives something, and fails with its last complaint.
pub(crate) fn wait_for<T>(what: &str, most: Duration, mut check: impl FnMut() -> Result<T, String>) -> T {
    let start = Instant::now();
    loop {
        match check() {
            Ok(value) => return value,
            Err(complaint) if start.elapsed() > most => panic!("waited {most:?} for {what}: {complaint}"),
            Err(_) => std::thread::sleep(Duration::from_millis(100)),
        }
    }
}
