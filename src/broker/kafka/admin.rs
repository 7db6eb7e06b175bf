//! Topic administration: creates what is missing and tells what is not as it should be.

use std::collections::BTreeMap;
use std::time::Duration;

use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, ResourceSpecifier, TopicReplication};
use rdkafka::client::DefaultClientContext;

use super::error::{classify, fatal};
use crate::broker::BrokerError;
use crate::config::KafkaSettings;

/// How a topic should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicSpec {
    /// The topic's name.
    pub name: String,
    /// How many partitions it is created with; more are as good.
    pub partitions: i32,
    /// How many copies of each partition; none for the broker's default.
    pub replication: Option<i32>,
    /// Its settings, such as `cleanup.policy`.
    pub settings: BTreeMap<String, String>,
}

/// What a topic is like beside what it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicReport {
    /// The topic's name.
    pub name: String,
    /// What was found.
    pub finding: Finding,
}

/// The state of a topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// As it should be.
    Sound,
    /// It does not exist.
    Missing,
    /// It was missing and has been created.
    Created,
    /// It exists, but not as it should be: one sentence for each difference.
    Differs(Vec<String>),
}

const TIMEOUT: Duration = Duration::from_secs(15);

/// Checks topics, and creates the missing ones where `create` says so. Existing topics are never changed.
///
/// # Errors
/// Returns what the client says, such as that no broker answers.
pub fn check_topics(
    settings: &KafkaSettings,
    topics: &[TopicSpec],
    create: bool,
) -> Result<Vec<TopicReport>, BrokerError> {
    let client: AdminClient<DefaultClientContext> =
        settings.admin().create().map_err(|error| classify("create the admin client", &error))?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| fatal("start", error.to_string()))?;
    let mut reports = Vec::new();
    for topic in topics {
        let mut finding = find(&client, &runtime, topic)?;
        if finding == Finding::Missing && create {
            runtime.block_on(make(&client, topic))?;
            finding = Finding::Created;
        }
        reports.push(TopicReport { name: topic.name.clone(), finding });
    }
    Ok(reports)
}

fn find(
    client: &AdminClient<DefaultClientContext>,
    runtime: &tokio::runtime::Runtime,
    topic: &TopicSpec,
) -> Result<Finding, BrokerError> {
    let metadata = client
        .inner()
        .fetch_metadata(Some(&topic.name), TIMEOUT)
        .map_err(|error| classify("ask for the topics (is kafka.bootstrap_servers right?)", &error))?;
    let Some(found) = metadata.topics().iter().find(|found| found.name() == topic.name && found.error().is_none())
    else {
        return Ok(Finding::Missing);
    };
    let mut differences = Vec::new();
    let partitions = i32::try_from(found.partitions().len()).unwrap_or(i32::MAX);
    if partitions < topic.partitions {
        differences.push(format!("has {partitions} partitions, expected {}", topic.partitions));
    }
    let settings = runtime.block_on(settings_of(client, &topic.name))?;
    for (key, expected) in &topic.settings {
        match settings.get(key) {
            Some(actual) if same(actual, expected) => {}
            actual => {
                let actual = actual.map_or("not set", String::as_str);
                differences.push(format!("{key} is {actual}, expected {expected}"));
            }
        }
    }
    Ok(if differences.is_empty() { Finding::Sound } else { Finding::Differs(differences) })
}

/// Whether two settings mean the same: lists in any order.
fn same(actual: &str, expected: &str) -> bool {
    let parts = |text: &str| {
        let mut parts: Vec<String> = text.split(',').map(|part| part.trim().to_owned()).collect();
        parts.sort();
        parts
    };
    parts(actual) == parts(expected)
}

async fn settings_of(
    client: &AdminClient<DefaultClientContext>,
    topic: &str,
) -> Result<BTreeMap<String, String>, BrokerError> {
    let options = AdminOptions::new().request_timeout(Some(TIMEOUT));
    let results = client
        .describe_configs(&[ResourceSpecifier::Topic(topic)], &options)
        .await
        .map_err(|error| classify("ask for the topic's settings", &error))?;
    let mut settings = BTreeMap::new();
    for result in results {
        let resource = result.map_err(|code| fatal("ask for the topic's settings", code.to_string()))?;
        for entry in resource.entries {
            settings.insert(entry.name, entry.value.unwrap_or_default());
        }
    }
    Ok(settings)
}

async fn make(client: &AdminClient<DefaultClientContext>, topic: &TopicSpec) -> Result<(), BrokerError> {
    let replication = TopicReplication::Fixed(topic.replication.unwrap_or(-1));
    let mut new = NewTopic::new(&topic.name, topic.partitions, replication);
    for (key, value) in &topic.settings {
        new = new.set(key, value);
    }
    let options = AdminOptions::new().operation_timeout(Some(TIMEOUT));
    let results = client.create_topics([&new], &options).await.map_err(|error| classify("create topics", &error))?;
    for result in results {
        if let Err((name, code)) = result {
            return Err(fatal("create topics", format!("{name}: {code}")));
        }
    }
    Ok(())
}
