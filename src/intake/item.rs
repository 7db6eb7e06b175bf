//! What a record of the input topics turns out to be.

use super::canonical::{Canonical, IntakeRules, canonical};
use crate::broker::Record;
use crate::engine::article::ArticleId;
use crate::wire::{Reject, RejectReason, article};

/// A record of the input topics, read.
#[derive(Debug)]
pub enum IntakeItem {
    /// An article.
    Article {
        /// The article.
        canonical: Box<Canonical>,
        /// The coordinates of the record: the id of the lane record made of it.
        event_id: String,
    },
    /// The retraction of an article.
    Retraction {
        /// The article.
        article: ArticleId,
        /// The coordinates of the record: the id of the lane record made of it.
        event_id: String,
    },
    /// Neither.
    Rejected {
        /// The record as it came.
        record: Box<Record>,
        /// What is wrong with it.
        reject: Reject,
    },
}

impl IntakeItem {
    /// Reads a record: an article, or with a null value the retraction of the article its key names.
    pub fn read(record: Record, rules: &IntakeRules) -> Self {
        let event_id = format!("{}/{}/{}", record.topic, record.partition, record.offset);
        match &record.value {
            None => match retracted(&record) {
                Ok(article) => Self::Retraction { article, event_id },
                Err(reject) => Self::Rejected { record: Box::new(record), reject },
            },
            Some(value) => match read_article(value, &record, rules) {
                Ok(canonical) => Self::Article { canonical: Box::new(canonical), event_id },
                Err(reject) => Self::Rejected { record: Box::new(record), reject },
            },
        }
    }
}

fn read_article(value: &[u8], record: &Record, rules: &IntakeRules) -> Result<Canonical, Reject> {
    let most = rules.max_record_bytes;
    if value.len() > most {
        let detail = format!("{} bytes, at most {most} are taken (intake.max_record_bytes)", value.len());
        return Err(Reject::record(RejectReason::TooLarge, detail));
    }
    Ok(canonical(article::decode(value)?, record.timestamp, rules))
}

fn retracted(record: &Record) -> Result<ArticleId, Reject> {
    let key = record.key.as_deref().and_then(|key| std::str::from_utf8(key).ok());
    key.and_then(ArticleId::new).ok_or_else(|| {
        let detail = "a null value retracts the article that its key names: expected an article's id as the key";
        Reject::record(RejectReason::InvalidKey, detail)
    })
}
