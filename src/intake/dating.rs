//! Event time of an article: what it says itself where that can be believed, otherwise the record's time.

use std::time::Duration;

use crate::engine::article::ArticleTime;
use crate::engine::time::EventTime;
use crate::wire::parse_time;

/// Where event time comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeMode {
    /// A running stream: `published` counts when it lies near the record's timestamp, otherwise the record's.
    Live,
    /// A historic stream: `published` counts however long ago, the record's timestamp does not; an article
    /// without a date counts for the time of those around it.
    Backfill,
}

/// Which dates are believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatingRules {
    /// Where event time comes from.
    pub mode: TimeMode,
    /// In a live stream: how long before its record an article may have been published.
    pub max_age: Duration,
    /// How long after its record an article may claim to be published.
    pub max_skew: Duration,
    /// Nothing was published before this: such dates are placeholders.
    pub earliest: EventTime,
}

/// What was made of an article's date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dated {
    /// Its event time, as far as it is known.
    pub time: ArticleTime,
    /// Why `published` was not believed, where it was not.
    pub doubt: Option<DateDoubt>,
}

/// Why a date was not believed; a fixed set, so that it can label a metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DateDoubt {
    /// There is none.
    Absent,
    /// It is not RFC 3339.
    Unreadable,
    /// It lies too long before the record, or before anything was published.
    TooEarly,
    /// It lies after the record.
    InFuture,
}

impl DateDoubt {
    /// Every doubt.
    pub const ALL: [Self; 4] = [Self::Absent, Self::Unreadable, Self::TooEarly, Self::InFuture];

    /// The doubt as a metric's label.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Absent => "absent",
            Self::Unreadable => "unreadable",
            Self::TooEarly => "too_early",
            Self::InFuture => "in_future",
        }
    }
}

impl DatingRules {
    /// Dates an article by its claim and its record's timestamp.
    pub fn date(&self, published: Option<&str>, record: Option<EventTime>) -> Dated {
        match (self.believe(published, record), self.mode, record) {
            (Ok(time), TimeMode::Live, Some(_)) => Dated { time: ArticleTime::Witnessed(time), doubt: None },
            (Ok(time), _, _) => Dated { time: ArticleTime::Claimed(time), doubt: None },
            (Err(doubt), TimeMode::Live, Some(record)) => {
                Dated { time: ArticleTime::Witnessed(record), doubt: Some(doubt) }
            }
            (Err(doubt), _, _) => Dated { time: ArticleTime::Unknown, doubt: Some(doubt) },
        }
    }

    fn believe(&self, published: Option<&str>, record: Option<EventTime>) -> Result<EventTime, DateDoubt> {
        let text = published.filter(|text| !text.trim().is_empty()).ok_or(DateDoubt::Absent)?;
        let time = parse_time(text).ok_or(DateDoubt::Unreadable)?;
        if time < self.earliest {
            return Err(DateDoubt::TooEarly);
        }
        let Some(record) = record else { return Ok(time) };
        if time > record.plus(self.max_skew) {
            return Err(DateDoubt::InFuture);
        }
        if self.mode == TimeMode::Live && time < record.minus(self.max_age) {
            return Err(DateDoubt::TooEarly);
        }
        Ok(time)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(mode: TimeMode) -> DatingRules {
        DatingRules {
            mode,
            max_age: Duration::from_secs(7 * 86_400),
            max_skew: Duration::from_secs(600),
            earliest: parse_time("1971-01-01T00:00:00Z").unwrap(),
        }
    }

    #[test]
    fn a_live_stream_believes_what_lies_near_the_record() {
        let rules = rules(TimeMode::Live);
        let record = parse_time("2023-10-26T12:00:00Z");
        for (published, doubt) in [
            (Some("2023-10-26T11:00:00Z"), None),
            (Some("2023-10-26T12:05:00Z"), None),
            (Some("1970-01-01T00:00:00Z"), Some(DateDoubt::TooEarly)),
            (Some("2023-01-01T00:00:00Z"), Some(DateDoubt::TooEarly)),
            (Some("2999-01-01T00:00:00Z"), Some(DateDoubt::InFuture)),
            (Some("last Tuesday"), Some(DateDoubt::Unreadable)),
            (Some(""), Some(DateDoubt::Absent)),
            (None, Some(DateDoubt::Absent)),
        ] {
            let dated = rules.date(published, record);
            assert_eq!(dated.doubt, doubt, "{published:?}");
            let expected = if doubt.is_none() { published.and_then(parse_time) } else { record };
            assert_eq!(dated.time.told(), expected, "{published:?}");
            assert!(matches!(dated.time, ArticleTime::Witnessed(_)), "{published:?}");
        }
    }

    #[test]
    fn a_backfill_believes_any_past_and_leaves_the_rest_undated() {
        let rules = rules(TimeMode::Backfill);
        let record = parse_time("2026-01-01T00:00:00Z");
        let old = "1987-02-26T15:01:01Z";
        let claimed = ArticleTime::Claimed(parse_time(old).unwrap());
        assert_eq!(rules.date(Some(old), record).time, claimed);
        assert_eq!(rules.date(None, record).time, ArticleTime::Unknown);
        assert_eq!(rules.date(Some("1970-01-01T00:00:00Z"), record).time, ArticleTime::Unknown);
        assert_eq!(rules.date(Some("2999-01-01T00:00:00Z"), record).time, ArticleTime::Unknown);
        assert_eq!(rules.date(Some(old), None).time, claimed);
    }
}
