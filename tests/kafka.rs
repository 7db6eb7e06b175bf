//! The service on a real Apache Kafka. `make test` starts one; without it these tests say that they were
//! skipped, or fail where `SLUGLINE_REQUIRE_KAFKA=1`.

#![cfg(feature = "kafka")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a test tells its figures")]

mod support;

#[path = "kafka/parity.rs"]
mod parity;

#[path = "kafka/bad_input.rs"]
mod bad_input;

#[path = "kafka/operation.rs"]
mod operation;
