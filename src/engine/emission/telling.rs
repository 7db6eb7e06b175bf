//! What has been told of a story and what is due: changes coalesced by event time.
//!
//! The first change after a quiet time is told at once; what follows within the coalescing time is told
//! together when event time reaches the end of it, however the articles were batched on their way.

use std::time::Duration;

use crate::engine::article::ArticleId;
use crate::engine::description::Label;
use crate::engine::emission::Placement;
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
    /// When it falls dormant and closes unless an article comes.
    pub quiet: Option<Quiet>,
    /// How many articles came, were revised or left since its name was last made.
    pub touched: usize,
    /// Articles that came since the last change told.
    added: Vec<(ArticleId, Arrival)>,
    /// Articles that left since the last change told.
    removed: Vec<ArticleId>,
    last_told: Option<EventTime>,
}

/// When a story falls dormant and closes unless an article comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quiet {
    /// When it falls dormant.
    pub dormant: EventTime,
    /// When it closes.
    pub close: EventTime,
}

/// Whether a change has told of an article before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Arrival {
    /// Not yet.
    New,
    /// It has: this is a new version of it, or it had left in the meantime.
    Again,
}

impl Telling {
    /// When a change that happens at `now` may be told.
    pub fn earliest(&self, now: EventTime, coalesce: Duration) -> EventTime {
        self.last_told.map_or(now, |last| last.plus(coalesce).max(now))
    }

    /// An article has come into the story, or into a new version.
    pub fn note_added(&mut self, article: ArticleId, placement: Placement) {
        self.touched += 1;
        if self.added.iter().any(|(other, _)| *other == article) {
            return;
        }
        let again = placement == Placement::Revised || self.removed.contains(&article);
        self.added.push((article, if again { Arrival::Again } else { Arrival::New }));
    }

    /// An article has left the story.
    pub fn note_removed(&mut self, article: ArticleId) {
        self.touched += 1;
        let at = self.added.iter().position(|(other, _)| *other == article);
        let arrival = at.map(|at| self.added.remove(at).1);
        // What was never told as come is not told as gone.
        if arrival != Some(Arrival::New) && !self.removed.contains(&article) {
            self.removed.push(article);
        }
        if !self.owes() {
            self.due = None;
        }
    }

    /// Whether articles have come, were revised or have left since the last change told.
    pub fn owes(&self) -> bool {
        !self.added.is_empty() || !self.removed.is_empty()
    }

    /// Moves what has been told and what is due later in time.
    pub fn postpone(&mut self, by: Duration) {
        self.due = self.due.map(|at| at.plus(by));
        self.last_told = self.last_told.map(|at| at.plus(by));
        self.quiet = self.quiet.map(|quiet| Quiet { dormant: quiet.dormant.plus(by), close: quiet.close.plus(by) });
    }

    /// Takes what is owed, as told at `at`, and counts the revision up.
    pub fn settle(&mut self, at: EventTime) -> Settled {
        self.revision += 1;
        self.last_told = Some(at);
        self.due = None;
        let added = std::mem::take(&mut self.added).into_iter().map(|(article, _)| article).collect();
        Settled { added, removed: std::mem::take(&mut self.removed) }
    }
}

/// What a change tells besides the story itself.
#[derive(Debug, Default)]
pub struct Settled {
    /// Articles that came.
    pub added: Vec<ArticleId>,
    /// Articles that left.
    pub removed: Vec<ArticleId>,
}
