//! Every metric of the service, in one explicit registry.
//!
//! Names follow the Prometheus conventions: base units, `_total` for counters. Labels are bounded: roles,
//! topics and partitions of the configuration, lanes of the languages and rules, and fixed sets of reasons.

use std::sync::Arc;
use std::time::Duration;

use prometheus::core::Collector;
use prometheus::process_collector::ProcessCollector;
use prometheus::{
    Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGaugeVec, Opts, Registry, TextEncoder,
};

use crate::broker::TopicPartition;
use crate::engine::params::MODEL_VERSION;
use crate::intake::dating::DateDoubt;
use crate::wire::RejectReason;

/// All metrics. Clones share them.
#[derive(Debug, Clone)]
pub struct Metrics {
    registry: Registry,
    families: Arc<Families>,
}

#[derive(Debug)]
struct Families {
    records_consumed: IntCounterVec,
    records_produced: IntCounterVec,
    dead_letters: IntCounterVec,
    dates_doubted: IntCounterVec,
    texts_cut: IntCounter,
    retractions: IntCounter,
    assignments: IntCounterVec,
    repeated_articles: IntCounterVec,
    story_changes: IntCounterVec,
    step_duration: HistogramVec,
    transactions: IntCounterVec,
    transaction_records: HistogramVec,
    rebalances: IntCounterVec,
    partitions: IntGaugeVec,
    lag_records: IntGaugeVec,
    lag_seconds: IntGaugeVec,
    live_stories: IntGaugeVec,
    live_articles: IntGaugeVec,
    largest_story: IntGaugeVec,
    vocabulary_terms: IntGaugeVec,
    postings: IntGaugeVec,
    evictions: IntCounterVec,
    event_time: IntGaugeVec,
    ticks: IntCounter,
    cold_starts: IntCounter,
}

/// Buckets for single records: 1 µs to 1 s.
const STEP_BUCKETS: [f64; 13] =
    [0.000_001, 0.000_005, 0.000_01, 0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.005, 0.01, 0.05, 0.25, 1.0];

/// A step of the work on a record or, for `commit`, on a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Bytes to a canonical article, or to an analysed one.
    Decode,
    /// From there to the records to write.
    Apply,
    /// Writing and committing one transaction.
    Commit,
}

impl Metrics {
    /// Declares every metric in a registry of its own.
    ///
    /// # Errors
    /// Returns a broken declaration, which is a fault of the program.
    pub fn new() -> prometheus::Result<Self> {
        let registry = Registry::new();
        let families = Families::declare(&registry)?;
        build_info(&registry)?;
        registry.register(Box::new(ProcessCollector::for_self()))?;
        // Fixed label sets are there from the start, so that a rate is defined before the first event.
        for reason in RejectReason::ALL {
            families.dead_letters.with_label_values(&[reason.as_str()]);
        }
        for doubt in DateDoubt::ALL {
            families.dates_doubted.with_label_values(&[doubt.as_str()]);
        }
        Ok(Self { registry, families: Arc::new(families) })
    }

    /// The text exposition format, version 0.0.4.
    ///
    /// # Errors
    /// Returns what the encoder says.
    pub fn render(&self) -> prometheus::Result<String> {
        TextEncoder::new().encode_to_string(&self.registry.gather())
    }

    /// The metrics of one stage.
    pub fn stage(&self, role: &'static str) -> StageMetrics {
        let families = &self.families;
        for result in ["committed", "aborted"] {
            families.transactions.with_label_values(&[role, result]);
        }
        let step = |step| families.step_duration.with_label_values(&[role, step]);
        StageMetrics {
            role,
            decode: step("decode"),
            apply: step("apply"),
            commit: step("commit"),
            consumed: families.records_consumed.with_label_values(&[role]),
            families: self.families.clone(),
        }
    }

    /// Counts a dead letter.
    pub fn dead_letter(&self, reason: RejectReason) {
        self.families.dead_letters.with_label_values(&[reason.as_str()]).inc();
    }

