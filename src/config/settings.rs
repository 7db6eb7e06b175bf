//! The checked settings.

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

use tracing::level_filters::LevelFilter;

use crate::engine::params::EngineParams;
use crate::intake::IntakeRules;
use crate::stage::Limits;

/// A checked configuration. `src/config/default.toml` tells what each setting means.
#[derive(Debug, Clone)]
pub struct Config {
    /// What the process does.
    pub roles: Vec<Role>,
    /// The Kafka clients.
    pub kafka: KafkaSettings,
    /// The consumer groups.
    pub groups: Groups,
    /// The topics' names.
    pub topics: Topics,
    /// How topics are created.
    pub topic_creation: TopicCreation,
    /// How articles are made canonical.
    pub intake: IntakeRules,
    /// How long a silent input partition is waited for.
    pub patience: Duration,
    /// The engine's parameters.
    pub engine: EngineParams,
    /// When a transaction ends.
    pub limits: Limits,
    /// Where health and metrics are served.
    pub listen: SocketAddr,
    /// How much is logged.
    pub log_level: LevelFilter,
}

/// A role of the process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Input topics to lane log.
    Intake,
    /// Lane log to stories.
    Lane,
}

impl Role {
    /// Every role, in the order of the data.
    pub const ALL: [Self; 2] = [Self::Intake, Self::Lane];

    /// The role's name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Intake => "intake",
            Self::Lane => "lane",
        }
    }
}

/// Settings of the Kafka clients.
#[derive(Clone)]
pub struct KafkaSettings {
    /// `host:port`, separated by commas.
    pub bootstrap_servers: String,
    /// Tells the instances of the service apart; part of the transactional id and the client id.
    pub instance_id: String,
    /// Which group protocol the consumers speak.
    pub group_protocol: GroupProtocol,
    /// Where a group without committed offsets starts.
    pub start: Start,
    /// After this time without a heartbeat the group takes a member for dead (classic protocol).
    pub session_timeout: Duration,
    /// After this time the broker aborts a transaction that its producer has left open.
    pub transaction_timeout: Duration,
    /// The largest record that is written, in bytes.
    pub max_message_bytes: usize,
    /// Further librdkafka properties, for all clients; secrets among them.
    pub properties: BTreeMap<String, String>,
}

impl fmt::Debug for KafkaSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The properties may hold secrets: their names only.
        f.debug_struct("KafkaSettings")
            .field("bootstrap_servers", &self.bootstrap_servers)
            .field("instance_id", &self.instance_id)
            .field("properties", &self.properties.keys())
            .finish_non_exhaustive()
    }
}

/// The protocol of a consumer group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GroupProtocol {
    /// The classic protocol with the cooperative-sticky assignor.
    Classic,
    /// The protocol of KIP-848, where the broker assigns; always cooperative.
    Consumer,
}

/// Where a group without committed offsets starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// At the oldest record kept.
    Earliest,
    /// At the records that come from now on.
    Latest,
}

/// How clients and brokers secure what they say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecurityProtocol {
    /// Not at all.
    Plaintext,
    /// TLS.
    Ssl,
    /// A user without TLS.
    SaslPlaintext,
    /// A user over TLS.
    SaslSsl,
}

impl SecurityProtocol {
    /// librdkafka's name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Plaintext => "plaintext",
            Self::Ssl => "ssl",
            Self::SaslPlaintext => "sasl_plaintext",
            Self::SaslSsl => "sasl_ssl",
        }
    }

    /// Whether a user is named.
    pub const fn uses_sasl(self) -> bool {
        matches!(self, Self::SaslPlaintext | Self::SaslSsl)
    }
}

/// The consumer groups' names.
#[derive(Debug, Clone)]
pub struct Groups {
    /// Intake's group.
    pub intake: String,
    /// The lanes' group.
    pub lane: String,
}

/// The topics' names.
#[derive(Debug, Clone)]
pub struct Topics {
    /// Input topics, or regular expressions where they start with `^`.
    pub articles: Vec<String>,
    /// The lane log.
    pub lanes: String,
    /// Every change of a story.
    pub changes: String,
    /// Each story as it stands.
    pub latest: String,
    /// Each article's story.
    pub assignments: String,
    /// Dead letters.
    pub dead_letters: String,
}

impl Topics {
    /// The topics that the service writes.
    pub fn written(&self) -> [&str; 5] {
        [&self.lanes, &self.changes, &self.latest, &self.assignments, &self.dead_letters]
    }
}

/// How topics are created.
#[derive(Debug, Clone)]
pub struct TopicCreation {
    /// Partitions of the input topics.
    pub article_partitions: i32,
    /// Partitions of the lane log.
    pub lane_partitions: i32,
    /// Partitions of the output topics.
    pub output_partitions: i32,
    /// Copies of each partition; 0 for the broker's default.
    pub replication: i32,
    /// How long article events are kept.
    pub articles_retention: Duration,
    /// How long the lane log is kept.
    pub lanes_retention: Duration,
    /// How long changes are kept.
    pub changes_retention: Duration,
    /// How long dead letters are kept.
    pub dead_letters_retention: Duration,
}
