//! Clustering: live stories, the candidates for an article among them, and the decision to join or found.

pub mod story;

pub mod stories;

pub mod index;

pub mod candidates;

pub mod decision;

pub use story::{Member, Story, StoryId, StoryState};
