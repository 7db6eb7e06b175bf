//! Puts the records of several partitions into one order by their times.
//!
//! Partitions of a topic are read at different paces: after an outage or in a backfill one may be days
//! ahead of another. Taking the earliest head of all partitions keeps the lane log near the order of the
//! world. It is best effort: across several instances of the service each orders its own partitions.

use std::collections::BTreeMap;
use std::time::Instant;

use super::processor::Order;
use crate::broker::{Next, Record, TopicPartition};
use crate::engine::time::EventTime;

/// The head of each assigned partition.
#[derive(Debug)]
pub struct Sequencer<I> {
    order: Order,
    lines: BTreeMap<TopicPartition, Line<I>>,
}

#[derive(Debug)]
struct Line<I> {
    head: Option<Head<I>>,
    /// The time of the record before: what a record without a time counts for.
    last_time: Option<EventTime>,
    /// Since when the partition has had neither a record nor an end.
    silent_since: Option<Instant>,
    at_end: bool,
}

/// A decoded record and where it stood.
#[derive(Debug)]
pub struct Head<I> {
    /// Its partition.
    pub partition: TopicPartition,
    /// Its offset.
    pub offset: i64,
    /// Its record's timestamp.
    pub timestamp: Option<EventTime>,
    /// The decoded record.
    pub item: I,
    time: EventTime,
}

impl<I> Sequencer<I> {
    /// A sequencer without partitions.
    pub fn new(order: Order) -> Self {
        Self { order, lines: BTreeMap::new() }
    }

    /// Adds partitions.
    pub fn assign(&mut self, partitions: &[TopicPartition]) {
        for partition in partitions {
            let line = Line { head: None, last_time: None, silent_since: None, at_end: false };
            self.lines.insert(partition.clone(), line);
        }
    }

    /// Takes partitions out, and their heads with them.
    pub fn revoke(&mut self, partitions: &[TopicPartition]) {
        self.lines.retain(|partition, _| !partitions.contains(partition));
    }

    /// The partitions.
    pub fn partitions(&self) -> impl Iterator<Item = &TopicPartition> {
        self.lines.keys()
    }

    /// Whether every record of a partition has been taken, as far as is known.
    pub fn is_drained(&self, partition: &TopicPartition) -> bool {
        self.lines.get(partition).is_some_and(|line| line.at_end && line.head.is_none())
    }

    /// Takes the next record in order, reading from the partitions that have no head by `read`; `None` while
    /// there is none to take yet.
    ///
    /// # Errors
    /// Returns the error of `read`.
    pub fn next<E>(
        &mut self,
        now: Instant,
        mut read: impl FnMut(&TopicPartition) -> Result<Next, E>,
        decode: impl Fn(Record) -> (Option<EventTime>, I),
    ) -> Result<Option<Head<I>>, E> {
        for (partition, line) in &mut self.lines {
            line.fill(partition, now, &mut read, &decode)?;
        }
        if let Order::Time { patience } = self.order {
            let awaited = |line: &Line<I>| {
                line.head.is_none() && line.silent_since.is_some_and(|since| now.duration_since(since) < patience)
            };
            if self.lines.values().any(awaited) {
                return Ok(None);
            }
        }
        // Of equal times the first partition: the order of the map.
        let earliest = self.lines.values_mut().filter(|line| line.head.is_some()).min_by_key(|line| line.time());
        Ok(earliest.and_then(|line| line.head.take()))
    }
}

impl<I> Line<I> {
    fn time(&self) -> Option<EventTime> {
        self.head.as_ref().map(|head| head.time)
    }

    fn fill<E>(
        &mut self,
        partition: &TopicPartition,
        now: Instant,
        read: &mut impl FnMut(&TopicPartition) -> Result<Next, E>,
        decode: &impl Fn(Record) -> (Option<EventTime>, I),
    ) -> Result<(), E> {
        if self.head.is_some() {
            return Ok(());
        }
        match read(partition)? {
            Next::Record(record) => {
                let (offset, timestamp) = (record.offset, record.timestamp);
                let (time, item) = decode(record);
                let time = time.or(self.last_time).unwrap_or_default();
                self.last_time = Some(time);
                self.silent_since = None;
                self.at_end = false;
                self.head = Some(Head { partition: partition.clone(), offset, timestamp, item, time });
            }
            Next::AtEnd => {
                self.silent_since = None;
                self.at_end = true;
            }
            Next::Waiting => {
                self.silent_since.get_or_insert(now);
                self.at_end = false;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;
    use std::convert::Infallible;
    use std::time::Duration;

    use super::*;

    fn partition(number: i32) -> TopicPartition {
        TopicPartition { topic: "t".into(), partition: number }
    }

    fn record(partition: i32, offset: i64, millis: i64) -> Record {
        Record {
            topic: "t".into(),
            partition,
            offset,
            timestamp: Some(EventTime::from_millis(millis)),
            key: None,
            value: None,
            headers: Vec::new(),
        }
    }

    struct Log(BTreeMap<TopicPartition, VecDeque<Record>>, Vec<TopicPartition>);

    impl Log {
        fn read(&mut self, partition: &TopicPartition) -> Result<Next, Infallible> {
            if self.1.contains(partition) {
                return Ok(Next::Waiting);
            }
            Ok(self.0.get_mut(partition).and_then(VecDeque::pop_front).map_or(Next::AtEnd, Next::Record))
        }
    }

    fn log() -> Log {
        let first = [record(0, 0, 10), record(0, 1, 40)].into();
        let second = [record(1, 0, 5), record(1, 1, 20), record(1, 2, 30)].into();
        Log([(partition(0), first), (partition(1), second)].into(), Vec::new())
    }

    fn drain(sequencer: &mut Sequencer<()>, log: &mut Log, now: Instant) -> Vec<i64> {
        let mut times = Vec::new();
        while let Ok(Some(head)) = sequencer.next(now, |p| log.read(p), |record| (record.timestamp, ())) {
            times.push(head.time.as_millis());
        }
        times
    }

    #[test]
    fn partitions_are_merged_by_time() {
        let mut sequencer = Sequencer::new(Order::Time { patience: Duration::from_secs(1) });
        sequencer.assign(&[partition(0), partition(1)]);
        assert_eq!(drain(&mut sequencer, &mut log(), Instant::now()), [5, 10, 20, 30, 40]);
        assert!(sequencer.is_drained(&partition(0)));
    }

    #[test]
    fn a_silent_partition_is_waited_for_but_not_for_ever() {
        let mut sequencer = Sequencer::new(Order::Time { patience: Duration::from_secs(1) });
        sequencer.assign(&[partition(0), partition(1)]);
        let mut log = log();
        log.1.push(partition(0));
        let start = Instant::now();
        assert_eq!(drain(&mut sequencer, &mut log, start), Vec::<i64>::new());
        assert_eq!(drain(&mut sequencer, &mut log, start + Duration::from_secs(2)), [5, 20, 30]);
    }

    #[test]
    fn a_revoked_partition_gives_nothing_more() {
        let mut sequencer = Sequencer::new(Order::Arrival);
        sequencer.assign(&[partition(0), partition(1)]);
        let mut log = log();
        let head = sequencer.next(Instant::now(), |p| log.read(p), |record| (record.timestamp, ())).unwrap().unwrap();
        assert_eq!((head.partition, head.offset), (partition(1), 0));
        sequencer.revoke(&[partition(0)]);
        assert_eq!(drain(&mut sequencer, &mut log, Instant::now()), [20, 30]);
    }
}
