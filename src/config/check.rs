//! From merged layers to checked settings: the only place that makes engine parameters.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use tracing::level_filters::LevelFilter;

use super::layers::Layers;
use super::reader::Reader;
use super::{Config, GroupProtocol, Groups, KafkaSettings, Role, SecurityProtocol, Start, TopicCreation, Topics};
use crate::engine::article::Lane;
use crate::engine::params::{
    AdmissionParams, AnalysisParams, ClusteringParams, EmissionParams, EngineParams, LifecycleParams,
};
use crate::intake::IntakeRules;
use crate::intake::dating::{DatingRules, TimeMode};
use crate::intake::routing::{Router, RoutingRule};
use crate::stage::Limits;
use crate::wire::parse_time;

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

const MINUTE: Duration = seconds(60);
const DAY: Duration = seconds(86_400);
const YEAR: Duration = seconds(365 * 86_400);
const TEN_YEARS: Duration = seconds(3650 * 86_400);

/// Checks everything; the errors of the reader tell what is wrong.
pub(super) fn config(layers: &Layers, read: &mut Reader<'_>) -> Config {
    Config {
        roles: roles(read),
        kafka: kafka(layers, read),
        groups: groups(read),
        topics: topics(read),
        topic_creation: topic_creation(read),
        intake: intake(layers, read),
        patience: read.duration("intake.patience", Duration::ZERO..=MINUTE),
        engine: engine(read),
        limits: Limits {
            records: read.size("stage.max_records", 1..=100_000),
            bytes: read.size("stage.max_bytes", 1000..=1_000_000_000),
            linger: read.duration("stage.linger", Duration::ZERO..=seconds(10)),
        },
        listen: listen(read),
        log_level: log_level(read),
    }
}

fn roles(read: &mut Reader<'_>) -> Vec<Role> {
    let key = "run.roles";
    let mut roles = Vec::new();
    for name in read.texts(key) {
        match Role::ALL.into_iter().find(|role| role.as_str() == name) {
            Some(role) if !roles.contains(&role) => roles.push(role),
            Some(_) => {}
            None => read.fault(key, format!("expected \"intake\" or \"lane\", got {name:?}")),
        }
    }
    if roles.is_empty() {
        read.fault(key, "expected at least one of \"intake\" and \"lane\"");
    }
    roles
}

fn kafka(layers: &Layers, read: &mut Reader<'_>) -> KafkaSettings {
    let instance_id = match read.text("kafka.instance_id") {
        id if id.trim().is_empty() => host_name(),
        id => id,
    };
    let protocol = read.choice(
        "kafka.security.protocol",
        &[
            ("plaintext", SecurityProtocol::Plaintext),
            ("ssl", SecurityProtocol::Ssl),
            ("sasl_plaintext", SecurityProtocol::SaslPlaintext),
            ("sasl_ssl", SecurityProtocol::SaslSsl),
        ],
    );
    let mut properties = security(read, protocol.unwrap_or(SecurityProtocol::Plaintext));
    properties.extend(layers.free("kafka.properties"));
    for ours in OURS {
        if properties.contains_key(ours) {
            read.fault("kafka.properties", format!("{ours} is the service's own to set"));
        }
    }
    KafkaSettings {
        bootstrap_servers: read.name("kafka.bootstrap_servers"),
        instance_id,
        group_protocol: read
            .choice(
                "kafka.group_protocol",
                &[("classic", GroupProtocol::Classic), ("consumer", GroupProtocol::Consumer)],
            )
            .unwrap_or(GroupProtocol::Classic),
        start: read
            .choice("kafka.start", &[("earliest", Start::Earliest), ("latest", Start::Latest)])
            .unwrap_or(Start::Earliest),
        session_timeout: read.duration("kafka.session_timeout", seconds(6)..=seconds(1800)),
        transaction_timeout: read.duration("kafka.transaction_timeout", seconds(1)..=seconds(900)),
        max_message_bytes: read.size("kafka.max_message_bytes", 100_000..=1_000_000_000),
        properties,
    }
}

/// Properties on which the transactions, the order of the input or the lanes' places depend.
const OURS: [&str; 10] = [
    "enable.auto.commit",
    "enable.auto.offset.store",
    "enable.partition.eof",
    "group.id",
    "group.protocol",
    "isolation.level",
    "partition.assignment.strategy",
    "partitioner",
    "statistics.interval.ms",
    "transactional.id",
];

/// The librdkafka properties of `[kafka.security]`.
fn security(read: &mut Reader<'_>, protocol: SecurityProtocol) -> BTreeMap<String, String> {
    let mut properties = BTreeMap::new();
    if protocol == SecurityProtocol::Plaintext {
        return properties;
    }
    if !cfg!(feature = "tls") {
        read.fault(
            "kafka.security.protocol",
            "this build has no TLS and SASL: build with `cargo build --release --features tls`, or use \"plaintext\"",
        );
    }
    properties.insert("security.protocol".to_owned(), protocol.as_str().to_owned());
    let named = [
        ("mechanism", "sasl.mechanism"),
        ("username", "sasl.username"),
        ("password", "sasl.password"),
        ("ca_file", "ssl.ca.location"),
        ("certificate_file", "ssl.certificate.location"),
        ("key_file", "ssl.key.location"),
        ("key_password", "ssl.key.password"),
    ];
    for (ours, theirs) in named {
        let value = read.text(&format!("kafka.security.{ours}"));
        if !value.is_empty() {
            properties.insert(theirs.to_owned(), value);
        }
    }
    if protocol.uses_sasl() {
        for needed in ["mechanism", "username", "password"] {
            read.name(&format!("kafka.security.{needed}"));
        }
    }
    properties
}

