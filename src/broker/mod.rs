//! The ports to a broker: records in by partition, transactions out.
//!
//! The stage loop knows these two traits only. `kafka/` speaks to Apache Kafka, `embedded.rs` starts the
//! in-process broker of the demo and the fast tests, which the same Kafka client speaks to.

use std::sync::Arc;
use std::time::Duration;

use thiserror::Error;

use crate::engine::time::EventTime;

pub mod file;

#[cfg(feature = "kafka")]
pub mod embedded;

#[cfg(feature = "kafka")]
pub mod kafka;

/// A partition of a topic.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TopicPartition {
    /// The topic's name.
    pub topic: Arc<str>,
    /// The partition's number.
    pub partition: i32,
}

/// A record's header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// The header's name.
    pub key: String,
    /// Its value; a header may have none.
    pub value: Option<Vec<u8>>,
}

impl Header {
    /// A header with text for a value.
    pub fn text(key: &str, value: &str) -> Self {
        Self { key: key.to_owned(), value: Some(value.as_bytes().to_vec()) }
    }

    /// The value as text, where it is UTF-8.
    pub fn as_text(&self) -> Option<&str> {
        std::str::from_utf8(self.value.as_deref()?).ok()
    }
}

/// A record as read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The topic it was read from.
    pub topic: Arc<str>,
    /// The partition it was read from.
    pub partition: i32,
    /// Its offset there.
    pub offset: i64,
    /// Its timestamp: creation or arrival, by the topic's configuration.
    pub timestamp: Option<EventTime>,
    /// Its key.
    pub key: Option<Vec<u8>>,
    /// Its value; none for a tombstone.
    pub value: Option<Vec<u8>>,
    /// Its headers in order.
    pub headers: Vec<Header>,
}

/// A record to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// The topic to write to.
    pub topic: Arc<str>,
    /// The partition, or none to let the key decide.
    pub partition: Option<i32>,
    /// The key.
    pub key: Option<Vec<u8>>,
    /// The value; none for a tombstone.
    pub value: Option<Vec<u8>>,
    /// The headers in order.
    pub headers: Vec<Header>,
}

/// What happened to a source's share of the partitions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rebalance {
    /// These partitions are new to this member; it reads from them once the change is accepted.
    Assigned(Vec<TopicPartition>),
    /// These are to be given up; they are kept until the change is accepted.
    Revoked(Vec<TopicPartition>),
    /// These are lost already: another member may be reading them.
    Lost(Vec<TopicPartition>),
}

/// A partition that is new to a member, and where the group had come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assigned {
    /// The partition.
    pub partition: TopicPartition,
    /// The offset to go on at; none where the group has never read the partition.
    pub committed: Option<i64>,
}

/// The next thing in a partition.
#[derive(Debug)]
pub enum Next {
    /// A record.
    Record(Record),
    /// Nothing now: the end of the partition has been reached.
    AtEnd,
    /// Nothing now: more is on its way, or may be.
    Waiting,
}

/// Where records come from: a consumer in a group that reads committed records only.
pub trait RecordSource {
    /// Proof of membership in the group, by which a transaction of a member that was replaced is refused.
    type Membership;

    /// Serves the group and waits up to `timeout` for a change of the partitions or for records. Returns at
    /// once when either is there. To be called regularly, or the group takes this member for dead.
    ///
    /// # Errors
    /// Returns what cannot be waited out.
    fn poll(&mut self, timeout: Duration) -> Result<Option<Rebalance>, BrokerError>;

    /// Accepts the change that [`RecordSource::poll`] returned last.
    ///
    /// # Errors
    /// Returns what the client says against it.
    fn accept(&mut self, change: &Rebalance) -> Result<(), BrokerError>;

    /// The next record of a partition, without waiting.
    ///
    /// # Errors
    /// Returns what cannot be waited out.
    fn next(&mut self, partition: &TopicPartition) -> Result<Next, BrokerError>;

    /// The offsets committed for these partitions; none for a partition that the group has never read.
    ///
    /// # Errors
    /// Returns what the broker says.
    fn committed(&mut self, partitions: &[TopicPartition]) -> Result<Vec<Assigned>, BrokerError>;

    /// The current proof of membership.
    fn membership(&self) -> Option<Self::Membership>;

    /// The offsets after the last committed record, for those partitions where they are known.
    fn end_offsets(&self) -> Vec<(TopicPartition, i64)>;
}

/// Everything of one transaction.
#[derive(Debug)]
pub struct Transaction<'a, M> {
    /// The records to write.
    pub records: &'a [Outgoing],
    /// For each partition read, the offset to read next.
    pub offsets: &'a [(TopicPartition, i64)],
    /// The proof of membership of the reader.
    pub membership: &'a M,
}

/// Where records go: a transactional producer.
pub trait RecordSink<M> {
    /// Writes the records and commits the input offsets with them: all of it or nothing.
    ///
    /// # Errors
    /// After an abortable error nothing of the transaction is visible to a reader of committed records.
    fn commit(&mut self, transaction: &Transaction<'_, M>) -> Result<(), BrokerError>;

    /// Serves the client's callbacks without waiting. To be called regularly while there is nothing to write.
    fn serve(&mut self);
}

/// A failure of the broker or of the connection to it.
#[derive(Debug, Error)]
#[error("{context}: {detail}")]
pub struct BrokerError {
    /// What the service was about to do.
    pub context: &'static str,
    /// What the client said.
    pub detail: String,
    /// What it means for the transaction and the process.
    pub severity: Severity,
}

/// What an error means, in the terms of Kafka's transactions (KIP-98, KIP-691).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// The same call may succeed later.
    Retriable,
    /// The transaction was aborted; the records can be processed again from the last commit.
    Abortable,
    /// The client cannot go on: end the process and start again.
    Fatal,
}
