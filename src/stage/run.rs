//! The loop: read a batch, process it, commit it; between two batches take the group's changes.
//!
//! Nothing is in flight while the group is served, so a partition is given up with everything of it
//! committed. One that is lost in the middle of a batch takes the batch with it: the broker refuses a
//! transaction whose proof of membership is out of date.

use std::collections::BTreeMap;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::Context;

use super::processor::{Outputs, Processor};
use super::sequencer::Sequencer;
use super::shutdown::Shutdown;
use crate::broker::{Rebalance, RecordSink, RecordSource, Severity, TopicPartition, Transaction};
use crate::engine::time::EventTime;
use crate::serve::readiness::RoleReadiness;
use crate::telemetry::StageMetrics;
use crate::telemetry::metrics::Step;

/// When a batch is complete.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// After so many records read.
    pub records: usize,
    /// After so many bytes to write.
    pub bytes: usize,
    /// This long after its first record.
    pub linger: Duration,
}

/// A stage: a processor between a source and a sink.
#[expect(missing_debug_implementations, reason = "the client's types have none")]
pub struct Stage<S: RecordSource, K, P: Processor> {
    source: S,
    sink: K,
    processor: P,
    sequencer: Sequencer<P::Item>,
    limits: Limits,
    shutdown: Shutdown,
    metrics: StageMetrics,
    readiness: RoleReadiness,
    /// For each partition, the offset to read next and the timestamp of the last record processed.
    positions: BTreeMap<TopicPartition, Position>,
    outputs: Outputs,
    /// A change of the partitions that came in the middle of a batch.
    change: Option<Rebalance>,
    last_report: Instant,
    last_idle_check: Instant,
}

#[derive(Debug, Clone, Copy)]
struct Position {
    next: i64,
    timestamp: Option<EventTime>,
}

/// How long to wait for records before looking at the rest of the world again.
const WAIT: Duration = Duration::from_millis(100);

/// How often the processor is asked whether something is due though no record came.
const IDLE_CHECK: Duration = Duration::from_millis(200);

const REPORT: Duration = Duration::from_secs(1);

