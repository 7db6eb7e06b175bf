//! The running service: its stages on threads of their own, health and metrics beside them.
//!
//! A stage that ends, fails or panics ends the process: nothing goes on half.

use std::thread;

use anyhow::{Context, anyhow};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::broker::kafka::{KafkaSink, KafkaSource};
use crate::config::{Config, Role};
use crate::intake::{IntakeProcessor, IntakeTopics};
use crate::lane::{LaneProcessor, LaneTopics};
use crate::serve::http::{self, Endpoints};
use crate::serve::readiness::{Readiness, RoleReadiness};
use crate::stage::{Shutdown, Stage};
use crate::telemetry::Metrics;

/// The parts that outlive a stage. Clones share them.
#[derive(Debug, Clone)]
pub struct Shared {
    /// The metrics.
    pub metrics: Metrics,
    /// The readiness of each role.
    pub readiness: Readiness,
    /// The wish to stop.
    pub shutdown: Shutdown,
}

impl Shared {
    /// New metrics, nothing ready, no wish to stop.
    ///
    /// # Errors
    /// Returns a broken declaration of a metric.
    pub fn new() -> anyhow::Result<Self> {
        let metrics = Metrics::new().context("the metrics are declared wrongly")?;
        Ok(Self { metrics, readiness: Readiness::default(), shutdown: Shutdown::default() })
    }
}

/// Runs the configured roles until a shutdown is requested or one of them fails.
///
/// # Errors
/// Returns the first failure of a role, after the others have finished their batches.
pub async fn run(config: &Config, listener: TcpListener, shared: Shared) -> anyhow::Result<()> {
    let endpoints = Endpoints { metrics: shared.metrics.clone(), readiness: shared.readiness.clone() };
    let server = tokio::spawn(http::serve(listener, endpoints, shared.shutdown.clone()));
    // Without its endpoints the service would be taken for dead: it ends with them.
    let server = async {
        let ended = server.await;
        shared.shutdown.request();
        ended.context("the HTTP server panicked")?
    };

    let mut stages = JoinSet::new();
    for role in &config.roles {
        let readiness = shared.readiness.role(role.as_str());
        let stage = spawn(*role, config.clone(), shared.clone(), readiness)?;
        stages.spawn_blocking(move || stage.join());
    }
    let mut first_failure = None;
    let stages = async {
        while let Some(ended) = stages.join_next().await {
            // Whatever the reason, the others are to end as well.
            shared.shutdown.request();
            let failure = match ended {
                Ok(Ok(Ok(()))) => continue,
                Ok(Ok(Err(error))) => error,
                Ok(Err(_panic)) => anyhow!("a stage panicked; nothing was written after it"),
                Err(error) => anyhow!(error).context("a stage could not be waited for"),
            };
            first_failure.get_or_insert(failure);
        }
    };
    let ((), served) = tokio::join!(stages, server);
    first_failure.map_or(served, Err)
}

type StageThread = thread::JoinHandle<anyhow::Result<()>>;

fn spawn(role: Role, config: Config, shared: Shared, readiness: RoleReadiness) -> anyhow::Result<StageThread> {
    thread::Builder::new()
        .name(role.as_str().to_owned())
        .spawn(move || match role {
            Role::Intake => run_intake(&config, &shared, readiness),
            Role::Lane => run_lane(&config, &shared, readiness),
        })
        .context("cannot start a thread")
}

fn run_intake(config: &Config, shared: &Shared, readiness: RoleReadiness) -> anyhow::Result<()> {
    let role = Role::Intake.as_str();
    let sink = KafkaSink::connect(&config.kafka, role, &shared.shutdown)?;
    let topics = IntakeTopics {
        lane_partitions: sink.partitions_of(&config.topics.lanes)?,
        lanes: config.topics.lanes.as_str().into(),
        dead_letters: config.topics.dead_letters.as_str().into(),
        outputs: config.topics.written().map(Into::into).to_vec(),
        max_dead_letter_bytes: max_dead_letter_bytes(config),
    };
    sink.partitions_of(&config.topics.dead_letters)?;
    let source = KafkaSource::subscribe(&config.kafka, role, &config.groups.intake, &config.topics.articles)?;
    let processor = IntakeProcessor::new(config.intake.clone(), topics, config.patience, shared.metrics.clone());
    let metrics = shared.metrics.stage(role);
    Stage::new(source, sink, processor, config.limits, shared.shutdown.clone(), metrics, readiness).run()
}

fn run_lane(config: &Config, shared: &Shared, readiness: RoleReadiness) -> anyhow::Result<()> {
    let role = Role::Lane.as_str();
    let sink = KafkaSink::connect(&config.kafka, role, &shared.shutdown)?;
    let names = &config.topics;
    for topic in names.written() {
        sink.partitions_of(topic)?;
    }
    let topics = LaneTopics {
        lanes: names.lanes.as_str().into(),
        changes: names.changes.as_str().into(),
        latest: names.latest.as_str().into(),
        assignments: names.assignments.as_str().into(),
        dead_letters: names.dead_letters.as_str().into(),
        max_dead_letter_bytes: max_dead_letter_bytes(config),
    };
    let source = KafkaSource::subscribe(&config.kafka, role, &config.groups.lane, std::slice::from_ref(&names.lanes))?;
    let processor = LaneProcessor::new(config.engine.clone(), topics, shared.metrics.clone(), readiness.clone());
    let metrics = shared.metrics.stage(role);
    Stage::new(source, sink, processor, config.limits, shared.shutdown.clone(), metrics, readiness).run()
}

/// What a dead letter's value may take of the largest record: the rest is for its key and headers.
fn max_dead_letter_bytes(config: &Config) -> usize {
    config.kafka.max_message_bytes - config.kafka.max_message_bytes / 16
}
