//! The lanes as a stage: lane log to stories.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::publish::{LaneTopics, publish};
use crate::broker::{Assigned, Outgoing, Record, TopicPartition};
use crate::engine::analysis::{PreparedEvent, prepare};
use crate::engine::article::{Lane, LaneEvent};
use crate::engine::params::EngineParams;
use crate::engine::time::EventTime;
use crate::engine::{Engine, EngineStats};
use crate::serve::readiness::RoleReadiness;
use crate::stage::processor::Order;
use crate::stage::{Outputs, Processor};
use crate::telemetry::Metrics;
use crate::telemetry::metrics::LaneState;
use crate::wire::{Reject, RejectReason, cloudevents, dead_letter, lane_record};

/// The lanes of the assigned partitions.
#[derive(Debug)]
pub struct LaneProcessor {
    params: EngineParams,
    topics: LaneTopics,
    metrics: Metrics,
    readiness: RoleReadiness,
    partitions: BTreeMap<TopicPartition, BTreeMap<Lane, RunningLane>>,
}

#[derive(Debug)]
struct RunningLane {
    engine: Engine,
    /// When its last event was applied, by the wall clock.
    last_event: Instant,
    /// When a tick was last written that has not come back through the log yet.
    ticked: Option<Instant>,
    /// The counts last told to the metrics.
    told: EngineStats,
}

/// A record of the lane log.
#[derive(Debug)]
pub enum LaneItem {
    /// An event of one lane, or of every lane of the partition where none is named.
    Event {
        /// The partition it stands in.
        partition: TopicPartition,
        /// The lane.
        lane: Option<Lane>,
        /// The event, its article analysed.
        event: Box<PreparedEvent>,
        /// Its coordinates, which name what comes of it.
        event_id: String,
    },
    /// Something else wrote to the lane log.
    Foreign {
        /// The record as it came.
        record: Box<Record>,
        /// What is wrong with it.
        reject: Reject,
    },
}

/// A tick that was not seen again after this long is written once more.
const TICK_LOST: Duration = Duration::from_secs(10);

impl LaneProcessor {
    /// The lanes, each with an engine by these parameters.
    pub fn new(params: EngineParams, topics: LaneTopics, metrics: Metrics, readiness: RoleReadiness) -> Self {
        Self { params, topics, metrics, readiness, partitions: BTreeMap::new() }
    }

    fn read(&self, record: &Record) -> Result<LaneItem, Reject> {
        let foreign = |detail: String| Reject::record(RejectReason::InvalidLaneRecord, detail);
        let key = record.key.as_deref().and_then(|key| std::str::from_utf8(key).ok()).unwrap_or_default();
        let lane = Lane::new(key);
        if lane.is_none() && key != lane_record::EVERY_LANE {
            return Err(foreign(format!("the key {key:?} is no lane's name")));
        }
        let kind = cloudevents::type_of(&record.headers).unwrap_or_default();
        let value = record.value.as_deref().unwrap_or_default();
        let event = lane_record::decode(kind, value).map_err(|error| foreign(error.to_string()))?;
        if lane.is_none() && !matches!(event, LaneEvent::Retraction { .. }) {
            return Err(foreign(format!("{kind} under the key {key:?}: only a retraction concerns every lane")));
        }
        Ok(LaneItem::Event {
            partition: TopicPartition { topic: record.topic.clone(), partition: record.partition },
            lane,
            event: Box::new(prepare(event, &self.params)),
            event_id: format!("{}/{}/{}", record.topic, record.partition, record.offset),
        })
    }

    fn apply_event(
        &mut self,
        partition: TopicPartition,
        lane: Option<Lane>,
        event: PreparedEvent,
        event_id: &str,
        outputs: &mut Outputs,
    ) {
        let lanes = self.partitions.entry(partition).or_default();
        let Some(lane) = lane else {
            for (lane, running) in lanes.iter_mut() {
                let effects = running.apply(event.clone());
                publish(effects, lane, event_id, &self.topics, &self.metrics, outputs);
            }
            return;
        };
        let running = lanes.entry(lane.clone()).or_insert_with(|| RunningLane::cold(&lane, &self.params));
        let effects = running.apply(event);
        publish(effects, &lane, event_id, &self.topics, &self.metrics, outputs);
    }

