//! A transactional producer: records and input offsets in one transaction.

use std::time::{Duration, Instant};

use rdkafka::consumer::ConsumerGroupMetadata;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{Header as KafkaHeader, OwnedHeaders};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

use super::context::SinkContext;
use super::error::{classify, fatal};
use crate::broker::{BrokerError, Outgoing, RecordSink, Severity, Transaction};
use crate::config::KafkaSettings;
use crate::stage::Shutdown;

/// How long one call of the transaction protocol may take before it is made again.
const CALL: Duration = Duration::from_secs(10);

/// The same for the first call, so that a shutdown is noticed while no broker answers.
const CONNECT: Duration = Duration::from_secs(2);

/// A transactional producer.
#[expect(missing_debug_implementations, reason = "the client's types have none")]
pub struct KafkaSink {
    producer: BaseProducer<SinkContext>,
    /// The longest a transaction may take: then the broker has aborted it.
    timeout: Duration,
    /// Requested by the process: calls that fail are not made again then.
    shutdown: Shutdown,
}

impl KafkaSink {
    /// Connects and takes over the transactional id: an older process under the same id is fenced and what
    /// it left open is aborted.
    ///
    /// # Errors
    /// Returns what the client says, after waiting up to the transaction timeout for a broker, or less where
    /// a shutdown is requested.
    pub fn connect(settings: &KafkaSettings, role: &str, shutdown: &Shutdown) -> Result<Self, BrokerError> {
        let producer: BaseProducer<SinkContext> = settings
            .producer(role)
            .create_with_context(SinkContext::default())
            .map_err(|error| classify("create the producer", &error))?;
        let sink = Self { producer, timeout: settings.transaction_timeout, shutdown: shutdown.clone() };
        sink.retry("start transactions (is a broker at kafka.bootstrap_servers?)", CONNECT, |timeout| {
            sink.producer.init_transactions(timeout)
        })?;
        Ok(sink)
    }

    /// How many partitions a topic has.
    ///
    /// # Errors
    /// Fails when the topic does not exist or no broker answers.
    pub fn partitions_of(&self, topic: &str) -> Result<i32, BrokerError> {
        let metadata = self
            .producer
            .client()
            .fetch_metadata(Some(topic), CALL)
            .map_err(|error| classify("ask for the topics", &error))?;
        let found = metadata.topics().iter().find(|found| found.name() == topic && found.error().is_none());
        let partitions = found.map_or(0, |found| found.partitions().len());
        if partitions == 0 {
            return Err(fatal(
                "ask for the topics",
                format!("there is no topic {topic}; create the topics with `slugline topics --create`"),
            ));
        }
        Ok(i32::try_from(partitions).unwrap_or(i32::MAX))
    }

    /// Makes a call again while the client says that it may succeed later.
    fn retry(
        &self,
        context: &'static str,
        one_call: Duration,
        mut call: impl FnMut(Duration) -> Result<(), KafkaError>,
    ) -> Result<(), BrokerError> {
        let start = Instant::now();
        loop {
            let Err(error) = call(one_call) else { return Ok(()) };
            let classified = classify(context, &error);
            let given_up = start.elapsed() > self.timeout || self.shutdown.is_requested();
            if classified.severity != Severity::Retriable || given_up {
                return Err(classified);
            }
            tracing::warn!(context, %error, "trying again");
            self.producer.poll(Duration::from_millis(100));
        }
    }

    fn send(&self, record: &Outgoing) -> Result<(), BrokerError> {
        let headers =
            record.headers.iter().fold(OwnedHeaders::new_with_capacity(record.headers.len()), |all, header| {
                all.insert(KafkaHeader { key: &header.key, value: header.value.as_deref() })
            });
        loop {
            let mut outgoing: BaseRecord<'_, [u8], [u8]> = BaseRecord::to(&record.topic).headers(headers.clone());
            outgoing.key = record.key.as_deref();
            outgoing.payload = record.value.as_deref();
            outgoing.partition = record.partition;
            match self.producer.send(outgoing) {
                Ok(()) => return Ok(()),
                Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), _)) => {
                    self.producer.poll(Duration::from_millis(10));
                }
                Err((error, _)) => return Err(classify("produce", &error)),
            }
        }
    }

    /// Waits until every record is delivered.
    ///
    /// `commit_transaction` would flush as well, but in slices of 100 ms whenever anything is in flight;
    /// draining in small steps before it keeps a commit at the broker's own pace.
    fn drain(&self) -> Result<(), BrokerError> {
        let start = Instant::now();
        while self.producer.in_flight_count() > 0 {
            self.producer.poll(Duration::from_millis(1));
            if start.elapsed() > self.timeout {
                return Err(BrokerError {
                    context: "wait for deliveries",
                    detail: format!("records were still under way after {:?}", self.timeout),
                    severity: Severity::Abortable,
                });
            }
        }
        self.producer.poll(Duration::ZERO);
        match self.producer.context().take_failure() {
            None => Ok(()),
            Some(error) => Err(classify("deliver", &error)),
        }
    }

    fn write(&self, transaction: &Transaction<'_, ConsumerGroupMetadata>) -> Result<(), BrokerError> {
        for record in transaction.records {
            self.send(record)?;
        }
        self.drain()?;
        let mut offsets = TopicPartitionList::with_capacity(transaction.offsets.len());
        for (partition, offset) in transaction.offsets {
            offsets
                .add_partition_offset(&partition.topic, partition.partition, Offset::Offset(*offset))
                .map_err(|error| fatal("list the offsets", error.to_string()))?;
        }
        self.retry("send the offsets", CALL, |timeout| {
            self.producer.send_offsets_to_transaction(&offsets, transaction.membership, timeout)
        })?;
        self.retry("commit", CALL, |timeout| self.producer.commit_transaction(timeout))
    }
}

impl RecordSink<ConsumerGroupMetadata> for KafkaSink {
    fn commit(&mut self, transaction: &Transaction<'_, ConsumerGroupMetadata>) -> Result<(), BrokerError> {
        self.producer.begin_transaction().map_err(|error| classify("begin", &error))?;
        self.write(transaction).map_err(|failure| {
            if failure.severity == Severity::Fatal {
                return failure;
            }
            match self.retry("abort", CALL, |timeout| self.producer.abort_transaction(timeout)) {
                Ok(()) => BrokerError { severity: Severity::Abortable, ..failure },
                Err(abort) => fatal(failure.context, format!("{}; then {abort}", failure.detail)),
            }
        })
    }

    fn serve(&mut self) {
        self.producer.poll(Duration::ZERO);
    }
}
