//! Bytes to domain and back: the only place that knows field names.
//!
//! One file a format. Decoding never fails the pipeline: what cannot be read is a [`Reject`] with its
//! reason, which becomes a dead letter. `schemas/` describes every format in JSON Schema, and
//! `tests/schemas.rs` keeps both in step.

pub mod article;

pub mod reject;

pub mod lane_record;

pub mod assignment;

pub mod story;

pub mod change;

pub mod dead_letter;

pub mod cloudevents;

mod number;

mod time;

pub use reject::{Reject, RejectReason};
pub use time::{format_time, parse_time};
