//! Intake: from a record of the input topics to an event of a lane's log, or a dead letter.
//!
//! Stateless: what becomes of a record depends on the record and the configuration alone.

pub mod dating;

pub mod canonical;

pub mod routing;

mod item;

mod processor;

pub use canonical::{Canonical, IntakeRules};
pub use item::IntakeItem;
pub use processor::{IntakeProcessor, IntakeTopics};
