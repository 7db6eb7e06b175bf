//! A story as it is published.

use crate::engine::article::{ArticleId, Lane, Language};
use crate::engine::clustering::{StoryId, StoryState};
use crate::engine::description::Label;
use crate::engine::time::EventTime;

/// A story as it stands after a change.
#[derive(Debug, Clone, PartialEq)]
pub struct StoryView {
    /// Its id.
    pub id: StoryId,
    /// Its lane.
    pub lane: Lane,
    /// 1 for the first change, then one more with each.
    pub revision: u64,
    /// Where it is in its life.
    pub state: StoryState,
    /// Its name.
    pub label: Label,
    /// Event time of its earliest article.
    pub first_seen: EventTime,
    /// Event time of its latest article.
    pub last_seen: EventTime,
    /// How many articles are in it.
    pub articles: usize,
    /// How many different texts are in it.
    pub unique_texts: usize,
    /// How many articles repeat a text that was in it already.
    pub reprints: usize,
    /// How many publishers have articles in it.
    pub publishers: usize,
    /// Its strongest terms, the strongest first.
    pub top_terms: Vec<WeightedTerm>,
    /// The article that stands for it; none once all were retracted.
    pub representative: Option<MemberView>,
    /// Its latest articles, the latest first.
    pub members: Vec<MemberView>,
}

/// A term of a story.
#[derive(Debug, Clone, PartialEq)]
pub struct WeightedTerm {
    /// The term as it first stood in an article.
    pub term: String,
    /// Its share of the story's weight, 0 to 1.
    pub share: f32,
}

/// An article of a story, as published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberView {
    /// Its id.
    pub id: ArticleId,
    /// Its headline.
    pub title: String,
    /// Its event time.
    pub time: EventTime,
    /// Its language.
    pub language: Language,
    /// Who published it.
    pub source: Option<String>,
    /// Where it can be read.
    pub url: Option<String>,
}
