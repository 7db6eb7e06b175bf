//! What a stage does with records, apart from where they come from and go to.

use std::time::{Duration, Instant};

use crate::broker::{Assigned, Outgoing, Record, TopicPartition};
use crate::engine::time::EventTime;

/// The work of a stage.
pub trait Processor {
    /// A record, decoded.
    type Item;

    /// The stage's name, for logs and metrics.
    fn role(&self) -> &'static str;

    /// Whether records of different partitions are to be taken in the order of their times.
    fn order(&self) -> Order;

    /// Partitions are new to this member.
    ///
    /// # Errors
    /// Returns why the stage must not work on them.
    fn assigned(&mut self, partitions: &[Assigned]) -> anyhow::Result<()>;

    /// Partitions have been given up or lost.
    fn revoked(&mut self, partitions: &[TopicPartition]);

    /// Decodes a record and tells its time. Changes nothing: the item may be dropped again.
    fn decode(&self, record: Record) -> (Option<EventTime>, Self::Item);

    /// Takes an item in; what comes of it goes to `outputs`.
    ///
    /// # Errors
    /// Returns what makes going on unsound; the stage stops, and nothing of the transaction is written.
    fn apply(&mut self, item: Self::Item, outputs: &mut Outputs) -> anyhow::Result<()>;

    /// Called a few times a second, whether records come or not; `now` is the wall clock, which must not
    /// decide what is published but may decide that something is written to a log.
    fn idle(&mut self, now: Instant, outputs: &mut Outputs);

    /// Tells sizes and counts to the metrics; called about once a second.
    fn report(&mut self);
}

/// In which order the records of different partitions are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// The earliest of those at hand; nothing is waited for.
    Arrival,
    /// The earliest first, as far as every partition has a record or is at its end; a partition that has
    /// neither is waited for this long.
    Time {
        /// How long a silent partition is waited for.
        patience: Duration,
    },
}

/// What came of a batch of records.
#[derive(Debug, Default)]
pub struct Outputs {
    records: Vec<Outgoing>,
    bytes: usize,
}

impl Outputs {
    /// Adds a record to write.
    pub fn push(&mut self, record: Outgoing) {
        self.bytes += record.key.as_ref().map_or(0, Vec::len) + record.value.as_ref().map_or(0, Vec::len);
        self.records.push(record);
    }

    /// The records to write, in order.
    pub fn records(&self) -> &[Outgoing] {
        &self.records
    }

    /// The bytes of keys and values.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Whether there is nothing to write.
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// Forgets everything, keeping the room.
    pub fn clear(&mut self) {
        self.records.clear();
        self.bytes = 0;
    }
}
