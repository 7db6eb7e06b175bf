//! The lane log: canonical articles, retractions and ticks, told apart by the `ce_type` header.
//!
//! Schemas: `schemas/lane.article.v1.schema.json`, `schemas/lane.retraction.v1.schema.json` and
//! `schemas/lane.tick.v1.schema.json`.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::cloudevents::{self, Attributes};
use super::time::{format_time, parse_time};
use crate::broker::Outgoing;
use crate::engine::article::{Article, ArticleId, ArticleTime, LaneEvent, Language};
use crate::engine::time::EventTime;

/// The CloudEvents type of a canonical article.
pub const ARTICLE: &str = "slugline.lane.article.v1";
/// The CloudEvents type of a retraction.
pub const RETRACTION: &str = "slugline.lane.retraction.v1";
/// The CloudEvents type of a tick.
pub const TICK: &str = "slugline.lane.tick.v1";

/// The key of a record that concerns every lane of its partition, such as a retraction; no lane has this name.
pub const EVERY_LANE: &str = "*";

/// A record of the lane log that this version cannot read: something else wrote to the log.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum LaneRecordError {
    /// The record names no type, or one that is not known.
    #[error("type {0:?} is not one of a lane log: {ARTICLE}, {RETRACTION} or {TICK}")]
    UnknownType(String),
    /// The value is not what the type says.
    #[error("{kind}: {detail}")]
    Malformed {
        /// The type the record names.
        kind: &'static str,
        /// What is wrong with it.
        detail: String,
    },
}

#[derive(Serialize, Deserialize)]
struct ArticleRecord<'v> {
    id: std::borrow::Cow<'v, str>,
    title: std::borrow::Cow<'v, str>,
    text: std::borrow::Cow<'v, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    time: Option<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    witnessed: bool,
    lang: std::borrow::Cow<'v, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<std::borrow::Cow<'v, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<std::borrow::Cow<'v, str>>,
}

#[derive(Serialize, Deserialize)]
struct RetractionRecord<'v> {
    id: std::borrow::Cow<'v, str>,
}

#[derive(Serialize, Deserialize)]
struct TickRecord {
    time: String,
}

/// The CloudEvents type of an event.
pub const fn type_of(event: &LaneEvent) -> &'static str {
    match event {
        LaneEvent::Article(_) => ARTICLE,
        LaneEvent::Retraction { .. } => RETRACTION,
        LaneEvent::Tick { .. } => TICK,
    }
}

/// The record of an event in the lane log.
///
/// `key` is its lane, or [`EVERY_LANE`] with a partition; `id` and `source` are its CloudEvents attributes.
pub fn record(
    topic: &Arc<str>,
    partition: Option<i32>,
    key: &str,
    event: &LaneEvent,
    id: &str,
    source: &str,
) -> Outgoing {
    let (subject, time) = match event {
        LaneEvent::Article(article) => (article.id.as_str(), article.time.told()),
        LaneEvent::Retraction { id } => (id.as_str(), None),
        LaneEvent::Tick { at } => (key, Some(*at)),
    };
    let attributes = Attributes { id, source, kind: type_of(event), subject, time };
    Outgoing {
        topic: topic.clone(),
        partition,
        key: Some(key.as_bytes().to_vec()),
        value: Some(encode(event)),
        headers: cloudevents::headers(&attributes),
    }
}

/// Encodes an event as the value of a record.
pub fn encode(event: &LaneEvent) -> Vec<u8> {
    let encoded = match event {
        LaneEvent::Article(article) => serde_json::to_vec(&ArticleRecord {
            id: article.id.as_str().into(),
            title: article.title.as_str().into(),
            text: article.text.as_str().into(),
            time: article.time.told().map(format_time),
            witnessed: matches!(article.time, ArticleTime::Witnessed(_)),
            lang: article.language.as_str().into(),
            source: article.source.as_deref().map(Into::into),
            url: article.url.as_deref().map(Into::into),
        }),
        LaneEvent::Retraction { id } => serde_json::to_vec(&RetractionRecord { id: id.as_str().into() }),
        LaneEvent::Tick { at } => serde_json::to_vec(&TickRecord { time: format_time(*at) }),
    };
    encoded.unwrap_or_default()
}