fn host_name() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let name = name.trim();
    if name.is_empty() { "slugline".to_owned() } else { name.to_owned() }
}

fn groups(read: &mut Reader<'_>) -> Groups {
    let groups = Groups { intake: read.name("groups.intake"), lane: read.name("groups.lane") };
    if groups.intake == groups.lane {
        read.fault("groups.lane", "must differ from groups.intake: the two read different topics");
    }
    groups
}

fn topics(read: &mut Reader<'_>) -> Topics {
    let articles = read.texts("topics.articles");
    if articles.is_empty() {
        read.fault("topics.articles", "expected at least one topic");
    }
    for topic in articles.iter().filter(|topic| !topic.starts_with('^')) {
        check_topic(read, "topics.articles", topic);
    }
    let mut named = |key: &str| {
        let topic = read.text(key);
        check_topic(read, key, &topic);
        topic
    };
    let topics = Topics {
        lanes: named("topics.lanes"),
        changes: named("topics.changes"),
        latest: named("topics.latest"),
        assignments: named("topics.assignments"),
        dead_letters: named("topics.dead_letters"),
        articles,
    };
    let keys = ["lanes", "changes", "latest", "assignments", "dead_letters"];
    let names = [&topics.lanes, &topics.changes, &topics.latest, &topics.assignments, &topics.dead_letters];
    for (at, (key, name)) in keys.iter().zip(names).enumerate() {
        if topics.articles.contains(name) || names.iter().take(at).any(|other| *other == name) {
            read.fault(&format!("topics.{key}"), format!("{name:?} is used for another purpose already"));
        }
    }
    topics
}

/// What Kafka allows as a topic's name.
fn check_topic(read: &mut Reader<'_>, key: &str, topic: &str) {
    let sound = (1..=249).contains(&topic.len())
        && topic.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
        && topic != "."
        && topic != "..";
    if !sound {
        read.fault(key, format!("expected 1 to 249 of a-z A-Z 0-9 . _ -, got {topic:?}"));
    }
}

fn topic_creation(read: &mut Reader<'_>) -> TopicCreation {
    let mut partitions = |key: &str| i32::try_from(read.integer(key, 1..=10_000)).unwrap_or(1);
    let article_partitions = partitions("topics.create.article_partitions");
    let lane_partitions = partitions("topics.create.lane_partitions");
    let output_partitions = partitions("topics.create.output_partitions");
    let mut retention = |key: &str| read.duration(key, MINUTE..=TEN_YEARS);
    TopicCreation {
        article_partitions,
        lane_partitions,
        output_partitions,
        articles_retention: retention("topics.create.articles_retention"),
        lanes_retention: retention("topics.create.lanes_retention"),
        changes_retention: retention("topics.create.changes_retention"),
        dead_letters_retention: retention("topics.create.dead_letters_retention"),
        replication: i32::try_from(read.integer("topics.create.replication", 0..=100)).unwrap_or(0),
    }
}

fn intake(layers: &Layers, read: &mut Reader<'_>) -> IntakeRules {
    let earliest = parse_time(&read.text("time.earliest"));
    if earliest.is_none() {
        read.fault("time.earliest", "expected an RFC 3339 time such as \"1971-01-01T00:00:00Z\"");
    }
    IntakeRules {
        max_record_bytes: read.size("intake.max_record_bytes", 1000..=1_000_000_000),
        max_text_chars: read.size("intake.max_text_chars", 1000..=10_000_000),
        dating: DatingRules {
            mode: read
                .choice("time.mode", &[("live", TimeMode::Live), ("backfill", TimeMode::Backfill)])
                .unwrap_or(TimeMode::Live),
            max_age: read.duration("time.max_age", MINUTE..=YEAR),
            max_skew: read.duration("time.max_skew", Duration::ZERO..=DAY),
            earliest: earliest.unwrap_or_default(),
        },
        router: Router::new(routing_rules(layers, read)),
    }
}

fn routing_rules(layers: &Layers, read: &mut Reader<'_>) -> Vec<RoutingRule> {
    let key = "lanes.rules";
    let rules = layers.value(key).and_then(toml::Value::as_array).cloned().unwrap_or_default();
    let mut checked = Vec::new();
    for (number, rule) in (1..).zip(rules) {
        match routing_rule(&rule) {
            Ok(rule) => checked.push(rule),
            Err(problem) => read.fault(key, format!("rule {number}: {problem}")),
        }
    }
    checked
}

