//! The engine of one lane: takes prepared events in lane order and reports their effects.

mod placing;

mod telling;

use std::collections::BTreeSet;

use super::admission::watermark::Watermark;
use super::analysis::{PreparedEvent, Vocabulary};
use super::article::Lane;
use super::clustering::StoryId;
use super::clustering::candidates::CandidateFinder;
use super::clustering::index::Index;
use super::clustering::stories::Stories;
use super::emission::Effect;
use super::params::EngineParams;
use super::time::EventTime;

/// The engine of one lane.
///
/// [`Engine::apply`] is a pure function of the events so far; whoever owns the engine publishes the
/// effects.
#[derive(Debug)]
pub struct Engine {
    lane: Lane,
    params: EngineParams,
    watermark: Watermark,
    vocabulary: Vocabulary,
    stories: Stories,
    index: Index,
    finder: CandidateFinder,
    deadlines: BTreeSet<(EventTime, Deadline, StoryId)>,
    /// Stories closed not so long ago that their ids could be derived again.
    closed: BTreeSet<StoryId>,
    counts: Counts,
    /// Effects of the event at hand.
    effects: Vec<Effect>,
}

/// What happens to a story when event time reaches a point.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Deadline {
    /// A change is due to be told.
    Tell,
    /// The story falls dormant unless an article came since.
    Dormant,
    /// The story closes unless an article came since.
    Close,
    /// The closed story is forgotten.
    Forget,
    /// No article can be so late any more that its story would get the id again.
    Release,
}

#[derive(Debug, Default)]
struct Counts {
    repeated: u64,
    evicted_stories: u64,
}

/// Sizes and counts of an engine, for metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct EngineStats {
    /// Live stories.
    pub live_stories: usize,
    /// Articles in live stories.
    pub live_articles: usize,
    /// Articles in the largest live story.
    pub largest_story: usize,
    /// Terms in the vocabulary.
    pub vocabulary_terms: usize,
    /// Postings in the inverted index.
    pub postings: usize,
    /// Articles that came again unchanged, since the start.
    pub repeated: u64,
    /// Stories closed because the budget was full, since the start.
    pub evicted_stories: u64,
    /// Terms forgotten because the budget was full, since the start.
    pub evicted_terms: u64,
}

impl Engine {
    /// An engine that has seen nothing.
    pub fn new(lane: Lane, params: EngineParams) -> Self {
        let vocabulary = Vocabulary::new(params.analysis.max_terms.get(), params.analysis.background_articles);
        Self {
            lane,
            params,
            watermark: Watermark::default(),
            vocabulary,
            stories: Stories::default(),
            index: Index::default(),
            finder: CandidateFinder::default(),
            deadlines: BTreeSet::new(),
            closed: BTreeSet::new(),
            counts: Counts::default(),
            effects: Vec::new(),
        }
    }

    /// Takes the next event of the lane and reports its effects in the order to publish them.
    pub fn apply(&mut self, event: PreparedEvent) -> Vec<Effect> {
        match event {
            PreparedEvent::Article(article) => self.take_article(*article),
            PreparedEvent::Retraction(id) => self.retract(&id),
            PreparedEvent::Tick(at) => {
                self.watermark.tick(at);
                self.meet_deadlines();
            }
        }
        std::mem::take(&mut self.effects)
    }

    /// Event time as far as it has come.
    pub fn watermark(&self) -> EventTime {
        self.watermark.at()
    }

    /// The earliest event time at which something happens though no article comes.
    pub fn next_deadline(&self) -> Option<EventTime> {
        self.deadlines.first().map(|(at, ..)| *at)
    }

    /// The earliest event time at which a change that is owed will be told.
    pub fn next_telling(&self) -> Option<EventTime> {
        self.deadlines.iter().find(|(_, deadline, _)| *deadline == Deadline::Tell).map(|(at, ..)| *at)
    }

    /// Sizes and counts as they stand.
    pub fn stats(&self) -> EngineStats {
        EngineStats {
            live_stories: self.stories.len(),
            live_articles: self.stories.article_count(),
            largest_story: self.stories.largest(),
            vocabulary_terms: self.vocabulary.len(),
            postings: self.index.len(),
            repeated: self.counts.repeated,
            evicted_stories: self.counts.evicted_stories,
            evicted_terms: self.vocabulary.evicted(),
        }
    }
}

#[cfg(test)]
mod tests;