/// Decodes a record of the lane log.
///
/// # Errors
/// The lane log is the service's own: a record that is none of it is a [`LaneRecordError`].
pub fn decode(ce_type: &str, value: &[u8]) -> Result<LaneEvent, LaneRecordError> {
    match ce_type {
        ARTICLE => decode_article(value),
        RETRACTION => {
            let record: RetractionRecord<'_> = parse(RETRACTION, value)?;
            Ok(LaneEvent::Retraction { id: article_id(RETRACTION, &record.id)? })
        }
        TICK => {
            let record: TickRecord = parse(TICK, value)?;
            Ok(LaneEvent::Tick { at: time(TICK, &record.time)? })
        }
        other => Err(LaneRecordError::UnknownType(other.to_owned())),
    }
}

fn decode_article(value: &[u8]) -> Result<LaneEvent, LaneRecordError> {
    let record: ArticleRecord<'_> = parse(ARTICLE, value)?;
    let language = Language::new(&record.lang)
        .ok_or_else(|| malformed(ARTICLE, format!("lang: {:?} is no language code", record.lang)))?;
    Ok(LaneEvent::Article(Article {
        id: article_id(ARTICLE, &record.id)?,
        title: record.title.into_owned(),
        text: record.text.into_owned(),
        time: match record.time.as_deref().map(|text| time(ARTICLE, text)).transpose()? {
            None => ArticleTime::Unknown,
            Some(time) if record.witnessed => ArticleTime::Witnessed(time),
            Some(time) => ArticleTime::Claimed(time),
        },
        language,
        source: record.source.map(Into::into),
        url: record.url.map(Into::into),
    }))
}

fn parse<'v, T: Deserialize<'v>>(kind: &'static str, value: &'v [u8]) -> Result<T, LaneRecordError> {
    serde_json::from_slice(value).map_err(|error| malformed(kind, error.to_string()))
}

fn article_id(kind: &'static str, id: &str) -> Result<ArticleId, LaneRecordError> {
    ArticleId::new(id).ok_or_else(|| malformed(kind, format!("id: {id:?} is no article's id")))
}

fn time(kind: &'static str, text: &str) -> Result<EventTime, LaneRecordError> {
    parse_time(text).ok_or_else(|| malformed(kind, format!("time: {text:?} is not RFC 3339")))
}

fn malformed(kind: &'static str, detail: String) -> LaneRecordError {
    LaneRecordError::Malformed { kind, detail }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn article_times(time: impl Strategy<Value = EventTime> + Clone) -> impl Strategy<Value = ArticleTime> {
        prop_oneof![
            Just(ArticleTime::Unknown),
            time.clone().prop_map(ArticleTime::Claimed),
            time.prop_map(ArticleTime::Witnessed)
        ]
    }

    fn events() -> impl Strategy<Value = LaneEvent> {
        let id = "[a-z]{1,8}".prop_map(|id| ArticleId::new(&id).unwrap());
        // Years 1900 to 3000.
        let time = (-2_208_988_800_000_i64..32_503_680_000_000).prop_map(EventTime::from_millis);
        let article = (id.clone(), ".*", ".*", article_times(time.clone()), proptest::option::of(".*")).prop_map(
            |(id, title, text, time, source)| {
                let language = Language::new("en").unwrap();
                LaneEvent::Article(Article { id, title, text, time, language, source, url: None })
            },
        );
        prop_oneof![article, id.prop_map(|id| LaneEvent::Retraction { id }), time.prop_map(|at| LaneEvent::Tick { at })]
    }

    proptest! {
        #[test]
        fn every_event_survives_the_lane_log(event in events()) {
            prop_assert_eq!(decode(type_of(&event), &encode(&event)), Ok(event));
        }
    }

    #[test]
    fn foreign_records_are_named() {
        let error = decode("com.example.other", b"{}").unwrap_err();
        assert!(error.to_string().contains("com.example.other"), "{error}");
        let error = decode(TICK, br#"{"time": "noon"}"#).unwrap_err();
        assert_eq!(error.to_string(), "slugline.lane.tick.v1: time: \"noon\" is not RFC 3339");
    }
}
