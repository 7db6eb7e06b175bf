//! Intake as a stage: input topics to lane log and dead letters.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::canonical::{Canonical, IntakeRules};
use super::dating::{DateDoubt, TimeMode};
use super::item::IntakeItem;
use crate::broker::{Assigned, Outgoing, Record, TopicPartition};
use crate::engine::article::LaneEvent;
use crate::engine::time::EventTime;
use crate::stage::processor::Order;
use crate::stage::{Outputs, Processor};
use crate::telemetry::Metrics;
use crate::wire::{dead_letter, lane_record};

/// Where intake writes.
#[derive(Debug, Clone)]
pub struct IntakeTopics {
    /// The lane log.
    pub lanes: Arc<str>,
    /// How many partitions it has: a retraction goes to each, since nothing tells its article's lane.
    pub lane_partitions: i32,
    /// Dead letters.
    pub dead_letters: Arc<str>,
    /// Every topic that the service writes: none of them may be read as an input.
    pub outputs: Vec<Arc<str>>,
    /// Longer values cannot be written to the dead-letter topic, in bytes.
    pub max_dead_letter_bytes: usize,
}

/// Intake as a stage.
#[derive(Debug)]
pub struct IntakeProcessor {
    rules: IntakeRules,
    topics: IntakeTopics,
    patience: Duration,
    metrics: Metrics,
}

impl IntakeProcessor {
    /// Intake by these rules; a silent partition is waited for as long as `patience` says.
    pub fn new(rules: IntakeRules, topics: IntakeTopics, patience: Duration, metrics: Metrics) -> Self {
        Self { rules, topics, patience, metrics }
    }

    fn lane_record(&self, key: &str, partition: Option<i32>, event: &LaneEvent, id: &str) -> Outgoing {
        lane_record::record(&self.topics.lanes, partition, key, event, id, "/slugline/intake")
    }
}

impl Processor for IntakeProcessor {
    type Item = IntakeItem;

    fn role(&self) -> &'static str {
        "intake"
    }

    fn order(&self) -> Order {
        Order::Time { patience: self.patience }
    }

    fn assigned(&mut self, partitions: &[Assigned]) -> anyhow::Result<()> {
        let ours = |assigned: &&Assigned| self.topics.outputs.contains(&assigned.partition.topic);
        match partitions.iter().find(ours) {
            None => Ok(()),
            Some(assigned) => anyhow::bail!(
                "topics.articles matches {}, which the service writes: choose a narrower pattern",
                assigned.partition.topic
            ),
        }
    }

    fn revoked(&mut self, _: &[TopicPartition]) {}

    fn decode(&self, record: Record) -> (Option<EventTime>, IntakeItem) {
        let timestamp = record.timestamp;
        let item = IntakeItem::read(record, &self.rules);
        let time = match (self.rules.dating.mode, &item) {
            (TimeMode::Live, _) => timestamp,
            // A believed date only: the others count for the time of the record before them.
            (TimeMode::Backfill, IntakeItem::Article { canonical, .. }) => canonical.article.time.told(),
            (TimeMode::Backfill, _) => None,
        };
        (time, item)
    }

    fn apply(&mut self, item: IntakeItem, outputs: &mut Outputs) -> anyhow::Result<()> {
        match item {
            IntakeItem::Article { canonical, event_id } => {
                let Canonical { article, lane, doubt, cut } = *canonical;
                if let Some(doubt) = doubt {
                    self.metrics.date_doubted(doubt);
                    if doubt != DateDoubt::Absent {
                        tracing::debug!(article = %article.id, doubt = doubt.as_str(), "date not believed");
                    }
                }
                if cut {
                    self.metrics.text_cut();
                }
                outputs.push(self.lane_record(lane.as_str(), None, &LaneEvent::Article(article), &event_id));
            }
            IntakeItem::Retraction { article, event_id } => {
                self.metrics.retraction();
                let event = LaneEvent::Retraction { id: article };
                for partition in 0..self.topics.lane_partitions {
                    outputs.push(self.lane_record(lane_record::EVERY_LANE, Some(partition), &event, &event_id));
                }
            }
            IntakeItem::Rejected { record, reject } => {
                self.metrics.dead_letter(reject.reason);
                tracing::debug!(
                    topic = %record.topic, partition = record.partition, offset = record.offset, %reject, "dead letter"
                );
                let most = self.topics.max_dead_letter_bytes;
                outputs.push(dead_letter::dead_letter(&self.topics.dead_letters, *record, &reject, most));
            }
        }
        Ok(())
    }

    fn idle(&mut self, _: Instant, _: &mut Outputs) {}

    fn report(&mut self) {}
}