    /// Counts an article whose date was not believed.
    pub fn date_doubted(&self, doubt: DateDoubt) {
        self.families.dates_doubted.with_label_values(&[doubt.as_str()]).inc();
    }

    /// Counts an article whose text was cut.
    pub fn text_cut(&self) {
        self.families.texts_cut.inc();
    }

    /// Counts a retraction.
    pub fn retraction(&self) {
        self.families.retractions.inc();
    }

    /// Counts an assignment.
    pub fn assignment(&self, placement: &'static str) {
        self.families.assignments.with_label_values(&[placement]).inc();
    }

    /// Counts a change of a story.
    pub fn story_change(&self, kind: &'static str) {
        self.families.story_changes.with_label_values(&[kind]).inc();
    }

    /// Counts a tick written to the lane log.
    pub fn tick(&self) {
        self.families.ticks.inc();
    }

    /// Counts partitions of the lane log whose state started empty.
    pub fn cold_start(&self, partitions: usize) {
        self.families.cold_starts.inc_by(partitions as u64);
    }

    /// Sets the gauges of a lane.
    pub fn lane(&self, lane: &str, state: &LaneState) {
        let families = &self.families;
        let gauges = [
            (&families.live_stories, state.live_stories),
            (&families.live_articles, state.live_articles),
            (&families.largest_story, state.largest_story),
            (&families.vocabulary_terms, state.vocabulary_terms),
            (&families.postings, state.postings),
        ];
        for (gauge, value) in gauges {
            gauge.with_label_values(&[lane]).set(i64::try_from(value).unwrap_or(i64::MAX));
        }
        families.event_time.with_label_values(&[lane]).set(state.event_time_seconds);
        families.repeated_articles.with_label_values(&[lane]).inc_by(state.newly_repeated);
        families.evictions.with_label_values(&[lane, "stories"]).inc_by(state.newly_evicted_stories);
        families.evictions.with_label_values(&[lane, "terms"]).inc_by(state.newly_evicted_terms);
    }

    /// Takes the gauges of a lane away when it has moved elsewhere.
    pub fn forget_lane(&self, lane: &str) {
        let families = &self.families;
        let gauges = [
            &families.live_stories,
            &families.live_articles,
            &families.largest_story,
            &families.vocabulary_terms,
            &families.postings,
            &families.event_time,
        ];
        for gauge in gauges {
            // Not there is as good as taken away.
            gauge.remove_label_values(&[lane]).ok();
        }
    }
}

/// A lane's sizes, and its counts since they were last told.
#[derive(Debug, Clone, Copy, Default)]
pub struct LaneState {
    /// Live stories.
    pub live_stories: usize,
    /// Articles in live stories.
    pub live_articles: usize,
    /// Articles in the largest live story.
    pub largest_story: usize,
    /// Terms in the vocabulary.
    pub vocabulary_terms: usize,
    /// Postings in the index.
    pub postings: usize,
    /// The watermark in seconds since the epoch.
    pub event_time_seconds: i64,
    /// Articles that came again unchanged.
    pub newly_repeated: u64,
    /// Stories closed because the budget was full.
    pub newly_evicted_stories: u64,
    /// Terms forgotten because the budget was full.
    pub newly_evicted_terms: u64,
}

/// The metrics of one stage, its role already in the labels.
#[derive(Debug, Clone)]
pub struct StageMetrics {
    role: &'static str,
    decode: Histogram,
    apply: Histogram,
    commit: Histogram,
    consumed: IntCounter,
    families: Arc<Families>,
}

impl StageMetrics {
    /// Counts a record read.
    pub fn consumed(&self) {
        self.consumed.inc();
    }

    /// Notes how long a step took.
    pub fn step(&self, step: Step, duration: Duration) {
        let histogram = match step {
            Step::Decode => &self.decode,
            Step::Apply => &self.apply,
            Step::Commit => &self.commit,
        };
        histogram.observe(duration.as_secs_f64());
    }

