//! A consumer group member that hands out records by partition.
//!
//! Every partition has a queue of its own, so the stage can choose which to read next: one that is ahead
//! in time waits without holding up the others, and librdkafka stops fetching for it by itself. Changes of
//! the assignment are taken between two transactions only: the callback notes them, the stage accepts them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use rdkafka::consumer::base_consumer::PartitionQueue;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerGroupMetadata};
use rdkafka::error::KafkaError;
use rdkafka::message::{BorrowedMessage, Headers, Message};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

use super::context::{SourceContext, Wake};
use super::error::{classify, fatal};
use crate::broker::{Assigned, BrokerError, Header, Next, Rebalance, Record, RecordSource, TopicPartition};
use crate::config::KafkaSettings;
use crate::engine::time::EventTime;

/// A member of a consumer group.
#[expect(missing_debug_implementations, reason = "the client's types have none")]
pub struct KafkaSource {
    /// One queue for each partition; each holds the consumer, so they are dropped before it.
    queues: BTreeMap<TopicPartition, Queue>,
    consumer: Arc<BaseConsumer<SourceContext>>,
    /// Raised by librdkafka when any queue has something.
    wake: Arc<Wake>,
}

/// How long the group's coordinator may take to tell the committed offsets, each time it is asked.
const COMMITTED: Duration = Duration::from_secs(10);

/// How often it is asked; a broker that has just started may not know yet.
const ATTEMPTS: usize = 6;

struct Queue {
    queue: PartitionQueue<SourceContext>,
    at_end: bool,
}

impl KafkaSource {
    /// Joins `group` to read `topics`; a topic that starts with `^` is a regular expression.
    ///
    /// # Errors
    /// Returns what the client says against the settings.
    pub fn subscribe(
        settings: &KafkaSettings,
        role: &str,
        group: &str,
        topics: &[String],
    ) -> Result<Self, BrokerError> {
        let context = SourceContext::default();
        let mut consumer: BaseConsumer<SourceContext> = settings
            .consumer(role, group)
            .create_with_context(context)
            .map_err(|error| classify("create the consumer", &error))?;
        let wake = Arc::new(Wake::default());
        let raise = wake.clone();
        consumer.set_nonempty_callback(move || raise.raise());
        let topics: Vec<&str> = topics.iter().map(String::as_str).collect();
        consumer.subscribe(&topics).map_err(|error| classify("subscribe to the input topics", &error))?;
        Ok(Self { queues: BTreeMap::new(), consumer: Arc::new(consumer), wake })
    }

    /// Serves the group's callbacks; a record here would belong to a partition without a queue.
    fn serve(&self) -> Result<(), BrokerError> {
        match self.consumer.poll(Duration::ZERO) {
            None | Some(Err(KafkaError::PartitionEOF(_))) => Ok(()),
            Some(Ok(message)) => {
                let place = format!("{}[{}]@{}", message.topic(), message.partition(), message.offset());
                Err(fatal("read", format!("record {place} came past its partition's queue")))
            }
            Some(Err(error)) => survive(&error),
        }
    }
}

impl RecordSource for KafkaSource {
    type Membership = ConsumerGroupMetadata;

    fn poll(&mut self, timeout: Duration) -> Result<Option<Rebalance>, BrokerError> {
        self.serve()?;
        if let Some(change) = self.consumer.context().next_rebalance() {
            return Ok(Some(change));
        }
        if !timeout.is_zero() {
            self.wake.wait(timeout);
            self.serve()?;
        }
        Ok(self.consumer.context().next_rebalance())
    }

