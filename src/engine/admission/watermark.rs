//! The watermark: how far event time has come in a lane.

use std::time::Duration;

use crate::engine::article::ArticleTime;
use crate::engine::params::AdmissionParams;
use crate::engine::time::EventTime;

/// The latest event time seen, guarded against single articles with a date far ahead.
#[derive(Debug, Clone, Default)]
pub struct Watermark {
    at: Option<EventTime>,
    /// Whether an article has told a date yet.
    dated: bool,
    /// The claim of the article before, where it lay too far ahead to be believed alone.
    unconfirmed: Option<EventTime>,
}

/// The event time an article is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Admitted {
    /// The time it counts for.
    pub time: EventTime,
    /// Whether the article told a time at all.
    pub dated: bool,
}

impl Watermark {
    /// The watermark; the epoch before the first dated article.
    pub fn at(&self) -> EventTime {
        self.at.unwrap_or_default()
    }

    /// How far the first date of the lane is ahead of the articles that came before it without any, where
    /// that is more than an article may be ahead: event time then starts at that date, for them too.
    pub fn gap_before(&self, time: ArticleTime, params: &AdmissionParams) -> Option<Duration> {
        let gap = time.told()?.since(self.at());
        (!self.dated && gap > params.max_ahead).then_some(gap)
    }

    /// Takes an article's claim and advances.
    ///
    /// An article without a time counts for the watermark. A time that its record bears out moves the
    /// watermark as far as it says; so does a claim, if it is not far ahead. One more than `max_ahead` ahead is held to that
    /// distance and moves the watermark only if the article before it was as far ahead, which then is
    /// believed as far as both agree: one wrong date must not close every story. One more than
    /// `max_lateness` behind is held to that distance.
    pub fn admit(&mut self, time: ArticleTime, params: &AdmissionParams) -> Admitted {
        let Some(claim) = time.told() else { return Admitted { time: self.at(), dated: false } };
        let first = !std::mem::replace(&mut self.dated, true);
        let now = match self.at {
            Some(now) if !first || claim.since(now) <= params.max_ahead => now,
            // No date speaks against it.
            _ => claim,
        };
        let claimed_only = matches!(time, ArticleTime::Claimed(_));
        if claimed_only && claim.since(now) > params.max_ahead {
            let witness = self.unconfirmed.replace(claim);
            if let Some(witness) = witness {
                // Time may have moved past the witness since.
                self.at = Some(now.max(witness.min(claim)));
            }
            return Admitted { time: claim.min(self.at().plus(params.max_ahead)), dated: true };
        }
        self.unconfirmed = None;
        self.at = Some(now.max(claim));
        Admitted { time: claim.max(self.at().minus(params.max_lateness)), dated: true }
    }

    /// Takes a tick of the lane log.
    pub fn tick(&mut self, at: EventTime) {
        self.at = Some(self.at().max(at));
    }
}

#[cfg(test)]
mod tests {
    use ArticleTime::{Claimed, Unknown, Witnessed};

    use super::*;

    const DAY: i64 = 86_400_000;

    fn params() -> AdmissionParams {
        AdmissionParams { max_ahead: Duration::from_secs(86_400), max_lateness: Duration::from_secs(7 * 86_400) }
    }

    fn day(n: i64) -> EventTime {
        EventTime::from_millis(n * DAY)
    }

    #[test]
    fn one_date_far_ahead_does_not_move_it_and_a_second_does() {
        let mut watermark = Watermark::default();
        watermark.admit(Claimed(day(10)), &params());
        let wrong = watermark.admit(Claimed(day(4000)), &params());
        assert_eq!((wrong.time, watermark.at()), (day(11), day(10)));
        watermark.admit(Claimed(day(10)), &params());
        watermark.admit(Claimed(day(20)), &params());
        assert_eq!(watermark.at(), day(10));
        watermark.admit(Claimed(day(19)), &params());
        assert_eq!(watermark.at(), day(19));
    }

    #[test]
    fn a_date_once_too_far_ahead_does_not_turn_event_time_back() {
        let mut watermark = Watermark::default();
        watermark.admit(Claimed(day(10)), &params());
        watermark.admit(Claimed(day(12)), &params());
        watermark.tick(day(15));
        watermark.admit(Claimed(day(30)), &params());
        assert_eq!(watermark.at(), day(15));
    }

    #[test]
    fn late_and_undated_articles_are_held_near() {
        let mut watermark = Watermark::default();
        watermark.admit(Claimed(day(100)), &params());
        assert_eq!(watermark.admit(Claimed(day(3)), &params()).time, day(93));
        assert_eq!(watermark.admit(Claimed(day(98)), &params()).time, day(98));
        assert_eq!(watermark.admit(Unknown, &params()), Admitted { time: day(100), dated: false });
        assert_eq!(watermark.at(), day(100));
    }

    #[test]
    fn a_time_that_its_record_bears_out_is_believed_at_once() {
        let mut watermark = Watermark::default();
        watermark.admit(Claimed(day(10)), &params());
        let admitted = watermark.admit(Witnessed(day(40)), &params());
        assert_eq!((admitted.time, watermark.at()), (day(40), day(40)));
    }
}
