//! What every client of the service shares: where the brokers are and how to speak to them.

use rdkafka::ClientConfig;

use crate::config::{GroupProtocol, KafkaSettings, Start};

impl KafkaSettings {
    fn base(&self, role: &str) -> ClientConfig {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", &self.bootstrap_servers);
        config.set("client.id", format!("slugline-{role}-{}", self.instance_id));
        // A topic that is missing is told, not made up with one partition and no compaction.
        config.set("allow.auto.create.topics", "false");
        // Retry a lost broker quickly at first, and not too seldom later.
        config.set("reconnect.backoff.ms", "50").set("reconnect.backoff.max.ms", "2000");
        config
    }

    fn with_properties(&self, mut config: ClientConfig) -> ClientConfig {
        for (key, value) in &self.properties {
            config.set(key, value);
        }
        config
    }

    /// A client for administration.
    pub(super) fn admin(&self) -> ClientConfig {
        self.with_properties(self.base("admin"))
    }

    /// A consumer in `group` that reads committed records only and never commits by itself.
    pub(super) fn consumer(&self, role: &str, group: &str) -> ClientConfig {
        let mut config = self.base(role);
        config
            .set("group.id", group)
            .set("isolation.level", "read_committed")
            .set("enable.auto.commit", "false")
            .set("enable.auto.offset.store", "false")
            .set("enable.partition.eof", "true")
            .set("statistics.interval.ms", "1000")
            // Bounds what is fetched ahead, for each partition.
            .set("queued.min.messages", "10000")
            .set("queued.max.messages.kbytes", "16384")
            .set("fetch.error.backoff.ms", "100")
            .set("topic.metadata.refresh.interval.ms", "30000");
        config.set(
            "auto.offset.reset",
            match self.start {
                Start::Earliest => "earliest",
                Start::Latest => "latest",
            },
        );
        match self.group_protocol {
            GroupProtocol::Classic => {
                config
                    .set("partition.assignment.strategy", "cooperative-sticky")
                    .set("session.timeout.ms", self.session_timeout.as_millis().to_string());
            }
            GroupProtocol::Consumer => {
                config.set("group.protocol", "consumer");
            }
        }
        self.with_properties(config)
    }

    /// A transactional producer.
    pub(super) fn producer(&self, role: &str) -> ClientConfig {
        let mut config = self.base(role);
        config
            .set("transactional.id", format!("slugline.{role}.{}", self.instance_id))
            .set("transaction.timeout.ms", self.transaction_timeout.as_millis().to_string())
            .set("message.max.bytes", self.max_message_bytes.to_string())
            // The Java client's partitioner, so that every producer agrees on where a key belongs.
            .set("partitioner", "murmur2_random")
            .set("compression.type", "lz4")
            .set("linger.ms", "0");
        self.with_properties(config)
    }
}