impl<S, K, P> Stage<S, K, P>
where
    S: RecordSource,
    K: RecordSink<S::Membership>,
    P: Processor,
{
    /// A stage that has not started.
    pub fn new(
        source: S,
        sink: K,
        processor: P,
        limits: Limits,
        shutdown: Shutdown,
        metrics: StageMetrics,
        readiness: RoleReadiness,
    ) -> Self {
        let now = Instant::now();
        Self {
            sequencer: Sequencer::new(processor.order()),
            source,
            sink,
            processor,
            limits,
            shutdown,
            metrics,
            readiness,
            positions: BTreeMap::new(),
            outputs: Outputs::default(),
            change: None,
            last_report: now,
            last_idle_check: now,
        }
    }

    /// Runs until a shutdown is requested; then the batch at hand is committed and the group is left.
    ///
    /// # Errors
    /// Returns what cannot be waited out. Nothing of the unfinished transaction is visible then.
    pub fn run(mut self) -> anyhow::Result<()> {
        let role = self.processor.role();
        let mut wait = Duration::ZERO;
        while !self.shutdown.is_requested() {
            let change = match self.change.take() {
                Some(change) => Some(change),
                None => self.source.poll(wait)?,
            };
            if let Some(change) = change {
                self.rebalance(&change)?;
            }
            let read = self.process_batch().with_context(|| format!("{role} stopped"))?;
            wait = if read == 0 { WAIT } else { Duration::ZERO };
            self.sink.serve();
            self.report();
        }
        self.readiness.leaving();
        tracing::info!(role, "finished its batch and leaves the group");
        Ok(())
    }

    fn rebalance(&mut self, change: &Rebalance) -> anyhow::Result<()> {
        let role = self.processor.role();
        let (event, partitions) = match change {
            Rebalance::Assigned(partitions) => ("assigned", partitions),
            Rebalance::Revoked(partitions) => ("revoked", partitions),
            Rebalance::Lost(partitions) => ("lost", partitions),
        };
        match change {
            Rebalance::Assigned(_) => {
                self.sequencer.assign(partitions);
                let assigned = self.source.committed(partitions)?;
                self.processor.assigned(&assigned)?;
            }
            Rebalance::Revoked(_) | Rebalance::Lost(_) => {
                self.sequencer.revoke(partitions);
                self.processor.revoked(partitions);
                self.positions.retain(|partition, _| !partitions.contains(partition));
                partitions.iter().for_each(|partition| self.metrics.forget_lag(partition));
            }
        }
        self.source.accept(change)?;
        let now = self.sequencer.partitions().count();
        tracing::info!(role, event, changed = partitions.len(), now, "partitions");
        self.metrics.rebalanced(event, now);
        self.readiness.assigned(now);
        Ok(())
    }

    /// Reads, processes and commits one batch; returns how many records it read.
    fn process_batch(&mut self) -> anyhow::Result<usize> {
        let read = self.fill_batch()?;
        let now = Instant::now();
        if now.duration_since(self.last_idle_check) >= IDLE_CHECK {
            self.last_idle_check = now;
            self.processor.idle(now, &mut self.outputs);
        }
        if read > 0 || !self.outputs.is_empty() {
            self.commit(read)?;
        }
        Ok(read)
    }

    fn fill_batch(&mut self) -> anyhow::Result<usize> {
        let mut read = 0;
        let mut first: Option<Instant> = None;
        loop {
            let now = Instant::now();
            let (source, processor, metrics) = (&mut self.source, &self.processor, &self.metrics);
            let head = self.sequencer.next(
                now,
                |partition| source.next(partition),
                |record| {
                    let start = Instant::now();
                    let decoded = processor.decode(record);
                    metrics.step(Step::Decode, start.elapsed());
                    decoded
                },
            )?;
            let Some(head) = head else {
                let Some(first) = first else { return Ok(read) };
                let left = self.limits.linger.saturating_sub(first.elapsed());
                if left.is_zero() {
                    return Ok(read);
                }
                self.change = self.source.poll(left)?;
                if self.change.is_some() {
                    return Ok(read);
                }
                continue;
            };
            let position = Position { next: head.offset + 1, timestamp: head.timestamp };
            self.positions.insert(head.partition, position);
            let start = Instant::now();
            self.processor.apply(head.item, &mut self.outputs)?;
            self.metrics.step(Step::Apply, start.elapsed());
            self.metrics.consumed();
            read += 1;
            let first = *first.get_or_insert(now);
            let full = read >= self.limits.records || self.outputs.bytes() >= self.limits.bytes;
            // Under a steady load every partition always has more; a batch ends all the same.
            if full || first.elapsed() >= self.limits.linger.max(WAIT) {
                return Ok(read);
            }
        }
    }

    fn commit(&mut self, read: usize) -> anyhow::Result<()> {
        let start = Instant::now();
        let membership = self.source.membership().context("the consumer has left its group")?;
        let offsets: Vec<_> = self.positions.iter().map(|(partition, at)| (partition.clone(), at.next)).collect();
        let transaction = Transaction { records: self.outputs.records(), offsets: &offsets, membership: &membership };
        if let Err(failure) = self.sink.commit(&transaction) {
            self.metrics.aborted();
            let advice = match failure.severity {
                Severity::Fatal => "start the process again; it goes on from the last commit",
                Severity::Abortable | Severity::Retriable => {
                    "nothing of the transaction is visible; start the process again, it goes on from the last commit"
                }
            };
            return Err(anyhow::Error::new(failure).context(advice));
        }
        self.metrics.step(Step::Commit, start.elapsed());
        self.metrics.committed(read, self.outputs.records().iter().map(|record| &*record.topic));
        self.outputs.clear();
        Ok(())
    }

    fn report(&mut self) {
        if self.last_report.elapsed() < REPORT {
            return;
        }
        self.last_report = Instant::now();
        self.processor.report();
        for (partition, end) in self.source.end_offsets() {
            let Some(position) = self.positions.get(&partition) else { continue };
            let drained = self.sequencer.is_drained(&partition);
            let records = if drained { 0 } else { (end - position.next).max(0) };
            let seconds = if records == 0 { 0 } else { age_seconds(position.timestamp) };
            self.metrics.lag(&partition, records, seconds);
        }
    }
}

/// How long ago a record was written, by this machine's clock.
fn age_seconds(timestamp: Option<EventTime>) -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let now = EventTime::from_millis(i64::try_from(now.as_millis()).unwrap_or(i64::MAX));
    timestamp.map_or(0, |timestamp| i64::try_from(now.since(timestamp).as_secs()).unwrap_or(i64::MAX))
}
