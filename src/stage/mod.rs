//! The transactional loop that intake and lane share: consume, process, and commit what came of it with
//! the input offsets in one transaction.

pub mod processor;

pub mod sequencer;

pub mod shutdown;

mod run;

pub use processor::{Outputs, Processor};
pub use run::{Limits, Stage};
pub use shutdown::Shutdown;