    /// A tick for a lane: written to its own partition of the log, it takes its place in the one order.
    fn tick(&self, partition: &TopicPartition, lane: &Lane, at: EventTime) -> Outgoing {
        let id = format!("tick/{lane}/{}", at.as_millis());
        let event = LaneEvent::Tick { at };
        let place = Some(partition.partition);
        lane_record::record(&self.topics.lanes, place, lane.as_str(), &event, &id, "/slugline/lanes")
    }
}

impl RunningLane {
    fn cold(lane: &Lane, params: &EngineParams) -> Self {
        Self {
            engine: Engine::new(lane.clone(), params.clone()),
            last_event: Instant::now(),
            ticked: None,
            told: EngineStats::default(),
        }
    }

    fn apply(&mut self, event: PreparedEvent) -> Vec<crate::engine::emission::Effect> {
        self.last_event = Instant::now();
        if matches!(event, PreparedEvent::Tick(_)) {
            self.ticked = None;
        }
        self.engine.apply(event)
    }

    /// The deadline that has come: event time stood still, but as much time has gone by on the wall.
    fn due(&self, now: Instant) -> Option<EventTime> {
        if self.ticked.is_some_and(|ticked| now.duration_since(ticked) < TICK_LOST) {
            return None;
        }
        let deadline = self.engine.next_deadline()?;
        let quiet = now.saturating_duration_since(self.last_event);
        (deadline <= self.engine.watermark().plus(quiet)).then_some(deadline)
    }
}

impl Processor for LaneProcessor {
    type Item = LaneItem;

    fn role(&self) -> &'static str {
        "lane"
    }

    fn order(&self) -> Order {
        Order::Arrival
    }

    fn assigned(&mut self, partitions: &[Assigned]) -> anyhow::Result<()> {
        let known = partitions.iter().filter(|assigned| assigned.committed.is_some()).count();
        if known == 0 {
            return Ok(());
        }
        self.metrics.cold_start(known);
        let note = "started cold: stories told before this start are not continued";
        tracing::warn!(partitions = known, "{note}; articles go on at the committed offsets");
        self.readiness.note(note.to_owned());
        Ok(())
    }

    fn revoked(&mut self, partitions: &[TopicPartition]) {
        for partition in partitions {
            for lane in self.partitions.remove(partition).unwrap_or_default().keys() {
                self.metrics.forget_lane(lane.as_str());
            }
        }
    }

    fn decode(&self, record: Record) -> (Option<EventTime>, LaneItem) {
        let timestamp = record.timestamp;
        let item = self.read(&record).unwrap_or_else(|reject| LaneItem::Foreign { record: Box::new(record), reject });
        (timestamp, item)
    }

    fn apply(&mut self, item: LaneItem, outputs: &mut Outputs) -> anyhow::Result<()> {
        match item {
            LaneItem::Event { partition, lane, event, event_id } => {
                self.apply_event(partition, lane, *event, &event_id, outputs);
            }
            LaneItem::Foreign { record, reject } => {
                self.metrics.dead_letter(reject.reason);
                tracing::warn!(partition = record.partition, offset = record.offset, %reject, "foreign record in the lane log");
                let most = self.topics.max_dead_letter_bytes;
                outputs.push(dead_letter::dead_letter(&self.topics.dead_letters, *record, &reject, most));
            }
        }
        Ok(())
    }

    fn idle(&mut self, now: Instant, outputs: &mut Outputs) {
        let mut due = Vec::new();
        for (partition, lanes) in &mut self.partitions {
            for (lane, running) in lanes {
                if let Some(at) = running.due(now) {
                    running.ticked = Some(now);
                    due.push((partition.clone(), lane.clone(), at));
                }
            }
        }
        for (partition, lane, at) in due {
            self.metrics.tick();
            outputs.push(self.tick(&partition, &lane, at));
        }
    }

    fn report(&mut self) {
        for (lane, running) in self.partitions.values_mut().flatten() {
            let stats = running.engine.stats();
            let told = std::mem::replace(&mut running.told, stats);
            let state = LaneState {
                live_stories: stats.live_stories,
                live_articles: stats.live_articles,
                largest_story: stats.largest_story,
                vocabulary_terms: stats.vocabulary_terms,
                postings: stats.postings,
                event_time_seconds: running.engine.watermark().as_millis().div_euclid(1000),
                newly_repeated: stats.repeated - told.repeated,
                newly_evicted_stories: stats.evicted_stories - told.evicted_stories,
                newly_evicted_terms: stats.evicted_terms - told.evicted_terms,
            };
            self.metrics.lane(lane.as_str(), &state);
        }
    }
}
