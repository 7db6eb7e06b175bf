//! Emission: what the engine tells of its stories, and when.

pub mod effect;

pub mod telling;

pub mod view;

pub mod explanation;

pub use effect::{Assignment, Change, ChangeKind, CloseReason, Effect, Placement};
pub use view::StoryView;
