//! The real Kafka of the test run, and plain clients of it.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;
use std::time::{Duration, Instant};

use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::message::{Headers, Message};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

use super::repository;

/// Where the brokers of this test run are; `None`, said loudly by `with-kafka.sh`, where there are none.
///
/// Panics where a real Kafka is required and none is there.
pub(crate) fn brokers() -> Option<String> {
    let found = std::env::var("SLUGLINE_TEST_KAFKA").ok().filter(|brokers| !brokers.is_empty());
    let required = std::env::var("SLUGLINE_REQUIRE_KAFKA").is_ok_and(|value| value == "1");
    assert!(found.is_some() || !required, "a real Kafka is required: run the tests by `make test`");
    if found.is_none() {
        eprintln!("SKIPPED: no real Kafka (run by `make test`, with Java 17 and Maven or Docker)");
    }
    found
}

/// A record as a reader of committed records sees it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Read {
    pub(crate) partition: i32,
    pub(crate) key: Option<Vec<u8>>,
    pub(crate) value: Option<Vec<u8>>,
    pub(crate) headers: BTreeMap<String, String>,
}

impl Read {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(self.value.as_deref().unwrap()).unwrap()
    }
}

/// Everything committed in a topic now, partition by partition.
pub(crate) fn read_committed(brokers: &str, topic: &str) -> Vec<Read> {
    let consumer: BaseConsumer = ClientConfig::new()
        .set("bootstrap.servers", brokers)
        .set("group.id", "test-reader")
        .set("enable.auto.commit", "false")
        .set("isolation.level", "read_committed")
        .set("enable.partition.eof", "true")
        .create()
        .unwrap();
    let timeout = Duration::from_secs(20);
    let metadata = consumer.fetch_metadata(Some(topic), timeout).unwrap();
    let mut list = TopicPartitionList::new();
    let mut open = BTreeSet::new();
    for partition in metadata.topics()[0].partitions() {
        list.add_partition_offset(topic, partition.id(), Offset::Beginning).unwrap();
        open.insert(partition.id());
    }
    assert!(!open.is_empty(), "there is no topic {topic}");
    consumer.assign(&list).unwrap();
    let start = Instant::now();
    let mut read = Vec::new();
    while !open.is_empty() {
        assert!(start.elapsed() < timeout * 3, "{topic} could not be read to its end");
        match consumer.poll(Duration::from_millis(200)) {
            Some(Ok(message)) => read.push(Read {
                partition: message.partition(),
                key: message.key().map(<[u8]>::to_vec),
                value: message.payload().map(<[u8]>::to_vec),
                headers: message.headers().map_or_else(BTreeMap::new, |headers| {
                    let text = |value: Option<&[u8]>| String::from_utf8_lossy(value.unwrap_or_default()).into_owned();
                    headers.iter().map(|header| (header.key.to_owned(), text(header.value))).collect()
                }),
            }),
            Some(Err(KafkaError::PartitionEOF(partition))) => {
                open.remove(&partition);
            }
            Some(Err(error)) => panic!("{topic}: {error}"),
            None => {}
        }
    }
    // Offsets rise within a partition; the partitions one after the other.
    read.sort_by_key(|record| record.partition);
    read
}

/// The values committed in a topic, as Apache Kafka's own console consumer reads them.
pub(crate) fn read_with_kafka_tools(brokers: &str, topic: &str, records: usize) -> Vec<String> {
    let output = Command::new(repository("deploy/dev/kafka/kafka.sh"))
        .args(["tool", "org.apache.kafka.tools.consumer.ConsoleConsumer"])
        .args(["--bootstrap-server", brokers, "--topic", topic, "--from-beginning"])
        .args(["--isolation-level", "read_committed", "--timeout-ms", "20000"])
        .args(["--max-messages", &records.to_string()])
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(!text.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    text.lines().map(str::to_owned).collect()
}

/// A record to produce.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sent {
    pub(crate) partition: Option<i32>,
    pub(crate) key: Option<Vec<u8>>,
    pub(crate) value: Option<Vec<u8>>,
    /// Milliseconds since the epoch; now where there is none.
    pub(crate) timestamp: Option<i64>,
}

/// Produces records in order and waits until the broker has them all.
pub(crate) fn produce(brokers: &str, topic: &str, records: &[Sent]) {
    let producer: BaseProducer = ClientConfig::new()
        .set("bootstrap.servers", brokers)
        .set("enable.idempotence", "true")
        .set("message.max.bytes", "40000000")
        .set("partitioner", "murmur2_random")
        .create()
        .unwrap();
    for sent in records {
        let mut record: BaseRecord<'_, [u8], [u8]> = BaseRecord::to(topic);
        record.partition = sent.partition;
        record.key = sent.key.as_deref();
        record.payload = sent.value.as_deref();
        record.timestamp = sent.timestamp;
        producer.send(record).map_err(|(error, _)| error).unwrap();
        producer.poll(Duration::ZERO);
    }
    producer.flush(Duration::from_secs(60)).unwrap();
}
