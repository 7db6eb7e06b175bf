//! CloudEvents 1.0 attributes in the binary mode of the Kafka binding: one header each, the value as it is.

use super::time::format_time;
use crate::broker::Header;
use crate::engine::time::EventTime;

/// The header that tells the records of a topic apart.
pub const TYPE_HEADER: &str = "ce_type";

/// The attributes of an event.
#[derive(Debug, Clone)]
pub struct Attributes<'a> {
    /// Unique together with the source.
    pub id: &'a str,
    /// Where the event comes from, a URI reference.
    pub source: &'a str,
    /// What happened.
    pub kind: &'a str,
    /// What it happened to.
    pub subject: &'a str,
    /// When it happened, in event time.
    pub time: Option<EventTime>,
}

/// The headers of an event with a JSON value.
pub fn headers(attributes: &Attributes<'_>) -> Vec<Header> {
    let mut headers = vec![
        Header::text("ce_specversion", "1.0"),
        Header::text("ce_id", attributes.id),
        Header::text("ce_source", attributes.source),
        Header::text(TYPE_HEADER, attributes.kind),
        Header::text("ce_subject", attributes.subject),
    ];
    if let Some(time) = attributes.time {
        headers.push(Header::text("ce_time", &format_time(time)));
    }
    headers.push(Header::text("content-type", "application/json"));
    headers
}

/// The type that a record's headers name.
pub fn type_of(headers: &[Header]) -> Option<&str> {
    headers.iter().find(|header| header.key == TYPE_HEADER).and_then(Header::as_text)
}
