//! The in-process broker of the demo and the fast tests: librdkafka's mock cluster on loopback.
//!
//! The same client code speaks to it as to Apache Kafka. It keeps at most 5 MiB a partition, forgets
//! everything when it is dropped, and knows no atomicity: aborted records are visible and offsets sent to
//! a transaction are not kept. What is claimed of transactions is shown on a real broker.

use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::message::Message;
use rdkafka::mocking::MockCluster;
use rdkafka::producer::{BaseProducer, BaseRecord, DefaultProducerContext, Producer};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

use crate::engine::time::EventTime;

/// A broker inside this process.
#[expect(missing_debug_implementations, reason = "the client's type has none")]
pub struct EmbeddedBroker {
    cluster: MockCluster<'static, DefaultProducerContext>,
}

impl EmbeddedBroker {
    /// Starts a broker with the given topics and their numbers of partitions.
    ///
    /// # Errors
    /// Returns what the client says.
    pub fn start(topics: &[(&str, i32)]) -> anyhow::Result<Self> {
        let cluster = MockCluster::new(1)?;
        for (topic, partitions) in topics {
            cluster.create_topic(topic, *partitions, 1)?;
        }
        Ok(Self { cluster })
    }

    /// Where clients find it.
    pub fn bootstrap_servers(&self) -> String {
        self.cluster.bootstrap_servers()
    }
}

/// A plain producer for feeding articles in.
#[expect(missing_debug_implementations, reason = "the client's type has none")]
pub struct Feeder {
    producer: BaseProducer,
    topic: String,
}

impl Feeder {
    /// Connects to feed `topic`.
    ///
    /// # Errors
    /// Returns what the client says.
    pub fn connect(bootstrap_servers: &str, topic: &str) -> anyhow::Result<Self> {
        let producer =
            ClientConfig::new().set("bootstrap.servers", bootstrap_servers).set("linger.ms", "0").create()?;
        Ok(Self { producer, topic: topic.to_owned() })
    }

    /// Sends one article and waits for the broker to have it.
    ///
    /// # Errors
    /// Returns what the client says.
    pub fn send(&self, key: &str, value: &[u8], timestamp: EventTime) -> anyhow::Result<()> {
        let record = BaseRecord::to(&self.topic).key(key).payload(value).timestamp(timestamp.as_millis());
        self.producer.send(record).map_err(|(error, _)| error)?;
        while self.producer.in_flight_count() > 0 {
            self.producer.poll(Duration::from_millis(5));
        }
        Ok(())
    }
}

/// A plain reader of whole topics, from their starts.
#[expect(missing_debug_implementations, reason = "the client's type has none")]
pub struct Listener {
    consumer: BaseConsumer,
}

/// A record as a listener sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    /// The topic.
    pub topic: String,
    /// The value; none for a tombstone.
    pub value: Option<Vec<u8>>,
}

impl Listener {
    /// Connects to read all of these topics, given with their numbers of partitions.
    ///
    /// # Errors
    /// Returns what the client says.
    pub fn connect(bootstrap_servers: &str, topics: &[(&str, i32)]) -> anyhow::Result<Self> {
        let consumer: BaseConsumer = ClientConfig::new()
            .set("bootstrap.servers", bootstrap_servers)
            .set("group.id", "listener")
            .set("enable.auto.commit", "false")
            .create()?;
        let mut list = TopicPartitionList::new();
        for (topic, partitions) in topics {
            for partition in 0..*partitions {
                list.add_partition_offset(topic, partition, Offset::Beginning)?;
            }
        }
        consumer.assign(&list)?;
        Ok(Self { consumer })
    }

    /// The next record, waiting up to `timeout` for one.
    ///
    /// # Errors
    /// Returns what the client says.
    pub fn next(&self, timeout: Duration) -> anyhow::Result<Option<Heard>> {
        let Some(message) = self.consumer.poll(timeout) else { return Ok(None) };
        let message = message?;
        Ok(Some(Heard { topic: message.topic().to_owned(), value: message.payload().map(<[u8]>::to_vec) }))
    }
}
