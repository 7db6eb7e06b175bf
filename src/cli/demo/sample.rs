//! The sample: days of news that the binary carries, and files of the same shape.

use std::path::Path;

use anyhow::Context;

use crate::engine::time::EventTime;
use crate::wire::{article, parse_time};

const NEWS_DAYS: &str = include_str!("../../../schemas/samples/news_days.jsonl");

/// An article to feed.
#[derive(Debug, Clone)]
pub(super) struct SampleArticle {
    /// Its id, the record's key.
    pub(super) id: String,
    /// Its time, the record's timestamp; that of the article before where it has none.
    pub(super) time: EventTime,
    /// The article as JSON.
    pub(super) line: String,
}

/// The embedded sample, or the articles of a file; lines that are none keep the time before them.
pub(super) fn load(file: Option<&Path>) -> anyhow::Result<Vec<SampleArticle>> {
    let text = match file {
        None => NEWS_DAYS.to_owned(),
        Some(path) => std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?,
    };
    let mut time = EventTime::default();
    let mut articles = Vec::new();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let event = article::decode(line.as_bytes()).ok();
        time = event.as_ref().and_then(|event| parse_time(event.published.as_deref()?)).unwrap_or(time);
        let id = event.map(|event| event.id.to_string()).unwrap_or_default();
        articles.push(SampleArticle { id, time, line: line.to_owned() });
    }
    Ok(articles)
}
