//! Callbacks of librdkafka: they only note what happened; the source and the sink act on it.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::DeliveryResult;
use rdkafka::producer::ProducerContext;
use rdkafka::statistics::Statistics;
use rdkafka::topic_partition_list::TopicPartitionList;
use rdkafka::types::RDKafkaRespErr;

use crate::broker::{Rebalance, TopicPartition};

/// A flag that one thread waits for and librdkafka's threads raise.
#[derive(Debug, Default)]
pub(super) struct Wake {
    raised: Mutex<bool>,
    changed: Condvar,
}

impl Wake {
    pub(super) fn raise(&self) {
        *lock(&self.raised) = true;
        self.changed.notify_one();
    }

    /// Waits until the flag is raised, at most `timeout`, and lowers it.
    pub(super) fn wait(&self, timeout: Duration) {
        let raised = lock(&self.raised);
        let (mut raised, _) =
            self.changed.wait_timeout_while(raised, timeout, |raised| !*raised).unwrap_or_else(PoisonError::into_inner);
        *raised = false;
    }
}

/// The client's errors for the log, each kind at most once in a while: an outage repeats them by the second.
#[derive(Debug, Default)]
struct Complaints {
    last: Mutex<BTreeMap<String, Instant>>,
}

/// How long the same kind of error is not logged again.
const QUIET: Duration = Duration::from_secs(30);

impl Complaints {
    fn warn(&self, client: &str, error: &KafkaError, reason: &str) {
        let mut last = lock(&self.last);
        let due = last.get(&error.to_string()).is_none_or(|at| at.elapsed() >= QUIET);
        if due {
            last.insert(error.to_string(), Instant::now());
            tracing::warn!(%error, reason, "{client}; repeated at most every {} s", QUIET.as_secs());
        }
    }
}

/// What the consumer's callbacks have noted.
#[derive(Debug, Default)]
pub(super) struct SourceContext {
    /// Changes of the assignment that wait to be accepted; the polling thread takes them.
    rebalances: Mutex<VecDeque<Rebalance>>,
    /// Last known end of each partition, by the client's own statistics.
    ends: Mutex<BTreeMap<TopicPartition, i64>>,
    /// Set before the consumer is dropped: from then on nobody accepts changes any more.
    closing: AtomicBool,
    complaints: Complaints,
}

impl SourceContext {
    pub(super) fn next_rebalance(&self) -> Option<Rebalance> {
        lock(&self.rebalances).pop_front()
    }

    pub(super) fn end_offsets(&self) -> Vec<(TopicPartition, i64)> {
        lock(&self.ends).iter().map(|(partition, end)| (partition.clone(), *end)).collect()
    }

    pub(super) fn forget_ends(&self, partitions: &[TopicPartition]) {
        lock(&self.ends).retain(|partition, _| !partitions.contains(partition));
    }

    pub(super) fn close(&self) {
        self.closing.store(true, Ordering::Release);
    }
}

impl ClientContext for SourceContext {
    fn log(&self, level: RDKafkaLogLevel, fac: &str, message: &str) {
        log_client(level, fac, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        // The end of a partition comes this way too, besides through its queue, and is no error.
        if error.rdkafka_error_code() != Some(RDKafkaErrorCode::PartitionEOF) {
            self.complaints.warn("kafka consumer", &error, reason);
        }
    }

    fn stats(&self, statistics: Statistics) {
        let mut ends = lock(&self.ends);
        for topic in statistics.topics.values() {
            for partition in topic.partitions.values().filter(|p| p.partition >= 0 && p.ls_offset >= 0) {
                let key = TopicPartition { topic: topic.topic.as_str().into(), partition: partition.partition };
                ends.insert(key, partition.ls_offset);
            }
        }
    }
}

impl ConsumerContext for SourceContext {
    fn rebalance(&self, consumer: &BaseConsumer<Self>, error: RDKafkaRespErr, list: &mut TopicPartitionList) {
        let partitions = partitions_of(list);
        if self.closing.load(Ordering::Acquire) {
            // The group is being left and nothing is in flight: give everything up at once.
            if error == RDKafkaRespErr::RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS
                && let Err(error) = consumer.incremental_unassign(list)
            {
                tracing::debug!(%error, "leaving the group");
            }
            return;
        }
        let change = match error {
            RDKafkaRespErr::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS => Rebalance::Assigned(partitions),
            _ if consumer.assignment_lost() => Rebalance::Lost(partitions),
            _ => Rebalance::Revoked(partitions),
        };
        lock(&self.rebalances).push_back(change);
    }
}

/// What the producer's callbacks have noted.
#[derive(Debug, Default)]
pub(super) struct SinkContext {
    /// The first record of the transaction that could not be delivered.
    failed: Mutex<Option<KafkaError>>,
    complaints: Complaints,
}

impl SinkContext {
    pub(super) fn take_failure(&self) -> Option<KafkaError> {
        lock(&self.failed).take()
    }
}

impl ClientContext for SinkContext {
    fn log(&self, level: RDKafkaLogLevel, fac: &str, message: &str) {
        log_client(level, fac, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        self.complaints.warn("kafka producer", &error, reason);
    }
}

impl ProducerContext for SinkContext {
    type DeliveryOpaque = ();

    fn delivery(&self, result: &DeliveryResult<'_>, (): ()) {
        if let Err((error, _)) = result {
            lock(&self.failed).get_or_insert_with(|| error.clone());
        }
    }
}

pub(super) fn partitions_of(list: &TopicPartitionList) -> Vec<TopicPartition> {
    let elements = list.elements();
    elements.iter().map(|e| TopicPartition { topic: e.topic().into(), partition: e.partition() }).collect()
}

/// The client's own log: its warnings say what a broker error means and belong in the service's log.
fn log_client(level: RDKafkaLogLevel, fac: &str, message: &str) {
    match level {
        RDKafkaLogLevel::Emerg | RDKafkaLogLevel::Alert | RDKafkaLogLevel::Critical | RDKafkaLogLevel::Error => {
            tracing::warn!(fac, message, "librdkafka");
        }
        RDKafkaLogLevel::Warning | RDKafkaLogLevel::Notice => tracing::info!(fac, message, "librdkafka"),
        RDKafkaLogLevel::Info | RDKafkaLogLevel::Debug => tracing::debug!(fac, message, "librdkafka"),
    }
}

/// Locks; nothing panics while it holds one of these locks, so a poisoned one is sound.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