    fn accept(&mut self, change: &Rebalance) -> Result<(), BrokerError> {
        match change {
            Rebalance::Assigned(partitions) => {
                // The queues are split off before anything is fetched, so no record takes another way.
                for partition in partitions {
                    let mut queue = self
                        .consumer
                        .split_partition_queue(&partition.topic, partition.partition)
                        .ok_or_else(|| fatal("assign", format!("no queue for {partition:?}")))?;
                    let raise = self.wake.clone();
                    queue.set_nonempty_callback(move || raise.raise());
                    self.queues.insert(partition.clone(), Queue { queue, at_end: false });
                }
                self.consumer.incremental_assign(&list(partitions)).map_err(|error| classify("assign", &error))
            }
            Rebalance::Revoked(partitions) | Rebalance::Lost(partitions) => {
                self.queues.retain(|partition, _| !partitions.contains(partition));
                self.consumer.context().forget_ends(partitions);
                self.consumer.incremental_unassign(&list(partitions)).map_err(|error| classify("unassign", &error))
            }
        }
    }

    fn next(&mut self, partition: &TopicPartition) -> Result<Next, BrokerError> {
        let Some(Queue { queue, at_end }) = self.queues.get_mut(partition) else { return Ok(Next::Waiting) };
        match queue.poll(Duration::ZERO) {
            Some(Ok(message)) => {
                *at_end = false;
                return Ok(Next::Record(record(partition, &message)));
            }
            Some(Err(KafkaError::PartitionEOF(_))) => *at_end = true,
            Some(Err(error)) => survive(&error)?,
            None => {}
        }
        Ok(if *at_end { Next::AtEnd } else { Next::Waiting })
    }

    fn committed(&mut self, partitions: &[TopicPartition]) -> Result<Vec<Assigned>, BrokerError> {
        if partitions.is_empty() {
            return Ok(Vec::new());
        }
        let mut asked = 0;
        let committed = loop {
            asked += 1;
            match self.consumer.committed_offsets(list(partitions), COMMITTED) {
                Ok(committed) => break committed,
                Err(error) if asked < ATTEMPTS => tracing::warn!(%error, "asking for the committed offsets again"),
                Err(error) => return Err(classify("ask for the committed offsets", &error)),
            }
        };
        let offset_of = |partition: &TopicPartition| {
            let found = committed.find_partition(&partition.topic, partition.partition)?;
            match found.offset() {
                Offset::Offset(offset) => Some(offset),
                _ => None,
            }
        };
        Ok(partitions.iter().map(|p| Assigned { partition: p.clone(), committed: offset_of(p) }).collect())
    }

    fn membership(&self) -> Option<ConsumerGroupMetadata> {
        self.consumer.group_metadata()
    }

    fn end_offsets(&self) -> Vec<(TopicPartition, i64)> {
        self.consumer.context().end_offsets()
    }
}

impl Drop for KafkaSource {
    fn drop(&mut self) {
        // Leaves the group when the last handle, the one below, is dropped.
        self.consumer.context().close();
        self.queues.clear();
    }
}

/// The client goes on by itself after anything that is not fatal.
fn survive(error: &KafkaError) -> Result<(), BrokerError> {
    if let KafkaError::MessageConsumptionFatal(_) = error {
        return Err(classify("read", error));
    }
    tracing::warn!(%error, "reading goes on after an error");
    Ok(())
}

fn record(partition: &TopicPartition, message: &BorrowedMessage<'_>) -> Record {
    let headers = message.headers().map(|headers| {
        headers
            .iter()
            .map(|header| Header { key: header.key.to_owned(), value: header.value.map(<[u8]>::to_vec) })
            .collect()
    });
    Record {
        topic: partition.topic.clone(),
        partition: partition.partition,
        offset: message.offset(),
        timestamp: message.timestamp().to_millis().map(EventTime::from_millis),
        key: message.key().map(<[u8]>::to_vec),
        value: message.payload().map(<[u8]>::to_vec),
        headers: headers.unwrap_or_default(),
    }
}

fn list(partitions: &[TopicPartition]) -> TopicPartitionList {
    let mut list = TopicPartitionList::with_capacity(partitions.len());
    for partition in partitions {
        list.add_partition(&partition.topic, partition.partition);
    }
    list
}
