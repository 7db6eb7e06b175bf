//! Effects: everything the engine answers to a lane event, in the order in which it is published.

use super::explanation::Explanation;
use super::view::StoryView;
use crate::engine::article::{ArticleId, Lane};
use crate::engine::clustering::StoryId;
use crate::engine::time::EventTime;

/// One consequence of a lane event.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// An article is in a story now.
    Assigned(Box<Assignment>),
    /// A retracted article is in no story any more.
    Unassigned(ArticleId),
    /// A story has changed.
    Changed(Box<Change>),
    /// A closed story may be forgotten.
    Forgotten(StoryId),
}

/// Which article is in which story, and why.
#[derive(Debug, Clone, PartialEq)]
pub struct Assignment {
    /// The article.
    pub article: ArticleId,
    /// Its story.
    pub story: StoryId,
    /// The lane of both.
    pub lane: Lane,
    /// How it came there.
    pub placement: Placement,
    /// The event time it counts for.
    pub time: EventTime,
    /// Why it is there.
    pub explanation: Explanation,
}

/// How an article came into its story.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Placement {
    /// It founded the story.
    Founded,
    /// It joined the story.
    Joined,
    /// A new version of an article that is in the story already.
    Revised,
}

/// A change of a story, as published.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// What happened.
    pub kind: ChangeKind,
    /// The event time at which it is told.
    pub at: EventTime,
    /// The story after the change.
    pub story: StoryView,
    /// Articles that have come into the story since the change before.
    pub added: Vec<ArticleId>,
    /// Articles that have left the story since the change before.
    pub removed: Vec<ArticleId>,
}

/// What happened to a story.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChangeKind {
    /// An article founded it.
    Created,
    /// Articles came, went or were revised.
    Updated,
    /// It has another name.
    Renamed {
        /// The name before.
        previous: String,
    },
    /// It has been quiet for a while.
    Dormant,
    /// An article came after it had fallen dormant.
    Reawakened,
    /// It is over.
    Closed {
        /// Why.
        reason: CloseReason,
    },
}

/// Why a story is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CloseReason {
    /// No article came for long.
    Quiet,
    /// All its articles were retracted.
    Retracted,
    /// It was the longest quiet when the budget of live stories was full.
    Evicted,
}
