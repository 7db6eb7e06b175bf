//! The lanes of the assigned partitions: one engine each, fed in the order of the lane log.

mod processor;

mod publish;

pub use processor::LaneProcessor;
pub use publish::LaneTopics;
