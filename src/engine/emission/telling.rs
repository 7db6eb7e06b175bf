//! What has been told of a story and what is due: changes coalesced by event time.
//!
//! The first change after a quiet time is told at once; what follows within the coalescing time is told
//! together when event time reaches the end of it, however the articles were batched on their way.

use std::time::Duration;

use crate::engine::article::ArticleId;
use crate::engine::description::Label;
use crate::engine::time::EventTime;

/// A story's ledger of what has been told.
#[derive(Debug, Default)]
pub struct Telling {
    /// Revision of the last change told; 0 before the first.
    pub revision: u64,
    /// The name last told.
    pub label: Option<Label>,
    /// How many articles the story had when its name was last made.
    pub named_at: usize,
    /// When the next change will be told, if one is owed.
    pub due: Option<EventTime>,
    /// Articles that came since the last change told.
    added: Vec<ArticleId>,
    /// Articles that left since the last change told.
    removed: Vec<ArticleId>,
    last_told: Option<EventTime>,
}

impl Telling {
    /// When a change that happens at `now` may be told.
    pub fn earliest(&self, now: EventTime, coalesce: Duration) -> EventTime {
        self.last_told.map_or(now, |last| last.plus(coalesce).max(now))
    }

    /// An article has come into the story.
    pub fn note_added(&mut self, article: ArticleId) {
        if take(&mut self.removed, &article) || self.added.contains(&article) {
            // Known to have been here before, or told as new already: a revision.
            return;
        }
        self.added.push(article);
    }

    /// An article has left the story.
    pub fn note_removed(&mut self, article: ArticleId) {
        if !take(&mut self.added, &article) {
            self.removed.push(article);
        }
    }

    /// Takes what is owed, as told at `at`, and counts the revision up.
    pub fn settle(&mut self, at: EventTime) -> Settled {
        self.revision += 1;
        self.last_told = Some(at);
        self.due = None;
        Settled { added: std::mem::take(&mut self.added), removed: std::mem::take(&mut self.removed) }
    }
}

/// Takes an article out of a list; `true` if it was there.
fn take(list: &mut Vec<ArticleId>, article: &ArticleId) -> bool {
    let before = list.len();
    list.retain(|other| other != article);
    list.len() < before
}

/// What a change tells besides the story itself.
#[derive(Debug, Default)]
pub struct Settled {
    /// Articles that came.
    pub added: Vec<ArticleId>,
    /// Articles that left.
    pub removed: Vec<ArticleId>,
}
