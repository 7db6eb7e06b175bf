//! Dead letters: the original key, value and headers, and why and where in further headers.

use std::sync::Arc;

use super::reject::Reject;
use super::time::format_time;
use crate::broker::{Header, Outgoing, Record};

/// Headers that a dead letter adds to those of the original record.
pub const HEADERS: [&str; 8] = [
    "x-error-reason",
    "x-error-field",
    "x-error-detail",
    "x-error-topic",
    "x-error-partition",
    "x-error-offset",
    "x-error-timestamp",
    "x-error-value-bytes",
];

/// The dead letter of a record.
///
/// A value longer than `most_bytes` could not be written and is left out; `x-error-value-bytes` then tells
/// its length, and the other headers where the original stands.
pub fn dead_letter(topic: &Arc<str>, record: Record, reject: &Reject, most_bytes: usize) -> Outgoing {
    let mut headers = record.headers;
    // One that was sent in again and failed again tells of the last failure only.
    headers.retain(|header| !HEADERS.contains(&header.key.as_str()));
    let mut add = |key: &str, value: &str| headers.push(Header::text(key, value));
    add("x-error-reason", reject.reason.as_str());
    if let Some(field) = reject.field {
        add("x-error-field", field);
    }
    add("x-error-detail", &reject.detail);
    add("x-error-topic", &record.topic);
    add("x-error-partition", &record.partition.to_string());
    add("x-error-offset", &record.offset.to_string());
    if let Some(timestamp) = record.timestamp {
        add("x-error-timestamp", &format_time(timestamp));
    }
    let (value, left_out) = match record.value {
        Some(value) if value.len() > most_bytes => (None, Some(value.len())),
        value => (value, None),
    };
    if let Some(bytes) = left_out {
        headers.push(Header::text("x-error-value-bytes", &bytes.to_string()));
    }
    Outgoing { topic: topic.clone(), partition: None, key: record.key, value, headers }
}