    /// Counts a committed transaction with so many records read, and the records it wrote by topic.
    pub fn committed<'t>(&self, read: usize, written: impl Iterator<Item = &'t str>) {
        self.families.transactions.with_label_values(&[self.role, "committed"]).inc();
        self.families.transaction_records.with_label_values(&[self.role]).observe(read as f64);
        for topic in written {
            self.families.records_produced.with_label_values(&[self.role, topic]).inc();
        }
    }

    /// Counts an aborted transaction.
    pub fn aborted(&self) {
        self.families.transactions.with_label_values(&[self.role, "aborted"]).inc();
    }

    /// Counts a change of the assignment and sets how many partitions there are now.
    pub fn rebalanced(&self, event: &'static str, partitions: usize) {
        self.families.rebalances.with_label_values(&[self.role, event]).inc();
        let partitions = i64::try_from(partitions).unwrap_or(i64::MAX);
        self.families.partitions.with_label_values(&[self.role]).set(partitions);
    }

    /// Sets how far a partition is behind.
    pub fn lag(&self, partition: &TopicPartition, records: i64, seconds: i64) {
        let number = partition.partition.to_string();
        let labels = [self.role, &partition.topic, number.as_str()];
        self.families.lag_records.with_label_values(&labels).set(records);
        self.families.lag_seconds.with_label_values(&labels).set(seconds);
    }

    /// Takes the lag of a partition away when another member reads it.
    pub fn forget_lag(&self, partition: &TopicPartition) {
        let number = partition.partition.to_string();
        let labels = [self.role, &partition.topic, number.as_str()];
        self.families.lag_records.remove_label_values(&labels).ok();
        self.families.lag_seconds.remove_label_values(&labels).ok();
    }
}