fn routing_rule(rule: &toml::Value) -> Result<RoutingRule, String> {
    let table = rule.as_table().ok_or("expected a table with lane, and languages, sources or urls")?;
    let mut checked = RoutingRule::default();
    for (key, value) in table {
        let texts = || -> Result<Vec<String>, String> {
            let array = value.as_array().ok_or(format!("{key}: expected an array of strings"))?;
            let texts: Option<Vec<String>> = array.iter().map(|text| text.as_str().map(str::to_owned)).collect();
            texts.ok_or(format!("{key}: expected an array of strings"))
        };
        match key.as_str() {
            "languages" => checked.languages = texts()?,
            "sources" => checked.sources = texts()?,
            "urls" => checked.urls = texts()?,
            "lane" => checked.lane = value.as_str().ok_or("lane: expected a string")?.to_owned(),
            other => return Err(format!("unknown key {other:?}; expected lane, languages, sources or urls")),
        }
    }
    if Lane::new(&checked.lane.replace("{lang}", "und")).is_none() {
        let lane = &checked.lane;
        return Err(format!("lane: expected 1 to 64 of a-z 0-9 . _ - with {{lang}} for the language, got {lane:?}"));
    }
    Ok(checked)
}

fn engine(read: &mut Reader<'_>) -> EngineParams {
    let params = EngineParams {
        admission: AdmissionParams {
            max_ahead: read.duration("engine.admission.max_ahead", MINUTE..=YEAR),
            max_lateness: read.duration("engine.admission.max_lateness", MINUTE..=YEAR),
        },
        analysis: AnalysisParams {
            max_terms: read.positive("engine.analysis.max_terms", 1000..=100_000_000),
            background_articles: read.size("engine.analysis.background_articles", 0..=1_000_000) as f64,
            max_text_chars: read.positive("engine.analysis.max_text_chars", 500..=1_000_000),
        },
        clustering: clustering(read),
        lifecycle: LifecycleParams {
            dormant_after: read.duration("engine.lifecycle.dormant_after", MINUTE..=YEAR),
            close_after: read.duration("engine.lifecycle.close_after", MINUTE..=TEN_YEARS),
            forget_after: read.duration("engine.lifecycle.forget_after", Duration::ZERO..=TEN_YEARS),
        },
        emission: EmissionParams {
            coalesce: read.duration("engine.emission.coalesce", Duration::ZERO..=DAY),
            member_sample: read.size("engine.emission.member_sample", 0..=1000),
            top_terms: read.size("engine.emission.top_terms", 0..=100),
            explained_terms: read.size("engine.emission.explained_terms", 0..=100),
        },
    };
    let lifecycle = &params.lifecycle;
    if lifecycle.close_after <= lifecycle.dormant_after {
        read.fault("engine.lifecycle.close_after", "must be more than engine.lifecycle.dormant_after");
    }
    if params.admission.max_ahead >= lifecycle.close_after {
        // Otherwise one wrong date could close every story.
        read.fault("engine.admission.max_ahead", "must be less than engine.lifecycle.close_after");
    }
    if params.admission.max_lateness >= lifecycle.close_after {
        // Otherwise a late article could found a story under the id of one that has closed.
        read.fault("engine.admission.max_lateness", "must be less than engine.lifecycle.close_after");
    }
    params
}

fn clustering(read: &mut Reader<'_>) -> ClusteringParams {
    let params = ClusteringParams {
        join_threshold: read.number("engine.clustering.join_threshold", 0.01..=1.0),
        decay: read.duration("engine.clustering.decay", seconds(3600)..=YEAR),
        weight_words: read.number("engine.clustering.weight_words", 0.0..=1.0),
        weight_names: read.number("engine.clustering.weight_names", 0.0..=1.0),
        weight_lead: read.number("engine.clustering.weight_lead", 0.0..=1.0),
        lead_chars: read.size("engine.clustering.lead_chars", 0..=100_000),
        max_stories: read.positive("engine.clustering.max_stories", 1..=100_000_000),
        max_members: read.positive("engine.clustering.max_members", 1..=100_000),
        max_features: read.positive("engine.clustering.max_features", 100..=1_000_000),
    };
    let sum = params.weight_words + params.weight_names + params.weight_lead;
    if (sum - 1.0).abs() > 1e-3 {
        let problem = format!("weight_words, weight_names and weight_lead must add up to 1, got {sum}");
        read.fault("engine.clustering.weight_words", problem);
    }
    params
}

fn listen(read: &mut Reader<'_>) -> SocketAddr {
    let text = read.text("http.listen");
    text.parse().unwrap_or_else(|_| {
        read.fault("http.listen", format!("expected an address and a port such as \"127.0.0.1:9617\", got {text:?}"));
        SocketAddr::from(([127, 0, 0, 1], 0))
    })
}

fn log_level(read: &mut Reader<'_>) -> LevelFilter {
    let levels = [
        ("error", LevelFilter::ERROR),
        ("warn", LevelFilter::WARN),
        ("info", LevelFilter::INFO),
        ("debug", LevelFilter::DEBUG),
        ("trace", LevelFilter::TRACE),
    ];
    read.choice("log.level", &levels).unwrap_or(LevelFilter::INFO)
}