impl Families {
    fn declare(registry: &Registry) -> prometheus::Result<Self> {
        let counters = |name: &str, help: &str, labels: &[&str]| {
            register(registry, IntCounterVec::new(Opts::new(name, help), labels)?)
        };
        let counter = |name: &str, help: &str| register(registry, IntCounter::new(name, help)?);
        let gauges = |name: &str, help: &str, labels: &[&str]| {
            register(registry, IntGaugeVec::new(Opts::new(name, help), labels)?)
        };
        let histograms = |name: &str, help: &str, labels: &[&str], buckets: Vec<f64>| {
            register(registry, HistogramVec::new(HistogramOpts::new(name, help).buckets(buckets), labels)?)
        };
        Ok(Self {
            records_consumed: counters("slugline_records_consumed_total", "Records read, by role.", &["role"])?,
            records_produced: counters(
                "slugline_records_produced_total",
                "Records written in committed transactions, by role and topic.",
                &["role", "topic"],
            )?,
            dead_letters: counters(
                "slugline_dead_letters_total",
                "Records that could not be taken, by reason.",
                &["reason"],
            )?,
            dates_doubted: counters(
                "slugline_dates_doubted_total",
                "Articles whose date of publication was not believed, by the doubt.",
                &["doubt"],
            )?,
            texts_cut: counter(
                "slugline_texts_cut_total",
                "Articles whose title or text was longer than intake.max_text_chars.",
            )?,
            retractions: counter("slugline_retractions_total", "Retractions of articles read by intake.")?,
            assignments: counters(
                "slugline_assignments_total",
                "Articles put into a story, by how they came there.",
                &["placement"],
            )?,
            repeated_articles: counters(
                "slugline_repeated_articles_total",
                "Articles that came again unchanged, by lane.",
                &["lane"],
            )?,
            story_changes: counters(
                "slugline_story_changes_total",
                "Changes of stories published, by what happened.",
                &["change"],
            )?,
            step_duration: histograms(
                "slugline_step_duration_seconds",
                "Time of a step of the work: decode and apply for each record, commit for each transaction.",
                &["role", "step"],
                STEP_BUCKETS.to_vec(),
            )?,
            transactions: counters(
                "slugline_transactions_total",
                "Kafka transactions ended, by role and result.",
                &["role", "result"],
            )?,
            transaction_records: histograms(
                "slugline_transaction_records",
                "Records read in a committed transaction.",
                &["role"],
                vec![0.0, 1.0, 2.0, 5.0, 10.0, 25.0, 50.0, 100.0, 250.0, 500.0, 1000.0, 2500.0],
            )?,
            rebalances: counters(
                "slugline_rebalances_total",
                "Changes of the partitions this process reads, by role and event.",
                &["role", "event"],
            )?,
            partitions: gauges("slugline_assigned_partitions", "Partitions this process reads, by role.", &["role"])?,
            lag_records: gauges(
                "slugline_consumer_lag_records",
                "Committed records of a partition that were not processed yet.",
                &["role", "topic", "partition"],
            )?,
            lag_seconds: gauges(
                "slugline_consumer_lag_seconds",
                "Age of the last processed record of a partition that has more; zero where it has none.",
                &["role", "topic", "partition"],
            )?,
            live_stories: gauges("slugline_live_stories", "Stories that an article can join, by lane.", &["lane"])?,
            live_articles: gauges("slugline_live_articles", "Articles in live stories, by lane.", &["lane"])?,
            largest_story: gauges(
                "slugline_largest_story_articles",
                "Articles in the largest live story, by lane.",
                &["lane"],
            )?,
            vocabulary_terms: gauges("slugline_vocabulary_terms", "Terms with statistics, by lane.", &["lane"])?,
            postings: gauges("slugline_index_postings", "Postings in the inverted index, by lane.", &["lane"])?,
            evictions: counters(
                "slugline_evictions_total",
                "Stories and terms let go because a budget was full, by lane and kind.",
                &["lane", "kind"],
            )?,
            event_time: gauges(
                "slugline_event_time_seconds",
                "Event time a lane has reached, in seconds since the epoch.",
                &["lane"],
            )?,
            ticks: counter(
                "slugline_ticks_total",
                "Ticks written to the lane log because a change was due and no article came.",
            )?,
            cold_starts: counter(
                "slugline_cold_starts_total",
                "Partitions of the lane log that were taken over without the state of their stories.",
            )?,
        })
    }
}

fn register<C: Collector + Clone + 'static>(registry: &Registry, collector: C) -> prometheus::Result<C> {
    registry.register(Box::new(collector.clone()))?;
    Ok(collector)
}

fn build_info(registry: &Registry) -> prometheus::Result<()> {
    let labels = ["version", "commit", "model"];
    let opts = Opts::new("slugline_build_info", "Always 1; the labels tell what is running.");
    let info = register(registry, IntGaugeVec::new(opts, &labels)?)?;
    let commit = option_env!("SLUGLINE_COMMIT").unwrap_or("unknown");
    info.with_label_values(&[env!("CARGO_PKG_VERSION"), commit, MODEL_VERSION]).set(1);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_metric_has_the_prefix_and_a_help_text() {
        let metrics = Metrics::new().unwrap();
        metrics.stage("lane").committed(3, ["a.topic"].into_iter());
        metrics.lane("en", &LaneState { live_stories: 7, ..LaneState::default() });
        let text = metrics.render().unwrap();
        assert!(text.contains("slugline_live_stories{lane=\"en\"} 7"), "{text}");
        assert!(text.contains("slugline_build_info{"), "{text}");
        assert!(text.contains("slugline_dead_letters_total{reason=\"not_json\"} 0"), "{text}");
        assert!(text.contains("process_resident_memory_bytes"), "{text}");
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            assert!(line.starts_with("slugline_") || line.starts_with("process_"), "{line}");
        }
        metrics.forget_lane("en");
        assert!(!metrics.render().unwrap().contains("slugline_live_stories{"));
    }
}
